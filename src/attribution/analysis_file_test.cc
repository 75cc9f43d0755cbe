#include "attribution/analysis_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "io/json.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kLayers = 2, kNeurons = 64;  // of testdata/models/llama

// Values that differ everywhere; `seed` tells the tensors apart.
void FillScore(Tensor& score, int seed) {
  for (int64_t i = 0; i < score.size(); ++i) {
    score.data()[i] =
        std::fabs(std::sin(static_cast<float>(i + 1) * 0.37F + static_cast<float>(seed) * 1.7F));
  }
}

DifferenceScores MakeDifferences(int seed, int64_t num_pairs) {
  DifferenceScores scores(kLayers, kNeurons);
  scores.num_pairs = num_pairs;
  for (const Pooling pooling : kPoolings) {
    for (const TapSite site : kTapSites) {
      for (const Aggregation aggregation : kAggregations) {
        FillScore(scores.at(pooling, site, aggregation), ++seed);
      }
    }
  }
  return scores;
}

class AnalysisFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto checkpoint = Checkpoint::Open(FAIRPRUNE_TESTDATA "/models/llama");
    ASSERT_THAT(checkpoint, IsOk());
    const auto model = DescribeModel(*checkpoint);
    ASSERT_THAT(model, IsOk());
    ActivationAnalysis differences{MakeDifferences(0, 5), {}};
    differences.by_category.emplace("Age", MakeDifferences(100, 2));
    differences.by_category.emplace("Sex/Gender", MakeDifferences(200, 3));
    auto record = ScoreNeurons(*model, std::move(differences), ImportanceMethod::kMaw, 0.75);
    ASSERT_THAT(record, IsOk());
    record_ = *std::move(record);
    record_.model_path = "models/llama";
    record_.model_hash = "0123abcd";
    record_.pairs_path = "pairs.csv";
    record_.pairs_sha256 = "beef";
  }

  // Writes the record and puts `json` in the place of analysis.json.
  void WriteWithJson(const Json& json) const {
    ASSERT_THAT(WriteAnalysis(folder_.path(), record_), IsOk());
    folder_.Write("analysis.json", DumpJson(json));
  }
  Json WrittenJson() const {
    EXPECT_THAT(WriteAnalysis(folder_.path(), record_), IsOk());
    return *ReadJsonFile(folder_.File("analysis.json"));
  }

  TempFolder folder_;
  AnalysisRecord record_;
};

void ExpectStored(const StoredAnalysis& stored, const std::string& name, const Tensor& expected) {
  const auto score = stored.Score(name);
  ASSERT_THAT(score, IsOk()) << name;
  EXPECT_EQ(score->shape(), (Shape{kLayers, kNeurons})) << name;
  EXPECT_TRUE(std::ranges::equal(score->span(), expected.span())) << name;
}

void ExpectStored(const StoredAnalysis& stored, const std::string& prefix,
                  const DifferenceScores& expected, std::set<std::string>& names) {
  for (const Pooling pooling : kPoolings) {
    for (const TapSite site : kTapSites) {
      for (const Aggregation aggregation : kAggregations) {
        const std::string name =
            fmt::format("{}{}.{}.{}", prefix, NameOf(pooling), NameOf(site), NameOf(aggregation));
        ExpectStored(stored, name, expected.at(pooling, site, aggregation));
        names.insert(name);
      }
    }
  }
}

