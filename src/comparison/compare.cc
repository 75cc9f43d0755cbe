#include "comparison/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/match.h"
#include "statistics/multiple_tests.h"

namespace fairprune {
namespace {

// "copa: limit: none and 10" for everything that keeps the items of a task from being paired.
void ListDifferences(const PairedEvaluations& pair, const EvaluatedTask& before,
                     const EvaluatedTask& after, std::vector<std::string>& out) {
  const auto differ = [&](const char* what, const auto& a, const auto& b) {
    if (a != b) out.push_back(fmt::format("{}: {}: {} and {}", before.name, what, a, b));
    return a != b;
  };
  bool explained = differ("version", before.version, after.version);
  explained |= differ("few-shot examples", before.num_fewshot, after.num_fewshot);
  if (before.num_fewshot > 0 && after.num_fewshot > 0) {
    explained |= differ("seed", pair.before.seed, pair.after.seed);
  }
  explained |= differ("SHA-256 of the data", fmt::format("{}", fmt::join(before.data_sha256, " ")),
                      fmt::format("{}", fmt::join(after.data_sha256, " ")));
  if (before.docs.size() != after.docs.size()) {
    const auto limit = [](int64_t n) { return n == 0 ? "none" : fmt::format("{}", n); };
    explained |= differ("limit", limit(pair.before.limit), limit(pair.after.limit));
    explained |= differ("items", before.docs.size(), after.docs.size());
  }
  if (!explained && (before.hash != after.hash || before.docs != after.docs)) {
    out.push_back(before.name + ": other requests were made of the same data");
  }
}

// Numbers for clusters; an item without one is a cluster of its own.
class ClusterNumbers {
 public:
  int64_t Of(const std::string& task, const std::string& cluster) {
    if (cluster.empty()) return next_++;
    const auto [known, is_new] = numbers_.try_emplace(task + "\n" + cluster, next_);
    if (is_new) ++next_;
    return known->second;
  }

 private:
  std::unordered_map<std::string, int64_t> numbers_;
  int64_t next_ = 0;
};

void CountOutcomes(const Figure& figure, const MetricValue& before, const MetricValue& after,
                   PairedMetric& out) {
  const auto was = figure.outcome(before), is = figure.outcome(after);
  if (!was || !is) return;
  if (!*was && *is) ++out.gained;
  if (*was && !*is) ++out.lost;
}

// Whether a metric's outcomes are yes or no throughout: log-likelihood differences may happen to
// be 1.
bool HasOutcomes(const Figure& figure, const MetricValues& before, const MetricValues& after) {
  bool any = false;
  for (const MetricValues* values : {&before, &after}) {
    for (const MetricValue& value : *values) {
      const bool has = figure.outcome(value).has_value();
      if (!has && figure.num_parts == 1) return false;
      any = any || has;
    }
  }
  return any;
}

// The items that contribute to a metric, before and after.
struct Contributions {
  MetricValues before, after;
  std::vector<int64_t> cluster;
};

// What is undefined on one side has no difference.
std::string WhyUndefined(const PairedEvaluations& pair, double before, double after) {
  if (!std::isfinite(before) && !std::isfinite(after)) return "undefined in both";
  if (!std::isfinite(before)) return "undefined in " + pair.before.path;
  if (!std::isfinite(after)) return "undefined in " + pair.after.path;
  return {};
}

Result<Contributions> Contribute(const EvaluatedTask& task, const EvaluatedMetric& before,
                                 const EvaluatedMetric& after, ClusterNumbers& clusters) {
  Contributions contributions;
  for (size_t i = 0; i < task.docs.size(); ++i) {
    const MetricValue& was = before.values[i];
    const MetricValue& is = after.values[i];
    if (was.empty() != is.empty()) {
      return Fail(ErrorCode::kMismatch, "{}.{}: item {} contributes to one evaluation only",
                  task.name, before.name, task.docs[i]);
    }
    if (was.empty()) continue;
    contributions.before.push_back(was);
    contributions.after.push_back(is);
    contributions.cluster.push_back(clusters.Of(task.name, task.clusters[i]));
  }
  return contributions;
}

const EvaluatedMetric* FindMetric(const EvaluatedTask& task, const std::string& name) {
  const auto found = std::find_if(task.metrics.begin(), task.metrics.end(),
                                  [&](const EvaluatedMetric& m) { return m.name == name; });
  return found == task.metrics.end() ? nullptr : &*found;
}

// Leaves out items that add nothing on either side: those that the figure is not of, such as
// disambiguated contexts where it is of ambiguous ones.
void DropUncounted(PairedSample& sample) {
  const auto columns = static_cast<size_t>(sample.columns);
  PairedSample kept{.columns = sample.columns};
  for (size_t i = 0; i < sample.cluster.size(); ++i) {
    const auto was = std::span(sample.before).subspan(i * columns, columns);
    const auto is = std::span(sample.after).subspan(i * columns, columns);
    const auto is_zero = [](double value) { return value == 0; };
    if (std::all_of(was.begin(), was.end(), is_zero) &&
        std::all_of(is.begin(), is.end(), is_zero)) {
      continue;
    }
    kept.before.insert(kept.before.end(), was.begin(), was.end());
    kept.after.insert(kept.after.end(), is.begin(), is.end());
    kept.cluster.push_back(sample.cluster[i]);
  }
  sample = std::move(kept);
}

Result<PairedMetric> PairMetric(const PairedEvaluations& pair, const EvaluatedTask& task,
                                const EvaluatedMetric& before, const EvaluatedMetric& after) {
  ClusterNumbers clusters;
  FP_ASSIGN_OR_RETURN(Contributions items, Contribute(task, before, after, clusters));
  const Figure& figure = *before.figure;
  PairedMetric paired;
  paired.task = task.name;
  paired.metric = before.name;
  paired.higher_is_better = before.higher_is_better;
  paired.undefined =
      WhyUndefined(pair, FigureOf(figure, items.before), FigureOf(figure, items.after));
  paired.has_outcomes = HasOutcomes(figure, items.before, items.after);
  for (size_t i = 0; i < items.before.size() && paired.has_outcomes; ++i) {
    CountOutcomes(figure, items.before[i], items.after[i], paired);
  }
  paired.sample.columns = figure.num_columns;
  paired.sample.before = ItemColumns(figure, items.before);
  paired.sample.after = ItemColumns(figure, items.after);
  paired.sample.cluster = std::move(items.cluster);
  DropUncounted(paired.sample);
  paired.statistic = figure.of;
  return paired;
}

// A group's figure is the mean of its tasks' figures, weighted by their items: a function of the
// sums of all of them, each task having columns of its own.
class GroupPairing {
 public:
  void Add(const PairedMetric& member, const Figure& figure, int64_t num_items) {
    members_.push_back({&member, &figure, static_cast<double>(num_items)});
    if (figure.name != "mean" || std::ssize(member.sample.cluster) != num_items) is_mean_ = false;
  }

