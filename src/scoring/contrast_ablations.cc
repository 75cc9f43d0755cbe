#include <algorithm>

#include "compute/parallel.h"
#include "compute/row_ops.h"
#include "scoring/contrast.h"
#include "scoring/token_batch.h"

namespace fairprune {
namespace {

// Which contrast a request belongs to, and how it counts there.
struct Membership {
  size_t contrast = 0;
  double coefficient = 1;
};

// The sum of coefficient * log p over the targets of every contrast, for one batch of requests.
class BatchSums {
 public:
  BatchSums(const TokenBatch& batch, std::span<const Membership> members, AblatedContrasts& result)
      : batch_(batch), members_(members), result_(result), nats_(batch.targets.size()) {}

  void Read(int64_t ablation, std::span<const int32_t> nodes, ConstMatrixView logits) {
    const auto begin = std::ranges::lower_bound(batch_.nodes, nodes.front());
    const size_t* first = &batch_.first_target[static_cast<size_t>(begin - batch_.nodes.begin())];
    compute::ParallelFor(std::ssize(nodes), [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; ++i) ReadNode(first[i], first[i + 1], logits.row_span(i));
    });
    std::vector<double>& values =
        ablation == kNoAblation ? result_.base : result_.values[static_cast<size_t>(ablation)];
    for (size_t t = *first; t < first[nodes.size()]; ++t) {
      const Membership& member = members_[batch_.targets[t].request];
      values[member.contrast] += member.coefficient * nats_[t];
    }
  }

 private:
  void ReadNode(size_t begin, size_t end, std::span<const float> logits) {
    const double log_sum = compute::LogSumExp(logits);
    for (size_t t = begin; t < end; ++t) {
      const auto token = static_cast<size_t>(batch_.targets[t].token);
      nats_[t] = static_cast<double>(logits[token]) - log_sum;
    }
  }

  const TokenBatch& batch_;
  std::span<const Membership> members_;
  AblatedContrasts& result_;
  std::vector<double> nats_;  // of the targets, under the ablation that is read
};

}  // namespace

Result<AblatedContrasts> MeasureContrastsUnderAblations(const Engine& engine,
                                                        std::span<const Contrast> contrasts,
                                                        std::span<const Ablation> ablations,
                                                        const ContrastAblationOptions& options) {
  std::vector<TokenRequest> requests;
  std::vector<Membership> members;
  for (size_t i = 0; i < contrasts.size(); ++i) {
    for (const WeightedSequence& sequence : contrasts[i].sequences) {
      requests.push_back({sequence.ids, sequence.first_scored});
      members.push_back({i, sequence.coefficient});
    }
  }
  FP_ASSIGN_OR_RETURN(const std::vector<TokenBatch> batches, BatchTokens(engine, requests));
  AblatedContrasts result;
  result.base.resize(contrasts.size());
  result.values.assign(ablations.size(), std::vector<double>(contrasts.size()));
  const auto total = std::ssize(batches) * std::ssize(ablations);
  int64_t done = 0;
  for (const TokenBatch& batch : batches) {
    BatchSums sums(batch, members, result);
    AblationOptions run{.mask = options.mask, .ablations = ablations, .logit_nodes = batch.nodes};
    run.batch_nodes = options.batch_nodes;
    run.logits = [&](int64_t ablation, auto nodes, auto logits) {
      sums.Read(ablation, nodes, logits);
    };
    FP_RETURN_IF_ERROR(engine.RunAblations(batch.forest, run));
    done += std::ssize(ablations);
    if (options.progress) FP_RETURN_IF_ERROR(options.progress(done, total));
  }
  return result;
}

}  // namespace fairprune
