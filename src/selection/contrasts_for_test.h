// Small contrasts on a test model of 96 ids, and an engine without a tokenizer; for tests only.
#pragma once

#include <string>
#include <vector>

#include "scoring/contrast.h"
#include "scoring/model_for_test.h"
#include "statistics/random.h"

namespace fairprune {

inline Result<Engine> LoadEngineForTest(const EngineOptions& options = {}) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(kModelsForTest + "llama"));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  return Engine::Load(model, options);
}

// Two sequences that differ in their third id.
inline Contrast MakeContrast(int32_t a, int32_t b, int64_t cluster) {
  Contrast contrast;
  contrast.sequences = {{{1, 7, a, 9, 4}, 2, 1}, {{1, 7, b, 9, 4}, 2, -1}};
  contrast.cluster = cluster;
  return contrast;
}

inline std::vector<int32_t> RandomIds(RandomSource& random, int64_t length) {
  std::vector<int32_t> ids = {1};
  for (int64_t i = 1; i < length; ++i) ids.push_back(3 + static_cast<int32_t>(random.Below(90)));
  return ids;
}

// Contrasts whose value is above 0: the likelier sequence comes first.
inline std::vector<Contrast> RandomContrasts(const Engine& engine, uint64_t seed, int64_t count) {
  RandomSource random(seed);
  std::vector<Contrast> contrasts;
  for (int64_t i = 0; i < count; ++i) {
    Contrast contrast;
    const std::vector<int32_t> start = RandomIds(random, 4);
    for (const double coefficient : {1.0, -1.0}) {
      std::vector<int32_t> ids = start;
      for (int k = 0; k < 3; ++k) ids.push_back(3 + static_cast<int32_t>(random.Below(90)));
      contrast.sequences.push_back({ids, 4, coefficient});
    }
    contrast.cluster = i;
    if (MeasureContrasts(engine, std::vector<Contrast>{contrast})->front() < 0) {
      for (WeightedSequence& sequence : contrast.sequences) sequence.coefficient *= -1;
    }
    contrasts.push_back(contrast);
  }
  return contrasts;
}

}  // namespace fairprune
