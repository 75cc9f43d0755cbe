#include "surgery/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "io/atomic_output.h"
#include "io/json.h"
#include "io/temp_folder.h"
#include "surgery/prune.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Verdict = Check::Verdict;

const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

// The one check of that name; a failed one without a name if there is none.
Check Find(const Result<std::vector<Check>>& checks, const std::string& name) {
  EXPECT_THAT(checks, IsOk());
  if (!checks) return {.verdict = Verdict::kFails};
  const auto found = std::ranges::find(*checks, name, &Check::name);
  EXPECT_NE(found, checks->end()) << name;
  return found == checks->end() ? Check{.verdict = Verdict::kFails} : *found;
}

// A model with two neurons removed and two zeroed in "out", and its patch.
class VerifyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto checkpoint = Checkpoint::Open(kModels + "llama");
    ASSERT_THAT(checkpoint, IsOk());
    const auto model = DescribeModel(*checkpoint);
    ASSERT_THAT(model, IsOk());
    const auto hash = checkpoint->ContentHash();
    ASSERT_THAT(hash, IsOk());
    plan_ = {.model_hash = *hash, .num_layers = 2, .num_neurons_per_layer = 64, .method = "m"};
    plan_.neurons = {{0, 5}, {1, 2}, {0, 1}, {0, 40}};
    ASSERT_THAT(PruneCheckpoint(*checkpoint, *model, nullptr, plan_, out_,
                                {.mode = PruneMode::kRemove, .undo_path = undo_}),
                IsOk());
  }
  // Puts `value` in place of element `element` of a tensor of the written model.
  void Overwrite(const std::string& tensor, size_t element, float value) {
    const std::string path = out_ + "/model.safetensors";
    std::string bytes = Slurp(path);
    const auto file = SafetensorsFile::Open(path);
    ASSERT_THAT(file, IsOk());
    const TensorEntry* entry = (*file)->Find(tensor);
    ASSERT_NE(entry, nullptr);
    ASSERT_EQ(entry->dtype, DType::kF32);
    const auto offset = static_cast<size_t>(
        entry->bytes.data() - std::min_element((*file)->entries().begin(), (*file)->entries().end(),
                                               [](const TensorEntry& a, const TensorEntry& b) {
                                                 return a.bytes.data() < b.bytes.data();
                                               })
                                  ->bytes.data());
    uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof(header));
    std::memcpy(bytes.data() + 8 + header + offset + element * sizeof(float), &value,
                sizeof(value));
    folder_.Write("run/model/model.safetensors", bytes);
  }
  void WriteRun() {
    folder_.Write("run/plan.json", PlanToJson(plan_));
    const Json manifest = {{"schema_version", 1}, {"model", {{"content_hash", plan_.model_hash}}}};
    folder_.Write("run/manifest.json", DumpJson(manifest));
    folder_.Write("run/analysis.json", DumpJson(manifest));
  }
  TempFolder folder_;
  Plan plan_;
  std::string out_ = folder_.File("run/model"), undo_ = folder_.File("run/undo.safetensors");
};

TEST_F(VerifyTest, WhatWasWrittenHolds) {
  const auto checks = VerifyFolder(out_);
  ASSERT_THAT(checks, IsOk());
  EXPECT_EQ(checks->size(), 6U);
  for (const Check& check : *checks) EXPECT_EQ(check.verdict, Verdict::kHolds) << check.detail;
  EXPECT_THAT(Find(checks, "pruning").detail, HasSubstr("63 neurons per layer; 2 zeroed"));
}

TEST_F(VerifyTest, OtherModelsAreChecked) {
  for (const char* name : {"phi3", "sharded", "gguf/llama-q8_0.gguf"}) {
    const auto checks = VerifyFolder(kModels + name);
    EXPECT_EQ(Find(checks, "hashes").verdict, Verdict::kSkipped);
    for (const char* check : {"files", "shapes", "finite", "tokenizer"})
      EXPECT_EQ(Find(checks, check).verdict, Verdict::kHolds) << Find(checks, check).detail;
  }
}

