// Exact effects of many neurons, measured in one run: a whole masked pass over the items per neuron
// (all items in shared forests, or text by text) against Engine::RunAblations over the same items,
// and against a sample of the items whose effects first order carries over to all of them.
//
//   ablation_bench MODEL [ITEMS [SAMPLE [NEURONS [NAIVE_NEURONS]]]]
//
// ITEMS of the bundled occupations_en, evenly spread (default 512), SAMPLE of these (default 48);
// NEURONS spread evenly over the layers (default 120), of which NAIVE_NEURONS (default 6) are also
// measured the naive ways. Prints seconds of CPU time per neuron, which other work on the machine
// changes least, and how far the results lie apart.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "attribution/bias_set.h"
#include "attribution/exact_effects.h"
#include "attribution/gate_gradients.h"
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
  int64_t items = 512, sample = 48, neurons = 120, naive_neurons = 6;
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

using Values = std::vector<std::vector<double>>;  // by neuron and contrast

std::vector<size_t> NaiveOnes(const Sizes& sizes) {
  std::vector<size_t> chosen;
  for (int64_t i = 0; i < sizes.naive_neurons; ++i) {
    chosen.push_back(static_cast<size_t>((2 * i + 1) * sizes.neurons / (2 * sizes.naive_neurons)));
  }
  return chosen;
}

using Way = Result<std::vector<double>> (*)(const Engine&, std::span<const Contrast>,
                                            const NeuronMask&);

// Seconds per neuron of a naive way over the contrasts; their values, by `chosen`.
Result<double> TimeNaive(const Engine& engine, std::span<const Contrast> contrasts,
                         std::span<const Ablation> ablations, std::span<const size_t> chosen,
                         Way way, Values& values) {
  const Stopwatch watch;
  values.clear();
  for (const size_t a : chosen) {
    NeuronMask mask(engine.config().num_layers, engine.config().intermediate_size);
    for (const Neuron& neuron : ablations[a]) mask.Remove(neuron.layer, neuron.index);
    FP_ASSIGN_OR_RETURN(std::vector<double> naive, way(engine, contrasts, mask));
    values.push_back(std::move(naive));
  }
  return watch.seconds() / static_cast<double>(chosen.size());
}

std::vector<Contrast> EveryNth(const std::vector<Contrast>& contrasts, int64_t count) {
  std::vector<Contrast> sample;
  for (int64_t i = 0; i < count; ++i) {
    sample.push_back(contrasts[static_cast<size_t>(i * std::ssize(contrasts) / count)]);
  }
  return sample;
}

// The same items: seconds per neuron of either way, and the largest difference of an item's value.
Status CompareOnSample(const Engine& engine, std::span<const Contrast> sample,
                       std::span<const Ablation> ablations, const Sizes& sizes, ExactEffects& exact,
                       double& seconds) {
  const Stopwatch watch;
  FP_ASSIGN_OR_RETURN(exact, MeasureExactEffects(engine, sample, ablations));
  seconds = watch.seconds() / static_cast<double>(ablations.size());
  fmt::print("on {} items:\n", sample.size());
  fmt::print("  RunAblations            {:8.4f} s per neuron\n", seconds);
  const std::vector<size_t> chosen = NaiveOnes(sizes);
  FP_ASSIGN_OR_RETURN(const std::vector<double> base, MeasureContrasts(engine, sample));
  for (const auto& [name, way] : {std::pair("masked, shared forests ", &Forests),
                                  std::pair("masked, text by text   ", &Texts)}) {
    Values values;
    FP_ASSIGN_OR_RETURN(const double naive,
                        TimeNaive(engine, sample, ablations, chosen, way, values));
    double largest = 0;
    for (size_t k = 0; k < chosen.size(); ++k) {
      for (size_t i = 0; i < sample.size(); ++i) {
        const double change = exact.changes[chosen[k]][i];
        largest = std::max(largest, std::fabs(values[k][i] - base[i] - change));
      }
    }
    fmt::print("  {} {:8.4f} s per neuron: {:.1f} times; changes differ by at most {:.1e} nats\n",
               name, naive, naive / seconds, largest);
  }
  return {};
}

