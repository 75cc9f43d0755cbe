// The end of a forward pass: the last norm and the head, at the nodes whose logits are wanted.
// Internal to this room.
#pragma once

#include "base/result.h"
#include "forward/layer.h"

namespace fairprune {

// logits = softcap(head * norm(hidden) / logit_divisor), handed to the pass's sink 128 nodes at a
// time.
Status RunHead(const LayerContext& context, const Tensor& final_norm, const HeadWeights& head,
               const Pass& pass);

// As many nodes as one product with the head takes.
inline constexpr int64_t kHeadRows = 128;
// The logits of at most kHeadRows nodes, [nodes.size(), V], in the workspace until the next call;
// readable and writable up to BucketRows(nodes.size()) rows.
Result<MatrixView> ComputeLogits(const LayerContext& context, const Tensor& final_norm,
                                 const HeadWeights& head, const Pass& pass,
                                 std::span<const int32_t> nodes);

}  // namespace fairprune
