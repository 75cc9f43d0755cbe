// A sequence computed bit by bit gives what a run of the whole gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"
#include "compute/matmul.h"
#include "forward/model_cases_for_test.h"
#include "forward/record_for_test.h"

namespace fairprune {
namespace {

using Ids = std::vector<int32_t>;

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

Result<Engine> LoadEngine(const std::string& path, ComputeType compute = ComputeType::kF32) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  return Engine::Load(model, {.compute = compute, .threads = 1});
}

Ids RandomIds(int64_t count, int64_t vocab, uint32_t seed) {
  std::mt19937 generator(seed);
  Ids ids(static_cast<size_t>(count));
  for (int32_t& id : ids) id = static_cast<int32_t>(generator() % static_cast<uint32_t>(vocab));
  return ids;
}

// The logits of every position of a run of `ids`, [T, V].
Result<Tensor> WholeRun(const Engine& engine, std::span<const int32_t> ids,
                        const NeuronMask* mask = nullptr) {
  const Forest forest =
      BuildForest(std::vector<Ids>{Ids(ids.begin(), ids.end())}, engine.long_sequence_limit());
  FP_ASSIGN_OR_RETURN(Record record, RunRecorded(engine, forest, mask));
  return std::move(record.logits);
}

// Extends `cache` by parts of the given sizes (the last one as often as needed), with logits of all
// ids: [T, V]. `ends[p]`: how long the sequence was when position p was computed.
struct Parts {
  Tensor logits;
  std::vector<int64_t> ends;
};
Result<Parts> InParts(const Engine& engine, const Ids& ids, const std::vector<int64_t>& sizes,
                      const NeuronMask* mask = nullptr) {
  KvCache cache(engine.config());
  Parts parts{Tensor({std::ssize(ids), engine.config().vocab_size}), {}};
  for (size_t part = 0; cache.size() < std::ssize(ids); ++part) {
    const int64_t size =
        std::min(sizes[std::min(part, sizes.size() - 1)], std::ssize(ids) - cache.size());
    const auto next =
        std::span(ids).subspan(static_cast<size_t>(cache.size()), static_cast<size_t>(size));
    ExtendOptions options{.mask = mask, .logits_from = 0};
    int64_t expected = cache.size();
    options.logits = [&](std::span<const int32_t> positions, ConstMatrixView rows) {
      for (size_t i = 0; i < positions.size(); ++i) {
        EXPECT_EQ(positions[i], expected++);
        const auto row = rows.row_span(static_cast<int64_t>(i));
        std::copy(row.begin(), row.end(), parts.logits.matrix().row(positions[i]));
      }
    };
    FP_RETURN_IF_ERROR(engine.Extend(next, cache, options));
    EXPECT_EQ(expected, cache.size());
    parts.ends.resize(static_cast<size_t>(cache.size()), cache.size());
  }
  EXPECT_TRUE(std::ranges::equal(cache.tokens(), ids));
  return parts;
}

double WorstDifference(std::span<const float> a, std::span<const float> b) {
  double worst = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - b[i]);
    if (!(difference <= worst)) worst = difference;  // NaN wins
  }
  return worst;
}

