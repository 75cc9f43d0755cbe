// Against lm-evaluation-harness 0.4.13's own documents, requests, log-likelihoods and numbers, in
// ../shared/reference/smollm2/lm_eval: the tests say so and are skipped where that is not there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "evaluation/catalog.h"
#include "evaluation/evaluate.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

const std::string kReference = std::string(FAIRPRUNE_SHARED) + "/reference/smollm2/lm_eval/";
const std::string kData = std::string(FAIRPRUNE_SHARED) + "/data/";
constexpr double kTolerance = 1e-6;
constexpr int64_t kBootstrapIterations = 1000;  // as the reference was made

const std::vector<std::string> kTasks = {"crows_pairs_english",
                                         "bbq",
                                         "esbbq_gender",
                                         "esbbq_nationality",
                                         "cabbq_race_ethnicity",
                                         "lambada_openai",
                                         "arc_easy",
                                         "arc_challenge",
                                         "piqa",
                                         "winogrande",
                                         "openbookqa",
                                         "sciq",
                                         "boolq",
                                         "copa",
                                         "truthfulqa_mc1",
                                         "truthfulqa_mc2",
                                         "wikitext",
                                         "mmlu_anatomy",
                                         "mmlu_global_facts"};

std::vector<Json> ReadLines(const std::string& path) {
  std::vector<Json> lines;
  const std::string text = Slurp(path);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(Json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

// The reference's samples have NaN, which is no JSON.
std::vector<Json> ReadSamples(const std::string& task) {
  std::vector<Json> lines;
  std::string text = Slurp(kReference + task + ".samples.jsonl");
  const TempFolder folder;
  for (size_t at = text.find(", NaN"); at != std::string::npos; at = text.find(", NaN", at)) {
    text.replace(at, 5, ", null");
  }
  return ReadLines(folder.Write("samples.jsonl", text));
}

class EvaluationReference : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kReference + "results.json")) {
      GTEST_SKIP() << kReference << " is not there";
    }
    auto catalog = TaskCatalog::Bundled();
    ASSERT_THAT(catalog, IsOk());
    catalog_ = std::make_unique<TaskCatalog>(*std::move(catalog));
    const Json results = Json::parse(Slurp(kReference + "results.json"));
    expected_ = results.at("tasks").at(GetParam());
    samples_ = ReadSamples(GetParam());
    const auto selection = catalog_->Select({GetParam()});
    ASSERT_THAT(selection, IsOk());
    ASSERT_EQ(selection->tasks.size(), 1U);
    Prepare(*selection->tasks[0]);
  }

  void Prepare(const TaskDefinition& task) {
    folder_.Write(task.sources[0].files[0], Slurp(kReference + task.name + ".docs.jsonl"));
    PrepareOptions options;
    options.data_dir = folder_.path();
    options.num_fewshot = expected_.at("num_fewshot").get<int64_t>();
    if (options.num_fewshot > 0) {
      const std::string subject = task.name.substr(std::string("mmlu_").size());
      folder_.Write(task.few_shot->sources[0].files[0],
                    Slurp(kData + "capability/mmlu/dev/" + subject + ".jsonl"));
    }
    auto prepared = PrepareTask(task, options);
    ASSERT_THAT(prepared, IsOk());
    prepared_ = *std::move(prepared);
    ASSERT_EQ(prepared_.items.size(), samples_.size());
  }

  std::vector<TextScore> ReferenceScores() const {
    std::vector<TextScore> scores;
    for (const Json& sample : samples_) {
      for (const Json& request : sample.at("requests")) {
        scores.push_back({request.at("ll").get<double>(), request.value("greedy", false), 1});
      }
    }
    return scores;
  }

  TempFolder folder_;
  std::unique_ptr<TaskCatalog> catalog_;
  Json expected_;
  std::vector<Json> samples_;
  PreparedTask prepared_;
};

TEST_P(EvaluationReference, RequestsAreTheHarnesssStringForString) {
  for (size_t i = 0; i < samples_.size(); ++i) {
    const Json& requests = samples_[i].at("requests");
    const auto& own = prepared_.items[i].requests;
    ASSERT_EQ(own.size(), requests.size()) << "document " << i;
    for (size_t r = 0; r < own.size(); ++r) {
      if (own[r].rolling) {
        ASSERT_EQ(own[r].text, requests[r].at("text")) << "document " << i;
        continue;
      }
      ASSERT_EQ(own[r].context, requests[r].at("context")) << "document " << i;
      ASSERT_EQ(own[r].continuation, requests[r].at("continuation")) << "document " << i;
    }
  }
}

// A reference value's parts: numbers, truth values (written as strings), null.
std::vector<double> PartsOf(const Json& value) {
  std::vector<double> parts;
  const Json list = value.is_array() ? value : Json::array({value});
  for (const Json& part : list) {
    if (part.is_string()) {
      parts.push_back(part == "True" ? 1 : 0);
    } else {
      parts.push_back(part.is_null() ? std::nan("") : part.get<double>());
    }
  }
  return parts;
}

TEST_P(EvaluationReference, EveryItemsMetricsAreEqual) {
  const auto scored = AggregateTask(prepared_, ReferenceScores(), kBootstrapIterations);
  ASSERT_THAT(scored, IsOk());
  for (size_t i = 0; i < samples_.size(); ++i) {
    const Json& metrics = samples_[i].at("metrics");
    ASSERT_EQ(metrics.size(), scored->metric_names.size());
    for (size_t m = 0; m < scored->metric_names.size(); ++m) {
      const std::string& name = scored->metric_names[m];
      const std::vector<double> parts = PartsOf(metrics.at(name));
      const MetricValue& own = scored->values[i][m];
      // The harness lists items of other categories with NaN; here they do not contribute.
      if (own.empty()) {
        ASSERT_TRUE(std::isnan(parts.back())) << name << " of document " << i;
        continue;
      }
      ASSERT_EQ(own.size(), parts.size()) << name;
      for (size_t p = 0; p < own.size(); ++p) {
        ASSERT_NEAR(own[p], parts[p], kTolerance) << name << " of document " << i;
      }
    }
  }
}

TEST_P(EvaluationReference, AggregatesAndStandardErrorsAreEqual) {
  const auto scored = AggregateTask(prepared_, ReferenceScores(), kBootstrapIterations);
  ASSERT_THAT(scored, IsOk());
  const Json& expected = expected_.at("metrics");
  EXPECT_EQ(scored->result.num_items, expected.at("sample_len"));
  EXPECT_EQ(scored->result.version, expected_.at("version"));
  EXPECT_EQ(expected.size(), 1 + 2 * scored->result.metrics.size());
  for (const MetricResult& metric : scored->result.metrics) {
    EXPECT_NEAR(metric.value, expected.at(metric.name + ",none").get<double>(), kTolerance)
        << metric.name;
    const Json& error = expected.at(metric.name + "_stderr,none");
    ASSERT_EQ(metric.standard_error.has_value(), error.is_number()) << metric.name;
    if (error.is_number()) {
      EXPECT_NEAR(*metric.standard_error, error.get<double>(), kTolerance) << metric.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EvaluationReference, testing::ValuesIn(kTasks),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace fairprune
