// fairprune compare: two evaluations of the same items, paired.
#include <fmt/core.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/verbs.h"
#include "comparison/requirement.h"
#include "report/table.h"

namespace fairprune {
namespace {

struct CompareFlags {
  std::string before, after;
  std::vector<std::string> metrics, requirements;
  std::optional<double> alpha;
  PairedOptions paired;
  bool json = false;
};

std::string Rounded(double value) {
  if (!std::isfinite(value)) return "";
  return std::fabs(value) < 1e6 ? fmt::format("{:.4f}", value) : fmt::format("{:.4g}", value);
}

std::string Signed(double value) {
  if (!std::isfinite(value)) return "";
  return std::fabs(value) < 1e6 ? fmt::format("{:+.4f}", value) : fmt::format("{:+.4g}", value);
}

std::string PText(double p) { return p < 1e-4 ? "<0.0001" : fmt::format("{:.4f}", p); }

std::string Flips(const PairedMetric& metric) {
  return metric.has_outcomes ? fmt::format("+{} -{}", metric.gained, metric.lost) : "";
}

Table MetricsTable(const std::vector<ComparedMetric>& compared, const CompareFlags& flags) {
  Table table({{.title = "task", .groups = true},
               {"metric"},
               {"before", Align::kRight},
               {"after", Align::kRight},
               {"difference", Align::kRight},
               {fmt::format("{:g} % interval", 100 * flags.paired.level)},
               {"p", Align::kRight},
               {"p (Holm)", Align::kRight},
               {"effect", Align::kRight},
               {"flipped", Align::kRight},
               {"items", Align::kRight},
               {"clusters", Align::kRight}});
  for (const ComparedMetric& one : compared) {
    const PairedResult& r = one.result;
    const bool has_interval = std::isfinite(r.low) && std::isfinite(r.high);
    table.AddRow({one.metric->task, one.metric->metric, Rounded(r.before), Rounded(r.after),
                  Signed(r.difference),
                  has_interval ? Signed(r.low) + " to " + Signed(r.high) : "none", PText(r.p_value),
                  PText(one.p_holm), fmt::format("{:+.2f}", r.effect_size), Flips(*one.metric),
                  WithThousands(r.num_items), WithThousands(r.num_clusters)});
  }
  return table;
}

Table RequirementsTable(const std::vector<CheckedRequirement>& checked, const CompareFlags& flags) {
  Table table({{"requirement"}, {"metric"}, {"value", Align::kRight}, {"sure"}, {"verdict"}});
  for (const CheckedRequirement& one : checked) {
    std::string sure;
    if (one.p_holm) sure = fmt::format("p (Holm) {}", PText(*one.p_holm));
    if (one.limit) {
      sure = fmt::format("{:g} % limit {}", 100 * (1 - flags.alpha.value_or(0)),
                         std::isfinite(*one.limit) ? Signed(*one.limit) : "none");
    }
    table.AddRow({one.text, one.metric, Signed(one.value), sure, one.met ? "met" : "NOT met"});
  }
  return table;
}

Json MetricJson(const ComparedMetric& one) {
  const PairedMetric& metric = *one.metric;
  const PairedResult& r = one.result;
  Json object = {{"task", metric.task},
                 {"metric", metric.metric},
                 {"higher_is_better", metric.higher_is_better},
                 {"before", r.before},
                 {"after", r.after},
                 {"difference", r.difference},
                 {"low", r.low},
                 {"high", r.high},
                 {"p", r.p_value},
                 {"p_holm", one.p_holm},
                 {"exact", r.exact},
                 {"effect_size", r.effect_size},
                 {"items", r.num_items},
                 {"clusters", r.num_clusters}};
  object["gained"] = metric.has_outcomes ? Json(metric.gained) : Json();
  object["lost"] = metric.has_outcomes ? Json(metric.lost) : Json();
  return object;
}

Json RequirementJson(const CheckedRequirement& one) {
  Json object = {{"requirement", one.text},
                 {"metric", one.metric},
                 {"value", one.value},
                 {"value_holds", one.value_holds}};
  if (one.p_holm) object["p_holm"] = *one.p_holm;
  if (one.limit) object["limit"] = *one.limit;
  object["met"] = one.met;
  return object;
}

Json FolderJson(const EvaluationFolder& folder) {
  return {{"path", folder.path},
          {"model", folder.model},
          {"sha256", folder.model_sha256},
          {"compute", folder.compute}};
}

void PrintAsJson(const PairedEvaluations& pair, const std::vector<ComparedMetric>& compared,
                 const std::vector<CheckedRequirement>& checked, const CompareFlags& flags,
                 Context& context) {
  Json metrics = Json::array(), requirements = Json::array();
  for (const ComparedMetric& one : compared) metrics.push_back(MetricJson(one));
  for (const CheckedRequirement& one : checked) requirements.push_back(RequirementJson(one));
  context.PrintJson("compare", {{"before", FolderJson(pair.before)},
                                {"after", FolderJson(pair.after)},
                                {"level", flags.paired.level},
                                {"resamples", flags.paired.resamples},
                                {"seed", flags.paired.seed},
                                {"alpha", flags.alpha ? Json(*flags.alpha) : Json()},
                                {"metrics", metrics},
                                {"only_before", pair.only_before},
                                {"only_after", pair.only_after},
                                {"requirements", requirements}});
}

void Remark(const PairedEvaluations& pair, Context& context) {
  for (const auto& [names, folder] :
       {std::pair(&pair.only_before, &pair.before), std::pair(&pair.only_after, &pair.after)}) {
    for (const std::string& name : *names) {
      context.Warn(fmt::format("{} is in {} only", name, folder->path));
    }
  }
  for (const PairedMetric& metric : pair.metrics) {
    if (metric.undefined.empty() || metric.undefined == "undefined in both") continue;
    context.Warn(fmt::format("{} is {}: left out", metric.FullName(), metric.undefined));
  }
  if (pair.before.compute != pair.after.compute) {
    context.Warn(
        fmt::format("{} was computed in {}, {} in {}: part of every difference is rounding",
                    pair.before.path, pair.before.compute, pair.after.path, pair.after.compute));
  }
}

Result<Outcome> Compare(const CompareFlags& flags, Context& context) {
  std::vector<Requirement> requirements;
  for (const std::string& text : flags.requirements) {
    FP_ASSIGN_OR_RETURN(Requirement requirement, ParseRequirement(text));
    requirements.push_back(std::move(requirement));
  }
  if (flags.alpha && requirements.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "--alpha is for --require, and there is none");
  }
  PairedOptions paired = flags.paired;
  paired.permutations = paired.resamples;
  FP_ASSIGN_OR_RETURN(EvaluationFolder before, ReadEvaluationFolder(flags.before));
  FP_ASSIGN_OR_RETURN(EvaluationFolder after, ReadEvaluationFolder(flags.after));
  FP_ASSIGN_OR_RETURN(const PairedEvaluations pair,
                      PairEvaluations(std::move(before), std::move(after)));
  Remark(pair, context);
  const std::vector<std::string> all = {"*"};
  FP_ASSIGN_OR_RETURN(const std::vector<ComparedMetric> compared,
                      CompareMetrics(pair, flags.metrics.empty() ? all : flags.metrics, paired));
  FP_ASSIGN_OR_RETURN(const std::vector<CheckedRequirement> checked,
                      CheckRequirements(pair, requirements, flags.alpha, paired));
  if (flags.json) {
    PrintAsJson(pair, compared, checked, flags, context);
  } else {
    Printout printout;
    printout.Add(MetricsTable(compared, flags));
    if (!checked.empty()) printout.Add("\n").Add(RequirementsTable(checked, flags));
    context.Print(printout);
  }
  for (const CheckedRequirement& one : checked) {
    if (!one.met) return Outcome::kCheckFailed;
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddCompare(CLI::App& app, Context& context) {
  auto flags = std::make_shared<CompareFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "compare",
       .summary = "Two evaluations of the same items: differences, and how sure they are",
       .description = "BEFORE and AFTER are folders that eval wrote. Items are paired; intervals "
                      "are BCa bootstraps, p-values sign-flip permutations, both over clusters of "
                      "items (docs/metrics.md, \"Comparisons\"). A requirement is "
                      "TASK.METRIC[.FIELD], a sign (<, <=, > or >=) and a number or percentage; "
                      "FIELD is difference (if not given), relative, magnitude, before, after, "
                      "low, high, p, p_holm, effect_size, gained or lost. If one is not met, the "
                      "exit code is 1.",
       .examples = {"fairprune compare before after",
                    "fairprune compare before after --metrics 'bbq.*_bias_score,*.acc' --json",
                    "fairprune compare before after --require 'bbq.amb_bias_score<-0.01' --alpha "
                    "0.05",
                    "fairprune compare before after --alpha 0.05 --require "
                    "'stereoset_intrasentence.ss<0' --require '*.acc>-1%' --require "
                    "'wikitext.word_perplexity.relative<2%'"}},
      [flags, &context] { return Compare(*flags, context); });
  verb->add_option("BEFORE", flags->before, "A folder that eval wrote")->required();
  verb->add_option("AFTER", flags->after, "Another, of the same tasks and data")->required();
  verb->add_option("--metrics", flags->metrics,
                   "The metrics to compare, TASK.METRIC with commas between; * stands for any "
                   "letters. They are the family that Holm's p-values are of. Default: all")
      ->delimiter(',');
  verb->add_option("--require", flags->requirements, "A condition; may be given several times")
      ->allow_extra_args(false);
  verb->add_option("--alpha", flags->alpha,
                   "Conditions on differences must also be sure at this level, such as 0.05");
  verb->add_option("--level", flags->paired.level, "Of the intervals")
      ->check(CLI::Range(0.5, 0.9999))
      ->capture_default_str();
  verb->add_option("--resamples", flags->paired.resamples,
                   "Of the bootstrap, and sign patterns of the permutation test")
      ->check(CLI::Range(100, 10000000))
      ->capture_default_str();
  verb->add_option("--seed", flags->paired.seed, "Of both")->capture_default_str();
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
