#include "surgery/undo.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "io/json.h"
#include "io/temp_folder.h"
#include "surgery/compensation.h"
#include "surgery/opened_for_test.h"
#include "surgery/prune.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

// Uneven: layer 0 loses more, so that removal leaves zeroed neurons in it.
const std::vector<PlannedNeuron> kPlanned = {{0, 5}, {1, 2}, {0, 1}, {0, 20}, {1, 0}};

Result<PruneSummary> Prune(const Opened& input, const std::vector<PlannedNeuron>& neurons,
                           const std::string& out, const PruneOptions& options) {
  const Plan plan = PlanOf(input, neurons);
  return PruneCheckpoint(input.checkpoint, input.model, nullptr, plan, out, options);
}

Result<RestoreSummary> Restore(const std::string& pruned, const std::string& undo,
                               const std::string& out, const RestoreOptions& options = {}) {
  FP_ASSIGN_OR_RETURN(const Opened opened, OpenModel(pruned));
  return RestoreCheckpoint(opened.checkpoint, opened.model, undo, out, options);
}

// Names, types, shapes and bytes.
void ExpectSameTensors(const Checkpoint& a, const Checkpoint& b) {
  ASSERT_EQ(a.tensors().entries().size(), b.tensors().entries().size());
  for (const TensorEntry& entry : a.tensors().entries()) {
    const TensorEntry* other = b.tensors().Find(entry.name);
    ASSERT_NE(other, nullptr) << entry.name;
    EXPECT_EQ(entry.dtype, other->dtype) << entry.name;
    EXPECT_EQ(entry.shape, other->shape) << entry.name;
    EXPECT_TRUE(std::ranges::equal(entry.bytes, other->bytes)) << entry.name;
  }
}

// A compensation with made-up weights for the neurons that a pruning took.
std::shared_ptr<const Compensation> AnyCompensation(const PruneSummary& summary) {
  auto compensation = std::make_shared<Compensation>();
  for (size_t layer = 0; layer < summary.removed.size(); ++layer) {
    auto mix = std::make_shared<ColumnMix>();
    for (const auto* neurons : {&summary.removed[layer], &summary.zeroed[layer]})
      mix->taken.insert(mix->taken.end(), neurons->begin(), neurons->end());
    std::ranges::sort(mix->taken);
    mix->weights.assign(mix->taken.size() * static_cast<size_t>(summary.intermediate_size_after),
                        0.25F);
    compensation->mixes.push_back(std::move(mix));
  }
  return compensation;
}

const std::vector<std::pair<PruneMode, int64_t>> kWays = {
    {PruneMode::kZero, 1}, {PruneMode::kRemove, 1}, {PruneMode::kRemove, 4}};

class UndoTest : public ::testing::TestWithParam<std::string> {
 protected:
  // Restores what is in `pruned` and compares every file with the source's.
  void ExpectItBack(const Opened& input, const std::string& undo) {
    const auto summary =
        Restore(folder_.File("pruned"), undo, folder_.File("back"), {.force = true});
    ASSERT_THAT(summary, IsOk());
    EXPECT_TRUE(summary->exact);
    EXPECT_EQ(summary->neurons_restored, 5);
    EXPECT_EQ(summary->intermediate_size_after, input.model.config.intermediate_size);
    const Result<Opened> back = OpenModel(folder_.File("back"));
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(*back->checkpoint.ContentHash(), *input.checkpoint.ContentHash());
    ExpectSameTensors(input.checkpoint, back->checkpoint);
    for (const auto& file : fs::directory_iterator(folder_.File("back"))) {
      const std::string name = file.path().filename().string();
      EXPECT_EQ(Slurp(file.path().string()), Slurp(kModels + GetParam() + "/" + name)) << name;
    }
  }

  TempFolder folder_;
};

