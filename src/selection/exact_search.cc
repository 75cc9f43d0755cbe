#include "selection/exact_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "attribution/exact_effects.h"
#include "selection/constrained_choice.h"
#include "statistics/random.h"

namespace fairprune {
namespace {

// A set of which a sample is measured.
struct Sampled {
  std::string name;
  double weight = 1;
  std::vector<Contrast> contrasts;
  double base_mean = 0;  // with no neuron off
  double mean = 0;       // with those off that are off
  std::vector<ExactEffect> effects;
};

std::vector<Contrast> FirstWindows(const std::vector<Contrast>& text, int64_t tokens) {
  if (tokens == 0) return text;
  std::vector<Contrast> windows;
  double taken = 0;
  for (const Contrast& window : text) {
    if (!windows.empty() && taken + window.weight > static_cast<double>(tokens)) break;
    windows.push_back(window);
    taken += window.weight;
  }
  return windows;
}

class ExactSearch {
 public:
  ExactSearch(const Engine& engine, const SearchInputs& inputs,
              const std::vector<Neuron>& candidates, const ExactSearchOptions& options)
      : engine_(engine),
        options_(options),
        left_(candidates),
        mask_(engine.config().num_layers, engine.config().intermediate_size) {
    uint64_t seed = options.seed;
    for (const SearchSet& set : inputs.bias) {
      if (set.contrasts.empty()) continue;
      bias_.push_back({set.name, set.weight, SampleOf(set.contrasts, options.items, seed++)});
    }
    text_.name = "text";
    text_.contrasts = FirstWindows(inputs.text, options.text_tokens);
  }

  Result<SearchResult> Run() {
    FP_RETURN_IF_ERROR(MeasureBase());
    for (int64_t round = 0; round < options_.rounds && !left_.empty(); ++round) {
      FP_RETURN_IF_ERROR(MeasureEffects());
      Log();
      const int64_t up_to = (options_.count * (round + 1) + options_.rounds - 1) / options_.rounds;
      FP_RETURN_IF_ERROR(TakeGroup(std::min(options_.count, up_to) - mask_.num_removed()));
    }
    FP_RETURN_IF_ERROR(MeasureMeans());
    Log();
    return std::move(result_);
  }

 private:
  Status MeasureBase() {
    FP_RETURN_IF_ERROR(MeasureMeans());
    for (Sampled& set : bias_) set.base_mean = set.mean;
    text_.base_mean = text_.mean;
    std::erase_if(bias_, [](const Sampled& set) { return !(set.base_mean > 0); });
    if (!bias_.empty()) return {};
    return Fail(ErrorCode::kMismatch,
                "the model shows no bias on any of the sampled sets (every mean is 0 or below): "
                "there is nothing to reduce; raise the number of items, or choose other sets");
  }

  Status MeasureMeans() {
    for (Sampled& set : bias_) FP_RETURN_IF_ERROR(MeasureMean(set));
    return MeasureMean(text_);
  }

  Status MeasureMean(Sampled& set) const {
    FP_ASSIGN_OR_RETURN(const std::vector<double> values,
                        MeasureContrasts(engine_, set.contrasts, {.mask = &mask_, .progress = {}}));
    set.mean = WeightedMean(set.contrasts, values);
    return {};
  }

  // Of every candidate that is left, on top of what is off.
  Status MeasureEffects() {
    std::vector<Ablation> ablations;
    ablations.reserve(left_.size());
    for (const Neuron& neuron : left_) ablations.push_back({neuron});
    const auto measure = [&](Sampled& set) -> Status {
      FP_ASSIGN_OR_RETURN(ExactEffects found,
                          MeasureExactEffects(engine_, set.contrasts, ablations,
                                              {.mask = &mask_, .progress = options_.progress}));
      set.effects = std::move(found.effects);
      set.mean = found.base_mean;
      return {};
    };
    for (Sampled& set : bias_) FP_RETURN_IF_ERROR(measure(set));
    return measure(text_);
  }

  double LossIncrease() const { return text_.mean - text_.base_mean; }

