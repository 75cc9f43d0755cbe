#include "forward/extension.h"

#include <algorithm>
#include <numeric>

namespace fairprune {
namespace {

// Ids that go through the layers together.
constexpr int64_t kBatch = 512;

// What every batch of an extension shares.
struct Extension {
  const LayerContext& context;
  const ModelWeights& weights;
  const Tensor& final_norm;
  const ExtendOptions& options;
  bool long_sequence;
  KvCache& cache;
  Tensor& hidden;
};

// The residual stream's memory for `rows` rows, padded as the matrix products want.
MatrixView HiddenRows(const Extension& e, int64_t rows) {
  const int64_t d = e.context.config.hidden_size;
  const int64_t capacity = compute::BucketRows(rows);
  if (e.hidden.shape().empty() || e.hidden.shape().front() < capacity) {
    e.hidden = Tensor::Zeros({capacity, d});
  }
  return {e.hidden.data(), rows, d, d};
}

// Through the layers and, for the rows `wanted` (ascending), through the head. The last layer is
// computed at those alone, but for its keys and values.
Status RunBatch(const Extension& e, std::span<const int32_t> tokens,
                std::span<const int32_t> wanted) {
  const LayerContext& context = e.context;
  const auto rows = std::ssize(tokens);
  const auto last_layer = static_cast<int32_t>(context.config.num_layers) - 1;
  RunOptions run;
  run.mask = e.options.mask;
  Pass pass;
  pass.options = &run;
  pass.cache = &e.cache;
  pass.known = e.cache.size();
  context.workspace.Resize(rows);
  pass.hidden = HiddenRows(e, rows);
  pass.plan =
      compute::PlanContinuation(static_cast<int32_t>(pass.known), static_cast<int32_t>(rows));
  for (int64_t i = 0; i < rows; ++i) {
    const auto position = static_cast<int32_t>(pass.known + i);
    pass.rope_rows.push_back(context.workspace.ropes.Row(position, e.long_sequence));
  }
  EmbedTokens(context.config, e.weights, tokens, pass.hidden);
  for (int32_t layer = 0; layer <= last_layer; ++layer) {
    const LayerWeights& w = e.weights.layers[static_cast<size_t>(layer)];
    FP_RETURN_IF_ERROR(Attend(context, layer, w, pass));
    if (layer == last_layer) {
      if (wanted.empty()) break;
      KeepNodes(context, wanted, pass);
    }
    FP_RETURN_IF_ERROR(AddAttention(context, w, pass));
    FP_RETURN_IF_ERROR(RunMlp(context, layer, w, pass));
  }
  e.cache.Append(tokens);
  std::vector<int32_t> kept(wanted.size());
  std::iota(kept.begin(), kept.end(), 0);
  run.logit_nodes = kept;
  run.logits = [&](std::span<const int32_t> nodes, ConstMatrixView logits) {
    std::vector<int32_t> positions;
    for (const int32_t node : nodes) {
      positions.push_back(static_cast<int32_t>(pass.known) + wanted[static_cast<size_t>(node)]);
    }
    e.options.logits(positions, logits);
  };
  return RunHead(context, e.final_norm, e.weights.head, pass);
}

}  // namespace

Status RunExtension(const LayerContext& context, const ModelWeights& weights,
                    const Tensor& final_norm, std::span<const int32_t> tokens,
                    const ExtendOptions& options, KvCache& cache, Tensor& hidden) {
  const int64_t limit = LongSequenceLimit(context.config);
  const int64_t total = cache.size() + std::ssize(tokens);
  const bool long_sequence = limit > 0 && total > limit;
  int64_t logits_from = options.logits_from;
  if (logits_from == ExtendOptions::kLastOnly) logits_from = std::ssize(tokens) - 1;
  if (!options.logits) logits_from = std::ssize(tokens);
  std::vector<int32_t> anew;
  if (long_sequence && cache.size() > 0 && cache.size() <= limit) {
    anew.assign(cache.tokens().begin(), cache.tokens().end());
    logits_from += std::ssize(anew);
    anew.insert(anew.end(), tokens.begin(), tokens.end());
    tokens = anew;
    cache.Truncate(0);
  }
  context.workspace.ropes.Reserve(total, long_sequence);
  cache.Reserve(total);
  const Extension extension{context, weights, final_norm, options, long_sequence, cache, hidden};
  for (int64_t begin = 0; begin < std::ssize(tokens); begin += kBatch) {
    const int64_t count = std::min(kBatch, std::ssize(tokens) - begin);
    const int64_t first = std::clamp<int64_t>(logits_from - begin, 0, count);
    std::vector<int32_t> wanted(static_cast<size_t>(count - first));
    std::iota(wanted.begin(), wanted.end(), static_cast<int32_t>(first));
    FP_RETURN_IF_ERROR(RunBatch(
        extension, tokens.subspan(static_cast<size_t>(begin), static_cast<size_t>(count)), wanted));
  }
  return {};
}

}  // namespace fairprune
