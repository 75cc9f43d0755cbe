// Whole layers that go, and layers of different widths: what is written computes what it should.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/result_matchers.h"
#include "checkpoint/safetensors.h"
#include "forward/engine.h"
#include "io/json.h"
#include "io/temp_folder.h"
#include "surgery/opened_for_test.h"
#include "surgery/prune_gguf.h"
#include "surgery/undo.h"
#include "surgery/verify.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Ids = std::vector<int32_t>;

const std::string kTestdata = FAIRPRUNE_TESTDATA;
const std::string kModels = kTestdata + "/models/";

Plan MakePlan(const Opened& opened, std::vector<int32_t> layers,
              std::vector<PlannedNeuron> neurons = {}) {
  Plan plan = PlanOf(opened, std::move(neurons));
  plan.layers = std::move(layers);
  return plan;
}

// Largest difference, relative to the largest of b; infinite for other sizes.
double Distance(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return INFINITY;
  double worst = 0, largest = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::fabs(static_cast<double>(a.data()[i]) - b.data()[i]));
    largest = std::max(largest, std::fabs(static_cast<double>(b.data()[i])));
  }
  return worst / largest;
}

const Ids kIds = {5, 17, 90, 3, 44, 44, 61, 8, 29, 73, 12, 50};

// What OptiPFair removes of a model (its n-th case of depth), and the logits of what it leaves.
struct DepthCase {
  std::string model;
  std::vector<int32_t> removed;
  Ids ids;
  Tensor logits;
};

Result<std::vector<DepthCase>> ReadDepthCases() {
  FP_ASSIGN_OR_RETURN(const Json document, ReadJsonFile(kTestdata + "/pruning/optipfair.json"));
  FP_ASSIGN_OR_RETURN(const auto file,
                      SafetensorsFile::Open(kTestdata + "/pruning/optipfair.safetensors"));
  std::vector<DepthCase> cases;
  for (const Json& row : document["depth"]) {
    DepthCase& found = cases.emplace_back();
    found.model = row["model"].get<std::string>();
    found.removed = row["removed"].get<std::vector<int32_t>>();
    found.ids = document["windows"][0].get<Ids>();
    const TensorEntry* entry = file->Find(fmt::format("depth.{}", cases.size() - 1));
    if (entry == nullptr) return Fail(ErrorCode::kNotFound, "no logits of case {}", cases.size());
    FP_ASSIGN_OR_RETURN(found.logits, ReadAsF32(*entry));
  }
  return cases;
}

class LayersTest : public ::testing::Test {
 protected:
  TempFolder folder_;
};

TEST_F(LayersTest, WithoutLayersAModelComputesWhatOptiPFairsDoes) {
  const auto cases = ReadDepthCases();
  ASSERT_THAT(cases, IsOk());
  ASSERT_EQ(cases->size(), 8U);
  for (const DepthCase& expected : *cases) {
    SCOPED_TRACE(expected.model);
    const auto input = OpenModel(kModels + expected.model);
    ASSERT_THAT(input, IsOk());
    const PruneOptions options = {.force = true, .undo_path = folder_.File("undo.safetensors")};
    const auto summary =
        PruneCheckpoint(input->checkpoint, input->model, nullptr,
                        MakePlan(*input, expected.removed), folder_.File("out"), options);
    ASSERT_THAT(summary, IsOk());
    EXPECT_EQ(summary->layers_removed, expected.removed);
    const auto output = OpenModel(folder_.File("out"));
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->model.config.num_layers, summary->layers_after);
    EXPECT_EQ(output->model.num_parameters, summary->parameters_after);
    const auto logits = LogitsOf(output->model, expected.ids);
    ASSERT_THAT(logits, IsOk());
    EXPECT_LT(Distance(*logits, expected.logits), 1e-5);
    const auto checks = VerifyFolder(folder_.File("out"));
    ASSERT_THAT(checks, IsOk());
    for (const Check& check : *checks)
      EXPECT_NE(check.verdict, Check::Verdict::kFails) << check.name << ": " << check.detail;
    // And back, byte for byte.
    const auto back = RestoreCheckpoint(output->checkpoint, output->model, options.undo_path,
                                        folder_.File("back"), {.force = true});
    ASSERT_THAT(back, IsOk());
    EXPECT_TRUE(back->exact);
    EXPECT_EQ(back->layers_restored, std::ssize(expected.removed));
    const auto restored = Checkpoint::Open(folder_.File("back"));
    ASSERT_THAT(restored, IsOk());
    EXPECT_EQ(restored->ContentHash().value_or("a"), input->checkpoint.ContentHash().value_or("b"));
  }
}

