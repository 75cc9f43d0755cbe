#include "scoring/pair_divergence.h"

#include <algorithm>
#include <cmath>

#include "compute/parallel.h"
#include "compute/row_ops.h"

namespace fairprune {
namespace {

struct EncodedPair {
  std::vector<int32_t> first, second;
};

Result<std::vector<EncodedPair>> EncodePairs(const Tokenizer& tokenizer,
                                             const std::vector<PromptPair>& pairs) {
  std::vector<EncodedPair> encoded;
  for (const PromptPair& pair : pairs) {
    auto first = tokenizer.Encode(pair.prompt_1, {.add_special = true});
    if (!first) return WithContext(first.error(), "pair " + pair.id);
    auto second = tokenizer.Encode(pair.prompt_2, {.add_special = true});
    if (!second) return WithContext(second.error(), "pair " + pair.id);
    if (first->empty() || second->empty()) {
      return Fail(ErrorCode::kInvalidArgument, "pair {}: prompt_{} has no tokens", pair.id,
                  first->empty() ? 1 : 2);
    }
    encoded.push_back({*std::move(first), *std::move(second)});
  }
  return encoded;
}

// Divergences of encoded[begin, end) from one forest.
Status MeasureBatch(const Engine& engine, std::span<const EncodedPair> batch,
                    const NeuronMask* mask, std::span<double> divergences) {
  std::vector<std::span<const int32_t>> sequences;
  for (const EncodedPair& pair : batch) {
    sequences.emplace_back(pair.first);
    sequences.emplace_back(pair.second);
  }
  const Forest forest = BuildForest(sequences, engine.long_sequence_limit());
  std::vector<int32_t> nodes;
  nodes.reserve(forest.sequences.size());
  for (const auto& path : forest.sequences) nodes.push_back(path.back());
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  const auto row_of = [&](int32_t node) {
    return std::lower_bound(nodes.begin(), nodes.end(), node) - nodes.begin();
  };
  Tensor kept({static_cast<int64_t>(nodes.size()), engine.config().vocab_size});
  RunOptions options;
  options.mask = mask;
  options.logit_nodes = nodes;
  options.logits = [&](std::span<const int32_t> rows, ConstMatrixView logits) {
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto row = logits.row_span(static_cast<int64_t>(i));
      std::copy(row.begin(), row.end(), kept.matrix().row(row_of(rows[i])));
    }
  };
  FP_RETURN_IF_ERROR(engine.Run(forest, options));
  const MatrixView logits = kept.matrix();
  compute::ParallelFor(static_cast<int64_t>(batch.size()), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto s = static_cast<size_t>(2 * i);
      divergences[static_cast<size_t>(i)] =
          JensenShannon(logits.row_span(row_of(forest.sequences[s].back())),
                        logits.row_span(row_of(forest.sequences[s + 1].back())));
    }
  });
  return {};
}

}  // namespace

double JensenShannon(std::span<const float> a, std::span<const float> b) {
  const double log_sum_a = compute::LogSumExp(a);
  const double log_sum_b = compute::LogSumExp(b);
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double log_p = a[i] - log_sum_a;
    const double log_q = b[i] - log_sum_b;
    const double p = std::exp(log_p);
    const double q = std::exp(log_q);
    const double mixed = 0.5 * (p + q);
    if (mixed <= 0) continue;  // both underflow: no mass
    const double log_m = std::log(mixed);
    sum += 0.5 * (p * (log_p - log_m) + q * (log_q - log_m));
  }
  return std::max(0.0, sum);
}

Result<std::vector<double>> NextTokenDivergence(const Engine& engine, const Tokenizer& tokenizer,
                                                const std::vector<PromptPair>& pairs,
                                                const ScoreOptions& options) {
  FP_ASSIGN_OR_RETURN(const std::vector<EncodedPair> encoded, EncodePairs(tokenizer, pairs));
  std::vector<double> divergences(pairs.size());
  for (size_t begin = 0; begin < encoded.size();) {
    size_t end = begin;
    size_t nodes = 0;
    while (end < encoded.size() &&
           (end == begin || nodes < static_cast<size_t>(engine.preferred_batch_nodes()))) {
      nodes += encoded[end].first.size() + encoded[end].second.size();
      ++end;
    }
    FP_RETURN_IF_ERROR(MeasureBatch(engine, std::span(encoded).subspan(begin, end - begin),
                                    options.mask,
                                    std::span(divergences).subspan(begin, end - begin)));
    begin = end;
    if (options.progress) {
      options.progress(static_cast<int64_t>(end), static_cast<int64_t>(encoded.size()));
    }
  }
  return divergences;
}

}  // namespace fairprune
