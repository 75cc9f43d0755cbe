#include "surgery/diff.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_set>

#include "surgery/output_tensors.h"

namespace fairprune {
namespace {

// One thing to compare: a role's weight, or a tensor that no role names.
struct Item {
  std::string name;
  const WeightRef* ref = nullptr;      // of a role
  const TensorEntry* entry = nullptr;  // always
};

int64_t RowSize(const Shape& shape) {
  return shape.size() < 2 || shape[0] == 0 ? 1 : NumElements(shape) / shape[0];
}

Shape ShapeOf(const Item& item) {
  return item.ref == nullptr ? item.entry->shape : item.ref->shape;
}

TensorFacts FactsOf(const Item& item) {
  return {.dtype = std::string(NameOf(item.entry->dtype)), .shape = ShapeOf(item)};
}

std::vector<Item> ItemsOf(const DiffSide& side, bool with_unnamed) {
  const auto parts_of = PartsOfTensors(side.model);
  std::vector<Item> items;
  for (const TensorEntry& entry : side.checkpoint.tensors().entries()) {
    const auto found = parts_of.find(&entry);
    if (found == parts_of.end()) {
      if (with_unnamed) items.push_back({.name = entry.name, .entry = &entry});
      continue;
    }
    for (const WeightRef* ref : found->second) {
      std::string name = side.checkpoint.format() == CheckpointFormat::kHuggingFace
                             ? entry.name
                             : HuggingFaceName(side.model.config, ref->role, ref->layer);
      if (found->second.size() > 1) name += fmt::format(" ({})", NameOf(ref->role));
      items.push_back({.name = std::move(name), .ref = ref, .entry = &entry});
    }
  }
  return items;
}

const Item* Find(const std::vector<Item>& items, const Item& wanted) {
  const auto found = std::ranges::find_if(items, [&](const Item& item) {
    if ((item.ref == nullptr) != (wanted.ref == nullptr)) return false;
    if (item.ref == nullptr) return item.name == wanted.name;
    return item.ref->role == wanted.ref->role && item.ref->layer == wanted.ref->layer;
  });
  return found == items.end() ? nullptr : &*found;
}

// The stored bytes of an item, where each of its rows is whole blocks.
std::span<const std::byte> BytesOf(const Item& item) {
  const BlockLayout layout = LayoutOf(item.entry->dtype);
  const auto bytes = [&](int64_t elements) {
    return static_cast<size_t>(elements / layout.elements * layout.bytes);
  };
  const Shape shape = ShapeOf(item);
  const int64_t first = item.ref == nullptr ? 0 : item.ref->first_row * RowSize(shape);
  return item.entry->bytes.subspan(bytes(first), bytes(NumElements(shape)));
}

// Equal without a look at values: the same bits, meaning the same.
bool HaveSameBytes(const Item& a, const Item& b) {
  const bool same_meaning = a.ref == nullptr || (a.ref->rotary_permuted == b.ref->rotary_permuted &&
                                                 std::bit_cast<uint32_t>(a.ref->offset) ==
                                                     std::bit_cast<uint32_t>(b.ref->offset));
  return same_meaning && a.entry->dtype == b.entry->dtype && ShapeOf(a) == ShapeOf(b) &&
         std::ranges::equal(BytesOf(a), BytesOf(b));
}

Result<Tensor> Load(const DiffSide& side, const Item& item) {
  if (item.ref != nullptr) return LoadWeight(side.model, *item.ref);
  return ReadAsF32(*item.entry);
}

bool IsNeuronRow(const Item& item) {
  if (item.ref == nullptr) return false;
  const Role role = item.ref->role;
  return role == Role::kGate || role == Role::kUp || role == Role::kGateBias ||
         role == Role::kUpBias;
}
bool IsNeuronColumn(const Item& item) {
  return item.ref != nullptr && item.ref->role == Role::kDown;
}

double DifferenceOf(float a, float b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double difference = std::fabs(static_cast<double>(a) - b);
  return std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity();
}

std::vector<int32_t> Indices(const std::vector<bool>& flags) {
  std::vector<int32_t> indices;
  for (size_t i = 0; i < flags.size(); ++i)
    if (flags[i]) indices.push_back(static_cast<int32_t>(i));
  return indices;
}

void CompareValues(const Item& item, const Tensor& a, const Tensor& b, TensorDifference& result) {
  const auto cols = static_cast<size_t>(RowSize(a.shape()));
  const size_t rows = a.span().size() / std::max<size_t>(1, cols);
  std::vector<bool> row_changed(rows), col_changed(cols);
  for (size_t row = 0; row < rows; ++row)
    for (size_t col = 0; col < cols; ++col) {
      const double difference =
          DifferenceOf(a.span()[row * cols + col], b.span()[row * cols + col]);
      if (difference == 0) continue;
      ++result.elements_changed;
      result.max_difference = std::max(result.max_difference, difference);
      row_changed[row] = col_changed[col] = true;
    }
  if (a.shape().size() == 2) {
    result.rows_changed = std::ranges::count(row_changed, true);
    result.cols_changed = std::ranges::count(col_changed, true);
  }
  if (IsNeuronRow(item)) result.neurons = Indices(row_changed);
  if (IsNeuronColumn(item)) result.neurons = Indices(col_changed);
}

// The values of one neuron's row or column, as a string of bytes.
std::string NeuronBytes(const Tensor& tensor, int64_t neuron, bool by_column) {
  const auto cols = static_cast<size_t>(RowSize(tensor.shape()));
  const auto index = static_cast<size_t>(neuron);
  std::string bytes;
  if (!by_column) {
    bytes.assign(reinterpret_cast<const char*>(tensor.data() + index * cols), cols * sizeof(float));
    return bytes;
  }
  for (size_t at = index; at < tensor.span().size(); at += cols)
    bytes.append(reinterpret_cast<const char*>(tensor.data() + at), sizeof(float));
  return bytes;
}

// Neurons of `a` that `b`, of another width, has nowhere. Empty where another extent differs.
std::vector<int32_t> LostNeurons(const Tensor& a, const Tensor& b, bool by_column) {
  const size_t axis = by_column ? 1 : 0;
  Shape expected = a.shape();
  expected[axis] = b.shape()[axis];
  if (expected != b.shape()) return {};
  std::unordered_set<std::string> kept;
  for (int64_t neuron = 0; neuron < b.shape()[axis]; ++neuron)
    kept.insert(NeuronBytes(b, neuron, by_column));
  std::vector<int32_t> lost;
  for (int64_t neuron = 0; neuron < a.shape()[axis]; ++neuron)
    if (!kept.contains(NeuronBytes(a, neuron, by_column)))
      lost.push_back(static_cast<int32_t>(neuron));
  return lost;
}

Result<TensorDifference> Compare(const DiffSide& a, const Item& item_a, const DiffSide& b,
                                 const Item& item_b) {
  TensorDifference result = {.name = item_a.name, .a = FactsOf(item_a), .b = FactsOf(item_b)};
  const bool same_shape = result.a.shape == result.b.shape;
  const bool neurons_differ = !same_shape && (IsNeuronRow(item_a) || IsNeuronColumn(item_a)) &&
                              result.a.shape.size() == result.b.shape.size();
  if (!same_shape && !neurons_differ) return result;
  FP_ASSIGN_OR_RETURN(const Tensor values_a, Load(a, item_a));
  FP_ASSIGN_OR_RETURN(const Tensor values_b, Load(b, item_b));
  if (same_shape) {
    CompareValues(item_a, values_a, values_b, result);
  } else {
    result.neurons = LostNeurons(values_a, values_b, IsNeuronColumn(item_a));
  }
  return result;
}

}  // namespace

Result<CheckpointDiff> DiffCheckpoints(const DiffSide& a, const DiffSide& b) {
  const bool same_format = a.checkpoint.format() == b.checkpoint.format();
  const std::vector<Item> items_a = ItemsOf(a, same_format), items_b = ItemsOf(b, same_format);
  CheckpointDiff diff;
  std::vector<std::vector<bool>> changed(
      static_cast<size_t>(a.model.config.num_layers),
      std::vector<bool>(static_cast<size_t>(a.model.config.intermediate_size)));
  for (const Item& item : items_a) {
    ++diff.tensors_compared;
    const Item* other = Find(items_b, item);
    if (other == nullptr) {
      diff.differences.push_back({.name = item.name, .a = FactsOf(item)});
      continue;
    }
    if (HaveSameBytes(item, *other)) continue;
    FP_ASSIGN_OR_RETURN(TensorDifference difference, Compare(a, item, b, *other));
    for (const int32_t neuron : difference.neurons)
      changed[static_cast<size_t>(item.ref->layer)][static_cast<size_t>(neuron)] = true;
    const bool only_format = !same_format && difference.elements_changed == 0 &&
                             difference.a.shape == difference.b.shape &&
                             difference.a.dtype == difference.b.dtype;
    if (!only_format) diff.differences.push_back(std::move(difference));
  }
  for (const Item& item : items_b) {
    if (Find(items_a, item) != nullptr) continue;
    ++diff.tensors_compared;
    diff.differences.push_back({.name = item.name, .b = FactsOf(item)});
  }
  for (const std::vector<bool>& layer : changed) diff.neurons.push_back(Indices(layer));
  return diff;
}

}  // namespace fairprune
