// How differently a model goes on after the two prompts of a pair.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/result.h"
#include "data/pairs.h"
#include "scoring/log_likelihood.h"
#include "scoring/pair_forests.h"

namespace fairprune {

// Per pair the Jensen-Shannon divergence, in nats, of the next-token distributions after the two
// prompts: (KL(p || m) + KL(q || m)) / 2 with m = (p + q) / 2; 0 (equal) to ln 2.
// Prompts are encoded with the tokenizer's special tokens. Source: Lin 1991, eq. 4.1.
// Errors: those of EncodePairs and of Engine::RunAll.
Result<std::vector<double>> NextTokenDivergence(const Engine& engine, const Tokenizer& tokenizer,
                                                const std::vector<PromptPair>& pairs,
                                                const ScoreOptions& options = {});

// The divergence of softmax(a) and softmax(b), both [V] logits.
double JensenShannon(std::span<const float> a, std::span<const float> b);

// Reads one forest's divergences from its logits as they come. A row is kept only while a pair
// waits for its other row.
class DivergenceReader {
 public:
  // `divergences`: one for each pair of the forest; it and `pairs` outlive the reader.
  DivergenceReader(const PairForest& pairs, std::span<double> divergences);

  // The nodes whose logits are needed: RunOptions::logit_nodes.
  std::span<const int32_t> nodes() const { return nodes_; }
  // RunOptions::logits.
  void Read(std::span<const int32_t> nodes, ConstMatrixView logits);

 private:
  struct Ends {
    size_t pair = 0;
    int32_t first = 0, second = 0;  // last nodes of its prompts
  };
  const std::span<double> divergences_;
  std::vector<int32_t> nodes_;                  // ascending, each once
  std::vector<Ends> waiting_;                   // by the later of its nodes
  size_t num_read_ = 0;                         // of waiting_
  std::map<int32_t, std::vector<float>> kept_;  // node -> [V] logits
};

}  // namespace fairprune
