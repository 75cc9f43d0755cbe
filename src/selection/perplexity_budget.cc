#include "selection/perplexity_budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace fairprune {
namespace {

// Further steps of the bisection that a streaming engine measures at once: 7 candidates of 5
// windows in one reading of the weights.
constexpr int kStepsForeseen = 2;

class BudgetSearch {
 public:
  BudgetSearch(const Engine& engine, const PerplexityText& text,
               std::span<const PlannedNeuron> neurons, const PerplexityBudget& budget)
      : engine_(engine), text_(text), neurons_(neurons), budget_(budget) {}

  Result<BudgetResult> Run() {
    FP_ASSIGN_OR_RETURN(result_.before, MeasureWhole(0));
    ChooseScreeningWindows();
    auto candidate = static_cast<int64_t>(neurons_.size());
    double screening_limit = budget_.max_increase;
    while (candidate > 0) {
      FP_ASSIGN_OR_RETURN(candidate, Screen(candidate, screening_limit));
      if (candidate == 0) break;
      FP_ASSIGN_OR_RETURN(result_.after, MeasureWhole(candidate));
      const double increase = Increase(result_.after);
      if (increase <= budget_.max_increase) break;
      // The screening windows were too kind: fewer neurons, and a stricter view of the windows.
      const double screened = screened_increase_;
      screening_limit = std::min(0.9 * screening_limit,
                                 screened > 0 ? screened * budget_.max_increase / increase : 0.0);
      --candidate;
    }
    if (candidate == 0) result_.after = result_.before;
    result_.num_taken = candidate;
    return std::move(result_);
  }

 private:
  double Increase(const Perplexity& p) const {
    return p.perplexity / result_.before.perplexity - 1.0;
  }

  void Record(int64_t num_neurons, double increase, bool whole) {
    result_.steps.push_back({num_neurons, increase, whole});
    if (budget_.log) {
      budget_.log(fmt::format("perplexity {:+.2f} % with {} neurons off ({})", 100 * increase,
                              num_neurons, whole ? "whole text" : "screening windows"));
    }
  }

  NeuronMask MaskOfFirst(int64_t num_neurons) const {
    return MaskOf(engine_.config(), neurons_.first(static_cast<size_t>(num_neurons)));
  }

  Result<Perplexity> MeasureWhole(int64_t num_neurons) {
    const NeuronMask mask = MaskOfFirst(num_neurons);
    FP_ASSIGN_OR_RETURN(
        Perplexity measured,
        MeasurePerplexity(engine_, text_, {.mask = &mask, .progress = budget_.progress}));
    if (num_neurons > 0) Record(num_neurons, Increase(measured), true);
    return measured;
  }

  void ChooseScreeningWindows() {
    const auto windows = static_cast<int64_t>(text_.windows.size());
    const int64_t count = std::clamp<int64_t>(budget_.screening_windows, 1, windows);
    for (int64_t i = 0; i < count; ++i) {
      const auto index = static_cast<size_t>((2 * i + 1) * windows / (2 * count));
      screening_.windows.push_back(text_.windows[index]);
      const auto tokens =
          static_cast<int64_t>(text_.windows[index].ids.size()) - text_.windows[index].first_scored;
      screening_.num_tokens += tokens;
      screening_before_nats_ += result_.before.window_nats[index];
    }
    screening_.num_bytes = 1;  // bits per byte of the windows are not used
  }

  // Measures the screening windows with each of these numbers of neurons off.
  Status ScreenAll(const std::vector<int64_t>& candidates) {
    std::vector<NeuronMask> masks;
    masks.reserve(candidates.size());
    for (const int64_t candidate : candidates) masks.push_back(MaskOfFirst(candidate));
    std::vector<const NeuronMask*> views;
    views.reserve(candidates.size());
    for (const NeuronMask& mask : masks) views.push_back(&mask);
    FP_ASSIGN_OR_RETURN(const std::vector<Perplexity> measured,
                        MeasurePerplexityUnderMasks(engine_, screening_, views, budget_.progress));
    const double before =
        std::exp(screening_before_nats_ / static_cast<double>(screening_.num_tokens));
    for (size_t i = 0; i < candidates.size(); ++i) {
      screened_[candidates[i]] = measured[i].perplexity / before - 1.0;
    }
    return {};
  }

  // What bisection between `good` and `bad` may ask for in its next `depth` steps.
  static void AddMiddles(int64_t good, int64_t bad, int depth, std::vector<int64_t>& middles) {
    if (bad - good < 2 || depth == 0) return;
    const int64_t middle = good + (bad - good) / 2;
    middles.push_back(middle);
    AddMiddles(good, middle, depth - 1, middles);
    AddMiddles(middle, bad, depth - 1, middles);
  }

  // The increase at `candidate`, measured now or foreseen before. A streaming engine reads all
  // weights for a measurement, however small: it measures what the next steps may ask for as well.
  Result<double> ScreenedIncrease(int64_t candidate, int64_t good, int64_t bad) {
    if (!screened_.contains(candidate)) {
      std::vector<int64_t> candidates = {candidate};
      if (engine_.streams()) {
        AddMiddles(good, candidate, kStepsForeseen, candidates);
        AddMiddles(candidate, bad, kStepsForeseen, candidates);
      }
      FP_RETURN_IF_ERROR(ScreenAll(candidates));
    }
    const double increase = screened_.at(candidate);
    Record(candidate, increase, false);
    return increase;
  }

  // The largest number up to `most` that bisection finds within `limit` on the screening windows.
  Result<int64_t> Screen(int64_t most, double limit) {
    FP_ASSIGN_OR_RETURN(screened_increase_, ScreenedIncrease(most, 0, most));
    if (screened_increase_ <= limit) return most;
    int64_t good = 0;
    int64_t bad = most;
    screened_increase_ = 0;
    while (bad - good > 1) {
      const int64_t middle = good + (bad - good) / 2;
      FP_ASSIGN_OR_RETURN(const double increase, ScreenedIncrease(middle, good, bad));
      if (increase <= limit) {
        good = middle;
        screened_increase_ = increase;
      } else {
        bad = middle;
      }
    }
    return good;
  }

  const Engine& engine_;
  const PerplexityText& text_;
  std::span<const PlannedNeuron> neurons_;
  const PerplexityBudget& budget_;
  PerplexityText screening_;
  double screening_before_nats_ = 0;
  std::map<int64_t, double> screened_;  // number of neurons -> increase on the screening windows
  double screened_increase_ = 0;        // of the last candidate that Screen returned
  BudgetResult result_;
};

}  // namespace

Result<BudgetResult> TakeWithinPerplexity(const Engine& engine, const PerplexityText& text,
                                          std::span<const PlannedNeuron> neurons,
                                          const PerplexityBudget& budget) {
  if (!std::isfinite(budget.max_increase) || budget.max_increase < 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "the allowed perplexity increase must be a number of at least 0, found {}",
                budget.max_increase);
  }
  return BudgetSearch(engine, text, neurons, budget).Run();
}

}  // namespace fairprune
