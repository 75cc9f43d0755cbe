#include "statistics/paired.h"

#include <cmath>
#include <limits>
#include <unordered_map>

#include "statistics/random.h"

namespace fairprune {
namespace {

// Sums over each cluster, and what the whole sample's are.
class Clusters {
 public:
  Clusters(const PairedSample& sample, const SumStatistic& statistic)
      : columns_(static_cast<size_t>(sample.columns)), statistic_(statistic) {
    const size_t num_items = sample.before.size() / columns_;
    std::unordered_map<int64_t, size_t> places;
    for (size_t i = 0; i < num_items; ++i) {
      const size_t next = before_.size() / columns_;
      size_t place = next;
      if (!sample.cluster.empty())
        place = places.try_emplace(sample.cluster[i], next).first->second;
      if (place == next) {
        before_.resize(before_.size() + columns_, 0.0);
        after_.resize(after_.size() + columns_, 0.0);
      }
      for (size_t c = 0; c < columns_; ++c) {
        before_[place * columns_ + c] += sample.before[i * columns_ + c];
        after_[place * columns_ + c] += sample.after[i * columns_ + c];
      }
    }
    whole_before_.assign(columns_, 0.0);
    whole_after_.assign(columns_, 0.0);
    for (size_t k = 0; k < size(); ++k) Add(k, 1, whole_before_, whole_after_);
  }

  size_t size() const { return before_.size() / columns_; }
  double Before() const { return statistic_(whole_before_); }
  double After() const { return statistic_(whole_after_); }
  double Difference() const { return After() - Before(); }

  bool Differs(size_t k) const {
    for (size_t c = 0; c < columns_; ++c)
      if (before_[k * columns_ + c] != after_[k * columns_ + c]) return true;
    return false;
  }

  // The difference of a sample of as many clusters, drawn with replacement.
  double Resampled(RandomSource& random) {
    std::vector<double>& b = scratch_before_;
    std::vector<double>& a = scratch_after_;
    b.assign(columns_, 0.0);
    a.assign(columns_, 0.0);
    for (size_t i = 0; i < size(); ++i)
      Add(static_cast<size_t>(random.Below(static_cast<int64_t>(size()))), 1, b, a);
    return statistic_(a) - statistic_(b);
  }

  double WithoutCluster(size_t k) {
    scratch_before_ = whole_before_;
    scratch_after_ = whole_after_;
    Add(k, -1, scratch_before_, scratch_after_);
    return statistic_(scratch_after_) - statistic_(scratch_before_);
  }

  // The difference when before and after are exchanged in the clusters for which `exchange(i)`
  // holds; `which` are the clusters asked about.
  template <typename Exchange>
  double Exchanged(const std::vector<size_t>& which, const Exchange& exchange) {
    scratch_before_ = whole_before_;
    scratch_after_ = whole_after_;
    for (size_t i = 0; i < which.size(); ++i) {
      if (!exchange(i)) continue;
      for (size_t c = 0; c < columns_; ++c) {
        const size_t at = which[i] * columns_ + c;
        scratch_before_[c] += after_[at] - before_[at];
        scratch_after_[c] += before_[at] - after_[at];
      }
    }
    return statistic_(scratch_after_) - statistic_(scratch_before_);
  }

 private:
  void Add(size_t k, double weight, std::vector<double>& before, std::vector<double>& after) const {
    for (size_t c = 0; c < columns_; ++c) {
      before[c] += weight * before_[k * columns_ + c];
      after[c] += weight * after_[k * columns_ + c];
    }
  }

