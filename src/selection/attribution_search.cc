#include "selection/attribution_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "selection/constrained_choice.h"
#include "selection/neutral_cost.h"
#include "selection/tracked_set.h"

namespace fairprune {
namespace {

// Windows of the text in a round's estimates: one for every 25 items of a bias. A few windows may
// suffer much more than the others, so what was done is always measured on twice as many.
constexpr int64_t kFewestTextWindows = 8;
constexpr int64_t kMostTextWindows = 24;
constexpr int64_t kItemsPerWindow = 25;
// Of the neurons that may be taken, how many may change sides in a round of exchange.
constexpr double kExchanged = 0.2;
// Guarded items that a step is checked on, and by how much a measurement on so few may pass a
// limit.
constexpr int64_t kCheckedItems = 150;
// Guarded preferences are strong ones to begin with: no more items than this are needed, and in a
// round, where they are long, about as many as have so many tokens for every item of a bias.
constexpr int64_t kMostGuarded = 800;
constexpr int64_t kGuardedTokensPerItem = 10;
constexpr int64_t kFewestInRound = 50;
constexpr double kCheckSlack = 0.01;
constexpr int kHalvings = 3;
// Costs count at their mean plus this times the margin of gains: what a choice gains it is chosen
// for, what it costs it only happens to.
constexpr double kCostErrors = 2;
// How often the end is mended where all items together show a limit passed that samples kept.
constexpr int kRepairs = 8;
// A repair that follows another one changes fewer neurons (what it exchanges may pass another
// limit) and aims below the limits, by this share of them more each time; after the first few each
// makes do with a share of the neurons.
constexpr double kTighten = 0.25;
constexpr int kExchanges = 3;
constexpr double kShrink = 0.8;
// Rounds from one count of a frontier to the next.
constexpr int kStageRounds = 2;

class Search {
 public:
  Search(const Engine& engine, const SearchInputs& inputs, const SearchOptions& options)
      : engine_(engine),
        options_(options),
        text_set_{.name = "text", .contrasts = inputs.text},
        mask_(engine.config().num_layers, engine.config().intermediate_size),
        num_neurons_(static_cast<size_t>(mask_.num_layers() * mask_.num_neurons())),
        off_(num_neurons_) {
    uint64_t seed = options.seed;
    for (const SearchSet& set : inputs.bias) bias_.emplace_back(set, options.max_items, seed++);
    const int64_t most_guarded =
        options.max_items > 0 ? std::min(options.max_items, kMostGuarded) : kMostGuarded;
    // One seed for all: a preference and the loss of its right words keep the same items.
    for (const SearchSet& set : inputs.guarded) guarded_.emplace_back(set, most_guarded, seed);
    text_.emplace_back(text_set_, 2 * TextWindows(), seed + 1);
  }

  Result<SearchResult> Run() {
    FP_RETURN_IF_ERROR(MeasureBase());
    const int64_t growing = std::max<int64_t>(1, options_.growing_rounds);
    for (int64_t round = 0; round < options_.rounds; ++round) {
      FP_RETURN_IF_ERROR(Grow(
          round, std::min(options_.count, (options_.count * (round + 1) + growing - 1) / growing),
          ChangesOf(round, growing)));
    }
    FP_RETURN_IF_ERROR(Repair());
    result_.neurons = Ranked();
    return std::move(result_);
  }

  Result<SearchStages> RunStages(const std::vector<int64_t>& counts) {
    FP_RETURN_IF_ERROR(MeasureBase());
    SearchStages stages;
    int64_t round = 0;
    int64_t before = 0;
    for (const int64_t count : counts) {
      for (int step = 1; step <= kStageRounds; ++step) {
        const int64_t up_to = before + (count - before) * step / kStageRounds;
        const int64_t changes = std::max<int64_t>(2, 3 * (up_to - mask_.num_removed()) / 2);
        FP_RETURN_IF_ERROR(Grow(round++, up_to, changes));
      }
      stages.choices.push_back(Ranked());
      before = count;
    }
    stages.neutral_cost = std::move(result_.neutral_cost);
    return stages;
  }

