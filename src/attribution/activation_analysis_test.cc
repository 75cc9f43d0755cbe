#include "attribution/activation_analysis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>
#include <string>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"
#include "model/model.h"
#include "scoring/pair_divergence.h"

namespace fairprune {
namespace {

struct LoadedModel {
  Tokenizer tokenizer;
  Engine engine;
};

Result<LoadedModel> LoadModel(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(Tokenizer tokenizer, Tokenizer::FromCheckpoint(checkpoint));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  FP_ASSIGN_OR_RETURN(Engine engine, Engine::Load(model));
  return LoadedModel{std::move(tokenizer), std::move(engine)};
}

PromptPair Pair(const std::string& id, const std::string& category, const std::string& prompt_1,
                const std::string& prompt_2) {
  PromptPair pair;
  pair.id = id;
  pair.category = category;
  pair.prompt_1 = prompt_1;
  pair.prompt_2 = prompt_2;
  return pair;
}

// Prompts of equal and of different length, one that begins the other, and two with no beginning in
// common.
std::vector<PromptPair> FourPairs() {
  return {Pair("a", "Age", "The young tenant rang", "The old tenant rang"),
          Pair("b", "Age", "A boy sat down", "A man sat down"),
          Pair("c", "Origin", "They came from", "They came from here"),
          Pair("d", "Origin", "One", "Another one of them, at last")};
}

// Keeps a copy of every tap: [layer][site] is [T, F].
class Recorder : public TapSink {
 public:
  explicit Recorder(int64_t num_layers) : taps_(static_cast<size_t>(num_layers) * 3) {}
  void OnTap(int32_t layer, TapSite site, ConstMatrixView values) override {
    Tensor copy({values.rows, values.cols});
    for (int64_t i = 0; i < values.rows; ++i) {
      const auto row = values.row_span(i);
      std::copy(row.begin(), row.end(), copy.matrix().row(i));
    }
    taps_[Index(layer, site)] = std::move(copy);
  }
  const Tensor& at(int64_t layer, TapSite site) const { return taps_[Index(layer, site)]; }

