// Against what lm-evaluation-harness 0.4.13 makes of the same documents: its requests, its numbers
// per item, its results and standard errors, from the log-likelihoods that are recorded with them.
//   testdata/evaluation                          documents of our own, made by
//                                                tools/make_evaluation_fixtures.py
//   ../shared/reference/smollm2/lm_eval          public data and a real model; skipped, saying so,
//                                                where that is not there
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

const std::string kOwn = std::string(FAIRPRUNE_TESTDATA) + "/evaluation/";
const std::string kReference = std::string(FAIRPRUNE_SHARED) + "/reference/smollm2/lm_eval/";
const std::string kDevData = std::string(FAIRPRUNE_SHARED) + "/data/capability/mmlu/dev/";
constexpr double kTolerance = 1e-6;

const std::vector<std::string> kReferenceTasks = {"crows_pairs_english",
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

// The lines of a JSON lines file; the NaN that Python writes is read as null.
std::vector<Json> ReadLines(const std::string& path) {
  std::string text = Slurp(path);
  for (size_t at = text.find(", NaN"); at != std::string::npos; at = text.find(", NaN", at)) {
    text.replace(at, 5, ", null");
  }
  std::vector<Json> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(Json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

// What the harness recorded of one task, and our items of the same documents.
struct Recorded {
  Json entry;  // of results.json
  std::vector<Json> samples;
  int64_t bootstrap_iterations = 1000;
  PreparedTask prepared;

  std::vector<TextScore> Scores() const {
    std::vector<TextScore> scores;
    for (const Json& sample : samples) {
      for (const Json& request : sample.at("requests")) {
        scores.push_back({request.at("ll").get<double>(), request.value("greedy", false), 1});
      }
    }
    return scores;
  }
};

// `examples`: the file of few-shot examples; read only where the case has some.
Result<Recorded> LoadCase(const std::string& root, const std::string& name,
                          const std::string& examples) {
  Recorded recorded;
  const Json results = Json::parse(Slurp(root + "results.json"));
  recorded.entry = results.at("tasks").at(name);
  recorded.bootstrap_iterations = results.value("bootstrap_iters", 1000);
  recorded.samples = ReadLines(root + name + ".samples.jsonl");
  FP_ASSIGN_OR_RETURN(const TaskCatalog catalog, TaskCatalog::Bundled());
  FP_ASSIGN_OR_RETURN(const TaskSelection selection,
                      catalog.Select({recorded.entry.value("task", name)}));
  const TaskDefinition& task = *selection.tasks.at(0);
  const TempFolder folder;
  folder.Write(task.sources[0].files[0], Slurp(root + name + ".docs.jsonl"));
  PrepareOptions options;
  options.data_dir = folder.path();
  options.num_fewshot = recorded.entry.at("num_fewshot").get<int64_t>();
  if (options.num_fewshot > 0) {
    folder.Write(task.few_shot->sources[0].files[0], Slurp(examples));
  }
  FP_ASSIGN_OR_RETURN(recorded.prepared, PrepareTask(task, options));
  return recorded;
}

void ExpectSameRequests(const Recorded& recorded) {
  ASSERT_EQ(recorded.prepared.items.size(), recorded.samples.size());
  for (size_t i = 0; i < recorded.samples.size(); ++i) {
    const Json& requests = recorded.samples[i].at("requests");
    const EvalItem& item = recorded.prepared.items[i];
    ASSERT_EQ(item.num_requests(), requests.size()) << "document " << i;
    for (size_t r = 0; r < requests.size(); ++r) {
      const TextRequest own = item.Request(r);
      if (own.rolling) {
        ASSERT_EQ(own.text, requests[r].at("text").get<std::string>()) << "document " << i;
        continue;
      }
      ASSERT_EQ(own.context, requests[r].at("context").get<std::string>()) << "document " << i;
      ASSERT_EQ(own.continuation, requests[r].at("continuation").get<std::string>())
          << "document " << i;
    }
  }
}

// A recorded value's parts: numbers, truth values (numbers, or words), null.
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

void ExpectSameItems(const Recorded& recorded, const ScoredTask& scored) {
  for (size_t i = 0; i < recorded.samples.size(); ++i) {
    const Json& metrics = recorded.samples[i].at("metrics");
    ASSERT_EQ(metrics.size(), scored.metric_names.size());
    for (size_t m = 0; m < scored.metric_names.size(); ++m) {
      const std::string& name = scored.metric_names[m];
      const std::vector<double> parts = PartsOf(metrics.at(name));
      const MetricValue& own = scored.values[i][m];
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

void ExpectSameResults(const Recorded& recorded, const TaskResult& result) {
  const Json& expected = recorded.entry.at("metrics");
  EXPECT_EQ(result.num_items, expected.at("sample_len").get<int64_t>());
  EXPECT_EQ(result.version, recorded.entry.at("version").get<double>());
  EXPECT_EQ(expected.size(), 1 + 2 * result.metrics.size());
  for (const MetricResult& metric : result.metrics) {
    const Json& value = expected.at(metric.name + ",none");
    if (value.is_null()) {
      EXPECT_TRUE(std::isnan(metric.value)) << metric.name;
    } else {
      EXPECT_NEAR(metric.value, value.get<double>(), kTolerance) << metric.name;
    }
    const Json& error = expected.at(metric.name + "_stderr,none");
    ASSERT_EQ(metric.standard_error.has_value(), error.is_number()) << metric.name;
    if (error.is_number()) {
      EXPECT_NEAR(*metric.standard_error, error.get<double>(), kTolerance) << metric.name;
    }
  }
}

void ExpectSame(const Recorded& recorded) {
  ExpectSameRequests(recorded);
  const auto scored =
      AggregateTask(recorded.prepared, recorded.Scores(), recorded.bootstrap_iterations);
  ASSERT_THAT(scored, IsOk());
  ExpectSameItems(recorded, *scored);
  ExpectSameResults(recorded, scored->result);
}

class EvaluationReference : public testing::TestWithParam<std::string> {};

TEST_P(EvaluationReference, RequestsItemsAndResultsAreTheHarnesss) {
  if (!std::filesystem::exists(kReference + "results.json")) {
    GTEST_SKIP() << kReference << " is not there";
  }
  const std::string& task = GetParam();
  const std::string subject = task.starts_with("mmlu_") ? task.substr(5) : "";
  const auto recorded = LoadCase(kReference, task, kDevData + subject + ".jsonl");
  ASSERT_THAT(recorded, IsOk());
  ExpectSame(*recorded);
}

INSTANTIATE_TEST_SUITE_P(All, EvaluationReference, testing::ValuesIn(kReferenceTasks),
                         [](const auto& test) { return test.param; });

TEST(EvaluationFixtures, RequestsItemsAndResultsAreTheHarnesss) {
  const Json results = Json::parse(Slurp(kOwn + "results.json"));
  ASSERT_GE(results.at("tasks").size(), 45U);
  for (const auto& [name, entry] : results.at("tasks").items()) {
    SCOPED_TRACE(name);
    const auto recorded = LoadCase(kOwn, name, kOwn + name + ".fewshot.jsonl");
    ASSERT_THAT(recorded, IsOk());
    ExpectSame(*recorded);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace fairprune