 private:
  // A round: estimates, and a step to at most `count` neurons.
  Status Grow(int64_t round, int64_t count, int64_t max_changes) {
    FP_RETURN_IF_ERROR(Estimate(round));
    ChoiceProblem problem = MakeProblem();
    problem.count = count;
    problem.max_changes = max_changes;
    return TakeStep(round, problem);
  }

  Status MeasureBase() {
    const std::vector<TrackedSet*> sets = AllSets();
    FP_RETURN_IF_ERROR(TrackedSet::MeasureBase(engine_, sets));
    std::erase_if(guarded_, [&](const TrackedSet& set) {
      const double mean = set.base_mean();
      if (mean > 0) return false;
      if (options_.log) {
        options_.log(fmt::format("{} is not held: {:.2f} nats to begin with", set.name(), mean));
      }
      return true;
    });
    for (const TrackedSet& set : guarded_) {
      for (const TrackedSet::Part& part : set.categories()) result_.categories.push_back(part.name);
    }
    if (std::ranges::none_of(bias_, [](const TrackedSet& set) { return set.base_mean() > 0; })) {
      return Fail(ErrorCode::kMismatch,
                  "the model shows no bias on any of the {} sets (every mean is 0 or below): there "
                  "is nothing to reduce",
                  bias_.size());
    }
    return {};
  }

  // The text, the biases, what is guarded.
  std::vector<TrackedSet*> AllSets() {
    std::vector<TrackedSet*> sets = {&text_.front()};
    for (std::vector<TrackedSet>* some : {&bias_, &guarded_}) {
      for (TrackedSet& set : *some) sets.push_back(&set);
    }
    return sets;
  }

  Status Estimate(int64_t round) {
    SearchRound& record = result_.rounds.emplace_back();
    record.num_off = mask_.num_removed();
    for (TrackedSet& set : bias_) {
      if (set.base_mean() > 0) {
        FP_RETURN_IF_ERROR(set.Differentiate(engine_, mask_, round, options_, false, true));
      }
      record.bias_left.push_back(set.left());
    }
    SearchOptions guarded_options = options_;
    for (size_t i = 0; i < guarded_.size();) {
      // A preference and the loss of its right words.
      size_t end = i + 1;
      while (end < guarded_.size() && guarded_[end].HasItemsOf(guarded_[i])) ++end;
      guarded_options.items_per_round = GuardedItems(guarded_[i]);
      FP_RETURN_IF_ERROR(TrackedSet::DifferentiateTogether(
          engine_, std::span(guarded_).subspan(i, end - i), mask_, round, guarded_options));
      for (; i < end; ++i) record.guarded_lost.push_back(guarded_[i].Lost(guarded_[i].left()));
    }
    SearchOptions text_options = options_;
    text_options.items_per_round = TextWindows();
    FP_RETURN_IF_ERROR(
        text_.front().Differentiate(engine_, mask_, round, text_options, true, false));
    RecordParts(record);
    record.loss_increase_nats = LossIncrease();
    if (round == 0) result_.neutral_cost = TextCost().cost;
    Log(record);
    return {};
  }

  // Sides and categories.
  void RecordParts(SearchRound& record) const {
    for (const TrackedSet& set : bias_) {
      for (const TrackedSet::Part& sides : set.sides()) record.side_nats.push_back(sides.now);
    }
    for (const TrackedSet& set : guarded_) {
      for (const TrackedSet::Part& part : set.categories()) {
        record.categories_lost.push_back(part.lost());
      }
    }
  }

  int64_t TextWindows() const {
    if (options_.items_per_round == 0) return kMostTextWindows;
    return std::clamp(options_.items_per_round / kItemsPerWindow, kFewestTextWindows,
                      kMostTextWindows);
  }