// Layers and neurons in one plan, of a model in one file and of one in several, fused and not.
TEST_F(LayersTest, LayersAndNeuronsGoTogetherAndComeBack) {
  for (const char* name : {"llama", "sharded", "phi3", "gemma3_multimodal", "smollm3"}) {
    SCOPED_TRACE(name);
    const auto input = OpenModel(kModels + name);
    ASSERT_THAT(input, IsOk());
    const auto last = static_cast<int32_t>(input->model.config.num_layers - 1);
    const Plan plan = MakePlan(*input, {0}, {{last, 3}, {last, 1}, {last, 20}});
    for (const PruneMode mode : {PruneMode::kZero, PruneMode::kRemove}) {
      const PruneOptions options = {.mode = mode,
                                    .force = true,
                                    .max_shard_bytes = 9000,
                                    .undo_path = folder_.File("undo.safetensors")};
      const auto summary = PruneCheckpoint(input->checkpoint, input->model, nullptr, plan,
                                           folder_.File("out"), options);
      ASSERT_THAT(summary, IsOk());
      const auto output = OpenModel(folder_.File("out"));
      ASSERT_THAT(output, IsOk());
      const auto only_layers =
          PruneCheckpoint(input->checkpoint, input->model, nullptr, MakePlan(*input, {0}),
                          folder_.File("layers"), {.force = true});
      ASSERT_THAT(only_layers, IsOk());
      const auto reference = OpenModel(folder_.File("layers"));
      ASSERT_THAT(reference, IsOk());
      NeuronMask shifted(last, input->model.config.intermediate_size);
      for (const PlannedNeuron& neuron : plan.neurons)
        shifted.Remove(neuron.layer - 1, neuron.neuron);
      const auto expected = LogitsOf(reference->model, kIds, &shifted);
      const auto found = LogitsOf(output->model, kIds);
      ASSERT_THAT(expected, IsOk());
      ASSERT_THAT(found, IsOk());
      EXPECT_LT(Distance(*found, *expected), 1e-5);
      const auto back = RestoreCheckpoint(output->checkpoint, output->model, options.undo_path,
                                          folder_.File("back"), {.force = true});
      ASSERT_THAT(back, IsOk());
      EXPECT_TRUE(back->exact);
      EXPECT_EQ(back->neurons_restored, 3);
    }
  }
}

TEST_F(LayersTest, OfAGgufFileTheFolderComesBackAsPruningNothingWritesIt) {
  for (const char* name : {"gguf/gemma2-bf16.gguf", "gguf/llama-q8_0.gguf"}) {
    SCOPED_TRACE(name);
    const auto input = OpenModel(kModels + name);
    ASSERT_THAT(input, IsOk());
    PruneOptions options = {.force = true};
    ASSERT_THAT(PruneCheckpoint(input->checkpoint, input->model, nullptr, MakePlan(*input, {}),
                                folder_.File("nothing"), options),
                IsOk());
    options.undo_path = folder_.File("undo.safetensors");
    ASSERT_THAT(PruneCheckpoint(input->checkpoint, input->model, nullptr,
                                MakePlan(*input, {0}, {{1, 4}}), folder_.File("out"), options),
                IsOk());
    const auto output = OpenModel(folder_.File("out"));
    ASSERT_THAT(output, IsOk());
    ASSERT_THAT(RestoreCheckpoint(output->checkpoint, output->model, options.undo_path,
                                  folder_.File("back"), {.force = true}),
                IsOk());
    for (const char* file : {"config.json", "model.safetensors"})
      EXPECT_EQ(Slurp(folder_.File("back/") + file), Slurp(folder_.File("nothing/") + file));
  }
}

