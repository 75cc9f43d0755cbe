// The steps of `run` that signed items take: choose by attribution, verify on what was held out.
#pragma once

#include <string>
#include <vector>

#include "attribution/bias_set.h"
#include "cli/context.h"
#include "cli/guard_limits.h"
#include "cli/items_input.h"
#include "report/table.h"
#include "scoring/perplexity.h"
#include "selection/attribution_search.h"
#include "verification/verify_effect.h"

namespace fairprune {

struct BiasFlags {
  ItemsFlags items;
  int64_t rounds = 8;
  int64_t items_per_round = 600, max_items = 0;
  GuardLimits guard_limits;
  double standard_errors = 0.5;
  int64_t controls = 20;       // random choices to compare with
  int64_t control_items = 60;  // of each held-out set that they are measured on
  double alpha = 0.05;
  uint64_t seed = 1;
  double memory_gb = 0;  // for the activations that gradients keep; 0: as much as is fast
  bool transfer = false;
};
// Those of the search alone; and all, with the proof's.
void AddSearchFlags(CLI::App* verb, BiasFlags& flags);
void AddBiasFlags(CLI::App* verb, BiasFlags& flags);

// One set of signed items, encoded on both sides; a side may be empty.
struct EncodedSet {
  ItemSet input;
  BiasSet choose, held_out;
};

struct EncodedGuard {
  GuardedContrasts input;
  GuardedSet choose, held_out;
};

struct BiasInputs {
  std::vector<EncodedSet> sets;
  std::vector<EncodedGuard> guarded;
  // Every other window of the text; for choosing, those of the search's own text too.
  std::vector<Contrast> text_choose, text_held_out;
  GuardLimits limits;
};
// `search_text` may have no windows. Errors: those of LoadItemSets, LoadGuarded, the encoder and
// CheckLimits.
Result<BiasInputs> LoadBiasInputs(const BiasFlags& flags, const std::string& language,
                                  const RequestEncoder& encoder, const PerplexityText& text,
                                  const PerplexityText& search_text);

// Says which items were left out, and what has too few of them to be guarded or tested.
void WarnOfInputs(const BiasInputs& inputs, Context& context);

// What may be reduced and what is guarded, of the choosing sides.
SearchInputs MakeSearchInputs(const BiasInputs& inputs);
SearchOptions MakeSearchOptions(const BiasFlags& flags, int64_t neurons,
                                double max_perplexity_increase_percent, Context& context);
// Of the held-out sides.
std::vector<HeldOutSet> MakeHeldOutSets(const BiasInputs& inputs);

// Chosen on one set alone, measured on every set's held-out side.
struct TransferRow {
  std::string chosen_on;
  int64_t num_neurons = 0;
  Verification verification;
};

struct BiasResult {
  BiasInputs inputs;
  SearchResult search;
  Verification verification;
  std::vector<TransferRow> transfer;
};

// What VerifyStep gets of a choice: the neurons, and the losses of the whole text's windows without
// and with them off.
struct MeasuredChoice {
  const std::vector<PlannedNeuron>* neurons = nullptr;
  const Perplexity* text_before = nullptr;
  const Perplexity* text_after = nullptr;
};
// Measures the choice on the held-out sides, with random controls, and with --transfer chooses on
// each set alone as well. `engine` needs a gradient only for the latter.
Status VerifyStep(const Engine& engine, const BiasFlags& flags, const SearchOptions& search,
                  const MeasuredChoice& choice, Context& context, BiasResult& result);

// Tables and JSON of what was found; the JSON's keys are in docs/formats.md, "Run folder".
Printout BiasToPrintout(const BiasResult& result);
Json BiasToJson(const BiasResult& result);
Json BiasSettingsToJson(const BiasFlags& flags);
// One line per held-out item: set, id, value before and after, nats.
std::string BiasItemsToJsonLines(const BiasResult& result);

}  // namespace fairprune
