#include "surgery/prune.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/result_matchers.h"
#include "io/atomic_output.h"
#include "io/hash.h"
#include "surgery/opened_for_test.h"
#include "surgery/tensor_edit.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "fairprune-surgery-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Three of layer 0, one of layer 1.
const std::vector<PlannedNeuron> kPlanned = {{0, 5}, {1, 2}, {0, 1}, {0, 40}};

Result<PruneSummary> Prune(const Opened& opened, const std::vector<PlannedNeuron>& neurons,
                           const std::string& out_dir, const PruneOptions& options) {
  return PruneCheckpoint(opened.checkpoint, opened.model, nullptr, PlanOf(opened, neurons), out_dir,
                         options);
}

std::vector<float> Load(const Opened& opened, Role role, int32_t layer) {
  const WeightRef* ref = opened.model.Find(role, layer);
  if (ref == nullptr) return {};
  const Result<Tensor> tensor = LoadWeight(opened.model, *ref);
  EXPECT_THAT(tensor, IsOk());
  if (!tensor) return {};
  return {tensor->span().begin(), tensor->span().end()};
}

std::string HashOf(const std::string& path) {
  const Result<std::string> hash = Sha256File(path);
  EXPECT_THAT(hash, IsOk());
  return hash.value_or("unreadable " + path);
}

bool BelongsToNeurons(Role role) {
  return role == Role::kGate || role == Role::kUp || role == Role::kDown ||
         role == Role::kGateBias || role == Role::kUpBias;
}

// The MLP of one layer for the input x, in double.
std::vector<double> RunMlp(const Opened& opened, int32_t layer, const std::vector<double>& x) {
  const auto gate = Load(opened, Role::kGate, layer), up = Load(opened, Role::kUp, layer);
  const auto down = Load(opened, Role::kDown, layer);
  const auto gate_bias = Load(opened, Role::kGateBias, layer);
  const auto up_bias = Load(opened, Role::kUpBias, layer);
  const size_t width = static_cast<size_t>(opened.model.config.intermediate_size);
  std::vector<double> y(x.size(), 0.0);
  for (size_t n = 0; n < width; ++n) {
    double g = gate_bias.empty() ? 0.0 : gate_bias[n], u = up_bias.empty() ? 0.0 : up_bias[n];
    for (size_t d = 0; d < x.size(); ++d) {
      g += gate[n * x.size() + d] * x[d];
      u += up[n * x.size() + d] * x[d];
    }
    const double act = g / (1 + std::exp(-g)) * u;
    for (size_t d = 0; d < x.size(); ++d) y[d] += down[d * width + n] * act;
  }
  return y;
}

class PruneCheckpointTest : public ::testing::TestWithParam<std::string> {};

TEST_P(PruneCheckpointTest, ZeroedNeuronsAreZeroAndNothingElseChanges) {
  const Result<Opened> input = OpenModel(kModels + GetParam());
  ASSERT_THAT(input, IsOk());
  const TemporaryFolder folder;
  const auto summary = Prune(*input, kPlanned, folder / "out", {.mode = PruneMode::kZero});
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->neurons_zeroed, 4);
  EXPECT_EQ(summary->neurons_removed, 0);
  EXPECT_EQ(summary->parameters_after, summary->parameters_before);
  const Result<Opened> output = OpenModel(folder / "out");
  ASSERT_THAT(output, IsOk());
  const int64_t hidden = input->model.config.hidden_size;
  const int64_t width = input->model.config.intermediate_size;
  for (const WeightRef& ref : input->model.weights) {
    std::vector<float> expected = Load(*input, ref.role, ref.layer);
    if (BelongsToNeurons(ref.role))
      for (const PlannedNeuron& planned : kPlanned) {
        if (planned.layer != ref.layer) continue;
        const int64_t row_size = ref.entry->shape.size() > 1 ? hidden : 1;
        for (int64_t i = 0; i < (ref.role == Role::kDown ? hidden : row_size); ++i)
          expected[static_cast<size_t>(ref.role == Role::kDown ? i * width + planned.neuron
                                                               : planned.neuron * row_size + i)] =
              0.0f;
      }
    EXPECT_EQ(Load(*output, ref.role, ref.layer), expected) << ref.entry->name;
  }
}

