// A set of items on its way through the rounds of a search: what it was, what is left of it, and
// what every neuron is estimated to do to it. Internal to this room.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "selection/attribution_search.h"

namespace fairprune {

class TrackedSet {
 public:
  // Keeps at most `max_items` (0: all) of the set's items, in an order drawn by the seed.
  TrackedSet(const SearchSet& set, int64_t max_items, uint64_t seed);

  const std::string& name() const { return name_; }
  double weight() const { return weight_; }
  bool is_loss() const { return is_loss_; }
  std::optional<double> max_loss() const { return max_loss_; }
  // Items of one number in Contrast::side: of two sides that items favour in turn
  // (SearchSet::sides), or of a category of a guarded set (SearchSet::categories).
  struct Part {
    std::string name;
    int64_t number = 0;        // Contrast::side
    double base = 0, now = 0;  // nats: the mean; of sides, of the preference for the first one
    double limit = 0;          // of sides, nats: how far it may move, either way; of categories: in
                               // limits of the set
    std::vector<double> mean;  // [L * F] as mean()
    double moved() const { return now - base; }
    double lost() const { return -moved() / base; }
  };
  // Those that have items here.
  const std::vector<Part>& sides() const { return sides_; }
  // Those with enough of them, and a mean above 0.
  const std::vector<Part>& categories() const { return categories_; }

  // The share of a guarded mean that is lost where `left` of it is left.
  double Lost(double left) const { return is_loss_ ? left - 1 : 1 - left; }

  // Of all `sets` with no neuron off, in one go, so that what they have in common (a preference and
  // the loss of its right side) is computed once.
  static Status MeasureBase(const Engine& engine, std::span<TrackedSet* const> sets);

  // Items [first, first + count) of a set.
  struct Items {
    TrackedSet* set;
    int64_t first, count;
  };
  Items AllItems() { return {this, 0, size()}; }
  // The first `most` items of the sample of round `round`.
  Items SampledItems(int64_t round, int64_t size, int64_t most);
  // Mean of each with the neurons of `mask` off over its mean without, in one go; their sides() and
  // categories() are measured too.
  static Result<std::vector<double>> MeasureLeft(const Engine& engine, std::span<const Items> items,
                                                 const NeuronMask& mask);

  // The estimates of round `round` on its sample, mixed with those of the rounds before. By
  // precision: items weigh by what they tell (Precision), or all the same.
  Status Differentiate(const Engine& engine, const NeuronMask& mask, int64_t round,
                       const SearchOptions& options, bool squares, bool by_precision);
  // Whether the items are the same, in the same order, but for their coefficients.
  bool HasItemsOf(const TrackedSet& other) const;
  // The same for several sets of the same items, at the cost of one pass forward; all items weigh
  // the same.
  static Status DifferentiateTogether(const Engine& engine, std::span<TrackedSet> sets,
                                      const NeuronMask& mask, int64_t round,
                                      const SearchOptions& options);

  int64_t size() const {
    return static_cast<int64_t>(contrasts_.empty() ? pairs_.size() : contrasts_.size());
  }
  double base_mean() const;
  int64_t tokens_per_item() const;       // of the first wording, the mean, at least 1
  double left() const { return left_; }  // as last differentiated, on that round's sample
  double mean(size_t neuron) const { return mean_[neuron]; }
  double standard_error(size_t neuron) const { return std::sqrt(variance_[neuron]); }
  double squares(size_t neuron) const { return squares_[neuron]; }

 private:
  // Of `count` items from `first` on.
  Result<GateGradients> Gradients(const Engine& engine, int64_t first, int64_t count,
                                  const GradientAttributionOptions& options) const;
  // An item's derivatives are the common ones and its own, and the own ones are nearly all of its
  // norm: the mean of least variance weighs by 1 / (common variance + norm^2), with the square of
  // the median norm for the former. Every stratum keeps its sum of weights. Of the items from
  // `first` on that have the norms.
  std::vector<double> Precision(size_t first, std::span<const double> norms) const;
  int64_t Stratum(size_t i) const { return contrasts_.empty() ? 0 : contrasts_[i].stratum; }
  double Weight(size_t i) const {
    return contrasts_.empty() ? pairs_[i].weight : contrasts_[i].weight;
  }
  // Mean of the values, which are those of the items from `first` on, over their mean at first.
  double Share(size_t first, const std::vector<double>& values) const;
  // The mean of a part in values as Share has them; NaN where no item is of it.
  double PartMean(int64_t number, size_t first, std::span<const double> values) const;
  void StartParts();
  void StartCategories();
  // What was found on the items from `first` on; `memory` is the share of the estimates so far.
  void Take(const GateGradients& found, size_t first, double memory);
  void MeasureParts(size_t first, const std::vector<double>& values);
  // In one pass over the contrasts of all of them: [items.size()][count].
  static Result<std::vector<std::vector<double>>> Measure(const Engine& engine,
                                                          std::span<const Items> items,
                                                          const NeuronMask* mask);
  // The items of a round: as many parts of equal size as there are, one after the other.
  std::pair<int64_t, int64_t> Sample(int64_t round, int64_t size) const;

  std::string name_;
  double weight_;
  bool is_loss_;
  std::optional<double> max_loss_;
  std::vector<Contrast> contrasts_;
  std::vector<WeightedPair> pairs_;
  std::vector<double> base_;
  double left_ = 1;
  std::vector<Part> sides_, categories_;
  std::vector<double> mean_, variance_, squares_;  // [L * F]
};

}  // namespace fairprune
