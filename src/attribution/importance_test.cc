#include "attribution/importance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>

#include "base/result_matchers.h"
#include "checkpoint/safetensors.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;

constexpr ImportanceMethod kMethods[] = {ImportanceMethod::kMaw, ImportanceMethod::kVow,
                                         ImportanceMethod::kPon, ImportanceMethod::kL2};

Tensor MakeTensor(const Shape& shape, const std::vector<float>& values) {
  Tensor tensor(shape);
  FP_CHECK(values.size() == tensor.span().size(), "as many values as the shape has");
  std::copy(values.begin(), values.end(), tensor.data());
  return tensor;
}

Tensor Read(const SafetensorsFile& file, const std::string& name) {
  const TensorEntry* entry = file.Find(name);
  FP_CHECK(entry != nullptr, name.c_str());
  auto tensor = ReadAsF32(*entry);
  FP_CHECK(tensor.has_value(), name.c_str());
  return *std::move(tensor);
}

// Largest |a - b| over the values, relative to each expected value (0 where both are 0).
double RelativeError(std::span<const float> actual, std::span<const float> expected) {
  double worst = actual.size() == expected.size() ? 0 : INFINITY;
  for (size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
    const double error = std::fabs(static_cast<double>(actual[i]) - expected[i]);
    if (error != 0) worst = std::max(worst, error / std::fabs(expected[i]));
  }
  return worst;
}

// Largest |a - b|, relative to the largest expected value.
double ErrorOfMax(std::span<const float> actual, std::span<const float> expected) {
  double worst = actual.size() == expected.size() ? 0 : INFINITY, largest = 0;
  for (size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
    worst = std::max(worst, std::fabs(static_cast<double>(actual[i]) - expected[i]));
    largest = std::max(largest, std::fabs(static_cast<double>(expected[i])));
  }
  return worst / largest;
}

TEST(ImportanceMethodTest, NamesAreParsed) {
  for (const ImportanceMethod method : kMethods) {
    EXPECT_THAT(ParseImportanceMethod(NameOf(method)), IsOkAndHolds(method));
  }
  EXPECT_THAT(ParseImportanceMethod("ppm"), IsOkAndHolds(ImportanceMethod::kMaw));
  EXPECT_EQ(NameOf(ImportanceMethod::kMaw), "MAW");
  EXPECT_THAT(
      ParseImportanceMethod("L1"),
      FailsWith(ErrorCode::kInvalidArgument, "'L1', expected MAW (or PPM), VOW, PON or L2"));
}

TEST(NeuronImportanceTest, ComputesByHand) {
  const Tensor gate = MakeTensor({2, 3}, {1, -2, 4, -1, -3, -5});
  const Tensor up = MakeTensor({2, 3}, {0, 3, -4, 2, 2, 2});
  const auto importance = [&](ImportanceMethod method) {
    return NeuronImportance(gate.matrix(), up.matrix(), method);
  };
  // Row 1 of gate has no positive value: max is -1 and stays negative.
  EXPECT_THAT(importance(ImportanceMethod::kMaw), IsOkAndHolds(ElementsAre(6 + 7, -1 + 5 + 2 + 2)));
  // Row 0: means 1 and -1/3, squares 18 and 74/3, over D - 1 = 2.
  EXPECT_THAT(importance(ImportanceMethod::kVow),
              IsOkAndHolds(ElementsAre(::testing::FloatEq(9.0F + 37.0F / 3), 4)));
  EXPECT_THAT(importance(ImportanceMethod::kPon), IsOkAndHolds(ElementsAre(7 * 7, 9 * 6)));
  EXPECT_THAT(importance(ImportanceMethod::kL2),
              IsOkAndHolds(ElementsAre(std::sqrt(21.0F) + 5, std::sqrt(35.0F) + std::sqrt(12.0F))));
}

