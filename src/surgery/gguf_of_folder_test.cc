// GGUF files of Hugging Face folders, against files that a script wrote with the Python package of
// the same models (tools/make_model_fixtures.py), and against the folders' own logits.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/result_matchers.h"
#include "forward/engine.h"
#include "io/temp_folder.h"
#include "surgery/opened_for_test.h"
#include "surgery/prune_gguf.h"

namespace fairprune {
namespace {

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

Result<PruneSummary> Convert(const OpenedWithTokenizer& input,
                             const std::vector<PlannedNeuron>& neurons, const std::string& out,
                             const PruneOptions& options) {
  return PruneToGguf(input.checkpoint, input.model, &input.tokenizer, PlanOf(input, neurons), out,
                     options);
}

Result<Tensor> Logits(const OpenedWithTokenizer& opened, const NeuronMask* mask = nullptr) {
  return LogitsOf(opened.model, {5, 17, 90, 3, 44, 44, 61, 8, 70, 12, 5, 33}, mask);
}

// The largest difference, in units of the largest logit.
float Distance(const Tensor& a, const Tensor& b) {
  float worst = 0, largest = 0;
  for (size_t i = 0; i < a.span().size(); ++i) {
    worst = std::max(worst, std::fabs(a.span()[i] - b.span()[i]));
    largest = std::max(largest, std::fabs(a.span()[i]));
  }
  return worst / largest;
}

struct Case {
  const char* folder;
  const char* gguf;  // the same model, by the Python package; empty: there is none
};

class GgufOfFolder : public ::testing::TestWithParam<Case> {
 protected:
  TempFolder folder_;
};

TEST_P(GgufOfFolder, HasTheTensorsAndKeysOfThePythonPackage) {
  if (*GetParam().gguf == '\0') GTEST_SKIP() << "no file of the Python package";
  const auto input = OpenWithTokenizer(kModels + GetParam().folder);
  ASSERT_THAT(input, IsOk());
  const auto expected = GgufFile::Open(kModels + "gguf/" + GetParam().gguf);
  ASSERT_THAT(expected, IsOk());
  const bool is_f32 = std::string(GetParam().gguf).find("f32") != std::string::npos;
  ASSERT_THAT(
      Convert(*input, {}, folder_.File("out.gguf"), {.dtype = is_f32 ? DType::kF32 : DType::kBF16}),
      IsOk());
  const auto found = GgufFile::Open(folder_.File("out.gguf"));
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ((*found)->entries().size(), (*expected)->entries().size());
  for (const TensorEntry& entry : (*expected)->entries()) {
    const TensorEntry* written = (*found)->Find(entry.name);
    ASSERT_NE(written, nullptr) << entry.name;
    EXPECT_EQ(written->shape, entry.shape) << entry.name;
    ASSERT_EQ(written->dtype, entry.dtype) << entry.name;
    if (entry.name.starts_with("rope_f")) continue;  // computed in f32 here
    EXPECT_TRUE(std::ranges::equal(written->bytes, entry.bytes)) << entry.name;
  }
  const bool is_longrope = std::string(GetParam().folder) == "phi3_longrope";
  for (const auto& [key, value] : (*expected)->metadata()) {
    // Without longrope nothing reads it.
    if (key == "phi3.rope.scaling.original_context_length" && !is_longrope) continue;
    if (key == "general.name" || key == "tokenizer.ggml.merges" || key == "tokenizer.ggml.tokens")
      continue;  // of another
    ASSERT_TRUE((*found)->metadata().contains(key)) << key;
    EXPECT_EQ((*found)->metadata().at(key), value) << key;
  }
}

TEST_P(GgufOfFolder, ComputesAndTokenizesAsTheFolder) {
  const auto input = OpenWithTokenizer(kModels + GetParam().folder);
  ASSERT_THAT(input, IsOk());
  NeuronMask mask(input->model.config.num_layers, input->model.config.intermediate_size);
  const std::vector<PlannedNeuron> planned = {{0, 5}, {1, 2}};
  for (const PlannedNeuron& neuron : planned) mask.Remove(neuron.layer, neuron.neuron);
  ASSERT_THAT(Convert(*input, planned, folder_.File("out.gguf"), {.dtype = DType::kF32}), IsOk());
  const auto output = OpenWithTokenizer(folder_.File("out.gguf"));
  ASSERT_THAT(output, IsOk());
  const auto before = Logits(*input, &mask), after = Logits(*output);
  ASSERT_THAT(before, IsOk());
  ASSERT_THAT(after, IsOk());
  EXPECT_LT(Distance(*before, *after), 2e-6F);
  const std::string text = "the</s> thing; That?";
  EXPECT_EQ(*input->tokenizer.Encode(text, {.add_special = true}),
            *output->tokenizer.Encode(text, {.add_special = true}));
  EXPECT_EQ(input->tokenizer.bos_id(), output->tokenizer.bos_id());
  EXPECT_EQ(input->tokenizer.eos_id(), output->tokenizer.eos_id());
}

INSTANTIATE_TEST_SUITE_P(
    Models, GgufOfFolder,
    ::testing::Values(Case{"llama", "llama-f32.gguf"},
                      Case{"llama_untied", "llama_untied-f32.gguf"}, Case{"llama_plain", ""},
                      Case{"qwen2", "qwen2-bf16.gguf"}, Case{"qwen3", "qwen3-bf16.gguf"},
                      Case{"gemma", "gemma-bf16.gguf"}, Case{"gemma2", "gemma2-bf16.gguf"},
                      Case{"gemma3", "gemma3-bf16.gguf"}, Case{"phi3", "phi3-bf16.gguf"},
                      Case{"phi3_longrope", "phi3_longrope-bf16.gguf"},
                      Case{"granite", "granite-bf16.gguf"}, Case{"olmo2", "olmo2-bf16.gguf"},
                      Case{"smollm3", "smollm3-bf16.gguf"}, Case{"sharded", ""}),
    [](const auto& test) { return std::string(test.param.folder); });

TEST(GgufOfFolderTest, CutsTheWidthAndQuantises) {
  const TempFolder folder;
  const auto input = OpenWithTokenizer(kModels + "llama");
  ASSERT_THAT(input, IsOk());
  std::vector<PlannedNeuron> planned;
  for (int32_t layer = 0; layer < 2; ++layer)
    for (int32_t i = 0; i < 32; ++i) planned.push_back({layer, 2 * i});
  const PruneOptions options = {.mode = PruneMode::kRemove, .dtype = DType::kQ8_0};
  const auto summary = Convert(*input, planned, folder.File("out.gguf"), options);
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->intermediate_size_after, 32);
  const auto output = OpenWithTokenizer(folder.File("out.gguf"));
  ASSERT_THAT(output, IsOk());
  EXPECT_EQ(output->model.config.intermediate_size, 32);
  EXPECT_EQ(output->model.Find(Role::kDown, 1)->entry->dtype, DType::kQ8_0);
  EXPECT_EQ(output->model.Find(Role::kAttentionNorm, 1)->entry->dtype, DType::kF32);
  EXPECT_EQ(*output->checkpoint.gguf()->Int("general.file_type"), 7);
}

// Against the folder without the layer; of architectures whose layers attend alike, and of one that
// says in a GGUF file by its number alone how a layer attends.
TEST(GgufOfFolderTest, LeavesLayersOut) {
  const TempFolder folder;
  for (const char* name : {"llama", "qwen3", "phi3", "gemma2"}) {
    SCOPED_TRACE(name);
    const auto input = OpenWithTokenizer(kModels + name);
    ASSERT_THAT(input, IsOk());
    Plan plan = PlanOf(*input, {{1, 2}, {1, 7}});
    plan.layers = {0};
    const auto summary =
        PruneToGguf(input->checkpoint, input->model, &input->tokenizer, plan,
                    folder.File("out.gguf"), {.dtype = DType::kF32, .force = true});
    if (std::string_view(name) == "gemma2") {
      EXPECT_THAT(summary, FailsWith(ErrorCode::kUnsupported, "leave the others in step"));
      continue;
    }
    ASSERT_THAT(summary, IsOk());
    ASSERT_THAT(PruneCheckpoint(input->checkpoint, input->model, &input->tokenizer, plan,
                                folder.File("out"), {.force = true}),
                IsOk());
    const auto expected = OpenWithTokenizer(folder.File("out")),
               output = OpenWithTokenizer(folder.File("out.gguf"));
    ASSERT_THAT(expected, IsOk());
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->model.config.num_layers, summary->layers_after);
    EXPECT_EQ(output->model.num_parameters, summary->parameters_after);
    const auto wanted = Logits(*expected), found = Logits(*output);
    ASSERT_THAT(wanted, IsOk());
    ASSERT_THAT(found, IsOk());
    EXPECT_LT(Distance(*wanted, *found), 2e-6F);
  }
}

