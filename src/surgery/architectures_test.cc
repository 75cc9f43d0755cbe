// The laws of pruning over models of every architecture, from either format: testdata/models.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

#include "attribution/importance.h"
#include "base/result_matchers.h"
#include "forward/engine.h"
#include "io/temp_folder.h"
#include "surgery/opened_for_test.h"
#include "surgery/prune.h"

namespace fairprune {
namespace {

using Ids = std::vector<int32_t>;

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

// Largest |a - b|; NaN and another size are infinitely far.
double Distance(std::span<const float> a, std::span<const float> b) {
  double worst = a.size() == b.size() ? 0 : INFINITY;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double difference = std::fabs(static_cast<double>(a[i]) - b[i]);
    if (!(difference <= worst)) worst = std::isnan(difference) ? INFINITY : difference;
  }
  return worst;
}

// One stays in every layer, layer 0 loses more than the others.
std::vector<PlannedNeuron> Planned(const ModelConfig& config) {
  std::vector<PlannedNeuron> planned = {{0, 0}, {0, 7}, {0, 11}};
  const auto last = static_cast<int32_t>(config.intermediate_size - 1);
  for (int32_t layer = 0; layer < config.num_layers; ++layer) {
    planned.push_back({layer, last - layer});
    planned.push_back({layer, 2 + layer});
  }
  return planned;
}

Plan MakePlan(const Opened& opened, std::vector<PlannedNeuron> neurons) {
  Plan plan;
  const Result<std::string> hash = opened.checkpoint.ContentHash();
  EXPECT_THAT(hash, IsOk());
  plan.model_hash = hash.value_or("");
  plan.num_layers = opened.model.config.num_layers;
  plan.num_neurons_per_layer = opened.model.config.intermediate_size;
  plan.method = "by hand";
  plan.neurons = std::move(neurons);
  return plan;
}

Result<Opened> PruneAndOpen(const Opened& input, const std::vector<PlannedNeuron>& neurons,
                            const std::string& out_dir, const PruneOptions& options) {
  FP_ASSIGN_OR_RETURN(const PruneSummary summary,
                      PruneCheckpoint(input.checkpoint, input.model, nullptr,
                                      MakePlan(input, neurons), out_dir, options));
  FP_ASSIGN_OR_RETURN(Opened output, OpenModel(out_dir));
  EXPECT_EQ(output.model.config.intermediate_size, summary.intermediate_size_after);
  EXPECT_EQ(output.model.num_parameters, summary.parameters_after);
  return output;
}

// What a sum in another order may move a logit by, relative to the largest one, f32.
constexpr double kRounding = 1e-5;

double Largest(const Tensor& logits) {
  return Distance(logits.span(), std::vector<float>(logits.span().size()));
}

// 12 ids: more than any window of these models, and than phi3_longrope's first limit.
const Ids kIds = {5, 17, 90, 3, 44, 44, 61, 8, 29, 73, 12, 50};

class EveryArchitecture : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    input_ = OpenModel(kModels + GetParam());
    ASSERT_THAT(input_, IsOk());
  }
  Result<Opened> input_ = Fail(ErrorCode::kNotFound, "not opened");
  TempFolder folder_;
};

TEST_P(EveryArchitecture, ZeroingEqualsMaskingEqualsRemoving) {
  const std::vector<PlannedNeuron> planned = Planned(input_->model.config);
  NeuronMask mask(input_->model.config.num_layers, input_->model.config.intermediate_size);
  for (const PlannedNeuron& neuron : planned) mask.Remove(neuron.layer, neuron.neuron);
  for (const Ids& ids : {kIds, Ids(kIds.begin(), kIds.begin() + 5)}) {
    const auto before = LogitsOf(input_->model, ids), masked = LogitsOf(input_->model, ids, &mask);
    ASSERT_THAT(before, IsOk());
    ASSERT_THAT(masked, IsOk());
    EXPECT_GT(Distance(before->span(), masked->span()), 1e-3 * Largest(*before));
    for (const PruneOptions& options :
         {PruneOptions{.mode = PruneMode::kZero}, PruneOptions{.mode = PruneMode::kRemove},
          PruneOptions{.mode = PruneMode::kRemove, .round_to = 4, .force = true}}) {
      const auto output =
          PruneAndOpen(*input_, planned, folder_.File("out"),
                       {.mode = options.mode, .round_to = options.round_to, .force = true});
      ASSERT_THAT(output, IsOk());
      const int64_t width = input_->model.config.intermediate_size;
      const int64_t expected = options.mode == PruneMode::kZero ? width
                               : options.round_to == 1          ? width - 2
                                                                : width;
      EXPECT_EQ(output->model.config.intermediate_size, expected);
      const auto after = LogitsOf(output->model, ids);
      ASSERT_THAT(after, IsOk());
      EXPECT_LT(Distance(masked->span(), after->span()), kRounding * Largest(*masked));
    }
  }
}

