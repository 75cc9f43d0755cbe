// A sequence that goes on behind its cache. Internal to this room.
#pragma once

#include "forward/head.h"
#include "forward/kv_cache.h"
#include "forward/layer.h"

namespace fairprune {

// Engine::Extend, of arguments that were checked and are not empty. `hidden`: memory of the
// residual stream, which grows as needed.
Status RunExtension(const LayerContext& context, const ModelWeights& weights,
                    const Tensor& final_norm, std::span<const int32_t> tokens,
                    const ExtendOptions& options, KvCache& cache, Tensor& hidden);

}  // namespace fairprune
