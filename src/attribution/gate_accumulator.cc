#include "attribution/gate_accumulator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "base/check.h"
#include "compute/parallel.h"

namespace fairprune {
namespace {

constexpr int64_t kBlockColumns = 128;

// Sums over an item's rows of act * gradient and of its square, for the columns from `begin` on.
void SumRows(ConstMatrixView act, ConstMatrixView gradient, const AccumulatedItem& item,
             int64_t begin, std::span<float> sum, std::span<float> squares) {
  std::fill(sum.begin(), sum.end(), 0.0F);
  std::fill(squares.begin(), squares.end(), 0.0F);
  for (int32_t row = item.node_begin; row < item.node_end; ++row) {
    const float* a = act.row(row) + begin;
    const float* g = gradient.row(row) + begin;
    for (size_t n = 0; n < sum.size(); ++n) {
      const float product = a[n] * g[n];
      sum[n] += product;
      squares[n] += product * product;
    }
  }
}

}  // namespace

GateAccumulator::GateAccumulator(const ModelConfig& config, const Options& options)
    : num_layers_(config.num_layers),
      num_neurons_(config.intermediate_size),
      num_blocks_((num_neurons_ + kBlockColumns - 1) / kBlockColumns) {
  const auto size = static_cast<size_t>(num_layers_ * num_neurons_);
  for (std::vector<double>* sums : {&cluster_, &sum_, &sum_squares_, &sum_weighted_}) {
    sums->resize(size);
  }
  if (options.squares) node_squares_.resize(size);
  side_sums_.assign(static_cast<size_t>(options.num_sides), std::vector<double>(size));
  side_weights_.resize(static_cast<size_t>(options.num_sides));
  FP_CHECK(!options.squares || options.kept_items == 0, "squares are of items that are not kept");
  kept_items_.reserve(static_cast<size_t>(options.kept_items));
  kept_.resize(static_cast<size_t>(options.kept_items) * size);
}

void GateAccumulator::Begin(std::span<const AccumulatedItem> items) {
  items_ = items;
  num_kept_ = kept_items_.size();
  if (!kept_.empty()) kept_items_.insert(kept_items_.end(), items.begin(), items.end());
  item_squares_.assign(items.size() * static_cast<size_t>(num_blocks_), 0.0);
}

void GateAccumulator::OnGradient(int32_t layer, ConstMatrixView act, ConstMatrixView gradient) {
  compute::ParallelFor(num_blocks_, [&](int64_t first, int64_t last) {
    for (int64_t block = first; block < last; ++block) AddBlock(layer, act, gradient, block);
  });
}

void GateAccumulator::AddBlock(int32_t layer, ConstMatrixView act, ConstMatrixView gradient,
                               int64_t block) {
  const int64_t begin = block * kBlockColumns;
  const int64_t end = std::min(begin + kBlockColumns, num_neurons_);
  const auto at = static_cast<size_t>(layer * num_neurons_ + begin);
  std::array<float, kBlockColumns> sum_of_block;
  std::array<float, kBlockColumns> squares_of_block;
  const auto sum = std::span(sum_of_block).first(static_cast<size_t>(end - begin));
  const auto squares = std::span(squares_of_block).first(sum.size());
  // Each block follows the clusters by itself.
  Running running = running_;
  for (size_t i = 0; i < items_.size(); ++i) {
    const AccumulatedItem& item = items_[i];
    SumRows(act, gradient, item, begin, sum, squares);
    double& square =
        item_squares_[i * static_cast<size_t>(num_blocks_) + static_cast<size_t>(block)];
    for (const float value : sum) square += static_cast<double>(value) * value;
    if (!kept_.empty()) {
      std::ranges::copy(
          sum, kept_.begin() + static_cast<std::ptrdiff_t>((num_kept_ + i) * sum_.size() + at));
      continue;
    }
    AddItem(layer, begin, item, sum, running);
    if (node_squares_.empty()) continue;
    for (size_t n = 0; n < sum.size(); ++n) node_squares_[at + n] += item.weight * squares[n];
  }
}

void GateAccumulator::AddItem(int64_t layer, int64_t begin, const AccumulatedItem& item,
                              std::span<const float> sum, Running& running) {
  if (running.started && item.cluster != running.cluster) {
    CloseCluster(layer, begin, begin + std::ssize(sum), running.weight);
    running.weight = 0;
  }
  running = {true, item.cluster, running.weight + item.weight};
  const auto at = static_cast<size_t>(layer * num_neurons_ + begin);
  for (size_t n = 0; n < sum.size(); ++n) cluster_[at + n] += item.weight * sum[n];
  if (item.side == 0) return;
  std::vector<double>& sums = side_sums_[static_cast<size_t>(std::abs(item.side)) - 1];
  const double signed_weight = item.side > 0 ? item.weight : -item.weight;
  for (size_t n = 0; n < sum.size(); ++n) sums[at + n] += signed_weight * sum[n];
}

void GateAccumulator::AddKept(std::span<const double> factors) {
  FP_CHECK(factors.size() == kept_items_.size(), "a factor for every kept item");
  for (AccumulatedItem& item : kept_items_) item.weight *= factors[item.index];
  compute::ParallelFor(num_layers_ * num_blocks_, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) AddKeptBlock(i / num_blocks_, i % num_blocks_);
  });
  CountItems(kept_items_);
}

