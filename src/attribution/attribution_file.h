// Gradient attribution and exact effects as files: attribution.safetensors and attribution.json
// (docs/formats.md, "Attribution").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attribution/candidate_neurons.h"
#include "attribution/exact_effects.h"
#include "attribution/gate_gradients.h"
#include "base/result.h"

namespace fairprune {

// A set of contrasts whose gradients were taken.
struct AttributedSet {
  std::string name;
  std::string source, sha256;  // the file, or "bundled:NAME"; of its bytes
  int64_t num_items = 0;
  std::vector<std::string> skipped, one_sided;  // BiasSet's
  double base_mean = 0;                         // nats: the contrasts' weighted mean
  GateGradients gradients;
};

// The exact effects of the candidates on one set.
struct SetEffects {
  std::string name;
  int64_t num_items = 0;            // of the sample
  std::vector<double> first_order;  // of each candidate, on the same items: minus the gate gradient
  ExactEffects exact;               // likewise
  // Of each candidate on all items of the set, of which the sample is a part: EstimateOnAll.
  std::vector<ExactEffect> on_all;
};

// How exact and first-order effects of some of the candidates agree. NaN: undefined.
struct EffectAgreement {
  std::string set, among;  // "all", "filtered", "sampled"
  int64_t count = 0;
  double pearson = 0, spearman = 0;
};

struct ExactRecord {
  CandidateOptions options;
  int64_t sample_items = 0;     // of each set, at most; 0: all
  CandidateNeurons candidates;  // effects come in the order filtered, sampled
  std::vector<SetEffects> sets;
  int64_t text_tokens = 0;  // scored tokens of the neutral text; 0: not measured
  ExactEffects text_loss;   // nats per token
  std::vector<EffectAgreement> agreements;
};

struct AttributionRecord {
  std::string model_path, model_hash;  // Checkpoint::ContentHash
  std::string split;                   // "choose", "held-out", "all"
  std::vector<AttributedSet> sets;
  std::optional<ExactRecord> exact;
};

// Writes folder/attribution.safetensors ("NAME.mean.LAYER", "NAME.standard_error.LAYER", [F] each)
// and folder/attribution.json. Errors: kInvalidArgument (two sets of one name), kIo.
Status WriteAttribution(const std::string& folder, const AttributionRecord& record);

// The filtered candidates, then the sampled ones.
std::vector<Neuron> AllCandidates(const CandidateNeurons& candidates);

}  // namespace fairprune