TEST(NeuronImportanceTest, RefusesBadInput) {
  const Tensor gate = MakeTensor({2, 2}, {1, 2, 3, 4});
  const Tensor narrow = MakeTensor({2, 1}, {1, 2});
  EXPECT_THAT(NeuronImportance(gate.matrix(), narrow.matrix(), ImportanceMethod::kMaw),
              FailsWith(ErrorCode::kMismatch, "gate_proj is [2, 2] and up_proj [2, 1]"));
  EXPECT_THAT(NeuronImportance(narrow.matrix(), narrow.matrix(), ImportanceMethod::kVow),
              FailsWith(ErrorCode::kInvalidArgument, "VOW needs at least 2"));
  EXPECT_THAT(NeuronImportance(narrow.matrix(), narrow.matrix(), ImportanceMethod::kL2), IsOk());
  const Tensor broken = MakeTensor({2, 2}, {1, 2, 3, std::nanf("")});
  EXPECT_THAT(NeuronImportance(gate.matrix(), broken.matrix(), ImportanceMethod::kMaw),
              FailsWith(ErrorCode::kBadFormat, "up_proj: weight at row 1, column 1 is nan"));
}

// Against tools/make_importance_fixtures.py.
class OptiPFairFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    auto file = SafetensorsFile::Open(FAIRPRUNE_TESTDATA "/importance/optipfair.safetensors");
    ASSERT_THAT(file, IsOk());
    file_ = *std::move(file);
  }
  std::unique_ptr<SafetensorsFile> file_;
};

TEST_F(OptiPFairFixture, ImportanceOfHarshWeightsIsEqual) {
  const Tensor gate = Read(*file_, "gate"), up = Read(*file_, "up");
  for (const ImportanceMethod method : kMethods) {
    const auto importance = NeuronImportance(gate.matrix(), up.matrix(), method);
    ASSERT_THAT(importance, IsOk());
    const double bound = method == ImportanceMethod::kMaw ? 0 : 1e-6;
    EXPECT_LE(RelativeError(*importance, Read(*file_, std::string(NameOf(method))).span()), bound)
        << NameOf(method);
  }
}

TEST_F(OptiPFairFixture, ImportanceOfAModelIsEqual) {
  const auto checkpoint = Checkpoint::Open(FAIRPRUNE_TESTDATA "/models/llama_untied");
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  for (const ImportanceMethod method : kMethods) {
    const auto importance = ComputeImportance(*model, method);
    ASSERT_THAT(importance, IsOk());
    ASSERT_EQ(importance->shape(),
              (Shape{model->config.num_layers, model->config.intermediate_size}));
    for (int64_t layer = 0; layer < model->config.num_layers; ++layer) {
      const Tensor expected =
          Read(*file_, fmt::format("llama_untied.{}.{}", NameOf(method), layer));
      EXPECT_LE(RelativeError(importance->matrix().row_span(layer), expected.span()), 1e-6)
          << NameOf(method) << " layer " << layer;
    }
  }
}

TEST_F(OptiPFairFixture, AMissingProjectionIsNamed) {
  const auto checkpoint = Checkpoint::Open(FAIRPRUNE_TESTDATA "/models/llama_untied");
  ASSERT_THAT(checkpoint, IsOk());
  auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  std::erase_if(model->weights,
                [](const WeightRef& ref) { return ref.role == Role::kUp && ref.layer == 1; });
  EXPECT_THAT(ComputeImportance(*model, ImportanceMethod::kMaw),
              FailsWith(ErrorCode::kNotFound, "layer 1: the model has no up_proj"));
}

TEST_F(OptiPFairFixture, FairnessScoresAreEqual) {
  const Tensor gate = Read(*file_, "fairness.gate"), up = Read(*file_, "fairness.up");
  const Tensor importance = Read(*file_, "fairness.importance");
  for (const auto& [name, weight] : {std::pair("0", 0.0), {"0.8", 0.8}, {"1", 1.0}}) {
    const auto scores = FairnessScores(gate, up, importance, weight);
    ASSERT_THAT(scores, IsOk());
    const Tensor expected = Read(*file_, std::string("fairness.") + name);
    ASSERT_EQ(scores->shape(), expected.shape());
    EXPECT_LE(ErrorOfMax(scores->span(), expected.span()), 1e-7) << name;
  }
}

TEST(FairnessScoresTest, ComputesByHand) {
  const Tensor gate = MakeTensor({1, 3}, {0, 2, 4}), up = MakeTensor({1, 3}, {0, 0, 0});
  const Tensor importance = MakeTensor({1, 3}, {10, 30, 20});
  const auto scores = FairnessScores(gate, up, importance, 0.75);
  ASSERT_THAT(scores, IsOk());
  EXPECT_THAT(scores->span(), ElementsAre(0.25F, 0.375F, 0.875F));
}

