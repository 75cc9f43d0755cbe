#include "forward/workspace.h"

#include <algorithm>
#include <cmath>

#include "compute/matmul.h"

namespace fairprune {

Workspace::Workspace(const ModelConfig& config)
    : frequencies_(RotaryFrequencies(config.ropes[0], config.rotary_dim)),
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
  hidden_ = Tensor::Zeros({rows, hidden_size_});
  normed_ = Tensor::Zeros({rows, hidden_size_});
  projected_ = Tensor::Zeros({rows, hidden_size_});
  qkv_ = Tensor::Zeros({rows, qkv_size_});
  attended_ = Tensor::Zeros({rows, attended_size_});
  gate_up_ = Tensor::Zeros({rows, 2 * neurons_});
  act_ = Tensor::Zeros({rows, neurons_});
}

void Workspace::ReservePositions(int64_t count) {
  const int64_t have = cos_.shape().empty() ? 0 : cos_.shape().front();
  if (count <= have) return;
  const int64_t positions = std::max(count, 2 * have);
  const auto pairs = static_cast<int64_t>(frequencies_.size());
  cos_ = Tensor({positions, pairs});
  sin_ = Tensor({positions, pairs});
  for (int64_t p = 0; p < positions; ++p) {
    for (int64_t i = 0; i < pairs; ++i) {
      // The angle is rounded to f32 as in Hugging Face's implementation.
      const float angle = static_cast<float>(p) * frequencies_[static_cast<size_t>(i)];
      cos_.data()[p * pairs + i] = std::cos(angle);
      sin_.data()[p * pairs + i] = std::sin(angle);
    }
  }
}

}  // namespace fairprune
