#include "forward/layer.h"

#include <algorithm>

#include "base/check.h"
#include "compute/parallel.h"
#include "compute/row_ops.h"

namespace fairprune {
namespace {

float Epsilon(const ModelConfig& config) { return static_cast<float>(config.rms_norm_eps); }

// What a step's first product takes: the normed residual stream, or the stream itself in a model
// without norms before (OLMo 2).
ConstMatrixView StepInput(const LayerContext& c, const Tensor& norm, const Pass& pass) {
  if (norm.size() == 0) return pass.hidden;
  compute::RmsNorm(pass.hidden, norm.span(), Epsilon(c.config), c.workspace.normed());
  return c.workspace.normed();
}

// Adds a step's output, which is in `projected`, to the residual stream. `record`: nullptr, or
// where the output is kept before its norm.
void AddStep(const LayerContext& c, const Tensor& bias, const Tensor& post_norm, const Pass& pass,
             Tensor* record) {
  const MatrixView projected = c.workspace.projected();
  if (bias.size() > 0) compute::AddBias(bias.span(), projected);
  if (post_norm.size() > 0) {
    if (record != nullptr) KeepRows(projected, *record);
    compute::RmsNorm(projected, post_norm.span(), Epsilon(c.config), projected);
  }
  if (c.config.residual_multiplier == 1) {
    compute::AddInPlace(projected, pass.hidden);
  } else {
    compute::AddScaled(static_cast<float>(c.config.residual_multiplier), projected, pass.hidden);
  }
}

// Zeroes the activations of what copies of the forest run without.
void SwitchOff(const Pass& pass, int32_t layer, MatrixView act) {
  const int64_t rows = act.rows / pass.copies;
  for (const SwitchedOff& off : pass.switched_off) {
    if (off.layer != layer) continue;
    for (int64_t i = off.copy * rows; i < (off.copy + 1) * rows; ++i) act.row(i)[off.neuron] = 0;
  }
}

// Query, key and value rows of every node, normed and rotated, in the workspace.
Status ProjectQkv(const LayerContext& c, int32_t rope, const LayerWeights& w, const Pass& pass,
                  LayerRecord* record) {
  const ModelConfig& config = c.config;
  const MatrixView qkv = c.workspace.qkv();
  const int64_t q_cols = config.num_heads * config.head_dim;
  const int64_t kv_cols = config.num_kv_heads * config.head_dim;
  FP_RETURN_IF_ERROR(c.matmul.Multiply(StepInput(c, w.attention_norm, pass), w.qkv, qkv));
  if (w.qkv_bias.size() > 0) compute::AddBias(w.qkv_bias.span(), qkv);
  if (record != nullptr && w.query_norm.size() > 0) KeepRows(qkv, record->qkv_before_norm);
  if (w.query_norm.size() > 0) {  // per head or over all: the weight's size says which
    const MatrixView q = Columns(qkv, 0, q_cols);
    compute::RmsNorm(q, w.query_norm.span(), Epsilon(config), q);
  }
  if (w.key_norm.size() > 0) {
    const MatrixView k = Columns(qkv, q_cols, kv_cols);
    compute::RmsNorm(k, w.key_norm.span(), Epsilon(config), k);
  }
  if (rope != LayerAttention::kNoRope) {
    // Behind norms of query and key, as transformers rounds: activations above 100 (OLMo 2 at
    // random) then agree within 1e-4, 13 of their last bits.
    const compute::RopeRounding rounding = config.qk_norm == QkNorm::kNone
                                               ? compute::RopeRounding::kFused
                                               : compute::RopeRounding::kEachProduct;
    // Query and key heads lie side by side and turn alike.
    compute::ApplyRope(c.workspace.ropes.of(rope), pass.rope_rows,
                       config.num_heads + config.num_kv_heads, config.head_dim, qkv, rounding);
  }
  return {};
}

// Writes the new nodes' keys and values behind those that the cache holds.
void Remember(const Pass& pass, int32_t layer, ConstMatrixView k, ConstMatrixView v) {
  const int64_t positions = pass.known + k.rows;
  const MatrixView keys = pass.cache->Keys(layer, positions);
  const MatrixView values = pass.cache->Values(layer, positions);
  for (int64_t i = 0; i < k.rows; ++i) {
    std::copy_n(k.row(i), k.cols, keys.row(pass.known + i));
    std::copy_n(v.row(i), v.cols, values.row(pass.known + i));
  }
}

}  // namespace

void ScaleEmbeddings(const ModelConfig& config, MatrixView hidden) {
  if (config.embedding_multiplier == 1) return;
  compute::ScaleInPlace(static_cast<float>(config.embedding_multiplier), hidden);
}

void EmbedTokens(const ModelConfig& config, const ModelWeights& weights,
                 std::span<const int32_t> tokens, MatrixView hidden) {
  compute::ParallelFor(hidden.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      weights.Embed(tokens[static_cast<size_t>(i)], hidden.row_span(i));
    }
  });
  ScaleEmbeddings(config, hidden);
}

