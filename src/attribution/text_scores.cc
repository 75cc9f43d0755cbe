#include "attribution/text_scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "compute/parallel.h"

namespace fairprune {
namespace {

// Sums over windows, in f64.
struct Sums {
  std::vector<std::vector<double>> norms;  // [L][F]
  std::vector<double> importance;          // [L]
};

// 1 - cosine of two rows, as torch.nn.functional.cosine_similarity has it: either norm is at least
// 1e-8.
double Turn(std::span<const float> before, std::span<const float> after) {
  constexpr double kLeastNorm = 1e-8;
  double product = 0, squares_before = 0, squares_after = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    product += static_cast<double>(before[i]) * after[i];
    squares_before += static_cast<double>(before[i]) * before[i];
    squares_after += static_cast<double>(after[i]) * after[i];
  }
  return 1 - product / (std::max(std::sqrt(squares_before), kLeastNorm) *
                        std::max(std::sqrt(squares_after), kLeastNorm));
}

// Reads the taps of one forest of windows.
class WindowSink final : public TapSink {
 public:
  WindowSink(const Forest& forest, Sums& sums) : forest_(forest), sums_(sums) {}

  void OnTap(int32_t layer, TapSite site, ConstMatrixView values) override {
    if (site != TapSite::kAct) return;
    std::vector<double>& norms = sums_.norms[static_cast<size_t>(layer)];
    compute::ParallelFor(values.cols, [&](int64_t begin, int64_t end) {
      std::vector<double> squares(static_cast<size_t>(end - begin));
      for (const std::vector<int32_t>& window : forest_.sequences) {
        std::ranges::fill(squares, 0.0);
        for (const int32_t node : window) {
          const float* row = values.row(node) + begin;
          for (size_t i = 0; i < squares.size(); ++i)
            squares[i] += static_cast<double>(row[i]) * row[i];
        }
        for (size_t i = 0; i < squares.size(); ++i)
          norms[static_cast<size_t>(begin) + i] += std::sqrt(squares[i]);
      }
    });
  }

  void OnResidual(int32_t layer, ConstMatrixView hidden) override {
    if (layer > 0) AddTurns(sums_.importance[static_cast<size_t>(layer - 1)], hidden);
    if (layer == std::ssize(sums_.importance)) {
      before_ = {};
      return;
    }
    if (before_.size() == 0) before_ = Tensor({hidden.rows, hidden.cols});
    for (int64_t row = 0; row < hidden.rows; ++row)
      std::ranges::copy(hidden.row_span(row), before_.matrix().row(row));
  }

 private:
  void AddTurns(double& importance, ConstMatrixView after) const {
    const ConstMatrixView before = before_.matrix();
    std::vector<double> turns(static_cast<size_t>(after.rows));
    compute::ParallelFor(after.rows, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row)
        turns[static_cast<size_t>(row)] = Turn(before.row_span(row), after.row_span(row));
    });
    for (const std::vector<int32_t>& window : forest_.sequences) {
      double sum = 0;
      for (const int32_t node : window) sum += turns[static_cast<size_t>(node)];
      importance += sum / static_cast<double>(window.size());
    }
  }

  const Forest& forest_;
  Sums& sums_;
  Tensor before_;  // [N, D] the residual stream in front of the layer that runs
};

// Consecutive windows, about `batch_nodes` tokens of them in each forest.
std::vector<Forest> MakeForests(const Engine& engine,
                                const std::vector<std::vector<int32_t>>& windows) {
  std::vector<Forest> forests;
  size_t begin = 0;
  while (begin < windows.size()) {
    size_t end = begin;
    int64_t nodes = 0;
    std::vector<std::span<const int32_t>> batch;
    while (end < windows.size() &&
           (batch.empty() || nodes + std::ssize(windows[end]) <= engine.preferred_batch_nodes())) {
      nodes += std::ssize(windows[end]);
      batch.emplace_back(windows[end++]);
    }
    forests.push_back(BuildForest(batch, engine.long_sequence_limit()));
    begin = end;
  }
  return forests;
}

