// fairprune layers: how much each layer does, and plans that take whole layers.
#include "selection/layers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>

#include "attribution/text_scores.h"
#include "cli/engine_input.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/model_input.h"
#include "cli/text_input.h"
#include "cli/verbs.h"
#include "io/atomic_output.h"
#include "report/table.h"
#include "selection/plan.h"

namespace fairprune {
namespace {

struct LayersFlags {
  std::string model, out;
  std::vector<std::string> remove;
  int64_t count = -1;
  double percentage = -1;
  std::string by = "importance";
  TextFlags text{.path = "bundled"};
  EngineFlags engine;
  bool force = false;
  bool json = false;
};

struct LayersResult {
  std::vector<double> importance;  // [L]; empty: not measured
  std::string text_source;
  int64_t text_tokens = 0;
  std::vector<int32_t> removed;  // of the plan, if one was made
};

bool MakesPlan(const LayersFlags& flags) {
  return !flags.remove.empty() || flags.count >= 0 || flags.percentage >= 0;
}

Status CheckFlags(const LayersFlags& flags) {
  const int ways = static_cast<int>(!flags.remove.empty()) + static_cast<int>(flags.count >= 0) +
                   static_cast<int>(flags.percentage >= 0);
  if (ways > 1)
    return Fail(ErrorCode::kInvalidArgument,
                "more than one of --remove, --count and --percentage: give one");
  if (MakesPlan(flags) == flags.out.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "--out needs one of --remove, --count and --percentage, and they need --out: it is "
                "the plan to write");
  return flags.out.empty() ? Status{} : CheckMayWrite(flags.out, flags.force);
}

// Layers that are named, first or last are known without a look at the text.
bool Measures(const LayersFlags& flags) {
  return flags.remove.empty() && (!MakesPlan(flags) || flags.by == "importance");
}

Status Measure(const LayersFlags& flags, const OpenedModel& opened, Context& context,
               LayersResult& result) {
  FP_ASSIGN_OR_RETURN(const Tokenizer* tokenizer, RequireTokenizer(opened));
  FP_ASSIGN_OR_RETURN(const LoadedText loaded, LoadText(flags.text.path));
  FP_ASSIGN_OR_RETURN(const PerplexityText text,
                      EncodeText(loaded, *tokenizer, opened.model.config, flags.text));
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(opened, flags.engine));
  FP_ASSIGN_OR_RETURN(TextScores scores, MeasureOnText(engine, WindowIds(text),
                                                       context.ProgressOf("reading the text")));
  result.importance = std::move(scores.layer_importance);
  result.text_source = loaded.source;
  result.text_tokens = text.num_tokens;
  return {};
}

Result<std::vector<int32_t>> Choose(const LayersFlags& flags, int64_t num_layers,
                                    const std::vector<double>& importance) {
  if (!flags.remove.empty()) {
    FP_ASSIGN_OR_RETURN(std::vector<int32_t> layers, ParseLayerLists(flags.remove, num_layers));
    if (std::ssize(layers) == num_layers)
      return Fail(ErrorCode::kInvalidArgument, "all {} layers are named, and one must stay",
                  num_layers);
    return layers;
  }
  int64_t count = flags.count;
  if (flags.percentage >= 0) {
    FP_ASSIGN_OR_RETURN(count, LayersOfPercentage(num_layers, flags.percentage));
  }
  const LayerOrder order = flags.by == "first"  ? LayerOrder::kFirst
                           : flags.by == "last" ? LayerOrder::kLast
                                                : LayerOrder::kLeastImportant;
  return SelectLayers(num_layers, count, order, importance);
}

Status WritePlan(const LayersFlags& flags, const OpenedModel& opened, const LayersResult& result) {
  Plan plan;
  FP_ASSIGN_OR_RETURN(plan.model_hash, opened.checkpoint.ContentHash());
  plan.model_path = flags.model;
  plan.num_layers = opened.model.config.num_layers;
  plan.num_neurons_per_layer = opened.model.config.intermediate_size;
  plan.method = flags.remove.empty() ? fmt::format("layers(by={})", flags.by) : "layers(named)";
  plan.layers = result.removed;
  return WriteFileAtomically(flags.out, PlanToJson(plan));
}

Printout ToPrintout(const LayersResult& result, const LayersFlags& flags) {
  Printout printout;
  if (!result.importance.empty()) {
    std::vector<size_t> order(result.importance.size()), rank(order.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::ranges::less{},
                             [&](size_t layer) { return result.importance[layer]; });
    for (size_t i = 0; i < order.size(); ++i) rank[order[i]] = i + 1;
    Table table({{"layer", Align::kRight}, {"importance", Align::kRight}, {"rank", Align::kRight}});
    for (size_t layer = 0; layer < rank.size(); ++layer)
      table.AddRow({std::to_string(layer), fmt::format("{:.6f}", result.importance[layer]),
                    std::to_string(rank[layer])});
    printout.Add(fmt::format(
        "Importance of each layer, 1 - cosine of its input and output, on {} tokens ({}); rank 1 "
        "does least:\n\n",
        WithThousands(result.text_tokens), result.text_source));
    printout.Add(std::move(table));
  }
  if (flags.out.empty()) return printout;
  return printout.Add(fmt::format(
      "{}Layers to go: {}\nWritten to {}\nNext: fairprune prune {} --plan {} --out pruned\n",
      result.importance.empty() ? "" : "\n", fmt::join(result.removed, ", "), flags.out,
      flags.model, flags.out));
}

Json ToJson(const LayersResult& result, const LayersFlags& flags) {
  return {{"model", flags.model},
          {"importance", result.importance},
          {"text_source", result.text_source},
          {"text_tokens", result.text_tokens},
          {"removed", result.removed},
          {"out", flags.out.empty() ? Json(nullptr) : Json(flags.out)}};
}

Result<Outcome> Layers(const LayersFlags& flags, Context& context) {
  FP_RETURN_IF_ERROR(CheckFlags(flags));
  CatchInterrupts();
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.model, context));
  LayersResult result;
  if (Measures(flags)) FP_RETURN_IF_ERROR(Measure(flags, opened, context, result));
  if (MakesPlan(flags)) {
    FP_ASSIGN_OR_RETURN(result.removed,
                        Choose(flags, opened.model.config.num_layers, result.importance));
    FP_RETURN_IF_ERROR(WritePlan(flags, opened, result));
  }
  if (flags.json) {
    context.PrintJson("layers", ToJson(result, flags));
  } else {
    context.Print(ToPrintout(result, flags));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddLayers(CLI::App& app, Context& context) {
  auto flags = std::make_shared<LayersFlags>();
  CLI::App* verb =
      AddVerb(app, context,
              {.name = "layers",
               .summary = "Show how much each layer does, and plan to take whole layers",
               .examples = {"fairprune layers model.gguf",
                            "fairprune layers model.gguf --count 3 --out plan.json",
                            "fairprune layers models/llama --count 4 --by last --out plan.json",
                            "fairprune layers models/llama --remove 5-7,11 --out plan.json"}},
              [flags, &context] { return Layers(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  verb->add_option("--out", flags->out, "Plan to write");
  verb->add_option("--remove", flags->remove, "Layers to take, from 0: 3, 5-7 or 3,5-7");
  verb->add_option("--count", flags->count, "How many layers to take")->check(CLI::PositiveNumber);
  verb->add_option("--percentage", flags->percentage, "How many, in percent of all")
      ->check(CLI::Range(0.0, 100.0));
  verb->add_option("--by", flags->by, "Which: those of least importance, the first or the last")
      ->check(CLI::IsMember({"importance", "first", "last"}))
      ->capture_default_str();
  AddTextFlags(verb, flags->text);
  AddEngineFlags(verb, flags->engine);
  verb->add_flag("--force", flags->force, "Replace the plan if it is there");
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
