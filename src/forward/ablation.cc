#include "forward/ablation.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

#include "compute/parallel.h"
#include "compute/row_ops.h"
#include "forward/weights.h"

namespace fairprune {
namespace {

// Ablations that branch off at one layer and go up together.
using Members = std::span<const int64_t>;

ConstMatrixView Rows(const Tensor& kept, int64_t rows) {
  const int64_t cols = kept.shape().back();
  return {kept.data(), rows, cols, cols};
}

// Makes `tensor` hold `rows` rows, padded as the matrix products want.
MatrixView Reserve(int64_t rows, int64_t cols, Tensor& tensor) {
  const int64_t capacity = compute::BucketRows(rows);
  if (tensor.shape().empty() || tensor.shape().front() < capacity) {
    tensor = Tensor::Zeros({capacity, cols});
  }
  return {tensor.data(), rows, cols, cols};
}

// `count` copies of a forest, one behind the other, without its sequences.
Forest Repeat(const Forest& forest, int64_t count) {
  Forest one = forest;
  one.sequences.clear();
  Forest copies = one;
  for (int64_t c = 1; c < count; ++c) AppendForest(one, copies);
  return copies;
}

// As a product rounds its input.
void RoundToBf16(std::span<float> values) {
  std::vector<uint16_t> rounded(values.size());
  compute::ConvertToBf16(values, rounded);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = std::bit_cast<float>(static_cast<uint32_t>(rounded[i]) << 16);
  }
}

class AblationRun {
 public:
  AblationRun(const LayerContext& context, const ModelWeights& weights, const Tensor& final_norm,
              const Pass& base, const AblationOptions& options, AblationWorkspace& ws)
      : context_(context),
        weights_(weights),
        final_norm_(final_norm),
        base_(base),
        options_(options),
        ws_(ws),
        last_layer_(static_cast<int32_t>(context.config.num_layers) - 1) {}

  Status Run();

 private:
  // What one batch of copies needs.
  struct Batch {
    Members members;
    std::map<int32_t, int64_t> column;  // of the layer's neurons: row of ws_.columns
    Pass pass;
    std::vector<SwitchedOff> switched_off;
  };

  std::map<int32_t, std::vector<int64_t>> ByLowestLayer() const;
  const LayerWeights& LayerOf(int32_t layer) const {
    return weights_.layers[static_cast<size_t>(layer)];
  }
  Status RunBaseLayer(int32_t layer, bool branches);
  Status Branch(int32_t layer, Members members);
  Status RunCopies(int32_t layer, Members members);
  Status ReadColumns(int32_t layer, Batch& batch);
  void FillCopies(int32_t layer, const Batch& batch);
  Status RunTo(int32_t layer, Pass& pass);
  Status Emit(const Pass& pass, Members members);
  void ResizeFor(const Pass& pass) { context_.workspace.Resize(pass.hidden.rows); }