  size_t columns_;
  const SumStatistic& statistic_;
  std::vector<double> before_, after_;              // [clusters, C]
  std::vector<double> whole_before_, whole_after_;  // [C]
  std::vector<double> scratch_before_, scratch_after_;
};

Status CheckSample(const PairedSample& sample, const PairedOptions& options) {
  if (sample.columns < 1 || sample.before.empty() ||
      sample.before.size() % static_cast<size_t>(sample.columns) != 0 ||
      sample.after.size() != sample.before.size())
    return Fail(ErrorCode::kInvalidArgument,
                "{} values before, {} after, {} per item: expected the same items, at least one",
                sample.before.size(), sample.after.size(), sample.columns);
  const size_t num_items = sample.before.size() / static_cast<size_t>(sample.columns);
  if (!sample.cluster.empty() && sample.cluster.size() != num_items)
    return Fail(ErrorCode::kInvalidArgument, "{} items and {} cluster labels", num_items,
                sample.cluster.size());
  if (!(options.level > 0 && options.level < 1) || options.resamples < 2 ||
      options.permutations < 1)
    return Fail(ErrorCode::kInvalidArgument,
                "level {}, {} resamples, {} permutations: expected a level between 0 and 1, at "
                "least 2 resamples and 1 permutation",
                options.level, options.resamples, options.permutations);
  return {};
}

// p, and whether all patterns were tried. Differences within rounding of the one found count as
// equal to it.
std::pair<double, bool> PermutationTest(Clusters& clusters, const PairedOptions& options) {
  std::vector<size_t> differing;  // exchanging the others changes nothing
  for (size_t k = 0; k < clusters.size(); ++k)
    if (clusters.Differs(k)) differing.push_back(k);
  const double found = std::fabs(clusters.Difference());
  const double enough = found - 1e-12 * (1 + found);
  if (static_cast<int64_t>(differing.size()) <= kExactClusters) {
    const uint64_t patterns = uint64_t{1} << differing.size();
    uint64_t as_large = 0;
    for (uint64_t pattern = 0; pattern < patterns; ++pattern) {
      const auto exchange = [&](size_t i) { return ((pattern >> i) & 1) != 0; };
      if (!(std::fabs(clusters.Exchanged(differing, exchange)) < enough)) ++as_large;
    }
    return {static_cast<double>(as_large) / static_cast<double>(patterns), true};
  }
  RandomSource random(options.seed + 1);  // another stream than the bootstrap's
  int64_t as_large = 1;                   // the pattern found
  for (int64_t b = 0; b < options.permutations; ++b) {
    uint64_t bits = 0;
    const auto exchange = [&](size_t i) {
      if (i % 64 == 0) bits = random.Bits();
      return ((bits >> (i % 64)) & 1) != 0;
    };
    if (!(std::fabs(clusters.Exchanged(differing, exchange)) < enough)) ++as_large;
  }
  return {static_cast<double>(as_large) / static_cast<double>(options.permutations + 1), false};
}

// Leave-one-out values say what each cluster adds to the difference: K * whole - (K - 1) * without.
// The difference over their standard deviation.
double EffectSize(double difference, const std::vector<double>& leave_one_out) {
  const auto k = static_cast<double>(leave_one_out.size());
  if (k < 2) return 0;
  double mean = 0;
  for (const double value : leave_one_out) mean += value / k;
  double squares = 0;
  for (const double value : leave_one_out) squares += (value - mean) * (value - mean);
  const double deviation = (k - 1) * std::sqrt(squares / (k - 1));
  return deviation > 0 ? difference / deviation : 0;
}

}  // namespace

double MeanOfSums(std::span<const double> sums) { return sums[0] / sums[1]; }

Result<PairedResult> ComparePaired(const PairedSample& sample, const SumStatistic& statistic,
                                   const PairedOptions& options) {
  FP_RETURN_IF_ERROR(CheckSample(sample, options));
  Clusters clusters(sample, statistic);
  PairedResult result;
  result.num_items = static_cast<int64_t>(sample.before.size()) / sample.columns;
  result.num_clusters = static_cast<int64_t>(clusters.size());
  result.before = clusters.Before();
  result.after = clusters.After();
  result.difference = clusters.Difference();
  if (!std::isfinite(result.before) || !std::isfinite(result.after))
    return Fail(ErrorCode::kInvalidArgument, "the figure is {} before and {} after: not finite",
                result.before, result.after);
  result.low = result.high = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> leave_one_out(clusters.size());
  if (clusters.size() >= 2) {
    for (size_t k = 0; k < clusters.size(); ++k) leave_one_out[k] = clusters.WithoutCluster(k);
    RandomSource random(options.seed);
    std::vector<double> replicates;
    for (int64_t b = 0; b < options.resamples; ++b) {
      const double value = clusters.Resampled(random);
      if (std::isfinite(value)) replicates.push_back(value);  // a ratio may lack its denominator
    }
    if (replicates.size() >= 2) {
      const Interval interval =
          BcaInterval(result.difference, replicates, leave_one_out, options.level);
      result.low = interval.low;
      result.high = interval.high;
    }
    result.effect_size = EffectSize(result.difference, leave_one_out);
  }
  std::tie(result.p_value, result.exact) = PermutationTest(clusters, options);
  return result;
}

}  // namespace fairprune