 private:
  static size_t Index(int64_t layer, TapSite site) {
    return static_cast<size_t>(layer) * 3 + static_cast<size_t>(site);
  }
  std::vector<Tensor> taps_;
};

// One prompt, alone: node = position.
Recorder Record(const LoadedModel& model, const std::string& prompt, const NeuronMask* mask,
                std::vector<int32_t>& ids) {
  Recorder recorder(model.engine.config().num_layers);
  ids = *model.tokenizer.Encode(prompt, {.add_special = true});
  const Forest forest = BuildForest(std::vector<std::vector<int32_t>>{ids});
  EXPECT_THAT(model.engine.Run(forest, {.mask = mask, .taps = &recorder}), IsOk());
  return recorder;
}

double MeanOfColumn(const Tensor& values, int64_t column) {
  double sum = 0;
  for (int64_t t = 0; t < values.shape()[0]; ++t) sum += values.matrix().row(t)[column];
  return sum / static_cast<double>(values.shape()[0]);
}

// |a - b| of one neuron `back` positions before the end, 1 being the last.
double DifferenceAt(const Tensor& a, const Tensor& b, int64_t back, int64_t neuron) {
  return std::abs(static_cast<double>(a.matrix().row(a.shape()[0] - back)[neuron]) -
                  b.matrix().row(b.shape()[0] - back)[neuron]);
}

// The definition (activation_analysis.h), one neuron at a time.
double PlainDifference(const Tensor& a, const Tensor& b, int64_t common, Pooling pooling,
                       int64_t neuron) {
  if (pooling == Pooling::kMean) return std::abs(MeanOfColumn(a, neuron) - MeanOfColumn(b, neuron));
  if (pooling == Pooling::kLast) return DifferenceAt(a, b, 1, neuron);
  const int64_t aligned = std::max<int64_t>(1, std::min(a.shape()[0], b.shape()[0]) - common);
  double sum = 0;
  for (int64_t back = 1; back <= aligned; ++back) sum += DifferenceAt(a, b, back, neuron);
  return sum / static_cast<double>(aligned);
}

// The whole analysis of `pairs`, prompt by prompt.
DifferenceScores PlainScores(const LoadedModel& model, const std::vector<PromptPair>& pairs,
                             const NeuronMask* mask = nullptr) {
  const int64_t layers = model.engine.config().num_layers;
  const int64_t neurons = model.engine.config().intermediate_size;
  DifferenceScores scores(layers, neurons);
  scores.num_pairs = std::ssize(pairs);
  for (const PromptPair& pair : pairs) {
    std::vector<int32_t> ids_1, ids_2;
    const Recorder first = Record(model, pair.prompt_1, mask, ids_1);
    const Recorder second = Record(model, pair.prompt_2, mask, ids_2);
    const int64_t common =
        std::mismatch(ids_1.begin(), ids_1.end(), ids_2.begin(), ids_2.end()).first - ids_1.begin();
    for (const Pooling pooling : kPoolings) {
      for (const TapSite site : kTapSites) {
        for (int64_t i = 0; i < layers * neurons; ++i) {
          const double difference =
              PlainDifference(first.at(i / neurons, site), second.at(i / neurons, site), common,
                              pooling, i % neurons);
          float& mean = scores.at(pooling, site, Aggregation::kMean).data()[i];
          float& max = scores.at(pooling, site, Aggregation::kMax).data()[i];
          mean += static_cast<float>(difference / static_cast<double>(pairs.size()));
          max = std::max(max, static_cast<float>(difference));
        }
      }
    }
  }
  return scores;
}

// Within `bound` of each score's maximum (of 1, where that is less).
void ExpectNear(const DifferenceScores& actual, const DifferenceScores& expected, double bound) {
  EXPECT_EQ(actual.num_pairs, expected.num_pairs);
  for (const Pooling pooling : kPoolings) {
    for (const TapSite site : kTapSites) {
      for (const Aggregation aggregation : kAggregations) {
        const Tensor& a = actual.at(pooling, site, aggregation);
        const Tensor& b = expected.at(pooling, site, aggregation);
        ASSERT_EQ(a.shape(), b.shape());
        double worst = 0, largest = 0;
        for (int64_t i = 0; i < a.size(); ++i) {
          worst = std::max(worst, std::abs(static_cast<double>(a.data()[i]) - b.data()[i]));
          largest = std::max(largest, static_cast<double>(b.data()[i]));
        }
        EXPECT_LE(worst, bound * std::max(1.0, largest))
            << NameOf(pooling) << " " << NameOf(site) << " " << NameOf(aggregation);
        EXPECT_GT(largest, 0) << "a comparison of zeros";
      }
    }
  }
}

class ActivationAnalysisTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto model = LoadModel(FAIRPRUNE_TESTDATA "/models/llama");
    ASSERT_THAT(model, IsOk());
    model_.emplace(*std::move(model));
  }
  Result<ActivationAnalysis> Analyze(const std::vector<PromptPair>& pairs,
                                     const JobProgress& progress = {}) const {
    return AnalyzeActivations(model_->engine, model_->tokenizer, pairs, progress);
  }
  Result<ActivationAnalysis> AnalyzeMasked(const std::vector<PromptPair>& pairs,
                                           const NeuronMask& mask) const {
    FP_ASSIGN_OR_RETURN(auto analyses, AnalyzeUnderMasks(model_->engine, model_->tokenizer, pairs,
                                                         {.masks = {&mask}}));
    return std::move(analyses.front());
  }
  std::optional<LoadedModel> model_;
};

TEST_F(ActivationAnalysisTest, EqualsThePlainComputationPromptByPrompt) {
  const std::vector<PromptPair> pairs = FourPairs();
  const auto ids = [&](const std::string& text) { return *model_->tokenizer.Encode(text); };
  ASSERT_NE(ids(pairs[0].prompt_1).size(), ids(pairs[0].prompt_2).size());
  ASSERT_EQ(ids(pairs[1].prompt_1).size(), ids(pairs[1].prompt_2).size());
  const auto analysis = Analyze(pairs);
  ASSERT_THAT(analysis, IsOk());
  EXPECT_EQ(analysis->all.at(Pooling::kMean, TapSite::kGate, Aggregation::kMean).shape(),
            (Shape{2, 64}));
  ExpectNear(analysis->all, PlainScores(*model_, pairs), 1e-5);
  for (const PromptPair& pair : pairs) {  // each kind of pair by itself
    const auto alone = Analyze({pair});
    ASSERT_THAT(alone, IsOk());
    SCOPED_TRACE(pair.id);
    ExpectNear(alone->all, PlainScores(*model_, {pair}), 1e-5);
  }
}

