// Sums of activation times gradient per neuron, over items in nodes of forests. Internal to this
// room.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attribution/gate_gradients.h"
#include "forward/engine.h"

namespace fairprune {

// An item's nodes within the forest that is run, and how it counts.
struct AccumulatedItem {
  int32_t node_begin = 0, node_end = 0;
  double weight = 1;
  int64_t cluster = 0;
  size_t index = 0;  // among all items, in the caller's order
  int64_t side = 0;  // Contrast::side
};

// Items must come in the order of their clusters.
class GateAccumulator final : public GradientSink {
 public:
  struct Options {
    bool squares = false;
    int64_t num_sides = 0;  // numbers of sides go up to this
    // This many items, all that come, are kept apart (4 L F bytes each) until AddKept; 0: none is.
    int64_t kept_items = 0;
  };
  GateAccumulator(const ModelConfig& config, const Options& options);

  // What is to come belongs to these items, whose owner outlives End.
  void Begin(std::span<const AccumulatedItem> items);
  void OnGradient(int32_t layer, ConstMatrixView act, ConstMatrixView gradient) override;
  // The forest is done in every layer.
  void End();
  // Of each item since Begin, after End: the Euclidean norm over all neurons of its own sums.
  std::vector<double> ItemNorms() const;
  // Adds the kept items in the order in which they came, their weights times the factors of their
  // indices.
  void AddKept(std::span<const double> factors);
  // Mean, standard error and squares of all; `values` and `norms` stay empty.
  GateGradients Finish();

 private:
  struct Running {
    bool started = false;
    int64_t cluster = 0;
    double weight = 0;  // of the cluster's items so far
  };

  // The columns of one block, all items.
  void AddBlock(int32_t layer, ConstMatrixView act, ConstMatrixView gradient, int64_t block);
  void AddKeptBlock(int64_t layer, int64_t block);
  // An item's sums over its rows, of the columns from `begin` of a layer on.
  void AddItem(int64_t layer, int64_t begin, const AccumulatedItem& item,
               std::span<const float> sum, Running& running);
  void CountItems(std::span<const AccumulatedItem> items);
  void CloseCluster(int64_t layer, int64_t begin, int64_t end, double weight);
  void CountCluster();

  int64_t num_layers_, num_neurons_;
  int64_t num_blocks_;  // of columns, of fixed width, so that sums do not depend on threads
  std::span<const AccumulatedItem> items_;
  Running running_;
  int64_t num_clusters_ = 0;
  double weight_ = 0, sum_of_squared_weights_ = 0;
  // [L, F]; of closed clusters u with weight w: sum of u, of u^2, of u * w; u of the running one.
  std::vector<double> cluster_, sum_, sum_squares_, sum_weighted_, node_squares_;
  std::vector<std::vector<double>> side_sums_;  // of each number: [L, F] of +-w u
  std::vector<double> side_weights_;
  size_t num_kept_ = 0;
  std::vector<AccumulatedItem> kept_items_;
  std::vector<float> kept_;           // [kept items, L, F]
  std::vector<double> item_squares_;  // [items, num_blocks_] over the layers so far
};

}  // namespace fairprune
