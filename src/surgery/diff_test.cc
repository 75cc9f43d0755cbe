#include "surgery/diff.h"

#include <cmath>
#include <limits>

#include "base/result_matchers.h"
#include "io/atomic_output.h"
#include "io/temp_folder.h"
#include "surgery/opened_for_test.h"
#include "surgery/prune.h"

namespace fairprune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

Result<CheckpointDiff> Diff(const std::string& a, const std::string& b) {
  FP_ASSIGN_OR_RETURN(const Opened opened_a, OpenModel(a));
  FP_ASSIGN_OR_RETURN(const Opened opened_b, OpenModel(b));
  return DiffCheckpoints({opened_a.checkpoint, opened_a.model},
                         {opened_b.checkpoint, opened_b.model});
}

Status Prune(const std::string& model, const std::vector<PlannedNeuron>& neurons,
             const std::string& out, const PruneOptions& options) {
  FP_ASSIGN_OR_RETURN(const Opened input, OpenModel(model));
  const Plan plan = PlanOf(input, neurons);
  if (auto done = PruneCheckpoint(input.checkpoint, input.model, nullptr, plan, out, options);
      !done)
    return tl::unexpected(done.error());
  return {};
}

const std::vector<PlannedNeuron> kPlanned = {{0, 5}, {1, 2}, {0, 1}, {0, 40}};

TEST(Diff, AModelIsLikeItself) {
  for (const char* name : {"llama", "phi3", "gguf/llama-q8_0.gguf"}) {
    const auto diff = Diff(kModels + name, kModels + name);
    ASSERT_THAT(diff, IsOk());
    EXPECT_GT(diff->tensors_compared, 10);
    EXPECT_THAT(diff->differences, IsEmpty()) << name;
    EXPECT_THAT(diff->neurons, ElementsAre(IsEmpty(), IsEmpty()));
  }
}

// Rows in another order, norms stored less 1, fused tensors: the formats' own ways are no change.
TEST(Diff, TheSameWeightsInTheOtherFormatAreEqual) {
  for (const auto& [folder, gguf] : {std::pair{"llama", "gguf/llama-f32.gguf"},
                                     {"phi3", "gguf/phi3-bf16.gguf"},
                                     {"gemma", "gguf/gemma-bf16.gguf"}}) {
    const auto diff = Diff(kModels + folder, kModels + gguf);
    ASSERT_THAT(diff, IsOk());
    EXPECT_GT(diff->tensors_compared, 10);
    for (const TensorDifference& one : diff->differences) {
      EXPECT_EQ(one.elements_changed, 0) << one.name;
      EXPECT_NE(one.a.dtype, one.b.dtype) << one.name;
    }
  }
}

TEST(Diff, ZeroedNeuronsAreNamed) {
  const TempFolder folder;
  ASSERT_THAT(Prune(kModels + "llama", kPlanned, folder.File("out"), {}), IsOk());
  for (const char* input : {"llama", "gguf/llama-f32.gguf"}) {
    const auto diff = Diff(kModels + input, folder.File("out"));
    ASSERT_THAT(diff, IsOk());
    EXPECT_THAT(diff->neurons, ElementsAre(ElementsAre(1, 5, 40), ElementsAre(2)));
    int64_t changed = 0;
    for (const TensorDifference& one : diff->differences) {
      if (one.elements_changed == 0) continue;  // f32 in the one, bf16 in the other
      ++changed;
      EXPECT_EQ(one.elements_changed, 32 * std::ssize(one.neurons)) << one.name;
      EXPECT_EQ(std::min(one.rows_changed, one.cols_changed), std::ssize(one.neurons));
      EXPECT_GT(one.max_difference, 0);
    }
    EXPECT_EQ(changed, 6);
  }
}