TEST_F(AnalysisFileTest, EveryScoreIsReadBackToTheBit) {
  ASSERT_THAT(WriteAnalysis(folder_.path(), record_), IsOk());
  EXPECT_EQ(folder_.NumEntries(), 2U) << "analysis.safetensors, analysis.json, and no more";
  const auto stored = StoredAnalysis::Open(folder_.path());
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->model_path(), "models/llama");
  EXPECT_EQ(stored->model_hash(), "0123abcd");
  EXPECT_EQ(stored->num_layers(), kLayers);
  EXPECT_EQ(stored->num_neurons_per_layer(), kNeurons);
  EXPECT_EQ(stored->bias_weight(), 0.75);
  EXPECT_EQ(stored->importance_method(), "MAW");

  std::set<std::string> names;
  ExpectStored(*stored, "", record_.differences.all, names);
  for (const auto& [category, scores] : record_.differences.by_category) {
    const std::string prefix = "category." + category + ".";
    ExpectStored(*stored, prefix, scores, names);
    ExpectStored(*stored, prefix + "fairness", record_.fairness_by_category.at(category));
    names.insert(prefix + "fairness");
  }
  EXPECT_EQ(record_.importance.size(), 4U);
  for (const auto& [method, score] : record_.importance) {
    const std::string name = fmt::format("importance.{}", NameOf(method));
    ExpectStored(*stored, name, score);
    names.insert(name);
  }
  ExpectStored(*stored, "fairness", record_.fairness);
  names.insert("fairness");
  EXPECT_EQ(stored->ScoreNames(), std::vector<std::string>(names.begin(), names.end()));
  EXPECT_EQ(names.size(), 3 * 18U + 2 + 4 + 1);
  EXPECT_THAT(names, Contains("category.Sex/Gender.aligned.down_proj_input.max"));
}

TEST_F(AnalysisFileTest, FairnessIsTheMixOfThePublishedScores) {
  const auto expected = [&](const DifferenceScores& scores) {
    return *FairnessScores(scores.at(Pooling::kMean, TapSite::kGate, Aggregation::kMean),
                           scores.at(Pooling::kMean, TapSite::kUp, Aggregation::kMean),
                           record_.importance.at(ImportanceMethod::kMaw), 0.75);
  };
  EXPECT_TRUE(
      std::ranges::equal(record_.fairness.span(), expected(record_.differences.all).span()));
  for (const auto& [category, scores] : record_.differences.by_category) {
    EXPECT_TRUE(std::ranges::equal(record_.fairness_by_category.at(category).span(),
                                   expected(scores).span()));
  }
}

TEST_F(AnalysisFileTest, JsonSaysWhatWasAnalyzed) {
  const Json json = WrittenJson();
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["model"]["content_hash"], "0123abcd");
  EXPECT_EQ(json["pairs"]["count"], 5);
  EXPECT_EQ(json["pairs"]["sha256"], "beef");
  ASSERT_EQ(json["pairs"]["categories"].size(), 2U);
  EXPECT_EQ(json["pairs"]["categories"][1]["name"], "Sex/Gender");
  EXPECT_EQ(json["pairs"]["categories"][1]["pairs"], 3);
  EXPECT_EQ(json["importance"], "MAW");
  ASSERT_EQ(json["layers"].size(), 2U);
  EXPECT_EQ(json["layers"][1]["layer"], 1);
  const Json& top = json["top_neurons_by_fairness"];
  ASSERT_EQ(top.size(), 20U);
  const auto highest = std::ranges::max_element(record_.fairness.span());
  EXPECT_EQ(top[0]["score"].get<float>(), *highest);
  EXPECT_EQ(top[0]["layer"].get<int64_t>() * kNeurons + top[0]["neuron"].get<int64_t>(),
            highest - record_.fairness.span().begin());
  for (size_t i = 1; i < top.size(); ++i) EXPECT_LE(top[i]["score"], top[i - 1]["score"]);
}

TEST_F(AnalysisFileTest, UnknownScoreNamesThoseThereAre) {
  ASSERT_THAT(WriteAnalysis(folder_.path(), record_), IsOk());
  const auto stored = StoredAnalysis::Open(folder_.path());
  ASSERT_THAT(stored, IsOk());
  EXPECT_THAT(stored->Score("unfairness"),
              FailsWith(ErrorCode::kInvalidArgument, "no score 'unfairness'; there are: "));
  EXPECT_THAT(stored->Score("unfairness").error().message, HasSubstr("importance.VOW"));
  EXPECT_THAT(stored->Score("fairness.0"), FailsWith(ErrorCode::kInvalidArgument, "fairness.0"));
  EXPECT_THAT(stored->Score(""), FailsWith(ErrorCode::kInvalidArgument, ""));
}

