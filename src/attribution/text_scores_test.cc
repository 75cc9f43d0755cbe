#include "attribution/text_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"
#include "io/json.h"

namespace fairprune {
namespace {

const std::string kTestdata = FAIRPRUNE_TESTDATA;

struct Loaded {
  Checkpoint checkpoint;
  Model model;
};

Result<Loaded> Load(const std::string& name) {
  FP_ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::Open(kTestdata + "/models/" + name));
  FP_ASSIGN_OR_RETURN(Model model, DescribeModel(checkpoint));
  return Loaded{std::move(checkpoint), std::move(model)};
}

// testdata/pruning, made by tools/make_prune_reference.py.
class TextScoresTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto document = ReadJsonFile(kTestdata + "/pruning/optipfair.json");
    ASSERT_THAT(document, IsOk());
    document_ = std::move(*document);
    windows_ = document_["windows"].get<std::vector<std::vector<int32_t>>>();
  }
  Json document_;
  std::vector<std::vector<int32_t>> windows_;
};

TEST_P(TextScoresTest, ImportanceOfLayersIsThatOfOptiPFair) {
  const auto loaded = Load(GetParam());
  ASSERT_THAT(loaded, IsOk());
  const auto engine = Engine::Load(loaded->model);
  ASSERT_THAT(engine, IsOk());
  const auto scores = MeasureOnText(*engine, windows_);
  ASSERT_THAT(scores, IsOk());
  const auto expected = document_["importance"][GetParam()].get<std::vector<double>>();
  ASSERT_EQ(scores->layer_importance.size(), expected.size());
  for (size_t layer = 0; layer < expected.size(); ++layer) {
    EXPECT_GT(expected[layer], 1e-3);
    EXPECT_NEAR(scores->layer_importance[layer], expected[layer], 2e-6) << layer;
  }
  // A streaming engine takes all windows through a layer first: the same sums.
  const auto streaming = Engine::Load(loaded->model, {.stream = true});
  ASSERT_THAT(streaming, IsOk());
  const auto streamed = MeasureOnText(*streaming, windows_);
  ASSERT_THAT(streamed, IsOk());
  EXPECT_EQ(streamed->layer_importance, scores->layer_importance);
  EXPECT_TRUE(
      std::ranges::equal(streamed->activation_norms.span(), scores->activation_norms.span()));
}

INSTANTIATE_TEST_SUITE_P(Models, TextScoresTest, ::testing::Values("llama", "gemma3", "olmo2"),
                         [](const auto& test) { return std::string(test.param); });

class ActivationNormsTest : public TextScoresTest {};

TEST_P(ActivationNormsTest, AreThoseOfOptiPFair) {
  const auto loaded = Load(GetParam());
  ASSERT_THAT(loaded, IsOk());
  const auto engine = Engine::Load(loaded->model);
  ASSERT_THAT(engine, IsOk());
  const auto scores = MeasureOnText(*engine, windows_);
  ASSERT_THAT(scores, IsOk());
  const auto file = SafetensorsFile::Open(kTestdata + "/pruning/optipfair.safetensors");
  ASSERT_THAT(file, IsOk());
  const TensorEntry* entry = (*file)->Find(std::string("norms.") + GetParam());
  ASSERT_NE(entry, nullptr);
  const auto expected = ReadAsF32(*entry);
  ASSERT_THAT(expected, IsOk());
  ASSERT_EQ(expected->shape(), scores->activation_norms.shape());
  for (int64_t i = 0; i < expected->size(); ++i) {
    EXPECT_NEAR(scores->activation_norms.data()[i], expected->data()[i],
                2e-5 * std::abs(expected->data()[i]));
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ActivationNormsTest, ::testing::Values("llama", "gemma3"),
                         [](const auto& test) { return std::string(test.param); });

TEST(MeasureOnTextTest, RefusesWindowsOfNothing) {
  const auto loaded = Load("llama");
  ASSERT_THAT(loaded, IsOk());
  const auto engine = Engine::Load(loaded->model);
  ASSERT_THAT(engine, IsOk());
  EXPECT_THAT(MeasureOnText(*engine, {}), FailsWith(ErrorCode::kInvalidArgument, "0 windows"));
  EXPECT_THAT(MeasureOnText(*engine, {{1, 2}, {}}),
              FailsWith(ErrorCode::kInvalidArgument, "none empty"));
  EXPECT_THAT(HybridImportance(loaded->model, Tensor::Zeros({1, 3})),
              FailsWith(ErrorCode::kMismatch, "expected"));
}

}  // namespace
}  // namespace fairprune
