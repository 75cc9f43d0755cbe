// The main job's result as the data of its report.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/mean.h"
#include "base/version.h"
#include "cli/run_steps.h"
#include "report/table.h"

namespace fairprune {
namespace {

std::string NameOfFinding(Finding finding) {
  return finding == Finding::kFell ? "fell" : finding == Finding::kRose ? "rose" : "none";
}

ReportEffect ToReport(const Effect& effect, double alpha) {
  ReportEffect out;
  out.name = effect.name;
  out.kind = std::string(NameOf(effect.kind));
  out.unit = effect.kind == SetKind::kText ? "nats per token" : "nats";
  out.items = effect.paired.num_items;
  out.clusters = effect.paired.num_clusters;
  out.before = effect.paired.before;
  out.after = effect.paired.after;
  out.change = effect.change();
  out.low = effect.low();
  out.high = effect.high();
  out.p_holm = effect.holm_p;
  out.finding = NameOfFinding(FindingOf(effect, alpha));
  out.controls = {effect.control_items, effect.chosen_change_on_sample, effect.control_changes};
  for (const Effect& category : effect.categories) {
    const PairedResult& paired = category.paired;
    out.categories.push_back({category.name, paired.num_items, paired.num_clusters, paired.before,
                              paired.after, category.change(), category.low(), category.high(),
                              category.holm_p, NameOfFinding(FindingOf(category, alpha))});
  }
  return out;
}

std::vector<ReportInput> InputsOf(const RunResult& result) {
  std::vector<ReportInput> inputs;
  inputs.reserve(result.bias.inputs.sets.size() + 1);
  const auto add = [&inputs](const auto& sets, const char* role) {
    for (const auto& set : sets) {
      inputs.push_back({set.input.name, role, set.input.source, set.input.sha256,
                        std::ssize(set.choose.items), std::ssize(set.held_out.items),
                        std::ssize(set.choose.skipped) + std::ssize(set.held_out.skipped)});
    }
  };
  add(result.bias.inputs.sets, "signed items");
  add(result.bias.inputs.guarded, "guarded contrasts");
  inputs.push_back({"pairs", "prompt pairs", result.pairs_source, result.pairs_sha256,
                    result.num_choosing_pairs, std::ssize(result.held_out)});
  inputs.push_back({fmt::format("text, {} tokens", WithThousands(result.text_tokens)),
                    "neutral text", result.text_source, result.text_sha256});
  return inputs;
}

std::vector<ReportMeasure> MeasuresOf(const RunResult& result) {
  const Measurement& b = result.before;
  const Measurement& a = result.after;
  return {
      {"perplexity of the neutral text", "perplexity", b.perplexity.perplexity,
       a.perplexity.perplexity},
      {"next-token divergence of held-out pairs (nats)", "nats", MeanOf(b.divergence_nats),
       MeanOf(a.divergence_nats)},
      {"activation difference of held-out pairs", "activation", b.held_out_difference,
       a.held_out_difference},
      {"parameters", "count", static_cast<double>(b.parameters), static_cast<double>(a.parameters)},
      {"neurons per layer", "count", static_cast<double>(result.summary.intermediate_size_before),
       static_cast<double>(result.summary.intermediate_size_after)},
      {"tensor files", "bytes", static_cast<double>(b.file_bytes),
       static_cast<double>(a.file_bytes)},
      {"tokens per second", "tokens per second", b.tokens_per_second, a.tokens_per_second}};
}

std::vector<ReportFact> SettingsOf(const RunFlags& flags) {
  const auto count_or_all = [](int64_t n) { return n == 0 ? "all" : WithThousands(n); };
  std::vector<ReportFact> facts;
  if (!flags.plan.empty()) {
    facts = {{"--plan", flags.plan}};
  } else {
    facts = {{"--method", flags.method},
             {"--neurons", std::to_string(flags.neurons)},
             {"--max-perplexity-increase", fmt::format("{} %", flags.max_perplexity_increase)},
             {"--max-guarded-loss", ToString(flags.bias.guard_limits)},
             {"--rounds", std::to_string(flags.bias.rounds)},
             {"--items-per-round", count_or_all(flags.bias.items_per_round)},
             {"--max-items", count_or_all(flags.bias.max_items)},
             {"--standard-errors", fmt::format("{}", flags.bias.standard_errors)},
             {"--bias-weight", fmt::format("{}", flags.bias_weight)},
             {"--importance", flags.importance}};
    if (flags.max_per_layer >= 0) {
      facts.push_back({"--max-per-layer", std::to_string(flags.max_per_layer)});
    }
  }
  facts.insert(facts.end(), {{"--controls", std::to_string(flags.bias.controls)},
                             {"--control-items", count_or_all(flags.bias.control_items)},
                             {"--alpha", fmt::format("{}", flags.bias.alpha)},
                             {"--seed", std::to_string(flags.bias.seed)},
                             {"--mode", flags.prune.mode},
                             {"--round-to", std::to_string(flags.prune.round_to)}});
  if (!flags.prune.dtype.empty()) facts.push_back({"--dtype", flags.prune.dtype});
  return facts;
}

std::vector<ReportFact> MachineOf(const RunResult& result) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {{"computed in", result.compute},
          {"threads", std::to_string(result.threads)},
          {"time", fmt::format("{:.0f} s", result.seconds)},
          {"peak memory", HumanBytes(static_cast<int64_t>(usage.ru_maxrss) * 1024)},
          {"written checkpoint against masked model",
           fmt::format("divergences within {:.1e} nats", result.written_difference_nats)}};
}

std::vector<ReportTransferRow> TransferOf(const RunResult& result) {
  std::vector<ReportTransferRow> rows;
  if (result.bias.transfer.empty()) return rows;
  const auto add = [&](const std::string& name, int64_t neurons, const Verification& v) {
    ReportTransferRow row{name, neurons, {}};
    for (const Effect& e : v.effects) {
      row.cells.push_back(
          {e.name, NameOfFinding(FindingOf(e, v.alpha)), e.change(), e.low(), e.high()});
    }
    rows.push_back(std::move(row));
  };
  for (const TransferRow& row : result.bias.transfer) {
    add(row.chosen_on, row.num_neurons, row.verification);
  }
  add("all", std::ssize(result.plan.neurons), result.bias.verification);
  return rows;
}

}  // namespace

