#include "scoring/token_batch.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace fairprune {
namespace {

// The last id of a request is only ever a target: the model need not read it.
std::span<const int32_t> InputOf(const TokenRequest& request) {
  return std::span<const int32_t>(request.ids).first(request.ids.size() - 1);
}

// How many nodes a batch may have whose requests all share `shared` ids: what they share is
// computed once a batch, so a long beginning (few-shot examples) is worth a larger one.
int64_t BatchLimit(int64_t batch_nodes, int64_t shared) {
  return std::min(batch_nodes + 3 * shared, 4 * batch_nodes);
}

// Requests in lexicographic order of their ids, cut where about `batch_nodes` nodes are reached:
// neighbours share the longest beginnings. Inputs on different sides of `long_limit` share no nodes
// and stand apart.
std::vector<std::vector<size_t>> MakeBatches(const std::vector<TokenRequest>& requests,
                                             int64_t batch_nodes, int64_t long_limit) {
  const auto length_of = [&](size_t i) { return std::ssize(InputOf(requests[i])); };
  const auto is_long = [&](size_t i) { return long_limit > 0 && length_of(i) > long_limit; };
  std::vector<size_t> order(requests.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (is_long(a) != is_long(b)) return is_long(b);
    return requests[a].ids < requests[b].ids;
  });
  std::vector<std::vector<size_t>> batches;
  int64_t nodes = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const int64_t length = length_of(order[i]);
    int64_t shared = 0;
    if (i > 0 && is_long(order[i]) == is_long(order[i - 1])) {
      shared = std::min(length, CommonPrefix(requests[order[i - 1]].ids, requests[order[i]].ids));
    }
    const int64_t shared_by_all =
        shared == 0 ? 0
                    : std::min(length, CommonPrefix(requests[batches.back().front()].ids,
                                                    requests[order[i]].ids));
    if (batches.empty() || nodes + length - shared > BatchLimit(batch_nodes, shared_by_all)) {
      batches.emplace_back();
      nodes = length;
    } else {
      nodes += length - shared;
    }
    batches.back().push_back(order[i]);
  }
  return batches;
}

// Targets of a batch in node order.
std::vector<TokenTarget> FindTargets(const Forest& forest, const std::vector<size_t>& batch,
                                     const std::vector<TokenRequest>& requests) {
  std::vector<TokenTarget> targets;
  for (size_t s = 0; s < batch.size(); ++s) {
    const TokenRequest& request = requests[batch[s]];
    const auto first = static_cast<size_t>(request.first_scored);
    for (size_t p = first; p < request.ids.size(); ++p) {
      targets.push_back({forest.sequences[s][p - 1], batch[s], p - first, request.ids[p]});
    }
  }
  std::stable_sort(targets.begin(), targets.end(),
                   [](const TokenTarget& a, const TokenTarget& b) { return a.node < b.node; });
  return targets;
}

TokenBatch MakeBatch(std::vector<size_t> members, const std::vector<TokenRequest>& requests,
                     int64_t long_limit) {
  std::vector<std::span<const int32_t>> sequences;
  sequences.reserve(members.size());
  for (const size_t index : members) sequences.push_back(InputOf(requests[index]));
  TokenBatch batch{.members = std::move(members), .forest = BuildForest(sequences, long_limit)};
  batch.targets = FindTargets(batch.forest, batch.members, requests);
  for (size_t i = 0; i < batch.targets.size(); ++i) {
    if (i == 0 || batch.targets[i].node != batch.targets[i - 1].node) {
      batch.nodes.push_back(batch.targets[i].node);
      batch.first_target.push_back(i);
    }
  }
  batch.first_target.push_back(batch.targets.size());
  return batch;
}

// The engine checks the ids that it reads; the last id of a request is a target only.
Status CheckRequests(const std::vector<TokenRequest>& requests, int64_t vocab_size) {
  for (size_t i = 0; i < requests.size(); ++i) {
    const TokenRequest& request = requests[i];
    const auto size = static_cast<int64_t>(request.ids.size());
    if (request.first_scored < 1 || request.first_scored >= size) {
      return Fail(ErrorCode::kInvalidArgument,
                  "request {}: scoring starts at {}, but must start between 1 and {}", i + 1,
                  request.first_scored, size - 1);
    }
    for (const int32_t id : request.ids) {
      if (id < 0 || id >= vocab_size) {
        return Fail(ErrorCode::kInvalidArgument,
                    "request {}: token id {} is out of range: the model has {} tokens", i + 1, id,
                    vocab_size);
      }
    }
  }
  return {};
}

}  // namespace

Result<std::vector<TokenBatch>> BatchTokens(const Engine& engine,
                                            const std::vector<TokenRequest>& requests,
                                            const std::vector<uint8_t>& known) {
  FP_RETURN_IF_ERROR(CheckRequests(requests, engine.config().vocab_size));
  const int64_t long_limit = engine.long_sequence_limit();
  std::vector<TokenBatch> batches;
  for (auto& members : MakeBatches(requests, engine.preferred_batch_nodes(), long_limit)) {
    const bool is_known = !known.empty() && std::all_of(members.begin(), members.end(),
                                                        [&](size_t i) { return known[i] != 0; });
    if (!is_known) batches.push_back(MakeBatch(std::move(members), requests, long_limit));
  }
  return batches;
}

}  // namespace fairprune
