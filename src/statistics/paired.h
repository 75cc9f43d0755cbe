// Two measurements of the same items: how large the difference is, how sure it is, whether chance
// would explain it. Items of one template, target or document are not independent of each other:
// they form a cluster, and clusters are what is drawn and flipped.
//
//   PairedSample sample{.columns = 1, .before = accuracies, .after = pruned_accuracies};
//   FP_ASSIGN_OR_RETURN(PairedResult result, ComparePaired(sample, MeanOf));
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"

namespace fairprune {

// A figure of a data set that depends on sums over its items alone: sums [C], one per column.
// A mean has the columns (value, 1) and is sums[0] / sums[1].
using SumStatistic = std::function<double(std::span<const double> sums)>;

struct PairedSample {
  int64_t columns = 1;           // C
  std::vector<double> before;    // [N, C], what each item adds to the sums
  std::vector<double> after;     // [N, C], the same items
  std::vector<int64_t> cluster;  // [N], any labels; empty: every item is a cluster of its own
};

struct PairedOptions {
  double level = 0.95;            // of the interval
  int64_t resamples = 10'000;     // of the bootstrap
  int64_t permutations = 10'000;  // random sign patterns, where there are too many for all
  uint64_t seed = 1;
};

struct PairedResult {
  int64_t num_items = 0, num_clusters = 0;
  double before = 0, after = 0, difference = 0;  // after - before
  // BCa bootstrap over clusters. NaN where fewer than two clusters differ from each other.
  double low = 0, high = 0;
  // Two-sided: the share of patterns of exchanging before and after, cluster by cluster, whose
  // difference is at least as large as the one found.
  double p_value = 1;
  bool exact = false;  // all patterns were tried (at most kExactClusters clusters differ)
  // Difference over the standard deviation of the clusters' own contributions to it; 0 when there
  // is none. For items without clusters and a mean: Cohen's d of paired differences.
  double effect_size = 0;
};

inline constexpr int64_t kExactClusters = 14;

// Sources: Efron 1987, "Better Bootstrap Confidence Intervals" (BCa); the random sign patterns
// count the one found among them (Phipson & Smyth 2010), so that p is never 0. Deterministic for a
// seed. Errors: kInvalidArgument (no items, sizes that do not fit, a statistic that is not finite
// on the whole sample, options out of range).
Result<PairedResult> ComparePaired(const PairedSample& sample, const SumStatistic& statistic,
                                   const PairedOptions& options = {});

// The mean of items whose columns are (value, 1).
double MeanOfSums(std::span<const double> sums);

// BCa limits from bootstrap replicates (any order, at least 2) and leave-one-out values of a
// statistic. NaN limits where the replicates are all alike or all on one side of `estimate`.
struct Interval {
  double low = 0, high = 0;
};
Interval BcaInterval(double estimate, std::span<const double> replicates,
                     std::span<const double> leave_one_out, double level);

}  // namespace fairprune
