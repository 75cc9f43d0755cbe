// What the report shows beside figures: the items that changed most, token by token, what the
// strongest neurons do alone, and pictures of activations.
#pragma once

#include <vector>

#include "attribution/activation_analysis.h"
#include "attribution/pair_pictures.h"
#include "cli/bias_steps.h"
#include "report/run_report.h"

namespace fairprune {

struct RunEvidence {
  std::vector<ReportItem> improved, worsened;
  std::vector<ReportNeuronEffect> strongest;  // empty for a streaming engine
  ReportPictures pictures;
};

// What evidence is collected of.
struct EvidenceInputs {
  const Engine* engine = nullptr;
  const Model* model = nullptr;
  const Tokenizer* tokenizer = nullptr;
  const BiasResult* bias = nullptr;                         // verified
  const std::vector<PlannedNeuron>* neurons = nullptr;      // strongest first
  const std::vector<PromptPair>* held_out_pairs = nullptr;  // one of them is drawn
};
// Fills all but the differences per layer, which come from DescribeLayers. Errors: those of
// ScoreTokensUnderMasks, MeasureContrastsUnderAblations and RunPair.
Status CollectEvidence(const EvidenceInputs& inputs, Context& context, RunEvidence& evidence);

// A pair's tokens in the plane of their first two principal components. Errors: those of
// ComponentsOf.
Result<ReportPca> PcaOf(const PairActivations& activations, PictureSite site, int64_t layer);

// Mean differences per layer of the held-out pairs, without and with the neurons off.
void DescribeLayers(const ActivationAnalysis& before, const ActivationAnalysis& after,
                    ReportPictures& pictures);

}  // namespace fairprune
