#include "evaluation/result.h"

#include <algorithm>
#include <cmath>

#include "compute/parallel.h"
#include "evaluation/python_text.h"

namespace fairprune {
namespace {

constexpr int64_t kMaxChunk = 1000;

double SampleDeviation(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::vector<double> FirstParts(const MetricValues& values) {
  std::vector<double> parts;
  parts.reserve(values.size());
  for (const MetricValue& value : values) parts.push_back(value[0]);
  return parts;
}

std::optional<double> StandardErrorOf(const Metric& metric, const MetricValues& values,
                                      int64_t bootstrap_iterations) {
  if (values.size() < 2 || bootstrap_iterations <= 0) return std::nullopt;
  switch (metric.standard_error) {
    case StandardError::kMean:
      return MeanStandardError(values);
    case StandardError::kBootstrapPerplexity:
      return BootstrapPerplexityError(values, bootstrap_iterations);
    case StandardError::kNone:
      break;
  }
  return std::nullopt;
}

const MetricResult* FindMetric(const TaskResult& task, const std::string& name) {
  const auto found = std::find_if(task.metrics.begin(), task.metrics.end(),
                                  [&](const MetricResult& metric) { return metric.name == name; });
  return found == task.metrics.end() ? nullptr : &*found;
}

}  // namespace

double MeanStandardError(const MetricValues& values) {
  return SampleDeviation(FirstParts(values)) / std::sqrt(static_cast<double>(values.size()));
}

double BootstrapPerplexityError(const MetricValues& values, int64_t iterations) {
  const std::vector<double> nats = FirstParts(values);
  const int64_t chunk = std::min(kMaxChunk, iterations);
  const int64_t num_chunks = iterations / chunk;
  std::vector<double> resampled(static_cast<size_t>(chunk * num_chunks));
  compute::ParallelFor(num_chunks, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      python::Random random(static_cast<uint32_t>(i));
      for (int64_t k = 0; k < chunk; ++k) {
        double sum = 0;
        for (size_t n = 0; n < nats.size(); ++n) sum += nats[random.NextChoice(nats.size())];
        resampled[static_cast<size_t>(i * chunk + k)] =
            std::exp(-(sum / static_cast<double>(nats.size())));
      }
    }
  });
  return SampleDeviation(resampled);
}

Result<ScoredTask> AggregateTask(const PreparedTask& task, std::span<const TextScore> scores,
                                 int64_t bootstrap_iterations) {
  FP_ASSIGN_OR_RETURN(const auto scorer, MakeScorer(task.task, task.items));
  ScoredTask scored;
  TaskResult& result = scored.result;
  result.name = task.task.name;
  result.version = task.task.version;
  result.num_fewshot = task.num_fewshot;
  result.num_documents = task.num_documents;
  result.num_items = static_cast<int64_t>(task.items.size());
  result.files = task.files;
  result.hash = task.hash;
  size_t next = 0;
  for (const EvalItem& item : task.items) {
    FP_ASSIGN_OR_RETURN(std::vector<MetricValue> values,
                        scorer->Score(item, scores.subspan(next, item.num_requests())));
    next += item.num_requests();
    scored.values.push_back(std::move(values));
  }
  for (size_t m = 0; m < scorer->metrics().size(); ++m) {
    const Metric& metric = scorer->metrics()[m];
    MetricValues contributions;
    for (const auto& values : scored.values) {
      if (!values[m].empty()) contributions.push_back(values[m]);
    }
    scored.metric_names.push_back(metric.name);
    result.metrics.push_back({metric.name, FigureOf(*metric.figure, contributions),
                              metric.higher_is_better,
                              StandardErrorOf(metric, contributions, bootstrap_iterations),
                              std::string(metric.figure->name)});
  }
  return scored;
}

GroupResult AggregateGroup(const TaskGroup& group, const std::vector<const TaskResult*>& tasks) {
  GroupResult result;
  result.name = group.name;
  result.version = group.version;
  result.members = group.members;
  for (const TaskResult* task : tasks) result.num_items += task->num_items;
  for (const std::string& name : group.metrics) {
    MetricResult mean{name, 0, false, std::nullopt, {}};
    double num_items = 0, pooled = 0, num_tasks = 0;
    bool has_errors = true;
    for (const TaskResult* task : tasks) {
      const MetricResult* metric = FindMetric(*task, name);
      if (metric == nullptr) continue;
      const auto size = static_cast<double>(task->num_items);
      mean.value += metric->value * size;
      mean.higher_is_better = metric->higher_is_better;
      num_items += size;
      num_tasks += 1;
      has_errors = has_errors && metric->standard_error.has_value();
      const double error = metric->standard_error.value_or(0);
      pooled += (size - 1) * error * error * size;
    }
    if (num_tasks == 0) continue;
    mean.value /= num_items;
    if (has_errors) mean.standard_error = std::sqrt(pooled / (num_items - num_tasks) / num_items);
    result.metrics.push_back(std::move(mean));
  }
  return result;
}

}  // namespace fairprune
