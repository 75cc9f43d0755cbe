#include "cli/run_steps.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/mean.h"
#include "base/stopwatch.h"
#include "cli/hub_input.h"
#include "cli/interrupt.h"
#include "cli/report_files.h"
#include "io/atomic_output.h"
#include "io/hash.h"
#include "scoring/pair_divergence.h"

namespace fairprune {
namespace {

constexpr int64_t kWindowTokens = 512;  // of the text; fewer for a model with fewer positions
// Held-out pairs on which the written checkpoint is compared with the masked model.
constexpr size_t kWrittenPairs = 24;

int64_t FileBytes(const std::vector<std::string>& paths) {
  int64_t total = 0;
  for (const std::string& path : paths) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(path, failed);
    if (!failed) total += static_cast<int64_t>(size);
  }
  return total;
}

}  // namespace

Result<RunInputs> LoadRunInputs(const RunFlags& flags) {
  RunInputs inputs;
  FP_ASSIGN_OR_RETURN(inputs.loaded, LoadPairs(flags.pairs));
  inputs.split = SplitPairs(inputs.loaded.pairs);
  if (inputs.split.choose.empty() || inputs.split.held_out.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "{}: of {} pairs {} are for choosing and {} held out; both are needed. Give the "
                "pairs a 'split' column (choose, held-out), or use more templates and attribute "
                "pairs",
                inputs.loaded.source, inputs.loaded.pairs.size(), inputs.split.choose.size(),
                inputs.split.held_out.size());
  }
  if (!flags.plan.empty()) {
    FP_ASSIGN_OR_RETURN(inputs.plan, ReadPlan(flags.plan));
    if (!inputs.plan.layers.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "{}: takes whole layers ({}), and neurons are what is proved here; `prune` "
                  "writes the model without them, `eval` and `compare` measure it",
                  flags.plan, inputs.plan.layers.size());
    }
  }
  if (flags.text_path.empty()) {
    FP_ASSIGN_OR_RETURN(inputs.text, BundledText());
    inputs.text_source = "bundled";
    inputs.search_text = BundledProse();
  } else {
    FP_ASSIGN_OR_RETURN(inputs.text, ReadTextFile(flags.text_path));
    inputs.text_source = flags.text_path;
    if (const size_t bad = FindInvalidUtf8(inputs.text); bad != std::string::npos) {
      return Fail(ErrorCode::kBadFormat, "{}: not valid UTF-8 at byte {}", flags.text_path, bad);
    }
  }
  return inputs;
}

Result<RunModel> PrepareModel(const OpenedModel& opened, const RunInputs& inputs) {
  RunModel model{.opened = &opened};
  FP_ASSIGN_OR_RETURN(model.tokenizer, RequireTokenizer(opened));
  const int64_t window_tokens =
      std::min(kWindowTokens, opened.model.config.max_position_embeddings);
  FP_ASSIGN_OR_RETURN(model.text,
                      EncodeForPerplexity(*model.tokenizer, inputs.text, window_tokens));
  if (inputs.search_text.empty()) return model;
  FP_ASSIGN_OR_RETURN(model.search_text,
                      EncodeForPerplexity(*model.tokenizer, inputs.search_text, window_tokens));
  return model;
}

