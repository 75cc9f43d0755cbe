#include "scoring/log_likelihood.h"

#include <algorithm>
#include <numeric>

#include "compute/parallel.h"
#include "compute/row_ops.h"

namespace fairprune {
namespace {

// One token whose log-probability is read from a node's logits.
struct Target {
  int32_t node = 0;  // whose logits: the parent of the scored position
  size_t request = 0;
  size_t position = 0;  // into TokenScore::token_nats
  int32_t token = 0;
};

// The last id of a request is only ever a target: the model need not read it.
std::span<const int32_t> InputOf(const TokenRequest& request) {
  return std::span<const int32_t>(request.ids).first(request.ids.size() - 1);
}

// Requests in lexicographic order of their ids, cut where about `batch_nodes` nodes are reached:
// neighbours share the longest beginnings.
std::vector<std::vector<size_t>> MakeBatches(const std::vector<TokenRequest>& requests,
                                             int64_t batch_nodes) {
  std::vector<size_t> order(requests.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return requests[a].ids < requests[b].ids; });
  std::vector<std::vector<size_t>> batches;
  int64_t nodes = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto& ids = requests[order[i]].ids;
    const auto length = static_cast<int64_t>(ids.size()) - 1;
    const int64_t shared =
        batches.empty() ? 0 : std::min(length, CommonPrefix(requests[order[i - 1]].ids, ids));
    if (batches.empty() || nodes + length - shared > batch_nodes) {
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
std::vector<Target> FindTargets(const Forest& forest, const std::vector<size_t>& batch,
                                const std::vector<TokenRequest>& requests) {
  std::vector<Target> targets;
  for (size_t s = 0; s < batch.size(); ++s) {
    const TokenRequest& request = requests[batch[s]];
    const auto first = static_cast<size_t>(request.first_scored);
    for (size_t p = first; p < request.ids.size(); ++p) {
      targets.push_back({forest.sequences[s][p - 1], batch[s], p - first, request.ids[p]});
    }
  }
  std::stable_sort(targets.begin(), targets.end(),
                   [](const Target& a, const Target& b) { return a.node < b.node; });
  return targets;
}

// Reads the targets of one node's logits.
void ReadTargets(std::span<const float> logits, std::span<const Target> targets,
                 std::vector<TokenScore>& scores, std::span<uint8_t> greedy) {
  const auto [log_sum, best] = compute::LogSumExpAndArgMax(logits);
  for (size_t i = 0; i < targets.size(); ++i) {
    const Target& t = targets[i];
    scores[t.request].token_nats[t.position] =
        static_cast<float>(static_cast<double>(logits[static_cast<size_t>(t.token)]) - log_sum);
    greedy[i] = best == t.token ? 1 : 0;
  }
}

Status ScoreBatch(const Engine& engine, const std::vector<size_t>& batch,
                  const std::vector<TokenRequest>& requests, const NeuronMask* mask,
                  std::vector<TokenScore>& scores) {
  std::vector<std::span<const int32_t>> sequences;
  sequences.reserve(batch.size());
  for (const size_t index : batch) sequences.push_back(InputOf(requests[index]));
  const Forest forest = BuildForest(sequences, engine.long_sequence_limit());
  const std::vector<Target> targets = FindTargets(forest, batch, requests);
  std::vector<int32_t> nodes;
  std::vector<size_t> first_target;  // of each node
  for (size_t i = 0; i < targets.size(); ++i) {
    if (i == 0 || targets[i].node != targets[i - 1].node) {
      nodes.push_back(targets[i].node);
      first_target.push_back(i);
    }
  }
  first_target.push_back(targets.size());
  std::vector<uint8_t> greedy(targets.size());
  size_t next_node = 0;
  RunOptions options;
  options.mask = mask;
  options.logit_nodes = nodes;
  options.logits = [&](std::span<const int32_t> rows, ConstMatrixView logits) {
    const size_t base = next_node;
    compute::ParallelFor(static_cast<int64_t>(rows.size()), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const size_t from = first_target[base + static_cast<size_t>(i)];
        const size_t count = first_target[base + static_cast<size_t>(i) + 1] - from;
        ReadTargets(logits.row_span(i), std::span(targets).subspan(from, count), scores,
                    std::span(greedy).subspan(from, count));
      }
    });
    next_node += rows.size();
  };
  FP_RETURN_IF_ERROR(engine.Run(forest, options));
  for (size_t i = 0; i < targets.size(); ++i) {
    if (greedy[i] == 0) scores[targets[i].request].greedy = false;
  }
  return {};
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

Result<std::vector<TokenScore>> ScoreTokens(const Engine& engine,
                                            const std::vector<TokenRequest>& requests,
                                            const ScoreOptions& options) {
  FP_RETURN_IF_ERROR(CheckRequests(requests, engine.config().vocab_size));
  std::vector<TokenScore> scores(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto first = static_cast<size_t>(requests[i].first_scored);
    scores[i].token_nats.resize(requests[i].ids.size() - first);
  }
  int64_t done = 0;
  for (const auto& batch : MakeBatches(requests, engine.preferred_batch_nodes())) {
    FP_RETURN_IF_ERROR(ScoreBatch(engine, batch, requests, options.mask, scores));
    done += static_cast<int64_t>(batch.size());
    if (options.progress) options.progress(done, static_cast<int64_t>(requests.size()));
  }
  for (TokenScore& score : scores) {
    score.log_likelihood_nats =
        std::accumulate(score.token_nats.begin(), score.token_nats.end(), 0.0);
  }
  return scores;
}

}  // namespace fairprune
