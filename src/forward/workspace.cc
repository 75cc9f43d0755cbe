#include "forward/workspace.h"

#include "compute/matmul.h"

namespace fairprune {

Workspace::Workspace(const ModelConfig& config)
    : ropes(config),
      hidden_size_(config.hidden_size),
      qkv_size_((config.num_heads + 2 * config.num_kv_heads) * config.head_dim),
      attended_size_(config.num_heads * config.head_dim),
      neurons_(config.intermediate_size) {}

void Workspace::Resize(int64_t nodes) {
  nodes_ = nodes;
  const int64_t rows = compute::BucketRows(nodes);
  if (rows <= capacity_) return;
  capacity_ = rows;
  // Zeroed: the padding rows go through the matrix products too.
  normed_ = Tensor::Zeros({rows, hidden_size_});
  projected_ = Tensor::Zeros({rows, hidden_size_});
  qkv_ = Tensor::Zeros({rows, qkv_size_});
  attended_ = Tensor::Zeros({rows, attended_size_});
  gate_up_ = Tensor::Zeros({rows, 2 * neurons_});
  act_ = Tensor::Zeros({rows, neurons_});
}

}  // namespace fairprune
