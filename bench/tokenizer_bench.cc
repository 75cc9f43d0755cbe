// Megabytes of text per second through the tokenizer, on one core.
//   tokenizer_bench TOKENIZER.json TEXT_FILE [--benchmark_… options]
// Each line of TEXT_FILE is one text. "Warm" encodes the same lines again and again; "Long" encodes
// the whole file as one text; "Cold" makes a new tokenizer for every pass (not timed) and so starts
// with an empty word cache.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/json.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {
namespace {

struct Input {
  std::string path;
  std::string text;
  std::vector<std::string_view> lines;  // view `text`
};

void EncodeAll(benchmark::State& state, const Tokenizer& tokenizer,
               const std::vector<std::string_view>& texts) {
  int64_t num_ids = 0;
  for (const std::string_view text : texts) {
    const auto ids = tokenizer.Encode(text);
    if (!ids) {
      state.SkipWithError(ids.error().message.c_str());
      return;
    }
    num_ids += static_cast<int64_t>(ids->size());
  }
  benchmark::DoNotOptimize(num_ids);
}

void Run(benchmark::State& state, const Input& input, const std::vector<std::string_view>& texts,
         bool cold) {
  auto tokenizer = Tokenizer::FromFile(input.path);
  for (auto _ : state) {
    if (cold) {
      state.PauseTiming();
      tokenizer = Tokenizer::FromFile(input.path);
      state.ResumeTiming();
    }
    if (!tokenizer) {
      state.SkipWithError(tokenizer.error().message.c_str());
      return;
    }
    EncodeAll(state, *tokenizer, texts);
  }
  int64_t num_bytes = 0;
  for (const std::string_view text : texts) num_bytes += static_cast<int64_t>(text.size());
  state.SetBytesProcessed(num_bytes * static_cast<int64_t>(state.iterations()));
}

std::optional<Input> ReadInput(const std::string& tokenizer_path, const std::string& text_path) {
  auto text = ReadTextFile(text_path);
  if (!text) {
    std::fprintf(stderr, "%s\n", text.error().message.c_str());
    return std::nullopt;
  }
  return Input{tokenizer_path, *std::move(text), {}};
}

int Main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 3) {
    std::fprintf(stderr, "use: tokenizer_bench TOKENIZER.json TEXT_FILE\n");
    return 2;
  }
  std::optional<Input> input = ReadInput(argv[1], argv[2]);
  if (!input) return 3;
  const std::string_view all = input->text;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find('\n', begin), all.size());
    input->lines.push_back(all.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::vector<std::string_view> whole = {all};
  benchmark::RegisterBenchmark(
      "EncodeLinesWarm", [&](benchmark::State& state) { Run(state, *input, input->lines, false); });
  benchmark::RegisterBenchmark(
      "EncodeLinesCold", [&](benchmark::State& state) { Run(state, *input, input->lines, true); });
  benchmark::RegisterBenchmark("EncodeLong",
                               [&](benchmark::State& state) { Run(state, *input, whole, false); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace fairprune

int main(int argc, char** argv) { return fairprune::Main(argc, argv); }