  const LayerContext context_;
  const ModelWeights& weights_;
  const Tensor& final_norm_;
  Pass base_;
  const AblationOptions& options_;
  AblationWorkspace& ws_;
  int32_t last_layer_;
  int64_t nodes_ = 0;                   // of base_ in the layer where copies branch off
  std::map<int64_t, Forest> repeated_;  // by number of copies
};

std::map<int32_t, std::vector<int64_t>> AblationRun::ByLowestLayer() const {
  std::map<int32_t, std::vector<int64_t>> members;
  for (size_t a = 0; a < options_.ablations.size(); ++a) {
    const Ablation& ablation = options_.ablations[a];
    const int32_t lowest = std::ranges::min_element(ablation, {}, &Neuron::layer)->layer;
    members[lowest].push_back(static_cast<int64_t>(a));
  }
  return members;
}

Status AblationRun::Run() {
  const auto by_layer = ByLowestLayer();
  for (int32_t layer = 0; layer <= last_layer_; ++layer) {
    const auto found = by_layer.find(layer);
    FP_RETURN_IF_ERROR(RunBaseLayer(layer, found != by_layer.end()));
    if (found != by_layer.end()) FP_RETURN_IF_ERROR(Branch(layer, found->second));
  }
  const int64_t none = kNoAblation;
  return Emit(base_, {&none, 1});
}

// The base pass through a layer; what copies need of it is kept if any branch off here.
Status AblationRun::RunBaseLayer(int32_t layer, bool branches) {
  const LayerWeights& w = LayerOf(layer);
  ResizeFor(base_);
  FP_RETURN_IF_ERROR(Attend(context_, layer, w, base_));
  if (layer == last_layer_) KeepNodes(context_, options_.logit_nodes, base_);
  FP_RETURN_IF_ERROR(AddAttention(context_, w, base_));
  if (!branches) return RunMlp(context_, layer, w, base_);
  nodes_ = base_.hidden.rows;
  FP_RETURN_IF_ERROR(RunMlp(context_, layer, w, base_, &ws_.record));
  KeepRows(context_.workspace.act(), ws_.act);
  if (context_.matmul.type() == compute::WeightType::kBf16) RoundToBf16(ws_.act.span());
  // With a norm behind it, the output has been kept before it.
  if (w.mlp_post_norm.size() == 0) KeepRows(context_.workspace.projected(), ws_.record.mlp_output);
  return {};
}

Status AblationRun::Branch(int32_t layer, Members members) {
  const auto per_batch = static_cast<size_t>(std::max<int64_t>(1, options_.batch_nodes / nodes_));
  for (size_t begin = 0; begin < members.size(); begin += per_batch) {
    const size_t count = std::min(per_batch, members.size() - begin);
    FP_RETURN_IF_ERROR(RunCopies(layer, members.subspan(begin, count)));
  }
  return {};
}

// Copies of the forest, each under one ablation, from the MLP of `layer` to the head.
Status AblationRun::RunCopies(int32_t layer, Members members) {
  Batch batch;
  batch.members = members;
  const auto copies = std::ssize(members);
  for (int64_t c = 0; c < copies; ++c) {
    Ablation ablation = options_.ablations[static_cast<size_t>(members[static_cast<size_t>(c)])];
    std::ranges::sort(ablation);
    const auto repeats = std::ranges::unique(ablation);
    ablation.erase(repeats.begin(), repeats.end());
    for (const Neuron& neuron : ablation) {
      batch.switched_off.push_back({neuron.layer, neuron.index, c});
    }
  }
  const MatrixView hidden = Reserve(copies * nodes_, context_.config.hidden_size, ws_.hidden);
  if (layer < last_layer_) {
    auto found = repeated_.find(copies);
    if (found == repeated_.end()) {
      found = repeated_.emplace(copies, Repeat(*base_.forest, copies)).first;
    }
    batch.pass = MakePass(context_, found->second, *base_.options, hidden);
  } else {
    batch.pass.options = base_.options;
    batch.pass.hidden = hidden;
  }
  batch.pass.switched_off = batch.switched_off;
  batch.pass.copies = copies;
  FP_RETURN_IF_ERROR(ReadColumns(layer, batch));
  ResizeFor(batch.pass);
  FillCopies(layer, batch);
  for (int32_t above = layer + 1; above <= last_layer_; ++above) {
    FP_RETURN_IF_ERROR(RunTo(above, batch.pass));
  }
  return Emit(batch.pass, members);
}

// The columns of down_proj that belong to the batch's neurons of `layer`, as the layer's product
// rounds them: it multiplies a unit vector for each.
Status AblationRun::ReadColumns(int32_t layer, Batch& batch) {
  for (const SwitchedOff& off : batch.switched_off) {
    if (off.layer == layer) batch.column.try_emplace(off.neuron, std::ssize(batch.column));
  }
  const auto count = std::ssize(batch.column);
  const MatrixView units = Reserve(count, context_.config.intermediate_size, ws_.units);
  const MatrixView columns = Reserve(count, context_.config.hidden_size, ws_.columns);
  for (int64_t i = 0; i < count; ++i) std::fill_n(units.row(i), units.cols, 0.0F);
  for (const auto& [neuron, row] : batch.column) units.row(row)[neuron] = 1;
  return context_.matmul.Multiply(units, LayerOf(layer).down, columns);
}

// The residual stream of the copies behind the MLP of `layer`.
void AblationRun::FillCopies(int32_t layer, const Batch& batch) {
  const ConstMatrixView input = Rows(ws_.record.mlp_input, nodes_);
  const ConstMatrixView act = Rows(ws_.act, nodes_);
  const ConstMatrixView output = Rows(ws_.record.mlp_output, nodes_);
  const MatrixView projected = context_.workspace.projected();
  const MatrixView hidden = batch.pass.hidden;
  std::vector<std::vector<const SwitchedOff*>> of_copy(batch.members.size());
  for (const SwitchedOff& off : batch.switched_off) {
    if (off.layer == layer) of_copy[static_cast<size_t>(off.copy)].push_back(&off);
  }
  compute::ParallelFor(hidden.rows, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t node = i % nodes_;
      std::copy_n(input.row(node), input.cols, hidden.row(i));
      float* out = projected.row(i);
      std::copy_n(output.row(node), output.cols, out);
      for (const SwitchedOff* off : of_copy[static_cast<size_t>(i / nodes_)]) {
        const float value = act.row(node)[off->neuron];
        const float* column = ws_.columns.data() + batch.column.at(off->neuron) * projected.cols;
        for (int64_t d = 0; d < projected.cols; ++d) out[d] -= value * column[d];
      }
    }
  });
  AddMlpOutput(context_, LayerOf(layer), batch.pass);
}

