#include "attribution/importance.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <span>
#include <string>
#include <utility>

namespace fairprune {
namespace {

struct MethodName {
  ImportanceMethod method;
  std::string_view name;
};
// The first name of a method is the one it is printed with.
constexpr std::array<MethodName, 5> kMethodNames = {{{ImportanceMethod::kMaw, "MAW"},
                                                     {ImportanceMethod::kVow, "VOW"},
                                                     {ImportanceMethod::kPon, "PON"},
                                                     {ImportanceMethod::kL2, "L2"},
                                                     {ImportanceMethod::kMaw, "PPM"}}};

// max + |min|, in f32 as the reference does it (no sum is involved, so the bits agree).
float PeakToPeak(std::span<const float> row) {
  const auto [low, high] = std::minmax_element(row.begin(), row.end());
  return *high + std::fabs(*low);
}

// Sums run in f64 and are rounded once: the reference sums in f32 with an order of its own.
float UnbiasedVariance(std::span<const float> row) {
  const auto count = static_cast<double>(row.size());
  double sum = 0;
  for (const float value : row) sum += value;
  const double mean = sum / count;
  double squares = 0;
  for (const float value : row) squares += (value - mean) * (value - mean);
  return static_cast<float>(squares / (count - 1));
}

float L1Norm(std::span<const float> row) {
  double sum = 0;
  for (const float value : row) sum += std::fabs(value);
  return static_cast<float>(sum);
}

float L2Norm(std::span<const float> row) {
  double sum = 0;
  for (const float value : row) sum += static_cast<double>(value) * value;
  return static_cast<float>(std::sqrt(sum));
}

float RowImportance(std::span<const float> gate, std::span<const float> up,
                    ImportanceMethod method) {
  switch (method) {
    case ImportanceMethod::kMaw:
      return PeakToPeak(gate) + PeakToPeak(up);
    case ImportanceMethod::kVow:
      return UnbiasedVariance(gate) + UnbiasedVariance(up);
    case ImportanceMethod::kPon:
      return L1Norm(gate) * L1Norm(up);
    case ImportanceMethod::kL2:
      return L2Norm(gate) + L2Norm(up);
  }
  FP_CHECK(false, "a method outside the enumeration");
}

Status CheckFiniteRow(std::span<const float> row, int64_t row_idx, std::string_view which) {
  const auto bad = std::find_if(row.begin(), row.end(), [](float v) { return !std::isfinite(v); });
  if (bad == row.end()) return {};
  return Fail(ErrorCode::kBadFormat,
              "{}: weight at row {}, column {} is {}, expected a finite number", which, row_idx,
              bad - row.begin(), *bad);
}

Status CheckShapes(ConstMatrixView gate, ConstMatrixView up, ImportanceMethod method) {
  if (gate.rows != up.rows || gate.cols != up.cols) {
    return Fail(ErrorCode::kMismatch, "gate_proj is [{}, {}] and up_proj [{}, {}], expected equal",
                gate.rows, gate.cols, up.rows, up.cols);
  }
  const int64_t least_columns = method == ImportanceMethod::kVow ? 2 : 1;
  if (gate.cols < least_columns) {
    return Fail(ErrorCode::kInvalidArgument, "{} needs at least {} weight(s) in a row, found {}",
                NameOf(method), least_columns, gate.cols);
  }
  return {};
}

// Reads gate_proj or up_proj of one layer and checks its shape: [F, D].
Result<Tensor> LoadProjection(const Model& model, Role role, int32_t layer) {
  const WeightRef* ref = model.Find(role, layer);
  if (ref == nullptr) return Fail(ErrorCode::kNotFound, "the model has no {}", NameOf(role));
  FP_ASSIGN_OR_RETURN(Tensor weight, LoadWeight(model, *ref));
  const Shape expected = {model.config.intermediate_size, model.config.hidden_size};
  if (weight.shape() != expected) {
    return Fail(ErrorCode::kMismatch, "{} is {}, expected {}", NameOf(role),
                ToString(weight.shape()), ToString(expected));
  }
  return weight;
}

Result<std::vector<float>> LayerImportance(const Model& model, int32_t layer,
                                           ImportanceMethod method) {
  FP_ASSIGN_OR_RETURN(const Tensor gate, LoadProjection(model, Role::kGate, layer));
  FP_ASSIGN_OR_RETURN(const Tensor up, LoadProjection(model, Role::kUp, layer));
  return NeuronImportance(gate.matrix(), up.matrix(), method);
}

Status CheckScores(const Tensor& tensor, const Shape& expected, std::string_view which) {
  if (tensor.shape() != expected) {
    return Fail(ErrorCode::kMismatch, "{} is {}, expected {} as gate_difference", which,
                ToString(tensor.shape()), ToString(expected));
  }
  const auto values = tensor.span();
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (bad == values.end()) return {};
  const int64_t idx = bad - values.begin();
  return Fail(ErrorCode::kInvalidArgument,
              "{}: layer {}, neuron {} is {}, expected a finite number", which, idx / expected[1],
              idx % expected[1], *bad);
}

// Min-max of one layer to [0, 1], all f32. Values that torch.isclose calls equal (|max - min| <=
// 1e-8 + 1e-5 |min|) become zeros.
std::vector<float> Normalize(std::span<const float> values) {
  const auto [min_it, max_it] = std::minmax_element(values.begin(), values.end());
  const float low = *min_it, range = *max_it - low;
  std::vector<float> out(values.size(), 0.0F);
  if (range <= 1e-8F + std::fabs(1e-5F * low)) return out;
  const float divisor = range + 1e-8F;
  std::transform(values.begin(), values.end(), out.begin(),
                 [&](float value) { return (value - low) / divisor; });
  return out;
}

}  // namespace

std::string_view NameOf(ImportanceMethod method) {
  const auto* const found = std::find_if(kMethodNames.begin(), kMethodNames.end(),
                                         [&](const auto& entry) { return entry.method == method; });
  FP_CHECK(found != kMethodNames.end(), "a method outside the enumeration");
  return found->name;
}

Result<ImportanceMethod> ParseImportanceMethod(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const auto& entry : kMethodNames) {
    if (entry.name == upper) return entry.method;
  }
  return Fail(ErrorCode::kInvalidArgument,
              "unknown importance method '{}', expected MAW (or PPM), VOW, PON or L2", name);
}

