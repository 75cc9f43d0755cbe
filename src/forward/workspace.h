// The memory of one forward pass, allocated once per batch size and reused.
#pragma once

#include "compute/attention.h"
#include "forward/rope_tables.h"
#include "model/model_config.h"
#include "tensor/tensor.h"

namespace fairprune {

class Workspace {
 public:
  explicit Workspace(const ModelConfig& config);

  // Makes every buffer hold `nodes` rows (padded as the matrix products want).
  void Resize(int64_t nodes);

  // Views of the first `nodes` rows given to Resize.
  MatrixView normed() { return View(normed_, hidden_size_); }        // [N, D]
  MatrixView projected() { return View(projected_, hidden_size_); }  // [N, D]
  MatrixView qkv() { return View(qkv_, qkv_size_); }                 // [N, (H+2K)*E]
  MatrixView attended() { return View(attended_, attended_size_); }  // [N, H*E]
  MatrixView gate_up() { return View(gate_up_, 2 * neurons_); }      // [N, 2*F]
  MatrixView act() { return View(act_, neurons_); }                  // [N, F]

  RopeTables ropes;
  compute::AttentionScratch attention_scratch;
  // Of one chunk of scored nodes: [rows, D], [rows, V], [rows, rows of a block of the head].
  Tensor head_input, logits, logit_block;

 private:
  MatrixView View(Tensor& tensor, int64_t cols) const {
    return {tensor.data(), nodes_, cols, cols};
  }

  int64_t hidden_size_, qkv_size_, attended_size_, neurons_;
  int64_t nodes_ = 0, capacity_ = 0;
  Tensor normed_, projected_, qkv_, attended_, gate_up_, act_;
};

}  // namespace fairprune
