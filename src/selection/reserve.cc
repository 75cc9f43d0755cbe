#include <algorithm>
#include <numeric>

#include "selection/plan.h"

namespace fairprune {

std::vector<std::vector<int32_t>> ReserveNeurons(const Tensor& scores,
                                                 std::span<const PlannedNeuron> chosen,
                                                 int64_t per_layer) {
  const ConstMatrixView view = scores.matrix();
  std::vector<bool> taken(static_cast<size_t>(scores.size()));
  for (const PlannedNeuron& neuron : chosen) {
    taken[static_cast<size_t>(neuron.layer * view.cols + neuron.neuron)] = true;
  }
  std::vector<std::vector<int32_t>> reserve;
  for (int64_t layer = 0; layer < view.rows; ++layer) {
    std::vector<int32_t> order(static_cast<size_t>(view.cols));
    std::iota(order.begin(), order.end(), 0);
    std::erase_if(order, [&](int32_t neuron) {
      return taken[static_cast<size_t>(layer * view.cols + neuron)];
    });
    const float* row = view.row(layer);
    std::stable_sort(order.begin(), order.end(),
                     [row](int32_t a, int32_t b) { return row[a] > row[b]; });
    order.resize(std::min(order.size(), static_cast<size_t>(per_layer)));
    reserve.push_back(std::move(order));
  }
  return reserve;
}

}  // namespace fairprune
