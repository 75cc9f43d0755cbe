#include "forward/engine.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "compute/attention.h"
#include "compute/matmul.h"
#include "compute/parallel.h"
#include "compute/row_ops.h"
#include "forward/weights.h"
#include "forward/workspace.h"

namespace fairprune {
namespace {

// Nodes per Run: enough for the matrix products to reach their peak, few enough that a layer's
// activations stay in the caches.
constexpr int32_t kBatchNodes = 512;
// Scored nodes per product with the head: [128, V] f32 is 25 MB at V = 49,152.
constexpr int64_t kHeadRows = 128;

Result<ComputeType> ResolveCompute(ComputeType asked) {
  const bool fast_bf16 = compute::CpuHasFastBf16();
  if (asked == ComputeType::kAuto) return fast_bf16 ? ComputeType::kBf16 : ComputeType::kF32;
  if (asked == ComputeType::kBf16 && !fast_bf16) {
    return Fail(ErrorCode::kUnsupported,
                "bf16 computation was asked for, but this CPU ({}) has no bf16 instructions; use "
                "--compute f32 or auto",
                compute::CpuIsaName());
  }
  return asked;
}

MatrixView Columns(const MatrixView& m, int64_t first, int64_t count) {
  return {m.data + first, m.rows, count, m.stride};
}

}  // namespace

std::string_view NameOf(ComputeType type) {
  switch (type) {
    case ComputeType::kAuto:
      return "auto";
    case ComputeType::kF32:
      return "f32";
    case ComputeType::kBf16:
      return "bf16";
  }
  return "unknown";
}

Result<ComputeType> ParseComputeType(std::string_view name) {
  for (const auto type : {ComputeType::kAuto, ComputeType::kF32, ComputeType::kBf16}) {
    if (name == NameOf(type)) return type;
  }
  return Fail(ErrorCode::kInvalidArgument, "unknown compute type '{}': expected auto, f32 or bf16",
              name);
}

struct Engine::Impl {
  Impl(const ModelConfig& c, ComputeType type, int num_threads)
      : config(c),
        compute_type(type),
        threads(num_threads),
        context(type == ComputeType::kBf16 ? compute::WeightType::kBf16
                                           : compute::WeightType::kF32),
        workspace(c) {}

  Status Check(const Forest& forest, const RunOptions& options) const;
  Status RunLayers(const Forest& forest, const RunOptions& options);
  Status RunAttention(const LayerWeights& w, const compute::AttentionPlan& plan,
                      std::span<const int32_t> positions);
  Status RunMlp(int32_t layer, const LayerWeights& w, const RunOptions& options);
  Status RunHead(const RunOptions& options);

  ModelConfig config;
  ComputeType compute_type;
  int threads;
  ModelWeights weights;
  // What a Run changes: behind `mutex`.
  std::mutex mutex;
  compute::MatmulContext context;
  Workspace workspace;
};

Status Engine::Impl::Check(const Forest& forest, const RunOptions& options) const {
  for (const int32_t token : forest.token) {
    if (token < 0 || token >= config.vocab_size) {
      return Fail(ErrorCode::kInvalidArgument,
                  "token id {} is out of range: the model has {} tokens (0 to {})", token,
                  config.vocab_size, config.vocab_size - 1);
    }
  }
  for (const int32_t depth : forest.depth) {
    if (config.max_position_embeddings > 0 && depth >= config.max_position_embeddings) {
      return Fail(ErrorCode::kInvalidArgument,
                  "a sequence is longer than the model's {} positions (max_position_embeddings)",
                  config.max_position_embeddings);
    }
  }
  if (options.mask != nullptr && (options.mask->num_layers() != config.num_layers ||
                                  options.mask->num_neurons() != config.intermediate_size)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the neuron mask is [{}, {}], the model needs [{}, {}]", options.mask->num_layers(),
                options.mask->num_neurons(), config.num_layers, config.intermediate_size);
  }
  for (const int32_t node : options.logit_nodes) {
    if (node < 0 || node >= forest.size()) {
      return Fail(ErrorCode::kInvalidArgument, "logits asked for node {} of a forest of {} nodes",
                  node, forest.size());
    }
  }
  return {};
}

