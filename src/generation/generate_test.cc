#include "generation/generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "compute/parallel.h"
#include "generation/agreement.h"
#include "generation/end_of_text.h"
#include "io/temp_folder.h"
#include "model/model.h"

namespace fairprune {
namespace {

using Ids = std::vector<int32_t>;

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

Result<Engine> LoadEngine(const std::string& path, int threads = 1) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  return Engine::Load(model, {.threads = threads});
}

// The likeliest token behind `ids`, by a run of all of them.
int32_t LikeliestAfter(const Engine& engine, const Ids& ids) {
  const Forest forest = BuildForest(std::vector<Ids>{ids}, engine.long_sequence_limit());
  const int32_t last = forest.size() - 1;
  int32_t best = -1;
  const Status run = engine.Run(
      forest,
      {.logit_nodes = {&last, 1}, .logits = [&](std::span<const int32_t>, ConstMatrixView logits) {
         const auto row = logits.row_span(0);
         best = static_cast<int32_t>(std::ranges::max_element(row) - row.begin());
       }});
  EXPECT_THAT(run, IsOk());
  return best;
}

TEST(GenerateTest, GreedyIsTheLikeliestTokenOfWholeRuns) {
  for (const char* name : {"llama", "gemma3", "phi3_longrope", "smollm3"}) {
    SCOPED_TRACE(name);
    const auto engine = LoadEngine(kModels + name);
    ASSERT_THAT(engine, IsOk());
    const Ids prompt = {5, 40, 7, 23};
    Ids told;
    const auto result =
        Generate(*engine, prompt, {.max_tokens = 24, .on_token = [&](int32_t id) -> Status {
                                     told.push_back(id);
                                     return {};
                                   }});
    ASSERT_THAT(result, IsOk());
    ASSERT_EQ(result->ids.size(), 24);
    EXPECT_EQ(told, result->ids);
    EXPECT_EQ(result->stopped, StopReason::kMaxTokens);
    EXPECT_GT(result->first_token_seconds, 0);
    EXPECT_GE(result->seconds, result->first_token_seconds);
    Ids ids = prompt;
    for (const int32_t id : result->ids) {
      EXPECT_EQ(LikeliestAfter(*engine, ids), id);
      ids.push_back(id);
    }
    // The same as scoring the answer, unless that is a long sequence at once.
    if (std::ssize(ids) > engine->long_sequence_limit() && engine->long_sequence_limit() > 0)
      continue;
    const auto nats = AnswerLogLikelihood(*engine, prompt, result->ids);
    ASSERT_THAT(nats, IsOk());
    EXPECT_NEAR(result->log_likelihood_nats, *nats, 1e-3);
  }
}

TEST(GenerateTest, StopsAtTheEndOfText) {
  const auto engine = LoadEngine(kModels + "llama");
  ASSERT_THAT(engine, IsOk());
  const Ids prompt = {5, 40, 7, 23};
  const auto free = Generate(*engine, prompt, {.max_tokens = 12});
  ASSERT_THAT(free, IsOk());
  // The first token that has not come before it, as the end.
  const auto& ids = free->ids;
  size_t end = 1;
  while (end < ids.size() &&
         std::find(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(end), ids[end]) !=
             ids.begin() + static_cast<std::ptrdiff_t>(end)) {
    ++end;
  }
  ASSERT_LT(end, ids.size());
  Ids told;
  const auto stopped =
      Generate(*engine, prompt,
               {.max_tokens = 12, .end_ids = {ids[end]}, .on_token = [&](int32_t id) -> Status {
                  told.push_back(id);
                  return {};
                }});
  ASSERT_THAT(stopped, IsOk());
  EXPECT_EQ(stopped->stopped, StopReason::kEndOfText);
  EXPECT_EQ(stopped->ids, Ids(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(end) + 1));
  EXPECT_EQ(told, Ids(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(end)));
}

TEST(GenerateTest, StopsWhereTheModelHasNoFurtherPosition) {
  const auto engine = LoadEngine(kModels + "llama");
  ASSERT_THAT(engine, IsOk());
  const Ids prompt(126, 7);
  const auto result = Generate(*engine, prompt, {.max_tokens = 10});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->stopped, StopReason::kModelLength);
  EXPECT_EQ(result->ids.size(), 3);  // behind positions 125, 126 and 127
  EXPECT_THAT(Generate(*engine, Ids(129, 7), {}),
              FailsWith(ErrorCode::kInvalidArgument, "128 positions"));
  EXPECT_THAT(Generate(*engine, Ids{}, {}),
              FailsWith(ErrorCode::kInvalidArgument, "no token to go on from"));
  EXPECT_THAT(Generate(*engine, prompt, {.sampling = {.temperature = -1}}),
              FailsWith(ErrorCode::kInvalidArgument, "temperature"));
}

TEST(GenerateTest, DrawsTheSameWhateverTheThreads) {
  std::vector<Ids> drawn;
  for (const int threads : {1, 2, 3}) {
    const auto engine = LoadEngine(kModels + "gemma2", threads);
    ASSERT_THAT(engine, IsOk());
    const auto result =
        Generate(*engine, Ids{5, 40, 7},
                 {.sampling = {.temperature = 1.5, .top_p = 0.95, .seed = 4}, .max_tokens = 40});
    ASSERT_THAT(result, IsOk());
    drawn.push_back(result->ids);
  }
  EXPECT_EQ(drawn[1], drawn[0]);
  EXPECT_EQ(drawn[2], drawn[0]);
}

TEST(GenerateTest, AnErrorOfTheCallerEndsIt) {
  const auto engine = LoadEngine(kModels + "llama");
  ASSERT_THAT(engine, IsOk());
  int count = 0;
  EXPECT_THAT(Generate(*engine, Ids{3}, {.on_token = [&](int32_t) -> Status {
                if (++count == 3) return Fail(ErrorCode::kIo, "closed");
                return {};
              }}),
              FailsWith(ErrorCode::kIo, "closed"));
  EXPECT_EQ(count, 3);
}

TEST(EndOfTextTest, ComesFromEveryFileThatNamesIt) {
  namespace fs = std::filesystem;
  const TempFolder folder;
  for (const char* name :
       {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}) {
    fs::copy(kModels + "llama/" + name, folder.File(name));
  }
  const auto ids_of = [&]() -> Result<Ids> {
    FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(folder.path()));
    FP_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::FromCheckpoint(checkpoint));
    return EndOfTextIds(checkpoint, &tokenizer);
  };
  EXPECT_THAT(ids_of(), IsOkAndHolds(Ids{2}));
  const auto write = [&](const char* text) { folder.Write("generation_config.json", text); };
  write(R"({"eos_token_id": [7, 2, 5]})");
  EXPECT_THAT(ids_of(), IsOkAndHolds(Ids{2, 5, 7}));
  write(R"({"eos_token_id": null})");
  EXPECT_THAT(ids_of(), IsOkAndHolds(Ids{2}));
  write(R"({"eos_token_id": ["x"]})");
  EXPECT_THAT(ids_of(),
              FailsWith(ErrorCode::kBadFormat, "generation_config.json: \"eos_token_id\""));
  const auto gguf = Checkpoint::Open(kModels + "gguf/llama-f32.gguf");
  ASSERT_THAT(gguf, IsOk());
  EXPECT_THAT(EndOfTextIds(*gguf, nullptr), IsOkAndHolds(Ids{2}));
}

}  // namespace
}  // namespace fairprune
