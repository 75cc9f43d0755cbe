#include "attribution/gate_gradients.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "attribution/gate_accumulator.h"
#include "base/check.h"
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

// A figure of the contrasts of a batch.
struct Figure {
  std::vector<AccumulatedItem> items;  // of each contrast
  std::vector<Target> targets;         // by node
  std::vector<int32_t> logit_nodes;    // ascending
  std::vector<size_t> first_target;    // [logit_nodes + 1]
};

// Consecutive contrasts (in the order of clusters) in one forest.
struct Batch {
  Forest forest;
  std::vector<Figure> figures;
};

using ContrastSpans = std::span<const std::span<const Contrast>>;

void AddContrast(ContrastSpans contrasts, size_t index, int64_t long_limit, Batch& batch) {
  std::vector<std::span<const int32_t>> inputs;
  const std::vector<WeightedSequence>& sequences = contrasts.front()[index].sequences;
  inputs.reserve(sequences.size());
  for (const WeightedSequence& sequence : sequences) {
    // The last id is only predicted.
    inputs.push_back(std::span<const int32_t>(sequence.ids).first(sequence.ids.size() - 1));
  }
  const size_t first_sequence = batch.forest.sequences.size();
  const int32_t node_begin = batch.forest.size();
  AppendForest(BuildForest(inputs, long_limit), batch.forest);
  for (size_t k = 0; k < contrasts.size(); ++k) {
    const Contrast& contrast = contrasts[k][index];
    Figure& figure = batch.figures[k];
    const size_t place = figure.items.size();
    figure.items.push_back(
        {node_begin, batch.forest.size(), contrast.weight, contrast.cluster, index, contrast.side});
    for (size_t s = 0; s < contrast.sequences.size(); ++s) {
      const WeightedSequence& sequence = contrast.sequences[s];
      if (sequence.coefficient == 0) continue;
      const std::vector<int32_t>& nodes = batch.forest.sequences[first_sequence + s];
      for (auto p = static_cast<size_t>(sequence.first_scored); p < sequence.ids.size(); ++p) {
        figure.targets.push_back({nodes[p - 1], sequence.ids[p], sequence.coefficient, place});
      }
    }
  }
}

// Brings the targets into the order of their nodes.
void IndexTargets(Figure& figure) {
  std::stable_sort(figure.targets.begin(), figure.targets.end(),
                   [](const Target& a, const Target& b) { return a.node < b.node; });
  for (size_t i = 0; i < figure.targets.size(); ++i) {
    if (i > 0 && figure.targets[i].node == figure.targets[i - 1].node) continue;
    figure.logit_nodes.push_back(figure.targets[i].node);
    figure.first_target.push_back(i);
  }
  figure.first_target.push_back(figure.targets.size());
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

std::vector<Batch> MakeBatches(const Engine& engine, ContrastSpans contrasts, int64_t batch_nodes) {
  const std::span<const Contrast> first = contrasts.front();
  std::vector<size_t> order(first.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return first[a].cluster < first[b].cluster; });
  std::vector<Batch> batches;
  for (const size_t index : order) {
    if (batches.empty() || batches.back().forest.size() >= batch_nodes) {
      batches.emplace_back().figures.resize(contrasts.size());
    }
    AddContrast(contrasts, index, engine.long_sequence_limit(), batches.back());
  }
  for (Batch& batch : batches) {
    for (Figure& figure : batch.figures) IndexTargets(figure);
  }
  return batches;
}

GradientOptions ObjectiveOf(Figure& figure, const GradientAttributionOptions& options,
                            GradientSink& sink) {
  GradientOptions gradient;
  gradient.mask = options.mask;
  gradient.logit_nodes = figure.logit_nodes;
  gradient.sink = &sink;
  gradient.before_mask = true;
  // `done` of logit_nodes; they come in order.
  gradient.objective = [&figure, done = size_t{0}](std::span<const int32_t> nodes,
                                                   MatrixView logits) mutable {
    compute::ParallelFor(std::ssize(nodes), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const size_t at = done + static_cast<size_t>(i);
        const size_t first = figure.first_target[at];
        DifferentiateNode(
            std::span(figure.targets).subspan(first, figure.first_target[at + 1] - first),
            logits.row_span(i));
      }
    });
    done += nodes.size();
  };
  return gradient;
}

