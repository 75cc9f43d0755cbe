// Gradients with respect to the input of down_proj: transformers' on the test models, difference
// quotients of plain loops on random ones.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"
#include "compute/row_ops.h"
#include "forward/engine.h"
#include "forward/model_cases_for_test.h"

namespace fairprune {
namespace {

using Ids = std::vector<int32_t>;

struct KeptGradients : public GradientSink {
  std::vector<int32_t> order;
  std::map<int32_t, Tensor> act, gradient;
  static Tensor Copy(ConstMatrixView view) {
    Tensor copy({view.rows, view.cols});
    for (int64_t i = 0; i < view.rows; ++i)
      std::copy_n(view.row(i), view.cols, copy.matrix().row(i));
    return copy;
  }
  void OnGradient(int32_t layer, ConstMatrixView a, ConstMatrixView g) override {
    order.push_back(layer);
    act[layer] = Copy(a);
    gradient[layer] = Copy(g);
  }
};

// The sum over sequences of weight * log p of every id but the first.
class LogProbability {
 public:
  LogProbability(const Forest& forest, const std::vector<double>& weights) {
    for (size_t s = 0; s < forest.sequences.size(); ++s) {
      const auto& path = forest.sequences[s];
      for (size_t t = 0; t + 1 < path.size(); ++t)
        targets_[path[t]].emplace_back(forest.token[static_cast<size_t>(path[t + 1])], weights[s]);
    }
    for (const auto& [node, targets] : targets_) nodes_.push_back(node);
  }
  const Ids& nodes() const { return nodes_; }
  void operator()(std::span<const int32_t> nodes, MatrixView logits) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      const std::span<float> row = logits.row_span(static_cast<int64_t>(i));
      const double log_sum = compute::LogSumExp(row);
      double total = 0;
      for (const auto& [token, weight] : targets_.at(nodes[i])) total += weight;
      for (float& value : row) value = static_cast<float>(-total * std::exp(value - log_sum));
      for (const auto& [token, weight] : targets_.at(nodes[i]))
        row[static_cast<size_t>(token)] += static_cast<float>(weight);
    }
  }

 private:
  std::map<int32_t, std::vector<std::pair<int32_t, double>>> targets_;
  Ids nodes_;
};

Result<KeptGradients> RunKept(const Engine& engine, const Forest& forest,
                              const std::vector<double>& weights,
                              const NeuronMask* mask = nullptr) {
  LogProbability objective(forest, weights);
  KeptGradients kept;
  FP_RETURN_IF_ERROR(engine.RunGradient(
      forest,
      {.mask = mask, .logit_nodes = objective.nodes(), .objective = objective, .sink = &kept}));
  return kept;
}

Ids ReadIds(const SafetensorsFile& file, const std::string& name) {
  const TensorEntry* entry = file.Find(name);
  std::vector<int64_t> wide(static_cast<size_t>(NumElements(entry->shape)));
  std::memcpy(wide.data(), entry->bytes.data(), entry->bytes.size());
  return Ids(wide.begin(), wide.end());
}

// Within 1e-4 of the tensor's largest element. A single sequence's nodes are its positions.
void ExpectEqual(const SafetensorsFile& expected, const std::string& name, const Tensor& found) {
  const TensorEntry* entry = expected.Find(name);
  ASSERT_NE(entry, nullptr) << name;
  const auto wanted = ReadAsF32(*entry);
  ASSERT_THAT(wanted, IsOk());
  ASSERT_EQ(wanted->shape(), found.shape()) << name;
  float largest = 0;
  for (const float value : wanted->span()) largest = std::max(largest, std::fabs(value));
  ASSERT_GT(largest, 0) << name;
  for (int64_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found.data()[i], wanted->data()[i], 1e-4 * largest) << name << " element " << i;
}

// Both rows of expected.safetensors.
void CheckFolder(const std::filesystem::path& folder) {
  SCOPED_TRACE(folder.string());
  const auto checkpoint = Checkpoint::Open(folder.string());
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  const auto engine = Engine::Load(*model, {.gradient = true});
  ASSERT_THAT(engine, IsOk());
  const auto expected = SafetensorsFile::Open((folder / "expected.safetensors").string());
  ASSERT_THAT(expected, IsOk());
  for (const std::string row : {"a", "b"}) {
    // By itself: a beginning that both rows shared would get the gradient of both.
    const std::vector<Ids> sequences = {ReadIds(**expected, row + ".input_ids")};
    const Forest forest = BuildForest(sequences, engine->long_sequence_limit());
    const auto kept = RunKept(*engine, forest, {1});
    ASSERT_THAT(kept, IsOk());
    ASSERT_EQ(kept->order.size(), static_cast<size_t>(engine->config().num_layers));
    for (const auto& [layer, gradient] : kept->gradient)
      ExpectEqual(**expected, row + ".grad." + std::to_string(layer), gradient);
  }
}

