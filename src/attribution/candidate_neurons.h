// Which neurons are worth an exact measurement: the filter of the published description, and a
// random sample of what it leaves out.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "forward/engine.h"
#include "model/model.h"
#include "tensor/tensor.h"

namespace fairprune {

// [L, F] the Euclidean norm of each neuron's column of down_proj. Errors: those of LoadWeight.
Result<Tensor> DownColumnNorms(const Model& model);

struct CandidateOptions {
  int64_t top = 256;    // neurons that the filter takes
  int64_t random = 64;  // of the others
  uint64_t seed = 1;
};

struct CandidateNeurons {
  std::vector<Neuron> filtered;  // by layer and index
  std::vector<Neuron> sampled;   // likewise; none of `filtered`
};

// The filter takes the neurons with the highest score within their layer, the same number in every
// layer; what `top` leaves over goes to the layers whose next neuron stands highest above its
// layer's mean score. `score` [L, F]: activation difference times DownColumnNorms. The sample is
// drawn without replacement. Ties: the lower index. Errors: kInvalidArgument (a negative number, no
// candidate at all).
Result<CandidateNeurons> ChooseCandidates(const Tensor& score, const CandidateOptions& options);

}  // namespace fairprune
