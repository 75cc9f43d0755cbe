// What several tests of this room need.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result_matchers.h"
#include "model/model.h"

namespace fairprune {

inline const std::string kModels = std::string(FAIRPRUNE_TESTDATA) + "/models/";

// A folder that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "fairprune-model-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline Checkpoint OpenOrDie(const std::string& path) {
  Result<Checkpoint> checkpoint = Checkpoint::Open(path);
  EXPECT_THAT(checkpoint, IsOk());
  if (!checkpoint) std::abort();
  return *std::move(checkpoint);
}

inline std::vector<float> Load(const Model& model, const WeightRef& ref) {
  const Result<Tensor> tensor = LoadWeight(model, ref);
  EXPECT_THAT(tensor, IsOk());
  if (!tensor) return {};
  return {tensor->span().begin(), tensor->span().end()};
}

inline void ExpectSameWeights(const std::string& a_path, const std::string& b_path) {
  const Checkpoint a_checkpoint = OpenOrDie(a_path), b_checkpoint = OpenOrDie(b_path);
  const Result<Model> a = DescribeModel(a_checkpoint), b = DescribeModel(b_checkpoint);
  ASSERT_THAT(a, IsOk());
  ASSERT_THAT(b, IsOk());
  ASSERT_EQ(a->weights.size(), b->weights.size());
  EXPECT_EQ(a->num_parameters, b->num_parameters);
  for (const WeightRef& ref : a->weights) {
    const WeightRef* other = b->Find(ref.role, ref.layer);
    ASSERT_NE(other, nullptr) << NameOf(ref.role);
    EXPECT_EQ(Load(*a, ref), Load(*b, *other)) << ref.entry->name;
  }
}

}  // namespace fairprune