void CheckFoldersIn(const std::string& root, int at_least) {
  int checked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (!std::filesystem::exists(entry.path() / "expected.safetensors")) continue;
    CheckFolder(entry.path());
    ++checked;
  }
  EXPECT_GE(checked, at_least);
}

TEST(GradientTest, EqualsTransformersOnTheTestModels) {
  CheckFoldersIn(std::string(FAIRPRUNE_TESTDATA) + "/models", 15);
}

TEST(GradientTest, EqualsTransformersOnTheSharedReference) {
  const std::string root = std::string(FAIRPRUNE_SHARED) + "/reference/architectures";
  if (!std::filesystem::exists(root))
    GTEST_SKIP() << root << " is absent: the larger reference models are not checked";
  CheckFoldersIn(root, 13);
}

class RandomGradientTest : public ::testing::TestWithParam<ModelCase> {};

// A step of the difference quotients: one element of down_proj's input at one node.
struct Place {
  int32_t layer, node;
  size_t neuron;
};

class DifferenceQuotient {
 public:
  DifferenceQuotient(const RandomModel& model, const std::vector<Ids>& sequences,
                     const Forest& forest, const std::vector<double>& weights,
                     const NeuronMask* mask)
      : reference_(model), sequences_(sequences), forest_(forest), weights_(weights), mask_(mask) {}

  double At(const Place& place) {
    constexpr double kStep = 1e-5;
    return (Objective(place, kStep) - Objective(place, -kStep)) / (2 * kStep);
  }

 private:
  double Objective(const Place& place, double change) {
    double sum = 0;
    for (size_t s = 0; s < sequences_.size(); ++s) {
      reference_.change_act = [&](int32_t layer, size_t t, std::vector<double>& act) {
        if (layer == place.layer && forest_.sequences[s][t] == place.node)
          act[place.neuron] += change;
      };
      const Reference run = reference_.Run(sequences_[s], mask_);
      for (size_t t = 0; t + 1 < sequences_[s].size(); ++t) {
        double total = 0;
        for (const double logit : run.logits[t]) total += std::exp(logit);
        const auto next = static_cast<size_t>(sequences_[s][t + 1]);
        sum += weights_[s] * (run.logits[t][next] - std::log(total));
      }
    }
    return sum;
  }

  ReferenceForward reference_;
  const std::vector<Ids>& sequences_;
  const Forest& forest_;
  const std::vector<double>& weights_;
  const NeuronMask* mask_;
};

