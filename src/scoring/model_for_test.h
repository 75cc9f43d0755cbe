// A small model with its tokenizer and engine, for tests only.
#pragma once

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "forward/engine.h"
#include "io/temp_folder.h"
#include "model/model.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

inline const std::string kModelsForTest = std::string(FAIRPRUNE_TESTDATA) + "/models/";

struct ModelForTest {
  Tokenizer tokenizer;
  Engine engine;
};

inline Result<ModelForTest> LoadModelForTest(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(Tokenizer tokenizer, Tokenizer::FromCheckpoint(checkpoint));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  FP_ASSIGN_OR_RETURN(Engine engine, Engine::Load(model));
  return ModelForTest{std::move(tokenizer), std::move(engine)};
}

// The logits at every position of one sequence, [T, V].
inline Result<Tensor> AllLogits(const Engine& engine, const std::vector<int32_t>& ids,
                                const NeuronMask* mask = nullptr) {
  Tensor all({static_cast<int64_t>(ids.size()), engine.config().vocab_size});
  std::vector<int32_t> nodes(ids.size());  // one sequence: node = position
  std::iota(nodes.begin(), nodes.end(), 0);
  RunOptions options;
  options.mask = mask;
  options.logit_nodes = nodes;
  options.logits = [&](std::span<const int32_t> positions, ConstMatrixView logits) {
    for (size_t i = 0; i < positions.size(); ++i) {
      const auto row = logits.row_span(static_cast<int64_t>(i));
      std::copy(row.begin(), row.end(), all.matrix().row(positions[i]));
    }
  };
  FP_RETURN_IF_ERROR(engine.Run(
      BuildForest(std::vector<std::vector<int32_t>>{ids}, engine.long_sequence_limit()), options));
  return all;
}

}  // namespace fairprune
