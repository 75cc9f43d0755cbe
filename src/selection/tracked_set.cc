#include "selection/tracked_set.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <span>

#include "attribution/bias_set.h"
#include "statistics/random.h"

namespace fairprune {
namespace {

// How far the preference for a side may move, as a share of the mean absolute value.
constexpr double kSideSlack = 0.05;

void Mix(const Tensor& found, double memory, double fresh, std::vector<double>& into) {
  into.resize(static_cast<size_t>(found.size()));
  for (size_t i = 0; i < into.size(); ++i) into[i] = memory * into[i] + fresh * found.span()[i];
}

}  // namespace

TrackedSet::TrackedSet(const SearchSet& set, int64_t max_items, uint64_t seed)
    : name_(set.name), weight_(set.weight), is_loss_(set.is_loss), max_loss_(set.max_loss) {
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
  const bool is_sample = size() < set.size();
  for (size_t i = 0; i < set.sides.size(); ++i) {
    const auto number = static_cast<int64_t>(i) + 1;
    const auto items = std::ranges::count_if(
        contrasts_, [&](const Contrast& c) { return std::abs(c.side) == number; });
    if (is_sample && items < kFewestOfSides) continue;
    sides_.push_back({.name = name_ + " " + set.sides[i], .number = number});
  }
  for (const std::string& category : set.categories) {
    categories_.push_back({.name = name_ + ", " + category, .number = std::ssize(categories_) + 1});
  }
}

Status TrackedSet::MeasureBase(const Engine& engine, std::span<TrackedSet* const> sets) {
  std::vector<Items> items;
  items.reserve(sets.size());
  for (TrackedSet* set : sets) items.push_back(set->AllItems());
  FP_ASSIGN_OR_RETURN(auto values, Measure(engine, items, nullptr));
  for (size_t s = 0; s < sets.size(); ++s) {
    sets[s]->base_ = std::move(values[s]);
    sets[s]->StartParts();
  }
  return {};
}

void TrackedSet::StartParts() {
  for (Part& sides : sides_) {
    double sum = 0;
    double weight = 0;
    for (size_t i = 0; i < base_.size(); ++i) {
      if (std::abs(contrasts_[i].side) != sides.number) continue;
      sum += Weight(i) * std::abs(base_[i]);
      weight += Weight(i);
    }
    sides.base = sides.now = PartMean(sides.number, 0, base_);
    sides.limit = kSideSlack * sum / weight;
  }
  // Sides without items.
  std::erase_if(sides_, [](const Part& sides) { return !std::isfinite(sides.limit); });
  StartCategories();
}

// The mean of a share of the items is told less well by the square root of the share: so much wider
// is its limit.
void TrackedSet::StartCategories() {
  std::vector<Part> held;
  for (Part& category : categories_) {
    const auto items = std::ranges::count(contrasts_, category.number, &Contrast::side);
    category.base = category.now = PartMean(category.number, 0, base_);
    category.limit =
        std::sqrt(static_cast<double>(size()) / static_cast<double>(std::max<int64_t>(1, items)));
    if (items >= kFewestInCategory && category.base > 0) held.push_back(std::move(category));
  }
  categories_ = std::move(held);
}

TrackedSet::Items TrackedSet::SampledItems(int64_t round, int64_t size, int64_t most) {
  const auto [first, count] = Sample(round, size);
  return {this, first, std::min(count, most)};
}

Result<std::vector<double>> TrackedSet::MeasureLeft(const Engine& engine,
                                                    std::span<const Items> items,
                                                    const NeuronMask& mask) {
  FP_ASSIGN_OR_RETURN(const auto values, Measure(engine, items, &mask));
  std::vector<double> left;
  for (size_t i = 0; i < items.size(); ++i) {
    const auto first = static_cast<size_t>(items[i].first);
    left.push_back(items[i].set->Share(first, values[i]));
    items[i].set->MeasureParts(first, values[i]);
  }
  return left;
}

Result<std::vector<std::vector<double>>> TrackedSet::Measure(const Engine& engine,
                                                             std::span<const Items> items,
                                                             const NeuronMask* mask) {
  std::vector<std::span<const Contrast>> contrasts;  // of sets of pairs none
  for (const Items& part : items) {
    contrasts.push_back(part.set->pairs_.empty() ? std::span(part.set->contrasts_)
                                                       .subspan(static_cast<size_t>(part.first),
                                                                static_cast<size_t>(part.count))
                                                 : std::span<const Contrast>());
  }
  const NeuronMask* const masks[] = {mask};
  FP_ASSIGN_OR_RETURN(auto found, MeasureSetsUnderMasks(engine, contrasts, masks));
  std::vector<std::vector<double>> values;
  for (size_t i = 0; i < items.size(); ++i) {
    values.push_back(std::move(found[i].front()));
    if (items[i].set->pairs_.empty()) continue;
    const auto from = items[i].set->pairs_.begin() + items[i].first;
    FP_ASSIGN_OR_RETURN(
        GateGradients of_pairs,
        DifferentiateDivergence(engine, {from, from + items[i].count}, {.mask = mask}));
    values.back() = std::move(of_pairs.values);
  }
  return values;
}

Status TrackedSet::Differentiate(const Engine& engine, const NeuronMask& mask, int64_t round,
                                 const SearchOptions& options, bool squares, bool by_precision) {
  const auto [first, count] = Sample(round, options.items_per_round);
  GradientAttributionOptions gradient{.mask = &mask,
                                      .squares = squares,
                                      .batch_nodes = options.batch_nodes,
                                      .weigh = {},
                                      .progress = options.progress};
  if (by_precision) {
    gradient.weigh = [&, begin = first](std::span<const double> norms) {
      return Precision(static_cast<size_t>(begin), norms);
    };
  }
  FP_ASSIGN_OR_RETURN(const GateGradients found, Gradients(engine, first, count, gradient));
  Take(found, static_cast<size_t>(first), round == 0 ? 0 : options.memory);
  return {};
}

bool TrackedSet::HasItemsOf(const TrackedSet& other) const {
  return pairs_.empty() && other.pairs_.empty() &&
         std::ranges::equal(contrasts_, other.contrasts_, HaveSameSequences);
}

Status TrackedSet::DifferentiateTogether(const Engine& engine, std::span<TrackedSet> sets,
                                         const NeuronMask& mask, int64_t round,
                                         const SearchOptions& options) {
  if (sets.size() == 1) {
    return sets.front().Differentiate(engine, mask, round, options, false, false);
  }
  const auto [first, count] = sets.front().Sample(round, options.items_per_round);
  std::vector<std::span<const Contrast>> contrasts;
  for (const TrackedSet& set : sets) {
    contrasts.push_back(
        std::span(set.contrasts_).subspan(static_cast<size_t>(first), static_cast<size_t>(count)));
  }
  FP_ASSIGN_OR_RETURN(const std::vector<GateGradients> found,
                      fairprune::DifferentiateTogether(engine, contrasts,
                                                       {.mask = &mask,
                                                        .batch_nodes = options.batch_nodes,
                                                        .weigh = {},
                                                        .progress = options.progress}));
  for (size_t s = 0; s < sets.size(); ++s) {
    sets[s].Take(found[s], static_cast<size_t>(first), round == 0 ? 0 : options.memory);
  }
  return {};
}

void TrackedSet::Take(const GateGradients& found, size_t first, double memory) {
  left_ = Share(first, found.values);
  MeasureParts(first, found.values);
  Mix(found.mean, memory, 1 - memory, mean_);
  variance_.resize(mean_.size());
  for (size_t i = 0; i < variance_.size(); ++i) {
    const double fresh = (1 - memory) * found.standard_error.span()[i];
    variance_[i] = memory * memory * variance_[i] + fresh * fresh;
  }
  if (found.squares.size() > 0) Mix(found.squares, memory, 1 - memory, squares_);
  for (std::vector<Part>* parts : {&sides_, &categories_}) {
    for (Part& part : *parts) {
      const auto at = static_cast<size_t>(part.number) - 1;
      if (at >= found.sides.size() || !std::isfinite(found.sides[at].span()[0])) continue;
      const double kept = part.mean.empty() ? 0 : memory;
      Mix(found.sides[at], kept, 1 - kept, part.mean);
    }
  }
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
  if (contrasts_.empty()) {
    const auto begin = pairs_.begin() + first;
    return DifferentiateDivergence(engine, {begin, begin + count}, options);
  }
  return DifferentiateContrasts(
      engine, std::span(contrasts_).subspan(static_cast<size_t>(first), static_cast<size_t>(count)),
      options);
}

std::vector<double> TrackedSet::Precision(size_t first, std::span<const double> norms) const {
  std::vector<double> precision(norms.size(), 1.0);
  std::vector<double> sorted(norms.begin(), norms.end());
  const auto middle = sorted.begin() + std::ssize(sorted) / 2;
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double median = *middle;
  if (!(median > 0)) return precision;
  std::map<int64_t, std::pair<double, double>> sums;  // stratum -> weight before, after
  for (size_t i = 0; i < norms.size(); ++i) {
    precision[i] = 1 / (1 + (norms[i] / median) * (norms[i] / median));
    auto& [before, after] = sums[Stratum(first + i)];
    before += Weight(first + i);
    after += Weight(first + i) * precision[i];
  }
  for (size_t i = 0; i < norms.size(); ++i) {
    const auto& [before, after] = sums[Stratum(first + i)];
    if (after > 0) precision[i] *= before / after;
  }
  return precision;
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

double TrackedSet::PartMean(int64_t number, size_t first, std::span<const double> values) const {
  double sum = 0;
  double weight = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const int64_t side = contrasts_[first + i].side;
    if (std::abs(side) != number) continue;
    sum += (side > 0 ? 1 : -1) * Weight(first + i) * values[i];
    weight += Weight(first + i);
  }
  return sum / weight;
}

void TrackedSet::MeasureParts(size_t first, const std::vector<double>& values) {
  const auto before = std::span<const double>(base_).subspan(first, values.size());
  for (std::vector<Part>* parts : {&sides_, &categories_}) {
    for (Part& part : *parts) {
      // A sample's items are not all: what has changed on them counts.
      const double change =
          PartMean(part.number, first, values) - PartMean(part.number, first, before);
      if (std::isfinite(change)) part.now = part.base + change;
    }
  }
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