TEST_P(PruneCheckpointTest, RemovalComputesWhatZeroingComputes) {
  const Result<Opened> input = OpenModel(kModels + GetParam());
  ASSERT_THAT(input, IsOk());
  const TemporaryFolder folder;
  ASSERT_THAT(Prune(*input, kPlanned, folder / "zero", {.mode = PruneMode::kZero}), IsOk());
  const auto summary = Prune(*input, kPlanned, folder / "cut", {.mode = PruneMode::kRemove});
  ASSERT_THAT(summary, IsOk());
  const int64_t width = input->model.config.intermediate_size;
  EXPECT_EQ(summary->intermediate_size_before, width);
  EXPECT_EQ(summary->intermediate_size_after, width - 1);
  EXPECT_EQ(summary->neurons_planned, 4);
  EXPECT_EQ(summary->neurons_removed, 2);
  EXPECT_EQ(summary->neurons_zeroed, 2);
  EXPECT_THAT(summary->removed, ElementsAre(ElementsAre(5), ElementsAre(2)));
  EXPECT_THAT(summary->zeroed, ElementsAre(ElementsAre(1, 40), IsEmpty()));
  const Result<Opened> zero = OpenModel(folder / "zero"), cut = OpenModel(folder / "cut");
  ASSERT_THAT(zero, IsOk());
  ASSERT_THAT(cut, IsOk());
  EXPECT_EQ(cut->model.config.intermediate_size, width - 1);
  EXPECT_EQ(cut->model.num_parameters, summary->parameters_after);
  std::vector<double> x(static_cast<size_t>(input->model.config.hidden_size));
  for (size_t d = 0; d < x.size(); ++d) x[d] = std::sin(static_cast<double>(d + 1));
  for (int32_t layer = 0; layer < 2; ++layer) {
    const auto want = RunMlp(*zero, layer, x), found = RunMlp(*cut, layer, x);
    EXPECT_EQ(found, want) << "layer " << layer;
    EXPECT_NE(RunMlp(*input, layer, x), want) << "layer " << layer;
  }
}

