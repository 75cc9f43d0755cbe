// What fraction of the machine's matmul peak the forward pass reaches.
//
//   forward_bench MODEL [NODES]      (a Hugging Face folder or a .gguf file; f32, one thread per
//   core)
//
// Peak: square products of 2,048, of which oneDNN makes the most. Forward: floating-point
// operations of the matrix products of a forest of NODES nodes (512) in chains of 64 tokens, logits
// of every eighth node wanted, over the time of a whole Engine::Run; attention's own products are
// not counted. Both in turn, each for about as long as the other, so that other work on the machine
// disturbs both; the median of the pairs' ratios.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "compute/matmul.h"
#include "forward/engine.h"
#include "model/model.h"

namespace fairprune {
namespace {

constexpr int kRepeats = 7;
constexpr int64_t kChain = 64;

double SecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// One square product, operations per second.
class Peak {
 public:
  explicit Peak(int64_t size)
      : size_(size),
        context_(compute::WeightType::kF32),
        x_(Tensor::Zeros({size, size})),
        y_(Tensor::Zeros({size, size})),
        weight_(context_.Pack(x_.matrix()).value()) {}

  // For about `seconds`.
  double Measure(double seconds) {
    const auto n = static_cast<double>(size_);
    double total = 0, count = 0;
    for (; total < seconds; ++count) {
      total += SecondsOf([&] {
        if (!context_.Multiply(x_.matrix(), weight_, y_.matrix())) std::abort();
      });
    }
    return count * 2 * n * n * n / total;
  }

 private:
  int64_t size_;
  compute::MatmulContext context_;
  Tensor x_, y_;
  compute::PackedMatrix weight_;
};

double OperationsPerNode(const ModelConfig& config) {
  const auto width = static_cast<double>(config.hidden_size);
  const auto heads = static_cast<double>(config.num_heads * config.head_dim);
  const auto keys = static_cast<double>(config.num_kv_heads * config.head_dim);
  const auto neurons = static_cast<double>(config.intermediate_size);
  const double layer = width * (heads + 2 * keys) + heads * width + 3 * width * neurons;
  return 2 * layer * static_cast<double>(config.num_layers);
}

Status Run(const std::string& path, int64_t num_nodes) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  FP_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(model));
  std::vector<std::vector<int32_t>> chains;
  for (int64_t i = 0; i < num_nodes / kChain; ++i) {
    std::vector<int32_t>& chain = chains.emplace_back(static_cast<size_t>(kChain));
    std::iota(chain.begin(), chain.end(), static_cast<int32_t>(100 + i));
  }
  const Forest forest = BuildForest(chains);
  std::vector<int32_t> wanted;
  for (int32_t node = 7; node < forest.size(); node += 8) wanted.push_back(node);
  RunOptions options;
  options.logit_nodes = wanted;
  options.logits = [](auto, auto) {};
  const ModelConfig& config = engine.config();
  const double head = 2 * static_cast<double>(config.hidden_size * config.vocab_size);
  const double operations = OperationsPerNode(config) * static_cast<double>(forest.size()) +
                            head * static_cast<double>(wanted.size());
  Peak peak(2048);
  struct Rates {
    double ratio, peak, forward;
  };
  std::vector<Rates> rates;
  for (int i = 0; i < kRepeats; ++i) {
    Status status;
    const double seconds = SecondsOf([&] { status = engine.Run(forest, options); });
    FP_RETURN_IF_ERROR(status);
    const double top = peak.Measure(seconds);
    rates.push_back({operations / seconds / top, top, operations / seconds});
  }
  std::sort(rates.begin(), rates.end(),
            [](const Rates& a, const Rates& b) { return a.ratio < b.ratio; });
  const Rates& middle = rates[rates.size() / 2];
  fmt::print(
      "{} nodes: forward {:.0f} of {:.0f} GFLOP/s: {:.0f} % (median of {}; {:.0f} to {:.0f} %)\n",
      forest.size(), middle.forward / 1e9, middle.peak / 1e9, 100 * middle.ratio, rates.size(),
      100 * rates.front().ratio, 100 * rates.back().ratio);
  return {};
}

int Main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    fmt::print(stderr, "use: forward_bench MODEL [NODES]\n");
    return 2;
  }
  const Status status = Run(argv[1], argc == 3 ? std::atoll(argv[2]) : 512);
  if (!status) fmt::print(stderr, "{}\n", status.error().message);
  return status ? 0 : 3;
}

}  // namespace
}  // namespace fairprune

int main(int argc, char** argv) { return fairprune::Main(argc, argv); }
