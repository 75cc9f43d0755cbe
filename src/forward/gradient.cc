#include "forward/gradient.h"

#include <algorithm>

#include "compute/gradients.h"
#include "compute/parallel.h"
#include "compute/row_ops.h"

namespace fairprune {
namespace {

float Epsilon(const ModelConfig& config) { return static_cast<float>(config.rms_norm_eps); }

// The record of a run may have more rows than this run has nodes.
ConstMatrixView Rows(const Tensor& kept, const Pass& pass) {
  const int64_t cols = kept.shape().back();
  return {kept.data(), pass.hidden.rows, cols, cols};
}

ConstMatrixView Columns(const ConstMatrixView& m, int64_t first, int64_t count) {
  return {m.data + first, m.rows, count, m.stride};
}

void CopyRows(ConstMatrixView from, MatrixView to) {
  compute::ParallelFor(from.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) std::copy_n(from.row(i), from.cols, to.row(i));
  });
}

// ws.step() becomes the gradient with respect to a step's output before its norm (`kept`), from
// that with respect to the residual stream.
void BackwardAddStep(const LayerContext& c, const Tensor& post_norm, const Tensor& kept,
                     const Pass& pass, GradientWorkspace& ws) {
  CopyRows(ws.hidden(), ws.step());
  if (c.config.residual_multiplier != 1) {
    compute::ScaleInPlace(static_cast<float>(c.config.residual_multiplier), ws.step());
  }
  if (post_norm.size() > 0) {
    compute::RmsNormGradient(Rows(kept, pass), post_norm.span(), Epsilon(c.config), ws.step(),
                             ws.step());
  }
}

// Adds ws.normed(), the gradient with respect to a step's normed input, to that with respect to the
// residual stream, through the norm.
void BackwardStepInput(const LayerContext& c, const Tensor& norm, const Tensor& input,
                       const Pass& pass, GradientWorkspace& ws) {
  if (norm.size() > 0) {
    compute::RmsNormGradient(Rows(input, pass), norm.span(), Epsilon(c.config), ws.normed(),
                             ws.normed());
  }
  compute::AddInPlace(ws.normed(), ws.hidden());
}

// ws.qkv() from after the norms and rotation of query and key to before them.
void BackwardQkv(const LayerContext& c, int32_t layer, const LayerWeights& w, const Pass& pass,
                 const LayerRecord& record, GradientWorkspace& ws) {
  const ModelConfig& config = c.config;
  const int32_t rope = config.attention[static_cast<size_t>(layer)].rope;
  if (rope != LayerAttention::kNoRope) {
    compute::ApplyRopeGradient(c.workspace.ropes.of(rope), pass.rope_rows,
                               config.num_heads + config.num_kv_heads, config.head_dim, ws.qkv());
  }
  const int64_t q_cols = config.num_heads * config.head_dim;
  const int64_t kv_cols = config.num_kv_heads * config.head_dim;
  const auto through_norm = [&](const Tensor& norm, int64_t first, int64_t count) {
    if (norm.size() == 0) return;
    const MatrixView d = Columns(ws.qkv(), first, count);
    compute::RmsNormGradient(Columns(Rows(record.qkv_before_norm, pass), first, count), norm.span(),
                             Epsilon(config), d, d);
  };
  through_norm(w.query_norm, 0, q_cols);
  through_norm(w.key_norm, q_cols, kv_cols);
}

void ReserveChunk(const ModelConfig& config, const HeadWeights& head, int64_t rows,
                  GradientWorkspace& ws) {
  const int64_t capacity = compute::BucketRows(rows);
  if (!ws.head_sum.shape().empty() && ws.head_sum.shape().front() >= capacity) return;
  const int64_t d = config.hidden_size;
  ws.head_input = Tensor({capacity, d});
  ws.head_part = Tensor({capacity, d});
  ws.head_sum = Tensor({capacity, d});
  ws.logit_block = Tensor::Zeros({capacity, head.block_rows});
  if (config.logit_softcap > 0) ws.capped_logits = Tensor({capacity, config.vocab_size});
}

