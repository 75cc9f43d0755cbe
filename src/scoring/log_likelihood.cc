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

// Requests whose inputs make one forest, and what is read from its logits.
struct Batch {
  std::vector<size_t> members;  // its requests
  Forest forest;
  std::vector<Target> targets;       // in node order
  std::vector<int32_t> nodes;        // of the targets, ascending, each once
  std::vector<size_t> first_target;  // [nodes.size() + 1], into targets
};

Batch MakeBatch(std::vector<size_t> members, const std::vector<TokenRequest>& requests,
                int64_t long_limit) {
  std::vector<std::span<const int32_t>> sequences;
  sequences.reserve(members.size());
  for (const size_t index : members) sequences.push_back(InputOf(requests[index]));
  Batch batch{.members = std::move(members), .forest = BuildForest(sequences, long_limit)};
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

// Takes the logits of one batch's nodes, which come in the order of Batch::nodes.
class TargetReader {
 public:
  TargetReader(const Batch& batch, std::vector<TokenScore>& scores)
      : batch_(batch), scores_(scores) {}

  void Read(std::span<const int32_t> nodes, ConstMatrixView logits) {
    const size_t* first = &batch_.first_target[next_node_];
    const auto targets = std::span(batch_.targets).subspan(*first, first[nodes.size()] - *first);
    std::vector<uint8_t> greedy(targets.size());  // of each target: not shared by threads
    compute::ParallelFor(std::ssize(nodes), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const size_t from = first[i] - *first;
        const size_t count = first[i + 1] - first[i];
        ReadTargets(logits.row_span(i), targets.subspan(from, count), scores_,
                    std::span(greedy).subspan(from, count));
      }
    });
    for (size_t i = 0; i < targets.size(); ++i) {
      if (greedy[i] == 0) scores_[targets[i].request].greedy = false;
    }
    next_node_ += nodes.size();
    if (next_node_ < batch_.nodes.size()) return;
    for (const size_t member : batch_.members) {
      TokenScore& score = scores_[member];
      score.log_likelihood_nats =
          std::accumulate(score.token_nats.begin(), score.token_nats.end(), 0.0);
    }
  }

  bool IsDone() const { return next_node_ == batch_.nodes.size(); }
  const Batch& batch() const { return batch_; }

 private:
  const Batch& batch_;
  std::vector<TokenScore>& scores_;
  size_t next_node_ = 0;  // into batch_.nodes
};

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

// Of the size that the requests ask for, nothing read yet.
std::vector<TokenScore> EmptyScores(const std::vector<TokenRequest>& requests) {
  std::vector<TokenScore> scores(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto first = static_cast<size_t>(requests[i].first_scored);
    scores[i].token_nats.resize(requests[i].ids.size() - first);
  }
  return scores;
}

// Batches of which some request is not known.
std::vector<Batch> PlanBatches(const Engine& engine, const std::vector<TokenRequest>& requests,
                               const std::vector<uint8_t>& known) {
  const int64_t long_limit = engine.long_sequence_limit();
  std::vector<Batch> batches;
  for (auto& members : MakeBatches(requests, engine.preferred_batch_nodes(), long_limit)) {
    const bool is_known = !known.empty() && std::all_of(members.begin(), members.end(),
                                                        [&](size_t i) { return known[i] != 0; });
    if (!is_known) batches.push_back(MakeBatch(std::move(members), requests, long_limit));
  }
  return batches;
}

using Resume = ResumeOptions<TokenScore>;

// Reports the requests of every batch that is done, batch by batch, from `next` on.
Status ReportFinished(const std::vector<TargetReader>& readers, size_t& next,
                      const std::vector<TokenScore>& scores, const Resume& resume) {
  for (; next < readers.size() && readers[next].IsDone(); ++next) {
    for (const size_t member : readers[next].batch().members) {
      if (!resume.known.empty() && resume.known[member] != 0) continue;
      FP_RETURN_IF_ERROR(resume.finished(member, scores[member]));
    }
  }
  return {};
}

Result<std::vector<std::vector<TokenScore>>> Score(const Engine& engine,
                                                   const std::vector<TokenRequest>& requests,
                                                   std::span<const NeuronMask* const> masks,
                                                   const JobProgress& progress,
                                                   const Resume& resume) {
  FP_RETURN_IF_ERROR(CheckRequests(requests, engine.config().vocab_size));
  const std::vector<Batch> batches = PlanBatches(engine, requests, resume.known);
  std::vector<std::vector<TokenScore>> results(masks.size(), EmptyScores(requests));
  std::vector<TargetReader> readers;
  readers.reserve(masks.size() * batches.size());  // the runs refer to them
  std::vector<ForestRun> runs;
  for (size_t m = 0; m < masks.size(); ++m) {
    for (const Batch& batch : batches) {
      TargetReader& reader = readers.emplace_back(batch, results[m]);
      ForestRun& run = runs.emplace_back(ForestRun{&batch.forest, {.mask = masks[m]}});
      run.options.logit_nodes = batch.nodes;
      run.options.logits = [&reader](auto nodes, auto logits) { reader.Read(nodes, logits); };
    }
  }
  const RunProgress in_requests = InItems(std::ssize(requests), progress);
  size_t next_reported = 0;
  const RunProgress report = [&](int64_t done, int64_t total) -> Status {
    if (resume.finished) {
      FP_RETURN_IF_ERROR(ReportFinished(readers, next_reported, results.front(), resume));
    }
    return in_requests ? in_requests(done, total) : Status();
  };
  FP_RETURN_IF_ERROR(engine.RunAll(runs, report));
  return results;
}

}  // namespace

Result<std::vector<std::vector<TokenScore>>> ScoreTokensUnderMasks(
    const Engine& engine, const std::vector<TokenRequest>& requests,
    std::span<const NeuronMask* const> masks, const JobProgress& progress) {
  return Score(engine, requests, masks, progress, {});
}

Result<std::vector<TokenScore>> ScoreTokens(const Engine& engine,
                                            const std::vector<TokenRequest>& requests,
                                            const ScoreOptions& options,
                                            const ResumeOptions<TokenScore>& resume) {
  const NeuronMask* const masks[] = {options.mask};
  FP_ASSIGN_OR_RETURN(auto results, Score(engine, requests, masks, options.progress, resume));
  return std::move(results.front());
}

}  // namespace fairprune