// With scores to fill up from, every layer is cut to the same round width.
TEST_P(EveryArchitecture, CuttingToARoundWidthEqualsMasking) {
  const ModelConfig& config = input_->model.config;
  const auto neurons = static_cast<size_t>(config.num_layers * config.intermediate_size);
  PruneOptions options = {.mode = PruneMode::kRemove, .round_to = 8};
  options.fill_scores.resize(neurons);
  for (size_t i = 0; i < neurons; ++i) options.fill_scores[i] = static_cast<float>(i * 37 % 101);
  const auto summary =
      PruneCheckpoint(input_->checkpoint, input_->model, nullptr,
                      MakePlan(*input_, Planned(config)), folder_.File("out"), options);
  ASSERT_THAT(summary, IsOk());
  const int64_t width = (config.intermediate_size - 5) / 8 * 8;  // layer 0 plans 5 neurons
  EXPECT_EQ(summary->intermediate_size_after, width);
  EXPECT_EQ(summary->neurons_zeroed, 0);
  NeuronMask mask(config.num_layers, config.intermediate_size);
  for (size_t layer = 0; layer < summary->removed.size(); ++layer)
    for (const int32_t neuron : summary->removed[layer])
      mask.Remove(static_cast<int64_t>(layer), neuron);
  const Result<Opened> output = OpenModel(folder_.File("out"));
  ASSERT_THAT(output, IsOk());
  const auto masked = LogitsOf(input_->model, kIds, &mask), after = LogitsOf(output->model, kIds);
  ASSERT_THAT(masked, IsOk());
  ASSERT_THAT(after, IsOk());
  EXPECT_LT(Distance(masked->span(), after->span()), kRounding * Largest(*masked));
}

TEST_P(EveryArchitecture, PruningNothingChangesNothing) {
  for (const PruneMode mode : {PruneMode::kZero, PruneMode::kRemove}) {
    const auto output =
        PruneAndOpen(*input_, {}, folder_.File("out"), {.mode = mode, .force = true});
    ASSERT_THAT(output, IsOk());
    if (input_->checkpoint.format() == CheckpointFormat::kHuggingFace) {
      const auto& before = input_->checkpoint.tensors().entries();
      ASSERT_EQ(output->checkpoint.tensors().entries().size(), before.size());
      for (const TensorEntry& entry : before) {
        const TensorEntry* written = output->checkpoint.tensors().Find(entry.name);
        ASSERT_NE(written, nullptr) << entry.name;
        EXPECT_EQ(written->dtype, entry.dtype) << entry.name;
        EXPECT_EQ(written->shape, entry.shape) << entry.name;
        EXPECT_TRUE(std::ranges::equal(written->bytes, entry.bytes)) << entry.name;
      }
    }
    const auto before = LogitsOf(input_->model, kIds), after = LogitsOf(output->model, kIds);
    ASSERT_THAT(before, IsOk());
    ASSERT_THAT(after, IsOk());
    // config.json says GGUF's rotary factors in other numbers.
    const bool gguf = input_->checkpoint.format() == CheckpointFormat::kGguf;
    EXPECT_LE(Distance(before->span(), after->span()), gguf ? kRounding * Largest(*before) : 0);
  }
}

TEST_P(EveryArchitecture, OnlyTheNeuronsWeightsChange) {
  const std::vector<PlannedNeuron> planned = Planned(input_->model.config);
  const auto output = PruneAndOpen(*input_, planned, folder_.File("out"), {});
  ASSERT_THAT(output, IsOk());
  const auto is_planned = [&](int32_t layer, int64_t neuron) {
    return std::ranges::any_of(planned, [&](const PlannedNeuron& one) {
      return one.layer == layer && one.neuron == neuron;
    });
  };
  for (const WeightRef& ref : input_->model.weights) {
    const WeightRef* written = output->model.Find(ref.role, ref.layer);
    ASSERT_NE(written, nullptr);
    auto expected = LoadWeight(input_->model, ref);
    const auto found = LoadWeight(output->model, *written);
    ASSERT_THAT(expected, IsOk());
    ASSERT_THAT(found, IsOk());
    const int64_t cols = NumElements(ref.shape) / ref.shape[0];
    const bool rows_are_neurons = ref.role == Role::kGate || ref.role == Role::kUp ||
                                  ref.role == Role::kGateBias || ref.role == Role::kUpBias;
    for (int64_t i = 0; i < NumElements(ref.shape); ++i)
      if ((rows_are_neurons && is_planned(ref.layer, i / cols)) ||
          (ref.role == Role::kDown && is_planned(ref.layer, i % cols)))
        expected->span()[static_cast<size_t>(i)] = 0;
    EXPECT_EQ(Distance(expected->span(), found->span()), 0) << NameOf(ref.role) << " " << ref.layer;
  }
}