namespace {

// Both measurements of the held-out pairs, with no neuron and with `mask` off.
Status MeasurePairs(const Engine& engine, const Tokenizer& tokenizer, const NeuronMask& mask,
                    Context& context, RunResult& result) {
  context.Info(fmt::format("measuring {} held-out pairs", result.held_out.size()));
  FP_ASSIGN_OR_RETURN(
      std::vector<ActivationAnalysis> analyses,
      AnalyzeUnderMasks(engine, tokenizer, result.held_out,
                        {.masks = {nullptr, &mask},
                         .divergence = true,
                         .progress = context.ProgressOf("measuring held-out pairs")}));
  Measurement* const measurements[] = {&result.before, &result.after};
  for (size_t i = 0; i < analyses.size(); ++i) {
    const DifferenceScores& all = analyses[i].all;
    measurements[i]->held_out_difference =
        MeanOf(all.at(Pooling::kMean, TapSite::kAct, Aggregation::kMean).span());
    measurements[i]->divergence_nats = std::move(analyses[i].divergence_nats);
  }
  DescribeLayers(analyses[0], analyses[1], result.evidence.pictures);
  return {};
}

// Speed on two windows of the text, the better of two passes; one pass of a streaming engine, whose
// speed is that of reading the weights.
Result<double> TokensPerSecond(const Engine& engine, const PerplexityText& text, Context& context) {
  PerplexityText sample;
  for (size_t i = 0; i < std::min<size_t>(2, text.windows.size()); ++i) {
    sample.windows.push_back(text.windows[i]);
    sample.num_tokens += static_cast<int64_t>(text.windows[i].ids.size()) - 1;
  }
  sample.num_bytes = 1;
  double best = 0;
  for (int pass = 0; pass < (engine.streams() ? 1 : 2); ++pass) {
    const Stopwatch watch;
    FP_RETURN_IF_ERROR(
        MeasurePerplexity(engine, sample, {.progress = context.ProgressOf("measuring speed")}));
    best = std::max(best, static_cast<double>(sample.num_tokens) / watch.seconds());
  }
  return best;
}

// Loads what was written, as any other program would, and measures it.
Status MeasureWritten(const std::string& folder, const PerplexityText& text, const RunFlags& flags,
                      Context& context, RunResult& result) {
  FP_ASSIGN_OR_RETURN(const OpenedModel written, OpenModel(folder, context));
  FP_ASSIGN_OR_RETURN(const Tokenizer* tokenizer, RequireTokenizer(written));
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(written, flags.engine));
  const size_t num_checked = std::min(kWrittenPairs, result.held_out.size());
  FP_ASSIGN_OR_RETURN(
      const std::vector<double> divergence,
      NextTokenDivergence(engine, *tokenizer,
                          {result.held_out.begin(),
                           result.held_out.begin() + static_cast<std::ptrdiff_t>(num_checked)},
                          {.progress = context.ProgressOf("measuring what was written")}));
  for (size_t i = 0; i < divergence.size(); ++i) {
    result.written_difference_nats = std::max(
        result.written_difference_nats, std::abs(divergence[i] - result.after.divergence_nats[i]));
  }
  result.after.parameters = written.model.num_parameters;
  result.after.file_bytes = FileBytes(written.checkpoint.tensors().files());
  FP_ASSIGN_OR_RETURN(result.after.tokens_per_second, TokensPerSecond(engine, text, context));
  return {};
}

Status WriteArtifacts(const std::string& folder, const RunResult& result, const RunFlags& flags) {
  if (result.analysis.fairness.size() > 0) {
    FP_RETURN_IF_ERROR(WriteAnalysis(folder, result.analysis));
  }
  FP_RETURN_IF_ERROR(WriteFileAtomically(folder + "/plan.json", PlanToJson(result.plan)));
  std::error_code failed;
  std::filesystem::create_directory(folder + "/eval", failed);
  if (failed) return Fail(ErrorCode::kIo, "{}/eval: {}", folder, failed.message());
  const auto write = [&](const char* name, const std::string& content) {
    return WriteFileAtomically(folder + "/" + name, content);
  };
  FP_RETURN_IF_ERROR(write("eval/before.json", DumpJson(MeasurementToJson(result.before)) + "\n"));
  FP_RETURN_IF_ERROR(write("eval/after.json", DumpJson(MeasurementToJson(result.after)) + "\n"));
  FP_RETURN_IF_ERROR(write("eval/pairs.jsonl", ItemsToJsonLines(result)));
  FP_RETURN_IF_ERROR(write("eval/items.jsonl", BiasItemsToJsonLines(result.bias)));
  FP_RETURN_IF_ERROR(write("manifest.json", DumpJson(RunToJson(result, flags)) + "\n"));
  FP_ASSIGN_OR_RETURN(const RunReport report, ToRunReport(result, flags));
  return WriteReportFiles(folder, report);
}

