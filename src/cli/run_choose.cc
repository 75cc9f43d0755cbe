// How the main job chooses neurons: one function per method.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "attribution/attribution_file.h"
#include "attribution/candidate_neurons.h"
#include "cli/run_steps.h"
#include "scoring/pair_forests.h"
#include "selection/exact_search.h"
#include "selection/neutral_cost.h"
#include "statistics/random.h"

namespace fairprune {
namespace {

// Of each layer's neurons, the share that method hybrid considers.
constexpr double kHybridShare = 0.1;

// The analysis is always f32, so that the same plan comes out of every machine.
Result<AnalysisRecord> AnalyzeStep(const RunModel& model, const std::vector<PromptPair>& pairs,
                                   const RunFlags& flags, Context& context) {
  context.Info(fmt::format("analyzing {} choosing pairs (f32)", pairs.size()));
  FP_ASSIGN_OR_RETURN(const ImportanceMethod method, ParseImportanceMethod(flags.importance));
  EngineFlags engine_flags = flags.engine;
  engine_flags.compute = "f32";
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(*model.opened, engine_flags));
  FP_ASSIGN_OR_RETURN(
      ActivationAnalysis differences,
      AnalyzeActivations(engine, *model.tokenizer, pairs, context.ProgressOf("analyzing pairs")));
  return ScoreNeurons(model.opened->model, std::move(differences), method, flags.bias_weight);
}

// Takes the plan's neurons in order, as far as the text's perplexity allows.
Status TakeWithinBudget(const Engine& engine, const PerplexityText& text, const RunFlags& flags,
                        Context& context, RunResult& result) {
  PerplexityBudget budget;
  budget.max_increase = flags.max_perplexity_increase / 100.0;
  budget.log = [&](const std::string& line) {
    context.Info(line);
    context.SetFigure(line);
  };
  budget.progress = context.ProgressOf("perplexity, windows");
  context.Info(fmt::format("measuring perplexity on {} tokens", text.num_tokens));
  FP_ASSIGN_OR_RETURN(result.budget,
                      TakeWithinPerplexity(engine, text, result.plan.neurons, budget));
  result.plan.neurons.resize(static_cast<size_t>(result.budget.num_taken));
  return {};
}

// Unless another method has left the analysis there.
Status Analyze(const RunModel& model, const RunInputs& inputs, const RunFlags& flags,
               Context& context, RunResult& result) {
  if (result.analysis.fairness.size() > 0) return {};
  FP_ASSIGN_OR_RETURN(result.analysis, AnalyzeStep(model, inputs.split.choose, flags, context));
  result.analysis.model_path = flags.model;
  result.analysis.model_hash = result.plan.model_hash;
  result.analysis.pairs_path = inputs.loaded.source;
  result.analysis.pairs_sha256 = inputs.loaded.sha256;
  return {};
}

// The published method: by the fairness score, within the limit of perplexity.
Status ChooseByActivation(const RunModel& model, const RunInputs& inputs, const RunFlags& flags,
                          Context& context, RunResult& result) {
  FP_RETURN_IF_ERROR(Analyze(model, inputs, flags, context, result));
  result.plan.method =
      fmt::format("fairness(bias_weight={}, importance={})", flags.bias_weight, flags.importance);
  FP_ASSIGN_OR_RETURN(result.plan.neurons, SelectNeurons(result.analysis.fairness,
                                                         {.count = flags.neurons,
                                                          .max_per_layer = flags.max_per_layer}));
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(*model.opened, flags.engine));
  return TakeWithinBudget(engine, model.text, flags, context, result);
}

