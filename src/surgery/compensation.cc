#include "surgery/compensation.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>

#include "compute/outer_products.h"
#include "scoring/pair_forests.h"
#include "scoring/perplexity.h"
#include "surgery/layout.h"
#include "surgery/least_squares.h"
#include "surgery/undo_patch.h"

namespace fairprune {
namespace {

// Neurons of a layer, the kept ones first.
struct NeuronOrder {
  std::vector<int64_t> neurons;  // [F]
  int64_t num_kept = 0;
};

NeuronOrder OrderOf(const PruneLayout& layout, int32_t layer) {
  NeuronOrder order;
  for (const int64_t source : layout.Sources(layer))
    if (source >= 0) order.neurons.push_back(source);
  order.num_kept = std::ssize(order.neurons);
  for (const int32_t neuron : TakenNeurons(layout, layer)) order.neurons.push_back(neuron);
  return order;
}

// Signed differences of one pair: of the means over positions, and of the last positions. [2, F]
void PairRows(const PairForest& forest, size_t pair, ConstMatrixView values, MatrixView out) {
  const auto add = [&](const std::vector<int32_t>& path, float sign) {
    const float weight = sign / static_cast<float>(path.size());
    const float* last = values.row(path.back());
    for (const int32_t node : path)
      for (int64_t f = 0; f < values.cols; ++f) out.row(0)[f] += weight * values.row(node)[f];
    for (int64_t f = 0; f < values.cols; ++f) out.row(1)[f] += sign * last[f];
  };
  add(forest.first(pair), 1);
  add(forest.second(pair), -1);
}

// Gathers a layer's activations and solves when the last forest has come.
class LayerSolver {
 public:
  LayerSolver(const Model& model, const PruneLayout& layout, const CompensationInput& input)
      : model_(model), layout_(layout), input_(input) {
    result_.mixes.resize(static_cast<size_t>(model.config.num_layers));
  }

  bool Wants(int32_t layer) const { return status_ && layout_.Changes(layer); }

  void AddText(int32_t layer, ConstMatrixView values) {
    Begin(layer);
    compute::AddOuterProducts(Ordered(values).matrix(), problem_.moments);
    num_tokens_ += values.rows;
  }

  void AddPairs(int32_t layer, ConstMatrixView values, const PairForest& forest) {
    Begin(layer);
    const Tensor ordered = Ordered(values);
    Tensor rows = Tensor::Zeros({2 * static_cast<int64_t>(forest.num_pairs), values.cols});
    for (size_t i = 0; i < forest.num_pairs; ++i) {
      const int64_t first = 2 * static_cast<int64_t>(i);
      PairRows(forest, i, ordered.matrix(), {rows.matrix().row(first), 2, values.cols});
    }
    std::ranges::copy(rows.span(), std::back_inserter(pair_rows_));
  }

  void Finish(int32_t layer) {
    if (Status solved = Solve(layer); !solved) status_ = std::move(solved);
    layer_ = -1;
  }

  Result<Compensation> Take() {
    FP_RETURN_IF_ERROR(std::move(status_));
    return std::move(result_);
  }

 private:
  int64_t width() const { return model_.config.intermediate_size; }

  void Begin(int32_t layer) {
    if (layer == layer_) return;
    layer_ = layer;
    order_ = OrderOf(layout_, layer);
    problem_ = {.num_kept = order_.num_kept,
                .num_taken = width() - order_.num_kept,
                .moments = std::vector<double>(static_cast<size_t>(width() * width())),
                .ridge = input_.ridge,
                .pair_penalty = input_.pair_penalty};
    pair_rows_.clear();
    num_tokens_ = 0;
  }

  // Every token's activations, kept neurons first, divided by their root mean square: else the
  // first token of a text, whose activations are far larger than any other's in some layers, would
  // be the only one that counts.
  Tensor Ordered(ConstMatrixView values) const {
    Tensor ordered({values.rows, values.cols});
    for (int64_t row = 0; row < values.rows; ++row) {
      double squares = 0;
      for (const float value : values.row_span(row)) squares += static_cast<double>(value) * value;
      const double rms = std::sqrt(squares / static_cast<double>(values.cols));
      const auto scale = static_cast<float>(rms > 0 ? 1 / rms : 0);
      float* out = ordered.matrix().row(row);
      for (size_t f = 0; f < order_.neurons.size(); ++f)
        out[f] = scale * values.row(row)[order_.neurons[f]];
    }
    return ordered;
  }

  Status Solve(int32_t layer) {
    for (double& moment : problem_.moments) moment /= static_cast<double>(num_tokens_);
    problem_.pairs = Tensor({std::ssize(pair_rows_) / width(), width()});
    std::ranges::copy(pair_rows_, problem_.pairs.data());
    FP_ASSIGN_OR_RETURN(const RidgeSolution solution, SolveRidge(std::move(problem_)));
    FP_ASSIGN_OR_RETURN(const LayerCompensation measured, Measure(layer, solution));
    result_.layers.push_back(measured);
    result_.mixes[static_cast<size_t>(layer)] = MixOf(layer, solution);
    result_.num_tokens = num_tokens_;
    return {};
  }

  std::shared_ptr<const ColumnMix> MixOf(int32_t layer, const RidgeSolution& solution) const {
    auto mix = std::make_shared<ColumnMix>();
    const std::vector<int64_t> sources = layout_.Sources(layer);
    const int64_t num_kept = order_.num_kept;
    mix->taken.assign(order_.neurons.begin() + num_kept, order_.neurons.end());
    for (size_t row = 0; row < mix->taken.size(); ++row) {
      const double* from = solution.coefficients.data() + static_cast<int64_t>(row) * num_kept;
      for (const int64_t source : sources)
        mix->weights.push_back(source < 0 ? 0.0F : static_cast<float>(*from++));
    }
    return mix;
  }