// What choosing and held-out pairs have in common, in words. SplitPairs keeps them apart unless the
// pairs bring a split of their own.
std::string IndependenceOf(const PairSplit& split) {
  constexpr const char* kApart = "no template and no attributes in common";
  if (split.choose.front().split.empty()) return kApart;
  const auto key = [](const PromptPair& pair) {
    return pair.category + '\n' + std::min(pair.attribute_1, pair.attribute_2) + '\n' +
           std::max(pair.attribute_1, pair.attribute_2);
  };
  const auto is_named = [](const PromptPair& pair) {
    return !pair.template_id.empty() && !pair.attribute_1.empty() && !pair.attribute_2.empty();
  };
  std::set<std::string> templates, attributes;
  for (const PromptPair& pair : split.choose) {
    templates.insert(pair.template_id);
    attributes.insert(key(pair));
  }
  if (!std::all_of(split.choose.begin(), split.choose.end(), is_named) ||
      !std::all_of(split.held_out.begin(), split.held_out.end(), is_named)) {
    return "independence unknown: some name no template or attributes";
  }
  const bool shared =
      std::any_of(split.held_out.begin(), split.held_out.end(), [&](const PromptPair& pair) {
        return templates.contains(pair.template_id) || attributes.contains(key(pair));
      });
  return shared ? "templates or attributes in common: not independent" : kApart;
}

// Perplexity, pairs and speed without and with the chosen neurons, and the proof on held-out items.
Status MeasureStep(const RunModel& model, const RunFlags& flags, Context& context,
                   RunResult& result) {
  EngineFlags engine_flags = flags.engine;
  engine_flags.gradient = flags.bias.transfer;
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(*model.opened, engine_flags));
  result.compute = std::string(NameOf(engine.compute()));
  result.threads = engine.threads();
  const NeuronMask mask = MaskOf(engine.config(), result.plan.neurons);
  context.Info(fmt::format("measuring perplexity on {} tokens ({}, {} threads)",
                           model.text.num_tokens, result.compute, result.threads));
  const NeuronMask* const masks[] = {nullptr, &mask};
  FP_ASSIGN_OR_RETURN(const std::vector<Perplexity> perplexity,
                      MeasurePerplexityUnderMasks(engine, model.text, masks,
                                                  context.ProgressOf("perplexity, windows")));
  result.before.perplexity = perplexity[0];
  result.after.perplexity = perplexity[1];
  FP_RETURN_IF_ERROR(MeasurePairs(engine, *model.tokenizer, mask, context, result));
  const SearchOptions search =
      MakeSearchOptions(flags.bias, flags.neurons, flags.max_perplexity_increase, context);
  FP_RETURN_IF_ERROR(VerifyStep(engine, flags.bias, search,
                                {.neurons = &result.plan.neurons,
                                 .text_before = &result.before.perplexity,
                                 .text_after = &result.after.perplexity},
                                context, result.bias));
  FP_ASSIGN_OR_RETURN(result.before.tokens_per_second,
                      TokensPerSecond(engine, model.text, context));
  const EvidenceInputs evidence = {.engine = &engine,
                                   .model = &model.opened->model,
                                   .tokenizer = model.tokenizer,
                                   .bias = &result.bias,
                                   .neurons = &result.plan.neurons,
                                   .held_out_pairs = &result.held_out};
  return CollectEvidence(evidence, context, result.evidence);
}