// Any neurons: what a choice without reasons does.
Status ChooseAtRandom(const RunModel& model, const RunFlags& flags, RunResult& result) {
  const ModelConfig& config = model.opened->model.config;
  Tensor scores({config.num_layers, config.intermediate_size});
  RandomSource random(flags.bias.seed);
  for (float& score : scores.span()) score = static_cast<float>(random.Below(1 << 24));
  result.plan.method = fmt::format("random(seed={})", flags.bias.seed);
  FP_ASSIGN_OR_RETURN(
      result.plan.neurons,
      SelectNeurons(scores, {.count = flags.neurons, .max_per_layer = flags.max_per_layer}));
  return {};
}

// The choosing pairs, clustered by template.
Result<SearchSet> PairsToSearch(const RunModel& model, const RunInputs& inputs) {
  FP_ASSIGN_OR_RETURN(const std::vector<EncodedPair> encoded,
                      EncodePairs(*model.tokenizer, inputs.split.choose));
  SearchSet set;
  set.name = "pairs";
  std::map<std::string, int64_t> clusters;
  for (size_t i = 0; i < encoded.size(); ++i) {
    const PromptPair& pair = inputs.split.choose[i];
    const std::string key = pair.template_id.empty() ? pair.id : pair.template_id;
    const int64_t cluster = clusters.try_emplace(key, std::ssize(clusters)).first->second;
    set.pairs.push_back({encoded[i], 1, cluster});
  }
  return set;
}

// [L, F] how much activations differ between the prompts of a pair, weighted by what the neuron
// writes: |difference of act| * norm of the down_proj column.
Result<Tensor> WeightedDifference(const RunModel& model, const AnalysisRecord& analysis) {
  FP_ASSIGN_OR_RETURN(Tensor score, DownColumnNorms(model.opened->model));
  const Tensor& difference =
      analysis.differences.all.at(Pooling::kMean, TapSite::kAct, Aggregation::kMean);
  for (int64_t i = 0; i < score.size(); ++i) score.data()[i] *= difference.data()[i];
  return score;
}

// [L * F] 1 for the tenth of each layer's neurons whose weighted difference is largest.
Result<std::vector<uint8_t>> MostDifferent(const RunModel& model, const AnalysisRecord& analysis) {
  FP_ASSIGN_OR_RETURN(const Tensor score, WeightedDifference(model, analysis));
  const auto width = static_cast<size_t>(score.matrix().cols);
  std::vector<uint8_t> eligible(static_cast<size_t>(score.size()));
  for (int64_t layer = 0; layer < score.matrix().rows; ++layer) {
    const float* of_layer = score.matrix().row(layer);
    std::vector<size_t> order(width);
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::greater<>(), [&](size_t n) { return of_layer[n]; });
    const auto kept = static_cast<size_t>(std::ceil(kHybridShare * static_cast<double>(width)));
    for (size_t i = 0; i < kept; ++i) {
      eligible[static_cast<size_t>(layer) * width + order[i]] = 1;
    }
  }
  return eligible;
}

// Tokens whose activations fit into `memory_gb`; what the engine takes well where it is 0.
Result<int64_t> BatchNodes(const Engine& engine, double memory_gb) {
  if (memory_gb == 0) return engine.preferred_batch_nodes();
  constexpr int64_t kFewestNodes = 32;
  const auto bytes = static_cast<double>(engine.gradient_bytes_per_node());
  const auto nodes = static_cast<int64_t>(memory_gb * 1e9 / bytes);
  if (nodes >= kFewestNodes) return std::min<int64_t>(nodes, engine.preferred_batch_nodes());
  return Fail(
      ErrorCode::kInvalidArgument,
      "--memory {}: gradients keep {:.1f} MB a token for this model, so that {} tokens need "
      "{:.3f} GB at least",
      memory_gb, 1e-6 * bytes, kFewestNodes, 1e-9 * bytes * kFewestNodes);
}

// An engine with gradients, and how many tokens it takes at a time.
Result<Engine> LoadGradientEngine(const RunModel& model, const RunFlags& flags,
                                  int64_t& batch_nodes) {
  EngineFlags engine_flags = flags.engine;
  engine_flags.gradient = true;
  FP_ASSIGN_OR_RETURN(Engine engine, LoadEngine(*model.opened, engine_flags));
  FP_ASSIGN_OR_RETURN(batch_nodes, BatchNodes(engine, flags.bias.memory_gb));
  return engine;
}