  void Log() {
    SearchRound& record = result_.rounds.emplace_back();
    record.num_off = mask_.num_removed();
    record.loss_increase_nats = LossIncrease();
    std::string line = fmt::format("{} neurons off:", record.num_off);
    for (const Sampled& set : bias_) {
      record.bias_left.push_back(set.mean / set.base_mean);
      line += fmt::format(" {} {:+.1f} %,", set.name, 100 * (record.bias_left.back() - 1));
    }
    line += fmt::format(" perplexity {:+.2f} %", 100 * std::expm1(record.loss_increase_nats));
    if (options_.log) options_.log(line);
  }

  ChoiceProblem MakeProblem(int64_t count) const {
    ChoiceProblem problem;
    problem.count = count;
    problem.max_changes = count;
    problem.off.assign(left_.size(), 0);
    CostLimit cost{text_.name, std::vector<double>(left_.size()), LossIncrease(),
                   std::log1p(options_.max_perplexity_increase)};
    for (size_t n = 0; n < left_.size(); ++n) {
      double gain = 0;
      double variance = 0;
      for (const Sampled& set : bias_) {
        const double scale = set.weight * std::max(0.0, set.mean / set.base_mean) / set.base_mean;
        gain -= scale * set.effects[n].mean;
        variance += scale * scale * set.effects[n].standard_error * set.effects[n].standard_error;
      }
      problem.gain.push_back(gain - options_.standard_errors * std::sqrt(variance));
      // What seems to lower the loss is not trusted.
      cost.cost[n] = std::max(
          0.0, text_.effects[n].mean + options_.standard_errors * text_.effects[n].standard_error);
    }
    problem.costs.push_back(std::move(cost));
    return problem;
  }

  // At most `count` of the candidates that are left; the least valuable quarter comes back as long
  // as all of them together cost more than each by itself said.
  Status TakeGroup(int64_t count) {
    const ChoiceProblem problem = MakeProblem(count);
    std::vector<size_t> group = ChooseWithinLimits(problem).changes;
    for (const size_t n : group) mask_.Remove(left_[n].layer, left_[n].index);
    const CostLimit& cost = problem.costs.front();
    while (!group.empty()) {
      FP_RETURN_IF_ERROR(MeasureMean(text_));
      if (LossIncrease() <= std::max(cost.spent, cost.limit)) break;
      for (size_t back = (group.size() + 3) / 4; back > 0; --back) {
        mask_.Restore(left_[group.back()].layer, left_[group.back()].index);
        group.pop_back();
      }
    }
    std::vector<uint8_t> taken(left_.size());
    for (const size_t n : group) {
      taken[n] = 1;
      result_.neurons.push_back({left_[n].layer, left_[n].index, problem.gain[n]});
    }
    result_.rounds.back().num_changes = std::ssize(group);
    std::vector<Neuron> others;
    for (size_t n = 0; n < left_.size(); ++n) {
      if (taken[n] == 0) others.push_back(left_[n]);
    }
    left_ = std::move(others);
    return {};
  }

  const Engine& engine_;
  const ExactSearchOptions& options_;
  std::vector<Neuron> left_;  // candidates that are on
  NeuronMask mask_;
  std::vector<Sampled> bias_;
  Sampled text_;
  SearchResult result_;
};

}  // namespace

Result<SearchResult> SearchByExactEffects(const Engine& engine, const SearchInputs& inputs,
                                          const std::vector<Neuron>& candidates,
                                          const ExactSearchOptions& options) {
  if (candidates.empty() || inputs.text.empty() || options.count < 0 || options.rounds < 1 ||
      options.items < 0 || options.text_tokens < 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "an exact search needs candidates, a text and a round or more; found {} "
                "candidates, {} windows, {} rounds, {} items, {} tokens, count {}",
                candidates.size(), inputs.text.size(), options.rounds, options.items,
                options.text_tokens, options.count);
  }
  return ExactSearch(engine, inputs, candidates, options).Run();
}

}  // namespace fairprune
