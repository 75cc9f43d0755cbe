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
#include "selection/layers.h"
#include "selection/plan.h"

namespace fairprune {
namespace {

// Rounding a width down to a multiple of 256 takes at most 255 further neurons of a layer.
constexpr int64_t kReservePerLayer = 255;

struct SelectFlags {
  std::string analysis, out, first;
  std::string score = "fairness", fill = "text.cost";
  SelectOptions select;
  std::vector<std::string> layers, exclude_layers;
  int64_t width = -1;
  double expansion_rate = -1;
  int64_t round_to = 1;
  bool force = false;
  bool json = false;
};

// What the options ask of the width that every layer keeps.
bool HasPercentageOfEach(const SelectFlags& flags) {
  return flags.select.per_layer && flags.select.percentage >= 0;
}
bool HasWidth(const SelectFlags& flags) {
  return flags.width > 0 || flags.expansion_rate > 0 ||
         (HasPercentageOfEach(flags) && (flags.round_to > 1 || !flags.first.empty()));
}
// Whether some neurons are to go in any case, before a width is filled.
bool ChoosesFirst(const SelectFlags& flags) {
  const bool sized = flags.width > 0 || flags.expansion_rate > 0;
  return !flags.first.empty() || flags.select.count >= 0 || (sized && flags.select.percentage >= 0);
}

Status CheckFlags(const SelectFlags& flags) {
  const bool counted = flags.select.count >= 0 || flags.select.percentage >= 0;
  if (!flags.first.empty() && !HasWidth(flags))
    return Fail(ErrorCode::kInvalidArgument,
                "--first needs a width to fill: --width, --expansion-rate, or --percentage with "
                "--per-layer");
  if (!flags.first.empty() && flags.select.count >= 0)
    return Fail(ErrorCode::kInvalidArgument, "--first names neurons, and --count others: give one");
  if (!flags.first.empty() && flags.select.percentage >= 0 &&
      (flags.width > 0 || flags.expansion_rate > 0))
    return Fail(ErrorCode::kInvalidArgument, "--percentage and another width: give one");
  if (!counted && !HasWidth(flags))
    return Fail(ErrorCode::kInvalidArgument,
                "give one of --count, --percentage, --width and --expansion-rate");
  if (flags.round_to > 1 && !HasWidth(flags))
    return Fail(ErrorCode::kInvalidArgument,
                "--round-to rounds the width that every layer keeps: it needs --width, "
                "--expansion-rate, or --percentage with --per-layer");
  return {};
}

// How many neurons each layer loses for the width that is asked for, by OptiPFair's rules.
Result<int64_t> QuotaOf(const SelectFlags& flags, const StoredAnalysis& analysis) {
  const int64_t num_neurons = analysis.num_neurons_per_layer();
  if (flags.width > 0) {
    const int64_t keep = flags.width / flags.round_to * flags.round_to;
    if (keep < 1 || keep >= num_neurons)
      return Fail(ErrorCode::kInvalidArgument,
                  "--width {}{}: expected 1 to {}, below the model's {}", flags.width,
                  keep == flags.width ? "" : fmt::format(", rounded down to {}", keep),
                  num_neurons - 1, num_neurons);
    return num_neurons - keep;
  }
  double percentage = flags.select.percentage;
  if (flags.expansion_rate > 0) {
    if (analysis.hidden_size() < 1)
      return Fail(ErrorCode::kUnsupported,
                  "{}: does not tell the model's width, being of an older version; run `fairprune "
                  "analyze` again",
                  flags.analysis);
    FP_ASSIGN_OR_RETURN(percentage, PercentageOfExpansion(num_neurons, analysis.hidden_size(),
                                                          flags.expansion_rate));
  }
  FP_ASSIGN_OR_RETURN(const int64_t keep, NeuronsToKeep(num_neurons, percentage, flags.round_to));
  return num_neurons - keep;
}

// A score with high = prune first: of importances and costs, the lowest go first.
struct NamedScore {
  Tensor values;  // [L, F]
  std::string method;
};
Result<NamedScore> ReadScore(const StoredAnalysis& analysis, const std::string& name) {
  NamedScore score{.method = name};
  FP_ASSIGN_OR_RETURN(score.values, analysis.Score(name));
  if (name.ends_with("fairness")) {
    score.method += fmt::format("(bias_weight={}, importance={})", analysis.bias_weight(),
                                analysis.importance_method());
  }
  if (name.starts_with("importance.") || name == "text.cost") {
    for (float& value : score.values.span()) value = -value;
    score.method += ", lowest first";
  }
  return score;
}

// The layers that keep all theirs.
Result<std::vector<int32_t>> ExcludedLayers(const SelectFlags& flags, int64_t num_layers) {
  if (flags.layers.empty()) return ParseLayerLists(flags.exclude_layers, num_layers);
  FP_ASSIGN_OR_RETURN(const std::vector<int32_t> included,
                      ParseLayerLists(flags.layers, num_layers));
  std::vector<int32_t> excluded;
  for (int32_t layer = 0; layer < num_layers; ++layer)
    if (!std::ranges::binary_search(included, layer)) excluded.push_back(layer);
  return excluded;
}

// The neurons that another plan chose, without those that filled it up.
Result<std::vector<PlannedNeuron>> NeuronsOfPlan(const std::string& path, Plan& plan) {
  FP_ASSIGN_OR_RETURN(Plan first, ReadPlan(path));
  FP_RETURN_IF_ERROR(
      CheckPlanFits(first, plan.model_hash, plan.num_layers, plan.num_neurons_per_layer));
  if (!first.layers.empty())
    return Fail(ErrorCode::kInvalidArgument, "{}: takes whole layers; expected neurons", path);
  first.neurons.resize(first.neurons.size() - static_cast<size_t>(first.num_filled));
  plan.method = first.method.substr(0, first.method.find("; filled to width"));
  return std::move(first.neurons);
}

Printout ToPrintout(const Plan& plan, const std::string& out) {
  std::map<int32_t, int64_t> per_layer;
  for (const PlannedNeuron& neuron : plan.neurons) ++per_layer[neuron.layer];
  Table layers({{"layer", Align::kRight}, {"neurons", Align::kRight}});
  for (const auto& [layer, count] : per_layer) {
    layers.AddRow({std::to_string(layer), WithThousands(count)});
  }
  Printout printout;
  printout.Add(fmt::format(
      "{} of {} neurons by {}:\n\n", WithThousands(static_cast<int64_t>(plan.neurons.size())),
      WithThousands(plan.num_layers * plan.num_neurons_per_layer), plan.method));
  printout.Add(std::move(layers));
  return printout.Add(fmt::format(
      "\n{}Written to {}\nNext: fairprune prune {} --plan {} --out pruned\n",
      plan.num_filled == 0 ? ""
                           : fmt::format("{} were chosen, {} fill the width up.\n",
                                         WithThousands(std::ssize(plan.neurons) - plan.num_filled),
                                         WithThousands(plan.num_filled)),
      out, plan.model_path, out));
}

Result<Plan> MakePlan(const StoredAnalysis& analysis, const SelectFlags& flags) {
  FP_RETURN_IF_ERROR(CheckFlags(flags));
  Plan plan;
  plan.model_hash = analysis.model_hash();
  plan.model_path = analysis.model_path();
  plan.num_layers = analysis.num_layers();
  plan.num_neurons_per_layer = analysis.num_neurons_per_layer();
  SelectOptions options = flags.select;
  FP_ASSIGN_OR_RETURN(options.excluded_layers, ExcludedLayers(flags, plan.num_layers));
  int64_t quota = 0;
  if (HasWidth(flags)) {
    FP_ASSIGN_OR_RETURN(quota, QuotaOf(flags, analysis));
  }
  NamedScore score;
  if (flags.first.empty()) {
    FP_ASSIGN_OR_RETURN(score, ReadScore(analysis, flags.score));
    plan.method = score.method;
    if (HasWidth(flags) && !ChoosesFirst(flags)) {  // the whole width is cut by one score
      options.per_layer = true;
      options.percentage = -1;
      options.count = quota;
    }
    FP_ASSIGN_OR_RETURN(plan.neurons, SelectNeurons(score.values, options));
  } else {
    FP_ASSIGN_OR_RETURN(plan.neurons, NeuronsOfPlan(flags.first, plan));
  }
  const bool fills = HasWidth(flags) && ChoosesFirst(flags);
  if (fills) {
    FP_ASSIGN_OR_RETURN(score, ReadScore(analysis, flags.fill));
    const auto chosen = std::ssize(plan.neurons);
    FP_ASSIGN_OR_RETURN(plan.neurons, FillQuota(std::move(plan.neurons), score.values, quota,
                                                options.excluded_layers));
    plan.num_filled = std::ssize(plan.neurons) - chosen;
    plan.method +=
        fmt::format("; filled to width {} by {}", plan.num_neurons_per_layer - quota, score.method);
  }
  if ((options.per_layer || fills) && options.excluded_layers.empty()) {
    plan.reserve = ReserveNeurons(score.values, plan.neurons, kReservePerLayer);
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
                                 {"filled", plan.num_filled},
                                 {"model", plan.model_path},
                                 {"out", flags.out}});
  } else {
    context.Print(ToPrintout(plan, flags.out));
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
                            "fairprune select analysis --percentage 10 --per-layer --out plan.json",
                            "fairprune select analysis --first a.json --width 1408 --out plan.json",
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
  auto* layers = verb->add_option(
      "--layers", flags->layers, "Layers that give neurons, from 0: 3, 5-7 or 3,5-7; default: all");
  verb->add_option("--exclude-layers", flags->exclude_layers, "Layers that keep all theirs")
      ->excludes(layers);
  auto* width =
      verb->add_option("--width", flags->width, "Neurons that each layer keeps (intermediate_size)")
          ->check(CLI::PositiveNumber);
  verb->add_option("--expansion-rate", flags->expansion_rate,
                   "The same in percent of the model's hidden_size")
      ->check(CLI::PositiveNumber)
      ->excludes(width);
  verb->add_option("--first", flags->first,
                   "Plan whose neurons go in any case; the width is filled up with others");
  verb->add_option("--fill", flags->fill, "Score to fill the width up by")->capture_default_str();
  verb->add_option("--round-to", flags->round_to,
                   "Round the width that each layer keeps down to a multiple of this")
      ->check(CLI::IsMember({1, 32, 64, 128, 256}))
      ->capture_default_str();
  verb->add_option("--out", flags->out, "Plan to write")->capture_default_str()->required();
  verb->add_flag("--force", flags->force, "Replace the file if it is there");
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