// All items: masked runs against what first order makes of the sample.
Status CompareOnAll(const Engine& engine, std::span<const Contrast> all,
                    std::span<const Contrast> sample, std::span<const Ablation> ablations,
                    const Sizes& sizes, const ExactEffects& exact, double exact_seconds) {
  const Stopwatch watch;
  FP_ASSIGN_OR_RETURN(const GateGradients gradients, DifferentiateContrasts(engine, all));
  std::vector<Neuron> neurons;
  for (const Ablation& ablation : ablations) neurons.push_back(ablation.front());
  FP_ASSIGN_OR_RETURN(const Values first, FirstOrderByContrast(engine, sample, neurons));
  const double seconds = exact_seconds + watch.seconds() / static_cast<double>(neurons.size());
  fmt::print("on all {} items:\n", all.size());
  fmt::print("  estimated by the sample {:8.4f} s per neuron\n", seconds);
  const std::vector<size_t> chosen = NaiveOnes(sizes);
  Values values;
  FP_ASSIGN_OR_RETURN(const double naive,
                      TimeNaive(engine, all, ablations, chosen, &Forests, values));
  const double base = WeightedMean(all, gradients.values);
  fmt::print("  masked, shared forests  {:8.4f} s per neuron: {:.1f} times\n", naive,
             naive / seconds);
  for (size_t k = 0; k < chosen.size(); ++k) {
    const Neuron& neuron = neurons[chosen[k]];
    const double first_of_all = -gradients.mean.matrix().row(neuron.layer)[neuron.index];
    const ExactEffect estimate =
        EstimateOnAll(first_of_all, sample, exact.changes[chosen[k]], first[chosen[k]]);
    fmt::print(
        "  layer {:2} neuron {:4}: exact {:+.6f}, first order {:+.6f}, estimated {:+.6f} "
        "(standard error {:.6f})\n",
        neuron.layer, neuron.index, WeightedMean(all, values[k]) - base, first_of_all,
        estimate.mean, estimate.standard_error);
  }
  return {};
}

Status Run(const std::string& path, const Sizes& sizes) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  FP_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::FromCheckpoint(checkpoint));
  FP_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(model, {.gradient = true}));
  FP_ASSIGN_OR_RETURN(const RequestEncoder encoder,
                      RequestEncoder::Create(tokenizer, model.config.max_position_embeddings));
  FP_ASSIGN_OR_RETURN(const std::vector<SignedItem> bundled, BundledSignedItems("occupations_en"));
  std::vector<SignedItem> items;
  for (int64_t i = 0; i < sizes.items; ++i) {
    items.push_back(bundled[static_cast<size_t>(i * std::ssize(bundled) / sizes.items)]);
  }
  FP_ASSIGN_OR_RETURN(const BiasSet set, EncodeBiasSet(encoder, "occupations_en", items));
  const std::vector<Contrast> sample = EveryNth(set.contrasts, sizes.sample);
  const std::vector<Ablation> ablations = Spread(model.config, sizes.neurons);
  // Kernels are made at first use.
  FP_RETURN_IF_ERROR(MeasureContrasts(engine, sample));
  fmt::print("{} neurons over {} layers, {} threads\n", ablations.size(), model.config.num_layers,
             engine.threads());
  ExactEffects exact;
  double seconds = 0;
  FP_RETURN_IF_ERROR(CompareOnSample(engine, sample, ablations, sizes, exact, seconds));
  return CompareOnAll(engine, set.contrasts, sample, ablations, sizes, exact, seconds);
}

}  // namespace
}  // namespace fairprune

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "ablation_bench MODEL [ITEMS [SAMPLE [NEURONS [NAIVE_NEURONS]]]]\n");
    return 2;
  }
  fairprune::Sizes sizes;
  int64_t* const numbers[] = {&sizes.items, &sizes.sample, &sizes.neurons, &sizes.naive_neurons};
  for (int i = 2; i < argc && i < 6; ++i) *numbers[i - 2] = std::atoll(argv[i]);
  const auto status = fairprune::Run(argv[1], sizes);
  if (status) return 0;
  fmt::print(stderr, "error: {}\n", status.error().message);
  return 1;
}
