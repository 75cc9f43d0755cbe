// The model, loaded: runs forests, feeds taps, gives logits where they are asked for.
//
//   FP_ASSIGN_OR_RETURN(Engine engine, Engine::Load(model));
//   FP_RETURN_IF_ERROR(engine.Run(forest, {.taps = &sink}));
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "forward/forest.h"
#include "forward/kv_cache.h"
#include "forward/neuron_mask.h"
#include "model/model.h"
#include "tensor/tensor.h"

namespace fairprune {

enum class ComputeType {
  kAuto,  // bf16 where the CPU multiplies bf16 natively (AVX512-BF16, AMX), else f32
  kF32,
  kBf16,  // bf16 weights and matmul inputs, f32 accumulation, norms, attention and residuals
};

struct EngineOptions {
  ComputeType compute = ComputeType::kF32;
  int threads = 0;  // 0: all cores of the process
  // Hold one layer's weights at a time and read them anew for every RunAll: for models that memory
  // does not hold. The model's checkpoint must then outlive the engine.
  bool stream = false;
  // RunGradient works. Weights then stay row-major; not with `stream`.
  bool gradient = false;
};

// Where an MLP's activations are read.
enum class TapSite {
  kGate,  // output of gate_proj, before the activation function
  kUp,    // output of up_proj
  kAct,   // input of down_proj: activation(gate) * up, after the neuron mask
};

// Receives activations during Engine::Run, layer by layer.
class TapSink {
 public:
  virtual ~TapSink() = default;
  // `values`: [N, F], row i is node i of the forest; valid during the call only.
  virtual void OnTap(int32_t layer, TapSite site, ConstMatrixView values) = 0;
  // The residual stream in front of each layer, and at last, with `layer` L, behind them all:
  // [N, D], valid during the call only.
  virtual void OnResidual(int32_t /*layer*/, ConstMatrixView /*hidden*/) {}
};

// Receives logits for a run of `nodes`: logits is [nodes.size(), V], valid during the call only.
using LogitSink = std::function<void(std::span<const int32_t> nodes, ConstMatrixView logits)>;

struct RunOptions {
  const NeuronMask* mask = nullptr;  // nullptr: none
  TapSink* taps = nullptr;           // nullptr: none
  // Nodes whose logits are wanted, ascending. Empty: the head is not computed at all.
  std::span<const int32_t> logit_nodes;
  LogitSink logits;
};

// One forest of a job.
struct ForestRun {
  const Forest* forest = nullptr;
  RunOptions options;
};

// What Engine::Extend is asked for.
struct ExtendOptions {
  const NeuronMask* mask = nullptr;  // nullptr: none; the same for all of a sequence
  // Logits are wanted of the given ids from this one on; kLastOnly: of the last one.
  static constexpr int64_t kLastOnly = -1;
  int64_t logits_from = kLastOnly;
  LogitSink logits;  // empty: none; its nodes are positions of the sequence
};

// Receives activations and what a change of them does to the objective, layer by layer, the last
// layer first.
class GradientSink {
 public:
  virtual ~GradientSink() = default;
  // Input of down_proj (after the neuron mask, or before it: GradientOptions::before_mask), and the
  // objective's gradient with respect to the masked input; both [N, F], row i is node i of the
  // forest; valid during the call only.
  virtual void OnGradient(int32_t layer, ConstMatrixView act, ConstMatrixView gradient) = 0;
};

// Gets logits [nodes.size(), V] of a run of `nodes` and leaves the objective's gradient with
// respect to them in their place.
using LogitObjective = std::function<void(std::span<const int32_t> nodes, MatrixView logits)>;

struct GradientOptions {
  const NeuronMask* mask = nullptr;  // nullptr: none
  // Nodes that the objective depends on; each once. A run of nodes that `objective` gets begins and
  // ends at a multiple of `group`, so that nodes whose logits it needs together come together.
  std::span<const int32_t> logit_nodes;
  int32_t group = 1;  // divides logit_nodes.size(), at most 64
  LogitObjective objective;
  GradientSink* sink = nullptr;
  // The sink gets activations that the mask has not touched: what a switched-off neuron would give.
  // Times the gradient, summed, that is the gradient with respect to the mask's own factors.
  bool before_mask = false;
};

struct Neuron {
  int32_t layer = 0, index = 0;
  auto operator<=>(const Neuron&) const = default;
};

// Neurons that are switched off together, in one layer or several.
using Ablation = std::vector<Neuron>;

// Gets logits [nodes.size(), V] of a run of `nodes` under one ablation, by its index; kNoAblation:
// under the mask alone. Valid during the call only.
inline constexpr int64_t kNoAblation = -1;
using AblationLogitSink =
    std::function<void(int64_t ablation, std::span<const int32_t> nodes, ConstMatrixView logits)>;

struct AblationOptions {
  const NeuronMask* mask = nullptr;  // nullptr: none; ablations come on top of it
  std::span<const Ablation> ablations;
  std::span<const int32_t> logit_nodes;  // nodes whose logits are wanted, ascending, each once
  // For each ablation and without any: all of logit_nodes, in order, in one call or several. The
  // ablations come by the lowest layer that they name, the first layer first.
  AblationLogitSink logits;
  // Nodes in memory at once: copies of the forest under different ablations go through the layers
  // together, up to so many. 0: as many as the engine takes well.
  int64_t batch_nodes = 0;
};

// How far a RunAll is, (done, total) in forests times layers, a forest's head counting as one more
// layer; done == total once, at the end. An error stops the RunAll, which returns it.
using RunProgress = std::function<Status(int64_t done, int64_t total)>;

// "auto", "f32" or "bf16". Errors: kInvalidArgument.
Result<ComputeType> ParseComputeType(std::string_view name);
std::string_view NameOf(ComputeType type);

class Engine {
 public:
  // Reads every weight once and packs it for the compute path; the model's checkpoint may be closed
  // after. With `stream`, reads next to nothing, and the checkpoint must stay open. Errors:
  // kUnsupported (bf16 asked for on a CPU without it), those of LoadWeight.
  static Result<Engine> Load(const Model& model, EngineOptions options = {});
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  const ModelConfig& config() const;
  // What kAuto became: kF32 or kBf16.
  ComputeType compute() const;
  int threads() const;
  // Nodes that one Run takes well: callers cut their work into forests of about this size.
  int32_t preferred_batch_nodes() const;
  // What BuildForest wants: sequences of more tokens than this are computed with other rotary
  // frequencies than shorter ones (0: no such limit).
  int64_t long_sequence_limit() const;
  bool streams() const;

