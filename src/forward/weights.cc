#include "forward/weights.h"

#include <algorithm>
#include <initializer_list>

#include "base/check.h"
#include "tensor/dtype.h"

namespace fairprune {
namespace {

constexpr int64_t kHeadBlockBytes = int64_t{256} << 20;

void ReleasePages(const Model& model, const WeightRef& ref) {
  if (model.tensors != nullptr) model.tensors->ReleasePages(*ref.entry);
}

// The shape that the engine computes with: where layers have different widths, all have the widest
// one's, and neurons that a layer does not have are zeros.
Shape WidenedShape(const ModelConfig& config, const WeightRef& ref) {
  Shape shape = ref.shape;
  if (config.layer_widths.empty()) return shape;
  const bool rows = ref.role == Role::kGate || ref.role == Role::kUp ||
                    ref.role == Role::kGateBias || ref.role == Role::kUpBias;
  if (rows) shape[0] = config.intermediate_size;
  if (ref.role == Role::kDown) shape[1] = config.intermediate_size;
  return shape;
}

// LoadWeight, widened, for a weight that is read once.
Result<Tensor> LoadOnce(const Model& model, const WeightRef& ref) {
  FP_ASSIGN_OR_RETURN(Tensor weight, LoadWeight(model, ref));
  ReleasePages(model, ref);
  const Shape wide_shape = WidenedShape(model.config, ref);
  if (wide_shape == weight.shape()) return weight;
  Tensor wide = Tensor::Zeros(wide_shape);
  const int64_t rows = weight.shape().size() < 2 ? 1 : weight.shape()[0];
  const int64_t cols = weight.size() / rows,
                wide_cols = weight.shape().size() < 2 ? 0 : wide_shape[1];
  for (int64_t row = 0; row < rows; ++row)
    std::copy_n(weight.data() + row * cols, cols, wide.data() + row * wide_cols);
  return wide;
}

// The weights of `roles` below each other, [sum of rows, cols] (vectors: end to end); an absent
// optional first role gives an empty tensor.
Result<Tensor> LoadStacked(const Model& model, std::initializer_list<Role> roles, int32_t layer) {
  std::vector<const WeightRef*> refs;
  int64_t rows = 0;
  for (const Role role : roles) {
    const WeightRef* ref = model.Find(role, layer);
    if (ref == nullptr) return Tensor();
    rows += WidenedShape(model.config, *ref).front();
    refs.push_back(ref);
  }
  if (refs.size() == 1) return LoadOnce(model, *refs.front());
  Shape shape = WidenedShape(model.config, *refs.front());
  shape.front() = rows;
  Tensor stacked(shape);
  float* to = stacked.data();
  for (const WeightRef* ref : refs) {
    FP_ASSIGN_OR_RETURN(const Tensor part, LoadOnce(model, *ref));
    to = std::copy(part.span().begin(), part.span().end(), to);
  }
  return stacked;
}

// Rows [first, first + count) of a matrix.
Result<Tensor> LoadRows(const Model& model, const WeightRef& ref, int64_t first, int64_t count) {
  FP_CHECK(!ref.rotary_permuted, "rows of a permuted weight belong together");
  WeightRef part = ref;
  part.first_row += first;
  part.shape.front() = count;
  return LoadWeight(model, part);
}

Result<compute::PackedMatrix> LoadPacked(const Model& model, compute::MatmulContext& context,
                                         std::initializer_list<Role> roles, int32_t layer,
                                         MatrixForm form) {
  FP_ASSIGN_OR_RETURN(Tensor weight, LoadStacked(model, roles, layer));
  FP_CHECK(weight.size() > 0, "DescribeModel promises every layer's matrices");
  if (form == MatrixForm::kRows) return context.KeepPlain(std::move(weight));
  return context.Pack(std::as_const(weight).matrix());
}

bool IsTied(const Model& model) { return model.Find(Role::kLmHead) == nullptr; }

}  // namespace

void HeadWeights::CopyRow(int32_t token, std::span<float> out) const {
  const auto block = static_cast<size_t>(token / block_rows);
  const size_t first = static_cast<size_t>(token % block_rows) * out.size();
  if (rows.empty()) {
    const auto row = compute::MatmulContext::Bf16Rows(blocks[block]).subspan(first, out.size());
    std::transform(row.begin(), row.end(), out.begin(), Bf16ToF32);
  } else {
    const auto row = rows[block].span().subspan(first, out.size());
    std::copy(row.begin(), row.end(), out.begin());
  }
}

void ModelWeights::Embed(int32_t token, std::span<float> out) const {
  if (embedding.size() == 0) return head.CopyRow(token, out);
  const auto row = embedding.span().subspan(static_cast<size_t>(token) * out.size(), out.size());
  std::copy(row.begin(), row.end(), out.begin());
}

int64_t HeadBlockRows(const ModelConfig& config) {
  constexpr int64_t kMultiple = 64;
  const int64_t row_bytes = config.hidden_size * static_cast<int64_t>(sizeof(float));
  return std::max<int64_t>(1, kHeadBlockBytes / (kMultiple * row_bytes)) * kMultiple;
}

Result<LayerWeights> LoadLayer(const Model& model, compute::MatmulContext& context, int32_t layer,
                               MatrixForm form) {
  LayerWeights w;
  FP_ASSIGN_OR_RETURN(w.attention_norm, LoadStacked(model, {Role::kAttentionNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.attention_post_norm, LoadStacked(model, {Role::kAttentionPostNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.query_norm, LoadStacked(model, {Role::kQueryNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.key_norm, LoadStacked(model, {Role::kKeyNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.mlp_norm, LoadStacked(model, {Role::kMlpNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.mlp_post_norm, LoadStacked(model, {Role::kMlpPostNorm}, layer));
  FP_ASSIGN_OR_RETURN(
      w.qkv, LoadPacked(model, context, {Role::kQuery, Role::kKey, Role::kValue}, layer, form));
  FP_ASSIGN_OR_RETURN(w.attention_out,
                      LoadPacked(model, context, {Role::kAttentionOut}, layer, form));
  FP_ASSIGN_OR_RETURN(w.gate_up, LoadPacked(model, context, {Role::kGate, Role::kUp}, layer, form));
  FP_ASSIGN_OR_RETURN(w.down, LoadPacked(model, context, {Role::kDown}, layer, form));
  FP_ASSIGN_OR_RETURN(
      w.qkv_bias, LoadStacked(model, {Role::kQueryBias, Role::kKeyBias, Role::kValueBias}, layer));
  FP_ASSIGN_OR_RETURN(w.attention_out_bias, LoadStacked(model, {Role::kAttentionOutBias}, layer));
  FP_ASSIGN_OR_RETURN(w.gate_up_bias, LoadStacked(model, {Role::kGateBias, Role::kUpBias}, layer));
  FP_ASSIGN_OR_RETURN(w.down_bias, LoadStacked(model, {Role::kDownBias}, layer));
  return w;
}

Result<HeadWeights> LoadHead(const Model& model, compute::MatmulContext& context,
                             int64_t block_rows, MatrixForm form) {
  const bool tied = IsTied(model);
  const WeightRef* ref = model.Find(tied ? Role::kTokenEmbedding : Role::kLmHead);
  FP_CHECK(ref != nullptr, "DescribeModel promises an embedding");
  HeadWeights head{.block_rows = block_rows};
  for (int64_t first = 0; first < ref->shape.front(); first += block_rows) {
    const int64_t count = std::min(block_rows, ref->shape.front() - first);
    FP_ASSIGN_OR_RETURN(Tensor rows, LoadRows(model, *ref, first, count));
    ReleasePages(model, *ref);
    if (!tied && form == MatrixForm::kRows) {
      FP_ASSIGN_OR_RETURN(compute::PackedMatrix kept, context.KeepPlain(std::move(rows)));
      head.blocks.push_back(std::move(kept));
      continue;
    }
    FP_ASSIGN_OR_RETURN(
        compute::PackedMatrix block,
        tied ? context.PackPlain(std::as_const(rows).matrix()) : context.Pack(rows.matrix()));
    head.blocks.push_back(std::move(block));
    if (tied && context.type() == compute::WeightType::kF32) head.rows.push_back(std::move(rows));
  }
  return head;
}

Result<Tensor> LoadFinalNorm(const Model& model) {
  return LoadStacked(model, {Role::kFinalNorm}, -1);
}

Result<ModelWeights> LoadModelWeights(const Model& model, compute::MatmulContext& context,
                                      MatrixForm form) {
  ModelWeights weights;
  FP_ASSIGN_OR_RETURN(weights.head, LoadHead(model, context, HeadBlockRows(model.config), form));
  if (!IsTied(model)) {
    FP_ASSIGN_OR_RETURN(weights.embedding, LoadStacked(model, {Role::kTokenEmbedding}, -1));
  }
  for (int32_t layer = 0; layer < model.config.num_layers; ++layer) {
    FP_ASSIGN_OR_RETURN(LayerWeights layer_weights, LoadLayer(model, context, layer, form));
    weights.layers.push_back(std::move(layer_weights));
  }
  return weights;
}

Status ReadEmbeddings(const Model& model, compute::WeightType type, std::span<const int32_t> tokens,
                      MatrixView out) {
  const WeightRef* ref = model.Find(Role::kTokenEmbedding);
  FP_CHECK(ref != nullptr, "DescribeModel promises an embedding");
  const bool rounded = IsTied(model) && type == compute::WeightType::kBf16;
  for (size_t i = 0; i < tokens.size(); ++i) {
    FP_ASSIGN_OR_RETURN(const Tensor row, LoadRows(model, *ref, tokens[i], 1));
    std::ranges::transform(row.span(), out.row(static_cast<int64_t>(i)),
                           [&](float x) { return rounded ? Bf16ToF32(F32ToBf16(x)) : x; });
  }
  ReleasePages(model, *ref);
  return {};
}

void PrefetchLayer(const Model& model, int32_t layer) {
  if (model.tensors == nullptr) return;
  for (const WeightRef& ref : model.weights) {
    if (ref.layer == layer) model.tensors->PrefetchPages(*ref.entry);
  }
}

}  // namespace fairprune