Status CheckSets(ContrastSpans contrasts) {
  const std::span<const Contrast> first = contrasts.front();
  for (const std::span<const Contrast> set : contrasts) {
    const double weight = std::accumulate(
        set.begin(), set.end(), 0.0, [](double sum, const Contrast& c) { return sum + c.weight; });
    if (!(weight > 0)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "{} contrasts of weight {}: nothing to differentiate", set.size(), weight);
    }
    if (!std::ranges::equal(set, first, HaveSameSequences)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "contrasts to differentiate together are not of the same sequences");
    }
  }
  return {};
}

// What is summed up of one of the sets.
struct Sums {
  GateAccumulator gates;
  std::vector<double> values, norms;
};

// Takes what the batch has found of a figure.
void Collect(const Figure& figure, Sums& sums) {
  sums.gates.End();
  const std::vector<double> found = sums.gates.ItemNorms();
  for (size_t i = 0; i < found.size(); ++i) sums.norms[figure.items[i].index] = found[i];
  for (const Target& target : figure.targets) {
    sums.values[figure.items[target.place].index] += target.coefficient * target.nats;
  }
}

}  // namespace

Result<std::vector<GateGradients>> DifferentiateTogether(
    const Engine& engine, ContrastSpans contrasts, const GradientAttributionOptions& options) {
  FP_CHECK(!contrasts.empty(), "a set of contrasts");
  FP_CHECK(contrasts.size() == 1 || !options.weigh, "sets together are not weighed");
  FP_RETURN_IF_ERROR(CheckSets(contrasts));
  const int64_t nodes =
      options.batch_nodes > 0 ? options.batch_nodes : engine.preferred_batch_nodes();
  const auto size = contrasts.front().size();
  std::vector<Sums> sums;
  for (const std::span<const Contrast> set : contrasts) {
    int64_t num_sides = 0;
    for (const Contrast& contrast : set) {
      num_sides = std::max<int64_t>(num_sides, std::abs(contrast.side));
    }
    const GateAccumulator::Options kept = {options.squares, num_sides,
                                           options.weigh ? std::ssize(set) : 0};
    sums.push_back({GateAccumulator(engine.config(), kept), std::vector<double>(size),
                    std::vector<double>(size)});
  }
  int64_t done = 0;
  for (Batch& batch : MakeBatches(engine, contrasts, nodes)) {
    std::vector<GradientOptions> objectives;
    for (size_t k = 0; k < sums.size(); ++k) {
      sums[k].gates.Begin(batch.figures[k].items);
      objectives.push_back(ObjectiveOf(batch.figures[k], options, sums[k].gates));
    }
    FP_RETURN_IF_ERROR(engine.RunGradients(batch.forest, objectives));
    for (size_t k = 0; k < sums.size(); ++k) Collect(batch.figures[k], sums[k]);
    done += std::ssize(batch.figures.front().items);
    if (options.progress) {
      FP_RETURN_IF_ERROR(options.progress(done, static_cast<int64_t>(size)));
    }
  }
  std::vector<GateGradients> results;
  for (Sums& of_set : sums) {
    if (options.weigh) of_set.gates.AddKept(options.weigh(of_set.norms));
    results.push_back(of_set.gates.Finish());
    results.back().values = std::move(of_set.values);
    results.back().norms = std::move(of_set.norms);
  }
  return results;
}

Result<GateGradients> DifferentiateContrasts(const Engine& engine,
                                             std::span<const Contrast> contrasts,
                                             const GradientAttributionOptions& options) {
  FP_ASSIGN_OR_RETURN(std::vector<GateGradients> results,
                      DifferentiateTogether(engine, {&contrasts, 1}, options));
  return std::move(results.front());
}

}  // namespace fairprune