// Every file that a plan's hash is made of, and the index of a sharded model.
TEST_P(UndoTest, TheSourcesFilesComeBack) {
  const Result<Opened> input = OpenModel(kModels + GetParam());
  ASSERT_THAT(input, IsOk());
  for (const auto& [mode, round_to] : kWays) {
    PruneOptions options = {.mode = mode,
                            .round_to = round_to,
                            .force = true,
                            .undo_path = folder_.File("undo.safetensors")};
    const auto pruned = Prune(*input, kPlanned, folder_.File("pruned"), options);
    ASSERT_THAT(pruned, IsOk());
    ExpectItBack(*input, options.undo_path);
    options.compensation = AnyCompensation(*pruned);
    ASSERT_THAT(Prune(*input, kPlanned, folder_.File("pruned"), options), IsOk());
    ExpectItBack(*input, options.undo_path);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, UndoTest,
                         ::testing::Values("llama", "llama_untied", "llama_plain", "sharded",
                                           "phi3", "gemma3_multimodal", "qwen2"),
                         [](const auto& test) { return test.param; });

class UndoOfGguf : public UndoTest {};

// From GGUF the tensors come back as pruning nothing writes them.
TEST_P(UndoOfGguf, GivesWhatPruningNothingWrites) {
  const Result<Opened> input = OpenModel(kModels + "gguf/" + GetParam());
  ASSERT_THAT(input, IsOk());
  for (const auto& dtype : {std::optional<DType>(), std::optional(DType::kBF16)})
    for (const auto& [mode, round_to] : kWays) {
      PruneOptions options = {.mode = mode, .round_to = round_to, .dtype = dtype, .force = true};
      ASSERT_THAT(Prune(*input, {}, folder_.File("nothing"), options), IsOk());
      options.undo_path = folder_.File("undo.safetensors");
      const auto pruned = Prune(*input, kPlanned, folder_.File("pruned"), options);
      ASSERT_THAT(pruned, IsOk());
      options.compensation = AnyCompensation(*pruned);
      ASSERT_THAT(Prune(*input, kPlanned, folder_.File("pruned"), options), IsOk());
      const auto summary =
          Restore(folder_.File("pruned"), options.undo_path, folder_.File("back"), {.force = true});
      ASSERT_THAT(summary, IsOk());
      EXPECT_FALSE(summary->exact);
      for (const char* name : {"config.json", "model.safetensors"})
        EXPECT_EQ(Slurp(folder_.File("back/") + name), Slurp(folder_.File("nothing/") + name));
    }
}

INSTANTIATE_TEST_SUITE_P(Models, UndoOfGguf,
                         ::testing::Values("llama-q8_0.gguf", "phi3-q8_0.gguf", "gemma-bf16.gguf"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace_if(
                               name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

class Undo : public ::testing::Test {
 protected:
  void SetUp() override {
    const Result<Opened> input = OpenModel(kModels + "llama");
    ASSERT_THAT(input, IsOk());
    PruneOptions options = {.mode = PruneMode::kRemove, .undo_path = undo_};
    ASSERT_THAT(Prune(*input, kPlanned, pruned_, options), IsOk());
    options.undo_path = folder_.File("other.safetensors");
    ASSERT_THAT(Prune(*input, {{0, 1}, {1, 1}}, folder_.File("other"), options), IsOk());
  }
  TempFolder folder_;
  std::string pruned_ = folder_.File("pruned"), undo_ = folder_.File("undo.safetensors");
  std::string back_ = folder_.File("back");
};

TEST_F(Undo, OfAnotherCheckpointIsRefused) {
  EXPECT_THAT(Restore(folder_.File("other"), undo_, back_),
              FailsWith(ErrorCode::kMismatch, "undo.safetensors is for the checkpoint"));
  EXPECT_THAT(Restore(pruned_, folder_.File("other.safetensors"), back_),
              FailsWith(ErrorCode::kMismatch, "other.safetensors is for the checkpoint"));
  EXPECT_THAT(Restore(kModels + "llama", undo_, back_),
              FailsWith(ErrorCode::kMismatch, "is the model before pruning already"));
  EXPECT_FALSE(fs::exists(back_));
}

TEST_F(Undo, AChangedCheckpointIsRefused) {
  std::string bytes = Slurp(pruned_ + "/model.safetensors");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  folder_.Write("pruned/model.safetensors", bytes);
  EXPECT_THAT(Restore(pruned_, undo_, back_), FailsWith(ErrorCode::kMismatch, "content hash"));
  EXPECT_FALSE(fs::exists(back_));
}

TEST_F(Undo, ADamagedPatchIsRefused) {
  std::string bytes = Slurp(undo_);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  const std::string damaged = folder_.Write("damaged.safetensors", bytes);
  EXPECT_THAT(Restore(pruned_, damaged, back_),
              FailsWith(ErrorCode::kBadFormat, "the file is damaged"));
  EXPECT_THAT(Restore(pruned_, pruned_ + "/model.safetensors", back_),
              FailsWith(ErrorCode::kBadFormat, "no undo patch"));
  EXPECT_THAT(Restore(pruned_, folder_.File("gone"), back_),
              FailsWith(ErrorCode::kNotFound, "gone"));
  EXPECT_FALSE(fs::exists(back_));
}

// The patch's own description is read with suspicion: each change below breaks one of its rules.
TEST_F(Undo, ADescriptionThatMakesNoSenseIsRefused) {
  const auto file = SafetensorsFile::Open(undo_);
  ASSERT_THAT(file, IsOk());
  const Json whole = Json::parse((*file)->metadata().at("fairprune_undo"));
  const auto with = [&](const char* key, const Json& value) {
    Json changed = whole;
    changed[key] = value;
    std::vector<TensorToWrite> tensors;
    for (const TensorEntry& entry : (*file)->entries())
      tensors.push_back(ViewToWrite(entry.name, entry.dtype, entry.shape, entry.bytes));
    EXPECT_THAT(WriteSafetensors(folder_.File("changed"), tensors,
                                 {{"fairprune_undo", DumpJson(changed, -1)}}),
                IsOk());
    return Restore(pruned_, folder_.File("changed"), back_);
  };
  EXPECT_THAT(with("schema_version", 3), FailsWith(ErrorCode::kUnsupported, "schema_version is 3"));
  EXPECT_THAT(with("removed", {{1, 5}}), FailsWith(ErrorCode::kBadFormat, "layers removed from"));
  EXPECT_THAT(with("removed", {{5, 1}, {0, 2}}), FailsWith(ErrorCode::kBadFormat, "ascending"));
  EXPECT_THAT(with("removed", {{5, 64}, {0, 2}}), FailsWith(ErrorCode::kBadFormat, "below 64"));
  EXPECT_THAT(with("zeroed", {{5}, Json::array()}),
              FailsWith(ErrorCode::kBadFormat, "none of them zeroed too"));
  EXPECT_THAT(with("intermediate_size_after", 63), FailsWith(ErrorCode::kBadFormat, "expected 1"));
  EXPECT_THAT(with("zeroed", {Json::array(), Json::array()}),
              FailsWith(ErrorCode::kBadFormat, "expected the tensor taken/"));
  EXPECT_THAT(with("source_sha256", std::string(64, '0')),
              FailsWith(ErrorCode::kMismatch, "nothing was written"));
  EXPECT_THAT(with("sha256", Json::object()), FailsWith(ErrorCode::kNotFound, "file/config.json"));
  EXPECT_FALSE(fs::exists(back_));
  EXPECT_THAT(with("version", "another"), IsOk());
}

TEST_F(Undo, NeverWritesOverItsInputs) {
  EXPECT_THAT(Restore(pruned_, undo_, pruned_, {.force = true}),
              FailsWith(ErrorCode::kInvalidArgument, "the model itself"));
  EXPECT_THAT(Restore(pruned_, undo_, folder_.path(), {.force = true}),
              FailsWith(ErrorCode::kInvalidArgument, "would be lost"));
  EXPECT_THAT(Restore(pruned_, undo_, pruned_ + "/back", {}),
              FailsWith(ErrorCode::kInvalidArgument, "the model's own folder"));
  const std::string moved = folder_.File("patches/undo.safetensors");
  fs::create_directory(folder_.File("patches"));
  fs::rename(undo_, moved);
  EXPECT_THAT(Restore(pruned_, moved, folder_.File("patches"), {.force = true}),
              FailsWith(ErrorCode::kInvalidArgument, "would be lost"));
  fs::create_directory(back_);
  EXPECT_THAT(Restore(pruned_, moved, back_), FailsWith(ErrorCode::kExists, "back"));
  EXPECT_THAT(Restore(pruned_, moved, back_, {.force = true}), IsOk());
}

TEST_F(Undo, PruneKeepsThePatchApart) {
  const Result<Opened> input = OpenModel(pruned_);
  ASSERT_THAT(input, IsOk());
  const auto prune_to = [&](const std::string& undo) {
    return Prune(*input, {{0, 0}}, folder_.File("again"), {.undo_path = undo});
  };
  EXPECT_THAT(prune_to(folder_.File("again/undo.safetensors")),
              FailsWith(ErrorCode::kInvalidArgument, "put it beside"));
  EXPECT_THAT(prune_to(pruned_ + "/undo.safetensors"),
              FailsWith(ErrorCode::kInvalidArgument, "the model's own folder"));
  EXPECT_THAT(prune_to(undo_), FailsWith(ErrorCode::kExists, "undo.safetensors"));
  EXPECT_FALSE(fs::exists(folder_.File("again")));
}

}  // namespace
}  // namespace fairprune
