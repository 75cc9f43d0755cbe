// What the published tool draws of a prompt pair: mean activation differences per layer, maps of
// the differences, principal components of the activations.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/pairs.h"
#include "forward/engine.h"
#include "model/model.h"
#include "statistics/principal_components.h"
#include "tensor/tensor.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

enum class PictureSite {
  kGateProj,       // output of gate_proj
  kUpProj,         // output of up_proj
  kDownProjInput,  // input of down_proj
  kMlpOutput,      // output of down_proj, without its bias
};
inline constexpr std::array kPictureSites = {PictureSite::kGateProj, PictureSite::kUpProj,
                                             PictureSite::kDownProjInput, PictureSite::kMlpOutput};
// "gate_proj", "up_proj", "down_proj_input", "mlp_output".
std::string_view NameOf(PictureSite site);

// Both prompts' activations at one site of one layer.
struct SiteActivations {
  Tensor first, second;  // [T1, width], [T2, width]
};

class PairActivations {
 public:
  const SiteActivations& at(PictureSite site, int64_t layer) const;
  int64_t num_layers() const { return static_cast<int64_t>(layers_.size()); }
  std::vector<std::string> tokens_1, tokens_2;  // [T1], [T2]

 private:
  friend Result<PairActivations> RunPair(const Engine&, const Model&, const Tokenizer&,
                                         const PromptPair&);
  std::vector<std::array<SiteActivations, kPictureSites.size()>> layers_;
};

// Runs one pair, with the tokenizer's special tokens. `model` gives down_proj's weights, one layer
// at a time. Errors: those of EncodePairs, Engine::Run and LoadWeight.
Result<PairActivations> RunPair(const Engine& engine, const Model& model,
                                const Tokenizer& tokenizer, const PromptPair& pair);

// The mean of |first - second| over positions and neurons; NaN for prompts of different lengths,
// which the published tool leaves out. Source: OptiPFair 0.4.2, bias/metrics.py,
// calculate_activation_differences and visualize_mean_differences.
double MeanAbsoluteDifference(const SiteActivations& activations);

// |first - second| at the positions that both have, every row_step-th of them, and every
// column_step-th neuron: about 20 by 20. Source: visualize_heatmap.
struct DifferenceMap {
  int64_t rows = 0, columns = 0, row_step = 1, column_step = 1;
  std::vector<float> values;  // [rows, columns]
};
DifferenceMap MapDifferences(const SiteActivations& activations);

// Principal components of the positions of both prompts together; the first T1 points are the first
// prompt's. Source: visualize_pca. Errors: those of TwoPrincipalComponents.
Result<PrincipalComponents> ComponentsOf(const SiteActivations& activations);

// The text of each token, so that the pieces joined give the decoded text; bytes that are no whole
// character are shown with the token that completes it. Errors: those of Tokenizer::Decode.
Result<std::vector<std::string>> TokenTexts(const Tokenizer& tokenizer,
                                            std::span<const int32_t> ids);

}  // namespace fairprune
