// fairprune select: from an analysis to a plan.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "attribution/analysis_file.h"
#include "cli/files.h"
#include "cli/verbs.h"
#include "io/atomic_output.h"
#include "report/table.h"
#include "selection/plan.h"

namespace fairprune {
namespace {

// Rounding a width down to a multiple of 256 takes at most 255 further neurons of a layer.
constexpr int64_t kReservePerLayer = 255;

struct SelectFlags {
  std::string analysis, out;
  std::string score = "fairness";
  SelectOptions select;
  int64_t round_to = 1;
  bool force = false;
  bool json = false;
};

// With a width to round to, a percentage of each layer becomes OptiPFair's count.
Result<SelectOptions> Rounded(const SelectFlags& flags, int64_t num_neurons) {
  SelectOptions options = flags.select;
  if (flags.round_to == 1) return options;
  if (!options.per_layer || options.percentage < 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "--round-to needs --percentage and --per-layer: it rounds the width that every "
                "layer keeps");
  }
  FP_ASSIGN_OR_RETURN(const int64_t keep,
                      NeuronsToKeep(num_neurons, options.percentage, flags.round_to));
  options.percentage = -1;
  options.count = num_neurons - keep;
  return options;
}

std::string ToText(const Plan& plan, const std::string& out) {
  std::map<int32_t, int64_t> per_layer;
  for (const PlannedNeuron& neuron : plan.neurons) ++per_layer[neuron.layer];
  Table layers({{"layer", Align::kRight}, {"neurons", Align::kRight}});
  for (const auto& [layer, count] : per_layer) {
    layers.AddRow({std::to_string(layer), WithThousands(count)});
  }
  return fmt::format(
      "{} of {} neurons by {}:\n\n{}\nWritten to {}\nNext: fairprune prune {} "
      "--plan {} --out pruned\n",
      WithThousands(static_cast<int64_t>(plan.neurons.size())),
      WithThousands(plan.num_layers * plan.num_neurons_per_layer), plan.method, layers.ToText(),
      out, plan.model_path, out);
}

Result<Plan> MakePlan(const StoredAnalysis& analysis, const SelectFlags& flags) {
  Plan plan;
  plan.model_hash = analysis.model_hash();
  plan.model_path = analysis.model_path();
  plan.num_layers = analysis.num_layers();
  plan.num_neurons_per_layer = analysis.num_neurons_per_layer();
  FP_ASSIGN_OR_RETURN(Tensor scores, analysis.Score(flags.score));
  plan.method = flags.score;
  if (flags.score.ends_with("fairness")) {
    plan.method += fmt::format("(bias_weight={}, importance={})", analysis.bias_weight(),
                               analysis.importance_method());
  }
  if (flags.score.starts_with("importance.")) {  // the least important go first
    for (float& value : scores.span()) value = -value;
    plan.method += ", lowest first";
  }
  FP_ASSIGN_OR_RETURN(const SelectOptions options, Rounded(flags, plan.num_neurons_per_layer));
  FP_ASSIGN_OR_RETURN(plan.neurons, SelectNeurons(scores, options));
  if (options.per_layer && options.excluded_layers.empty()) {
    plan.reserve = ReserveNeurons(scores, plan.neurons, kReservePerLayer);
  }
  return plan;
}

Result<Outcome> Select(const SelectFlags& flags, Context& context) {
  FP_RETURN_IF_ERROR(CheckMayWrite(flags.out, flags.force));
  FP_ASSIGN_OR_RETURN(const StoredAnalysis analysis, StoredAnalysis::Open(flags.analysis));
  FP_ASSIGN_OR_RETURN(const Plan plan, MakePlan(analysis, flags));
  FP_RETURN_IF_ERROR(WriteFileAtomically(flags.out, PlanToJson(plan)));
  if (flags.json) {
    context.PrintJson("select", {{"method", plan.method},
                                 {"neurons", plan.neurons.size()},
                                 {"model", plan.model_path},
                                 {"out", flags.out}});
  } else {
    context.Print(ToText(plan, flags.out));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddSelect(CLI::App& app, Context& context) {
  auto flags = std::make_shared<SelectFlags>();
  CLI::App* verb =
      AddVerb(app, context,
              {.name = "select",
               .summary = "Choose neurons by a score of an analysis and write a plan",
               .examples = {"fairprune select analysis --count 128 --out plan.json",
                            "fairprune select analysis --percentage 10 --per-layer --round-to 64 "
                            "--out plan.json",
                            "fairprune select analysis --score aligned.down_proj_input.mean "
                            "--count 64 --exclude-layers 0 29 --out plan.json"}},
              [flags, &context] { return Select(*flags, context); });
  verb->add_option("ANALYSIS", flags->analysis, "Folder that `fairprune analyze` wrote")
      ->required();
  verb->add_option("--score", flags->score,
                   "Score to choose by, highest first (importance.METHOD: lowest first), e.g. "
                   "fairness, bias.gate_proj.mean, category.Religion.fairness")
      ->capture_default_str();
  auto* count = verb->add_option("--count", flags->select.count,
                                 "Neurons in all (with --per-layer: of each layer)")
                    ->check(CLI::NonNegativeNumber);
  verb->add_option("--percentage", flags->select.percentage,
                   "Share of all neurons (with --per-layer: of each layer's), in percent")
      ->check(CLI::Range(0.0, 100.0))
      ->excludes(count);
  verb->add_flag("--per-layer", flags->select.per_layer, "The same number from every layer");
  verb->add_option("--max-per-layer", flags->select.max_per_layer, "At most this many from a layer")
      ->check(CLI::PositiveNumber);
  verb->add_option("--exclude-layers", flags->select.excluded_layers, "Layers that keep all theirs")
      ->delimiter(',');
  verb->add_option("--round-to", flags->round_to,
                   "Round the width that each layer keeps down to a multiple of this")
      ->check(CLI::IsMember({1, 32, 64, 128, 256}))
      ->capture_default_str();
  verb->add_option("--out", flags->out, "Plan to write")->capture_default_str()->required();
  verb->add_flag("--force", flags->force, "Replace the file if it is there");
  AddJsonFlag(verb, flags->json);
}

}  // namespace fairprune
