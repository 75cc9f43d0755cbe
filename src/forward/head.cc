#include "forward/head.h"

#include <algorithm>

#include "compute/parallel.h"
#include "compute/row_ops.h"

namespace fairprune {
namespace {

// [128, V] f32 is 25 MB at V = 49,152.
void Reserve(const ModelConfig& config, const HeadWeights& head, int64_t rows, Workspace& ws) {
  const int64_t capacity = compute::BucketRows(rows);
  if (!ws.head_input.shape().empty() && ws.head_input.shape().front() >= capacity) return;
  ws.head_input = Tensor::Zeros({capacity, config.hidden_size});
  ws.logits = Tensor({capacity, config.vocab_size});
  if (head.blocks.size() > 1) ws.logit_block = Tensor({capacity, head.block_rows});
}

// logits [M, V] = input [M, D] times the head's rows.
Status MultiplyHead(compute::MatmulContext& matmul, const HeadWeights& head, Tensor& scratch,
                    ConstMatrixView input, MatrixView logits) {
  if (head.blocks.size() == 1) return matmul.Multiply(input, head.blocks.front(), logits);
  for (size_t b = 0; b < head.blocks.size(); ++b) {
    const int64_t cols = head.blocks[b].outputs();
    const int64_t first = static_cast<int64_t>(b) * head.block_rows;
    const MatrixView part{scratch.data(), input.rows, cols, cols};  // a product's output is dense
    FP_RETURN_IF_ERROR(matmul.Multiply(input, head.blocks[b], part));
    compute::ParallelFor(input.rows, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) std::copy_n(part.row(i), cols, logits.row(i) + first);
    });
  }
  return {};
}

}  // namespace

Result<MatrixView> ComputeLogits(const LayerContext& context, const Tensor& final_norm,
                                 const HeadWeights& head, const Pass& pass,
                                 std::span<const int32_t> nodes) {
  const ModelConfig& config = context.config;
  Workspace& ws = context.workspace;
  const auto rows = static_cast<int64_t>(nodes.size());
  const int64_t d = config.hidden_size;
  Reserve(config, head, rows, ws);
  const MatrixView input{ws.head_input.data(), rows, d, d};
  for (int64_t i = 0; i < rows; ++i) {
    const auto from = pass.hidden.row_span(nodes[static_cast<size_t>(i)]);
    std::copy(from.begin(), from.end(), input.row(i));
  }
  compute::RmsNorm(input, final_norm.span(), static_cast<float>(config.rms_norm_eps), input);
  const MatrixView logits{ws.logits.data(), rows, config.vocab_size, config.vocab_size};
  FP_RETURN_IF_ERROR(MultiplyHead(context.matmul, head, ws.logit_block, input, logits));
  if (config.logit_divisor != 1) {
    compute::DivideInPlace(static_cast<float>(config.logit_divisor), logits);
  }
  if (config.logit_softcap > 0) {
    compute::SoftCapInPlace(static_cast<float>(config.logit_softcap), logits);
  }
  return logits;
}

Status RunHead(const LayerContext& context, const Tensor& final_norm, const HeadWeights& head,
               const Pass& pass) {
  const std::span<const int32_t> wanted = pass.options->logit_nodes;
  for (size_t begin = 0; begin < wanted.size(); begin += kHeadRows) {
    const auto nodes = wanted.subspan(begin, std::min<size_t>(kHeadRows, wanted.size() - begin));
    FP_ASSIGN_OR_RETURN(const MatrixView logits,
                        ComputeLogits(context, final_norm, head, pass, nodes));
    if (pass.options->logits) pass.options->logits(nodes, logits);
  }
  return {};
}

}  // namespace fairprune
