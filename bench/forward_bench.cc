// What fraction of the machine's matmul peak the forward pass reaches.
//
//   forward_bench MODEL [NODES]      (a Hugging Face folder or a .gguf file; f32, one thread per
//   core)
//
// Peak: the best of several products [N, K] x [K, C] of sizes of which oneDNN makes the most.
// Forward: floating-point operations of the matrix products of a forest of NODES nodes (512) in
// chains of 64 tokens, logits of every eighth node wanted, over the time of a whole Engine::Run;
// attention's own products are not counted. Both in turn, the best of seven.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "compute/matmul.h"
#include "forward/engine.h"
#include "model/model.h"

namespace fairprune {
namespace {

constexpr int kRepeats = 7;
constexpr int64_t kChain = 64;

double SecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// One square product, operations per second.
class Peak {
 public:
  explicit Peak(int64_t size)
      : size_(size),
        context_(compute::WeightType::kF32),
        x_(Tensor::Zeros({size, size})),
        y_(Tensor::Zeros({size, size})),
        weight_(context_.Pack(x_.matrix()).value()) {}

  double Measure() {
    const double seconds = SecondsOf([&] {
      if (!context_.Multiply(x_.matrix(), weight_, y_.matrix())) std::abort();
    });
    const auto n = static_cast<double>(size_);
    return 2 * n * n * n / seconds;
  }

 private:
  int64_t size_;
  compute::MatmulContext context_;
  Tensor x_, y_;
  compute::PackedMatrix weight_;
};

double OperationsPerNode(const ModelConfig& config) {
  const auto width = static_cast<double>(config.hidden_size);
  const auto heads = static_cast<double>(config.num_heads * config.head_dim);
  const auto keys = static_cast<double>(config.num_kv_heads * config.head_dim);
  const auto neurons = static_cast<double>(config.intermediate_size);
  const double layer = width * (heads + 2 * keys) + heads * width + 3 * width * neurons;
  return 2 * layer * static_cast<double>(config.num_layers);
}

Status Run(const std::string& path, int64_t num_nodes) {
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(checkpoint));
  FP_ASSIGN_OR_RETURN(const Engine engine, Engine::Load(model));
  std::vector<std::vector<int32_t>> chains;
  for (int64_t i = 0; i < num_nodes / kChain; ++i) {
    std::vector<int32_t>& chain = chains.emplace_back(static_cast<size_t>(kChain));
    std::iota(chain.begin(), chain.end(), static_cast<int32_t>(100 + i));
  }
  const Forest forest = BuildForest(chains);
  std::vector<int32_t> wanted;
  for (int32_t node = 7; node < forest.size(); node += 8) wanted.push_back(node);
  RunOptions options;
  options.logit_nodes = wanted;
  options.logits = [](auto, auto) {};
  const ModelConfig& config = engine.config();
  const double head = 2 * static_cast<double>(config.hidden_size * config.vocab_size);
  const double operations = OperationsPerNode(config) * static_cast<double>(forest.size()) +
                            head * static_cast<double>(wanted.size());
  std::vector<Peak> peaks;
  for (const int64_t size : {1024, 2048}) peaks.emplace_back(size);
  double peak = 0, forward = 0;
  for (int i = 0; i < kRepeats; ++i) {
    for (Peak& one : peaks) peak = std::max(peak, one.Measure());
    Status status;
    const double seconds = SecondsOf([&] { status = engine.Run(forest, options); });
    FP_RETURN_IF_ERROR(status);
    forward = std::max(forward, operations / seconds);
  }
  fmt::print("peak {:.1f} GFLOP/s, forward {:.1f} GFLOP/s of {} nodes: {:.0f} %\n", peak / 1e9,
             forward / 1e9, forest.size(), 100 * forward / peak);
  return {};
}

int Main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    fmt::print(stderr, "use: forward_bench MODEL [NODES]\n");
    return 2;
  }
  const Status status = Run(argv[1], argc == 3 ? std::atoll(argv[2]) : 512);
  if (!status) fmt::print(stderr, "{}\n", status.error().message);
  return status ? 0 : 3;
}

}  // namespace
}  // namespace fairprune

int main(int argc, char** argv) { return fairprune::Main(argc, argv); }