  // Sum over the removed neurons' columns w of down_proj: wᵢ·wⱼ, [R, R].
  Result<std::vector<double>> OutputProducts(int32_t layer) const {
    FP_ASSIGN_OR_RETURN(const Tensor down, LoadWeight(model_, *model_.Find(Role::kDown, layer)));
    const std::span taken = std::span(order_.neurons).subspan(static_cast<size_t>(order_.num_kept));
    std::vector<double> products(taken.size() * taken.size());
    for (int64_t row = 0; row < down.shape()[0]; ++row)
      for (size_t i = 0; i < taken.size(); ++i)
        for (size_t j = 0; j < taken.size(); ++j)
          products[i * taken.size() + j] += static_cast<double>(down.matrix().row(row)[taken[i]]) *
                                            down.matrix().row(row)[taken[j]];
    return products;
  }

  Result<LayerCompensation> Measure(int32_t layer, const RidgeSolution& solution) const {
    FP_ASSIGN_OR_RETURN(const std::vector<double> products, OutputProducts(layer));
    // The mean square of down_proj's output for inputs with these second moments.
    const auto energy = [&](const std::vector<double>& moments) {
      return std::inner_product(moments.begin(), moments.end(), products.begin(), 0.0);
    };
    const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
    return LayerCompensation{
        .layer = layer,
        .num_taken = width() - order_.num_kept,
        .moved = share(energy(solution.taken) - energy(solution.residual), energy(solution.taken)),
        .rebuilt = share(energy(solution.pairs_rebuilt), energy(solution.pairs_taken))};
  }

  const Model& model_;
  const PruneLayout& layout_;
  const CompensationInput& input_;
  int32_t layer_ = -1;  // whose activations are being gathered
  NeuronOrder order_;
  RidgeProblem problem_;
  std::vector<float> pair_rows_;  // [2 · pairs, F]
  int64_t num_tokens_ = 0;
  Status status_;
  Compensation result_;
};

// The activations of one forest, of text or of pairs.
class GatherSink : public TapSink {
 public:
  GatherSink(LayerSolver& solver, const PairForest* pairs) : solver_(solver), pairs_(pairs) {}
  void SetLast() { is_last_ = true; }

  void OnTap(int32_t layer, TapSite site, ConstMatrixView values) override {
    if (site != TapSite::kAct || !solver_.Wants(layer)) return;
    if (pairs_ == nullptr) {
      solver_.AddText(layer, values);
    } else {
      solver_.AddPairs(layer, values, *pairs_);
    }
    if (is_last_) solver_.Finish(layer);
  }

 private:
  LayerSolver& solver_;
  const PairForest* pairs_;  // nullptr: a window of the text
  bool is_last_ = false;
};

}  // namespace

Result<Compensation> ComputeCompensation(const Engine& engine, const Tokenizer& tokenizer,
                                         const Model& model, const Plan& plan,
                                         const PruneOptions& options,
                                         const CompensationInput& input) {
  if (!engine.streams())
    return Fail(ErrorCode::kInvalidArgument,
                "compensation needs an engine that streams, so that layers come one by one");
  FP_ASSIGN_OR_RETURN(const PruneLayout layout, LayOut(plan, model.config, options));
  const int64_t window = std::min(input.window_tokens, model.config.max_position_embeddings - 1);
  FP_ASSIGN_OR_RETURN(const PerplexityText text,
                      EncodeForPerplexity(tokenizer, input.text, window));
  FP_ASSIGN_OR_RETURN(const std::vector<EncodedPair> encoded, EncodePairs(tokenizer, input.pairs));
  const std::vector<PairForest> pair_forests = BuildPairForests(engine, encoded);
  std::vector<Forest> windows;
  windows.reserve(text.windows.size());
  for (const TokenRequest& request : text.windows)
    windows.push_back(
        BuildForest(std::vector<std::vector<int32_t>>{request.ids}, engine.long_sequence_limit()));
  LayerSolver solver(model, layout, input);
  std::deque<GatherSink> sinks;
  std::vector<ForestRun> runs;
  runs.reserve(windows.size() + pair_forests.size());
  for (const Forest& forest : windows)
    runs.push_back({&forest, {.taps = &sinks.emplace_back(solver, nullptr)}});
  for (const PairForest& forest : pair_forests)
    runs.push_back({&forest.forest, {.taps = &sinks.emplace_back(solver, &forest)}});
  sinks.back().SetLast();
  FP_RETURN_IF_ERROR(engine.RunAll(runs, input.progress));
  FP_ASSIGN_OR_RETURN(Compensation compensation, solver.Take());
  compensation.num_pairs = std::ssize(input.pairs);
  compensation.ridge = input.ridge;
  compensation.pair_penalty = input.pair_penalty;
  return compensation;
}

Json CompensationJson(const Compensation* compensation) {
  if (compensation == nullptr) return nullptr;
  Json layers = Json::array();
  for (const LayerCompensation& layer : compensation->layers)
    layers.push_back({{"layer", layer.layer},
                      {"neurons", layer.num_taken},
                      {"moved", layer.moved},
                      {"rebuilt", layer.rebuilt}});
  return {{"tokens", compensation->num_tokens},
          {"pairs", compensation->num_pairs},
          {"ridge", compensation->ridge},
          {"pair_penalty", compensation->pair_penalty},
          {"layers", std::move(layers)}};
}

}  // namespace fairprune