TEST(Diff, RemovedNeuronsAreNamed) {
  const TempFolder folder;
  for (const char* input : {"llama", "phi3"}) {
    ASSERT_THAT(Prune(kModels + input, kPlanned, folder.File("out"),
                      {.mode = PruneMode::kRemove, .force = true}),
                IsOk());
    const auto diff = Diff(kModels + input, folder.File("out"));
    ASSERT_THAT(diff, IsOk());
    EXPECT_THAT(diff->neurons, ElementsAre(ElementsAre(1, 5, 40), ElementsAre(2)));
    EXPECT_EQ(diff->differences.size(), 6U);
    for (const TensorDifference& one : diff->differences) EXPECT_NE(one.a.shape, one.b.shape);
  }
}

// Writes the model `name` with its tensors as `edit` leaves them: false drops one.
template <typename Edit>
Status Rewrite(const std::string& name, const std::string& out, const Edit& edit) {
  FP_ASSIGN_OR_RETURN(const Opened input, OpenModel(kModels + name));
  std::vector<TensorToWrite> tensors;
  for (const TensorEntry& entry : input.checkpoint.tensors().entries()) {
    TensorToWrite tensor = ViewToWrite(entry.name, entry.dtype, entry.shape, entry.bytes);
    if (edit(tensor)) tensors.push_back(std::move(tensor));
  }
  FP_RETURN_IF_ERROR(
      WriteFileAtomically(out + "/config.json", Slurp(kModels + name + "/config.json")));
  return WriteSafetensors(out + "/model.safetensors", tensors, {});
}

// A NaN on both sides is no change, on one side an infinite one.
TEST(Diff, ChangedValuesAreCounted) {
  const TempFolder folder;
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  std::vector<std::vector<float>> norms(3, std::vector<float>(32, 1.0f));
  for (std::vector<float>& norm : norms) norm[3] = kNaN;
  norms[1][7] = 1.5f;
  norms[2][8] = kNaN;
  for (size_t i = 0; i < norms.size(); ++i)
    ASSERT_THAT(Rewrite("llama", folder.File(std::to_string(i)),
                        [&](TensorToWrite& tensor) {
                          if (tensor.name == "model.norm.weight")
                            tensor = ViewToWrite(tensor.name, DType::kF32, {32},
                                                 std::as_bytes(std::span(norms[i])));
                          return true;
                        }),
                IsOk());
  for (const auto& [other, largest] : {std::pair{"1", 0.5}, {"2", double{INFINITY}}}) {
    const auto diff = Diff(folder.File("0"), folder.File(other));
    ASSERT_THAT(diff, IsOk());
    ASSERT_EQ(diff->differences.size(), 1U);
    EXPECT_EQ(diff->differences[0].name, "model.norm.weight");
    EXPECT_EQ(diff->differences[0].elements_changed, 1);
    EXPECT_EQ(diff->differences[0].max_difference, largest);
  }
}

// A tensor of the image half, which no role names, on one side only.
TEST(Diff, TensorsOfOneSideAreNamed) {
  const TempFolder folder;
  std::string dropped;
  ASSERT_THAT(Rewrite("gemma3_multimodal", folder.File("less"),
                      [&](const TensorToWrite& tensor) {
                        const bool drop =
                            dropped.empty() && tensor.name.find("vision") != std::string::npos;
                        if (drop) dropped = tensor.name;
                        return !drop;
                      }),
              IsOk());
  const auto less = Diff(kModels + "gemma3_multimodal", folder.File("less"));
  const auto more = Diff(folder.File("less"), kModels + "gemma3_multimodal");
  for (const auto* diff : {&less, &more}) {
    ASSERT_THAT(*diff, IsOk());
    ASSERT_EQ((*diff)->differences.size(), 1U);
    EXPECT_EQ((*diff)->differences[0].name, dropped);
    EXPECT_EQ((*diff)->differences[0].b.dtype.empty(), diff == &less);
    EXPECT_EQ((*diff)->differences[0].a.dtype.empty(), diff == &more);
    EXPECT_EQ((*diff)->tensors_compared, less->tensors_compared);
  }
}

}  // namespace
}  // namespace fairprune