TEST_F(AnalysisFileTest, FilesOfDifferentModelsAreRefused) {
  Json json = WrittenJson();
  json["model"]["content_hash"] = "another";
  WriteWithJson(json);
  EXPECT_THAT(StoredAnalysis::Open(folder_.path()),
              FailsWith(ErrorCode::kMismatch, "are of different models"));
}

TEST_F(AnalysisFileTest, AbsentAndMalformedFilesAreRefused) {
  EXPECT_THAT(StoredAnalysis::Open(folder_.path()),
              FailsWith(ErrorCode::kNotFound, "analysis.json"));
  const Json good = WrittenJson();
  folder_.Write("analysis.json", "{\"schema_version\": 1,");
  EXPECT_THAT(StoredAnalysis::Open(folder_.path()),
              FailsWith(ErrorCode::kBadFormat, "analysis.json"));
  folder_.Write("analysis.json", "[1]");
  EXPECT_THAT(StoredAnalysis::Open(folder_.path()),
              FailsWith(ErrorCode::kBadFormat, "analysis.json"));
  for (const char* key : {"schema_version", "num_layers", "intermediate_size", "bias_weight",
                          "importance", "model"}) {
    Json without = good;
    without.erase(key);
    WriteWithJson(without);
    const auto opened = StoredAnalysis::Open(folder_.path());
    ASSERT_THAT(opened, Not(IsOk())) << key;
    EXPECT_THAT(opened.error().message, HasSubstr(key));
    EXPECT_THAT(opened.error().message, HasSubstr("analysis.json"));
    Json ill_typed = good;
    ill_typed[key] = Json::array();
    WriteWithJson(ill_typed);
    EXPECT_THAT(StoredAnalysis::Open(folder_.path()), FailsWith(ErrorCode::kBadFormat, key));
  }
  for (const char* key : {"path", "content_hash"}) {
    Json without = good;
    without["model"].erase(key);
    WriteWithJson(without);
    const auto opened = StoredAnalysis::Open(folder_.path());
    ASSERT_THAT(opened, Not(IsOk())) << key;
    EXPECT_THAT(opened.error().message, HasSubstr(key));
  }
  Json newer = good;
  newer["schema_version"] = 2;
  WriteWithJson(newer);
  EXPECT_THAT(StoredAnalysis::Open(folder_.path()),
              FailsWith(ErrorCode::kUnsupported, "schema_version is 2"));
}

TEST_F(AnalysisFileTest, TensorsThatDoNotFitTheJsonAreRefused) {
  const Json good = WrittenJson();
  const auto score_with = [&](const char* key, int64_t value) {
    Json json = good;
    json[key] = value;
    WriteWithJson(json);
    const auto stored = StoredAnalysis::Open(folder_.path());
    EXPECT_THAT(stored, IsOk());
    return stored->Score("fairness");
  };
  EXPECT_THAT(score_with("num_layers", 3), FailsWith(ErrorCode::kBadFormat, "fairness.2"));
  EXPECT_THAT(score_with("num_layers", 0), FailsWith(ErrorCode::kBadFormat, "num_layers"));
  EXPECT_THAT(score_with("intermediate_size", 65), FailsWith(ErrorCode::kBadFormat, "[65]"));
  EXPECT_THAT(score_with("intermediate_size", -1), FailsWith(ErrorCode::kBadFormat, "positive"));

  folder_.Write("analysis.safetensors", "not tensors");
  EXPECT_THAT(StoredAnalysis::Open(folder_.path()),
              FailsWith(ErrorCode::kBadFormat, "analysis.safetensors"));
  std::filesystem::remove(folder_.File("analysis.safetensors"));
  EXPECT_THAT(StoredAnalysis::Open(folder_.path()),
              FailsWith(ErrorCode::kNotFound, "analysis.safetensors"));
}

