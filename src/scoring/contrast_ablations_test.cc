#include <gtest/gtest.h>

#include <cmath>

#include "base/result_matchers.h"
#include "scoring/contrast.h"
#include "scoring/model_for_test.h"

namespace fairprune {
namespace {

// f32: the rows of a batch lie elsewhere in the products than one mask's do.
constexpr double kNatsPerToken = 1e-5;

double NumScored(const Contrast& contrast) {
  int64_t scored = 0;
  for (const WeightedSequence& s : contrast.sequences) {
    scored += std::ssize(s.ids) - s.first_scored;
  }
  return static_cast<double>(scored);
}

class ContrastAblationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = LoadModelForTest(kModelsForTest + "llama");
    ASSERT_THAT(loaded, IsOk());
    model_ = std::make_unique<ModelForTest>(*std::move(loaded));
    auto encoder = RequestEncoder::Create(model_->tokenizer, 128);
    ASSERT_THAT(encoder, IsOk());
    for (const char* who : {"cook", "tenant", "young man", "queen"}) {
      const auto text = [&](const char* pronoun) {
        return std::string("The ") + who + " said that " + pronoun + " was late.";
      };
      auto contrast = EncodeContrast(*encoder, {{text("he"), 1}, {text("she"), -1}});
      ASSERT_THAT(contrast, IsOk());
      contrasts_.push_back(*std::move(contrast));
    }
  }

  std::unique_ptr<ModelForTest> model_;
  std::vector<Contrast> contrasts_;
};

TEST_F(ContrastAblationsTest, EqualsMasks) {
  const Engine& engine = model_->engine;
  const std::vector<Ablation> ablations = {{{1, 5}}, {{0, 5}}, {{0, 7}, {1, 9}}};
  NeuronMask base(engine.config().num_layers, engine.config().intermediate_size);
  base.Remove(0, 1);
  int64_t reported = 0;
  const auto found = MeasureContrastsUnderAblations(
      engine, contrasts_, ablations,
      {.mask = &base, .progress = [&](int64_t done, int64_t total) -> Status {
         EXPECT_LE(done, total);
         reported = done;
         return {};
       }});
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(reported, 3);  // one forest, three ablations
  const auto unchanged = MeasureContrasts(engine, contrasts_, {.mask = &base});
  ASSERT_THAT(unchanged, IsOk());
  ASSERT_EQ(found->base.size(), contrasts_.size());
  for (size_t i = 0; i < contrasts_.size(); ++i) {
    EXPECT_NEAR(found->base[i], (*unchanged)[i], kNatsPerToken * NumScored(contrasts_[i]));
  }
  ASSERT_EQ(found->values.size(), ablations.size());
  for (size_t a = 0; a < ablations.size(); ++a) {
    NeuronMask mask = base;
    for (const Neuron& neuron : ablations[a]) mask.Remove(neuron.layer, neuron.index);
    const auto expected = MeasureContrasts(engine, contrasts_, {.mask = &mask});
    ASSERT_THAT(expected, IsOk());
    double change = 0;
    for (size_t i = 0; i < contrasts_.size(); ++i) {
      EXPECT_NEAR(found->values[a][i], (*expected)[i], kNatsPerToken * NumScored(contrasts_[i]));
      change = std::max(change, std::fabs((*expected)[i] - found->base[i]));
    }
    EXPECT_GT(change, 1e-4) << "an ablation that changes nothing shows nothing";
  }
}

TEST_F(ContrastAblationsTest, ErrorsAreHandedOn) {
  EXPECT_THAT(MeasureContrastsUnderAblations(model_->engine, contrasts_, std::vector<Ablation>{{}}),
              FailsWith(ErrorCode::kInvalidArgument, "names no neuron"));
  const std::vector<Ablation> one = {{{0, 0}}};
  const auto stop = [](int64_t, int64_t) -> Status {
    return Fail(ErrorCode::kInternal, "stopped");
  };
  EXPECT_THAT(MeasureContrastsUnderAblations(model_->engine, contrasts_, one, {.progress = stop}),
              FailsWith(ErrorCode::kInternal, "stopped"));
  contrasts_[0].sequences[0].first_scored = 0;
  EXPECT_THAT(MeasureContrastsUnderAblations(model_->engine, contrasts_, one),
              FailsWith(ErrorCode::kInvalidArgument, "request 1"));
}

}  // namespace
}  // namespace fairprune