  bool empty() const { return members_.empty(); }

  PairedMetric Pair(const std::string& group, const std::string& metric) const {
    PairedMetric paired;
    paired.task = group;
    paired.metric = metric;
    paired.higher_is_better = members_[0].metric->higher_is_better;
    paired.statistic = is_mean_ ? SumStatistic(&MeanOfSums) : WeightedFigure();
    paired.sample.columns = is_mean_ ? 2 : NumColumns();
    int64_t first_column = 0, first_cluster = 0;
    for (const Member& member : members_) {
      const PairedSample& sample = member.metric->sample;
      Append(sample.before, sample.columns, first_column, paired.sample.columns,
             paired.sample.before);
      Append(sample.after, sample.columns, first_column, paired.sample.columns,
             paired.sample.after);
      if (!is_mean_) first_column += sample.columns;
      int64_t next_cluster = first_cluster;
      for (const int64_t cluster : sample.cluster) {
        paired.sample.cluster.push_back(first_cluster + cluster);
        next_cluster = std::max(next_cluster, first_cluster + cluster + 1);
      }
      first_cluster = next_cluster;
      paired.has_outcomes = paired.has_outcomes || member.metric->has_outcomes;
      paired.gained += member.metric->gained;
      paired.lost += member.metric->lost;
      if (!member.metric->undefined.empty()) paired.undefined = member.metric->undefined;
    }
    return paired;
  }

 private:
  struct Member {
    const PairedMetric* metric;
    const Figure* figure;
    double num_items;
  };

  int64_t NumColumns() const {
    int64_t columns = 0;
    for (const Member& member : members_) columns += member.figure->num_columns;
    return columns;
  }

  SumStatistic WeightedFigure() const {
    return [members = members_](std::span<const double> sums) {
      double total = 0, weight = 0;
      size_t first = 0;
      for (const Member& member : members) {
        const auto columns = static_cast<size_t>(member.figure->num_columns);
        total += member.num_items * member.figure->of(sums.subspan(first, columns));
        weight += member.num_items;
        first += columns;
      }
      return total / weight;
    };
  }

  // The rows of `from` [items, columns] as rows of `width`, from column `first` on.
  static void Append(const std::vector<double>& from, int64_t columns, int64_t first, int64_t width,
                     std::vector<double>& to) {
    for (size_t i = 0; i < from.size(); i += static_cast<size_t>(columns)) {
      const size_t row = to.size();
      to.resize(row + static_cast<size_t>(width), 0.0);
      for (int64_t c = 0; c < columns; ++c) {
        to[row + static_cast<size_t>(first + c)] = from[i + static_cast<size_t>(c)];
      }
    }
  }

