#include "surgery/prune_gguf.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "forward/engine.h"
#include "io/json.h"
#include "io/temp_folder.h"
#include "surgery/diff.h"
#include "surgery/opened_for_test.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

// Three of layer 0, one of layer 1.
const std::vector<PlannedNeuron> kPlanned = {{0, 5}, {1, 2}, {0, 1}, {0, 20}};

Result<PruneSummary> Prune(const Opened& input, const std::vector<PlannedNeuron>& neurons,
                           const std::string& out, const PruneOptions& options) {
  const Plan plan = PlanOf(input, neurons);
  return PruneToGguf(input.checkpoint, input.model, nullptr, plan, out, options);
}

Result<Tensor> Logits(const Opened& opened, const NeuronMask* mask = nullptr) {
  return LogitsOf(opened.model, {5, 17, 90, 3, 44, 44, 61, 8}, mask);
}

float Distance(const Tensor& a, const Tensor& b) {
  float worst = 0;
  for (size_t i = 0; i < a.span().size(); ++i)
    worst = std::max(worst, std::fabs(a.span()[i] - b.span()[i]));
  return worst;
}

class PruneGguf : public ::testing::TestWithParam<std::string> {
 protected:
  TempFolder folder_;
};

TEST_P(PruneGguf, NothingPrunedIsTheSameModel) {
  const auto input = OpenModel(kModels + "gguf/" + GetParam());
  ASSERT_THAT(input, IsOk());
  ASSERT_THAT(Prune(*input, {}, folder_.File("out.gguf"), {.mode = PruneMode::kRemove}), IsOk());
  const auto output = OpenModel(folder_.File("out.gguf"));
  ASSERT_THAT(output, IsOk());
  for (const TensorEntry& entry : input->checkpoint.tensors().entries()) {
    const TensorEntry* written = output->checkpoint.tensors().Find(entry.name);
    ASSERT_NE(written, nullptr) << entry.name;
    EXPECT_EQ(written->dtype, entry.dtype);
    EXPECT_TRUE(std::ranges::equal(written->bytes, entry.bytes)) << entry.name;
  }
  auto expected = input->checkpoint.gguf()->metadata();
  const auto provenance = output->checkpoint.gguf()->String("fairprune.provenance");
  ASSERT_THAT(provenance, IsOk());
  expected["fairprune.provenance"] = *provenance;
  EXPECT_EQ(output->checkpoint.gguf()->metadata(), expected);
}

// The same computation, in either form of removal: blocks are never rounded anew in zero mode.
TEST_P(PruneGguf, ZeroedEqualsMasked) {
  const auto input = OpenModel(kModels + "gguf/" + GetParam());
  ASSERT_THAT(input, IsOk());
  NeuronMask mask(input->model.config.num_layers, input->model.config.intermediate_size);
  for (const PlannedNeuron& planned : kPlanned) mask.Remove(planned.layer, planned.neuron);
  const auto summary = Prune(*input, kPlanned, folder_.File("out.gguf"), {});
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->neurons_zeroed, 4);
  const auto output = OpenModel(folder_.File("out.gguf"));
  ASSERT_THAT(output, IsOk());
  const auto masked = Logits(*input, &mask), after = Logits(*output), before = Logits(*input);
  ASSERT_THAT(masked, IsOk());
  ASSERT_THAT(after, IsOk());
  ASSERT_THAT(before, IsOk());
  EXPECT_EQ(Distance(*masked, *after), 0);
  EXPECT_GT(Distance(*before, *after), 1e-3f);
}

