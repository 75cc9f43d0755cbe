// fairprune analyze: activation differences, importance and the published fairness score.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "attribution/analysis_file.h"
#include "attribution/text_scores.h"
#include "base/mean.h"
#include "cli/engine_input.h"
#include "cli/interrupt.h"
#include "cli/model_input.h"
#include "cli/pairs_input.h"
#include "cli/text_input.h"
#include "cli/verbs.h"
#include "io/atomic_output.h"
#include "report/table.h"
#include "selection/neutral_cost.h"

namespace fairprune {
namespace {

struct AnalyzeFlags {
  std::string model, out;
  PairsFlags pairs;
  std::string split = "all";
  std::string format = "fairprune";
  std::string importance = "MAW";
  double bias_weight = 0.8;
  TextFlags text;
  EngineFlags engine;
  bool force = false;
  bool json = false;
};

// The part of the pairs that `--split` names.
Result<std::vector<PromptPair>> PartOf(std::vector<PromptPair> pairs, const std::string& part) {
  if (part == "all") return pairs;
  PairSplit split = SplitPairs(pairs);
  std::vector<PromptPair>& wanted = part == "choose" ? split.choose : split.held_out;
  if (wanted.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the {} part of the {} pairs is empty: give them a 'split' column, or use more "
                "templates and attribute pairs",
                part, pairs.size());
  }
  return std::move(wanted);
}

Printout ToPrintout(const AnalysisRecord& record, const std::string& out) {
  Table layers({{"layer", Align::kRight},
                {"gate_proj", Align::kRight},
                {"up_proj", Align::kRight},
                {"down_proj input", Align::kRight},
                {"mean fairness", Align::kRight}});
  for (int64_t layer = 0; layer < record.fairness.shape().front(); ++layer) {
    std::vector<std::string> row = {std::to_string(layer)};
    for (const TapSite site : kTapSites) {
      const Tensor& score = record.differences.all.at(Pooling::kMean, site, Aggregation::kMean);
      row.push_back(fmt::format("{:.5f}", MeanOf(score.matrix().row_span(layer))));
    }
    row.push_back(fmt::format("{:.4f}", MeanOf(record.fairness.matrix().row_span(layer))));
    layers.AddRow(std::move(row));
  }
  const size_t categories = record.differences.by_category.size();
  Printout printout;
  printout.Add(fmt::format("Mean activation difference of {} pairs{}, by layer:\n\n",
                           record.differences.all.num_pairs,
                           categories == 0 ? "" : fmt::format(" in {} categories", categories)));
  printout.Add(std::move(layers));
  return printout.Add(fmt::format(
      "\nWritten to {}\nNext: fairprune select {} --count 128 --out plan.json\n", out, out));
}

Json ToJson(const AnalysisRecord& record, const std::string& out) {
  Json categories = Json::array();
  for (const auto& [name, scores] : record.differences.by_category) {
    categories.push_back({{"name", name}, {"pairs", scores.num_pairs}});
  }
  return {{"model", record.model_path},
          {"content_hash", record.model_hash},
          {"pairs", record.differences.all.num_pairs},
          {"pairs_source", record.pairs_path},
          {"categories", std::move(categories)},
          {"bias_weight", record.bias_weight},
          {"importance", NameOf(record.importance_method)},
          {"text_tokens", record.text_tokens},
          {"out", out}};
}

// What the text says of every neuron, for the record.
Status MeasureText(const OpenedModel& opened, const Tokenizer& tokenizer, const Engine& engine,
                   const TextFlags& flags, Context& context, AnalysisRecord& record) {
  FP_ASSIGN_OR_RETURN(LoadedText loaded, LoadText(flags.path));
  FP_ASSIGN_OR_RETURN(const PerplexityText text,
                      EncodeText(loaded, tokenizer, opened.model.config, flags));
  FP_ASSIGN_OR_RETURN(
      const TextScores scores,
      MeasureOnText(engine, WindowIds(text), context.ProgressOf("reading the text")));
  FP_ASSIGN_OR_RETURN(record.text_scores["importance.HYBRID"],
                      HybridImportance(opened.model, scores.activation_norms));
  if (engine.streams()) {
    context.Warn("no score text.cost: it needs gradients, and they all weights; not with --stream");
  } else {
    FP_ASSIGN_OR_RETURN(
        record.text_scores["text.cost"],
        MeasureNeutralCost(engine, text.windows,
                           {.progress = context.ProgressOf("what neurons cost on the text")}));
  }
  record.text_path = std::move(loaded.source);
  record.text_sha256 = std::move(loaded.sha256);
  record.text_tokens = text.num_tokens;
  return {};
}

Result<Outcome> Analyze(const AnalyzeFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(const ImportanceMethod method, ParseImportanceMethod(flags.importance));
  FP_ASSIGN_OR_RETURN(LoadedPairs loaded, LoadPairs(flags.pairs));
  FP_ASSIGN_OR_RETURN(const std::vector<PromptPair> pairs,
                      PartOf(std::move(loaded.pairs), flags.split));
  CatchInterrupts();
  FP_ASSIGN_OR_RETURN(AtomicDirectory out, AtomicDirectory::Create(flags.out, flags.force));
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.model, context));
  FP_RETURN_IF_ERROR(RequireOneWidth(opened));
  FP_ASSIGN_OR_RETURN(const Tokenizer* tokenizer, RequireTokenizer(opened));
  EngineFlags engine_flags = flags.engine;
  engine_flags.gradient = !flags.text.path.empty() && !flags.engine.stream;
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(opened, engine_flags));
  FP_ASSIGN_OR_RETURN(
      ActivationAnalysis differences,
      AnalyzeActivations(engine, *tokenizer, pairs, context.ProgressOf("analyzing pairs")));
  FP_ASSIGN_OR_RETURN(AnalysisRecord record, ScoreNeurons(opened.model, std::move(differences),
                                                          method, flags.bias_weight));
  record.model_path = flags.model;
  FP_ASSIGN_OR_RETURN(record.model_hash, opened.checkpoint.ContentHash());
  record.pairs_path = loaded.source;
  record.pairs_sha256 = loaded.sha256;
  if (!flags.text.path.empty()) {
    FP_RETURN_IF_ERROR(MeasureText(opened, *tokenizer, engine, flags.text, context, record));
  }
  FP_RETURN_IF_ERROR(WriteAnalysis(out.working_path(), record));
  if (flags.format == "optipfair") {
    FP_RETURN_IF_ERROR(WriteOptiPFairFiles(out.working_path(), record));
  }
  FP_RETURN_IF_ERROR(CheckInterrupt());
  FP_RETURN_IF_ERROR(out.Commit());
  if (flags.json) {
    context.PrintJson("analyze", ToJson(record, flags.out));
  } else {
    context.Print(ToPrintout(record, flags.out));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddAnalyze(CLI::App& app, Context& context) {
  auto flags = std::make_shared<AnalyzeFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "analyze",
       .summary = "Score every neuron by how its activation differs between paired prompts",
       .description =
           "Runs the prompts of each pair, takes the activations at gate_proj, up_proj and the "
           "input of down_proj, and writes per layer and neuron their differences, the static "
           "importance of the weights and the published fairness score (docs/methods.md).",
       .examples =
           {"fairprune analyze model.gguf --out analysis",
            "fairprune analyze model.gguf --text bundled --out analysis",
            "fairprune analyze models/llama --pairs pairs.json --format optipfair --out a"}},
      [flags, &context] { return Analyze(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  AddPairsFlags(verb, flags->pairs);
  verb->add_option("--out", flags->out, "Folder to write analysis.safetensors and analysis.json to")
      ->required();
  verb->add_option("--split", flags->split,
                   "Part of the pairs: all, choose or held-out (docs/data.md)")
      ->check(CLI::IsMember({"all", "choose", "held-out"}))
      ->capture_default_str();
  verb->add_option("--bias-weight", flags->bias_weight,
                   "Weight of the activation difference in the fairness score; the rest is "
                   "1 - importance")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb->add_option("--importance", flags->importance,
                   "Static importance in the fairness score: MAW, VOW, PON or L2")
      ->capture_default_str();
  verb->add_option("--format", flags->format,
                   "fairprune, or optipfair: also CATEGORY_bias_scores.json and "
                   "CATEGORY_fairness_scores.json in that tool's form")
      ->check(CLI::IsMember({"fairprune", "optipfair"}))
      ->capture_default_str();
  AddTextFlags(verb, flags->text);
  AddEngineFlags(verb, flags->engine);
  verb->add_flag("--force", flags->force, "Replace the folder if it is there");
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
