#include "attribution/gate_gradients.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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
  size_t place = 0;     // of the contrast within the batch
  double nats = 0;      // result: log p(token)
};

// Consecutive contrasts (in the order of clusters) in one forest.
struct Batch {
  Forest forest;
  std::vector<size_t> contrasts;      // indices
  std::vector<int32_t> node_begin;    // [contrasts + 1] each contrast's nodes are a range
  std::vector<Target> targets;        // by node
  std::vector<int32_t> logit_nodes;   // ascending
  std::vector<size_t> first_target;   // [logit_nodes + 1]
};

void AddContrast(const Contrast& contrast, size_t index, int64_t long_limit, Batch& batch) {
  std::vector<std::span<const int32_t>> inputs;
  for (const WeightedSequence& sequence : contrast.sequences) {
    // The last id is only predicted.
    inputs.push_back(std::span<const int32_t>(sequence.ids).first(sequence.ids.size() - 1));
  }
  const size_t first_sequence = batch.forest.sequences.size();
  AppendForest(BuildForest(inputs, long_limit), batch.forest);
  const size_t place = batch.contrasts.size();
  batch.contrasts.push_back(index);
  batch.node_begin.push_back(batch.forest.size());
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

// Sums of a * dB/da, [L, F]: over the contrasts of the running cluster and over all of them.
class Accumulator final : public GradientSink {
 public:
  Accumulator(const ModelConfig& config, bool squares)
      : num_layers_(config.num_layers), num_neurons_(config.intermediate_size) {
    const auto size = static_cast<size_t>(num_layers_ * num_neurons_);
    for (std::vector<double>* sums : {&cluster_, &sum_, &sum_squares_, &sum_weighted_}) {
      sums->resize(size);
    }
    if (squares) node_squares_.resize(size);
  }

  // What is to come belongs to this batch.
  void Begin(const Batch& batch, std::span<const Contrast> contrasts) {
    batch_ = &batch;
    contrasts_ = contrasts;
  }

  void OnGradient(int32_t layer, ConstMatrixView act, ConstMatrixView gradient) override {
    compute::ParallelFor(num_neurons_, [&](int64_t begin, int64_t end) {
      std::vector<float> sum(static_cast<size_t>(end - begin));
      std::vector<float> squares(sum.size());
      // Each thread follows the clusters on its own columns.
      Running running = running_;
      for (size_t i = 0; i < batch_->contrasts.size(); ++i) {
        const Contrast& contrast = contrasts_[batch_->contrasts[i]];
        if (running.started && contrast.cluster != running.cluster) {
          CloseCluster(layer, begin, end, running.weight);
          running.weight = 0;
        }
        running = {true, contrast.cluster, running.weight + contrast.weight};
        SumRows(act, gradient, {batch_->node_begin[i], batch_->node_begin[i + 1]}, begin, sum,
                squares);
        const auto at = static_cast<size_t>(layer * num_neurons_ + begin);
        for (size_t n = 0; n < sum.size(); ++n) cluster_[at + n] += contrast.weight * sum[n];
        if (node_squares_.empty()) continue;
        for (size_t n = 0; n < sum.size(); ++n) {
          node_squares_[at + n] += contrast.weight * squares[n];
        }
      }
    });
  }

  // The batch is done in every layer.
  void End() {
    for (const size_t index : batch_->contrasts) {
      const Contrast& contrast = contrasts_[index];
      if (!running_.started || contrast.cluster != running_.cluster) CountCluster();
      running_ = {true, contrast.cluster, running_.weight + contrast.weight};
    }
  }

  GateGradients Finish() {
    for (int64_t layer = 0; layer < num_layers_; ++layer) {
      CloseCluster(layer, 0, num_neurons_, running_.weight);
    }
    CountCluster();
    GateGradients result;
    result.mean = Tensor({num_layers_, num_neurons_});
    result.standard_error = Tensor({num_layers_, num_neurons_});
    const auto clusters = static_cast<double>(num_clusters_);
    const double factor = num_clusters_ < 2 ? 0 : clusters / (clusters - 1);
    for (size_t i = 0; i < sum_.size(); ++i) {
      const double mean = sum_[i] / weight_;
      const double deviations = sum_squares_[i] - 2 * mean * sum_weighted_[i] +
                                mean * mean * sum_of_squared_weights_;
      result.mean.span()[i] = static_cast<float>(mean);
      result.standard_error.span()[i] =
          static_cast<float>(std::sqrt(factor * std::max(0.0, deviations)) / weight_);
    }
    if (!node_squares_.empty()) {
      result.squares = Tensor({num_layers_, num_neurons_});
      for (size_t i = 0; i < sum_.size(); ++i) {
        result.squares.span()[i] = static_cast<float>(node_squares_[i] / weight_);
      }
    }
    return result;
  }

 private:
  struct Running {
    bool started = false;
    int64_t cluster = 0;
    double weight = 0;  // of the cluster's contrasts so far
  };
  struct Rows {
    int32_t begin = 0, end = 0;
  };

  // Sums over rows of act * gradient and of its square, for the columns from `begin` on.
  static void SumRows(ConstMatrixView act, ConstMatrixView gradient, Rows rows, int64_t begin,
                      std::span<float> sum, std::span<float> squares) {
    std::fill(sum.begin(), sum.end(), 0.0F);
    std::fill(squares.begin(), squares.end(), 0.0F);
    for (int32_t row = rows.begin; row < rows.end; ++row) {
      const float* a = act.row(row) + begin;
      const float* g = gradient.row(row) + begin;
      for (size_t n = 0; n < sum.size(); ++n) {
        const float product = a[n] * g[n];
        sum[n] += product;
        squares[n] += product * product;
      }
    }
  }

  void CloseCluster(int64_t layer, int64_t begin, int64_t end, double weight) {
    for (int64_t n = begin; n < end; ++n) {
      const auto at = static_cast<size_t>(layer * num_neurons_ + n);
      const double u = cluster_[at];
      sum_[at] += u;
      sum_squares_[at] += u * u;
      sum_weighted_[at] += u * weight;
      cluster_[at] = 0;
    }
  }

  void CountCluster() {
    if (!running_.started) return;
    ++num_clusters_;
    weight_ += running_.weight;
    sum_of_squared_weights_ += running_.weight * running_.weight;
    running_.weight = 0;
  }

  int64_t num_layers_, num_neurons_;
  const Batch* batch_ = nullptr;
  std::span<const Contrast> contrasts_;
  Running running_;
  int64_t num_clusters_ = 0;
  double weight_ = 0, sum_of_squared_weights_ = 0;
  // [L, F]; of closed clusters u with weight w: sum of u, of u^2, of u * w; u of the running one.
  std::vector<double> cluster_, sum_, sum_squares_, sum_weighted_, node_squares_;
};

std::vector<Batch> MakeBatches(const Engine& engine, std::span<const Contrast> contrasts,
                               int64_t batch_nodes) {
  std::vector<size_t> order(contrasts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return contrasts[a].cluster < contrasts[b].cluster;
  });
  std::vector<Batch> batches;
  for (const size_t index : order) {
    if (batches.empty() || batches.back().forest.size() >= batch_nodes) {
      batches.emplace_back().node_begin.push_back(0);
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
        DifferentiateNode(std::span(batch.targets).subspan(first, batch.first_target[at + 1] - first),
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
  Accumulator sums(engine.config(), options.squares);
  std::vector<double> values(contrasts.size());
  int64_t done = 0;
  for (Batch& batch : batches) {
    sums.Begin(batch, contrasts);
    FP_RETURN_IF_ERROR(RunBatch(engine, batch, options, sums));
    sums.End();
    for (const Target& target : batch.targets) {
      values[batch.contrasts[target.place]] += target.coefficient * target.nats;
    }
    done += std::ssize(batch.contrasts);
    if (options.progress) FP_RETURN_IF_ERROR(options.progress(done, std::ssize(contrasts)));
  }
  GateGradients result = sums.Finish();
  result.values = std::move(values);
  return result;
}

}  // namespace fairprune