Status Engine::Impl::RunAttention(const LayerWeights& w, const compute::AttentionPlan& plan,
                                  std::span<const int32_t> positions) {
  Workspace& ws = workspace;
  compute::RmsNorm(ws.hidden(), w.attention_norm.span(), static_cast<float>(config.rms_norm_eps),
                   ws.normed());
  FP_RETURN_IF_ERROR(context.Multiply(ws.normed(), w.qkv, ws.qkv()));
  if (w.qkv_bias.size() > 0) compute::AddBias(w.qkv_bias.span(), ws.qkv());
  const int64_t e = config.head_dim;
  const int64_t q_cols = config.num_heads * e;
  const int64_t kv_cols = config.num_kv_heads * e;
  // Query and key heads lie side by side and turn alike.
  compute::ApplyRope(ws.rope(), positions, config.num_heads + config.num_kv_heads, e, ws.qkv());
  const compute::AttentionShape shape{config.num_heads, config.num_kv_heads, e,
                                      1.0F / std::sqrt(static_cast<float>(e))};
  FP_RETURN_IF_ERROR(compute::ForestAttention(
      shape, plan, Columns(ws.qkv(), 0, q_cols), Columns(ws.qkv(), q_cols, kv_cols),
      Columns(ws.qkv(), q_cols + kv_cols, kv_cols), ws.attended(), ws.attention_scratch));
  FP_RETURN_IF_ERROR(context.Multiply(ws.attended(), w.attention_out, ws.projected()));
  if (w.attention_out_bias.size() > 0) {
    compute::AddBias(w.attention_out_bias.span(), ws.projected());
  }
  compute::AddInPlace(ws.projected(), ws.hidden());
  return {};
}

Status Engine::Impl::RunMlp(int32_t layer, const LayerWeights& w, const RunOptions& options) {
  Workspace& ws = workspace;
  const int64_t f = config.intermediate_size;
  compute::RmsNorm(ws.hidden(), w.mlp_norm.span(), static_cast<float>(config.rms_norm_eps),
                   ws.normed());
  FP_RETURN_IF_ERROR(context.Multiply(ws.normed(), w.gate_up, ws.gate_up()));
  if (w.gate_up_bias.size() > 0) compute::AddBias(w.gate_up_bias.span(), ws.gate_up());
  const MatrixView gate = Columns(ws.gate_up(), 0, f);
  const MatrixView up = Columns(ws.gate_up(), f, f);
  const std::span<const float> keep =
      options.mask == nullptr ? std::span<const float>() : options.mask->keep(layer);
  compute::SiluGate(gate, up, keep, ws.act());
  if (options.taps != nullptr) {
    options.taps->OnTap(layer, TapSite::kGate, gate);
    options.taps->OnTap(layer, TapSite::kUp, up);
    options.taps->OnTap(layer, TapSite::kAct, ws.act());
  }
  FP_RETURN_IF_ERROR(context.Multiply(ws.act(), w.down, ws.projected()));
  if (w.down_bias.size() > 0) compute::AddBias(w.down_bias.span(), ws.projected());
  compute::AddInPlace(ws.projected(), ws.hidden());
  return {};
}

Status Engine::Impl::RunHead(const RunOptions& options) {
  Workspace& ws = workspace;
  const auto total = static_cast<int64_t>(options.logit_nodes.size());
  const int64_t d = config.hidden_size;
  const int64_t capacity = compute::BucketRows(std::min(total, kHeadRows));
  if (ws.head_input.shape().empty() || ws.head_input.shape().front() < capacity) {
    ws.head_input = Tensor::Zeros({capacity, d});
    ws.logits = Tensor({capacity, config.vocab_size});
  }
  for (int64_t begin = 0; begin < total; begin += kHeadRows) {
    const int64_t rows = std::min(kHeadRows, total - begin);
    const auto nodes =
        options.logit_nodes.subspan(static_cast<size_t>(begin), static_cast<size_t>(rows));
    MatrixView input{ws.head_input.data(), rows, d, d};
    for (int64_t i = 0; i < rows; ++i) {
      const auto from = ws.hidden().row_span(nodes[static_cast<size_t>(i)]);
      std::copy(from.begin(), from.end(), input.row(i));
    }
    compute::RmsNorm(input, weights.final_norm.span(), static_cast<float>(config.rms_norm_eps),
                     input);
    const MatrixView logits{ws.logits.data(), rows, config.vocab_size, config.vocab_size};
    FP_RETURN_IF_ERROR(context.Multiply(input, weights.head, logits));
    if (options.logits) options.logits(nodes, logits);
  }
  return {};
}

