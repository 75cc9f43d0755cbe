#include <algorithm>
#include <cmath>
#include <numeric>

#include "selection/plan.h"

namespace fairprune {
namespace {

// Where neurons still may be taken from.
struct Room {
  std::vector<int64_t> left;  // [L] how many more a layer loses
  std::vector<bool> taken;    // [L, F]
};

Result<Room> RoomBeside(std::span<const PlannedNeuron> chosen, ConstMatrixView fill, int64_t quota,
                        const std::vector<int32_t>& excluded_layers) {
  Room room;
  room.left.assign(static_cast<size_t>(fill.rows), quota);
  room.taken.resize(static_cast<size_t>(fill.rows * fill.cols));
  for (const int32_t layer : excluded_layers) {
    if (layer < 0 || layer >= fill.rows)
      return Fail(ErrorCode::kInvalidArgument, "layer {} is outside 0 to {}", layer, fill.rows - 1);
    room.left[static_cast<size_t>(layer)] = 0;
  }
  std::vector<int64_t> count(room.left.size());
  for (const PlannedNeuron& neuron : chosen) {
    if (neuron.layer < 0 || neuron.layer >= fill.rows || neuron.neuron < 0 ||
        neuron.neuron >= fill.cols)
      return Fail(ErrorCode::kInvalidArgument,
                  "neuron {} of layer {} is chosen, and there are {} layers of {}", neuron.neuron,
                  neuron.layer, fill.rows, fill.cols);
    room.taken[static_cast<size_t>(neuron.layer * fill.cols + neuron.neuron)] = true;
    ++count[static_cast<size_t>(neuron.layer)];
  }
  for (size_t layer = 0; layer < count.size(); ++layer) {
    if (count[layer] > room.left[layer])
      return Fail(
          ErrorCode::kInvalidArgument, "{} neurons of layer {} are chosen, and it is to lose {}{}",
          count[layer], layer, room.left[layer],
          room.left[layer] == 0 ? ""
                                : fmt::format("; choose fewer, or a width of {} at most",
                                              fill.cols - *std::ranges::max_element(count)));
    room.left[layer] -= count[layer];
  }
  return room;
}

}  // namespace

Result<std::vector<PlannedNeuron>> FillQuota(std::vector<PlannedNeuron> chosen, const Tensor& fill,
                                             int64_t quota,
                                             const std::vector<int32_t>& excluded_layers) {
  const ConstMatrixView view = fill.matrix();
  if (quota < 0 || quota >= view.cols)
    return Fail(ErrorCode::kInvalidArgument,
                "{} of each layer's {} neurons are to go, expected 0 to {}", quota, view.cols,
                view.cols - 1);
  FP_ASSIGN_OR_RETURN(const Room room, RoomBeside(chosen, view, quota, excluded_layers));
  const auto begin = std::ssize(chosen);
  for (int32_t layer = 0; layer < view.rows; ++layer) {
    std::vector<int32_t> others;
    for (int32_t neuron = 0; neuron < view.cols; ++neuron) {
      if (!std::isfinite(view.row(layer)[neuron]))
        return Fail(ErrorCode::kInvalidArgument,
                    "score of layer {}, neuron {} is {}, expected a finite number", layer, neuron,
                    view.row(layer)[neuron]);
      if (!room.taken[static_cast<size_t>(layer * view.cols + neuron)]) others.push_back(neuron);
    }
    const float* row = view.row(layer);
    std::ranges::stable_sort(others, std::ranges::greater{}, [row](int32_t i) { return row[i]; });
    for (int64_t i = 0; i < room.left[static_cast<size_t>(layer)]; ++i) {
      const int32_t neuron = others[static_cast<size_t>(i)];
      chosen.push_back({layer, neuron, row[neuron]});
    }
  }
  std::stable_sort(chosen.begin() + begin, chosen.end(),
                   [](const PlannedNeuron& a, const PlannedNeuron& b) {
                     if (a.score != b.score) return a.score > b.score;
                     return a.layer != b.layer ? a.layer < b.layer : a.neuron < b.neuron;
                   });
  return chosen;
}

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
