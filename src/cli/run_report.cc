// How the main job's result looks: on the terminal, and as JSON.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/mean.h"
#include "base/version.h"
#include "cli/run_steps.h"
#include "report/table.h"

namespace fairprune {
namespace {

std::string Percent(double before, double after) {
  return before == 0 ? "" : fmt::format("{:+.2f} %", 100.0 * (after / before - 1.0));
}

bool Excludes0(const PairedChange& change) { return change.low > 0 || change.high < 0; }

Table MeasurementTable(const RunResult& result) {
  const Measurement& b = result.before;
  const Measurement& a = result.after;
  Table table({{"measured"},
               {"before", Align::kRight},
               {"after", Align::kRight},
               {"change", Align::kRight}});
  const double divergence_before = MeanOf(b.divergence_nats);
  const double divergence_after = MeanOf(a.divergence_nats);
  table.AddRow({"next-token divergence, held-out pairs (nats)",
                fmt::format("{:.6f}", divergence_before), fmt::format("{:.6f}", divergence_after),
                Percent(divergence_before, divergence_after)});
  table.AddRow({"activation difference, held-out pairs",
                fmt::format("{:.6f}", b.held_out_difference),
                fmt::format("{:.6f}", a.held_out_difference),
                Percent(b.held_out_difference, a.held_out_difference)});
  table.AddRow({"perplexity, neutral text", fmt::format("{:.3f}", b.perplexity.perplexity),
                fmt::format("{:.3f}", a.perplexity.perplexity),
                Percent(b.perplexity.perplexity, a.perplexity.perplexity)});
  table.AddRow({"parameters", WithThousands(b.parameters), WithThousands(a.parameters),
                Percent(static_cast<double>(b.parameters), static_cast<double>(a.parameters))});
  table.AddRow({"tensor files", HumanBytes(b.file_bytes), HumanBytes(a.file_bytes),
                Percent(static_cast<double>(b.file_bytes), static_cast<double>(a.file_bytes))});
  table.AddRow({"tokens per second", fmt::format("{:.0f}", b.tokens_per_second),
                fmt::format("{:.0f}", a.tokens_per_second), ""});
  return table;
}

std::string NeuronsLine(const RunResult& result, const RunFlags& flags) {
  const auto taken = static_cast<int64_t>(result.plan.neurons.size());
  if (result.method == "plan") {
    return fmt::format(
        "Given: {} neurons of {} ({}). What they were chosen on is not known to this run.", taken,
        flags.plan, result.plan.method);
  }
  if (taken == flags.neurons) {
    return fmt::format("Taken: all {} neurons asked for ({}).", taken, result.plan.method);
  }
  if (result.method != "activation") {
    return fmt::format(
        "Taken: {} of {} neurons asked for ({}): more would pass a limit or gain "
        "nothing.",
        taken, flags.neurons, result.plan.method);
  }
  const auto beyond =
      std::find_if(result.budget.steps.begin(), result.budget.steps.end(),
                   [&](const BudgetStep& step) { return step.num_neurons == flags.neurons; });
  std::string line = fmt::format(
      "Taken: {} of {} neurons asked for ({}): more would raise the perplexity by over {} %", taken,
      flags.neurons, result.plan.method, flags.max_perplexity_increase);
  if (beyond != result.budget.steps.end()) {
    line += fmt::format(" (all {}: {:+.1f} %{})", flags.neurons, 100 * beyond->increase,
                        beyond->whole_text ? "" : " on a sample of the text");
  }
  return line + ".";
}

// Why a file grew: weights that were quantised are written in full.
std::string SizeNote(const RunResult& result, const RunFlags& flags) {
  if (result.after.file_bytes <= result.before.file_bytes || !flags.prune.dtype.empty()) return "";
  return "The input's quantised weights are written as f32, bit for bit what they stand for; "
         "--dtype "
         "bf16 halves that.\n";
}

Printout TakenNeurons(const RunResult& result) {
  std::map<int32_t, std::vector<int32_t>> layers;
  for (const PlannedNeuron& n : result.plan.neurons) layers[n.layer].push_back(n.neuron);
  constexpr size_t kShown = 8;
  Table table({{"layer", Align::kRight}, {"taken", Align::kRight}, {"neurons, strongest first"}});
  for (const auto& [layer, neurons] : layers) {
    std::string list;
    for (size_t i = 0; i < std::min(kShown, neurons.size()); ++i) {
      list += fmt::format("{}{}", i == 0 ? "" : " ", neurons[i]);
    }
    if (neurons.size() > kShown) list += " …";
    table.AddRow({std::to_string(layer), std::to_string(neurons.size()), list});
  }
  Printout printout;
  if (!layers.empty()) printout.Add(std::move(table)).Add("\n");
  return printout;
}

Json ChangeToJson(const RunResult& result) {
  const PairedChange change = ChangeOf(result.before.divergence_nats, result.after.divergence_nats);
  return {{"mean_nats", change.mean}, {"low_nats", change.low}, {"high_nats", change.high}};
}

Json SettingsToJson(const RunFlags& flags) {
  return {{"method", flags.method},
          {"plan", flags.plan.empty() ? Json(nullptr) : Json(flags.plan)},
          {"bias", BiasSettingsToJson(flags.bias)},
          {"exact",
           {{"candidates", flags.exact.candidates},
            {"random_candidates", flags.exact.random_candidates},
            {"items", flags.exact.items},
            {"text_tokens", flags.exact.text_tokens},
            {"rounds", flags.exact.rounds}}},
          {"neurons", flags.neurons},
          {"max_perplexity_increase_percent", flags.max_perplexity_increase},
          {"max_per_layer", flags.max_per_layer < 0 ? Json(nullptr) : Json(flags.max_per_layer)},
          {"bias_weight", flags.bias_weight},
          {"importance", flags.importance},
          {"mode", flags.prune.mode},
          {"round_to", flags.prune.round_to},
          {"dtype", flags.prune.dtype.empty() ? Json(nullptr) : Json(flags.prune.dtype)}};
}

}  // namespace

int64_t NeuronsAsked(const RunResult& result, const RunFlags& flags) {
  return result.method == "plan" ? std::ssize(result.plan.neurons) : flags.neurons;
}

std::string PairsVerdict(const RunResult& result) {
  const PairedChange change = ChangeOf(result.before.divergence_nats, result.after.divergence_nats);
  const double base = MeanOf(result.before.divergence_nats);
  if (result.plan.neurons.empty()) {
    return "No neuron was taken: the model is unchanged.";
  }
  if (base == 0) return "The prompts of the held-out pairs are not told apart at all.";
  const std::string figures = fmt::format(
      "{:+.1f} % (95 % interval {:+.1f} to {:+.1f} %) of the divergence on {} held-out pairs",
      100 * change.mean / base, 100 * change.low / base, 100 * change.high / base,
      result.held_out.size());
  if (!Excludes0(change)) return "No measurable effect: " + figures + ".";
  return (change.mean < 0 ? "The paired prompts are told apart less: "
                          : "The paired prompts are told apart MORE: ") +
         figures + ".";
}

PairedChange ChangeOf(const std::vector<double>& before, const std::vector<double>& after) {
  const auto n = static_cast<double>(before.size());
  PairedChange change;
  if (before.empty()) return change;
  for (size_t i = 0; i < before.size(); ++i) change.mean += (after[i] - before[i]) / n;
  double squares = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    squares += std::pow(after[i] - before[i] - change.mean, 2);
  }
  const double half_width = n > 1 ? 1.959964 * std::sqrt(squares / (n - 1) / n) : 0.0;
  change.low = change.mean - half_width;
  change.high = change.mean + half_width;
  return change;
}

