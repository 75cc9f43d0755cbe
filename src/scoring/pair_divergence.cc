#include "scoring/pair_divergence.h"

#include <algorithm>
#include <cmath>

#include "compute/parallel.h"
#include "compute/row_ops.h"

namespace fairprune {

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

DivergenceReader::DivergenceReader(const PairForest& pairs, std::span<double> divergences)
    : divergences_(divergences) {
  for (size_t i = 0; i < pairs.num_pairs; ++i) {
    waiting_.push_back({i, pairs.first(i).back(), pairs.second(i).back()});
    nodes_.push_back(waiting_.back().first);
    nodes_.push_back(waiting_.back().second);
  }
  std::sort(nodes_.begin(), nodes_.end());
  nodes_.erase(std::unique(nodes_.begin(), nodes_.end()), nodes_.end());
  std::stable_sort(waiting_.begin(), waiting_.end(), [](const Ends& a, const Ends& b) {
    return std::max(a.first, a.second) < std::max(b.first, b.second);
  });
}

void DivergenceReader::Read(std::span<const int32_t> nodes, ConstMatrixView logits) {
  if (nodes.empty()) return;
  const int32_t newest = nodes.back();
  const auto row_of = [&](int32_t node) -> std::span<const float> {
    const auto found = std::lower_bound(nodes.begin(), nodes.end(), node);
    if (found != nodes.end() && *found == node) return logits.row_span(found - nodes.begin());
    return kept_.at(node);
  };
  size_t end = num_read_;
  while (end < waiting_.size() && std::max(waiting_[end].first, waiting_[end].second) <= newest) {
    ++end;
  }
  compute::ParallelFor(static_cast<int64_t>(end - num_read_), [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; ++i) {
      const Ends& pair = waiting_[num_read_ + static_cast<size_t>(i)];
      divergences_[pair.pair] = JensenShannon(row_of(pair.first), row_of(pair.second));
    }
  });
  num_read_ = end;
  std::map<int32_t, std::vector<float>> still_needed;
  for (const Ends& pair : std::span(waiting_).subspan(num_read_)) {
    const int32_t earlier = std::min(pair.first, pair.second);
    if (earlier > newest || still_needed.contains(earlier)) continue;
    const auto row = row_of(earlier);
    still_needed.emplace(earlier, std::vector<float>(row.begin(), row.end()));
  }
  kept_ = std::move(still_needed);
}

Result<std::vector<double>> NextTokenDivergence(const Engine& engine, const Tokenizer& tokenizer,
                                                const std::vector<PromptPair>& pairs,
                                                const ScoreOptions& options) {
  FP_ASSIGN_OR_RETURN(const std::vector<EncodedPair> encoded, EncodePairs(tokenizer, pairs));
  const std::vector<PairForest> forests = BuildPairForests(engine, encoded);
  std::vector<double> divergences(pairs.size());
  std::vector<DivergenceReader> readers;
  readers.reserve(forests.size());  // the runs refer to them
  std::vector<ForestRun> runs;
  for (const PairForest& forest : forests) {
    DivergenceReader& reader = readers.emplace_back(
        forest, std::span(divergences).subspan(forest.first_pair, forest.num_pairs));
    ForestRun& run = runs.emplace_back(ForestRun{&forest.forest, {.mask = options.mask}});
    run.options.logit_nodes = reader.nodes();
    run.options.logits = [&reader](auto nodes, auto logits) { reader.Read(nodes, logits); };
  }
  FP_RETURN_IF_ERROR(engine.RunAll(runs, InItems(std::ssize(pairs), options.progress)));
  return divergences;
}

}  // namespace fairprune