// However a sequence is cut, its logits are those of whole runs.
void CheckParts(const Engine& engine, const Ids& ids, double bound,
                const NeuronMask* mask = nullptr) {
  const auto whole = WholeRun(engine, ids, mask);
  ASSERT_THAT(whole, IsOk());
  // Up to longrope's limit a sequence has other frequencies than beyond it.
  const int64_t limit = engine.long_sequence_limit();
  const auto first = std::span(ids).first(static_cast<size_t>(std::min(limit, std::ssize(ids))));
  const auto below = WholeRun(engine, first, mask);
  ASSERT_THAT(below, IsOk());
  std::vector<std::vector<int64_t>> cuts = {{std::ssize(ids) - 3, 1}, {3, 1, 5, 2}, {10'000}};
  if (ids.size() < 200) cuts.push_back({1});
  for (const auto& sizes : cuts) {
    const auto parts = InParts(engine, ids, sizes, mask);
    ASSERT_THAT(parts, IsOk());
    double worst = 0;
    for (int64_t p = 0; p < std::ssize(ids); ++p) {
      const bool is_long = parts->ends[static_cast<size_t>(p)] > limit;
      const auto row = (is_long ? *whole : *below).matrix().row_span(p);
      worst = std::max(worst, WorstDifference(parts->logits.matrix().row_span(p), row));
    }
    EXPECT_LT(worst, bound) << "parts of " << sizes.front();
  }
}

class ExtensionFixtureTest : public ::testing::TestWithParam<const char*> {};

// The fixtures of all architectures: as a whole run, and as transformers.
TEST_P(ExtensionFixtureTest, PartsGiveTheLogitsOfTheWhole) {
  const auto engine = LoadEngine(kModels + GetParam());
  ASSERT_THAT(engine, IsOk());
  const int64_t length = std::min<int64_t>(engine->config().max_position_embeddings, 60);
  CheckParts(*engine, RandomIds(length, engine->config().vocab_size, 5), 5e-5);
}

TEST_P(ExtensionFixtureTest, OneIdAtATimeGivesTransformersLogits) {
  const std::string folder = kModels + GetParam();
  const auto file = SafetensorsFile::Open(folder + "/expected.safetensors");
  if (!file) GTEST_SKIP() << "a GGUF file: its folder has been compared";
  const auto engine = LoadEngine(folder);
  ASSERT_THAT(engine, IsOk());
  for (const std::string row : {"a", "b"}) {
    const TensorEntry* entry = (*file)->Find(row + ".input_ids");
    std::vector<int64_t> wide(static_cast<size_t>(NumElements(entry->shape)));
    std::memcpy(wide.data(), entry->bytes.data(), entry->bytes.size());
    const int64_t limit = engine->long_sequence_limit();
    const Ids ids(wide.begin(), wide.end());
    const auto parts = InParts(*engine, ids, {1});
    ASSERT_THAT(parts, IsOk());
    const auto expected = ReadAsF32(*(*file)->Find(row + ".logits"));
    ASSERT_THAT(expected, IsOk());
    // Of a long sequence, transformers' logits are of the whole at every position.
    const int64_t first = std::ssize(ids) > limit ? limit : 0;
    for (int64_t p = first; p < std::ssize(ids); ++p) {
      for (int64_t v = 0; v < engine->config().vocab_size; ++v) {
        ASSERT_NEAR(parts->logits.matrix().row(p)[v], expected->matrix().row(p)[v], 1e-4)
            << row << p;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ExtensionFixtureTest,
                         ::testing::Values("gemma", "gemma2", "gemma3", "gemma3_multimodal",
                                           "gemma3_multimodal_modules", "granite", "llama",
                                           "llama_plain", "llama_untied", "mistral", "olmo2",
                                           "phi3", "phi3_longrope", "qwen2", "qwen2_window",
                                           "qwen3", "sharded", "smollm3", "gguf/llama-q8_0.gguf",
                                           "gguf/phi3_longrope-bf16.gguf", "gguf/gemma3-bf16.gguf",
                                           "gguf_split"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace_if(
                               name, [](char c) { return c == '/' || c == '-' || c == '.'; }, '_');
                           return name;
                         });

class ExtensionFeatureTest : public ::testing::TestWithParam<ModelCase> {};

// Sequences beyond windows, blocks of attention and longrope's limit.
TEST_P(ExtensionFeatureTest, PartsGiveTheLogitsOfTheWhole) {
  ModelConfig config = BaseModelConfig();
  GetParam().change(config);
  const RandomModel random(config, GetParam().norms, 3);
  const auto engine = Engine::Load(random.model, {.threads = 1});
  ASSERT_THAT(engine, IsOk());
  for (const int64_t length : {4, 21, 140}) {
    CheckParts(*engine, RandomIds(length, config.vocab_size, 7), 2e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Features, ExtensionFeatureTest, ::testing::ValuesIn(kModelCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ExtensionTest, ALongPromptGoesInBatches) {
  ModelConfig config = BaseModelConfig();
  config.max_position_embeddings = 1200;
  const RandomModel random(config, {}, 3);
  const auto engine = Engine::Load(random.model, {.threads = 1});
  ASSERT_THAT(engine, IsOk());
  CheckParts(*engine, RandomIds(1100, config.vocab_size, 8), 2e-4);
}

TEST(ExtensionTest, LogitsComeOfTheLastIdUnlessAskedFor) {
  const auto engine = LoadEngine(kModels + "llama");
  ASSERT_THAT(engine, IsOk());
  const Ids ids = {3, 9, 27, 50, 11};
  KvCache cache(engine->config());
  std::vector<int32_t> seen;
  const LogitSink note = [&](std::span<const int32_t> positions, ConstMatrixView logits) {
    seen.insert(seen.end(), positions.begin(), positions.end());
    EXPECT_EQ(logits.rows, std::ssize(positions));
    EXPECT_EQ(logits.cols, engine->config().vocab_size);
  };
  ASSERT_THAT(engine->Extend(std::span(ids).first(3), cache, {.logits = note}), IsOk());
  EXPECT_EQ(seen, (std::vector<int32_t>{2}));
  ASSERT_THAT(engine->Extend(std::span(ids).subspan(3), cache, {}), IsOk());
  EXPECT_EQ(cache.size(), 5);
  ASSERT_THAT(engine->Extend({}, cache, {.logits = note}), IsOk());
  ASSERT_THAT(engine->Extend(ids, cache, {.logits_from = 3, .logits = note}), IsOk());
  EXPECT_EQ(seen, (std::vector<int32_t>{2, 8, 9}));
  // 2 layers, keys and values of 2 * 16 floats, room for 64.
  EXPECT_EQ(cache.bytes(), 2 * 2 * 64 * 2 * 16 * 4);
}

TEST(ExtensionTest, ATruncatedCacheGoesOnAnotherWay) {
  for (const char* name : {"llama", "phi3_longrope"}) {
    const auto engine = LoadEngine(kModels + name);
    ASSERT_THAT(engine, IsOk());
    const int64_t vocab = engine->config().vocab_size;
    const Ids first = RandomIds(40, vocab, 1);
    Ids second(first.begin(), first.begin() + 6);
    const Ids other = RandomIds(2, vocab, 2);
    second.insert(second.end(), other.begin(), other.end());
    KvCache cache(engine->config());
    ASSERT_THAT(engine->Extend(first, cache, {}), IsOk());
    cache.Truncate(6);
    // What was beyond longrope's limit has been turned otherwise.
    EXPECT_EQ(cache.size(), std::string(name) == "llama" ? 6 : 0);
    const auto rest = std::span(second).subspan(static_cast<size_t>(cache.size()));
    Tensor last({1, vocab});
    ASSERT_THAT(engine->Extend(rest, cache,
                               {.logits =
                                    [&](std::span<const int32_t>, ConstMatrixView logits) {
                                      std::copy_n(logits.row(0), vocab, last.data());
                                    }}),
                IsOk());
    const auto whole = WholeRun(*engine, second);
    ASSERT_THAT(whole, IsOk());
    for (int64_t v = 0; v < vocab; ++v) {
      ASSERT_NEAR(last.data()[v], whole->matrix().row(std::ssize(second) - 1)[v], 5e-5);
    }
  }
}

TEST(ExtensionTest, KeepsToTheMask) {
  const auto engine = LoadEngine(kModels + "llama");
  ASSERT_THAT(engine, IsOk());
  NeuronMask mask(engine->config().num_layers, engine->config().intermediate_size);
  for (int64_t neuron = 0; neuron < 30; ++neuron) mask.Remove(1, neuron);
  CheckParts(*engine, RandomIds(12, engine->config().vocab_size, 4), 5e-5, &mask);
}

double MeanDifference(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    sum += std::abs(static_cast<double>(a.data()[i]) - b.data()[i]);
  }
  return sum / static_cast<double>(a.size());
}

// Another order of sums rounds an activation to the other neighbour now and then, so single logits
// of two bf16 runs differ by as much as bf16 from f32: what must agree is how far they are from
// f32.
TEST(ExtensionTest, Bf16IsAsCloseToF32AsAWholeRun) {
  if (!compute::CpuHasFastBf16()) GTEST_SKIP() << "no bf16 on this CPU";
  const auto exact_engine = LoadEngine(kModels + "llama");
  ASSERT_THAT(exact_engine, IsOk());
  const auto engine = LoadEngine(kModels + "llama", ComputeType::kBf16);
  ASSERT_THAT(engine, IsOk());
  const Ids ids = RandomIds(100, engine->config().vocab_size, 4);
  const auto exact = WholeRun(*exact_engine, ids);
  ASSERT_THAT(exact, IsOk());
  const auto whole = WholeRun(*engine, ids);
  ASSERT_THAT(whole, IsOk());
  const double error = MeanDifference(*whole, *exact);
  EXPECT_GT(error, 1e-4);
  for (const std::vector<int64_t>& sizes : {std::vector<int64_t>{97, 1}, {3, 1, 5, 2}, {1}}) {
    const auto parts = InParts(*engine, ids, sizes);
    ASSERT_THAT(parts, IsOk());
    EXPECT_LT(MeanDifference(parts->logits, *exact), 1.25 * error) << "parts of " << sizes.front();
    EXPECT_LT(MeanDifference(parts->logits, *whole), 1.25 * error) << "parts of " << sizes.front();
  }
}

TEST(ExtensionTest, RefusesWhatDoesNotFit) {
  const auto checkpoint = Checkpoint::Open(kModels + "llama");
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  const auto engine = Engine::Load(*model);
  ASSERT_THAT(engine, IsOk());
  KvCache cache(engine->config());
  EXPECT_THAT(engine->Extend(Ids{3, 96}, cache, {}),
              FailsWith(ErrorCode::kInvalidArgument, "token id 96 is out of range"));
  ASSERT_THAT(engine->Extend(RandomIds(127, 96, 1), cache, {}), IsOk());
  EXPECT_THAT(engine->Extend(Ids{3, 4}, cache, {}),
              FailsWith(ErrorCode::kInvalidArgument, "longer than the model's 128 positions"));
  EXPECT_EQ(cache.size(), 127);
  const NeuronMask mask(2, 3);
  EXPECT_THAT(engine->Extend(Ids{3}, cache, {.mask = &mask}),
              FailsWith(ErrorCode::kInvalidArgument, "the neuron mask is [2, 3]"));
  const auto streaming = Engine::Load(*model, {.stream = true});
  ASSERT_THAT(streaming, IsOk());
  EXPECT_THAT(streaming->Extend(Ids{3}, cache, {}),
              FailsWith(ErrorCode::kUnsupported, "not with stream"));
}

}  // namespace
}  // namespace fairprune
