#include "forward/weights.h"

#include <algorithm>
#include <initializer_list>

#include "base/check.h"
#include "tensor/dtype.h"

namespace fairprune {
namespace {

// The weights of `roles` below each other, [sum of rows, cols] (vectors: end to end); an absent
// optional first role gives an empty tensor.
Result<Tensor> LoadStacked(const Model& model, std::initializer_list<Role> roles, int32_t layer) {
  std::vector<Tensor> parts;
  int64_t rows = 0;
  for (const Role role : roles) {
    const WeightRef* ref = model.Find(role, layer);
    if (ref == nullptr) return Tensor();
    FP_ASSIGN_OR_RETURN(Tensor part, LoadWeight(model, *ref));
    rows += part.shape().front();
    parts.push_back(std::move(part));
  }
  if (parts.size() == 1) return std::move(parts.front());
  Shape shape = parts.front().shape();
  shape.front() = rows;
  Tensor stacked(shape);
  float* to = stacked.data();
  for (const Tensor& part : parts) to = std::copy(part.span().begin(), part.span().end(), to);
  return stacked;
}

Result<compute::PackedMatrix> LoadPacked(const Model& model, compute::MatmulContext& context,
                                         std::initializer_list<Role> roles, int32_t layer) {
  FP_ASSIGN_OR_RETURN(const Tensor weight, LoadStacked(model, roles, layer));
  FP_CHECK(weight.size() > 0, "DescribeModel promises every layer's matrices");
  return context.Pack(weight.matrix());
}

Result<LayerWeights> LoadLayer(const Model& model, compute::MatmulContext& context, int32_t layer) {
  LayerWeights w;
  FP_ASSIGN_OR_RETURN(w.attention_norm, LoadStacked(model, {Role::kAttentionNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.attention_post_norm, LoadStacked(model, {Role::kAttentionPostNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.query_norm, LoadStacked(model, {Role::kQueryNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.key_norm, LoadStacked(model, {Role::kKeyNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.mlp_norm, LoadStacked(model, {Role::kMlpNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.mlp_post_norm, LoadStacked(model, {Role::kMlpPostNorm}, layer));
  FP_ASSIGN_OR_RETURN(w.qkv,
                      LoadPacked(model, context, {Role::kQuery, Role::kKey, Role::kValue}, layer));
  FP_ASSIGN_OR_RETURN(w.attention_out, LoadPacked(model, context, {Role::kAttentionOut}, layer));
  FP_ASSIGN_OR_RETURN(w.gate_up, LoadPacked(model, context, {Role::kGate, Role::kUp}, layer));
  FP_ASSIGN_OR_RETURN(w.down, LoadPacked(model, context, {Role::kDown}, layer));
  FP_ASSIGN_OR_RETURN(
      w.qkv_bias, LoadStacked(model, {Role::kQueryBias, Role::kKeyBias, Role::kValueBias}, layer));
  FP_ASSIGN_OR_RETURN(w.attention_out_bias, LoadStacked(model, {Role::kAttentionOutBias}, layer));
  FP_ASSIGN_OR_RETURN(w.gate_up_bias, LoadStacked(model, {Role::kGateBias, Role::kUpBias}, layer));
  FP_ASSIGN_OR_RETURN(w.down_bias, LoadStacked(model, {Role::kDownBias}, layer));
  return w;
}

}  // namespace

void ModelWeights::Embed(int32_t token, std::span<float> out) const {
  const size_t first = static_cast<size_t>(token) * out.size();
  if (bf16_embedding) {
    const auto row = compute::MatmulContext::Bf16Rows(head).subspan(first, out.size());
    std::transform(row.begin(), row.end(), out.begin(), Bf16ToF32);
  } else {
    const auto row = embedding.span().subspan(first, out.size());
    std::copy(row.begin(), row.end(), out.begin());
  }
}

Result<ModelWeights> LoadModelWeights(const Model& model, compute::MatmulContext& context) {
  ModelWeights weights;
  FP_ASSIGN_OR_RETURN(weights.embedding, LoadStacked(model, {Role::kTokenEmbedding}, -1));
  FP_ASSIGN_OR_RETURN(weights.final_norm, LoadStacked(model, {Role::kFinalNorm}, -1));
  if (model.Find(Role::kLmHead) != nullptr) {
    FP_ASSIGN_OR_RETURN(weights.head, LoadPacked(model, context, {Role::kLmHead}, -1));
  } else {
    FP_ASSIGN_OR_RETURN(weights.head, context.PackPlain(weights.embedding.matrix()));
    if (context.type() == compute::WeightType::kBf16) {
      weights.bf16_embedding = true;
      weights.embedding = Tensor();
    }
  }
  for (int32_t layer = 0; layer < model.config.num_layers; ++layer) {
    FP_ASSIGN_OR_RETURN(LayerWeights layer_weights, LoadLayer(model, context, layer));
    weights.layers.push_back(std::move(layer_weights));
  }
  return weights;
}

}  // namespace fairprune