Json MeasurementToJson(const Measurement& m) {
  return {{"schema_version", kSchemaVersion},
          {"next_token_divergence_nats", MeanOf(m.divergence_nats)},
          {"held_out_pairs", m.divergence_nats.size()},
          {"held_out_activation_difference", m.held_out_difference},
          {"perplexity", m.perplexity.perplexity},
          {"nats_per_token", m.perplexity.nats_per_token},
          {"bits_per_byte", m.perplexity.bits_per_byte},
          {"parameters", m.parameters},
          {"tensor_file_bytes", m.file_bytes},
          {"tokens_per_second", m.tokens_per_second}};
}

std::string ItemsToJsonLines(const RunResult& result) {
  std::string lines;
  for (size_t i = 0; i < result.held_out.size(); ++i) {
    const Json line = {{"id", result.held_out[i].id},
                       {"category", result.held_out[i].category},
                       {"divergence_before_nats", result.before.divergence_nats[i]},
                       {"divergence_after_nats", result.after.divergence_nats[i]}};
    lines += DumpJson(line, -1) + "\n";
  }
  return lines;
}

Json RunToJson(const RunResult& result, const RunFlags& flags) {
  Json steps = Json::array();
  for (const BudgetStep& step : result.budget.steps) {
    steps.push_back({{"neurons", step.num_neurons},
                     {"perplexity_increase", step.increase},
                     {"whole_text", step.whole_text}});
  }
  return {{"schema_version", kSchemaVersion},
          {"fairprune_version", Version()},
          {"command", "run"},
          {"options", Json::parse(result.options)},
          {"out", result.out},
          {"model", {{"path", flags.model}, {"content_hash", result.plan.model_hash}}},
          {"pairs",
           {{"source", result.pairs_source},
            {"sha256", result.pairs_sha256},
            {"choosing", result.num_choosing_pairs},
            {"held_out", result.held_out.size()},
            {"held_out_independence", result.independence}}},
          {"text",
           {{"source", result.text_source},
            {"sha256", result.text_sha256},
            {"tokens", result.text_tokens}}},
          {"settings", SettingsToJson(flags)},
          {"method", result.plan.method},
          {"bias", BiasToJson(result.bias)},
          {"compute", result.compute},
          {"threads", result.threads},
          {"neurons_asked", NeuronsAsked(result, flags)},
          {"neurons_taken", result.plan.neurons.size()},
          {"perplexity_search", std::move(steps)},
          {"before", MeasurementToJson(result.before)},
          {"after", MeasurementToJson(result.after)},
          {"divergence_change", ChangeToJson(result)},
          {"verdict", PairsVerdict(result)},
          {"intermediate_size",
           {result.summary.intermediate_size_before, result.summary.intermediate_size_after}},
          {"neurons_removed", result.summary.neurons_removed},
          {"neurons_zeroed", result.summary.neurons_zeroed},
          {"written_vs_masked_max_difference_nats", result.written_difference_nats},
          {"seconds", result.seconds}};
}

Printout RunToPrintout(const RunResult& result, const RunFlags& flags) {
  Printout printout;
  printout.Add(NeuronsLine(result, flags) + "\n\n").Add(TakenNeurons(result)).Add("\n");
  printout.Add(MeasurementTable(result)).Add("\n").Add(BiasToPrintout(result.bias));
  printout.Add(fmt::format(
      "\nPrompt pairs: {}\n\n"
      "Pairs: {} for choosing, {} held out ({}); {} tokens of text; {}, {} threads, {:.0f} s.\n"
      "The written checkpoint gives the measured divergences within {:.1e} nats.\n{}"
      "Results: {}   checkpoint: {}/model\nReport: {}/report.html\n",
      PairsVerdict(result), result.num_choosing_pairs, result.held_out.size(), result.independence,
      WithThousands(result.text_tokens), result.compute, result.threads, result.seconds,
      result.written_difference_nats, SizeNote(result, flags), result.out, result.out, result.out));
  return printout;
}

}  // namespace fairprune
