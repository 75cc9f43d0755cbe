// A model, opened, and a plan for it; for this room's tests only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "forward/engine.h"
#include "model/model.h"
#include "scoring/model_for_test.h"
#include "selection/plan.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

struct Opened {
  Checkpoint checkpoint;
  Model model;
};
inline Result<Opened> OpenModel(const std::string& path) {
  FP_ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(Model model, DescribeModel(checkpoint));
  return Opened{std::move(checkpoint), std::move(model)};
}

struct OpenedWithTokenizer : Opened {
  Tokenizer tokenizer;
};
inline Result<OpenedWithTokenizer> OpenWithTokenizer(const std::string& path) {
  FP_ASSIGN_OR_RETURN(Opened opened, OpenModel(path));
  FP_ASSIGN_OR_RETURN(Tokenizer tokenizer, Tokenizer::FromCheckpoint(opened.checkpoint));
  return OpenedWithTokenizer{std::move(opened), std::move(tokenizer)};
}

inline Plan PlanOf(const Opened& opened, std::vector<PlannedNeuron> neurons) {
  Plan plan;
  const Result<std::string> hash = opened.checkpoint.ContentHash();
  EXPECT_THAT(hash, IsOk());
  plan.model_hash = hash.value_or("");
  plan.model_path = opened.checkpoint.path();
  plan.num_layers = opened.model.config.num_layers;
  plan.num_neurons_per_layer = opened.model.config.intermediate_size;
  plan.method = "by hand";
  plan.neurons = std::move(neurons);
  return plan;
}

// The logits at every position of one sequence, [T, V].
inline Result<Tensor> LogitsOf(const Model& model, const std::vector<int32_t>& ids,
                               const NeuronMask* mask = nullptr) {
  FP_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(model));
  return AllLogits(engine, ids, mask);
}

}  // namespace fairprune
