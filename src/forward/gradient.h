// The way back: from the gradient of an objective of the logits to its gradient with respect to the
// input of every down_proj. Internal to this room.
#pragma once

#include <vector>

#include "forward/head.h"
#include "forward/layer.h"

namespace fairprune {

// What the way back needs besides the workspace; kept from run to run.
class GradientWorkspace {
 public:
  explicit GradientWorkspace(const ModelConfig& config);

  void Resize(int64_t nodes);

  // Gradients with respect to what the name says, of the first `nodes` rows given to Resize.
  MatrixView hidden() { return View(hidden_); }      // [N, D] residual stream
  MatrixView step() { return View(step_); }          // [N, D] a step's output
  MatrixView normed() { return View(normed_); }      // [N, D] a step's input after its norm
  MatrixView attended() { return View(attended_); }  // [N, H*E]
  MatrixView qkv() { return View(qkv_); }            // [N, (H+2K)*E]
  MatrixView act() { return View(act_); }            // [N, F]
  MatrixView gate_up() { return View(gate_up_); }    // [N, 2*F]

  std::vector<LayerRecord> records;  // [L]
  // Of one chunk of scored nodes: [rows, V]; [rows, rows of a block of the head]; [rows, D] thrice.
  Tensor capped_logits, logit_block, head_input, head_part, head_sum;
  compute::AttentionScratch attention_scratch;

  // Of all buffers but the chunk's.
  static int64_t BytesPerNode(const ModelConfig& config);

 private:
  MatrixView View(Tensor& tensor) const {
    const int64_t cols = tensor.shape().back();
    return {tensor.data(), nodes_, cols, cols};
  }

  const ModelConfig& config_;
  int64_t nodes_ = 0, capacity_ = 0;
  Tensor hidden_, step_, normed_, attended_, qkv_, act_, gate_up_;
};

// ws.hidden() becomes the gradient with respect to the last layer's output.
Status BackwardHead(const LayerContext& context, const Tensor& final_norm, const HeadWeights& head,
                    const Pass& pass, const GradientOptions& options, GradientWorkspace& ws);

// Takes ws.hidden() from a step's output to its input. The MLP's step hands the gradient with
// respect to down_proj's input to the options' sink; of layer 0, nothing before it is wanted.
Status BackwardMlp(const LayerContext& context, int32_t layer, const LayerWeights& w,
                   const Pass& pass, const GradientOptions& options, GradientWorkspace& ws);
Status BackwardAttention(const LayerContext& context, int32_t layer, const LayerWeights& w,
                         const Pass& pass, GradientWorkspace& ws);

}  // namespace fairprune