// The same for a search, which says so.
Result<Engine> LoadSearchEngine(const RunModel& model, const RunFlags& flags,
                                const std::string& method, Context& context,
                                SearchOptions& options) {
  FP_ASSIGN_OR_RETURN(Engine engine, LoadGradientEngine(model, flags, options.batch_nodes));
  context.Info(fmt::format(
      "choosing by {} ({}; gradients of {} tokens at a time, {:.2f} GB)", method,
      NameOf(engine.compute()), options.batch_nodes,
      1e-9 * static_cast<double>(options.batch_nodes * engine.gradient_bytes_per_node())));
  return engine;
}

// By measured effect on the output: of signed items, or on pairs that have no direction.
Status ChooseByGradient(const RunModel& model, const RunInputs& inputs, const RunFlags& flags,
                        Context& context, RunResult& result) {
  SearchInputs search = MakeSearchInputs(result.bias.inputs);
  SearchOptions options =
      MakeSearchOptions(flags.bias, flags.neurons, flags.max_perplexity_increase, context);
  if (result.method == "hybrid") {
    FP_RETURN_IF_ERROR(Analyze(model, inputs, flags, context, result));
    FP_ASSIGN_OR_RETURN(options.eligible, MostDifferent(model, result.analysis));
  }
  if (result.method == "divergence") {
    search.bias.clear();
    FP_ASSIGN_OR_RETURN(search.bias.emplace_back(), PairsToSearch(model, inputs));
  }
  FP_ASSIGN_OR_RETURN(const Engine engine,
                      LoadSearchEngine(model, flags, result.method, context, options));
  FP_ASSIGN_OR_RETURN(result.bias.search, SearchByAttribution(engine, search, options));
  result.plan.method =
      fmt::format("{}(max_perplexity_increase={} %, max_guarded_loss={}, rounds={}, seed={})",
                  result.method, flags.max_perplexity_increase, ToString(flags.bias.guard_limits),
                  flags.bias.rounds, flags.bias.seed);
  result.plan.neurons = result.bias.search.neurons;
  return {};
}

// What was chosen elsewhere.
Status TakePlan(const RunModel& model, const RunInputs& inputs, const RunFlags& flags,
                RunResult& result) {
  const ModelConfig& config = model.opened->model.config;
  const Plan& plan = inputs.plan;
  if (auto fits =
          CheckPlanFits(plan, result.plan.model_hash, config.num_layers, config.intermediate_size);
      !fits) {
    return WithContext(fits.error(), flags.plan);
  }
  result.plan.method = plan.method;
  result.plan.neurons = plan.neurons;
  result.plan.num_filled = plan.num_filled;
  return {};
}

