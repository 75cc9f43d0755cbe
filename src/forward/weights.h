// A model's weights in memory, packed for the compute path.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "compute/matmul.h"
#include "model/model.h"
#include "tensor/tensor.h"

namespace fairprune {

struct LayerWeights {
  // [D]; empty: none. The "post" norms are of what attention and MLP are about to add.
  Tensor attention_norm, attention_post_norm, mlp_norm, mlp_post_norm;
  Tensor query_norm, key_norm;          // [E], or [H*E] and [K*E]; empty: none
  compute::PackedMatrix qkv;            // [H*E + 2*K*E, D]: query, key, value rows
  compute::PackedMatrix attention_out;  // [D, H*E]
  compute::PackedMatrix gate_up;        // [2*F, D]: gate rows, then up rows
  compute::PackedMatrix down;           // [D, F]
  Tensor qkv_bias, attention_out_bias;  // [H*E + 2*K*E], [D]; empty: none
  Tensor gate_up_bias, down_bias;       // [2*F], [D]; empty: none
};

struct ModelWeights {
  Tensor embedding;                  // [V, D]; empty when the bf16 rows of a tied head serve
  Tensor final_norm;                 // [D]
  compute::PackedMatrix head;        // [V, D]
  bool bf16_embedding = false;       // rows come from `head`
  std::vector<LayerWeights> layers;  // [L]

  // Writes the embedding of `token` to out [D].
  void Embed(int32_t token, std::span<float> out) const;
};

// Reads every weight once. Errors: those of LoadWeight and MatmulContext::Pack.
Result<ModelWeights> LoadModelWeights(const Model& model, compute::MatmulContext& context);

}  // namespace fairprune
