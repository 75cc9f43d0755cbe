#include "evaluation/scorer.h"

#include <fmt/format.h>

#include <algorithm>

namespace fairprune {
namespace {

constexpr std::string_view kChoiceMetrics[] = {"acc", "acc_norm", "acc_bytes"};

struct ScorerRule {
  std::string_view name;
  bool takes_choices;  // else TaskOutput::kContinuation or kRolling
  TaskOutput otherwise = TaskOutput::kMultipleChoice;
};

constexpr ScorerRule kRules[] = {{"choices", true},
                                 {"continuation", false, TaskOutput::kContinuation},
                                 {"rolling", false, TaskOutput::kRolling},
                                 {"crows_pairs", true},
                                 {"truthful_mass", true},
                                 {"bbq", true},
                                 {"esbbq", true},
                                 {"stereoset", true},
                                 {"pairs", true}};

bool IsChoiceOutput(TaskOutput output) {
  return output == TaskOutput::kMultipleChoice || output == TaskOutput::kMultipleContext;
}

}  // namespace

Status CheckScorer(const TaskDefinition& task, const std::string& source) {
  const auto rule = std::find_if(std::begin(kRules), std::end(kRules),
                                 [&](const ScorerRule& r) { return r.name == task.scorer; });
  if (rule == std::end(kRules)) {
    std::string names;
    for (const ScorerRule& known : kRules) names += fmt::format(" {}", known.name);
    return Fail(ErrorCode::kBadFormat, "{}: scorer: there is no \"{}\"; there are:{}", source,
                task.scorer, names);
  }
  if (rule->takes_choices ? !IsChoiceOutput(task.output) : task.output != rule->otherwise) {
    return Fail(ErrorCode::kBadFormat, "{}: the scorer \"{}\" does not fit the task's output",
                source, task.scorer);
  }
  if (task.scorer != "choices") {
    if (task.metrics.empty()) return {};
    return Fail(ErrorCode::kBadFormat, "{}: metrics: the scorer \"{}\" has its own", source,
                task.scorer);
  }
  if (task.metrics.empty()) return Fail(ErrorCode::kBadFormat, "{}: no \"metrics\"", source);
  for (const std::string& metric : task.metrics) {
    if (std::find(std::begin(kChoiceMetrics), std::end(kChoiceMetrics), metric) ==
        std::end(kChoiceMetrics)) {
      return Fail(ErrorCode::kBadFormat, "{}: metrics: there is no \"{}\"; there are: {}", source,
                  metric, fmt::join(kChoiceMetrics, ", "));
    }
  }
  for (const TaskForm& form : task.forms) {
    const bool has_texts = task.output == TaskOutput::kMultipleChoice ? form.choices.has_value()
                                                                      : form.contexts.has_value();
    if (!form.target.present || !has_texts) {
      return Fail(ErrorCode::kBadFormat, "{}: forms: each needs choices or contexts, and a target",
                  source);
    }
  }
  return {};
}

Result<std::unique_ptr<Scorer>> MakeScorer(const TaskDefinition& task,
                                           const std::vector<EvalItem>& items) {
  if (task.scorer == "choices") return MakeChoiceScorer(task.metrics);
  if (task.scorer == "continuation") return MakeContinuationScorer();
  if (task.scorer == "rolling") return MakeRollingScorer();
  if (task.scorer == "crows_pairs") return MakeCrowsPairsScorer();
  if (task.scorer == "truthful_mass") return MakeTruthfulMassScorer();
  if (task.scorer == "bbq") return MakeBbqScorer();
  if (task.scorer == "esbbq") return MakeEsbbqScorer();
  if (task.scorer == "stereoset") return MakeStereosetScorer(items);
  if (task.scorer == "pairs") return MakePairScorer(items, task.next_token_divergence);
  return Fail(ErrorCode::kInternal, "{}: unknown scorer \"{}\"", task.name, task.scorer);
}

size_t ArgMax(std::span<const double> values) {
  return static_cast<size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

std::vector<double> LogLikelihoods(std::span<const TextScore> scores) {
  std::vector<double> values;
  values.reserve(scores.size());
  for (const TextScore& score : scores) values.push_back(score.log_likelihood_nats);
  return values;
}

}  // namespace fairprune