TEST_F(ActivationAnalysisTest, PromptThatBeginsTheOtherIsComparedAtTheLastPosition) {
  const auto analysis = Analyze({FourPairs()[2]});
  ASSERT_THAT(analysis, IsOk());
  for (const TapSite site : kTapSites) {
    const Tensor& last = analysis->all.at(Pooling::kLast, site, Aggregation::kMean);
    const Tensor& aligned = analysis->all.at(Pooling::kAligned, site, Aggregation::kMean);
    EXPECT_TRUE(std::ranges::equal(last.span(), aligned.span())) << NameOf(site);
  }
}

TEST_F(ActivationAnalysisTest, CategoriesAddUp) {
  const std::vector<PromptPair> pairs = FourPairs();
  const auto analysis = Analyze(pairs);
  ASSERT_THAT(analysis, IsOk());
  ASSERT_EQ(analysis->by_category.size(), 2U);
  const DifferenceScores& age = analysis->by_category.at("Age");
  const DifferenceScores& origin = analysis->by_category.at("Origin");
  ExpectNear(age, PlainScores(*model_, {pairs[0], pairs[1]}), 1e-5);
  ExpectNear(origin, PlainScores(*model_, {pairs[2], pairs[3]}), 1e-5);
  for (const Pooling pooling : kPoolings) {
    for (const TapSite site : kTapSites) {
      const auto of = [&](const DifferenceScores& scores, Aggregation aggregation, int64_t i) {
        return scores.at(pooling, site, aggregation).data()[i];
      };
      for (int64_t i = 0; i < 2 * 64; ++i) {
        EXPECT_NEAR(of(analysis->all, Aggregation::kMean, i),
                    (of(age, Aggregation::kMean, i) + of(origin, Aggregation::kMean, i)) / 2, 1e-6);
        EXPECT_EQ(of(analysis->all, Aggregation::kMax, i),
                  std::max(of(age, Aggregation::kMax, i), of(origin, Aggregation::kMax, i)));
      }
    }
  }
}

TEST_F(ActivationAnalysisTest, ManyPairsGiveWhatOneByOneGives) {
  std::vector<PromptPair> pairs;
  int64_t nodes = 0;
  for (int i = 0; nodes < int64_t{3} * model_->engine.preferred_batch_nodes(); ++i) {
    const std::string end = " number " + std::to_string(i * 7919) + " stood in the line";
    pairs.push_back(Pair(std::to_string(i), "Age", std::to_string(i) + " young" + end,
                         std::to_string(i) + " older" + end));
    nodes += 2 * std::ssize(pairs.back().prompt_1);
  }
  std::vector<int64_t> reported;
  const auto together = Analyze(pairs, [&](int64_t done, int64_t total) -> Status {
    EXPECT_EQ(total, std::ssize(pairs));
    reported.push_back(done);
    return {};
  });
  ASSERT_THAT(together, IsOk());
  EXPECT_GT(reported.size(), 1U) << "these pairs are meant for several batches";
  EXPECT_TRUE(std::ranges::is_sorted(reported));
  EXPECT_EQ(reported.back(), std::ssize(pairs));

  DifferenceScores sum(2, 64);
  sum.num_pairs = std::ssize(pairs);
  for (const PromptPair& pair : pairs) {
    const auto alone = Analyze({pair});
    ASSERT_THAT(alone, IsOk());
    for (const Pooling pooling : kPoolings) {
      for (const TapSite site : kTapSites) {
        const float* value = alone->all.at(pooling, site, Aggregation::kMean).data();
        float* mean = sum.at(pooling, site, Aggregation::kMean).data();
        float* max = sum.at(pooling, site, Aggregation::kMax).data();
        for (int64_t i = 0; i < 2 * 64; ++i) {
          mean[i] += value[i] / static_cast<float>(pairs.size());
          max[i] = std::max(max[i], value[i]);
        }
      }
    }
  }
  ExpectNear(together->all, sum, 1e-5);
}

