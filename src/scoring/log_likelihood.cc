#include "scoring/log_likelihood.h"

#include <algorithm>
#include <numeric>

#include "compute/parallel.h"
#include "compute/row_ops.h"
#include "scoring/token_batch.h"

namespace fairprune {
namespace {

// Reads the targets of one node's logits.
void ReadTargets(std::span<const float> logits, std::span<const TokenTarget> targets,
                 std::vector<TokenScore>& scores, std::span<uint8_t> greedy) {
  const auto [log_sum, best] = compute::LogSumExpAndArgMax(logits);
  for (size_t i = 0; i < targets.size(); ++i) {
    const TokenTarget& t = targets[i];
    scores[t.request].token_nats[t.position] =
        static_cast<float>(static_cast<double>(logits[static_cast<size_t>(t.token)]) - log_sum);
    greedy[i] = best == t.token ? 1 : 0;
  }
}

// Takes the logits of one batch's nodes, which come in the order of TokenBatch::nodes.
class TargetReader {
 public:
  TargetReader(const TokenBatch& batch, std::vector<TokenScore>& scores)
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
  const TokenBatch& batch() const { return batch_; }

 private:
  const TokenBatch& batch_;
  std::vector<TokenScore>& scores_;
  size_t next_node_ = 0;  // into batch_.nodes
};

// Of the size that the requests ask for, nothing read yet.
std::vector<TokenScore> EmptyScores(const std::vector<TokenRequest>& requests) {
  std::vector<TokenScore> scores(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto first = static_cast<size_t>(requests[i].first_scored);
    scores[i].token_nats.resize(requests[i].ids.size() - first);
  }
  return scores;
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
  FP_ASSIGN_OR_RETURN(const std::vector<TokenBatch> batches,
                      BatchTokens(engine, requests, resume.known));
  std::vector<std::vector<TokenScore>> results(masks.size(), EmptyScores(requests));
  std::vector<TargetReader> readers;
  readers.reserve(masks.size() * batches.size());  // the runs refer to them
  std::vector<ForestRun> runs;
  for (size_t m = 0; m < masks.size(); ++m) {
    for (const TokenBatch& batch : batches) {
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