  // A preference that must stay is a strong one to begin with: half of the items tell as much.
  int64_t GuardedItems(const TrackedSet& set) const {
    if (options_.items_per_round == 0) return 0;
    const int64_t tokens = kGuardedTokensPerItem * options_.items_per_round;
    const int64_t affordable = std::max(kFewestInRound, tokens / set.tokens_per_item());
    return std::min((options_.items_per_round + 1) / 2, affordable);
  }

  void Log(const SearchRound& record) const {
    if (!options_.log) return;
    std::string line = fmt::format("{} neurons off:", record.num_off);
    for (size_t i = 0; i < bias_.size(); ++i) {
      line += fmt::format(" {} {:+.1f} %,", bias_[i].name(), 100 * (record.bias_left[i] - 1));
    }
    for (size_t i = 0; i < guarded_.size(); ++i) {
      const double change =
          guarded_[i].is_loss() ? record.guarded_lost[i] : -record.guarded_lost[i];
      line += fmt::format(" {} {:+.1f} %,", guarded_[i].name(), 100 * change);
    }
    size_t next = 0;
    for (const TrackedSet& set : bias_) {
      for (const TrackedSet::Part& sides : set.sides()) {
        line += fmt::format(" {} {:+.2f} nats,", sides.name, record.side_nats[next++]);
      }
    }
    const auto worst = std::ranges::max_element(record.categories_lost);
    if (worst != record.categories_lost.end() && *worst > 0) {
      line += fmt::format(
          " the category that loses most: {} {:+.1f} %,",
          result_.categories[static_cast<size_t>(worst - record.categories_lost.begin())],
          -100 * *worst);
    }
    line += fmt::format(" perplexity {:+.2f} %", 100 * std::expm1(record.loss_increase_nats));
    options_.log(line);
  }

  // Nats per token, of all windows, as last measured.
  double LossIncrease() const { return (text_left_ - 1) * text_.front().base_mean(); }

  int64_t ChangesOf(int64_t round, int64_t growing) const {
    if (round < growing) return std::max<int64_t>(1, 3 * options_.count / (2 * growing));
    const double later = static_cast<double>(round - growing) /
                         static_cast<double>(std::max<int64_t>(1, options_.rounds - growing));
    const double share = kExchanged * (1 - 0.5 * later);
    return std::max<int64_t>(2, static_cast<int64_t>(share * static_cast<double>(options_.count)));
  }

  double LimitOf(const TrackedSet& set) const {
    return set.max_loss().value_or(options_.max_guarded_loss);
  }

  ChoiceProblem MakeProblem() const {
    ChoiceProblem problem;
    problem.off = off_;
    problem.count = options_.count;
    problem.gain.assign(num_neurons_, 0.0);
    std::vector<double> variance(num_neurons_);
    for (const TrackedSet& set : bias_) {
      if (!(set.base_mean() > 0)) continue;
      const double scale = set.weight() * std::max(0.0, set.left()) / set.base_mean();
      for (size_t i = 0; i < num_neurons_; ++i) {
        problem.gain[i] += scale * set.mean(i);
        const double margin = scale * Margin(set, i);
        variance[i] += margin * margin;
      }
    }
    // Sets are independent of each other: their errors add up as squares.
    for (size_t i = 0; i < num_neurons_; ++i) problem.gain[i] -= std::sqrt(variance[i]);
    for (size_t i = 0; i < options_.eligible.size(); ++i) {
      if (options_.eligible[i] == 0) problem.gain[i] = -HUGE_VAL;
    }
    for (const TrackedSet& set : guarded_) {
      CostLimit& cost = problem.costs.emplace_back();
      cost = {set.name(), std::vector<double>(num_neurons_), set.Lost(set.left()), LimitOf(set)};
      const double sign = set.is_loss() ? -1 : 1;
      for (size_t i = 0; i < num_neurons_; ++i) {
        cost.cost[i] = (sign * set.mean(i) + kCostErrors * Margin(set, i)) / set.base_mean();
      }
    }
    for (const TrackedSet& set : bias_) {
      for (const TrackedSet::Part& sides : set.sides()) AddSideCosts(sides, problem);
    }
    for (const TrackedSet& set : guarded_) {
      for (const TrackedSet::Part& category : set.categories()) {
        AddCategoryCost(category, category.limit * LimitOf(set), problem);
      }
    }
    problem.costs.push_back(TextCost());
    return problem;
  }