// The copies through one layer.
Status AblationRun::RunTo(int32_t layer, Pass& pass) {
  const LayerWeights& w = LayerOf(layer);
  FP_RETURN_IF_ERROR(Attend(context_, layer, w, pass));
  if (layer == last_layer_) {
    std::vector<int32_t> kept;
    for (int64_t c = 0; c < pass.copies; ++c) {
      for (const int32_t node : options_.logit_nodes) {
        kept.push_back(static_cast<int32_t>(c * base_.forest->size()) + node);
      }
    }
    KeepNodes(context_, kept, pass);
  }
  FP_RETURN_IF_ERROR(AddAttention(context_, w, pass));
  return RunMlp(context_, layer, w, pass);
}

// The head. The pass has the rows of logit_nodes alone, once for each of `members`.
Status AblationRun::Emit(const Pass& pass, Members members) {
  const auto per_copy = std::ssize(options_.logit_nodes);
  std::vector<int32_t> rows(static_cast<size_t>(pass.hidden.rows));
  std::iota(rows.begin(), rows.end(), 0);
  RunOptions head;
  head.logit_nodes = rows;
  head.logits = [&](std::span<const int32_t> run, ConstMatrixView logits) {
    for (int64_t done = 0; done < std::ssize(run);) {
      const int64_t row = run.front() + done;
      const int64_t first = row % per_copy;
      const int64_t count = std::min(per_copy - first, std::ssize(run) - done);
      options_.logits(
          members[static_cast<size_t>(row / per_copy)],
          options_.logit_nodes.subspan(static_cast<size_t>(first), static_cast<size_t>(count)),
          {logits.row(done), count, logits.cols, logits.stride});
      done += count;
    }
  };
  Pass last = pass;
  last.options = &head;
  return RunHead(context_, final_norm_, weights_.head, last);
}

}  // namespace

Status RunUnderAblations(const LayerContext& context, const ModelWeights& weights,
                         const Tensor& final_norm, const Pass& base, const AblationOptions& options,
                         AblationWorkspace& ws) {
  return AblationRun(context, weights, final_norm, base, options, ws).Run();
}

}  // namespace fairprune
