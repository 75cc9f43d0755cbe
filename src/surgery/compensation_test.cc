#include "surgery/compensation.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/result_matchers.h"
#include "io/temp_folder.h"
#include "surgery/least_squares.h"
#include "surgery/opened_for_test.h"
#include "surgery/prune_gguf.h"
#include "surgery/undo.h"

namespace fairprune {
namespace {

using ::testing::SizeIs;

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

// Two kept neurons and one removed, [3, 3] lower.
RidgeProblem Problem(std::vector<double> moments, double ridge, double penalty = 0) {
  return {.num_kept = 2,
          .num_taken = 1,
          .moments = std::move(moments),
          .ridge = ridge,
          .pair_penalty = penalty};
}

TEST(SolveRidgeTest, ACopyOfAKeptNeuronIsMovedWhole) {
  // a2 = a1; a0 is independent of it.
  const auto solution = SolveRidge(Problem({2, 0, 0, 0, 3, 0, 0, 3, 3}, 1e-12));
  ASSERT_THAT(solution, IsOk());
  EXPECT_NEAR(solution->coefficients[0], 0, 1e-9);
  EXPECT_NEAR(solution->coefficients[1], 1, 1e-9);
  EXPECT_NEAR(solution->residual[0], 0, 1e-9);
  EXPECT_DOUBLE_EQ(solution->taken[0], 3);
}

// λ = 0.5 · 4, the median being the upper one of two: B = 2 / (4 + 2) and 0 / (2 + 2). What is
// left: 5 - 2·B·2 + B·4·B.
TEST(SolveRidgeTest, TheRidgeShrinks) {
  const auto solution = SolveRidge(Problem({4, 0, 0, 0, 2, 0, 2, 0, 5}, 0.5));
  ASSERT_THAT(solution, IsOk());
  EXPECT_NEAR(solution->coefficients[0], 1.0 / 3, 1e-12);
  EXPECT_NEAR(solution->coefficients[1], 0, 1e-12);
  EXPECT_NEAR(solution->residual[0], 5 - 4.0 / 3 + 4.0 / 9, 1e-12);
}

// Both kept neurons say the same of the removed one; a pair differs in the first alone. Without a
// penalty each takes half (C = [[1, 1], [1, 1]] + λ). With one, all goes to the second.
TEST(SolveRidgeTest, WhatDiffersInPairsIsNotRebuilt) {
  const std::vector<double> moments = {1, 0, 0, 1, 1, 0, 1, 1, 1};
  for (const double penalty : {0.0, 1e6}) {
    RidgeProblem problem = Problem(moments, 1e-6, penalty);
    problem.pairs = Tensor::Zeros({1, 3});
    problem.pairs.data()[0] = 2;  // d = (2, 0), and 1 at the removed neuron
    problem.pairs.data()[2] = 1;
    const auto solution = SolveRidge(std::move(problem));
    ASSERT_THAT(solution, IsOk());
    const double first = penalty == 0 ? 0.5 : 0;
    EXPECT_NEAR(solution->coefficients[0], first, 1e-5) << penalty;
    EXPECT_NEAR(solution->coefficients[1], 1 - first, 1e-5) << penalty;
    EXPECT_NEAR(solution->pairs_rebuilt[0], penalty == 0 ? 1 : 0, 1e-5) << penalty;
    EXPECT_DOUBLE_EQ(solution->pairs_taken[0], 1);
    EXPECT_NEAR(solution->residual[0], 0, 1e-5) << penalty;
  }
}

// One kept neuron: B = x / (c + λ + μ·d²), by hand.
TEST(SolveRidgeTest, ThePenaltyIsInTheNormalEquations) {
  RidgeProblem problem{.num_kept = 1, .num_taken = 1, .moments = {2, 0, 3, 7}};
  problem.ridge = 0.25;  // λ = 0.5
  problem.pair_penalty = 5;
  problem.pairs = Tensor::Zeros({2, 2});
  problem.pairs.data()[0] = 1;  // mean of d²: (1 + 4) / 2
  problem.pairs.data()[2] = 2;
  const auto solution = SolveRidge(std::move(problem));
  ASSERT_THAT(solution, IsOk());
  EXPECT_NEAR(solution->coefficients[0], 3 / (2 + 0.5 + 12.5), 1e-6);
}

TEST(SolveRidgeTest, RefusesARidgeOfNothing) {
  EXPECT_THAT(SolveRidge(Problem({4, 0, 0, 0, 2, 0, 2, 0, 5}, 0)),
              FailsWith(ErrorCode::kInvalidArgument, "ridge 0"));
}

// The llama of testdata, f32, whose neuron 1 of layer 1 has the gate and up rows of neuron 0: the
// two always have the same activation.
void WriteModelWithTwins(const std::string& folder) {
  std::filesystem::copy(kModels + "llama", folder);
  const auto file = SafetensorsFile::Open(kModels + "llama/model.safetensors");
  ASSERT_THAT(file, IsOk());
  std::vector<std::vector<std::byte>> contents;
  std::vector<TensorToWrite> tensors;
  contents.reserve((*file)->entries().size());
  for (const TensorEntry& entry : (*file)->entries()) {
    auto& bytes = contents.emplace_back(entry.bytes.begin(), entry.bytes.end());
    if (entry.name == "model.layers.1.mlp.gate_proj.weight" ||
        entry.name == "model.layers.1.mlp.up_proj.weight") {
      const size_t row_bytes = bytes.size() / static_cast<size_t>(entry.shape[0]);
      std::copy_n(bytes.begin(), row_bytes, bytes.begin() + static_cast<int64_t>(row_bytes));
    }
    tensors.push_back(ViewToWrite(entry.name, entry.dtype, entry.shape, bytes));
  }
  ASSERT_THAT(WriteSafetensors(folder + "/model.safetensors", tensors, {{"format", "pt"}}), IsOk());
}

Result<Tensor> Logits(const Model& model) { return LogitsOf(model, {5, 17, 90, 3, 44, 44, 61, 8}); }

float Distance(const Tensor& a, const Tensor& b) {
  float worst = 0;
  for (size_t i = 0; i < a.span().size(); ++i)
    worst = std::max(worst, std::fabs(a.span()[i] - b.span()[i]));
  return worst;
}

class CompensationTest : public ::testing::TestWithParam<PruneMode> {
 protected:
  void SetUp() override { WriteModelWithTwins(folder_.File("model")); }

