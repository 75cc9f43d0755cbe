// fairprune attribute: what each neuron does to the bias of signed items, by gradients for all of
// them and exactly for some.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/attribute_steps.h"
#include "cli/interrupt.h"
#include "cli/item_warnings.h"
#include "cli/model_input.h"
#include "cli/verbs.h"
#include "io/atomic_output.h"
#include "report/table.h"

namespace fairprune {
namespace {

constexpr size_t kShownNeurons = 10;

// The neurons whose removal lowers the set's mean most: the largest gate gradients.
std::vector<Neuron> Strongest(const AttributedSet& set) {
  const ConstMatrixView mean = set.gradients.mean.matrix();
  std::vector<Neuron> neurons;
  for (int32_t layer = 0; layer < mean.rows; ++layer) {
    for (int32_t n = 0; n < mean.cols; ++n) neurons.push_back({layer, n});
  }
  const size_t count = std::min(kShownNeurons, neurons.size());
  const auto end = neurons.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(neurons.begin(), end, neurons.end(), [&](const Neuron& a, const Neuron& b) {
    const float left = mean.row(a.layer)[a.index];
    const float right = mean.row(b.layer)[b.index];
    return left != right ? left > right : a < b;
  });
  neurons.erase(end, neurons.end());
  return neurons;
}

Printout FirstOrderTable(const AttributedSet& set) {
  Table table({{"layer", Align::kRight},
               {"neuron", Align::kRight},
               {"change if removed", Align::kRight},
               {"standard error", Align::kRight}});
  for (const Neuron& neuron : Strongest(set)) {
    const float mean = set.gradients.mean.matrix().row(neuron.layer)[neuron.index];
    const float error = set.gradients.standard_error.matrix().row(neuron.layer)[neuron.index];
    table.AddRow({std::to_string(neuron.layer), std::to_string(neuron.index),
                  fmt::format("{:+.5f}", -mean), fmt::format("{:.5f}", error)});
  }
  Printout printout;
  printout.Add(
      fmt::format("{}: {} items, mean preference {:+.4f} nats. Removal, to first order:\n\n",
                  set.name, set.num_items, set.base_mean));
  return printout.Add(std::move(table)).Add("\n");
}

Printout ExactTable(const ExactRecord& record, const SetEffects& set) {
  const std::vector<Neuron> neurons = AllCandidates(record.candidates);
  std::vector<size_t> order(neurons.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](size_t i) { return set.exact.effects[i].mean; });
  Table table({{"layer", Align::kRight},
               {"neuron", Align::kRight},
               {"change", Align::kRight},
               {"standard error", Align::kRight},
               {"first order", Align::kRight},
               {"on all items", Align::kRight},
               {"standard error", Align::kRight},
               {"text loss", Align::kRight},
               {"by"}});
  for (size_t k = 0; k < std::min(kShownNeurons, order.size()); ++k) {
    const size_t i = order[k];
    const ExactEffect& effect = set.exact.effects[i];
    table.AddRow(
        {std::to_string(neurons[i].layer), std::to_string(neurons[i].index),
         fmt::format("{:+.5f}", effect.mean), fmt::format("{:.5f}", effect.standard_error),
         fmt::format("{:+.5f}", set.first_order[i]), fmt::format("{:+.5f}", set.on_all[i].mean),
         fmt::format("{:.5f}", set.on_all[i].standard_error),
         record.text_tokens > 0 ? fmt::format("{:+.5f}", record.text_loss.effects[i].mean) : "-",
         i < record.candidates.filtered.size() ? "filter" : "sample"});
  }
  Printout printout;
  printout.Add(fmt::format("{}: {} items. Removal of each of {} candidates, exactly:\n\n", set.name,
                           set.num_items, neurons.size()));
  return printout.Add(std::move(table)).Add("\n");
}

std::string Shown(double correlation) {
  return std::isnan(correlation) ? "-" : fmt::format("{:.4f}", correlation);
}

Printout AgreementTable(const ExactRecord& record) {
  Table table({{"set"},
               {"candidates"},
               {"number", Align::kRight},
               {"Spearman", Align::kRight},
               {"Pearson", Align::kRight}});
  for (const EffectAgreement& a : record.agreements) {
    table.AddRow({a.set, a.among, std::to_string(a.count), Shown(a.spearman), Shown(a.pearson)});
  }
  Printout printout;
  return printout.Add("First-order against exact effects:\n\n").Add(std::move(table)).Add("\n");
}

Printout ToPrintout(const AttributionRecord& record, const std::string& out) {
  Printout printout;
  for (const AttributedSet& set : record.sets) printout.Add(FirstOrderTable(set));
  if (record.exact) {
    for (const SetEffects& set : record.exact->sets) printout.Add(ExactTable(*record.exact, set));
    printout.Add(AgreementTable(*record.exact));
  }
  return printout.Add(fmt::format("Written to {}\n", out));
}

Json ToJson(const AttributionRecord& record, const std::string& out) {
  Json sets = Json::array();
  for (const AttributedSet& set : record.sets) {
    Json strongest = Json::array();
    for (const Neuron& neuron : Strongest(set)) {
      strongest.push_back({{"layer", neuron.layer},
                           {"neuron", neuron.index},
                           {"change", -set.gradients.mean.matrix().row(neuron.layer)[neuron.index]},
                           {"standard_error", set.gradients.standard_error.matrix().row(
                                                  neuron.layer)[neuron.index]}});
    }
    sets.push_back({{"name", set.name},
                    {"source", set.source},
                    {"items", set.num_items},
                    {"base_mean", set.base_mean},
                    {"strongest", std::move(strongest)}});
  }
  Json agreements = Json::array();
  if (record.exact) {
    for (const EffectAgreement& a : record.exact->agreements) {
      agreements.push_back({{"set", a.set},
                            {"among", a.among},
                            {"candidates", a.count},
                            {"spearman", a.spearman},
                            {"pearson", a.pearson}});
    }
  }
  return {
      {"model", record.model_path}, {"content_hash", record.model_hash},  {"split", record.split},
      {"sets", std::move(sets)},    {"agreement", std::move(agreements)}, {"out", out}};
}

void WarnOfItems(const AttributionRecord& record, Context& context) {
  for (const AttributedSet& set : record.sets) {
    if (!set.skipped.empty()) {
      WarnOfSkipped(set.name, std::to_string(set.skipped.size()), set.skipped.front(), context);
    }
    WarnOfOneSided(set.name, set.one_sided, context);
  }
}

Result<Outcome> Attribute(const AttributeFlags& flags, Context& context) {
  CatchInterrupts();
  FP_ASSIGN_OR_RETURN(AtomicDirectory out, AtomicDirectory::Create(flags.out, flags.force));
  FP_ASSIGN_OR_RETURN(const AttributionRecord record, AttributeNeurons(flags, context));
  WarnOfItems(record, context);
  FP_RETURN_IF_ERROR(WriteAttribution(out.working_path(), record));
  FP_RETURN_IF_ERROR(CheckInterrupt());
  FP_RETURN_IF_ERROR(out.Commit());
  if (flags.json) {
    context.PrintJson("attribute", ToJson(record, flags.out));
  } else {
    context.Print(ToPrintout(record, flags.out));
  }
  return Outcome::kSuccess;
}

void AddExactFlags(CLI::App* verb, AttributeFlags& flags) {
  const auto count = CLI::Range(int64_t{0}, int64_t{1} << 40);
  verb->add_flag("--exact", flags.exact,
                 "Also switch candidates off one by one and measure what that does");
  verb->add_option("--top", flags.top,
                   "Candidates by activation difference times norm of the down_proj column, the "
                   "same number in every layer")
      ->check(count)
      ->capture_default_str();
  verb->add_option("--random", flags.random, "Candidates drawn from all other neurons")
      ->check(count)
      ->capture_default_str();
  verb->add_option("--sample-items", flags.sample_items,
                   "Items of each set that the exact effects are measured on, drawn by --seed; 0: "
                   "all")
      ->check(count)
      ->capture_default_str();
  verb->add_option("--text-tokens", flags.text_tokens,
                   "Tokens of the bundled neutral text whose loss is measured with each candidate "
                   "off; 0: none")
      ->check(count)
      ->capture_default_str();
  verb->add_option("--seed", flags.seed, "Draws items and random candidates")
      ->capture_default_str();
}

}  // namespace