  // The preference for the first side may move by no more than the limit, either way. It is a sum
  // of terms of either sign, which the next round measures: no margin.
  void AddSideCosts(const TrackedSet::Part& sides, ChoiceProblem& problem) const {
    for (const double sign : {1.0, -1.0}) {
      CostLimit& cost = problem.costs.emplace_back();
      cost = {sides.name, std::vector<double>(num_neurons_), sign * sides.moved(), sides.limit};
      for (size_t i = 0; i < sides.mean.size(); ++i) cost.cost[i] = -sign * sides.mean[i];
    }
  }

  // No margin either: a category's few items would have a wide one, and the set as a whole has it.
  void AddCategoryCost(const TrackedSet::Part& category, double limit,
                       ChoiceProblem& problem) const {
    CostLimit& cost = problem.costs.emplace_back();
    cost = {category.name, std::vector<double>(num_neurons_), category.lost(), limit};
    for (size_t i = 0; i < category.mean.size(); ++i) {
      cost.cost[i] = category.mean[i] / category.base;
    }
  }

  // Of a neuron that is on; one that is off has been measured off.
  double Margin(const TrackedSet& set, size_t neuron) const {
    return off_[neuron] != 0 ? 0.0 : options_.standard_errors * set.standard_error(neuron);
  }

  CostLimit TextCost() const {
    const TrackedSet& text = text_.front();
    CostLimit cost{"text", std::vector<double>(num_neurons_), LossIncrease(),
                   std::log1p(options_.max_perplexity_increase)};
    const WeightedSequence& window = text_set_.contrasts.front().sequences.front();
    const double tokens = std::abs(1.0 / window.coefficient);
    for (size_t i = 0; i < num_neurons_; ++i) {
      cost.cost[i] = off_[i] != 0 ? NeutralCostOfOff(text.mean(i), text.squares(i), tokens)
                                  : NeutralCost(text.mean(i), kCostErrors * Margin(text, i),
                                                text.squares(i), tokens);
    }
    return cost;
  }

  // Changes sides as chosen, as far as the costs follow their estimates: where one that is measured
  // passes its limit and what it was before, half of the changes are taken back, the least valuable
  // first, up to three times, and then all of them.
  Status TakeStep(int64_t round, const ChoiceProblem& problem) {
    const Choice choice = ChooseWithinLimits(problem);
    size_t taken = choice.changes.size();
    for (const size_t i : choice.changes) Flip(i);
    const double text_left = text_left_;
    for (int halving = 0; taken > 0; ++halving) {
      FP_ASSIGN_OR_RETURN(const bool within, IsWithin(round, problem));
      if (within) break;
      text_left_ = text_left;
      const size_t kept = halving < kHalvings ? taken / 2 : 0;
      for (; taken > kept; --taken) Flip(choice.changes[taken - 1]);
    }
    result_.rounds.back().num_changes = static_cast<int64_t>(taken);
    return {};
  }

  // Whether every cost, measured on some of the round's items, is within its limit or no higher
  // than before; the text on all its windows.
  Result<bool> IsWithin(int64_t round, const ChoiceProblem& problem) {
    std::vector<TrackedSet::Items> items = {text_.front().AllItems()};
    for (TrackedSet& set : guarded_) {
      items.push_back(set.SampledItems(round, GuardedItems(set), kCheckedItems));
    }
    FP_ASSIGN_OR_RETURN(const std::vector<double> left,
                        TrackedSet::MeasureLeft(engine_, items, mask_));
    text_left_ = left.front();
    const CostLimit& text = problem.costs.back();
    if (LossIncrease() > std::max(text.spent, text.limit)) return false;
    for (size_t i = 0; i < guarded_.size(); ++i) {
      const CostLimit& cost = problem.costs[i];
      if (guarded_[i].Lost(left[i + 1]) > std::max(cost.spent, cost.limit) + kCheckSlack) {
        return false;
      }
    }
    return true;
  }

