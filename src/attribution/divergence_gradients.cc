#include "attribution/divergence_gradients.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "attribution/gate_accumulator.h"
#include "compute/parallel.h"
#include "compute/row_ops.h"

namespace fairprune {
namespace {

struct Batch {
  Forest forest;
  std::vector<AccumulatedItem> items;
  // Two nodes (of the first and the second prompt) per position, and whose position it is.
  std::vector<int32_t> logit_nodes;
  std::vector<size_t> place;     // [logit_nodes / 2] of the pair within the batch
  std::vector<double> share;     // [logit_nodes / 2] 1 / positions of the pair
  std::vector<double> position;  // [logit_nodes / 2] result: divergence, nats
};

void AddPair(const WeightedPair& weighted, size_t index, int64_t long_limit, Batch& batch) {
  const std::vector<int32_t>& first = weighted.pair.first;
  const std::vector<int32_t>& second = weighted.pair.second;
  const int32_t node_begin = batch.forest.size();
  AppendForest(BuildForest({first, second}, long_limit), batch.forest);
  const std::vector<int32_t>& nodes_1 = batch.forest.sequences.end()[-2];
  const std::vector<int32_t>& nodes_2 = batch.forest.sequences.back();
  const size_t place = batch.items.size();
  batch.items.push_back(
      {node_begin, batch.forest.size(), weighted.weight, weighted.cluster, index});
  const size_t before = batch.place.size();
  for (size_t back = 0; back < std::min(first.size(), second.size()); ++back) {
    const size_t i = first.size() - 1 - back;
    const size_t j = second.size() - 1 - back;
    if (nodes_1[i] == nodes_2[j]) break;  // the common beginning
    batch.logit_nodes.push_back(nodes_1[i]);
    batch.logit_nodes.push_back(nodes_2[j]);
    batch.place.push_back(place);
    if (first[i] != second[j]) break;  // what is before does not go on alike
  }
  const size_t positions = batch.place.size() - before;
  batch.share.insert(batch.share.end(), positions, 1.0 / static_cast<double>(positions));
}

// Leaves share * dJS/dlogits in the place of both rows' logits; returns JS.
double DifferentiateRows(double share, std::span<float> u, std::span<float> v) {
  const double log_sum_u = compute::LogSumExp(u);
  const double log_sum_v = compute::LogSumExp(v);
  double sum_p = 0;  // KL(p || m) / 2
  double sum_q = 0;
  for (size_t i = 0; i < u.size(); ++i) {
    const double p = std::exp(u[i] - log_sum_u);
    const double q = std::exp(v[i] - log_sum_v);
    const double mixed = 0.5 * (p + q);
    if (mixed <= 0) continue;
    const double log_m = std::log(mixed);
    sum_p += 0.5 * p * (u[i] - log_sum_u - log_m);
    sum_q += 0.5 * q * (v[i] - log_sum_v - log_m);
  }
  for (size_t i = 0; i < u.size(); ++i) {
    const double log_p = u[i] - log_sum_u;
    const double log_q = v[i] - log_sum_v;
    const double p = std::exp(log_p);
    const double q = std::exp(log_q);
    const double mixed = 0.5 * (p + q);
    const double log_m = mixed > 0 ? std::log(mixed) : 0;
    u[i] = mixed > 0 ? static_cast<float>(share * p * (0.5 * (log_p - log_m) - sum_p)) : 0.0F;
    v[i] = mixed > 0 ? static_cast<float>(share * q * (0.5 * (log_q - log_m) - sum_q)) : 0.0F;
  }
  return std::max(0.0, sum_p + sum_q);
}

std::vector<Batch> MakeBatches(const Engine& engine, const std::vector<WeightedPair>& pairs,
                               int64_t batch_nodes) {
  std::vector<size_t> order(pairs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return pairs[a].cluster < pairs[b].cluster; });
  std::vector<Batch> batches;
  for (const size_t index : order) {
    if (batches.empty() || batches.back().forest.size() >= batch_nodes) batches.emplace_back();
    AddPair(pairs[index], index, engine.long_sequence_limit(), batches.back());
  }
  for (Batch& batch : batches) batch.position.resize(batch.place.size());
  return batches;
}

Status RunBatch(const Engine& engine, Batch& batch, const GradientAttributionOptions& options,
                GradientSink& sink) {
  GradientOptions gradient;
  gradient.mask = options.mask;
  gradient.logit_nodes = batch.logit_nodes;
  gradient.group = 2;
  gradient.sink = &sink;
  gradient.before_mask = true;
  size_t done = 0;  // of positions; they come in order
  gradient.objective = [&](std::span<const int32_t> nodes, MatrixView logits) {
    compute::ParallelFor(std::ssize(nodes) / 2, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const size_t at = done + static_cast<size_t>(i);
        batch.position[at] =
            DifferentiateRows(batch.share[at], logits.row_span(2 * i), logits.row_span(2 * i + 1));
      }
    });
    done += nodes.size() / 2;
  };
  return engine.RunGradient(batch.forest, gradient);
}

}  // namespace

Result<GateGradients> DifferentiateDivergence(const Engine& engine,
                                              const std::vector<WeightedPair>& pairs,
                                              const GradientAttributionOptions& options) {
  const double weight =
      std::accumulate(pairs.begin(), pairs.end(), 0.0,
                      [](double sum, const WeightedPair& pair) { return sum + pair.weight; });
  if (!(weight > 0)) {
    return Fail(ErrorCode::kInvalidArgument, "{} pairs of weight {}: nothing to differentiate",
                pairs.size(), weight);
  }
  const int64_t nodes =
      options.batch_nodes > 0 ? options.batch_nodes : engine.preferred_batch_nodes();
  std::vector<Batch> batches = MakeBatches(engine, pairs, nodes);
  GateAccumulator sums(engine.config(), {.squares = options.squares,
                                         .kept_items = options.weigh ? std::ssize(pairs) : 0});
  std::vector<double> values(pairs.size());
  std::vector<double> norms(pairs.size());
  int64_t done = 0;
  for (Batch& batch : batches) {
    sums.Begin(batch.items);
    FP_RETURN_IF_ERROR(RunBatch(engine, batch, options, sums));
    sums.End();
    const std::vector<double> found = sums.ItemNorms();
    for (size_t i = 0; i < found.size(); ++i) norms[batch.items[i].index] = found[i];
    for (size_t i = 0; i < batch.place.size(); ++i) {
      values[batch.items[batch.place[i]].index] += batch.share[i] * batch.position[i];
    }
    done += std::ssize(batch.items);
    if (options.progress) FP_RETURN_IF_ERROR(options.progress(done, std::ssize(pairs)));
  }
  if (options.weigh) sums.AddKept(options.weigh(norms));
  GateGradients result = sums.Finish();
  result.values = std::move(values);
  result.norms = std::move(norms);
  return result;
}

}  // namespace fairprune
