// How what was verified looks: on the terminal, and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/bias_steps.h"
#include "report/charts.h"
#include "report/table.h"

namespace fairprune {
namespace {

std::string Signed(double share) { return fmt::format("{:+.1f} %", 100 * share); }

std::string PValue(double p) {
  return p < 0.001 ? fmt::format("{:.1e}", p) : fmt::format("{:.3f}", p);
}

// "-1.2 to +0.8 %": the middle nine tenths of the controls.
std::string ControlRange(const Effect& effect) {
  if (effect.control_changes.empty()) return "";
  const Range range = MiddleNineTenths(effect.control_changes);
  return fmt::format("{:+.1f} to {:+.1f} %", 100 * range.low, 100 * range.high);
}

Table EffectTable(const Verification& verification) {
  Table table({{"held out"},
               {"kind"},
               {"items", Align::kRight},
               {"before", Align::kRight},
               {"after", Align::kRight},
               {"change", Align::kRight},
               {"95 % interval", Align::kRight},
               {"p (Holm)", Align::kRight},
               {"random choices", Align::kRight}});
  for (const Effect& effect : verification.effects) {
    table.AddRow({effect.name, std::string(NameOf(effect.kind)),
                  std::to_string(effect.paired.num_items),
                  fmt::format("{:.4f}", effect.paired.before),
                  fmt::format("{:.4f}", effect.paired.after), Signed(effect.change()),
                  fmt::format("{:+.1f} to {:+.1f} %", 100 * effect.low(), 100 * effect.high()),
                  PValue(effect.holm_p), ControlRange(effect)});
  }
  return table;
}

Printout TransferTable(const BiasResult& result) {
  Printout printout;
  if (result.transfer.empty()) return printout;
  std::vector<Column> columns = {{"chosen on"}, {"neurons", Align::kRight}};
  for (const Effect& effect : result.transfer.front().verification.effects) {
    columns.push_back({effect.name, Align::kRight});
  }
  Table table(columns);
  const auto add = [&](const std::string& name, int64_t neurons, const Verification& v) {
    std::vector<std::string> row = {name, std::to_string(neurons)};
    for (const Effect& effect : v.effects) {
      row.push_back(Signed(effect.change()) + (effect.holm_p < v.alpha ? " *" : "  "));
    }
    table.AddRow(row);
  };
  for (const TransferRow& row : result.transfer)
    add(row.chosen_on, row.num_neurons, row.verification);
  add("all", std::ssize(result.search.neurons), result.verification);
  printout.Add(
      fmt::format("\nTransfer: chosen on one set, measured on held-out items of each (* p < {})\n",
                  result.verification.alpha));
  return printout.Add(std::move(table));
}

Json EffectToJson(const Effect& effect) {
  Json json = {{"set", effect.name},
               {"kind", NameOf(effect.kind)},
               {"items", effect.paired.num_items},
               {"clusters", effect.paired.num_clusters},
               {"before", effect.paired.before},
               {"after", effect.paired.after},
               {"difference", effect.paired.difference},
               {"low", effect.paired.low},
               {"high", effect.paired.high},
               {"p_value", effect.paired.p_value},
               {"p_holm", effect.holm_p},
               {"effect_size", effect.paired.effect_size},
               {"change", effect.change()}};
  for (const Effect& category : effect.categories) {
    json["categories"].push_back(EffectToJson(category));
  }
  if (!effect.control_changes.empty()) {
    json["controls"] = {{"items", effect.control_items},
                        {"chosen_change", effect.chosen_change_on_sample},
                        {"changes", effect.control_changes},
                        {"as_low", effect.controls_as_low}};
  }
  return json;
}

Json VerificationToJson(const Verification& verification) {
  Json effects = Json::array();
  for (const Effect& effect : verification.effects) effects.push_back(EffectToJson(effect));
  return {{"alpha", verification.alpha},
          {"effects", std::move(effects)},
          {"verdict", VerdictOf(verification)}};
}

Json RoundsToJson(const BiasResult& result) {
  const SearchInputs inputs = MakeSearchInputs(result.inputs);
  Json rounds = Json::array();
  for (const SearchRound& round : result.search.rounds) {
    Json bias = Json::object();
    for (size_t i = 0; i < round.bias_left.size(); ++i)
      bias[inputs.bias[i].name] = round.bias_left[i];
    Json categories = Json::object();
    for (size_t i = 0; i < round.categories_lost.size(); ++i) {
      categories[result.search.categories[i]] = round.categories_lost[i];
    }
    rounds.push_back({{"neurons_off", round.num_off},
                      {"changes", round.num_changes},
                      {"bias_left", std::move(bias)},
                      {"guarded_lost", round.guarded_lost},
                      {"side_nats", round.side_nats},
                      {"categories_lost", std::move(categories)},
                      {"loss_increase_nats", round.loss_increase_nats}});
  }
  return rounds;
}

// Of EncodedSet or EncodedGuard.
template <typename Encoded>
Json InputsToJson(const std::vector<Encoded>& sets) {
  Json inputs = Json::array();
  for (const Encoded& set : sets) {
    inputs.push_back({{"name", set.input.name},
                      {"source", set.input.source},
                      {"sha256", set.input.sha256},
                      {"choosing", set.choose.items.size()},
                      {"held_out", set.held_out.items.size()},
                      {"skipped", set.choose.skipped.size() + set.held_out.skipped.size()}});
  }
  return inputs;
}

}  // namespace

Printout BiasToPrintout(const BiasResult& result) {
  Printout printout;
  printout.Add(EffectTable(result.verification)).Add(TransferTable(result));
  return printout.Add(fmt::format("\n{}\n", VerdictOf(result.verification)));
}

Json BiasToJson(const BiasResult& result) {
  Json json = {{"sets", InputsToJson(result.inputs.sets)},
               {"guarded", InputsToJson(result.inputs.guarded)},
               {"rounds", RoundsToJson(result)},
               {"verification", VerificationToJson(result.verification)}};
  if (!result.transfer.empty()) {
    Json rows = Json::array();
    for (const TransferRow& row : result.transfer) {
      rows.push_back({{"chosen_on", row.chosen_on},
                      {"neurons", row.num_neurons},
                      {"verification", VerificationToJson(row.verification)}});
    }
    json["transfer"] = std::move(rows);
  }
  return json;
}

Json BiasSettingsToJson(const BiasFlags& flags) {
  return {{"max_guarded_loss_percent", flags.guard_limits.percent},
          {"max_guarded_loss_percent_of", NamedToJson(flags.guard_limits)},
          {"rounds", flags.rounds},
          {"items_per_round", flags.items_per_round},
          {"max_items", flags.max_items},
          {"standard_errors", flags.standard_errors},
          {"controls", flags.controls},
          {"control_items", flags.control_items},
          {"alpha", flags.alpha},
          {"seed", flags.seed}};
}

std::string BiasItemsToJsonLines(const BiasResult& result) {
  std::string lines;
  for (const Effect& effect : result.verification.effects) {
    if (effect.kind != SetKind::kBias) continue;
    const auto set = std::ranges::find_if(
        result.inputs.sets, [&](const EncodedSet& s) { return s.input.name == effect.name; });
    for (size_t i = 0; i < effect.values_before.size(); ++i) {
      const SignedItem& item = set->held_out.items[i];
      const Json line = {{"set", effect.name},
                         {"id", item.id},
                         {"category", item.category},
                         {"target", item.target},
                         {"before_nats", effect.values_before[i]},
                         {"after_nats", effect.values_after[i]}};
      lines += DumpJson(line, -1) + "\n";
    }
  }
  return lines;
}

}  // namespace fairprune