Status Engine::Impl::RunLayers(const Forest& forest, const RunOptions& options) {
  Workspace& ws = workspace;
  ws.Resize(forest.size());
  ws.ReservePositions(1 + *std::max_element(forest.depth.begin(), forest.depth.end()));
  const MatrixView hidden = ws.hidden();
  compute::ParallelFor(forest.size(), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      weights.Embed(forest.token[static_cast<size_t>(i)], hidden.row_span(i));
    }
  });
  const compute::AttentionPlan plan = compute::PlanAttention(forest.segments);
  for (int32_t layer = 0; layer < config.num_layers; ++layer) {
    const LayerWeights& w = weights.layers[static_cast<size_t>(layer)];
    FP_RETURN_IF_ERROR(RunAttention(w, plan, forest.depth));
    FP_RETURN_IF_ERROR(RunMlp(layer, w, options));
  }
  return RunHead(options);
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

namespace {
// What a model may have, and Run does not compute yet.
bool IsBeyondRun(const ModelConfig& config) {
  const bool plain_layers = std::ranges::all_of(
      config.attention, [](const LayerAttention& layer) { return layer == LayerAttention{}; });
  const double plain_scale = 1 / std::sqrt(static_cast<double>(config.head_dim));
  return config.architecture != "llama" || !plain_layers || config.ropes.size() != 1 ||
         config.ropes[0].type == RopeType::kLongRope || config.rotary_dim != config.head_dim ||
         config.attention_scale != plain_scale || config.attention_softcap != 0 ||
         config.qk_norm != QkNorm::kNone || config.embedding_multiplier != 1 ||
         config.residual_multiplier != 1 || config.logit_divisor != 1 || config.logit_softcap != 0;
}
}  // namespace

Result<Engine> Engine::Load(const Model& model, EngineOptions options) {
  if (IsBeyondRun(model.config)) {
    return Fail(ErrorCode::kUnsupported, "{} models can be described, not yet computed",
                model.config.architecture);
  }
  if (model.config.activation != Activation::kSilu) {
    return Fail(ErrorCode::kUnsupported,
                "the model's MLPs use GELU; this version computes SiLU (SwiGLU) only");
  }
  FP_ASSIGN_OR_RETURN(const ComputeType compute_type, ResolveCompute(options.compute));
  const int threads = compute::SetNumThreads(options.threads);
  auto impl = std::make_unique<Impl>(model.config, compute_type, threads);
  FP_ASSIGN_OR_RETURN(impl->weights, LoadModelWeights(model, impl->context));
  return Engine(std::move(impl));
}

const ModelConfig& Engine::config() const { return impl_->config; }
ComputeType Engine::compute() const { return impl_->compute_type; }
int Engine::threads() const { return impl_->threads; }
int32_t Engine::preferred_batch_nodes() const { return kBatchNodes; }

int64_t Engine::long_sequence_limit() const { return LongSequenceLimit(impl_->config); }
bool Engine::streams() const { return false; }

Status Engine::RunAll(std::span<const ForestRun> runs, const RunProgress& progress) const {
  const int64_t steps_per_run = impl_->config.num_layers + 1;
  const int64_t total = std::ssize(runs) * steps_per_run;
  int64_t done = 0;
  for (const ForestRun& run : runs) {
    FP_RETURN_IF_ERROR(Run(*run.forest, run.options));
    done += steps_per_run;
    if (progress) FP_RETURN_IF_ERROR(progress(done, total));
  }
  return {};
}

Status Engine::Run(const Forest& forest, const RunOptions& options) const {
  FP_RETURN_IF_ERROR(impl_->Check(forest, options));
  if (forest.size() == 0) return {};
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->RunLayers(forest, options);
}

}  // namespace fairprune
