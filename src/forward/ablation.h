// A forest under many ablations: one pass of the forest itself, from which copies branch off at the
// layer where their ablation begins. Internal to this room.
#pragma once

#include "forward/head.h"
#include "forward/layer.h"

namespace fairprune {

// Buffers that are kept from run to run.
struct AblationWorkspace {
  // Of the layer where ablations branch off, at the nodes that are copied: the residual stream
  // before the MLP (mlp_input), down_proj's output with its bias (mlp_output), its input [N, F].
  LayerRecord record;
  Tensor act;
  Tensor units, columns;  // [neurons, F] of units and [neurons, D]: columns of down_proj
  Tensor hidden;          // [copies * N, D] of the copies
};

// `base` is at the embeddings; `options` were checked, and its batch_nodes is positive.
Status RunUnderAblations(const LayerContext& context, const ModelWeights& weights,
                         const Tensor& final_norm, const Pass& base, const AblationOptions& options,
                         AblationWorkspace& ws);

}  // namespace fairprune
