// A model's description as a GGUF file has it: metadata keys, tensor names, the order of rows.
//
//   FP_ASSIGN_OR_RETURN(GgufDescription gguf, DescribeAsGguf(model.config, "models/llama"));
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "checkpoint/gguf_write.h"
#include "model/model.h"

namespace fairprune {

struct GgufDescription {
  std::string architecture;  // general.architecture, and prefix of the keys
  GgufKeys keys;             // ARCHITECTURE.…
  // Rotary factors, which GGUF keeps as tensors: name and values.
  std::vector<std::pair<std::string, std::vector<float>>> factors;
  // Query and key rows (and biases) are stored interleaved, see WeightRef::rotary_permuted.
  bool permutes_rotary = false;
};

// The keys that llama.cpp's converter writes for such a model. They are read again by the rules of
// docs/formats.md ("What a model's config says"), and whatever would then be another model than
// `config` is refused: kUnsupported, naming the fact. So is what llama.cpp has no tensor for
// (biases of some architectures). `source` names the model in errors.
Result<GgufDescription> DescribeAsGguf(const ModelConfig& config, const std::string& source);

// The name of a role's tensor in such a file: (kGate, 3) -> "blk.3.ffn_gate.weight".
std::string GgufName(const ModelConfig& config, Role role, int32_t layer);

}  // namespace fairprune
