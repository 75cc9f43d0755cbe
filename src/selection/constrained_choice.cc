#include "selection/constrained_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.h"

namespace fairprune {
namespace {

constexpr int kBisections = 40;
constexpr int kCycles = 8;

class PriceSearch {
 public:
  explicit PriceSearch(const ChoiceProblem& problem)
      : problem_(problem), prices_(problem.costs.size(), 0.0), value_(problem.gain.size()) {
    for (const CostLimit& cost : problem.costs) {
      FP_CHECK(cost.cost.size() == problem.gain.size(), "a cost for every neuron");
    }
    FP_CHECK(problem.off.size() == problem.gain.size(), "a state for every neuron");
  }

  Choice Run() {
    Choose();
    for (int cycle = 0; cycle < kCycles && !WithinLimits(); ++cycle) {
      for (size_t c = 0; c < prices_.size(); ++c) SetPrice(c);
    }
    Choose();
    RaiseUntilWithin();
    Complete();
    Choice choice;
    choice.off = problem_.off;
    for (const size_t i : coming_) choice.off[i] = 1;
    for (const size_t i : leaving_) choice.off[i] = 0;
    choice.prices = prices_;
    for (size_t c = 0; c < prices_.size(); ++c) choice.expected_cost.push_back(Spent(c));
    choice.expected_gain = SumOver(problem_.gain);
    // What leaves for its harm or for the count comes first, then exchanges side by side.
    const size_t alone = leaving_.size() > coming_.size() ? leaving_.size() - coming_.size() : 0;
    choice.changes.assign(leaving_.begin(), leaving_.begin() + static_cast<std::ptrdiff_t>(alone));
    for (size_t i = 0; i < std::max(coming_.size(), leaving_.size() - alone); ++i) {
      if (i < coming_.size()) choice.changes.push_back(coming_[i]);
      if (alone + i < leaving_.size()) choice.changes.push_back(leaving_[alone + i]);
    }
    return choice;
  }

 private:
  double SumOver(const std::vector<double>& of) const {
    double sum = 0;
    for (const size_t i : coming_) sum += of[i];
    for (const size_t i : leaving_) sum -= of[i];
    return sum;
  }
  double Spent(size_t c) const { return problem_.costs[c].spent + SumOver(problem_.costs[c].cost); }
  bool Fits(size_t c) const { return Spent(c) <= problem_.costs[c].limit; }
  bool WithinLimits() const {
    for (size_t c = 0; c < prices_.size(); ++c) {
      if (!Fits(c)) return false;
    }
    return true;
  }

  // One cost's bisection may have passed another's limit.
  void RaiseUntilWithin() {
    for (int i = 0; i < kBisections && !WithinLimits(); ++i) {
      for (size_t c = 0; c < prices_.size(); ++c) {
        if (!Fits(c)) prices_[c] = std::max(2 * prices_[c], 1e-3 * UnitPrice(c));
      }
      Choose();
    }
  }

  // Prices leave gaps: what still fits comes in, most valuable first.
  void Complete() {
    if (!WithinLimits()) return;
    int64_t room = problem_.count - num_off_ + std::ssize(leaving_) - std::ssize(coming_);
    int64_t changes = problem_.max_changes - std::ssize(leaving_) - std::ssize(coming_);
    for (size_t in = coming_.size(); in < on_.size() && room > 0 && changes > 0; ++in) {
      if (!(problem_.gain[on_[in]] > 0)) continue;
      coming_.push_back(on_[in]);
      if (WithinLimits()) {
        --room;
        --changes;
      } else {
        coming_.pop_back();
      }
    }
  }

  // The changes at the present prices.
  void Choose() {
    for (size_t i = 0; i < value_.size(); ++i) {
      value_[i] = problem_.gain[i];
      for (size_t c = 0; c < prices_.size(); ++c) {
        value_[i] -= prices_[c] * problem_.costs[c].cost[i];
      }
    }
    RankCandidates();
    coming_.clear();
    leaving_.clear();
    auto room = problem_.count - num_off_;
    int64_t changes = problem_.max_changes;
    size_t in = 0;
    size_t out = 0;
    const auto leaves = [&] { return out < off_.size() ? value_[off_[out]] : HUGE_VAL; };
    const auto comes = [&] { return in < on_.size() ? value_[on_[in]] : -HUGE_VAL; };
    // What does harm goes first, and what there are too many of.
    while (changes > 0 && out < off_.size() && (leaves() < 0 || room < 0)) {
      leaving_.push_back(off_[out++]);
      ++room;
      --changes;
    }
    while (changes > 0 && room > 0 && comes() > 0) {
      coming_.push_back(on_[in++]);
      --room;
      --changes;
    }
    while (changes > 1 && comes() > leaves()) {
      coming_.push_back(on_[in++]);
      leaving_.push_back(off_[out++]);
      changes -= 2;
    }
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

  // A price at which a cost is of the size of the gain, to start from.
  double UnitPrice(size_t c) const {
    double gain = 0;
    double cost = 0;
    for (size_t i = 0; i < value_.size(); ++i) {
      gain += std::abs(problem_.gain[i]);
      cost += std::abs(problem_.costs[c].cost[i]);
    }
    return gain > 0 && cost > 0 ? gain / cost : 1.0;
  }

  // The smallest price of cost c that fits its limit, the others as they are.
  void SetPrice(size_t c) {
    prices_[c] = 0;
    Choose();
    if (Fits(c)) return;
    const double unit = UnitPrice(c);
    double low = 0;
    double high = 1e-3 * unit;
    for (prices_[c] = high; high < 1e6 * unit; prices_[c] = high) {
      Choose();
      if (Fits(c)) break;
      low = high;
      high *= 4;
    }
    for (int i = 0; i < kBisections && high - low > 1e-4 * high; ++i) {
      prices_[c] = (low + high) / 2;
      Choose();
      (Fits(c) ? high : low) = prices_[c];
    }
    prices_[c] = high;
    Choose();
  }

  const ChoiceProblem& problem_;
  std::vector<double> prices_, value_;
  std::vector<size_t> on_, off_;
  int64_t num_off_ = 0;
  std::vector<size_t> coming_, leaving_;
};

}  // namespace

Choice ChooseWithinLimits(const ChoiceProblem& problem) { return PriceSearch(problem).Run(); }

}  // namespace fairprune