TEST_F(LayersTest, AGgufFileWithoutLayersComputesWhatTheFolderDoes) {
  struct Case {
    const char* name;
    std::vector<int32_t> layers;
  };
  for (const Case& c : {Case{"llama-f32.gguf", {0}}, Case{"gemma3-bf16.gguf", {6}},
                        Case{"gemma2-bf16.gguf", {1, 2}}, Case{"smollm3-bf16.gguf", {3}},
                        Case{"phi3_longrope-bf16.gguf", {1}}}) {
    SCOPED_TRACE(c.name);
    const auto input = OpenModel(kModels + "gguf/" + c.name);
    ASSERT_THAT(input, IsOk());
    const Plan plan = MakePlan(*input, c.layers);
    ASSERT_THAT(PruneToGguf(input->checkpoint, input->model, nullptr, plan,
                            folder_.File("out.gguf"), {.force = true}),
                IsOk());
    ASSERT_THAT(PruneCheckpoint(input->checkpoint, input->model, nullptr, plan, folder_.File("out"),
                                {.force = true}),
                IsOk());
    const auto gguf = OpenModel(folder_.File("out.gguf")), folder = OpenModel(folder_.File("out"));
    ASSERT_THAT(gguf, IsOk());
    ASSERT_THAT(folder, IsOk());
    const auto found = LogitsOf(gguf->model, kIds), expected = LogitsOf(folder->model, kIds);
    ASSERT_THAT(found, IsOk());
    ASSERT_THAT(expected, IsOk());
    EXPECT_LT(Distance(*found, *expected), 1e-5);
  }
}

TEST_F(LayersTest, AGgufFileCannotSayThatLayersFellOutOfStep) {
  for (const auto& [name, layers] : {std::pair("gemma3-bf16.gguf", std::vector<int32_t>{1}),
                                     std::pair("smollm3-bf16.gguf", std::vector<int32_t>{0})}) {
    const auto input = OpenModel(kModels + "gguf/" + name);
    ASSERT_THAT(input, IsOk());
    EXPECT_THAT(PruneToGguf(input->checkpoint, input->model, nullptr, MakePlan(*input, layers),
                            folder_.File("out.gguf"), {}),
                FailsWith(ErrorCode::kUnsupported, "follows from the number"));
  }
  EXPECT_EQ(folder_.NumEntries(), 0U);
}

TEST_F(LayersTest, PlansThatDoNotFitAreRefused) {
  const auto input = OpenModel(kModels + "llama");
  ASSERT_THAT(input, IsOk());
  const auto prune = [&](std::vector<int32_t> layers, std::vector<PlannedNeuron> neurons) {
    return PruneCheckpoint(input->checkpoint, input->model, nullptr,
                           MakePlan(*input, std::move(layers), std::move(neurons)),
                           folder_.File("out"), {});
  };
  EXPECT_THAT(prune({0, 1}, {}), FailsWith(ErrorCode::kMismatch, "not all of them"));
  EXPECT_THAT(prune({2}, {}), FailsWith(ErrorCode::kMismatch, "from 0 to 1"));
  EXPECT_THAT(prune({1}, {{1, 4}}), FailsWith(ErrorCode::kInvalidArgument, "takes layer 1 whole"));
}

// --- Widths that differ from layer to layer. ---

const std::vector<PlannedNeuron> kUneven = {{0, 5}, {1, 2}, {0, 1}, {0, 40}, {0, 63}};

