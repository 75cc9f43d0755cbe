// The model, loaded: runs forests, feeds taps, gives logits where they are asked for.
//
//   FP_ASSIGN_OR_RETURN(Engine engine, Engine::Load(checkpoint, model, {}));
//   FP_RETURN_IF_ERROR(engine.Run(forest, {.taps = &sink}));
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "forward/forest.h"
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
};

// Which neurons are switched off: multiplies the input of down_proj. [L, F], 1 keeps, 0 removes.
class NeuronMask {
 public:
  NeuronMask(int64_t num_layers, int64_t num_neurons);  // all kept
  void Remove(int64_t layer, int64_t neuron);
  void Restore(int64_t layer, int64_t neuron);
  bool removed(int64_t layer, int64_t neuron) const;
  int64_t num_removed() const;
  bool any(int64_t layer) const;                        // any neuron of the layer removed?
  std::span<const float> row(int64_t layer) const;      // [F]
  int64_t num_layers() const { return num_layers_; }
  int64_t num_neurons() const { return num_neurons_; }

 private:
  int64_t num_layers_, num_neurons_;
  std::vector<float> keep_;            // [L, F]
  std::vector<int64_t> removed_count_; // [L]
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

class Engine {
 public:
  // Reads every weight once and packs it for the compute path. The checkpoint may be closed after.
  static Result<Engine> Load(const Checkpoint& checkpoint, const Model& model,
                             EngineOptions options);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  const ModelConfig& config() const;
  // What kAuto became: kF32 or kBf16.
  ComputeType compute() const;
  int threads() const;
  // Nodes that one Run takes well: callers cut their work into forests of about this size.
  int32_t preferred_batch_nodes() const;

  // Errors: kInvalidArgument (token ids out of range, mask of another shape, positions beyond what
  // the model allows), kInternal.
  Status Run(const Forest& forest, const RunOptions& options) const;

 private:
  struct Impl;
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fairprune