// ws.head_sum = d_logits times the head's rows: [M, D].
Status BackwardHeadProduct(compute::MatmulContext& matmul, const HeadWeights& head,
                           ConstMatrixView d_logits, GradientWorkspace& ws) {
  const int64_t rows = d_logits.rows;
  const int64_t d = ws.head_sum.shape().back();
  const MatrixView sum{ws.head_sum.data(), rows, d, d};
  const MatrixView part{ws.head_part.data(), rows, d, d};
  for (size_t b = 0; b < head.blocks.size(); ++b) {
    const int64_t cols = head.blocks[b].outputs();
    const int64_t first = static_cast<int64_t>(b) * head.block_rows;
    const MatrixView block{ws.logit_block.data(), rows, cols, cols};
    CopyRows(Columns(d_logits, first, cols), block);
    FP_RETURN_IF_ERROR(matmul.MultiplyTransposed(block, head.blocks[b], b == 0 ? sum : part));
    if (b > 0) compute::AddInPlace(part, sum);
  }
  return {};
}

}  // namespace

GradientWorkspace::GradientWorkspace(const ModelConfig& config)
    : records(static_cast<size_t>(config.num_layers)), config_(config) {}

void GradientWorkspace::Resize(int64_t nodes) {
  nodes_ = nodes;
  const int64_t rows = compute::BucketRows(nodes);
  if (rows <= capacity_) return;
  capacity_ = rows;
  const int64_t q = config_.num_heads * config_.head_dim;
  const int64_t kv = config_.num_kv_heads * config_.head_dim;
  // Zeroed: the padding rows go through the matrix products too.
  hidden_ = Tensor::Zeros({rows, config_.hidden_size});
  step_ = Tensor::Zeros({rows, config_.hidden_size});
  normed_ = Tensor::Zeros({rows, config_.hidden_size});
  attended_ = Tensor::Zeros({rows, q});
  qkv_ = Tensor::Zeros({rows, q + 2 * kv});
  act_ = Tensor::Zeros({rows, config_.intermediate_size});
  gate_up_ = Tensor::Zeros({rows, 2 * config_.intermediate_size});
}

int64_t GradientWorkspace::BytesPerNode(const ModelConfig& config) {
  const int64_t d = config.hidden_size;
  const int64_t f = config.intermediate_size;
  const int64_t q = config.num_heads * config.head_dim;
  const int64_t qkv = q + 2 * config.num_kv_heads * config.head_dim;
  // At most: with query-key norms and post norms.
  const int64_t record = 4 * d + 2 * qkv + 2 * f;
  const int64_t ways = 2;  // the workspaces of the way forward and of the way back
  const int64_t buffers = ways * (3 * d + q + qkv + 3 * f);
  return (config.num_layers * record + buffers) * static_cast<int64_t>(sizeof(float));
}

Status BackwardHead(const LayerContext& context, const Tensor& final_norm, const HeadWeights& head,
                    const Pass& pass, const GradientOptions& options, GradientWorkspace& ws) {
  const ModelConfig& config = context.config;
  const MatrixView d_hidden = ws.hidden();
  compute::ParallelFor(d_hidden.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) std::fill_n(d_hidden.row(i), d_hidden.cols, 0.0F);
  });
  const std::span<const int32_t> wanted = options.logit_nodes;
  const auto chunk = static_cast<size_t>(kHeadRows / options.group * options.group);
  for (size_t begin = 0; begin < wanted.size(); begin += chunk) {
    const auto nodes = wanted.subspan(begin, std::min(chunk, wanted.size() - begin));
    const auto rows = static_cast<int64_t>(nodes.size());
    FP_ASSIGN_OR_RETURN(const MatrixView logits,
                        ComputeLogits(context, final_norm, head, pass, nodes));
    ReserveChunk(config, head, rows, ws);
    const auto cap = static_cast<float>(config.logit_softcap);
    const MatrixView capped{ws.capped_logits.data(), rows, logits.cols, logits.cols};
    if (cap > 0) CopyRows(logits, capped);
    options.objective(nodes, logits);
    if (cap > 0) {
      for (int64_t i = 0; i < rows; ++i)
        compute::SoftCapGradient(cap, ConstMatrixView(capped).row_span(i), logits.row_span(i));
    }
    if (config.logit_divisor != 1) {
      compute::DivideInPlace(static_cast<float>(config.logit_divisor), logits);
    }
    FP_RETURN_IF_ERROR(BackwardHeadProduct(context.matmul, head, logits, ws));
    const int64_t d = config.hidden_size;
    const MatrixView input{ws.head_input.data(), rows, d, d};
    const MatrixView gradient{ws.head_sum.data(), rows, d, d};
    for (int64_t i = 0; i < rows; ++i)
      std::copy_n(pass.hidden.row(nodes[static_cast<size_t>(i)]), d, input.row(i));
    compute::RmsNormGradient(input, final_norm.span(), Epsilon(config), gradient, gradient);
    for (int64_t i = 0; i < rows; ++i)
      std::copy_n(gradient.row(i), d, d_hidden.row(nodes[static_cast<size_t>(i)]));
  }
  return {};
}