void AddAttribute(CLI::App& app, Context& context) {
  auto flags = std::make_shared<AttributeFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "attribute",
       .summary = "Estimate what each neuron does to the bias of signed items",
       .description =
           "Takes the gradient of the preference for stereotyped wordings with respect to every "
           "neuron's gate: minus that is what removing the neuron changes, to first order. With "
           "--exact, switches candidates off for real and says how well the two agree "
           "(docs/methods.md).",
       .examples = {"fairprune attribute model.gguf --out attribution",
                    "fairprune attribute model.gguf --items bundled:occupations_en --exact --top "
                    "128 --out attribution"}},
      [flags, &context] { return Attribute(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  verb->add_option("--items", flags->items,
                   "Signed items: files (docs/formats.md), or bundled:NAME for a set that ships. "
                   "Default: bundled:stereotypes_en bundled:occupations_en");
  verb->add_option("--split", flags->split, "Part of the items: choose, held-out or all")
      ->check(CLI::IsMember({"choose", "held-out", "all"}))
      ->capture_default_str();
  verb->add_option("--out", flags->out,
                   "Folder to write attribution.safetensors and attribution.json to")
      ->required();
  AddExactFlags(verb, *flags);
  AddEngineFlags(verb, flags->engine);
  verb->add_flag("--force", flags->force, "Replace the folder if it is there");
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