void GateAccumulator::AddKeptBlock(int64_t layer, int64_t block) {
  const int64_t begin = block * kBlockColumns;
  const auto width = static_cast<size_t>(std::min(kBlockColumns, num_neurons_ - begin));
  const auto at = static_cast<size_t>(layer * num_neurons_ + begin);
  Running running;
  for (size_t i = 0; i < kept_items_.size(); ++i) {
    AddItem(layer, begin, kept_items_[i],
            std::span<const float>(kept_).subspan(i * sum_.size() + at, width), running);
  }
}

std::vector<double> GateAccumulator::ItemNorms() const {
  std::vector<double> norms(items_.size());
  const auto blocks = static_cast<size_t>(num_blocks_);
  for (size_t i = 0; i < norms.size(); ++i) {
    for (size_t block = 0; block < blocks; ++block) norms[i] += item_squares_[i * blocks + block];
    norms[i] = std::sqrt(norms[i]);
  }
  return norms;
}

void GateAccumulator::End() {
  if (kept_.empty()) CountItems(items_);
}

void GateAccumulator::CountItems(std::span<const AccumulatedItem> items) {
  for (const AccumulatedItem& item : items) {
    if (!running_.started || item.cluster != running_.cluster) CountCluster();
    running_ = {true, item.cluster, running_.weight + item.weight};
    if (item.side != 0) side_weights_[static_cast<size_t>(std::abs(item.side)) - 1] += item.weight;
  }
}

GateGradients GateAccumulator::Finish() {
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
    const double deviations =
        sum_squares_[i] - 2 * mean * sum_weighted_[i] + mean * mean * sum_of_squared_weights_;
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
  for (size_t c = 0; c < side_sums_.size(); ++c) {
    Tensor& side = result.sides.emplace_back(Tensor({num_layers_, num_neurons_}));
    for (size_t i = 0; i < side_sums_[c].size(); ++i) {
      side.span()[i] = static_cast<float>(side_sums_[c][i] / side_weights_[c]);
    }
  }
  return result;
}

void GateAccumulator::CloseCluster(int64_t layer, int64_t begin, int64_t end, double weight) {
  for (int64_t n = begin; n < end; ++n) {
    const auto at = static_cast<size_t>(layer * num_neurons_ + n);
    const double u = cluster_[at];
    sum_[at] += u;
    sum_squares_[at] += u * u;
    sum_weighted_[at] += u * weight;
    cluster_[at] = 0;
  }
}

void GateAccumulator::CountCluster() {
  if (!running_.started) return;
  ++num_clusters_;
  weight_ += running_.weight;
  sum_of_squared_weights_ += running_.weight * running_.weight;
  running_.weight = 0;
}

}  // namespace fairprune