// By what switching off each candidate really does.
Status ChooseByExactEffects(const RunModel& model, const RunInputs& inputs, const RunFlags& flags,
                            Context& context, RunResult& result) {
  FP_RETURN_IF_ERROR(Analyze(model, inputs, flags, context, result));
  FP_ASSIGN_OR_RETURN(const Tensor score, WeightedDifference(model, result.analysis));
  FP_ASSIGN_OR_RETURN(const CandidateNeurons candidates,
                      ChooseCandidates(score, {.top = flags.exact.candidates,
                                               .random = flags.exact.random_candidates,
                                               .seed = flags.bias.seed}));
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(*model.opened, flags.engine));
  ExactSearchOptions options;
  options.count = flags.neurons;
  options.rounds = flags.exact.rounds;
  options.items = flags.exact.items;
  options.text_tokens = flags.exact.text_tokens;
  options.max_perplexity_increase = flags.max_perplexity_increase / 100;
  options.standard_errors = flags.bias.standard_errors;
  options.seed = flags.bias.seed;
  options.log = [&context](const std::string& line) { context.Info(line); };
  options.progress = context.ProgressOf("exact effects");
  const std::vector<Neuron> neurons = AllCandidates(candidates);
  context.Info(fmt::format("choosing by exact effects of {} candidates ({})", neurons.size(),
                           NameOf(engine.compute())));
  FP_ASSIGN_OR_RETURN(
      result.bias.search,
      SearchByExactEffects(engine, MakeSearchInputs(result.bias.inputs), neurons, options));
  result.plan.method = fmt::format(
      "exact(max_perplexity_increase={} %, candidates={}+{}, items={}, text_tokens={}, rounds={}, "
      "seed={})",
      flags.max_perplexity_increase, flags.exact.candidates, flags.exact.random_candidates,
      flags.exact.items, flags.exact.text_tokens, flags.exact.rounds, flags.bias.seed);
  result.plan.neurons = result.bias.search.neurons;
  return {};
}

}  // namespace

Result<std::string> ResolveMethod(const RunFlags& flags) {
  if (!flags.plan.empty()) return std::string("plan");
  constexpr std::array kMethods = {"activation", "attribution", "divergence",
                                   "exact",      "hybrid",      "random"};
  if (flags.method == "auto") {
    const bool pairs_given = !flags.pairs.path.empty() || !HasBundledItems(flags.pairs.language);
    const bool only_pairs = pairs_given && flags.bias.items.items.empty();
    // A streaming engine has no gradients.
    if (flags.engine.stream) return std::string("activation");
    return std::string(only_pairs ? "divergence" : "attribution");
  }
  if (std::ranges::find(kMethods, flags.method) != kMethods.end()) {
    if (flags.max_per_layer >= 0 && flags.method != "activation" && flags.method != "random") {
      return Fail(ErrorCode::kInvalidArgument,
                  "--max-per-layer limits the methods activation and random, not {}", flags.method);
    }
    return flags.method;
  }
  return Fail(ErrorCode::kInvalidArgument,
              "unknown method '{}': expected auto, activation, attribution, divergence, exact, "
              "hybrid or random",
              flags.method);
}

Result<std::vector<double>> EstimateNeutralCost(const RunModel& model, const RunFlags& flags,
                                                Context& context) {
  NeutralCostOptions options;
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadGradientEngine(model, flags, options.batch_nodes));
  context.Info("estimating what neurons cost, for the random choices");
  options.progress = context.ProgressOf("estimating costs, windows");
  FP_ASSIGN_OR_RETURN(const Tensor cost, MeasureNeutralCost(engine, model.text.windows, options));
  const std::span<const float> values = cost.span();
  return std::vector<double>(values.begin(), values.end());
}

Result<SearchStages> ChooseStages(const RunModel& model, const RunFlags& flags,
                                  const std::vector<int64_t>& counts, Context& context,
                                  const RunResult& result) {
  SearchOptions options =
      MakeSearchOptions(flags.bias, flags.neurons, flags.max_perplexity_increase, context);
  FP_ASSIGN_OR_RETURN(const Engine engine,
                      LoadSearchEngine(model, flags, "attribution", context, options));
  return SearchFrontier(engine, MakeSearchInputs(result.bias.inputs), options, counts);
}

Status ChooseStep(const RunModel& model, const RunInputs& inputs, const RunFlags& flags,
                  Context& context, RunResult& result) {
  if (result.method == "activation") {
    return ChooseByActivation(model, inputs, flags, context, result);
  }
  if (result.method == "plan") return TakePlan(model, inputs, flags, result);
  if (result.method == "random") return ChooseAtRandom(model, flags, result);
  if (result.method == "exact") {
    return ChooseByExactEffects(model, inputs, flags, context, result);
  }
  return ChooseByGradient(model, inputs, flags, context, result);
}

}  // namespace fairprune