INSTANTIATE_TEST_SUITE_P(Models, PruneGguf,
                         ::testing::Values("llama-q8_0.gguf", "llama-f32.gguf", "phi3-q8_0.gguf",
                                           "phi3-bf16.gguf", "gemma3-bf16.gguf"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace_if(
                               name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

class PruneGgufTest : public ::testing::Test {
 protected:
  TempFolder folder_;
  std::string out_ = folder_.File("out.gguf");
};

TEST_F(PruneGgufTest, RemovalOfPlainTypesEqualsMasking) {
  for (const char* name : {"llama-f32.gguf", "phi3-bf16.gguf"}) {
    const auto input = OpenModel(kModels + "gguf/" + name);
    ASSERT_THAT(input, IsOk());
    NeuronMask mask(2, input->model.config.intermediate_size);
    for (const PlannedNeuron& planned : kPlanned) mask.Remove(planned.layer, planned.neuron);
    const auto summary = Prune(*input, kPlanned, out_, {.mode = PruneMode::kRemove, .force = true});
    ASSERT_THAT(summary, IsOk());
    EXPECT_EQ(summary->neurons_removed, 2);
    EXPECT_EQ(summary->neurons_zeroed, 2);
    const auto output = OpenModel(out_);
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->model.config.intermediate_size, input->model.config.intermediate_size - 1);
    const auto masked = Logits(*input, &mask), after = Logits(*output);
    ASSERT_THAT(masked, IsOk());
    ASSERT_THAT(after, IsOk());
    EXPECT_LT(Distance(*masked, *after), 1e-5f);
  }
}

// 32 of 64 neurons go from each layer: whole blocks remain, and gate and up keep their bits.
TEST_F(PruneGgufTest, RemovalOfBlocksRoundsOnlyDownProj) {
  const auto input = OpenModel(kModels + "gguf/llama-q8_0.gguf");
  ASSERT_THAT(input, IsOk());
  ASSERT_EQ(input->model.config.intermediate_size, 64);
  std::vector<PlannedNeuron> planned;
  for (int32_t layer = 0; layer < 2; ++layer)
    for (int32_t neuron = layer; neuron < 64; neuron += 2) planned.push_back({layer, neuron});
  ASSERT_THAT(Prune(*input, planned, out_, {.mode = PruneMode::kRemove}), IsOk());
  const auto output = OpenModel(out_);
  ASSERT_THAT(output, IsOk());
  EXPECT_EQ(output->model.config.intermediate_size, 32);
  for (const WeightRef& ref : output->model.weights) {
    const WeightRef* source = input->model.Find(ref.role, ref.layer);
    ASSERT_NE(source, nullptr);
    EXPECT_EQ(ref.entry->dtype, source->entry->dtype) << ref.entry->name;
    const auto found = LoadWeight(output->model, ref), all = LoadWeight(input->model, *source);
    ASSERT_THAT(found, IsOk());
    ASSERT_THAT(all, IsOk());
    const bool of_rows = ref.role == Role::kGate || ref.role == Role::kUp;
    const auto matrix = found->matrix(), before = all->matrix();
    float largest = 0;
    for (const float value : all->span()) largest = std::max(largest, std::fabs(value));
    for (int64_t i = 0; i < matrix.rows; ++i)
      for (int64_t j = 0; j < matrix.cols; ++j) {
        const int64_t row = of_rows ? 2 * i + 1 - ref.layer : i;
        const int64_t col = ref.role == Role::kDown ? 2 * j + 1 - ref.layer : j;
        // Half a step of the new scale and half an f16 rounding of it.
        const float bound = ref.role == Role::kDown ? largest / 127 * 0.6f : 0;
        ASSERT_NEAR(matrix.row(i)[j], before.row(row)[col], bound) << ref.entry->name;
      }
  }
}

TEST_F(PruneGgufTest, ConvertsMatricesAndLeavesVectors) {
  const auto input = OpenModel(kModels + "gguf/llama-f32.gguf");
  ASSERT_THAT(input, IsOk());
  for (const auto& [dtype, file_type] : {std::pair{DType::kF32, 0},
                                         {DType::kF16, 1},
                                         {DType::kBF16, 32},
                                         {DType::kQ8_0, 7},
                                         {DType::kQ4_0, 2},
                                         {DType::kQ4_1, 3}}) {
    ASSERT_THAT(Prune(*input, kPlanned, out_, {.dtype = dtype, .force = true}), IsOk());
    const auto output = OpenModel(out_);
    ASSERT_THAT(output, IsOk());
    for (const WeightRef& ref : output->model.weights)
      EXPECT_EQ(ref.entry->dtype, ref.shape.size() > 1 ? dtype : DType::kF32) << ref.entry->name;
    EXPECT_THAT(output->checkpoint.gguf()->Int("general.file_type"), IsOkAndHolds(file_type));
    const auto diff =
        DiffCheckpoints({input->checkpoint, input->model}, {output->checkpoint, output->model});
    ASSERT_THAT(diff, IsOk());
    if (dtype == DType::kF32) {
      EXPECT_THAT(diff->neurons, ElementsAre(ElementsAre(1, 5, 20), ElementsAre(2)));
    }
  }
}

TEST_F(PruneGgufTest, Refuses) {
  const auto input = OpenModel(kModels + "gguf/llama-q8_0.gguf");
  const auto folder = OpenModel(kModels + "llama");
  ASSERT_THAT(input, IsOk());
  ASSERT_THAT(folder, IsOk());
  EXPECT_THAT(Prune(*folder, kPlanned, out_, {}),
              FailsWith(ErrorCode::kNotFound, "has no tokenizer"));
  EXPECT_THAT(Prune(*input, kPlanned, out_, {.mode = PruneMode::kRemove}),
              FailsWith(ErrorCode::kInvalidArgument, "use --round-to 32"));
  EXPECT_THAT(Prune(*input, kPlanned, out_, {.dtype = DType::kQ6_K}),
              FailsWith(ErrorCode::kInvalidArgument, "Q6_K"));
  EXPECT_THAT(Prune(*input, kPlanned, out_, {.undo_path = folder_.File("undo")}),
              FailsWith(ErrorCode::kInvalidArgument, "no undo patch"));
  EXPECT_THAT(Prune(*input, kPlanned, input->checkpoint.path(), {.force = true}),
              FailsWith(ErrorCode::kInvalidArgument, "the model itself"));
  EXPECT_EQ(folder_.NumEntries(), 0U);
  folder_.Write("out.gguf", "something");
  EXPECT_THAT(Prune(*input, kPlanned, out_, {}), FailsWith(ErrorCode::kExists, "out.gguf"));
}

}  // namespace
}  // namespace fairprune
