// The engine against plain loops in f64, one feature of ModelConfig after the other and as the
// architectures combine them.
#include <gtest/gtest.h>

#include <cmath>
#include <ostream>
#include <random>

#include "base/result_matchers.h"
#include "compute/matmul.h"
#include "forward/engine.h"
#include "forward/model_cases_for_test.h"
#include "forward/random_model_for_test.h"
#include "forward/record_for_test.h"

namespace fairprune {
namespace {

using Ids = std::vector<int32_t>;

// Sequences that share beginnings, branch before and after the edges of windows and of blocks of 64
// queries, and lie on both sides of the limit of 20 in SetLongRope.
std::vector<Ids> Sequences() {
  std::mt19937 generator(5);
  std::uniform_int_distribution<int32_t> token(0, 52);
  const auto continued = [&](Ids ids, size_t more) {
    for (size_t i = 0; i < more; ++i) ids.push_back(token(generator));
    return ids;
  };
  const Ids root = continued({}, 9);
  const Ids trunk = continued(root, 70);
  return {continued(root, 3),  continued(root, 11), continued(trunk, 2), continued(trunk, 80),
          continued(trunk, 5), continued({}, 1),    continued({}, 25)};
}

class EngineNumericsTest : public ::testing::TestWithParam<ModelCase> {
 protected:
  static ModelConfig Config() {
    ModelConfig config = BaseModelConfig();
    GetParam().change(config);
    return config;
  }
};

// Errors of f32 sums over three layers, on values of up to 110: what is promised of any model.
constexpr double kBound = 1e-4;

void ExpectRow(const std::vector<double>& expected, ConstMatrixView ours, int32_t node,
               const std::string& what) {
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(ours.row(node)[i], expected[i], kBound) << what << " " << i;
  }
}

TEST_P(EngineNumericsTest, EqualsPlainLoopsAtEveryNode) {
  const RandomModel random(Config(), GetParam().norms, 11);
  const auto engine = Engine::Load(random.model);
  ASSERT_THAT(engine, IsOk());
  const std::vector<Ids> sequences = Sequences();
  const Forest forest = BuildForest(sequences, engine->long_sequence_limit());
  NeuronMask mask(3, 48);
  mask.Remove(1, 17);
  const auto record = RunRecorded(*engine, forest, &mask);
  ASSERT_THAT(record, IsOk());
  for (size_t s = 0; s < sequences.size(); ++s) {
    const Reference expected = ReferenceForward(random).Run(sequences[s], &mask);
    for (size_t p = 0; p < sequences[s].size(); ++p) {
      const int32_t node = forest.sequences[s][p];
      const std::string where = " of sequence " + std::to_string(s) + " at " + std::to_string(p);
      ExpectRow(expected.logits[p], record->logits.matrix(), node, "logits" + where);
      for (int32_t l = 0; l < 3; ++l) {
        const auto layer = static_cast<size_t>(l);
        const auto tap = [&](TapSite site) { return record->taps.at({l, site}).matrix(); };
        ExpectRow(expected.gate[layer][p], tap(TapSite::kGate), node, "gate" + where);
        ExpectRow(expected.up[layer][p], tap(TapSite::kUp), node, "up" + where);
        ExpectRow(expected.act[layer][p], tap(TapSite::kAct), node, "act" + where);
      }
    }
  }
}

TEST_P(EngineNumericsTest, StreamingGivesTheSameBits) {
  const RandomModel random(Config(), GetParam().norms, 12);
  for (const ComputeType type : {ComputeType::kF32, ComputeType::kBf16}) {
    if (type == ComputeType::kBf16 && !compute::CpuHasFastBf16()) continue;
    const auto engine = Engine::Load(random.model, {.compute = type});
    const auto streaming = Engine::Load(random.model, {.compute = type, .stream = true});
    ASSERT_THAT(engine, IsOk());
    ASSERT_THAT(streaming, IsOk());
    EXPECT_TRUE(streaming->streams() && !engine->streams());
    const Forest forest = BuildForest(Sequences(), engine->long_sequence_limit());
    const auto expected = RunRecorded(*engine, forest);
    const auto streamed = RunRecorded(*streaming, forest);
    ASSERT_THAT(expected, IsOk());
    ASSERT_THAT(streamed, IsOk());
    EXPECT_EQ(streamed->order, expected->order);
    for (int64_t i = 0; i < expected->logits.size(); ++i) {
      ASSERT_EQ(streamed->logits.data()[i], expected->logits.data()[i]);
    }
    for (const auto& [key, tap] : expected->taps) {
      for (int64_t i = 0; i < tap.size(); ++i) {
        ASSERT_EQ(streamed->taps.at(key).data()[i], tap.data()[i]);
      }
    }
  }
}

// bf16 keeps 8 bits: the logits' relative error over all nodes stays a few percent.
TEST_P(EngineNumericsTest, Bf16IsCloseToF32) {
  if (!compute::CpuHasFastBf16())
    GTEST_SKIP() << "this CPU has no native bf16: the bf16 path is not checked";
  const RandomModel random(Config(), GetParam().norms, 13);
  const auto exact = Engine::Load(random.model);
  const auto fast = Engine::Load(random.model, {.compute = ComputeType::kBf16});
  ASSERT_THAT(exact, IsOk());
  ASSERT_THAT(fast, IsOk());
  const Forest forest = BuildForest(Sequences(), exact->long_sequence_limit());
  const auto a = RunRecorded(*exact, forest);
  const auto b = RunRecorded(*fast, forest);
  ASSERT_THAT(a, IsOk());
  ASSERT_THAT(b, IsOk());
  double squares = 0;
  double errors = 0;
  for (int64_t i = 0; i < a->logits.size(); ++i) {
    squares += std::pow(a->logits.data()[i], 2);
    errors += std::pow(a->logits.data()[i] - b->logits.data()[i], 2);
  }
  EXPECT_LT(std::sqrt(errors / squares), 0.05);
  EXPECT_GT(errors, 0) << "bf16 was not used";
}

INSTANTIATE_TEST_SUITE_P(Configs, EngineNumericsTest, ::testing::ValuesIn(kModelCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(LongRopeTest, AForestOfAnotherLimitIsRefused) {
  ModelConfig config = BaseModelConfig();
  SetLongRope(config);
  const RandomModel random(config, {}, 14);
  const auto engine = Engine::Load(random.model);
  ASSERT_THAT(engine, IsOk());
  EXPECT_EQ(engine->long_sequence_limit(), 20);
  EXPECT_THAT(engine->Run(BuildForest(std::vector<Ids>{{5, 6}}), {}),
              FailsWith(ErrorCode::kInvalidArgument, "limit of 0, but the model's is 20"));
  EXPECT_THAT(engine->Run(BuildForest(std::vector<Ids>{{5, 6}}, 20), {}), IsOk());
}

TEST(StreamingTest, AJobOfManyForestsGivesWhatEachGivesAlone) {
  const RandomModel random(BaseModelConfig(), {}, 15);
  const auto engine = Engine::Load(random.model);
  const auto streaming = Engine::Load(random.model, {.stream = true});
  ASSERT_THAT(engine, IsOk());
  ASSERT_THAT(streaming, IsOk());
  NeuronMask mask(3, 48);
  mask.Remove(2, 5);
  const Forest first = BuildForest(Sequences());
  const Forest second = BuildForest(std::vector<Ids>{{1, 2, 3}, {1, 2, 4, 5}});
  const Forest none;
  for (const Engine* all : {&*engine, &*streaming}) {
    Recorder a(*all, first);
    Recorder masked(*all, second, &mask);
    Recorder b(*all, second);
    const ForestRun runs[] = {a.run(), masked.run(), {&none, {}}, b.run()};
    ASSERT_THAT(all->RunAll(runs), IsOk());
    const std::pair<const Recorder*, Result<Record>> pairs[] = {
        {&a, RunRecorded(*engine, first)},
        {&masked, RunRecorded(*engine, second, &mask)},
        {&b, RunRecorded(*engine, second)}};
    for (const auto& [together, alone] : pairs) {
      ASSERT_THAT(alone, IsOk());
      EXPECT_EQ(together->record.order, alone->order);
      for (int64_t i = 0; i < alone->logits.size(); ++i) {
        ASSERT_EQ(together->record.logits.data()[i], alone->logits.data()[i]);
      }
      for (const auto& [key, tap] : alone->taps) {
        for (int64_t i = 0; i < tap.size(); ++i) {
          ASSERT_EQ(together->record.taps.at(key).data()[i], tap.data()[i]);
        }
      }
    }
  }
}

// Taps and logits of a streamed job, in the order in which they came.
struct Journal : public TapSink {
  int32_t run = 0;
  std::vector<std::pair<int32_t, int32_t>>* log = nullptr;  // (layer, run)
  void OnTap(int32_t layer, TapSite site, ConstMatrixView) override {
    if (site == TapSite::kGate) log->emplace_back(layer, run);
  }
};

TEST(StreamingTest, TapsComeLayerByLayerThenLogitsRunByRun) {
  const RandomModel random(BaseModelConfig(), {}, 16);
  const auto engine = Engine::Load(random.model, {.stream = true});
  ASSERT_THAT(engine, IsOk());
  const Forest forest = BuildForest(std::vector<Ids>{{1, 2, 3}});
  const Ids nodes = {2};
  std::vector<std::pair<int32_t, int32_t>> log;
  Journal journals[2];
  ForestRun runs[2];
  for (int32_t r = 0; r < 2; ++r) {
    journals[r].run = r;
    journals[r].log = &log;
    runs[r].forest = &forest;
    runs[r].options.taps = &journals[r];
    runs[r].options.logit_nodes = nodes;
    runs[r].options.logits = [&log, r](std::span<const int32_t>, ConstMatrixView) {
      log.emplace_back(99, r);
    };
  }
  ASSERT_THAT(engine->RunAll(runs), IsOk());
  const std::vector<std::pair<int32_t, int32_t>> expected = {{0, 0}, {0, 1}, {1, 0},  {1, 1},
                                                             {2, 0}, {2, 1}, {99, 0}, {99, 1}};
  EXPECT_EQ(log, expected);
}

TEST(StreamingTest, ProgressEndsAtTheTotalAndMayStopTheJob) {
  const RandomModel random(BaseModelConfig(), {}, 18);
  const Forest forest = BuildForest(std::vector<Ids>{{1, 2, 3}});
  const Forest none;
  const ForestRun runs[] = {{&forest, {}}, {&none, {}}, {&forest, {}}};
  for (const bool stream : {false, true}) {
    const auto engine = Engine::Load(random.model, {.stream = stream});
    ASSERT_THAT(engine, IsOk());
    int64_t before = 0;
    int ends = 0;
    const auto count = [&](int64_t done, int64_t total) -> Status {
      EXPECT_EQ(total, 3 * (3 + 1));
      EXPECT_GT(done, before);
      before = done;
      ends += done == total ? 1 : 0;
      return {};
    };
    ASSERT_THAT(engine->RunAll(runs, count), IsOk());
    EXPECT_EQ(ends, 1);
    const auto stop = [](int64_t, int64_t) -> Status {
      return Fail(ErrorCode::kInvalidArgument, "stopped");
    };
    EXPECT_THAT(engine->RunAll(runs, stop), FailsWith(ErrorCode::kInvalidArgument, "stopped"));
  }
}

TEST(StreamingTest, AnErrorInAnyForestComesBeforeAnyResult) {
  const RandomModel random(BaseModelConfig(), {}, 17);
  const auto engine = Engine::Load(random.model, {.stream = true});
  ASSERT_THAT(engine, IsOk());
  const Forest good = BuildForest(std::vector<Ids>{{1, 2}});
  const Forest bad = BuildForest(std::vector<Ids>{{1, 53}});
  Recorder a(*engine, good);
  const ForestRun runs[] = {a.run(), {&bad, {}}};
  EXPECT_THAT(engine->RunAll(runs),
              FailsWith(ErrorCode::kInvalidArgument, "token id 53 is out of range"));
  EXPECT_TRUE(a.record.order.empty());
}

}  // namespace
}  // namespace fairprune
