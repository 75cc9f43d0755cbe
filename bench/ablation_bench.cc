// Exact effects of many neurons: one whole masked forward per neuron against Engine::RunAblations,
// over the same items, in one run.
//
//   ablation_bench MODEL [ITEMS [NEURONS [NAIVE_NEURONS [BATCH_NODES]]]]
//
// ITEMS of the bundled occupations_en (default 64), NEURONS drawn evenly over the layers (default
// 240), of which NAIVE_NEURONS (default 10) are also measured the naive ways; BATCH_NODES:
// AblationOptions::batch_nodes (default 0). Prints seconds per neuron and the largest difference
// between the ways.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "attribution/bias_set.h"
#include "attribution/exact_effects.h"
#include "checkpoint/checkpoint.h"
#include "data/signed_items.h"
#include "model/model.h"
#include "scoring/contrast.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {
namespace {

class Stopwatch {
 public:
  double seconds() const { return static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC; }

 private:
  std::clock_t start_ = std::clock();
};

struct Sizes {
  int64_t items = 64, neurons = 240, naive_neurons = 10, batch_nodes = 0;
};

// One mask at a time, the items in shared forests: the value of each contrast.
Result<std::vector<double>> Forests(const Engine& engine, std::span<const Contrast> contrasts,
                                    const NeuronMask& mask) {
  return MeasureContrasts(engine, contrasts, {.mask = &mask});
}

// One mask and one text at a time.
Result<std::vector<double>> Texts(const Engine& engine, std::span<const Contrast> contrasts,
                                  const NeuronMask& mask) {
  std::vector<double> values;
  for (const Contrast& contrast : contrasts) {
    double value = 0;
    for (const WeightedSequence& sequence : contrast.sequences) {
      FP_ASSIGN_OR_RETURN(
          const std::vector<TokenScore> scores,
          ScoreTokens(engine, {{sequence.ids, sequence.first_scored}}, {.mask = &mask}));
      value += sequence.coefficient * scores.front().log_likelihood_nats;
    }
    values.push_back(value);
  }
  return values;
}

std::vector<Ablation> Spread(const ModelConfig& config, int64_t count) {
  std::vector<Ablation> ablations;
  const int64_t all = config.num_layers * config.intermediate_size;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t at = (2 * i + 1) * all / (2 * count);
    ablations.push_back({{static_cast<int32_t>(at / config.intermediate_size),
                          static_cast<int32_t>(at % config.intermediate_size)}});
  }
  return ablations;
}

using Way = Result<std::vector<double>> (*)(const Engine&, std::span<const Contrast>,
                                            const NeuronMask&);

// Seconds per neuron of a naive way; `largest` becomes the largest difference from `values`.
Result<double> TimeNaive(const Engine& engine, std::span<const Contrast> contrasts,
                         std::span<const Ablation> ablations, int64_t count, Way way,
                         const std::vector<std::vector<double>>& values, double& largest) {
  const Stopwatch watch;
  largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto a = static_cast<size_t>((2 * i + 1) * std::ssize(ablations) / (2 * count));
    NeuronMask mask(engine.config().num_layers, engine.config().intermediate_size);
    for (const Neuron& neuron : ablations[a]) mask.Remove(neuron.layer, neuron.index);
    FP_ASSIGN_OR_RETURN(const std::vector<double> naive, way(engine, contrasts, mask));
    for (size_t c = 0; c < naive.size(); ++c) {
      largest = std::max(largest, std::fabs(naive[c] - values[a][c]));
    }
  }
  return watch.seconds() / static_cast<double>(count);
}

Status Run(const std::string& path, const Sizes& sizes) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  FP_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::FromCheckpoint(checkpoint));
  FP_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(model));
  FP_ASSIGN_OR_RETURN(const RequestEncoder encoder,
                      RequestEncoder::Create(tokenizer, model.config.max_position_embeddings));
  FP_ASSIGN_OR_RETURN(std::vector<SignedItem> items, BundledSignedItems("occupations_en"));
  items.resize(std::min(items.size(), static_cast<size_t>(sizes.items)));
  FP_ASSIGN_OR_RETURN(const BiasSet set, EncodeBiasSet(encoder, "occupations_en", items));
  const std::vector<Ablation> ablations = Spread(model.config, sizes.neurons);
  // Kernels are made at first use.
  FP_RETURN_IF_ERROR(MeasureContrasts(engine, set.contrasts));

  const Stopwatch watch;
  FP_ASSIGN_OR_RETURN(const AblatedContrasts batched,
                      MeasureContrastsUnderAblations(engine, set.contrasts, ablations,
                                                     {.batch_nodes = sizes.batch_nodes}));
  const double ours = watch.seconds() / static_cast<double>(sizes.neurons);
  fmt::print("{} items, {} neurons over {} layers, {} threads\n", set.contrasts.size(),
             ablations.size(), model.config.num_layers, engine.threads());
  fmt::print("RunAblations:           {:8.4f} s per neuron\n", ours);
  for (const auto& [name, way] : {std::pair("masked, shared forests:", &Forests),
                                  std::pair("masked, text by text:  ", &Texts)}) {
    double largest = 0;
    FP_ASSIGN_OR_RETURN(const double naive,
                        TimeNaive(engine, set.contrasts, ablations, sizes.naive_neurons, way,
                                  batched.values, largest));
    fmt::print("{} {:8.4f} s per neuron, {:.1f} times; differs by at most {:.1e} nats\n", name,
               naive, naive / ours, largest);
  }
  return {};
}

}  // namespace
}  // namespace fairprune

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "ablation_bench MODEL [ITEMS [NEURONS [NAIVE_NEURONS [BATCH_NODES]]]]\n");
    return 2;
  }
  fairprune::Sizes sizes;
  int64_t* const numbers[] = {&sizes.items, &sizes.neurons, &sizes.naive_neurons,
                              &sizes.batch_nodes};
  for (int i = 2; i < argc && i < 6; ++i) *numbers[i - 2] = std::atoll(argv[i]);
  const auto status = fairprune::Run(argv[1], sizes);
  if (status) return 0;
  fmt::print(stderr, "error: {}\n", status.error().message);
  return 1;
}