TEST(GgufOfFolderTest, HoldsLayersOfDifferentWidths) {
  const TempFolder folder;
  const auto input = OpenWithTokenizer(kModels + "llama");
  ASSERT_THAT(input, IsOk());
  const std::vector<PlannedNeuron> planned = {{0, 5}, {1, 2}, {0, 1}, {0, 40}, {0, 63}};
  const auto summary = Convert(*input, planned, folder.File("out.gguf"),
                               {.mode = PruneMode::kRemove, .widths = PruneWidths::kPerLayer});
  ASSERT_THAT(summary, IsOk());
  const auto output = OpenWithTokenizer(folder.File("out.gguf"));
  ASSERT_THAT(output, IsOk());
  EXPECT_EQ(output->model.config.architecture, "deci");
  EXPECT_EQ(output->model.config.layer_widths, (std::vector<int64_t>{60, 63}));
  EXPECT_EQ(output->model.num_parameters, summary->parameters_after);
  NeuronMask mask(2, 64);
  for (const PlannedNeuron& neuron : planned) mask.Remove(neuron.layer, neuron.neuron);
  const auto wanted = Logits(*input, &mask), found = Logits(*output);
  ASSERT_THAT(wanted, IsOk());
  ASSERT_THAT(found, IsOk());
  EXPECT_LT(Distance(*wanted, *found), 2e-6F);
  const auto qwen = OpenWithTokenizer(kModels + "qwen3");
  ASSERT_THAT(qwen, IsOk());
  EXPECT_THAT(Convert(*qwen, {{0, 5}, {1, 2}, {0, 1}}, folder.File("no.gguf"),
                      {.mode = PruneMode::kRemove, .widths = PruneWidths::kPerLayer}),
              FailsWith(ErrorCode::kUnsupported, "one feed_forward_length"));
}

TEST(GgufOfFolderTest, RefusesRowsThatAreNoWholeBlocks) {
  const TempFolder folder;
  const auto input = OpenWithTokenizer(kModels + "llama_untied");
  ASSERT_THAT(input, IsOk());
  EXPECT_THAT(Convert(*input, {}, folder.File("out.gguf"), {.dtype = DType::kQ4_0}),
              FailsWith(ErrorCode::kInvalidArgument, "are not whole blocks of Q4_0"));
  EXPECT_FALSE(std::filesystem::exists(folder.File("out.gguf")));
}

TEST(GgufOfFolderTest, NeedsATokenizer) {
  const TempFolder folder;
  const auto input = OpenWithTokenizer(kModels + "llama");
  ASSERT_THAT(input, IsOk());
  EXPECT_THAT(PruneToGguf(input->checkpoint, input->model, nullptr, {}, folder.File("o.gguf"), {}),
              FailsWith(ErrorCode::kNotFound, "has no tokenizer"));
}

}  // namespace
}  // namespace fairprune