  void Flip(size_t i) {
    const auto layer = static_cast<int64_t>(i) / mask_.num_neurons();
    const auto neuron = static_cast<int64_t>(i) % mask_.num_neurons();
    off_[i] ^= 1;
    if (off_[i] != 0) {
      mask_.Remove(layer, neuron);
    } else {
      mask_.Restore(layer, neuron);
    }
  }

  // Measures on all items. Where a limit is passed, exchanges neurons or leaves some out; a step
  // after which limits are passed by as much as before or more went too far: half of it is taken
  // back, the least valuable first.
  Status Repair() {
    std::vector<size_t> step;
    double passed_before_step = 0;
    for (int repair = 0;;) {
      SearchRound record;
      record.num_off = mask_.num_removed();
      std::vector<TrackedSet::Items> items;
      for (TrackedSet* set : AllSets()) items.push_back(set->AllItems());
      FP_ASSIGN_OR_RETURN(const std::vector<double> left,
                          TrackedSet::MeasureLeft(engine_, items, mask_));
      text_left_ = left.front();
      for (size_t i = 0; i < bias_.size(); ++i) {
        record.bias_left.push_back(bias_[i].base_mean() > 0 ? left[1 + i] : 1.0);
      }
      for (size_t i = 0; i < guarded_.size(); ++i) {
        record.guarded_lost.push_back(guarded_[i].Lost(left[1 + bias_.size() + i]));
      }
      RecordParts(record);
      record.loss_increase_nats = LossIncrease();
      const std::vector<Spent> spent = SpentOf(record);
      double passed = 0;  // the sum over limits, in limits
      for (const Spent& cost : spent) passed += Passed(cost.value, cost.limit);
      Log(record);
      result_.rounds.push_back(record);
      if (passed == 0 || record.num_off == 0) return {};
      if (step.size() > 1 && passed >= passed_before_step) {
        TakeBackHalf(step);
        result_.rounds.back().num_changes = std::ssize(step);
        continue;
      }
      passed_before_step = passed;
      if (repair < kRepairs) FP_RETURN_IF_ERROR(Estimate(options_.rounds + repair));
      ChoiceProblem problem = MakeProblem();
      // The estimates were made on a sample.
      for (size_t i = 0; i < spent.size(); ++i) problem.costs[i].spent = spent[i].value;
      for (CostLimit& cost : problem.costs) {
        cost.limit -= kTighten * std::min(repair, kExchanges) * std::abs(cost.limit);
      }
      problem.count = repair < kExchanges
                          ? record.num_off
                          : static_cast<int64_t>(kShrink * static_cast<double>(record.num_off));
      if (repair >= kRepairs) problem.count = 0;
      problem.max_changes = std::max<int64_t>(record.num_off - problem.count,
                                              record.num_off / (5 * (repair + 1)) + 2);
      step = ChooseWithinLimits(problem).changes;
      for (const size_t i : step) Flip(i);
      result_.rounds.back().num_changes = std::ssize(step);
      ++repair;
    }
  }

  struct Spent {
    double value, limit;
  };
  // What was measured of each cost of MakeProblem, in their order; of the parts as they are now.
  std::vector<Spent> SpentOf(const SearchRound& record) const {
    std::vector<Spent> spent;
    for (size_t i = 0; i < guarded_.size(); ++i) {
      spent.push_back({record.guarded_lost[i], LimitOf(guarded_[i])});
    }
    for (const TrackedSet& set : bias_) {
      for (const TrackedSet::Part& sides : set.sides()) {
        spent.push_back({sides.moved(), sides.limit});
        spent.push_back({-sides.moved(), sides.limit});
      }
    }
    for (const TrackedSet& set : guarded_) {
      for (const TrackedSet::Part& category : set.categories()) {
        spent.push_back({category.lost(), category.limit * LimitOf(set)});
      }
    }
    spent.push_back({record.loss_increase_nats, std::log1p(options_.max_perplexity_increase)});
    return spent;
  }

