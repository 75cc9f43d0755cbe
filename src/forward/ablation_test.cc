// Many ablations at once give what a masked run of each gives.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "compute/matmul.h"
#include "forward/model_cases_for_test.h"
#include "forward/record_for_test.h"

namespace fairprune {
namespace {

using Ids = std::vector<int32_t>;

// The logits of `nodes` by ablation; the last one is kNoAblation's.
struct Ablated {
  std::vector<Tensor> logits;
  std::vector<int64_t> order;  // of the ablations, as they came
};

Result<Ablated> RunAblated(const Engine& engine, const Forest& forest, AblationOptions options) {
  Ablated result;
  const auto count = static_cast<size_t>(std::ssize(options.ablations)) + 1;
  std::vector<int64_t> done(count, 0);
  for (size_t i = 0; i < count; ++i) {
    result.logits.emplace_back(
        Tensor({std::ssize(options.logit_nodes), engine.config().vocab_size}));
  }
  options.logits = [&](int64_t ablation, std::span<const int32_t> nodes, ConstMatrixView logits) {
    const size_t slot = ablation == kNoAblation ? count - 1 : static_cast<size_t>(ablation);
    if (done[slot] == 0) result.order.push_back(ablation);
    for (size_t i = 0; i < nodes.size(); ++i) {
      ASSERT_EQ(nodes[i], options.logit_nodes[static_cast<size_t>(done[slot])]);
      std::copy_n(logits.row(static_cast<int64_t>(i)), logits.cols,
                  result.logits[slot].matrix().row(done[slot]++));
    }
  };
  FP_RETURN_IF_ERROR(engine.RunAblations(forest, options));
  for (const int64_t rows : done) EXPECT_EQ(rows, std::ssize(options.logit_nodes));
  return result;
}

// Within `bound` of the largest logit of what a masked run gives.
void ExpectMasked(const Engine& engine, const Forest& forest, const NeuronMask& mask,
                  std::span<const int32_t> nodes, const Tensor& found, double bound) {
  const auto expected = RunRecorded(engine, forest, &mask);
  ASSERT_THAT(expected, IsOk());
  double largest = 0;
  for (const float value : expected->logits.span()) {
    largest = std::max<double>(largest, std::fabs(value));
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    const float* wanted = expected->logits.matrix().row(nodes[i]);
    const float* row = found.matrix().row(static_cast<int64_t>(i));
    for (int64_t v = 0; v < engine.config().vocab_size; ++v) {
      ASSERT_NEAR(row[v], wanted[v], bound * largest) << "node " << nodes[i] << " logit " << v;
    }
  }
}

// Single neurons of every layer in no order, groups in one layer and across layers, a neuron named
// twice, one that the mask has off already.
std::vector<Ablation> Various(const ModelConfig& config) {
  const auto last = static_cast<int32_t>(config.num_layers) - 1;
  std::vector<Ablation> ablations;
  for (int32_t layer = last; layer >= 0; --layer) {
    ablations.push_back({{layer, 3}});
    ablations.push_back({{layer, 11}});
  }
  ablations.push_back({{0, 1}, {0, 2}, {0, 9}});
  ablations.push_back({{last, 5}, {0, 3}, {last, 8}, {0, 7}});
  ablations.push_back({{last, 4}, {last, 6}});
  ablations.push_back({{0, 13}, {0, 13}});
  ablations.push_back({{last, 0}, {0, 0}});
  return ablations;
}

// Under a base mask and without one, with copies that fill a batch and that do not.
void CheckEngine(const Engine& engine, const Forest& forest, double bound) {
  const ModelConfig& config = engine.config();
  const std::vector<Ablation> ablations = Various(config);
  Ids nodes;
  for (int32_t i = 1; i < forest.size(); i += 2) nodes.push_back(i);
  NeuronMask base(config.num_layers, config.intermediate_size);
  base.Remove(0, 0);
  base.Remove(config.num_layers - 1, 2);
  for (const NeuronMask* mask :
       {static_cast<const NeuronMask*>(nullptr), static_cast<const NeuronMask*>(&base)}) {
    const auto found = RunAblated(engine, forest,
                                  {.mask = mask,
                                   .ablations = ablations,
                                   .logit_nodes = nodes,
                                   .batch_nodes = 3 * forest.size()});
    ASSERT_THAT(found, IsOk());
    for (size_t a = 0; a <= ablations.size(); ++a) {
      SCOPED_TRACE(testing::Message() << "ablation " << a);
      NeuronMask all =
          mask == nullptr ? NeuronMask(config.num_layers, config.intermediate_size) : *mask;
      if (a < ablations.size()) {
        for (const Neuron& neuron : ablations[a]) all.Remove(neuron.layer, neuron.index);
      }
      ExpectMasked(engine, forest, all, nodes, found->logits[a], bound);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

Forest BranchingForest(const Engine& engine) {
  const auto token = [&](int32_t i) {
    return static_cast<int32_t>((i * 37 + 11) % engine.config().vocab_size);
  };
  std::vector<Ids> sequences(4);
  for (int32_t i = 0; i < 5; ++i) sequences[0].push_back(token(i));
  sequences[1] = sequences[2] = sequences[0];
  for (int32_t i = 5; i < 9; ++i) sequences[1].push_back(token(i));
  for (int32_t i = 9; i < 26; ++i) sequences[2].push_back(token(i));
  for (int32_t i = 26; i < 32; ++i) sequences[3].push_back(token(i));
  return BuildForest(sequences, engine.long_sequence_limit());
}

TEST(AblationTest, EqualsMaskedRunsOnTheTestModels) {
  int checked = 0;
  const std::string root = std::string(FAIRPRUNE_TESTDATA) + "/models";
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (!std::filesystem::exists(entry.path() / "expected.safetensors")) continue;
    SCOPED_TRACE(entry.path().string());
    const auto checkpoint = Checkpoint::Open(entry.path().string());
    ASSERT_THAT(checkpoint, IsOk());
    const auto model = DescribeModel(*checkpoint);
    ASSERT_THAT(model, IsOk());
    const auto engine = Engine::Load(*model);
    ASSERT_THAT(engine, IsOk());
    CheckEngine(*engine, BranchingForest(*engine), 1e-5);
    if (HasFatalFailure()) return;
    ++checked;
  }
  EXPECT_GE(checked, 15);
}

class RandomAblationTest : public ::testing::TestWithParam<ModelCase> {};

TEST_P(RandomAblationTest, EqualsMaskedRuns) {
  ModelConfig config = BaseModelConfig();
  GetParam().change(config);
  const RandomModel random(config, GetParam().norms, 21);
  // Weights in either form.
  for (const bool gradient : {false, true}) {
    const auto engine = Engine::Load(random.model, {.gradient = gradient});
    ASSERT_THAT(engine, IsOk());
    CheckEngine(*engine, BranchingForest(*engine), 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Configs, RandomAblationTest, ::testing::ValuesIn(kModelCases),
                         [](const auto& test) { return test.param.name; });

// bf16 rounds what differs by a rounding of f32 to another neighbour here and there: 2^-8 each.
TEST(AblationTest, EqualsMaskedRunsInBf16) {
  if (!compute::CpuHasFastBf16()) GTEST_SKIP() << "this CPU has no bf16 instructions";
  const RandomModel random(BaseModelConfig(), {}, 3);
  const auto engine = Engine::Load(random.model, {.compute = ComputeType::kBf16});
  ASSERT_THAT(engine, IsOk());
  CheckEngine(*engine, BranchingForest(*engine), 1e-2);
}

TEST(AblationTest, ComesByLowestLayerWhateverTheBatch) {
  const RandomModel random(BaseModelConfig(), {}, 3);
  const auto engine = Engine::Load(random.model);
  ASSERT_THAT(engine, IsOk());
  const Forest forest = BranchingForest(*engine);
  const std::vector<Ablation> ablations = {{{2, 1}}, {{2, 3}, {1, 4}}, {{0, 1}}, {{1, 9}}};
  const Ids nodes = {4, 9};
  const auto all = RunAblated(*engine, forest, {.ablations = ablations, .logit_nodes = nodes});
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->order, (std::vector<int64_t>{2, 1, 3, 0, kNoAblation}));
  // One at a time.
  const auto single =
      RunAblated(*engine, forest, {.ablations = ablations, .logit_nodes = nodes, .batch_nodes = 1});
  ASSERT_THAT(single, IsOk());
  EXPECT_EQ(single->order, all->order);
  for (size_t a = 0; a < all->logits.size(); ++a) {
    for (int64_t i = 0; i < all->logits[a].size(); ++i) {
      ASSERT_NEAR(all->logits[a].data()[i], single->logits[a].data()[i], 1e-5);
    }
  }
}

TEST(AblationTest, WithoutAblationsTheBaseComesAlone) {
  const RandomModel random(BaseModelConfig(), {}, 3);
  const auto engine = Engine::Load(random.model);
  ASSERT_THAT(engine, IsOk());
  const Forest forest = BranchingForest(*engine);
  const Ids nodes = {0, 5};
  const auto found = RunAblated(*engine, forest, {.logit_nodes = nodes});
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->order, std::vector<int64_t>{kNoAblation});
  ExpectMasked(*engine, forest, NeuronMask(3, 48), nodes, found->logits[0], 1e-5);
}

TEST(AblationTest, RefusesWhatMakesNoSense) {
  const RandomModel random(BaseModelConfig(), {}, 3);
  const auto engine = Engine::Load(random.model);
  ASSERT_THAT(engine, IsOk());
  const Forest forest = BuildForest(std::vector<Ids>{{1, 2, 3}});
  const Ids nodes = {1};
  const auto run = [&](const std::vector<Ablation>& ablations, const Ids& wanted) {
    return engine->RunAblations(
        forest,
        {.ablations = ablations, .logit_nodes = wanted, .logits = [](int64_t, auto, auto) {}});
  };
  EXPECT_THAT(run({{{0, 1}}, {}}, nodes),
              FailsWith(ErrorCode::kInvalidArgument, "ablation 1 names no neuron"));
  EXPECT_THAT(run({{{3, 1}}}, nodes), FailsWith(ErrorCode::kInvalidArgument,
                                                "neuron 1 of layer 3, the model has 3 layers of "
                                                "48"));
  EXPECT_THAT(run({{{-1, 1}}}, nodes), FailsWith(ErrorCode::kInvalidArgument, "layer -1"));
  EXPECT_THAT(run({{{0, 48}}}, nodes), FailsWith(ErrorCode::kInvalidArgument, "neuron 48"));
  EXPECT_THAT(run({{{0, 1}}}, {1, 1}),
              FailsWith(ErrorCode::kInvalidArgument, "node 1 follows node 1"));
  EXPECT_THAT(run({{{0, 1}}}, {3}), FailsWith(ErrorCode::kInvalidArgument, "node 3"));
  const auto streaming = Engine::Load(random.model, {.stream = true});
  ASSERT_THAT(streaming, IsOk());
  EXPECT_THAT(streaming->RunAblations(forest, {.logits = [](int64_t, auto, auto) {}}),
              FailsWith(ErrorCode::kUnsupported, "stream"));
}

}  // namespace
}  // namespace fairprune