Result<std::vector<float>> NeuronImportance(ConstMatrixView gate, ConstMatrixView up,
                                            ImportanceMethod method) {
  FP_RETURN_IF_ERROR(CheckShapes(gate, up, method));
  std::vector<float> importance(static_cast<size_t>(gate.rows));  // [F]
  for (int64_t i = 0; i < gate.rows; ++i) {
    FP_RETURN_IF_ERROR(CheckFiniteRow(gate.row_span(i), i, "gate_proj"));
    FP_RETURN_IF_ERROR(CheckFiniteRow(up.row_span(i), i, "up_proj"));
    importance[static_cast<size_t>(i)] = RowImportance(gate.row_span(i), up.row_span(i), method);
  }
  return importance;
}

Result<Tensor> ComputeImportance(const Model& model, ImportanceMethod method) {
  Tensor all({model.config.num_layers, model.config.intermediate_size});  // [L, F]
  for (int32_t layer = 0; layer < model.config.num_layers; ++layer) {
    const auto importance = LayerImportance(model, layer, method);
    if (!importance) return WithContext(importance.error(), fmt::format("layer {}", layer));
    std::copy(importance->begin(), importance->end(), all.matrix().row(layer));
  }
  return all;
}

Result<Tensor> FairnessScores(const Tensor& gate_difference, const Tensor& up_difference,
                              const Tensor& importance, double bias_weight) {
  if (!(bias_weight >= 0 && bias_weight <= 1)) {
    return Fail(ErrorCode::kInvalidArgument, "bias weight is {}, expected a number in [0, 1]",
                bias_weight);
  }
  const Shape& shape = gate_difference.shape();  // [L, F]
  if (shape.size() != 2 || gate_difference.size() == 0) {
    return Fail(ErrorCode::kMismatch, "gate_difference is {}, expected [layers, neurons]",
                ToString(shape));
  }
  FP_RETURN_IF_ERROR(CheckScores(gate_difference, shape, "gate_difference"));
  FP_RETURN_IF_ERROR(CheckScores(up_difference, shape, "up_difference"));
  FP_RETURN_IF_ERROR(CheckScores(importance, shape, "importance"));
  const auto on_bias = static_cast<float>(bias_weight);
  const auto on_importance = static_cast<float>(1 - bias_weight);
  const auto num_neurons = static_cast<size_t>(shape[1]);
  Tensor scores(shape);
  std::vector<float> bias(num_neurons);  // [F]
  for (int64_t layer = 0; layer < shape[0]; ++layer) {
    const float* gate = gate_difference.matrix().row(layer);
    const float* up = up_difference.matrix().row(layer);
    for (size_t i = 0; i < num_neurons; ++i) bias[i] = (gate[i] + up[i]) / 2;
    const std::vector<float> bias_norm = Normalize(bias);
    const std::vector<float> importance_norm = Normalize(importance.matrix().row_span(layer));
    float* out = scores.matrix().row(layer);
    for (size_t i = 0; i < num_neurons; ++i) {
      out[i] = on_bias * bias_norm[i] + on_importance * (1 - importance_norm[i]);
    }
  }
  return scores;
}

}  // namespace fairprune
