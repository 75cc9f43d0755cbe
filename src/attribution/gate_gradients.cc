#include "attribution/gate_gradients.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "attribution/gate_accumulator.h"
#include "compute/gradients.h"
#include "compute/parallel.h"
#include "compute/row_ops.h"

namespace fairprune {
namespace {

// A token whose log-probability a contrast reads at a node.
struct Target {
  int32_t node = 0;  // whose logits
  int32_t token = 0;
  double coefficient = 1;
  size_t place = 0;  // of the contrast within the batch
  double nats = 0;   // result: log p(token)
};

// Consecutive contrasts (in the order of clusters) in one forest.
struct Batch {
  Forest forest;
  std::vector<AccumulatedItem> items;  // of each
  std::vector<Target> targets;         // by node
  std::vector<int32_t> logit_nodes;    // ascending
  std::vector<size_t> first_target;    // [logit_nodes + 1]
};

void AddContrast(const Contrast& contrast, size_t index, int64_t long_limit, Batch& batch) {
  std::vector<std::span<const int32_t>> inputs;
  inputs.reserve(contrast.sequences.size());
  for (const WeightedSequence& sequence : contrast.sequences) {
    // The last id is only predicted.
    inputs.push_back(std::span<const int32_t>(sequence.ids).first(sequence.ids.size() - 1));
  }
  const size_t first_sequence = batch.forest.sequences.size();
  const int32_t node_begin = batch.forest.size();
  AppendForest(BuildForest(inputs, long_limit), batch.forest);
  const size_t place = batch.items.size();
  batch.items.push_back(
      {node_begin, batch.forest.size(), contrast.weight, contrast.cluster, index, contrast.side});
  for (size_t s = 0; s < contrast.sequences.size(); ++s) {
    const WeightedSequence& sequence = contrast.sequences[s];
    const std::vector<int32_t>& nodes = batch.forest.sequences[first_sequence + s];
    for (auto p = static_cast<size_t>(sequence.first_scored); p < sequence.ids.size(); ++p) {
      batch.targets.push_back({nodes[p - 1], sequence.ids[p], sequence.coefficient, place});
    }
  }
}

// Brings the targets into the order of their nodes.
void IndexTargets(Batch& batch) {
  std::stable_sort(batch.targets.begin(), batch.targets.end(),
                   [](const Target& a, const Target& b) { return a.node < b.node; });
  for (size_t i = 0; i < batch.targets.size(); ++i) {
    if (i > 0 && batch.targets[i].node == batch.targets[i - 1].node) continue;
    batch.logit_nodes.push_back(batch.targets[i].node);
    batch.first_target.push_back(i);
  }
  batch.first_target.push_back(batch.targets.size());
}

// The value's gradient with respect to the logits of one node, in their place; notes log p.
void DifferentiateNode(std::span<Target> targets, std::span<float> logits) {
  const double log_sum = compute::LogSumExp(logits);
  double total = 0;
  for (Target& target : targets) {
    target.nats = static_cast<double>(logits[static_cast<size_t>(target.token)]) - log_sum;
    total += target.coefficient;
  }
  // Coefficients that cancel leave nothing of the distribution, and nearly all nodes where
  // wordings part are such.
  if (total == 0) {
    std::fill(logits.begin(), logits.end(), 0.0F);
  } else {
    compute::LogProbabilityGradient(static_cast<float>(total), targets.front().token, logits);
    logits[static_cast<size_t>(targets.front().token)] -= static_cast<float>(total);
  }
  for (const Target& target : targets) {
    logits[static_cast<size_t>(target.token)] += static_cast<float>(target.coefficient);
  }
}

std::vector<Batch> MakeBatches(const Engine& engine, std::span<const Contrast> contrasts,
                               int64_t batch_nodes) {
  std::vector<size_t> order(contrasts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return contrasts[a].cluster < contrasts[b].cluster; });
  std::vector<Batch> batches;
  for (const size_t index : order) {
    if (batches.empty() || batches.back().forest.size() >= batch_nodes) {
      batches.emplace_back();
    }
    AddContrast(contrasts[index], index, engine.long_sequence_limit(), batches.back());
  }
  for (Batch& batch : batches) IndexTargets(batch);
  return batches;
}

Status RunBatch(const Engine& engine, Batch& batch, const GradientAttributionOptions& options,
                GradientSink& sink) {
  GradientOptions gradient;
  gradient.mask = options.mask;
  gradient.logit_nodes = batch.logit_nodes;
  gradient.sink = &sink;
  gradient.before_mask = true;
  size_t done = 0;  // of logit_nodes; they come in order
  gradient.objective = [&](std::span<const int32_t> nodes, MatrixView logits) {
    compute::ParallelFor(std::ssize(nodes), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const size_t at = done + static_cast<size_t>(i);
        const size_t first = batch.first_target[at];
        DifferentiateNode(
            std::span(batch.targets).subspan(first, batch.first_target[at + 1] - first),
            logits.row_span(i));
      }
    });
    done += nodes.size();
  };
  return engine.RunGradient(batch.forest, gradient);
}

}  // namespace

Result<GateGradients> DifferentiateContrasts(const Engine& engine,
                                             std::span<const Contrast> contrasts,
                                             const GradientAttributionOptions& options) {
  const double weight =
      std::accumulate(contrasts.begin(), contrasts.end(), 0.0,
                      [](double sum, const Contrast& c) { return sum + c.weight; });
  if (!(weight > 0)) {
    return Fail(ErrorCode::kInvalidArgument, "{} contrasts of weight {}: nothing to differentiate",
                contrasts.size(), weight);
  }
  const int64_t nodes =
      options.batch_nodes > 0 ? options.batch_nodes : engine.preferred_batch_nodes();
  std::vector<Batch> batches = MakeBatches(engine, contrasts, nodes);
  int64_t num_sides = 0;
  for (const Contrast& contrast : contrasts) {
    num_sides = std::max<int64_t>(num_sides, std::abs(contrast.side));
  }
  GateAccumulator sums(engine.config(),
                       {options.squares, num_sides, options.weigh ? std::ssize(contrasts) : 0});
  std::vector<double> values(contrasts.size());
  std::vector<double> norms(contrasts.size());
  int64_t done = 0;
  for (Batch& batch : batches) {
    sums.Begin(batch.items);
    FP_RETURN_IF_ERROR(RunBatch(engine, batch, options, sums));
    sums.End();
    const std::vector<double> found = sums.ItemNorms();
    for (size_t i = 0; i < found.size(); ++i) norms[batch.items[i].index] = found[i];
    for (const Target& target : batch.targets) {
      values[batch.items[target.place].index] += target.coefficient * target.nats;
    }
    done += std::ssize(batch.items);
    if (options.progress) FP_RETURN_IF_ERROR(options.progress(done, std::ssize(contrasts)));
  }
  if (options.weigh) sums.AddKept(options.weigh(norms));
  GateGradients result = sums.Finish();
  result.values = std::move(values);
  result.norms = std::move(norms);
  return result;
}

}  // namespace fairprune
