// The analysis of a model as files: analysis.safetensors, analysis.json, and the JSON files of the
// published tool's study (docs/formats.md, "Analysis").
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "attribution/activation_analysis.h"
#include "attribution/importance.h"
#include "base/result.h"

namespace fairprune {

// Everything that `analyze` finds out.
struct AnalysisRecord {
  std::string model_path, model_hash;    // Checkpoint::ContentHash
  std::string pairs_path, pairs_sha256;  // of the pairs file, or of the bundled set
  double bias_weight = 0.8;
  ImportanceMethod importance_method = ImportanceMethod::kMaw;
  ActivationAnalysis differences;
  std::map<ImportanceMethod, Tensor> importance;       // [L, F] each, all methods
  Tensor fairness;                                     // [L, F]
  std::map<std::string, Tensor> fairness_by_category;  // [L, F] each
  int64_t hidden_size = 0;                             // D
  // What was measured on a text, by score name, [L, F] each; empty: nothing was.
  std::map<std::string, Tensor> text_scores;
  std::string text_path, text_sha256;
  int64_t text_tokens = 0;
};

// The scores of `differences`, of the weights, and their mix. `differences` is moved in.
Result<AnalysisRecord> ScoreNeurons(const Model& model, ActivationAnalysis differences,
                                    ImportanceMethod method, double bias_weight);

// Writes folder/analysis.safetensors and folder/analysis.json (each atomically). Tensors, all [F]:
// "bias.SITE.AGGREGATION.LAYER" (published), "last.…" and "aligned.…" (ours),
// "importance.METHOD.L", "fairness.L", the text's scores; the same for each category behind
// "category.NAME.".
Status WriteAnalysis(const std::string& folder, const AnalysisRecord& record);

// Writes folder/CATEGORY_bias_scores.json and folder/CATEGORY_fairness_scores.json per category,
// and all_… over all pairs, in the form of the published study's own result files ('/' in a name
// becomes '_'). Errors: kInvalidArgument (two categories with one file name, or one named "all"),
// kIo.
Status WriteOptiPFairFiles(const std::string& folder, const AnalysisRecord& record);

// A stored analysis, for selection.
class StoredAnalysis {
 public:
  // Errors: kNotFound, kIo, kBadFormat (naming file and key).
  static Result<StoredAnalysis> Open(const std::string& folder);

  const std::string& model_path() const { return model_path_; }
  const std::string& model_hash() const { return model_hash_; }
  int64_t num_layers() const { return num_layers_; }
  int64_t num_neurons_per_layer() const { return num_neurons_per_layer_; }
  int64_t hidden_size() const { return hidden_size_; }  // D; 0: an older file, which has none
  double bias_weight() const { return bias_weight_; }
  const std::string& importance_method() const { return importance_method_; }

  // [L, F] of one score by its name without the layer: "fairness", "bias.gate_proj.mean",
  // "category.Religion.fairness", …. Errors: kInvalidArgument naming the scores that there are.
  Result<Tensor> Score(const std::string& name) const;
  std::vector<std::string> ScoreNames() const;

 private:
  StoredAnalysis() = default;
  std::string path_, model_path_, model_hash_, importance_method_;
  int64_t num_layers_ = 0, num_neurons_per_layer_ = 0, hidden_size_ = 0;
  double bias_weight_ = 0;
  std::unique_ptr<SafetensorsFile> tensors_;
};

}  // namespace fairprune