TEST(FairnessScoresTest, EqualValuesCountAsZero) {
  const Tensor flat = MakeTensor({1, 2}, {1.0F, 1.000001F}), zero = Tensor::Zeros({1, 2});
  const auto scores = FairnessScores(flat, flat, zero, 0.5);
  ASSERT_THAT(scores, IsOk());
  EXPECT_THAT(scores->span(), ElementsAre(0.5F, 0.5F));
}

TEST(FairnessScoresTest, RefusesBadInput) {
  const Tensor good = Tensor::Zeros({2, 3});
  const auto scores = [&](const Tensor& gate, const Tensor& up, double weight) {
    return FairnessScores(gate, up, good, weight);
  };
  EXPECT_THAT(scores(good, good, 1.1),
              FailsWith(ErrorCode::kInvalidArgument, "bias weight is 1.1"));
  EXPECT_THAT(scores(good, good, NAN),
              FailsWith(ErrorCode::kInvalidArgument, "bias weight is nan"));
  EXPECT_THAT(scores(Tensor::Zeros({6}), good, 1),
              FailsWith(ErrorCode::kMismatch, "gate_difference is [6]"));
  EXPECT_THAT(scores(good, Tensor::Zeros({3, 2}), 1),
              FailsWith(ErrorCode::kMismatch, "up_difference is [3, 2], expected [2, 3]"));
  Tensor bad = Tensor::Zeros({2, 3});
  bad.data()[4] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(scores(good, bad, 1),
              FailsWith(ErrorCode::kInvalidArgument, "up_difference: layer 1, neuron 1 is inf"));
}

// SmolLM2-135M-Instruct against OptiPFair's own scores of it.
class SmolLm2Test : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string scores = FAIRPRUNE_SHARED "/reference/smollm2/optipfair/scores.safetensors";
    if (!std::filesystem::exists(scores)) {
      GTEST_SKIP() << scores << " absent: OptiPFair's scores of SmolLM2 are not checked";
    }
    auto file = SafetensorsFile::Open(scores);
    ASSERT_THAT(file, IsOk());
    file_ = *std::move(file);
  }
  // [30, 1536] of the tensors PREFIX.0 to PREFIX.29.
  Tensor Layers(const std::string& prefix) const {
    Tensor all({30, 1536});
    for (int64_t layer = 0; layer < 30; ++layer) {
      const Tensor one = Read(*file_, fmt::format("{}.{}", prefix, layer));
      FP_CHECK(one.size() == 1536, "one score per neuron");
      std::copy(one.span().begin(), one.span().end(), all.matrix().row(layer));
    }
    return all;
  }
  std::unique_ptr<SafetensorsFile> file_;
};

TEST_F(SmolLm2Test, FairnessScoresAreOptiPFairs) {
  const auto scores = FairnessScores(Layers("bias.gate_proj.mean"), Layers("bias.up_proj.mean"),
                                     Layers("importance.MAW"), 0.8);
  ASSERT_THAT(scores, IsOk());
  const double error = ErrorOfMax(scores->span(), Layers("fairness").span());
  RecordProperty("error_of_max", std::to_string(error));
  EXPECT_LE(error, 1e-6);
}

TEST_F(SmolLm2Test, ImportancesAreOptiPFairs) {
  const char* path = std::getenv("FAIRPRUNE_SMOLLM2");
  if (path == nullptr) {
    GTEST_SKIP() << "FAIRPRUNE_SMOLLM2 (path of SmolLM2-135M-Instruct.Q4_1.gguf) not set: the "
                 << "importances of SmolLM2 are not checked";
  }
  const auto checkpoint = Checkpoint::Open(path);
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  for (const ImportanceMethod method : kMethods) {
    const auto importance = ComputeImportance(*model, method);
    ASSERT_THAT(importance, IsOk());
    const Tensor expected = Layers(fmt::format("importance.{}", NameOf(method)));
    ASSERT_EQ(importance->shape(), expected.shape());
    for (int64_t layer = 0; layer < 30; ++layer) {
      const double error = ErrorOfMax(importance->matrix().row_span(layer),
                                      std::as_const(expected).matrix().row_span(layer));
      EXPECT_LE(error, 1e-6) << NameOf(method) << " layer " << layer;
    }
  }
}

}  // namespace
}  // namespace fairprune
