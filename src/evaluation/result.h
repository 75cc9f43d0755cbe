// From what items contribute to a task's numbers, with standard errors, and from tasks to groups:
// as lm-evaluation-harness 0.4.13 does it (api/metrics.py, api/group.py).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluation/item.h"
#include "evaluation/scorer.h"

namespace fairprune {

struct MetricResult {
  std::string name;
  double value = 0;  // NaN where undefined
  bool higher_is_better = false;
  std::optional<double> standard_error;  // nullopt: lm-eval's "N/A"
  std::string figure;                    // of FindFigure; empty for groups
};

// One task, measured.
struct TaskResult {
  std::string name;
  double version = 0;
  int64_t num_fewshot = 0;
  int64_t num_documents = 0;  // of the data; `num_items` of them were measured
  int64_t num_items = 0;
  std::vector<MetricResult> metrics;
  std::vector<DataFile> files;
  std::string hash;  // PreparedTask::hash
};

struct GroupResult {
  std::string name, version;
  std::vector<std::string> members;
  int64_t num_items = 0;
  std::vector<MetricResult> metrics;
};

struct ScoredTask {
  TaskResult result;
  std::vector<std::string> metric_names;
  std::vector<std::vector<MetricValue>> values;  // [items][metrics]
};

// `scores`: of the items' requests, one after the other. `bootstrap_iterations`: of the standard
// error of perplexities (lm-eval's default: 100000); 0: none of any metric, as there.
// Errors: those of Scorer::Score.
Result<ScoredTask> AggregateTask(const PreparedTask& task, std::span<const TextScore> scores,
                                 int64_t bootstrap_iterations);

// Sample standard deviation / sqrt(n); n >= 2.
double MeanStandardError(const MetricValues& values);
// The standard deviation of exp(-mean) over resamples, drawn by Python's random.Random(i) for each
// thousand. At least 1 and at most 1000 resamples are one chunk; a rest is left out.
double BootstrapPerplexityError(const MetricValues& values, int64_t iterations);

// Averages by numbers of items over the group's tasks; standard errors are pooled.
GroupResult AggregateGroup(const TaskGroup& group, const std::vector<const TaskResult*>& tasks);

}  // namespace fairprune