void KeepRows(ConstMatrixView from, Tensor& to) {
  if (to.shape().empty() || to.shape().front() < from.rows) to = Tensor({from.rows, from.cols});
  float* out = to.data();
  compute::ParallelFor(from.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) std::copy_n(from.row(i), from.cols, out + i * from.cols);
  });
}

compute::GateFunction GateOf(Activation activation) {
  switch (activation) {
    case Activation::kSilu:
      return compute::GateFunction::kSilu;
    case Activation::kGeluTanh:
      return compute::GateFunction::kGeluTanh;
    case Activation::kGelu:
      return compute::GateFunction::kGelu;
  }
  FP_CHECK(false, "an activation without a gate function");
  return compute::GateFunction::kSilu;
}

compute::AttentionShape AttentionShapeOf(const ModelConfig& config, int32_t layer) {
  return {.heads = config.num_heads,
          .kv_heads = config.num_kv_heads,
          .head_dim = config.head_dim,
          .scale = static_cast<float>(config.attention_scale),
          .softcap = static_cast<float>(config.attention_softcap),
          .window = config.attention[static_cast<size_t>(layer)].window};
}

bool HasLongSequences(const Forest& forest) {
  return forest.long_sequence_limit > 0 && std::ranges::any_of(forest.depth, [&](int32_t depth) {
           return depth >= forest.long_sequence_limit;
         });
}

Pass MakePass(const LayerContext& context, const Forest& forest, const RunOptions& options,
              MatrixView hidden) {
  Pass pass;
  pass.forest = &forest;
  pass.options = &options;
  pass.hidden = hidden;
  pass.plan = compute::PlanAttention(forest.segments);
  pass.rope_rows = forest.depth;
  if (!HasLongSequences(forest)) return pass;
  // A tree holds long sequences or short ones, and its nodes are a range that starts at its root.
  for (size_t begin = 0, end = 0; begin < forest.depth.size(); begin = end) {
    int32_t last = 0;
    for (end = begin; end < forest.depth.size() && (end == begin || forest.depth[end] > 0); ++end) {
      last = std::max(last, forest.depth[end]);
    }
    if (last < forest.long_sequence_limit) continue;
    for (size_t i = begin; i < end; ++i) {
      pass.rope_rows[i] = context.workspace.ropes.Row(forest.depth[i], /*long_sequence=*/true);
    }
  }
  return pass;
}

Status RunAttention(const LayerContext& context, int32_t layer, const LayerWeights& w,
                    const Pass& pass, LayerRecord* record) {
  FP_RETURN_IF_ERROR(Attend(context, layer, w, pass, record));
  return AddAttention(context, w, pass, record);
}