// max + |min| over each row (of gate_proj, up_proj) or column (of down_proj), f32 as there.
std::vector<float> PeakToPeak(ConstMatrixView weight, bool by_column) {
  const int64_t neurons = by_column ? weight.cols : weight.rows;
  std::vector<float> high(static_cast<size_t>(neurons), -HUGE_VALF), low(high.size(), HUGE_VALF);
  for (int64_t row = 0; row < weight.rows; ++row)
    for (int64_t col = 0; col < weight.cols; ++col) {
      const auto neuron = static_cast<size_t>(by_column ? col : row);
      high[neuron] = std::max(high[neuron], weight.row(row)[col]);
      low[neuron] = std::min(low[neuron], weight.row(row)[col]);
    }
  for (size_t i = 0; i < high.size(); ++i) high[i] += std::fabs(low[i]);
  const float divisor = *std::ranges::max_element(high) + 1e-8F;
  for (float& value : high) value /= divisor;
  return high;
}

// Adds each neuron's share of one projection to `scores` [F].
Status AddProjection(const Model& model, Role role, int32_t layer, std::span<float> scores) {
  const WeightRef* ref = model.Find(role, layer);
  if (ref == nullptr)
    return Fail(ErrorCode::kNotFound, "layer {}: the model has no {}", layer, NameOf(role));
  FP_ASSIGN_OR_RETURN(const Tensor weight, LoadWeight(model, *ref));
  if (!std::ranges::all_of(weight.span(), [](float v) { return std::isfinite(v); }))
    return Fail(ErrorCode::kBadFormat, "tensor {}: a weight is not finite", ref->entry->name);
  const std::vector<float> share = PeakToPeak(weight.matrix(), role == Role::kDown);
  if (share.size() != scores.size())
    return Fail(ErrorCode::kMismatch, "tensor {}: {} neurons, expected {}", ref->entry->name,
                share.size(), scores.size());
  for (size_t i = 0; i < share.size(); ++i) scores[i] += share[i];
  return {};
}

}  // namespace

Result<TextScores> MeasureOnText(const Engine& engine,
                                 const std::vector<std::vector<int32_t>>& windows,
                                 const JobProgress& progress) {
  const bool usable =
      !windows.empty() && std::ranges::none_of(windows, [](const auto& w) { return w.empty(); });
  if (!usable)
    return Fail(ErrorCode::kInvalidArgument, "{} windows of text, expected some, none empty",
                windows.size());
  const ModelConfig& config = engine.config();
  const auto num_layers = static_cast<size_t>(config.num_layers);
  Sums sums;
  sums.norms.assign(num_layers, std::vector<double>(static_cast<size_t>(config.intermediate_size)));
  sums.importance.resize(num_layers);
  const std::vector<Forest> forests = MakeForests(engine, windows);
  std::vector<WindowSink> sinks;
  sinks.reserve(forests.size());
  std::vector<ForestRun> runs;
  for (const Forest& forest : forests) {
    sinks.emplace_back(forest, sums);
    runs.push_back({&forest, {.taps = &sinks.back()}});
  }
  FP_RETURN_IF_ERROR(engine.RunAll(runs, InItems(std::ssize(windows), progress)));
  TextScores scores;
  scores.activation_norms = Tensor({config.num_layers, config.intermediate_size});
  float* to = scores.activation_norms.data();
  for (const std::vector<double>& layer : sums.norms)
    to = std::ranges::transform(layer, to, [](double sum) { return static_cast<float>(sum); }).out;
  scores.layer_importance = std::move(sums.importance);
  for (double& value : scores.layer_importance) value /= static_cast<double>(windows.size());
  return scores;
}

Result<Tensor> HybridImportance(const Model& model, const Tensor& activation_norms) {
  const Shape expected = {model.config.num_layers, model.config.intermediate_size};
  if (activation_norms.shape() != expected)
    return Fail(ErrorCode::kMismatch, "activation norms are {}, expected {}",
                ToString(activation_norms.shape()), ToString(expected));
  Tensor importance = Tensor::Zeros(expected);
  for (int32_t layer = 0; layer < model.config.num_layers; ++layer) {
    const std::span<float> scores = importance.matrix().row_span(layer);
    for (const Role role : {Role::kGate, Role::kUp, Role::kDown})
      FP_RETURN_IF_ERROR(AddProjection(model, role, layer, scores));
    const std::span<const float> norms = activation_norms.matrix().row_span(layer);
    for (size_t i = 0; i < scores.size(); ++i) scores[i] *= norms[i];
  }
  return importance;
}

}  // namespace fairprune