TEST_F(ActivationAnalysisTest, MaskedNeuronHasNoDifference) {
  NeuronMask mask(2, 64);
  mask.Remove(0, 3);
  mask.Remove(1, 63);
  const std::vector<PromptPair> pairs = FourPairs();
  const auto masked = AnalyzeMasked(pairs, mask);
  const auto whole = Analyze(pairs);
  ASSERT_THAT(masked, IsOk());
  ASSERT_THAT(whole, IsOk());
  for (const Pooling pooling : kPoolings) {
    for (const Aggregation aggregation : kAggregations) {
      const Tensor& act = masked->all.at(pooling, TapSite::kAct, aggregation);
      EXPECT_EQ(act.matrix().row(0)[3], 0);
      EXPECT_EQ(act.matrix().row(1)[63], 0);
      EXPECT_GT(whole->all.at(pooling, TapSite::kAct, aggregation).matrix().row(0)[3], 0);
      EXPECT_GT(act.matrix().row(0)[4], 0);
    }
  }
  ExpectNear(masked->all, PlainScores(*model_, pairs, &mask), 1e-5);
}

// Several analyses of one RunAll are what each alone is, and the divergences those of
// NextTokenDivergence.
TEST_F(ActivationAnalysisTest, MasksAndDivergencesTogetherAreWhatEachAloneIs) {
  NeuronMask mask(2, 64);
  mask.Remove(0, 3);
  const std::vector<PromptPair> pairs = FourPairs();
  const auto both = AnalyzeUnderMasks(model_->engine, model_->tokenizer, pairs,
                                      {.masks = {nullptr, &mask}, .divergence = true});
  ASSERT_THAT(both, IsOk());
  ASSERT_EQ(both->size(), 2U);
  const auto plain = Analyze(pairs);
  const auto masked = AnalyzeMasked(pairs, mask);
  ASSERT_THAT(plain, IsOk());
  ASSERT_THAT(masked, IsOk());
  EXPECT_TRUE(plain->divergence_nats.empty());
  ExpectNear(both->front().all, plain->all, 0);
  ExpectNear(both->back().all, masked->all, 0);
  EXPECT_THAT(NextTokenDivergence(model_->engine, model_->tokenizer, pairs),
              IsOkAndHolds(both->front().divergence_nats));
  EXPECT_THAT(NextTokenDivergence(model_->engine, model_->tokenizer, pairs, {.mask = &mask}),
              IsOkAndHolds(both->back().divergence_nats));
  EXPECT_NE(both->front().divergence_nats, both->back().divergence_nats);
}

TEST_F(ActivationAnalysisTest, PairsWithoutACategoryCountInAllAlone) {
  std::vector<PromptPair> pairs = FourPairs();
  pairs[0].category.clear();
  pairs[3].category.clear();
  const auto analysis = Analyze(pairs);
  ASSERT_THAT(analysis, IsOk());
  ASSERT_EQ(analysis->by_category.size(), 2U);
  EXPECT_EQ(analysis->by_category.at("Age").num_pairs, 1);
  EXPECT_EQ(analysis->by_category.at("Origin").num_pairs, 1);
  ExpectNear(analysis->all, PlainScores(*model_, pairs), 1e-5);
}

TEST_F(ActivationAnalysisTest, AnErrorOfTheProgressEndsIt) {
  const auto stopped = Analyze(
      FourPairs(), [](int64_t, int64_t) -> Status { return Fail(ErrorCode::kInternal, "enough"); });
  EXPECT_THAT(stopped, FailsWith(ErrorCode::kInternal, "enough"));
}