  Result<Compensation> Compute(const OpenedWithTokenizer& input, const Plan& plan,
                               const PruneOptions& options, std::vector<PromptPair> pairs = {}) {
    FP_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(input.model, {.stream = true}));
    CompensationInput calibration{.pairs = std::move(pairs), .window_tokens = 30, .ridge = 1e-9};
    for (int i = 0; i < 40; ++i)
      calibration.text += "The harbour lay still; " + std::to_string(i * i * 17) + " boats came. ";
    return ComputeCompensation(engine, input.tokenizer, input.model, plan, options, calibration);
  }

  TempFolder folder_;
};

TEST_P(CompensationTest, ATwinTakesOverAndUndoGivesTheSourceBack) {
  const auto input = OpenWithTokenizer(folder_.File("model"));
  ASSERT_THAT(input, IsOk());
  // Removal takes as many of either layer.
  std::vector<PlannedNeuron> neurons = {{1, 1}};
  PruneOptions options = {.mode = GetParam(), .undo_path = folder_.File("undo.safetensors")};
  if (GetParam() == PruneMode::kRemove) neurons.push_back({0, 3});
  const Plan plan = PlanOf(*input, neurons);
  auto compensation = Compute(*input, plan, options);
  ASSERT_THAT(compensation, IsOk());
  EXPECT_THAT(compensation->layers, SizeIs(neurons.size()));
  EXPECT_NEAR(compensation->layers.back().moved, 1, 1e-5);
  options.compensation = std::make_shared<const Compensation>(*std::move(compensation));
  ASSERT_THAT(PruneCheckpoint(input->checkpoint, input->model, nullptr, plan,
                              folder_.File("pruned"), options),
              IsOk());
  const auto output = OpenWithTokenizer(folder_.File("pruned"));
  ASSERT_THAT(output, IsOk());
  if (GetParam() == PruneMode::kZero) {
    const auto before = Logits(input->model), after = Logits(output->model);
    ASSERT_THAT(before, IsOk());
    ASSERT_THAT(after, IsOk());
    EXPECT_LT(Distance(*before, *after), 1e-4F);
  }
  ASSERT_THAT(RestoreCheckpoint(output->checkpoint, output->model, options.undo_path,
                                folder_.File("back"), {}),
              IsOk());
  for (const char* name : {"config.json", "model.safetensors"})
    EXPECT_EQ(Slurp(folder_.File("back/") + name), Slurp(folder_.File("model/") + name)) << name;
}

// The layer that stays is compensated, the one that goes comes back with the rest.
TEST_P(CompensationTest, BesideALayerThatGoesWhole) {
  const auto input = OpenWithTokenizer(folder_.File("model"));
  ASSERT_THAT(input, IsOk());
  Plan plan = PlanOf(*input, {{1, 1}, {1, 9}});
  plan.layers = {0};
  PruneOptions options = {.mode = GetParam(), .undo_path = folder_.File("undo.safetensors")};
  auto compensation = Compute(*input, plan, options);
  ASSERT_THAT(compensation, IsOk());
  ASSERT_THAT(compensation->layers, SizeIs(1));
  EXPECT_EQ(compensation->layers[0].layer, 1);
  options.compensation = std::make_shared<const Compensation>(*std::move(compensation));
  ASSERT_THAT(PruneCheckpoint(input->checkpoint, input->model, nullptr, plan,
                              folder_.File("pruned"), options),
              IsOk());
  const auto output = OpenWithTokenizer(folder_.File("pruned"));
  ASSERT_THAT(output, IsOk());
  EXPECT_EQ(output->model.config.num_layers, 1);
  const auto back = RestoreCheckpoint(output->checkpoint, output->model, options.undo_path,
                                      folder_.File("back"), {});
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->layers_restored, 1);
  EXPECT_EQ(back->neurons_restored, 2);
  for (const char* name : {"config.json", "model.safetensors"})
    EXPECT_EQ(Slurp(folder_.File("back/") + name), Slurp(folder_.File("model/") + name)) << name;
  // In a GGUF file as in the folder.
  options.undo_path.clear();
  ASSERT_THAT(PruneToGguf(input->checkpoint, input->model, &input->tokenizer, plan,
                          folder_.File("pruned.gguf"), options),
              IsOk());
  const auto file = OpenWithTokenizer(folder_.File("pruned.gguf"));
  ASSERT_THAT(file, IsOk());
  const auto of_folder = Logits(output->model), of_file = Logits(file->model);
  ASSERT_THAT(of_folder, IsOk());
  ASSERT_THAT(of_file, IsOk());
  EXPECT_LT(Distance(*of_folder, *of_file), 1e-4F);
}