TEST_F(VerifyTest, ANaNIsFound) {
  Overwrite("model.norm.weight", 7, std::nanf(""));
  const auto checks = VerifyFolder(out_);
  EXPECT_EQ(Find(checks, "finite").verdict, Verdict::kFails);
  EXPECT_EQ(Find(checks, "finite").detail, "tensor model.norm.weight: element 7 is nan");
  EXPECT_EQ(Find(checks, "hashes").verdict, Verdict::kFails);
}

TEST_F(VerifyTest, AZeroedNeuronWithAWeightIsFound) {
  Overwrite("model.layers.0.mlp.gate_proj.weight", 1 * 32 + 3, 0.5f);
  const Check check = Find(VerifyFolder(out_), "pruning");
  EXPECT_EQ(check.verdict, Verdict::kFails);
  EXPECT_THAT(check.detail, HasSubstr("neuron 1 was zeroed"));
}

TEST_F(VerifyTest, AChangedFileIsFound) {
  folder_.Write("run/model/tokenizer_config.json", "{}");
  const Check check = Find(VerifyFolder(out_), "hashes");
  EXPECT_EQ(check.verdict, Verdict::kFails);
  EXPECT_THAT(check.detail, HasSubstr("tokenizer_config.json: SHA-256 is"));
}

TEST_F(VerifyTest, AMissingFileIsFound) {
  fs::remove(out_ + "/tokenizer_config.json");
  EXPECT_EQ(Find(VerifyFolder(out_), "hashes").verdict, Verdict::kFails);
}

TEST_F(VerifyTest, ACutFileIsFound) {
  const std::string bytes = Slurp(out_ + "/model.safetensors");
  folder_.Write("run/model/model.safetensors", bytes.substr(0, bytes.size() / 2));
  EXPECT_EQ(Find(VerifyFolder(out_), "files").verdict, Verdict::kFails);
}

TEST_F(VerifyTest, ShapesThatAreNotTheConfigsAreFound) {
  auto config = ReadJsonFile(out_ + "/config.json");
  ASSERT_THAT(config, IsOk());
  (*config)["intermediate_size"] = 64;
  folder_.Write("run/model/config.json", DumpJson(*config));
  const Check check = Find(VerifyFolder(out_), "shapes");
  EXPECT_EQ(check.verdict, Verdict::kFails);
  EXPECT_THAT(check.detail, AllOf(HasSubstr("64"), HasSubstr("63")));
}

TEST_F(VerifyTest, ARunHangsTogether) {
  WriteRun();
  const auto checks = VerifyFolder(folder_.File("run"));
  ASSERT_THAT(checks, IsOk());
  EXPECT_EQ(checks->size(), 10U);
  for (const Check& check : *checks) EXPECT_EQ(check.verdict, Verdict::kHolds) << check.detail;
}

TEST_F(VerifyTest, PartsOfAnotherRunAreFound) {
  WriteRun();
  Plan other = plan_;
  other.model_hash = std::string(64, '0');
  folder_.Write("run/plan.json", PlanToJson(other));
  EXPECT_EQ(Find(VerifyFolder(folder_.File("run")), "plan").verdict, Verdict::kFails);
  WriteRun();
  folder_.Write("run/analysis.json", "{}");
  EXPECT_EQ(Find(VerifyFolder(folder_.File("run")), "analysis").verdict, Verdict::kFails);
  Overwrite("model.norm.weight", 7, 2.0f);
  const Check undo = Find(VerifyFolder(folder_.File("run")), "undo");
  EXPECT_EQ(undo.verdict, Verdict::kFails);
  EXPECT_THAT(undo.detail, HasSubstr("leads from"));
  folder_.Write("run/manifest.json", "{");
  EXPECT_EQ(Find(VerifyFolder(folder_.File("run")), "manifest").verdict, Verdict::kFails);
}

TEST_F(VerifyTest, NothingThereIsAnError) {
  EXPECT_THAT(VerifyFolder(folder_.File("gone")), FailsWith(ErrorCode::kNotFound, "gone"));
}

}  // namespace
}  // namespace fairprune
