#include "selection/constrained_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace fairprune {
namespace {

// Updates of the prices; the step of the k-th is kFirstStep / (1 + k / kSlow).
constexpr int kUpdates = 200;
constexpr double kFirstStep = 1;
constexpr double kSlow = 8;
// What a price falls to at least, of the one that it starts from.
constexpr double kLowestPrice = 1e-3;
// A limit counts as at least this share of what the costs of a choice without prices sum to.
constexpr double kSmallestScale = 1e-3;

// What changes sides, and what that comes to.
struct Changes {
  std::vector<size_t> coming, leaving;  // most valuable first; least valuable first
  std::vector<double> prices;           // per cost: at which they were chosen
  std::vector<double> spent;            // per cost: what was spent + the estimates of these
  double gain = 0;
  double excess = 0;  // sum over costs of what passes the limit, in the cost's scale
  bool BetterThan(const Changes& other) const {
    return excess != other.excess ? excess < other.excess : gain > other.gain;
  }
};

class PriceSearch {
 public:
  explicit PriceSearch(const ChoiceProblem& problem)
      : problem_(problem), prices_(problem.costs.size(), 0.0), value_(problem.gain.size()) {
    for (const CostLimit& cost : problem.costs) {
      FP_CHECK(cost.cost.size() == problem.gain.size(), "a cost for every neuron");
    }
    FP_CHECK(problem.off.size() == problem.gain.size(), "a state for every neuron");
    scales_.assign(prices_.size(), 1.0);
  }

  Choice Run() {
    Changes best = ChooseAtPrices();
    if (!(best.excess > 0)) return ToChoice(best);
    StartPrices(best);
    best.excess = HUGE_VAL;
    for (int k = 0; k < kUpdates; ++k) {
      Changes changes = ChooseAtPrices();
      UpdatePrices(changes.spent, kFirstStep / (1 + k / kSlow));
      Fit(changes);
      if (changes.BetterThan(best)) best = std::move(changes);
    }
    return ToChoice(best);
  }

 private:
  Choice ToChoice(const Changes& changes) const {
    Choice choice;
    choice.off = problem_.off;
    for (const size_t i : changes.coming) choice.off[i] = 1;
    for (const size_t i : changes.leaving) choice.off[i] = 0;
    choice.prices = changes.prices;
    choice.expected_cost = changes.spent;
    choice.expected_gain = changes.gain;
    // What leaves for its harm or for the count comes first, then exchanges side by side.
    const std::vector<size_t>& in = changes.coming;
    const std::vector<size_t>& out = changes.leaving;
    const size_t alone = out.size() > in.size() ? out.size() - in.size() : 0;
    choice.changes.assign(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(alone));
    for (size_t i = 0; i < std::max(in.size(), out.size() - alone); ++i) {
      if (i < in.size()) choice.changes.push_back(in[i]);
      if (alone + i < out.size()) choice.changes.push_back(out[alone + i]);
    }
    return choice;
  }

  double CostOf(size_t c, size_t neuron) const { return problem_.costs[c].cost[neuron]; }

  // Sums up what the changes come to.
  void Settle(Changes& changes) const {
    changes.gain = 0;
    for (const size_t i : changes.coming) changes.gain += problem_.gain[i];
    for (const size_t i : changes.leaving) changes.gain -= problem_.gain[i];
    changes.spent.clear();
    changes.excess = 0;
    for (size_t c = 0; c < prices_.size(); ++c) {
      double sum = problem_.costs[c].spent;
      for (const size_t i : changes.coming) sum += CostOf(c, i);
      for (const size_t i : changes.leaving) sum -= CostOf(c, i);
      changes.spent.push_back(sum);
      changes.excess += std::max(0.0, sum - problem_.costs[c].limit) / scales_[c];
    }
  }

  // The scale of each cost (the room that there is), and prices at which the costs of a choice
  // without prices are of the size of its gain.
  void StartPrices(const Changes& changes) {
    double gain = 0;
    for (const auto* side : {&changes.coming, &changes.leaving}) {
      for (const size_t i : *side) gain += FiniteGain(i);
    }
    for (size_t c = 0; c < prices_.size(); ++c) {
      double cost = 0;
      for (const auto* side : {&changes.coming, &changes.leaving}) {
        for (const size_t i : *side) cost += std::abs(CostOf(c, i));
      }
      const double room = std::abs(problem_.costs[c].limit - problem_.costs[c].spent);
      scales_[c] = std::max(room, kSmallestScale * cost);
      if (!(scales_[c] > 0)) scales_[c] = 1;
      prices_[c] = gain > 0 && cost > 0 ? gain / cost : UnitPrice(c);
    }
    for (const double price : prices_) lowest_.push_back(kLowestPrice * price);
  }

  // Of what is not eligible the gain is minus infinity.
  double FiniteGain(size_t i) const {
    return std::isfinite(problem_.gain[i]) ? std::abs(problem_.gain[i]) : 0.0;
  }