INSTANTIATE_TEST_SUITE_P(Modes, CompensationTest,
                         ::testing::Values(PruneMode::kZero, PruneMode::kRemove),
                         [](const auto& test) {
                           return test.param == PruneMode::kZero ? "Zero" : "Remove";
                         });

TEST_P(CompensationTest, PairsAreHeldBack) {
  const auto input = OpenWithTokenizer(folder_.File("model"));
  ASSERT_THAT(input, IsOk());
  const Plan plan = PlanOf(*input, {{0, 3}, {0, 4}, {1, 1}, {1, 7}});
  const PruneOptions options = {.mode = GetParam()};
  const auto free = Compute(*input, plan, options);
  ASSERT_THAT(free, IsOk());
  PromptPair pair;
  pair.id = "a";
  pair.prompt_1 = "The old boat came";
  pair.prompt_2 = "The new boat came";
  const auto held = Compute(*input, plan, options, {pair});
  ASSERT_THAT(held, IsOk());
  EXPECT_EQ(held->num_pairs, 1);
  for (size_t i = 0; i < held->layers.size(); ++i) {
    EXPECT_LT(held->layers[i].rebuilt, 0.05) << i;
    EXPECT_LE(held->layers[i].moved, free->layers[i].moved + 1e-9) << i;
  }
}

TEST_P(CompensationTest, OfOtherNeuronsIsRefused) {
  const auto input = OpenWithTokenizer(folder_.File("model"));
  ASSERT_THAT(input, IsOk());
  const Plan plan = PlanOf(*input, {{0, 3}, {1, 1}}), other = PlanOf(*input, {{0, 3}, {1, 2}});
  PruneOptions options = {.mode = GetParam()};
  auto compensation = Compute(*input, plan, options);
  ASSERT_THAT(compensation, IsOk());
  options.compensation = std::make_shared<const Compensation>(*std::move(compensation));
  EXPECT_THAT(PruneCheckpoint(input->checkpoint, input->model, nullptr, other,
                              folder_.File("pruned"), options),
              FailsWith(ErrorCode::kMismatch, "compensation of layer 1"));
  const auto resident = Engine::Load(input->model);
  ASSERT_THAT(resident, IsOk());
  EXPECT_THAT(
      ComputeCompensation(*resident, input->tokenizer, input->model, plan, {}, {.text = "a"}),
      FailsWith(ErrorCode::kInvalidArgument, "an engine that streams"));
}

}  // namespace
}  // namespace fairprune