TEST_P(EveryArchitecture, ImportanceIsThatOfTheRowsOfGateAndUp) {
  const auto importance = ComputeImportance(input_->model, ImportanceMethod::kMaw);
  ASSERT_THAT(importance, IsOk());
  for (int32_t layer = 0; layer < input_->model.config.num_layers; ++layer) {
    const auto gate = LoadWeight(input_->model, *input_->model.Find(Role::kGate, layer));
    const auto up = LoadWeight(input_->model, *input_->model.Find(Role::kUp, layer));
    ASSERT_THAT(gate, IsOk());
    ASSERT_THAT(up, IsOk());
    EXPECT_GT(Distance(gate->span(), up->span()), 0);
    for (int64_t i = 0; i < input_->model.config.intermediate_size; ++i) {
      float expected = 0;
      for (const auto row : {gate->matrix().row_span(i), up->matrix().row_span(i)})
        expected += *std::ranges::max_element(row) + std::fabs(*std::ranges::min_element(row));
      EXPECT_EQ(importance->matrix().row(layer)[i], expected);
    }
  }
}

std::string TestName(const ::testing::TestParamInfo<std::string>& test) {
  std::string name = test.param;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

const std::string kFolders[] = {"llama",
                                "llama_untied",
                                "llama_plain",
                                "mistral",
                                "qwen2",
                                "qwen2_window",
                                "qwen3",
                                "gemma",
                                "gemma2",
                                "gemma3",
                                "phi3",
                                "phi3_longrope",
                                "granite",
                                "olmo2",
                                "smollm3",
                                "sharded",
                                "gemma3_multimodal",
                                "gemma3_multimodal_modules"};
const std::string kGgufFiles[] = {
    "gguf/llama-f32.gguf",   "gguf/llama-q8_0.gguf",         "gguf/llama_untied-f32.gguf",
    "gguf/qwen2-bf16.gguf",  "gguf/qwen3-bf16.gguf",         "gguf/gemma-bf16.gguf",
    "gguf/gemma2-bf16.gguf", "gguf/gemma3-bf16.gguf",        "gguf/phi3-bf16.gguf",
    "gguf/phi3-q8_0.gguf",   "gguf/phi3_longrope-bf16.gguf", "gguf/granite-bf16.gguf",
    "gguf/olmo2-bf16.gguf",  "gguf/smollm3-bf16.gguf"};
INSTANTIATE_TEST_SUITE_P(Folders, EveryArchitecture, ::testing::ValuesIn(kFolders), TestName);
INSTANTIATE_TEST_SUITE_P(Gguf, EveryArchitecture, ::testing::ValuesIn(kGgufFiles), TestName);

// A GGUF file, written as a folder, holds the weights of the folder that it was made of.
class GgufToFolder : public ::testing::TestWithParam<std::string> {};

TEST_P(GgufToFolder, HoldsTheWeightsOfTheFolderThatTheFileWasMadeOf) {
  const bool f32 = GetParam().starts_with("llama");
  const auto gguf = OpenModel(kModels + "gguf/" + GetParam() + (f32 ? "-f32.gguf" : "-bf16.gguf"));
  const auto folder = OpenModel(kModels + GetParam());
  ASSERT_THAT(gguf, IsOk());
  ASSERT_THAT(folder, IsOk());
  const TempFolder temporary;
  const auto output = PruneAndOpen(*gguf, {}, temporary.File("out"), {});
  ASSERT_THAT(output, IsOk());
  const auto& written = output->checkpoint.tensors().entries();
  EXPECT_EQ(written.size(), folder->checkpoint.tensors().entries().size());
  for (const TensorEntry& entry : written) {
    const TensorEntry* wanted = folder->checkpoint.tensors().Find(entry.name);
    ASSERT_NE(wanted, nullptr) << entry.name;
    EXPECT_EQ(entry.shape, wanted->shape) << entry.name;
    const auto a = ReadAsF32(entry), b = ReadAsF32(*wanted);
    ASSERT_THAT(a, IsOk());
    ASSERT_THAT(b, IsOk());
    EXPECT_EQ(Distance(a->span(), b->span()), 0) << entry.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GgufToFolder,
                         ::testing::Values("llama", "llama_untied", "qwen2", "qwen3", "gemma",
                                           "gemma2", "gemma3", "phi3", "phi3_longrope", "granite",
                                           "olmo2", "smollm3"),
                         TestName);

}  // namespace
}  // namespace fairprune