// From the opened model to the files under `folder`.
Status RunSteps(const RunFlags& flags, const OpenedModel& opened, const RunInputs& inputs,
                const std::string& folder, Context& context, RunResult& result) {
  const ModelConfig& config = opened.model.config;
  FP_ASSIGN_OR_RETURN(const RunModel model, PrepareModel(opened, inputs));
  result.text_tokens = model.text.num_tokens;
  FP_ASSIGN_OR_RETURN(const RequestEncoder encoder,
                      RequestEncoder::Create(*model.tokenizer, config.max_position_embeddings));
  FP_ASSIGN_OR_RETURN(result.bias.inputs, LoadBiasInputs(flags.bias, flags.pairs.language, encoder,
                                                         model.text, model.search_text));
  WarnOfInputs(result.bias.inputs, context);
  FP_ASSIGN_OR_RETURN(const std::string hash, opened.checkpoint.ContentHash());
  result.plan = {.model_hash = hash,
                 .model_path = flags.model,
                 .num_layers = config.num_layers,
                 .num_neurons_per_layer = config.intermediate_size};
  FP_RETURN_IF_ERROR(ChooseStep(model, inputs, flags, context, result));
  context.SetFigure("");
  if (flags.bias.controls > 0 && !result.plan.neurons.empty() && !flags.engine.stream &&
      result.bias.search.neutral_cost.empty()) {
    FP_ASSIGN_OR_RETURN(result.bias.search.neutral_cost,
                        EstimateNeutralCost(model, flags, context));
  }
  FP_RETURN_IF_ERROR(MeasureStep(model, flags, context, result));
  result.before.parameters = opened.model.num_parameters;
  result.before.file_bytes = FileBytes(opened.checkpoint.tensors().files());

  context.Info("writing the pruned checkpoint");
  FP_ASSIGN_OR_RETURN(PruneOptions options, ToPruneOptions(flags.prune));
  options.undo_path = folder + "/undo.safetensors";
  options.settings = SettingsOf(flags.prune);
  options.progress = context.ProgressOf("writing, tensors");
  FP_ASSIGN_OR_RETURN(result.summary,
                      PruneCheckpoint(opened.checkpoint, opened.model, model.tokenizer, result.plan,
                                      folder + "/model", options));
  context.Info("measuring what was written");
  return MeasureWritten(folder + "/model", model.text, flags, context, result);
}

}  // namespace

Result<RunResult> RunMainJob(const RunFlags& flags, Context& context) {
  const Stopwatch watch;
  FP_RETURN_IF_ERROR(ToPruneOptions(flags.prune));
  FP_RETURN_IF_ERROR(ParseImportanceMethod(flags.importance));
  FP_ASSIGN_OR_RETURN(const RunInputs inputs, LoadRunInputs(flags));
  RunResult result;
  FP_ASSIGN_OR_RETURN(result.method, ResolveMethod(flags));
  result.pairs_source = inputs.loaded.source;
  result.pairs_sha256 = inputs.loaded.sha256;
  result.command = context.command();
  result.out = flags.out.empty() ? "runs/" + ModelName(flags.model) : flags.out;
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.model, context));
  FP_RETURN_IF_ERROR(RequireOneWidth(opened));
  CatchInterrupts();
  FP_ASSIGN_OR_RETURN(AtomicDirectory out, AtomicDirectory::Create(result.out, flags.force));
  result.held_out = inputs.split.held_out;
  result.num_choosing_pairs = std::ssize(inputs.split.choose);
  result.independence = IndependenceOf(inputs.split);
  result.text_source = inputs.text_source;
  result.text_sha256 = Sha256(inputs.text);
  result.options = context.SettingsWithout({});
  FP_RETURN_IF_ERROR(RunSteps(flags, opened, inputs, out.working_path(), context, result));
  result.seconds = watch.seconds();
  FP_RETURN_IF_ERROR(WriteArtifacts(out.working_path(), result, flags));
  FP_RETURN_IF_ERROR(CheckInterrupt());
  FP_RETURN_IF_ERROR(out.Commit());
  return result;
}

}  // namespace fairprune
