#include "selection/tracked_set.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>

#include "statistics/random.h"

namespace fairprune {
namespace {

void Mix(const Tensor& found, double memory, double fresh, std::vector<double>& into) {
  into.resize(static_cast<size_t>(found.size()));
  for (size_t i = 0; i < into.size(); ++i) into[i] = memory * into[i] + fresh * found.span()[i];
}

}  // namespace

TrackedSet::TrackedSet(const SearchSet& set, int64_t max_items, uint64_t seed)
    : name_(set.name), weight_(set.weight), is_loss_(set.is_loss) {
  std::vector<size_t> order(static_cast<size_t>(set.size()));
  std::iota(order.begin(), order.end(), size_t{0});
  RandomSource random(seed);
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<size_t>(random.Below(static_cast<int64_t>(i)))]);
  }
  if (max_items > 0 && std::ssize(order) > max_items) order.resize(static_cast<size_t>(max_items));
  for (const size_t i : order) {
    if (set.contrasts.empty()) {
      pairs_.push_back(set.pairs[i]);
    } else {
      contrasts_.push_back(set.contrasts[i]);
    }
  }
}

Status TrackedSet::MeasureBase(const Engine& engine, const SearchOptions& options,
                               bool by_precision) {
  precision_.assign(contrasts_.size() + pairs_.size(), 1.0);
  if (!by_precision) {
    FP_ASSIGN_OR_RETURN(base_, Values(engine, nullptr));
    return {};
  }
  GradientAttributionOptions gradient{nullptr, false, options.batch_nodes, options.progress};
  FP_ASSIGN_OR_RETURN(GateGradients found, Gradients(engine, 0, std::ssize(precision_), gradient));
  base_ = std::move(found.values);
  SetPrecision(found.norms);
  return {};
}

Result<double> TrackedSet::MeasureLeft(const Engine& engine, const NeuronMask& mask) const {
  FP_ASSIGN_OR_RETURN(const std::vector<double> values, Values(engine, &mask));
  return Share(0, values);
}

Result<double> TrackedSet::MeasureSample(const Engine& engine, const NeuronMask& mask,
                                         int64_t round, int64_t size, int64_t most) const {
  const auto [first, count] = Sample(round, size);
  const auto begin = static_cast<size_t>(first);
  const auto items = static_cast<size_t>(std::min(count, most));
  if (contrasts_.empty()) {
    const auto from = pairs_.begin() + first;
    FP_ASSIGN_OR_RETURN(
        const GateGradients found,
        DifferentiateDivergence(engine, {from, from + static_cast<std::ptrdiff_t>(items)},
                                {.mask = &mask}));
    return Share(begin, found.values);
  }
  FP_ASSIGN_OR_RETURN(const std::vector<double> values,
                      MeasureContrasts(engine, std::span(contrasts_).subspan(begin, items),
                                       {.mask = &mask, .progress = {}}));
  return Share(begin, values);
}

Status TrackedSet::Differentiate(const Engine& engine, const NeuronMask& mask, int64_t round,
                                 const SearchOptions& options, bool squares) {
  const auto [first, count] = Sample(round, options.items_per_round);
  GradientAttributionOptions gradient{&mask, squares, options.batch_nodes, options.progress};
  FP_ASSIGN_OR_RETURN(const GateGradients found, Gradients(engine, first, count, gradient));
  left_ = Share(static_cast<size_t>(first), found.values);
  const double memory = round == 0 ? 0 : options.memory;
  Mix(found.mean, memory, 1 - memory, mean_);
  variance_.resize(mean_.size());
  for (size_t i = 0; i < variance_.size(); ++i) {
    const double fresh = (1 - memory) * found.standard_error.span()[i];
    variance_[i] = memory * memory * variance_[i] + fresh * fresh;
  }
  if (squares) Mix(found.squares, memory, 1 - memory, squares_);
  return {};
}

double TrackedSet::base_mean() const {
  double sum = 0;
  double weight = 0;
  for (size_t i = 0; i < base_.size(); ++i) {
    sum += Weight(i) * base_[i];
    weight += Weight(i);
  }
  return sum / weight;
}

int64_t TrackedSet::tokens_per_item() const {
  int64_t tokens = 0;
  for (const Contrast& contrast : contrasts_) tokens += std::ssize(contrast.sequences[0].ids);
  for (const WeightedPair& pair : pairs_) tokens += std::ssize(pair.pair.first);
  return std::max<int64_t>(1, tokens / std::max<int64_t>(1, std::ssize(base_)));
}

Result<GateGradients> TrackedSet::Gradients(const Engine& engine, int64_t first, int64_t count,
                                            const GradientAttributionOptions& options) const {
  const auto weigh = [&](auto items) {
    for (size_t i = 0; i < items.size(); ++i) {
      items[i].weight *= precision_[static_cast<size_t>(first) + i];
    }
    return items;
  };
  if (contrasts_.empty()) {
    const auto begin = pairs_.begin() + first;
    return DifferentiateDivergence(engine, weigh(std::vector(begin, begin + count)), options);
  }
  const auto begin = contrasts_.begin() + first;
  return DifferentiateContrasts(engine, weigh(std::vector(begin, begin + count)), options);
}

void TrackedSet::SetPrecision(const std::vector<double>& norms) {
  std::vector<double> sorted = norms;
  const auto middle = sorted.begin() + std::ssize(sorted) / 2;
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double median = *middle;
  if (!(median > 0)) return;
  std::map<int64_t, std::pair<double, double>> sums;  // stratum -> weight before, after
  for (size_t i = 0; i < norms.size(); ++i) {
    precision_[i] = 1 / (1 + (norms[i] / median) * (norms[i] / median));
    auto& [before, after] = sums[Stratum(i)];
    before += Weight(i);
    after += Weight(i) * precision_[i];
  }
  for (size_t i = 0; i < norms.size(); ++i) {
    const auto& [before, after] = sums[Stratum(i)];
    if (after > 0) precision_[i] *= before / after;
  }
}

double TrackedSet::Share(size_t first, const std::vector<double>& values) const {
  double sum = 0;
  double base = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += Weight(first + i) * values[i];
    base += Weight(first + i) * base_[first + i];
  }
  return sum / base;
}

Result<std::vector<double>> TrackedSet::Values(const Engine& engine, const NeuronMask* mask) const {
  if (!contrasts_.empty()) {
    return MeasureContrasts(engine, contrasts_, {.mask = mask, .progress = {}});
  }
  FP_ASSIGN_OR_RETURN(GateGradients found, DifferentiateDivergence(engine, pairs_, {.mask = mask}));
  return std::move(found.values);
}

std::pair<int64_t, int64_t> TrackedSet::Sample(int64_t round, int64_t size) const {
  const auto n = std::ssize(base_);
  if (size <= 0 || size >= n) return {0, n};
  const int64_t parts = (n + size - 1) / size;
  const int64_t part = round % parts;
  const int64_t first = n * part / parts;
  return {first, n * (part + 1) / parts - first};
}

}  // namespace fairprune