  // A price at which a cost is of the size of the gain over all neurons.
  double UnitPrice(size_t c) const {
    double gain = 0;
    double cost = 0;
    for (size_t i = 0; i < value_.size(); ++i) {
      gain += FiniteGain(i);
      cost += std::abs(CostOf(c, i));
    }
    return gain > 0 && cost > 0 ? gain / cost : 1.0;
  }

  // Towards the least of the dual function, whose slope is limit - spent.
  void UpdatePrices(const std::vector<double>& spent, double step) {
    for (size_t c = 0; c < prices_.size(); ++c) {
      const double slope = (spent[c] - problem_.costs[c].limit) / scales_[c];
      prices_[c] = std::max(lowest_[c], prices_[c] * std::exp(step * std::clamp(slope, -1.0, 1.0)));
    }
  }

  // Takes back what comes and passes a limit, most relief for its value first, and lets in, most
  // valuable first, what still fits.
  void Fit(Changes& changes) const {
    while (changes.excess > 0) {
      size_t worst = changes.coming.size();
      double most = 0;
      for (size_t at = 0; at < changes.coming.size(); ++at) {
        const size_t i = changes.coming[at];
        double relief = 0;
        for (size_t c = 0; c < prices_.size(); ++c) {
          const double over = (changes.spent[c] - problem_.costs[c].limit) / scales_[c];
          if (over > 0) relief += over * CostOf(c, i) / scales_[c];
        }
        relief /= std::max(value_[i], std::numeric_limits<double>::min());
        if (!(relief > most)) continue;
        most = relief;
        worst = at;
      }
      if (worst == changes.coming.size()) return;
      changes.coming.erase(changes.coming.begin() + static_cast<std::ptrdiff_t>(worst));
      Settle(changes);
    }
    Complete(changes);
  }

  void Complete(Changes& changes) const {
    int64_t room =
        problem_.count - num_off_ + std::ssize(changes.leaving) - std::ssize(changes.coming);
    int64_t free = problem_.max_changes - std::ssize(changes.leaving) - std::ssize(changes.coming);
    for (size_t in = 0; in < on_.size() && room > 0 && free > 0; ++in) {
      const size_t i = on_[in];
      if (!(problem_.gain[i] > 0) || std::ranges::find(changes.coming, i) != changes.coming.end()) {
        continue;
      }
      bool fits = true;
      for (size_t c = 0; c < prices_.size(); ++c) {
        fits = fits && changes.spent[c] + CostOf(c, i) <= problem_.costs[c].limit;
      }
      if (!fits) continue;
      changes.coming.push_back(i);
      Settle(changes);
      --room;
      --free;
    }
  }

  // What is worth changing at the present prices, all limits left to these.
  Changes ChooseAtPrices() {
    for (size_t i = 0; i < value_.size(); ++i) {
      value_[i] = problem_.gain[i];
      for (size_t c = 0; c < prices_.size(); ++c) value_[i] -= prices_[c] * CostOf(c, i);
    }
    RankCandidates();
    Changes changes;
    changes.prices = prices_;
    auto room = problem_.count - num_off_;
    int64_t left = problem_.max_changes;
    size_t in = 0;
    size_t out = 0;
    const auto leaves = [&] { return out < off_.size() ? value_[off_[out]] : HUGE_VAL; };
    const auto comes = [&] { return in < on_.size() ? value_[on_[in]] : -HUGE_VAL; };
    // What does harm goes first, and what there are too many of.
    while (left > 0 && out < off_.size() && (leaves() < 0 || room < 0)) {
      changes.leaving.push_back(off_[out++]);
      ++room;
      --left;
    }
    while (left > 0 && room > 0 && comes() > 0) {
      changes.coming.push_back(on_[in++]);
      --room;
      --left;
    }
    while (left > 1 && comes() > leaves()) {
      changes.coming.push_back(on_[in++]);
      changes.leaving.push_back(off_[out++]);
      left -= 2;
    }
    Settle(changes);
    return changes;
  }

  // on_: as many neurons that are on as may come, most valuable first; off_: those that are off,
  // least valuable first.
  void RankCandidates() {
    on_.clear();
    off_.clear();
    for (size_t i = 0; i < value_.size(); ++i) (problem_.off[i] != 0 ? off_ : on_).push_back(i);
    num_off_ = std::ssize(off_);
    const auto above = [&](size_t a, size_t b) {
      return value_[a] != value_[b] ? value_[a] > value_[b] : a < b;
    };
    const auto most = std::min<int64_t>(problem_.max_changes, std::ssize(on_));
    std::partial_sort(on_.begin(), on_.begin() + most, on_.end(), above);
    on_.resize(static_cast<size_t>(most));
    std::sort(off_.begin(), off_.end(), [&](size_t a, size_t b) { return above(b, a); });
  }

  const ChoiceProblem& problem_;
  std::vector<double> prices_, lowest_, scales_, value_;
  std::vector<size_t> on_, off_;
  int64_t num_off_ = 0;
};

}  // namespace

Choice ChooseWithinLimits(const ChoiceProblem& problem) { return PriceSearch(problem).Run(); }

}  // namespace fairprune