Status Attend(const LayerContext& context, int32_t layer, const LayerWeights& w, const Pass& pass,
              LayerRecord* record) {
  const ModelConfig& config = context.config;
  Workspace& ws = context.workspace;
  const LayerAttention& attention = config.attention[static_cast<size_t>(layer)];
  if (record != nullptr) KeepRows(pass.hidden, record->attention_input);
  FP_RETURN_IF_ERROR(ProjectQkv(context, attention.rope, w, pass, record));
  if (record != nullptr) KeepRows(ws.qkv(), record->qkv);
  const int64_t q_cols = config.num_heads * config.head_dim;
  const int64_t kv_cols = config.num_kv_heads * config.head_dim;
  const compute::AttentionShape shape = AttentionShapeOf(config, layer);
  const MatrixView q = Columns(ws.qkv(), 0, q_cols);
  ConstMatrixView k = Columns(ws.qkv(), q_cols, kv_cols);
  ConstMatrixView v = Columns(ws.qkv(), q_cols + kv_cols, kv_cols);
  if (pass.cache != nullptr) {
    Remember(pass, layer, k, v);
    k = pass.cache->Keys(layer, pass.known + q.rows);
    v = pass.cache->Values(layer, pass.known + q.rows);
    if (q.rows == 1) {
      compute::AttendLast(shape, q.row_span(0), k, v, ws.attended().row_span(0),
                          ws.attention_scratch);
      return {};
    }
  }
  return compute::ForestAttention(shape, pass.plan, q, k, v, ws.attended(), ws.attention_scratch);
}

Status AddAttention(const LayerContext& context, const LayerWeights& w, const Pass& pass,
                    LayerRecord* record) {
  Workspace& ws = context.workspace;
  FP_RETURN_IF_ERROR(context.matmul.Multiply(ws.attended(), w.attention_out, ws.projected()));
  AddStep(context, w.attention_out_bias, w.attention_post_norm, pass,
          record == nullptr ? nullptr : &record->attention_output);
  return {};
}

void KeepNodes(const LayerContext& context, std::span<const int32_t> nodes, Pass& pass) {
  const auto count = static_cast<int64_t>(nodes.size());
  // In order: a row moves to its own place or to one before it.
  const auto keep = [&](MatrixView rows) {
    for (int64_t i = 0; i < count; ++i) {
      const int32_t node = nodes[static_cast<size_t>(i)];
      if (node != i) std::copy_n(rows.row(node), rows.cols, rows.row(i));
    }
  };
  keep(context.workspace.attended());
  keep(pass.hidden);
  context.workspace.Resize(count);
  pass.hidden.rows = count;
}

void AddMlpOutput(const LayerContext& context, const LayerWeights& w, const Pass& pass) {
  const Tensor no_bias;
  AddStep(context, no_bias, w.mlp_post_norm, pass, nullptr);
}

Status RunMlp(const LayerContext& context, int32_t layer, const LayerWeights& w, const Pass& pass,
              LayerRecord* record) {
  Workspace& ws = context.workspace;
  const int64_t f = context.config.intermediate_size;
  if (record != nullptr) KeepRows(pass.hidden, record->mlp_input);
  FP_RETURN_IF_ERROR(
      context.matmul.Multiply(StepInput(context, w.mlp_norm, pass), w.gate_up, ws.gate_up()));
  if (w.gate_up_bias.size() > 0) compute::AddBias(w.gate_up_bias.span(), ws.gate_up());
  if (record != nullptr) KeepRows(ws.gate_up(), record->gate_up);
  const MatrixView gate = Columns(ws.gate_up(), 0, f);
  const MatrixView up = Columns(ws.gate_up(), f, f);
  const NeuronMask* mask = pass.options->mask;
  const std::span<const float> keep =
      mask == nullptr ? std::span<const float>() : mask->keep(layer);
  compute::GatedProduct(GateOf(context.config.activation), gate, up, keep, ws.act());
  SwitchOff(pass, layer, ws.act());
  if (TapSink* taps = pass.options->taps; taps != nullptr) {
    taps->OnTap(layer, TapSite::kGate, gate);
    taps->OnTap(layer, TapSite::kUp, up);
    taps->OnTap(layer, TapSite::kAct, ws.act());
  }
  FP_RETURN_IF_ERROR(context.matmul.Multiply(ws.act(), w.down, ws.projected()));
  AddStep(context, w.down_bias, w.mlp_post_norm, pass,
          record == nullptr ? nullptr : &record->mlp_output);
  return {};
}

}  // namespace fairprune