  std::vector<Member> members_;
  bool is_mean_ = true;
};

Status PairTasks(PairedEvaluations& pair) {
  for (const EvaluatedTask& before : pair.before.tasks) {
    const EvaluatedTask* after = pair.after.FindTask(before.name);
    if (after == nullptr) continue;
    for (const EvaluatedMetric& metric : before.metrics) {
      const EvaluatedMetric* other = FindMetric(*after, metric.name);
      if (other == nullptr || other->figure != metric.figure) {
        return Fail(ErrorCode::kMismatch, "{}.{}: is not in {}, or computed in another way there",
                    before.name, metric.name, pair.after.path);
      }
      FP_ASSIGN_OR_RETURN(PairedMetric paired, PairMetric(pair, before, metric, *other));
      pair.metrics.push_back(std::move(paired));
    }
  }
  return {};
}

// Groups of which both evaluations have the same tasks.
void PairGroups(PairedEvaluations& pair) {
  std::vector<PairedMetric> groups;
  for (const EvaluatedGroup& group : pair.before.groups) {
    const EvaluatedGroup* other = pair.after.FindGroup(group.name);
    if (other == nullptr || other->tasks != group.tasks) continue;
    for (const std::string& metric : group.metrics) {
      GroupPairing pairing;
      for (const PairedMetric& member : pair.metrics) {
        const bool belongs =
            member.metric == metric &&
            std::find(group.tasks.begin(), group.tasks.end(), member.task) != group.tasks.end();
        if (!belongs) continue;
        const EvaluatedTask& task = *pair.before.FindTask(member.task);
        pairing.Add(member, *FindMetric(task, metric)->figure, std::ssize(task.docs));
      }
      if (!pairing.empty()) groups.push_back(pairing.Pair(group.name, metric));
    }
  }
  std::move(groups.begin(), groups.end(), std::back_inserter(pair.metrics));
}

}  // namespace

Result<PairedEvaluations> PairEvaluations(EvaluationFolder before, EvaluationFolder after) {
  PairedEvaluations pair{std::move(before), std::move(after), {}, {}, {}};
  std::vector<std::string> differences;
  for (const EvaluatedTask& task : pair.before.tasks) {
    const EvaluatedTask* other = pair.after.FindTask(task.name);
    if (other == nullptr) {
      pair.only_before.push_back(task.name);
    } else {
      ListDifferences(pair, task, *other, differences);
    }
  }
  for (const EvaluatedTask& task : pair.after.tasks) {
    if (pair.before.FindTask(task.name) == nullptr) pair.only_after.push_back(task.name);
  }
  if (!differences.empty()) {
    return Fail(ErrorCode::kMismatch,
                "{} and {} did not measure the same items, so that they cannot be paired:\n  {}",
                pair.before.path, pair.after.path, fmt::join(differences, "\n  "));
  }
  if (pair.only_before.size() == pair.before.tasks.size()) {
    return Fail(ErrorCode::kMismatch, "{} and {} have no task in common", pair.before.path,
                pair.after.path);
  }
  FP_RETURN_IF_ERROR(PairTasks(pair));
  PairGroups(pair);
  return pair;
}

Result<PairedResult> CompareMetric(const PairedMetric& metric, const SumStatistic& statistic,
                                   const PairedOptions& options) {
  auto result = ComparePaired(metric.sample, statistic, options);
  if (!result) return WithContext(result.error(), metric.FullName());
  if (metric.sample.before == metric.sample.after) result->low = result->high = 0;
  return result;
}

Result<std::vector<ComparedMetric>> CompareMetrics(const PairedEvaluations& evaluations,
                                                   const std::vector<std::string>& patterns,
                                                   const PairedOptions& options) {
  std::vector<uint8_t> chosen(evaluations.metrics.size(), 0);
  for (const std::string& pattern : patterns) {
    bool any = false;
    for (size_t i = 0; i < chosen.size(); ++i) {
      if (!MatchesPattern(pattern, evaluations.metrics[i].FullName())) continue;
      chosen[i] = 1;
      any = true;
    }
    if (!any) {
      return Fail(ErrorCode::kInvalidArgument, "no metric of {} and {} is called \"{}\"",
                  evaluations.before.path, evaluations.after.path, pattern);
    }
  }
  std::vector<ComparedMetric> compared;
  std::vector<double> p_values;
  for (size_t i = 0; i < chosen.size(); ++i) {
    const PairedMetric& metric = evaluations.metrics[i];
    if (chosen[i] == 0 || !metric.undefined.empty()) continue;
    FP_ASSIGN_OR_RETURN(const PairedResult result,
                        CompareMetric(metric, metric.statistic, options));
    compared.push_back({&metric, result});
    p_values.push_back(result.p_value);
  }
  const std::vector<double> adjusted = HolmAdjust(p_values);
  for (size_t i = 0; i < compared.size(); ++i) compared[i].p_holm = adjusted[i];
  return compared;
}

}  // namespace fairprune