Status BackwardMlp(const LayerContext& context, int32_t layer, const LayerWeights& w,
                   const Pass& pass, const GradientOptions& options, GradientWorkspace& ws) {
  const LayerRecord& record = ws.records[static_cast<size_t>(layer)];
  const int64_t f = context.config.intermediate_size;
  BackwardAddStep(context, w.mlp_post_norm, record.mlp_output, pass, ws);
  FP_RETURN_IF_ERROR(context.matmul.MultiplyTransposed(ws.step(), w.down, ws.act()));
  const ConstMatrixView gate_up = Rows(record.gate_up, pass);
  const ConstMatrixView gate = Columns(gate_up, 0, f);
  const ConstMatrixView up = Columns(gate_up, f, f);
  const NeuronMask* mask = pass.options->mask;
  const std::span<const float> keep =
      mask == nullptr ? std::span<const float>() : mask->keep(layer);
  const compute::GateFunction function = GateOf(context.config.activation);
  const MatrixView act = context.workspace.act();
  compute::GatedProduct(function, gate, up, options.before_mask ? std::span<const float>() : keep,
                        act);
  options.sink->OnGradient(layer, act, ws.act());
  if (layer == 0) return {};
  const MatrixView d_gate_up = ws.gate_up();
  compute::GatedProductGradient(function, gate, up, keep, ws.act(),
                                fairprune::Columns(d_gate_up, 0, f),
                                fairprune::Columns(d_gate_up, f, f));
  FP_RETURN_IF_ERROR(context.matmul.MultiplyTransposed(d_gate_up, w.gate_up, ws.normed()));
  BackwardStepInput(context, w.mlp_norm, record.mlp_input, pass, ws);
  return {};
}

Status BackwardAttention(const LayerContext& context, int32_t layer, const LayerWeights& w,
                         const Pass& pass, GradientWorkspace& ws) {
  const ModelConfig& config = context.config;
  const LayerRecord& record = ws.records[static_cast<size_t>(layer)];
  BackwardAddStep(context, w.attention_post_norm, record.attention_output, pass, ws);
  FP_RETURN_IF_ERROR(context.matmul.MultiplyTransposed(ws.step(), w.attention_out, ws.attended()));
  const int64_t q_cols = config.num_heads * config.head_dim;
  const int64_t kv_cols = config.num_kv_heads * config.head_dim;
  const ConstMatrixView qkv = Rows(record.qkv, pass);
  const MatrixView d_qkv = ws.qkv();
  const compute::AttentionGradient tensors{
      .q = Columns(qkv, 0, q_cols),
      .k = Columns(qkv, q_cols, kv_cols),
      .v = Columns(qkv, q_cols + kv_cols, kv_cols),
      .d_out = ws.attended(),
      .d_q = fairprune::Columns(d_qkv, 0, q_cols),
      .d_k = fairprune::Columns(d_qkv, q_cols, kv_cols),
      .d_v = fairprune::Columns(d_qkv, q_cols + kv_cols, kv_cols)};
  FP_RETURN_IF_ERROR(compute::ForestAttentionGradient(AttentionShapeOf(config, layer), pass.plan,
                                                      tensors, ws.attention_scratch));
  BackwardQkv(context, layer, w, pass, record, ws);
  FP_RETURN_IF_ERROR(context.matmul.MultiplyTransposed(ws.qkv(), w.qkv, ws.normed()));
  BackwardStepInput(context, w.attention_norm, record.attention_input, pass, ws);
  return {};
}

}  // namespace fairprune
