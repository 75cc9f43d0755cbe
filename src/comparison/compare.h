// Two evaluations of the same items, metric by metric: how much changed, how sure that is.
//
//   FP_ASSIGN_OR_RETURN(EvaluationFolder before, ReadEvaluationFolder("before"));
//   FP_ASSIGN_OR_RETURN(EvaluationFolder after, ReadEvaluationFolder("after"));
//   FP_ASSIGN_OR_RETURN(PairedEvaluations pairs, PairEvaluations(std::move(before),
//   std::move(after))); FP_ASSIGN_OR_RETURN(auto metrics, CompareMetrics(pairs, {"*"}, {}));
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "comparison/evaluation_folder.h"
#include "statistics/paired.h"

namespace fairprune {

// One metric of a task or group that both evaluations have, ready for ComparePaired.
struct PairedMetric {
  std::string task, metric;  // `task` may be a group
  bool higher_is_better = false;
  PairedSample sample;
  SumStatistic statistic;
  bool has_outcomes = false;  // the items' contributions are yes or no
  int64_t gained = 0;         // items: no before, yes after
  int64_t lost = 0;           // items: yes before, no after
  std::string undefined;      // why there is nothing to compare ("undefined in PATH"); else empty

  std::string FullName() const { return task + "." + metric; }
};

struct PairedEvaluations {
  EvaluationFolder before, after;
  std::vector<PairedMetric> metrics;
  std::vector<std::string> only_before, only_after;  // tasks
};

// Pairs the items of every task that both have. Errors: kMismatch (no common task; tasks whose
// version, data, few-shot examples, limit, seed or requests differ: the message says which).
Result<PairedEvaluations> PairEvaluations(EvaluationFolder before, EvaluationFolder after);

struct ComparedMetric {
  const PairedMetric* metric = nullptr;
  PairedResult result;
  double p_holm = 1;  // over all metrics of the comparison
};

// Metrics whose "TASK.METRIC" one of `patterns` matches (* stands for any letters), those that are
// undefined left out. Where no item changed, the interval is 0 to 0. Errors: kInvalidArgument (a
// pattern that nothing matches), those of ComparePaired.
Result<std::vector<ComparedMetric>> CompareMetrics(const PairedEvaluations& evaluations,
                                                   const std::vector<std::string>& patterns,
                                                   const PairedOptions& options);

// ComparePaired of one metric, with an interval where no item changed.
Result<PairedResult> CompareMetric(const PairedMetric& metric, const SumStatistic& statistic,
                                   const PairedOptions& options);

}  // namespace fairprune
