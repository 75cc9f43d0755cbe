// A model's weights in memory, packed for the compute path: layer by layer, so that a streaming
// engine holds one at a time.
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

// The head [V, D], in blocks of rows: no matrix of the whole vocabulary is ever held twice.
struct HeadWeights {
  int64_t block_rows = 0;                     // of every block but the last
  std::vector<compute::PackedMatrix> blocks;  // [block_rows, D] each
  // Of a tied head, in f32: what the blocks view (its blocks stay row-major, so that they serve as
  // the embedding too).
  std::vector<Tensor> rows;

  // Writes row `token` of a tied head to out [D].
  void CopyRow(int32_t token, std::span<float> out) const;
};

// The weights that an engine which does not stream holds.
struct ModelWeights {
  Tensor embedding;  // [V, D]; empty when the head is tied and its rows serve
  HeadWeights head;
  std::vector<LayerWeights> layers;  // [L]

  // Writes the embedding of `token` to out [D].
  void Embed(int32_t token, std::span<float> out) const;
};

// Rows of the head that are packed at a time: about 256 MB of f32.
int64_t HeadBlockRows(const ModelConfig& config);

// Whether matrices are kept row-major, as MultiplyTransposed needs them.
enum class MatrixForm { kPacked, kRows };

// Each reads from the checkpoint at every call, holds besides the result at most one matrix of the
// model in f32, twice, and gives the pages of the file that it has read back to the operating
// system. Errors: those of LoadWeight and MatmulContext::Pack.
Result<LayerWeights> LoadLayer(const Model& model, compute::MatmulContext& context, int32_t layer,
                               MatrixForm form = MatrixForm::kPacked);
Result<HeadWeights> LoadHead(const Model& model, compute::MatmulContext& context,
                             int64_t block_rows, MatrixForm form = MatrixForm::kPacked);
Result<Tensor> LoadFinalNorm(const Model& model);  // [D]
Result<ModelWeights> LoadModelWeights(const Model& model, compute::MatmulContext& context,
                                      MatrixForm form = MatrixForm::kPacked);

// Writes the embeddings of `tokens` to the rows of out [N, D], read from the checkpoint; rounded as
// ModelWeights of that type holds them. Errors: those of LoadWeight.
Status ReadEmbeddings(const Model& model, compute::WeightType type, std::span<const int32_t> tokens,
                      MatrixView out);

// Asks the operating system to read a layer's weights from the disk meanwhile.
void PrefetchLayer(const Model& model, int32_t layer);

}  // namespace fairprune