TEST_P(RandomGradientTest, EqualsDifferenceQuotients) {
  ModelConfig config = BaseModelConfig();
  GetParam().change(config);
  const RandomModel random(config, GetParam().norms, 21);
  const auto engine = Engine::Load(random.model, {.gradient = true});
  ASSERT_THAT(engine, IsOk());
  std::mt19937 generator(9);
  std::uniform_int_distribution<int32_t> token(0, 52);
  const auto continued = [&](Ids ids, size_t more) {
    for (size_t i = 0; i < more; ++i) ids.push_back(token(generator));
    return ids;
  };
  const Ids root = continued({}, 6);
  const std::vector<Ids> sequences = {continued(root, 3), continued(root, 17), continued({}, 5)};
  const std::vector<double> weights = {1, -0.7, 2};
  NeuronMask mask(config.num_layers, config.intermediate_size);
  for (int64_t f = 0; f < config.intermediate_size; f += 5) mask.Remove(1, f);
  const Forest forest = BuildForest(sequences, engine->long_sequence_limit());
  const auto kept = RunKept(*engine, forest, weights, &mask);
  ASSERT_THAT(kept, IsOk());
  DifferenceQuotient quotient(random, sequences, forest, weights, &mask);
  std::uniform_int_distribution<int32_t> node(0, forest.size() - 1);
  std::uniform_int_distribution<size_t> neuron(0, 47);
  for (int32_t layer = 0; layer < config.num_layers; ++layer) {
    const Tensor& gradient = kept->gradient.at(layer);
    float largest = 0;
    for (const float value : gradient.span()) largest = std::max(largest, std::fabs(value));
    ASSERT_GT(largest, 0);
    for (int trial = 0; trial < 12; ++trial) {
      const Place place{layer, trial == 0 ? forest.sequences[0][2] : node(generator),
                        neuron(generator)};
      const float found = gradient.matrix().row(place.node)[place.neuron];
      EXPECT_NEAR(found, quotient.At(place), 2e-5 * largest)
          << "layer " << layer << " node " << place.node << " neuron " << place.neuron;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Configs, RandomGradientTest, ::testing::ValuesIn(kModelCases),
                         [](const auto& test) { return test.param.name; });

TEST(GradientTest, ActivationsAreThoseOfTheForwardPassAndLayersComeFromTheLast) {
  const ModelConfig config = BaseModelConfig();
  const RandomModel random(config, {}, 3);
  const auto engine = Engine::Load(random.model, {.gradient = true});
  ASSERT_THAT(engine, IsOk());
  const Forest forest = BuildForest(std::vector<Ids>{{1, 2, 3, 4}, {1, 2, 9}});
  const auto kept = RunKept(*engine, forest, {1, 1});
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(kept->order, (std::vector<int32_t>{2, 1, 0}));
  struct Acts : public TapSink {
    std::map<int32_t, Tensor> act;
    void OnTap(int32_t layer, TapSite site, ConstMatrixView values) override {
      if (site == TapSite::kAct) act[layer] = KeptGradients::Copy(values);
    }
  } acts;
  ASSERT_THAT(engine->Run(forest, {.taps = &acts}), IsOk());
  for (const auto& [layer, act] : acts.act)
    for (int64_t i = 0; i < act.size(); ++i)
      ASSERT_EQ(kept->act.at(layer).data()[i], act.data()[i]);
}

// More scored nodes than one product with the head takes, in groups that must stay together.
TEST(GradientTest, GroupsAreHandedOutWhole) {
  const ModelConfig config = BaseModelConfig();
  const RandomModel random(config, {}, 3);
  const auto engine = Engine::Load(random.model, {.gradient = true});
  ASSERT_THAT(engine, IsOk());
  Ids ids;
  for (int32_t i = 0; i < 300; ++i) ids.push_back(i % 53);
  const Forest forest = BuildForest(std::vector<Ids>{ids});
  KeptGradients kept;
  std::vector<size_t> sizes;
  GradientOptions options{.logit_nodes = forest.sequences[0], .group = 3, .sink = &kept};
  options.objective = [&](std::span<const int32_t> nodes, MatrixView logits) {
    sizes.push_back(nodes.size());
    for (int64_t i = 0; i < logits.rows; ++i) std::fill_n(logits.row(i), logits.cols, 0.0F);
  };
  ASSERT_THAT(engine->RunGradient(forest, options), IsOk());
  size_t total = 0;
  for (const size_t size : sizes) {
    EXPECT_EQ(size % 3, 0u);
    total += size;
  }
  EXPECT_EQ(total, 300u);
  for (const auto& [layer, gradient] : kept.gradient)
    for (const float value : gradient.span()) ASSERT_EQ(value, 0.0F);
}

TEST(GradientTest, ObjectivesOfOnePassAreThoseOfTheirOwn) {
  const ModelConfig config = BaseModelConfig();
  const RandomModel random(config, {}, 3);
  const auto engine = Engine::Load(random.model, {.gradient = true});
  ASSERT_THAT(engine, IsOk());
  const Forest forest = BuildForest(std::vector<Ids>{{1, 2, 3, 4}, {1, 2, 5}});
  LogProbability both(forest, {1, -1});
  LogProbability second(forest, {0, 1});
  KeptGradients of_both, of_second;
  const GradientOptions options[] = {
      {.logit_nodes = both.nodes(), .objective = both, .sink = &of_both},
      {.logit_nodes = second.nodes(), .objective = second, .sink = &of_second}};
  ASSERT_THAT(engine->RunGradients(forest, options), IsOk());
  for (const auto& [together, weights] :
       {std::pair(&of_both, std::vector<double>{1, -1}), {&of_second, {0, 1}}}) {
    const auto alone = RunKept(*engine, forest, weights);
    ASSERT_THAT(alone, IsOk());
    for (const auto& [layer, gradient] : alone->gradient) {
      const Tensor& found = together->gradient.at(layer);
      EXPECT_TRUE(std::ranges::equal(gradient.span(), found.span())) << layer;
    }
  }
}

TEST(GradientTest, RefusesWhatMakesNoSense) {
  const ModelConfig config = BaseModelConfig();
  const RandomModel random(config, {}, 3);
  EXPECT_THAT(Engine::Load(random.model, {.stream = true, .gradient = true}),
              FailsWith(ErrorCode::kUnsupported, "stream"));
  const Forest forest = BuildForest(std::vector<Ids>{{1, 2, 3}});
  KeptGradients kept;
  GradientOptions options{.sink = &kept};
  options.objective = [](std::span<const int32_t>, MatrixView) {};
  const auto plain = Engine::Load(random.model);
  ASSERT_THAT(plain, IsOk());
  EXPECT_THAT(plain->RunGradient(forest, options),
              FailsWith(ErrorCode::kInvalidArgument, "EngineOptions::gradient"));
  const auto engine = Engine::Load(random.model, {.gradient = true});
  ASSERT_THAT(engine, IsOk());
  const Ids twice = {1, 1};
  options.logit_nodes = twice;
  EXPECT_THAT(engine->RunGradient(forest, options),
              FailsWith(ErrorCode::kInvalidArgument, "node 1 is named twice"));
  options.group = 3;
  EXPECT_THAT(engine->RunGradient(forest, options),
              FailsWith(ErrorCode::kInvalidArgument, "2 nodes in groups of 3"));
}

}  // namespace
}  // namespace fairprune