Result<RunReport> ToRunReport(const RunResult& result, const RunFlags& flags) {
  RunReport report;
  report.fairprune_version = Version();
  report.model = flags.model;
  report.model_hash = result.plan.model_hash;
  report.out = result.out;
  report.command = result.command;
  report.method = result.method;
  report.plan_method = result.plan.method;
  report.mode = flags.prune.mode;
  report.num_layers = result.plan.num_layers;
  report.num_neurons_per_layer = result.plan.num_neurons_per_layer;
  report.neurons_asked = NeuronsAsked(result, flags);
  const Verification& verification = result.bias.verification;
  report.alpha = verification.alpha;
  report.verdicts = {VerdictOf(verification), "Prompt pairs: " + PairsVerdict(result)};
  report.inputs = InputsOf(result);
  for (const Effect& effect : verification.effects) {
    report.effects.push_back(ToReport(effect, verification.alpha));
  }
  for (const PlannedNeuron& n : result.plan.neurons) {
    report.neurons.push_back({n.layer, n.neuron, n.score});
  }
  report.strongest = result.evidence.strongest;
  report.improved = result.evidence.improved;
  report.worsened = result.evidence.worsened;
  report.pictures = result.evidence.pictures;
  report.transfer = TransferOf(result);
  report.measures = MeasuresOf(result);
  report.settings = SettingsOf(flags);
  report.machine = MachineOf(result);
  return report;
}

}  // namespace fairprune