TEST_P(PruneCheckpointTest, AnEmptyPlanLeavesEveryByte) {
  const Result<Opened> input = OpenModel(kModels + GetParam());
  ASSERT_THAT(input, IsOk());
  for (const PruneMode mode : {PruneMode::kZero, PruneMode::kRemove}) {
    const TemporaryFolder folder;
    const auto summary = Prune(*input, {}, folder / "out", {.mode = mode});
    ASSERT_THAT(summary, IsOk());
    EXPECT_EQ(summary->parameters_after, input->model.num_parameters);
    const Result<Opened> output = OpenModel(folder / "out");
    ASSERT_THAT(output, IsOk());
    for (const WeightRef& ref : input->model.weights) {
      const WeightRef* written = output->model.Find(ref.role, ref.layer);
      ASSERT_NE(written, nullptr);
      if (input->checkpoint.format() == CheckpointFormat::kHuggingFace) {
        EXPECT_EQ(written->entry->dtype, ref.entry->dtype);
        EXPECT_TRUE(std::ranges::equal(written->entry->bytes, ref.entry->bytes));
      }
      EXPECT_EQ(Load(*output, ref.role, ref.layer), Load(*input, ref.role, ref.layer));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PruneCheckpointTest,
                         ::testing::Values("llama", "llama_untied", "gguf/llama-f32.gguf",
                                           "gguf/llama-q8_0.gguf", "gguf/llama_untied-f32.gguf"),
                         [](const auto& test) {
                           std::string name = test.param;
                           for (char& c : name)
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           return name;
                         });

TEST(PruneCheckpoint, WritesTheWholeFolder) {
  const Result<Opened> input = OpenModel(kModels + "llama");
  ASSERT_THAT(input, IsOk());
  const TemporaryFolder folder;
  const auto summary = Prune(*input, kPlanned, folder / "out", {.mode = PruneMode::kRemove});
  ASSERT_THAT(summary, IsOk());
  int64_t bytes = 0;
  for (const auto& file : fs::directory_iterator(folder / "out"))
    bytes += static_cast<int64_t>(file.file_size());
  EXPECT_EQ(summary->bytes_written, bytes);
  for (const char* name : {"tokenizer.json", "tokenizer_config.json"})
    EXPECT_EQ(HashOf(folder / "out" + "/" + name), HashOf(kModels + "llama/" + name));
  EXPECT_FALSE(fs::exists(folder / "out/expected.safetensors"));
  const auto provenance = ReadJsonFile(folder / "out/fairprune.json");
  ASSERT_THAT(provenance, IsOk());
  EXPECT_EQ((*provenance)["source"], "llama");
  EXPECT_EQ((*provenance)["source_sha256"], *input->checkpoint.ContentHash());
  EXPECT_EQ((*provenance)["mode"], "remove");
  EXPECT_EQ((*provenance)["method"], "by hand");
  EXPECT_EQ((*provenance)["neurons_removed"], 2);
  EXPECT_EQ((*provenance)["zeroed"], Json::parse("[[1, 40], []]"));
}

TEST(PruneCheckpoint, CopiesWhatBelongsToTheModelAndNothingElse) {
  const TemporaryFolder folder;
  fs::copy(kModels + "llama", folder / "in");
  for (const char* name : {"LICENSE", "preprocessor_config.json", "tekken.json", "notes.txt"})
    ASSERT_THAT(WriteFileAtomically(folder / "in/" + name, std::string("bytes \xff of ") + name),
                IsOk());
  const Result<Opened> input = OpenModel(folder / "in");
  ASSERT_THAT(input, IsOk());
  ASSERT_THAT(Prune(*input, kPlanned, folder / "out", {}), IsOk());
  for (const char* name : {"LICENSE", "preprocessor_config.json", "tekken.json", "tokenizer.json"})
    EXPECT_EQ(HashOf(folder / "out/" + name), HashOf(folder / "in/" + name));
  EXPECT_FALSE(fs::exists(folder / "out/notes.txt"));
  EXPECT_FALSE(fs::exists(folder / "out/config_transformers4.json"));
}

TEST(PruneCheckpoint, CopiesTheModulesThatTheConfigNames) {
  const TemporaryFolder folder;
  fs::copy(kModels + "phi3", folder / "in");
  Result<Json> config = ReadJsonFile(folder / "in/config.json");
  ASSERT_THAT(config, IsOk());
  (*config)["auto_map"] = {{"AutoConfig", "configuration_phi3.Phi3Config"},
                           {"AutoModelForCausalLM", "modeling_phi3.Phi3ForCausalLM"}};
  ASSERT_THAT(WriteFileAtomically(folder / "in/config.json", DumpJson(*config)), IsOk());
  for (const char* name : {"configuration_phi3.py", "modeling_phi3.py", "other.py"})
    ASSERT_THAT(WriteFileAtomically(folder / "in/" + name, name), IsOk());
  const Result<Opened> input = OpenModel(folder / "in");
  ASSERT_THAT(input, IsOk());
  ASSERT_THAT(Prune(*input, {{0, 5}}, folder / "out", {}), IsOk());
  for (const char* name : {"configuration_phi3.py", "modeling_phi3.py"})
    EXPECT_EQ(HashOf(folder / "out/" + name), HashOf(folder / "in/" + name));
  EXPECT_FALSE(fs::exists(folder / "out/other.py"));
}

TEST(PruneCheckpoint, RoundingThatForbidsRemovalZeroes) {
  const Result<Opened> input = OpenModel(kModels + "llama");
  ASSERT_THAT(input, IsOk());
  const TemporaryFolder folder;
  const auto summary =
      Prune(*input, kPlanned, folder / "out", {.mode = PruneMode::kRemove, .round_to = 32});
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->intermediate_size_after, 64);
  EXPECT_EQ(summary->neurons_removed, 0);
  EXPECT_EQ(summary->neurons_zeroed, 4);
}

TEST(PruneCheckpoint, ConvertsToHalfPrecision) {
  const Result<Opened> input = OpenModel(kModels + "llama_untied");
  ASSERT_THAT(input, IsOk());
  const std::vector<float> before = Load(*input, Role::kDown, 1);
  for (const auto& [dtype, name] :
       {std::pair{DType::kBF16, "bfloat16"}, {DType::kF16, "float16"}}) {
    const TemporaryFolder folder;
    ASSERT_THAT(Prune(*input, kPlanned, folder / "out", {.dtype = dtype}), IsOk());
    const Result<Opened> output = OpenModel(folder / "out");
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ((*output->checkpoint.config())["dtype"], name);
    for (const WeightRef& ref : output->model.weights) EXPECT_EQ(ref.entry->dtype, dtype);
    const std::vector<float> after = Load(*output, Role::kDown, 1);
    ASSERT_EQ(after.size(), before.size());
    for (size_t i = 0; i < before.size(); ++i) {
      const float rounded =
          dtype == DType::kF16 ? F16ToF32(F32ToF16(before[i])) : Bf16ToF32(F32ToBf16(before[i]));
      EXPECT_EQ(after[i], i % 44 == 2 ? 0.0f : rounded);
    }
    const TemporaryFolder again;  // bf16 in: bf16 out, bit for bit
    ASSERT_THAT(Prune(*output, {}, again / "out", {}), IsOk());
    EXPECT_EQ(HashOf(again / "out/model.safetensors"), HashOf(folder / "out/model.safetensors"));
  }
}

TEST(PruneCheckpoint, QuantisedInputBecomesF32) {
  const Result<Opened> input = OpenModel(kModels + "gguf/llama-q8_0.gguf");
  ASSERT_THAT(input, IsOk());
  const TemporaryFolder folder;
  ASSERT_THAT(Prune(*input, kPlanned, folder / "out", {}), IsOk());
  const Result<Opened> output = OpenModel(folder / "out");
  ASSERT_THAT(output, IsOk());
  EXPECT_EQ((*output->checkpoint.config())["torch_dtype"], "float32");
  for (const WeightRef& ref : output->model.weights) EXPECT_EQ(ref.entry->dtype, DType::kF32);
}

TEST(PruneCheckpoint, LargeModelsAreSharded) {
  const Result<Opened> input = OpenModel(kModels + "llama");
  ASSERT_THAT(input, IsOk());
  const TemporaryFolder folder;
  PruneOptions options = {.mode = PruneMode::kRemove};
  options.max_shard_bytes = 40000;
  ASSERT_THAT(Prune(*input, kPlanned, folder / "out", options), IsOk());
  EXPECT_FALSE(fs::exists(folder / "out/model.safetensors"));
  EXPECT_TRUE(fs::exists(folder / "out/model.safetensors.index.json"));
  const Result<Opened> output = OpenModel(folder / "out");
  ASSERT_THAT(output, IsOk());
  ASSERT_THAT(Prune(*input, kPlanned, folder / "one", {.mode = PruneMode::kRemove}), IsOk());
  const Result<Opened> one = OpenModel(folder / "one");
  ASSERT_THAT(one, IsOk());
  for (const WeightRef& ref : one->model.weights)
    EXPECT_EQ(Load(*output, ref.role, ref.layer), Load(*one, ref.role, ref.layer));
}

TEST(PruneCheckpoint, RefusesAndLeavesNothingBehind) {
  const Result<Opened> input = OpenModel(kModels + "llama");
  const Result<Opened> other = OpenModel(kModels + "llama_untied");
  ASSERT_THAT(input, IsOk());
  ASSERT_THAT(other, IsOk());
  const TemporaryFolder folder;
  const std::string out = folder / "out";
  EXPECT_THAT(
      PruneCheckpoint(input->checkpoint, input->model, nullptr, PlanOf(*other, kPlanned), out, {}),
      FailsWith(ErrorCode::kMismatch, ""));
  EXPECT_THAT(Prune(*input, kPlanned, out, {.dtype = DType::kQ8_0}),
              FailsWith(ErrorCode::kInvalidArgument, "Q8_0"));
  EXPECT_THAT(Prune(*input, kPlanned, kModels + "llama", {.force = true}),
              FailsWith(ErrorCode::kInvalidArgument, "the model itself"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
  ASSERT_THAT(WriteFileAtomically(out, "something"), IsOk());
  EXPECT_THAT(Prune(*input, kPlanned, out, {}), FailsWith(ErrorCode::kExists, "out"));
}

TEST(PruneCheckpoint, ForceReplacesAFolder) {
  const Result<Opened> input = OpenModel(kModels + "llama");
  ASSERT_THAT(input, IsOk());
  const TemporaryFolder folder;
  ASSERT_THAT(Prune(*input, kPlanned, folder / "out", {}), IsOk());
  EXPECT_THAT(Prune(*input, kPlanned, folder / "out", {}), FailsWith(ErrorCode::kExists, "out"));
  ASSERT_THAT(WriteFileAtomically(folder / "out/old", "old"), IsOk());
  ASSERT_THAT(Prune(*input, kPlanned, folder / "out", {.force = true}), IsOk());
  EXPECT_FALSE(fs::exists(folder / "out/old"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(PruneCheckpoint, AFailureOnTheWayLeavesNoFolder) {
  // A value that float16 cannot hold shows only while the tensors are written.
  const TemporaryFolder folder;
  const Result<Opened> plain = OpenModel(kModels + "llama");
  ASSERT_THAT(plain, IsOk());
  std::vector<TensorToWrite> tensors;
  std::vector<float> huge(32, 1e6f);
  for (const TensorEntry& entry : plain->checkpoint.tensors().entries())
    tensors.push_back(entry.name == "model.norm.weight"
                          ? ViewToWrite(entry.name, DType::kF32, {32},
                                        std::as_bytes(std::span<const float>(huge)))
                          : ViewToWrite(entry.name, entry.dtype, entry.shape, entry.bytes));
  fs::create_directory(folder / "in");
  ASSERT_THAT(WriteSafetensors(folder / "in/model.safetensors", tensors, {}), IsOk());
  fs::copy_file(kModels + "llama/config.json", folder / "in/config.json");
  const Result<Opened> input = OpenModel(folder / "in");
  ASSERT_THAT(input, IsOk());
  EXPECT_THAT(Prune(*input, kPlanned, folder / "out", {.dtype = DType::kF16}),
              FailsWith(ErrorCode::kInvalidArgument, "model.norm.weight"));
  EXPECT_THAT(Prune(*input, kPlanned, folder / "bf16", {.dtype = DType::kBF16}), IsOk());
  EXPECT_FALSE(fs::exists(folder / "out"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 2);
}

TEST(EditToWrite, MovesBitsWithoutConverting) {
  // A NaN with a payload, -0 and a subnormal survive a column pick.
  const std::vector<uint16_t> bits = {0x7E01, 0x8000, 0x0001, 0x3C00, 0xFC00, 0x1234};
  const TensorEntry entry = {.name = "w",
                             .dtype = DType::kF16,
                             .shape = {2, 3},
                             .bytes = std::as_bytes(std::span<const uint16_t>(bits))};
  const TensorToWrite edited =
      EditToWrite("w", entry, {.rows = {1, 0, -1}, .cols = {2, -1}}, DType::kF16);
  EXPECT_EQ(edited.shape, (Shape{3, 2}));
  std::vector<uint16_t> written;
  ASSERT_THAT(edited.produce([&](std::span<const std::byte> piece) {
    const auto* values = reinterpret_cast<const uint16_t*>(piece.data());
    written.insert(written.end(), values, values + piece.size() / 2);
    return Status{};
  }),
              IsOk());
  EXPECT_THAT(written, ElementsAre(0x1234, 0, 0x0001, 0, 0, 0));
}

TEST(PruneTest, ReportsEachTensorAndStopsWhenItIsTold) {
  const auto opened = OpenModel(kModels + "llama");
  ASSERT_THAT(opened, IsOk());
  const TemporaryFolder folder;
  std::vector<int64_t> calls;
  int64_t last = -1;
  PruneOptions options;
  options.progress = [&](int64_t done, int64_t total) -> Status {
    calls.push_back(done);
    last = total;
    return {};
  };
  ASSERT_THAT(Prune(*opened, kPlanned, folder / "whole", options), IsOk());
  // Before each tensor, and at the end.
  std::vector<int64_t> each(static_cast<size_t>(last) + 1);
  std::iota(each.begin(), each.end(), 0);
  EXPECT_EQ(calls, each);

  options.progress = [&](int64_t done, int64_t) -> Status {
    return done == 2 ? Status(Fail(ErrorCode::kInternal, "stopped")) : Status();
  };
  options.undo_path = folder / "undo";
  EXPECT_THAT(Prune(*opened, kPlanned, folder / "half", options),
              FailsWith(ErrorCode::kInternal, "stopped"));
  const auto left = std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator());
  EXPECT_EQ(left, 1);  // whole
}

}  // namespace
}  // namespace fairprune