  static double Passed(double value, double limit) {
    constexpr double kSmallest = 1e-9;
    return std::max(0.0, value - limit) / std::max(std::abs(limit), kSmallest);
  }

  void TakeBackHalf(std::vector<size_t>& changes) {
    const size_t kept = changes.size() / 2;
    for (size_t i = kept; i < changes.size(); ++i) Flip(changes[i]);
    changes.resize(kept);
  }

  std::vector<PlannedNeuron> Ranked() const {
    const ChoiceProblem problem = MakeProblem();
    std::vector<PlannedNeuron> neurons;
    for (size_t i = 0; i < num_neurons_; ++i) {
      if (off_[i] == 0) continue;
      const auto index = static_cast<int64_t>(i);
      neurons.push_back({static_cast<int32_t>(index / mask_.num_neurons()),
                         static_cast<int32_t>(index % mask_.num_neurons()), problem.gain[i]});
    }
    std::ranges::stable_sort(
        neurons, [](const PlannedNeuron& a, const PlannedNeuron& b) { return a.score > b.score; });
    return neurons;
  }

  const Engine& engine_;
  const SearchOptions& options_;
  SearchSet text_set_;
  NeuronMask mask_;
  size_t num_neurons_;
  std::vector<uint8_t> off_;
  std::vector<TrackedSet> bias_, guarded_, text_;
  double text_left_ = 1;  // the text's loss with `mask_` over that without, all windows
  SearchResult result_;
};

}  // namespace

Status CheckSearch(const SearchInputs& inputs, const SearchOptions& options) {
  if (!inputs.bias.empty() && !inputs.text.empty() && options.count >= 0 && options.rounds >= 1) {
    return {};
  }
  return Fail(ErrorCode::kInvalidArgument,
              "a search needs a bias set and a text, a count of at least 0 and a round or more; "
              "found {} sets, {} windows, count {}, {} rounds",
              inputs.bias.size(), inputs.text.size(), options.count, options.rounds);
}

Result<SearchResult> SearchByAttribution(const Engine& engine, const SearchInputs& inputs,
                                         const SearchOptions& options) {
  FP_RETURN_IF_ERROR(CheckSearch(inputs, options));
  return Search(engine, inputs, options).Run();
}

Result<SearchStages> SearchFrontier(const Engine& engine, const SearchInputs& inputs,
                                    const SearchOptions& options,
                                    const std::vector<int64_t>& counts) {
  FP_RETURN_IF_ERROR(CheckSearch(inputs, options));
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > (i == 0 ? 0 : counts[i - 1])) continue;
    return Fail(ErrorCode::kInvalidArgument,
                "counts of a frontier must rise from 1 on; number {} is {}", i + 1, counts[i]);
  }
  return Search(engine, inputs, options).RunStages(counts);
}

std::vector<Contrast> LossOfPreferred(const std::vector<Contrast>& contrasts) {
  std::vector<Contrast> losses;
  for (const Contrast& contrast : contrasts) {
    Contrast& loss = losses.emplace_back(contrast);
    for (WeightedSequence& sequence : loss.sequences) {
      sequence.coefficient = std::min(0.0, -sequence.coefficient);
    }
  }
  return losses;
}

Result<std::vector<Contrast>> TextLoss(const std::vector<TokenRequest>& windows) {
  std::vector<Contrast> contrasts;
  for (const TokenRequest& window : windows) {
    const auto tokens = std::ssize(window.ids) - window.first_scored;
    if (tokens < 1) return Fail(ErrorCode::kInvalidArgument, "a window without a scored token");
    Contrast& contrast = contrasts.emplace_back();
    contrast.sequences.push_back(
        {window.ids, window.first_scored, -1.0 / static_cast<double>(tokens)});
    contrast.weight = static_cast<double>(tokens);
    contrast.cluster = std::ssize(contrasts);
  }
  return contrasts;
}

}  // namespace fairprune