std::vector<float> ValuesOf(const Json& layer) {
  EXPECT_THAT(layer["shape"], ElementsAre(kNeurons));
  std::vector<float> values;
  for (const Json& value : layer["values"]) values.push_back(value.get<float>());
  return values;
}

void ExpectRow(const std::vector<float>& values, const Tensor& score, int64_t layer) {
  EXPECT_TRUE(std::ranges::equal(values, score.matrix().row_span(layer))) << "layer " << layer;
}

TEST_F(AnalysisFileTest, OptiPFairFilesHoldTheSameScores) {
  ASSERT_THAT(WriteOptiPFairFiles(folder_.path(), record_), IsOk());
  EXPECT_EQ(folder_.NumEntries(), 6U) << "two files for Age, Sex/Gender and all";
  const auto check = [&](const std::string& stem, const DifferenceScores& differences,
                         const Tensor& fairness) {
    const auto bias = ReadJsonFile(folder_.File(stem + "_bias_scores.json"));
    ASSERT_THAT(bias, IsOk());
    std::vector<std::string> keys, expected_keys;
    for (const auto& item : bias->items()) keys.push_back(item.key());
    for (int64_t layer = 0; layer < kLayers; ++layer) {
      for (const TapSite site : kTapSites) {
        expected_keys.push_back(fmt::format("{}_layer_{}", NameOf(site), layer));
        ExpectRow(ValuesOf(bias->at(expected_keys.back())),
                  differences.at(Pooling::kMean, site, Aggregation::kMean), layer);
      }
    }
    EXPECT_EQ(keys, expected_keys) << "in this order";
    const auto scores = ReadJsonFile(folder_.File(stem + "_fairness_scores.json"));
    ASSERT_THAT(scores, IsOk());
    ASSERT_EQ(scores->size(), 2U);
    EXPECT_EQ(scores->begin().key(), "0");
    for (int64_t layer = 0; layer < kLayers; ++layer) {
      ExpectRow(ValuesOf(scores->at(std::to_string(layer))), fairness, layer);
    }
  };
  check("all", record_.differences.all, record_.fairness);
  check("Age", record_.differences.by_category.at("Age"), record_.fairness_by_category.at("Age"));
  check("Sex_Gender", record_.differences.by_category.at("Sex/Gender"),
        record_.fairness_by_category.at("Sex/Gender"));
}

TEST_F(AnalysisFileTest, CategoriesWithOneFileNameAreRefused) {
  for (const char* name : {"all", "Sex_Gender"}) {
    AnalysisRecord record = std::move(record_);
    record.differences.by_category.emplace(name, MakeDifferences(300, 1));
    FillScore(record.fairness_by_category[name] = Tensor({kLayers, kNeurons}), 9);
    EXPECT_THAT(WriteOptiPFairFiles(folder_.path(), record),
                FailsWith(ErrorCode::kInvalidArgument, "is another category's already"))
        << name;
    EXPECT_EQ(folder_.NumEntries(), 0U);
    record.differences.by_category.erase(name);
    record_ = std::move(record);
  }
}

TEST_F(AnalysisFileTest, FoldersThatCannotBeWrittenToAreErrors) {
  const std::string below_a_file = folder_.Write("file", "") + "/analysis";
  EXPECT_THAT(WriteAnalysis(below_a_file, record_), FailsWith(ErrorCode::kIo, "file"));
  EXPECT_THAT(WriteOptiPFairFiles(below_a_file, record_), FailsWith(ErrorCode::kIo, "file"));
  EXPECT_EQ(folder_.NumEntries(), 1U);
}

}  // namespace
}  // namespace fairprune
