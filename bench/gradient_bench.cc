// What a gradient costs in forward passes, on a real model and the bundled signed items.
//   gradient_bench MODEL [ITEMS=200] [REPEATS=3] [f32|bf16]
// Both ways run over the same forests, one after the other in turn; each line is one repeat. The
// forward pass gives the logits that the gradient's objective reads, and no more.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "attribution/bias_set.h"
#include "attribution/gate_gradients.h"
#include "checkpoint/checkpoint.h"
#include "data/signed_items.h"
#include "forward/engine.h"
#include "model/model.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {
namespace {

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Options {
  std::string model;
  size_t items = 200;
  int repeats = 3;
  std::string compute = "f32";
};

// The forests that DifferentiateContrasts makes, and the nodes whose logits it reads.
struct Job {
  std::vector<Forest> forests;
  std::vector<std::vector<int32_t>> logit_nodes;
};

Job MakeJob(const std::vector<Contrast>& contrasts, const Engine& engine) {
  Job job;
  for (const Contrast& contrast : contrasts) {
    if (job.forests.empty() || job.forests.back().size() >= engine.preferred_batch_nodes()) {
      job.forests.emplace_back();
      job.logit_nodes.emplace_back();
    }
    std::vector<std::span<const int32_t>> inputs;
    inputs.reserve(contrast.sequences.size());
    for (const WeightedSequence& s : contrast.sequences) {
      inputs.push_back(std::span<const int32_t>(s.ids).first(s.ids.size() - 1));
    }
    Forest& forest = job.forests.back();
    const size_t first = forest.sequences.size();
    AppendForest(BuildForest(inputs, engine.long_sequence_limit()), forest);
    for (size_t s = 0; s < contrast.sequences.size(); ++s) {
      const auto from = static_cast<size_t>(contrast.sequences[s].first_scored) - 1;
      for (size_t p = from; p < forest.sequences[first + s].size(); ++p) {
        job.logit_nodes.back().push_back(forest.sequences[first + s][p]);
      }
    }
  }
  for (std::vector<int32_t>& nodes : job.logit_nodes) {
    std::ranges::sort(nodes);
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  }
  return job;
}

Status RunForward(const Engine& engine, const Job& job) {
  for (size_t i = 0; i < job.forests.size(); ++i) {
    RunOptions options;
    options.logit_nodes = job.logit_nodes[i];
    options.logits = [](std::span<const int32_t>, ConstMatrixView) {};
    FP_RETURN_IF_ERROR(engine.Run(job.forests[i], options));
  }
  return {};
}

Status Run(const Options& options) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(options.model));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  FP_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::FromCheckpoint(checkpoint));
  FP_ASSIGN_OR_RETURN(const ComputeType compute, ParseComputeType(options.compute));
  // Each way with the engine that users of it have: packed weights, and rows for both directions.
  FP_ASSIGN_OR_RETURN(const Engine forward, Engine::Load(model, {.compute = compute}));
  FP_ASSIGN_OR_RETURN(const Engine both,
                      Engine::Load(model, {.compute = compute, .gradient = true}));
  FP_ASSIGN_OR_RETURN(const RequestEncoder encoder,
                      RequestEncoder::Create(tokenizer, model.config.max_position_embeddings));
  FP_ASSIGN_OR_RETURN(std::vector<SignedItem> items, BundledSignedItems("stereotypes_en"));
  items.resize(std::min(items.size(), options.items));
  FP_ASSIGN_OR_RETURN(const BiasSet set, EncodeBiasSet(encoder, "stereotypes_en", items));
  const Job job = MakeJob(set.contrasts, forward);
  int64_t nodes = 0;
  for (const Forest& forest : job.forests) nodes += forest.size();
  fmt::print("{} items, {} tokens, {}\n", set.items.size(), nodes, NameOf(forward.compute()));
  FP_RETURN_IF_ERROR(RunForward(forward, job));  // kernels are made once
  FP_RETURN_IF_ERROR(DifferentiateContrasts(both, set.contrasts));
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    const double begin = Seconds();
    FP_RETURN_IF_ERROR(RunForward(forward, job));
    const double middle = Seconds();
    FP_RETURN_IF_ERROR(DifferentiateContrasts(both, set.contrasts));
    const double end = Seconds();
    fmt::print("forward {:.2f} s ({:.0f} tokens/s), gradient {:.2f} s: {:.2f} forwards\n",
               middle - begin, static_cast<double>(nodes) / (middle - begin), end - middle,
               (end - middle) / (middle - begin));
  }
  return {};
}

}  // namespace
}  // namespace fairprune

int main(int argc, char** argv) {
  fairprune::Options options;
  if (argc < 2) {
    fmt::print(stderr, "usage: gradient_bench MODEL [ITEMS=200] [REPEATS=3] [f32|bf16]\n");
    return 2;
  }
  options.model = argv[1];
  if (argc > 2) options.items = static_cast<size_t>(std::atoll(argv[2]));
  if (argc > 3) options.repeats = std::atoi(argv[3]);
  if (argc > 4) options.compute = argv[4];
  const fairprune::Status status = fairprune::Run(options);
  if (!status) fmt::print(stderr, "error: {}\n", status.error().message);
  return status ? 0 : 1;
}