TEST_F(ActivationAnalysisTest, RefusesWhatItCannotAnalyze) {
  EXPECT_THAT(Analyze({}), FailsWith(ErrorCode::kInvalidArgument, "no prompt pairs"));
  EXPECT_THAT(Analyze({Pair("p7", "Age", "good", "bad \xff")}),
              FailsWith(ErrorCode::kInvalidArgument, "pair p7"));
  EXPECT_THAT(Analyze({Pair("long", "Age", std::string(200, 'x'), "x")}),
              FailsWith(ErrorCode::kInvalidArgument, ""));
  const NeuronMask other(2, 65);
  EXPECT_THAT(AnalyzeMasked(FourPairs(), other), FailsWith(ErrorCode::kInvalidArgument, ""));
}

TEST(ActivationAnalysisNames, AreThoseOfTheFiles) {
  EXPECT_EQ(NameOf(Pooling::kMean), "bias");
  EXPECT_EQ(NameOf(Pooling::kLast), "last");
  EXPECT_EQ(NameOf(Pooling::kAligned), "aligned");
  EXPECT_EQ(NameOf(TapSite::kGate), "gate_proj");
  EXPECT_EQ(NameOf(TapSite::kUp), "up_proj");
  EXPECT_EQ(NameOf(TapSite::kAct), "down_proj_input");
  EXPECT_EQ(NameOf(Aggregation::kMean), "mean");
  EXPECT_EQ(NameOf(Aggregation::kMax), "max");
}

// Against OptiPFair 0.4.2 on a real model: 75 English pairs, every layer, site and aggregation.
TEST(ActivationAnalysisReference, SmolLm2DifferencesAreOptiPFairs) {
  const std::string reference = FAIRPRUNE_SHARED "/reference/smollm2/optipfair/scores.safetensors";
  const std::string pairs_path = FAIRPRUNE_SHARED "/data/prompt_pairs/prompt_pairs_en.json";
  const char* model_path = std::getenv("FAIRPRUNE_SMOLLM2");
  if (model_path == nullptr || !std::filesystem::exists(reference)) {
    GTEST_SKIP() << "FAIRPRUNE_SMOLLM2 (path of SmolLM2-135M-Instruct.Q4_1.gguf) not set, or "
                 << reference << " absent: the activation differences of OptiPFair are not checked";
  }
  const auto model = LoadModel(model_path);
  ASSERT_THAT(model, IsOk());
  const auto pairs = ReadPairs(pairs_path);
  ASSERT_THAT(pairs, IsOk());
  const auto analysis = AnalyzeActivations(model->engine, model->tokenizer, *pairs);
  ASSERT_THAT(analysis, IsOk());
  const auto expected = SafetensorsFile::Open(reference);
  ASSERT_THAT(expected, IsOk());
  double worst = 0;
  int num_compared = 0;
  for (const TapSite site : kTapSites) {
    for (const Aggregation aggregation : kAggregations) {
      const Tensor& scores = analysis->all.at(Pooling::kMean, site, aggregation);
      for (int64_t layer = 0; layer < scores.shape()[0]; ++layer) {
        const std::string name =
            fmt::format("bias.{}.{}.{}", NameOf(site), NameOf(aggregation), layer);
        const TensorEntry* entry = (*expected)->Find(name);
        if (entry == nullptr) continue;
        const auto theirs = ReadAsF32(*entry);
        ASSERT_THAT(theirs, IsOk());
        const auto ours = scores.matrix().row_span(layer);
        ASSERT_EQ(ours.size(), theirs->span().size());
        double error = 0, largest = 0;
        for (size_t i = 0; i < ours.size(); ++i) {
          const double value = theirs->span()[i];
          error = std::max(error, std::abs(ours[i] - value));
          largest = std::max(largest, std::abs(value));
        }
        EXPECT_LE(error, 1e-4 * largest) << name;
        worst = std::max(worst, error / largest);
        ++num_compared;
      }
    }
  }
  std::set<std::string> stored;
  for (const TensorEntry& entry : (*expected)->entries()) {
    if (entry.name.starts_with("bias.")) stored.insert(entry.name);
  }
  EXPECT_EQ(num_compared, std::ssize(stored)) << "every stored difference is compared";
  EXPECT_GT(num_compared, 0);
  RecordProperty("worst_error_of_maximum", fmt::format("{:.2e}", worst));
  std::cout << fmt::format("{} tensors, worst error {:.2e} of a tensor's maximum\n", num_compared,
                           worst);
}

}  // namespace
}  // namespace fairprune
