// What `fairprune eval` wrote, read back: every item's contributions, and how they become numbers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/figure.h"

namespace fairprune {

struct EvaluatedMetric {
  std::string name;
  const Figure* figure = nullptr;
  bool higher_is_better = false;
  std::vector<MetricValue> values;  // [items]; empty: the item does not contribute
};

struct EvaluatedTask {
  std::string name;
  double version = 0;
  int64_t num_fewshot = 0;
  int64_t num_documents = 0;  // of the data, of which `docs` were measured
  std::vector<std::string> data_sha256;
  std::string hash;                   // of all requests
  std::vector<int64_t> docs;          // [items]
  std::vector<std::string> clusters;  // [items]; empty: stands alone
  std::vector<EvaluatedMetric> metrics;
};

// Tasks that are averaged by their numbers of items.
struct EvaluatedGroup {
  std::string name;
  std::vector<std::string> tasks;  // groups within are resolved
  std::vector<std::string> metrics;
};

struct EvaluationFolder {
  std::string path;  // as given
  std::string model, model_sha256, compute, program;
  int64_t limit = 0;  // 0: none
  int64_t seed = 0;   // of few-shot examples
  std::vector<EvaluatedTask> tasks;
  std::vector<EvaluatedGroup> groups;

  const EvaluatedTask* FindTask(const std::string& name) const;
  const EvaluatedGroup* FindGroup(const std::string& name) const;
};

// Reads PATH/results.json and PATH/samples_TASK.jsonl. Errors name file and line: kNotFound,
// kBadFormat, kMismatch (items that do not give the results that results.json has).
Result<EvaluationFolder> ReadEvaluationFolder(const std::string& path);

}  // namespace fairprune