  // Computes the forest layer by layer; one Run at a time (others wait). Errors: kInvalidArgument
  // (token ids out of range, mask of another shape, positions beyond max_position_embeddings, a
  // forest built for another long-sequence limit), kInternal; of a streaming engine, which reads
  // all weights for it, also those of LoadWeight.
  Status Run(const Forest& forest, const RunOptions& options) const;

  // Runs every forest of a job, as Run does one after the other, with the same results. A streaming
  // engine takes all of them through a layer before it reads the next one, so that one RunAll costs
  // one reading of the weights: taps then come layer by layer, in each layer in the order of
  // `runs`; logits come after them, in the order of `runs` as well. `progress` may be empty.
  // Errors: those of Run and of `progress`.
  Status RunAll(std::span<const ForestRun> runs, const RunProgress& progress = {}) const;

  // Computes the ids that follow those of `cache`, a cache of this engine's config, and leaves
  // their keys and values there: logits, up to rounding, of a Run of the whole sequence. A single
  // id costs a reading of the weights; many go through the layers in batches. Where the sequence
  // grows beyond long_sequence_limit() all of it is computed anew, with the other frequencies.
  // After an error the cache holds a beginning of the sequence. Errors: kInvalidArgument (token ids
  // out of range, mask of another shape, positions beyond max_position_embeddings), kUnsupported (a
  // streaming engine), kInternal.
  Status Extend(std::span<const int32_t> tokens, KvCache& cache,
                const ExtendOptions& options) const;

  // One pass forward and one back: the gradient of an objective of the logits with respect to the
  // input of every layer's down_proj. Keeps every layer's activations in between:
  // gradient_bytes_per_node() for each node. Source: reverse-mode differentiation; the sink's
  // values are those of torch.autograd at down_proj's input. Errors: those of Run; kInvalidArgument
  // (an engine without `gradient`, nodes named twice, a group that does not divide them).
  Status RunGradient(const Forest& forest, const GradientOptions& options) const;
  // Of several objectives: one pass forward, and one back for each. They have the same mask.
  Status RunGradients(const Forest& forest, std::span<const GradientOptions> objectives) const;
  int64_t gradient_bytes_per_node() const;

  // The logits of a forest under many ablations, as as many Runs with masks would give them, up to
  // rounding: an ablation only costs what lies behind it. The forest runs once; at each layer, the
  // ablations whose lowest layer it is branch off with the change of down_proj's output (of rank
  // one for each neuron) and go through the layers above, several copies of the forest at a time,
  // the last one and the head at `logit_nodes` only. Errors: those of Run; kInvalidArgument (a
  // neuron that is not there, an ablation of none, nodes not ascending); kUnsupported (a streaming
  // engine).
  Status RunAblations(const Forest& forest, const AblationOptions& options) const;

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fairprune