TEST_F(LayersTest, LlamasGgufHoldsLayersOfDifferentWidths) {
  const auto input = OpenModel(kModels + "gguf/llama-f32.gguf");
  ASSERT_THAT(input, IsOk());
  const auto summary = PruneToGguf(input->checkpoint, input->model, nullptr,
                                   MakePlan(*input, {}, kUneven), folder_.File("out.gguf"),
                                   {.mode = PruneMode::kRemove, .widths = PruneWidths::kPerLayer});
  ASSERT_THAT(summary, IsOk());
  EXPECT_THAT(summary->widths_after, ElementsAre(60, 63));
  EXPECT_EQ(summary->neurons_removed, 5);
  EXPECT_EQ(summary->neurons_zeroed, 0);
  const auto output = OpenModel(folder_.File("out.gguf"));
  ASSERT_THAT(output, IsOk());
  EXPECT_EQ(output->model.config.architecture, "deci");
  EXPECT_THAT(output->model.config.layer_widths, ElementsAre(60, 63));
  EXPECT_EQ(output->model.num_parameters, summary->parameters_after);
  EXPECT_EQ(output->model.num_neurons(), 123);
  NeuronMask mask(2, 64);
  for (const PlannedNeuron& neuron : kUneven) mask.Remove(neuron.layer, neuron.neuron);
  const auto expected = LogitsOf(input->model, kIds, &mask), found = LogitsOf(output->model, kIds);
  ASSERT_THAT(expected, IsOk());
  ASSERT_THAT(found, IsOk());
  EXPECT_LT(Distance(*found, *expected), 1e-5);
  // It is an end: no plan is applied to it.
  EXPECT_THAT(PruneToGguf(output->checkpoint, output->model, nullptr,
                          MakePlan(*output, {}, {{0, 1}}), folder_.File("again.gguf"), {}),
              FailsWith(ErrorCode::kUnsupported, "different widths already"));
}

TEST_F(LayersTest, WhatCannotSayDifferentWidthsRefusesThem) {
  const PruneOptions options = {.mode = PruneMode::kRemove, .widths = PruneWidths::kPerLayer};
  const auto folder = OpenModel(kModels + "llama");
  ASSERT_THAT(folder, IsOk());
  EXPECT_THAT(PruneCheckpoint(folder->checkpoint, folder->model, nullptr,
                              MakePlan(*folder, {}, kUneven), folder_.File("out"), options),
              FailsWith(ErrorCode::kUnsupported, "one intermediate_size for all of them"));
  const auto qwen = OpenModel(kModels + "gguf/qwen3-bf16.gguf");
  ASSERT_THAT(qwen, IsOk());
  EXPECT_THAT(
      PruneToGguf(qwen->checkpoint, qwen->model, nullptr,
                  MakePlan(*qwen, {}, {{0, 5}, {1, 2}, {0, 1}}), folder_.File("out.gguf"), options),
      FailsWith(ErrorCode::kUnsupported, "one feed_forward_length"));
  // Where the plan is even after all, it is as without the option.
  const auto even =
      PruneCheckpoint(folder->checkpoint, folder->model, nullptr,
                      MakePlan(*folder, {}, {{0, 5}, {1, 2}}), folder_.File("out"), options);
  ASSERT_THAT(even, IsOk());
  EXPECT_EQ(even->intermediate_size_after, 63);
}

TEST_F(LayersTest, EachWidthIsRoundedOnItsOwn) {
  const auto input = OpenModel(kModels + "gguf/llama-f32.gguf");
  ASSERT_THAT(input, IsOk());
  const PruneOptions options = {
      .mode = PruneMode::kRemove, .widths = PruneWidths::kPerLayer, .round_to = 2};
  const auto summary =
      PruneToGguf(input->checkpoint, input->model, nullptr, MakePlan(*input, {}, kUneven),
                  folder_.File("out.gguf"), options);
  ASSERT_THAT(summary, IsOk());
  EXPECT_THAT(summary->widths_after, ElementsAre(60, 64));
  EXPECT_EQ(summary->neurons_zeroed, 1);
}

}  // namespace
}  // namespace fairprune
