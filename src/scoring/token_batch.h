// Requests in prefix forests, and what is read from the logits of their nodes. Internal to this
// room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "forward/engine.h"
#include "scoring/log_likelihood.h"

namespace fairprune {

// One token whose log-probability is read from a node's logits.
struct TokenTarget {
  int32_t node = 0;  // whose logits: the parent of the scored position
  size_t request = 0;
  size_t position = 0;  // into TokenScore::token_nats
  int32_t token = 0;
};

// Requests whose inputs make one forest, and what is read from its logits.
struct TokenBatch {
  std::vector<size_t> members;  // its requests
  Forest forest;
  std::vector<TokenTarget> targets;  // in node order
  std::vector<int32_t> nodes;        // of the targets, ascending, each once
  std::vector<size_t> first_target;  // [nodes.size() + 1], into targets
};

// Forests as ScoreTokens describes them, but those all of whose requests are `known` (empty: none
// is). Errors: kInvalidArgument (nothing scored, an id out of range).
Result<std::vector<TokenBatch>> BatchTokens(const Engine& engine,
                                            const std::vector<TokenRequest>& requests,
                                            const std::vector<uint8_t>& known = {});

}  // namespace fairprune
