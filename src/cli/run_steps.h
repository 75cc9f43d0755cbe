// The main job, step by step: choose neurons by one of the methods, write, measure, verify.
#pragma once

#include <string>
#include <vector>

#include "attribution/analysis_file.h"
#include "cli/bias_steps.h"
#include "cli/context.h"
#include "cli/engine_input.h"
#include "cli/model_input.h"
#include "cli/pairs_input.h"
#include "cli/prune_input.h"
#include "cli/run_evidence.h"
#include "report/run_report.h"
#include "report/table.h"
#include "selection/perplexity_budget.h"

namespace fairprune {

// Of method exact.
struct ExactFlags {
  int64_t candidates = 256, random_candidates = 64;
  int64_t items = 32, text_tokens = 512;
  int64_t rounds = 3;
};

void AddExactFlags(CLI::App* verb, ExactFlags& flags);

struct RunFlags {
  std::string model;
  std::string out;  // empty: runs/NAME
  PairsFlags pairs;
  std::string text_path;  // empty: the bundled text
  std::string method = "auto";
  std::string plan;  // a plan to prove; empty: choose
  BiasFlags bias;
  ExactFlags exact;
  int64_t neurons = 128;
  double max_perplexity_increase = 0.5;  // percent
  int64_t max_per_layer = -1;
  double bias_weight = 0.8;
  std::string importance = "MAW";
  PruneFlags prune;
  EngineFlags engine;
  bool force = false;
  bool json = false;
};

// What was measured with a set of neurons on or off.
struct Measurement {
  double held_out_difference = 0;       // mean over neurons of the mean-pooled difference
  std::vector<double> divergence_nats;  // per held-out pair
  Perplexity perplexity;                // of the text
  int64_t parameters = 0;
  int64_t file_bytes = 0;        // of the files that hold tensors
  double tokens_per_second = 0;  // over the text, prefill
};

struct RunResult {
  std::string out;
  std::string options;      // every option of the command line with its final value, JSON
  std::string method;       // what "auto" became; "plan": the neurons were given
  AnalysisRecord analysis;  // of the methods activation and hybrid
  std::string pairs_source, pairs_sha256;
  std::vector<PromptPair> held_out;
  int64_t num_choosing_pairs = 0;
  std::string independence;  // of the held-out pairs, in words
  std::string text_source, text_sha256;
  int64_t text_tokens = 0;
  std::string compute;  // "f32", "bf16"
  int threads = 0;
  BudgetResult budget;  // of method activation
  Plan plan;
  BiasResult bias;
  PruneSummary summary;
  Measurement before, after;
  RunEvidence evidence;
  std::string command;  // as one would type it
  // Largest difference of next-token divergence between the written checkpoint and the masked
  // model: shows that what was written is what was measured.
  double written_difference_nats = 0;
  double seconds = 0;
};

// What the job works on, read before anything is computed.
struct RunInputs {
  PairSplit split;
  LoadedPairs loaded;
  std::string text, text_source;
  std::string search_text;  // what the search is held to besides; may be empty
  Plan plan;                // with RunFlags::plan
};

// A model, opened, with what its texts are read with.
struct RunModel {
  const OpenedModel* opened = nullptr;
  const Tokenizer* tokenizer = nullptr;
  PerplexityText text;
  PerplexityText search_text;  // without windows where there is none
};

// Pairs, split, text, and the plan. Errors: those of LoadPairs, ReadPlan and of reading;
// kInvalidArgument (a side of the split is empty, a plan of whole layers).
Result<RunInputs> LoadRunInputs(const RunFlags& flags);
// Errors: kUnsupported (no tokenizer), those of EncodeForPerplexity.
Result<RunModel> PrepareModel(const OpenedModel& opened, const RunInputs& inputs);

// "activation", "attribution", …, for "auto": divergence where pairs and no items were given, else
// attribution; "plan" where one is given. Errors: kInvalidArgument (an unknown name).
Result<std::string> ResolveMethod(const RunFlags& flags);

// Fills result.plan.neurons (and what the method found on the way).
Status ChooseStep(const RunModel& model, const RunInputs& inputs, const RunFlags& flags,
                  Context& context, RunResult& result);

// [L * F] what random choices are matched by, nats per token of the text, where the search has not
// estimated it.
Result<std::vector<double>> EstimateNeutralCost(const RunModel& model, const RunFlags& flags,
                                                Context& context);

// By attribution, for every count on the way (SearchFrontier).
Result<SearchStages> ChooseStages(const RunModel& model, const RunFlags& flags,
                                  const std::vector<int64_t>& counts, Context& context,
                                  const RunResult& result);

// Runs everything and leaves the folder in place, whole, or nothing.
Result<RunResult> RunMainJob(const RunFlags& flags, Context& context);

// The paired change after - before: mean, and its 95 % interval (normal approximation).
struct PairedChange {
  double mean = 0, low = 0, high = 0;
};
PairedChange ChangeOf(const std::vector<double>& before, const std::vector<double>& after);

// How many neurons were asked for: --neurons, or all those of a plan that was given.
int64_t NeuronsAsked(const RunResult& result, const RunFlags& flags);

// What the prompt pairs say, in a sentence.
std::string PairsVerdict(const RunResult& result);

// Everything that the report shows. Errors: those of CategoriesOf.
Result<RunReport> ToRunReport(const RunResult& result, const RunFlags& flags);

// The tables for a terminal, and everything as JSON (docs/formats.md, "Run folder").
Printout RunToPrintout(const RunResult& result, const RunFlags& flags);
Json RunToJson(const RunResult& result, const RunFlags& flags);
Json MeasurementToJson(const Measurement& measurement);
// One line per held-out pair: id, category, divergence before and after.
std::string ItemsToJsonLines(const RunResult& result);

}  // namespace fairprune
