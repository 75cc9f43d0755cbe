#include "forward/engine.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "compute/matmul.h"
#include "compute/parallel.h"
#include "compute/row_ops.h"
#include "forward/ablation.h"
#include "forward/extension.h"
#include "forward/gradient.h"
#include "forward/head.h"
#include "forward/layer.h"
#include "forward/weights.h"
#include "forward/workspace.h"

namespace fairprune {
namespace {

// Nodes per Run: enough for the matrix products to reach their peak, few enough that a layer's
// activations stay in the caches.
constexpr int32_t kBatchNodes = 512;
// Nodes of copies that go through the layers together in RunAblations.
constexpr int64_t kAblationNodes = 1024;

Result<ComputeType> ResolveCompute(ComputeType asked) {
  const bool fast_bf16 = compute::CpuHasFastBf16();
  if (asked == ComputeType::kAuto) return fast_bf16 ? ComputeType::kBf16 : ComputeType::kF32;
  if (asked == ComputeType::kBf16 && !fast_bf16) {
    return Fail(ErrorCode::kUnsupported,
                "bf16 computation was asked for, but this CPU ({}) has no bf16 instructions; use "
                "--compute f32 or auto",
                compute::CpuIsaName());
  }
  return asked;
}

// What RunAll has done of its work.
struct Steps {
  const RunProgress& progress;
  int64_t done = 0, total = 0;

  Status Advance(int64_t count) {
    done += count;
    return progress ? progress(done, total) : Status();
  }
};

// Memory of a residual stream: [BucketRows(nodes), D], zeroed, since the padding rows may go
// through matrix products.
Tensor HiddenStates(const ModelConfig& config, int64_t nodes) {
  return Tensor::Zeros({compute::BucketRows(nodes), config.hidden_size});
}

}  // namespace

std::string_view NameOf(ComputeType type) {
  switch (type) {
    case ComputeType::kAuto:
      return "auto";
    case ComputeType::kF32:
      return "f32";
    case ComputeType::kBf16:
      return "bf16";
  }
  return "unknown";
}

Result<ComputeType> ParseComputeType(std::string_view name) {
  for (const auto type : {ComputeType::kAuto, ComputeType::kF32, ComputeType::kBf16}) {
    if (name == NameOf(type)) return type;
  }
  return Fail(ErrorCode::kInvalidArgument, "unknown compute type '{}': expected auto, f32 or bf16",
              name);
}

struct Engine::Impl {
  Impl(const ModelConfig& c, ComputeType type, int num_threads)
      : config(c),
        compute_type(type),
        threads(num_threads),
        matmul(type == ComputeType::kBf16 ? compute::WeightType::kBf16 : compute::WeightType::kF32),
        workspace(c) {}

  Status CheckTokens(std::span<const int32_t> tokens, int64_t positions) const;
  Status CheckMask(const NeuronMask* mask) const;
  Status Check(const Forest& forest, const RunOptions& options) const;
  LayerContext Context() { return {config, matmul, workspace}; }
  void ReservePositions(const Forest& forest);
  // With all weights in memory.
  Status RunForest(const Forest& forest, const RunOptions& options);
  Pass BeginPass(const Forest& forest, const RunOptions& options);
  Status CheckGradient(const Forest& forest, const GradientOptions& options) const;
  Status RunGradients(const Forest& forest, std::span<const GradientOptions> objectives);
  Status CheckAblations(const Forest& forest, const AblationOptions& options) const;
  // With one layer's at a time.
  Status RunStreamed(std::span<const ForestRun> runs, Steps& steps);
  Status StreamLayers(std::span<const Pass> passes, Steps& steps);
  Status StreamHead(std::span<const Pass> passes, Steps& steps);

  ModelConfig config;
  ComputeType compute_type;
  int threads;
  Tensor final_norm;           // [D]
  ModelWeights weights;        // of a streaming engine: empty
  std::optional<Model> model;  // of a streaming engine: where the weights are
  // What a Run changes: behind `mutex`.
  std::mutex mutex;
  compute::MatmulContext matmul;
  Workspace workspace;
  Tensor hidden;  // [BucketRows(N), D]
  AblationWorkspace ablation;
  std::optional<GradientWorkspace> gradient;  // of an engine with `gradient`
};

// Ids, and the positions up to which their sequences reach.
Status Engine::Impl::CheckTokens(std::span<const int32_t> tokens, int64_t positions) const {
  for (const int32_t token : tokens) {
    if (token < 0 || token >= config.vocab_size) {
      return Fail(ErrorCode::kInvalidArgument,
                  "token id {} is out of range: the model has {} tokens (0 to {})", token,
                  config.vocab_size, config.vocab_size - 1);
    }
  }
  if (config.max_position_embeddings > 0 && positions > config.max_position_embeddings) {
    return Fail(ErrorCode::kInvalidArgument,
                "a sequence is longer than the model's {} positions (max_position_embeddings)",
                config.max_position_embeddings);
  }
  return {};
}

Status Engine::Impl::CheckMask(const NeuronMask* mask) const {
  if (mask != nullptr && (mask->num_layers() != config.num_layers ||
                          mask->num_neurons() != config.intermediate_size)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the neuron mask is [{}, {}], the model needs [{}, {}]", mask->num_layers(),
                mask->num_neurons(), config.num_layers, config.intermediate_size);
  }
  return {};
}

Status Engine::Impl::Check(const Forest& forest, const RunOptions& options) const {
  const int64_t limit = LongSequenceLimit(config);
  if (forest.size() > 0 && forest.long_sequence_limit != limit) {
    return Fail(ErrorCode::kInvalidArgument,
                "the forest was built for a long-sequence limit of {}, but the model's is {} (0: "
                "none)",
                forest.long_sequence_limit, limit);
  }
  const int64_t positions =
      forest.size() == 0 ? 0 : int64_t{1} + *std::ranges::max_element(forest.depth);
  FP_RETURN_IF_ERROR(CheckTokens(forest.token, positions));
  FP_RETURN_IF_ERROR(CheckMask(options.mask));
  for (const int32_t node : options.logit_nodes) {
    if (node < 0 || node >= forest.size()) {
      return Fail(ErrorCode::kInvalidArgument, "logits asked for node {} of a forest of {} nodes",
                  node, forest.size());
    }
  }
  return {};
}

void Engine::Impl::ReservePositions(const Forest& forest) {
  const int64_t count = 1 + *std::ranges::max_element(forest.depth);
  workspace.ropes.Reserve(count, HasLongSequences(forest));
}

// The embeddings of a forest that is not empty, with all weights in memory.
Pass Engine::Impl::BeginPass(const Forest& forest, const RunOptions& options) {
  const LayerContext context = Context();
  const int64_t d = config.hidden_size;
  workspace.Resize(forest.size());
  ReservePositions(forest);
  if (hidden.shape().empty() || hidden.shape().front() < compute::BucketRows(forest.size())) {
    hidden = HiddenStates(config, forest.size());
  }
  Pass pass = MakePass(context, forest, options, {hidden.data(), forest.size(), d, d});
  EmbedTokens(config, weights, forest.token, pass.hidden);
  return pass;
}

namespace {

// Both steps of a layer, and what taps see of the residual stream around it.
Status RunLayer(const LayerContext& context, int32_t layer, const LayerWeights& w,
                const Pass& pass) {
  TapSink* taps = pass.options->taps;
  if (taps != nullptr) taps->OnResidual(layer, pass.hidden);
  FP_RETURN_IF_ERROR(RunAttention(context, layer, w, pass));
  FP_RETURN_IF_ERROR(RunMlp(context, layer, w, pass));
  if (taps != nullptr && layer + 1 == context.config.num_layers)
    taps->OnResidual(layer + 1, pass.hidden);
  return {};
}

}  // namespace

Status Engine::Impl::RunForest(const Forest& forest, const RunOptions& options) {
  const LayerContext context = Context();
  const Pass pass = BeginPass(forest, options);
  for (int32_t layer = 0; layer < config.num_layers; ++layer) {
    const LayerWeights& w = weights.layers[static_cast<size_t>(layer)];
    FP_RETURN_IF_ERROR(RunLayer(context, layer, w, pass));
  }
  return RunHead(context, final_norm, weights.head, pass);
}

Status Engine::Impl::CheckGradient(const Forest& forest, const GradientOptions& options) const {
  if (!gradient) {
    return Fail(ErrorCode::kInvalidArgument,
                "the engine was loaded without EngineOptions::gradient");
  }
  FP_CHECK(options.sink != nullptr && options.objective, "a sink and an objective");
  constexpr int32_t kLargestGroup = 64;
  const auto num_nodes = static_cast<int64_t>(options.logit_nodes.size());
  if (options.group < 1 || options.group > kLargestGroup || num_nodes % options.group != 0) {
    return Fail(ErrorCode::kInvalidArgument, "{} nodes in groups of {}: expected 1 to {}, dividing",
                num_nodes, options.group, kLargestGroup);
  }
  RunOptions forward;
  forward.mask = options.mask;
  forward.logit_nodes = options.logit_nodes;
  FP_RETURN_IF_ERROR(Check(forest, forward));
  std::vector<bool> named(static_cast<size_t>(forest.size()));
  for (const int32_t node : options.logit_nodes) {
    if (named[static_cast<size_t>(node)]) {
      return Fail(ErrorCode::kInvalidArgument, "node {} is named twice", node);
    }
    named[static_cast<size_t>(node)] = true;
  }
  return {};
}

Status Engine::Impl::RunGradients(const Forest& forest,
                                  std::span<const GradientOptions> objectives) {
  const LayerContext context = Context();
  RunOptions forward;
  forward.mask = objectives.front().mask;
  const Pass pass = BeginPass(forest, forward);
  gradient->Resize(forest.size());
  for (int32_t layer = 0; layer < config.num_layers; ++layer) {
    const LayerWeights& w = weights.layers[static_cast<size_t>(layer)];
    LayerRecord& record = gradient->records[static_cast<size_t>(layer)];
    FP_RETURN_IF_ERROR(RunAttention(context, layer, w, pass, &record));
    FP_RETURN_IF_ERROR(RunMlp(context, layer, w, pass, &record));
  }
  for (const GradientOptions& objective : objectives) {
    FP_RETURN_IF_ERROR(BackwardHead(context, final_norm, weights.head, pass, objective, *gradient));
    for (auto layer = static_cast<int32_t>(config.num_layers) - 1; layer >= 0; --layer) {
      const LayerWeights& w = weights.layers[static_cast<size_t>(layer)];
      FP_RETURN_IF_ERROR(BackwardMlp(context, layer, w, pass, objective, *gradient));
      if (layer > 0) FP_RETURN_IF_ERROR(BackwardAttention(context, layer, w, pass, *gradient));
    }
  }
  return {};
}

Status Engine::Impl::StreamLayers(std::span<const Pass> passes, Steps& steps) {
  const LayerContext context = Context();
  for (int32_t layer = 0; layer < config.num_layers; ++layer) {
    FP_ASSIGN_OR_RETURN(const LayerWeights w, LoadLayer(*model, matmul, layer));
    PrefetchLayer(*model, layer + 1);
    for (const Pass& pass : passes) {
      workspace.Resize(pass.forest->size());
      FP_RETURN_IF_ERROR(RunLayer(context, layer, w, pass));
      FP_RETURN_IF_ERROR(steps.Advance(1));
    }
  }
  return {};
}

Status Engine::Impl::StreamHead(std::span<const Pass> passes, Steps& steps) {
  HeadWeights head;
  if (std::ranges::any_of(passes, [](const Pass& p) { return !p.options->logit_nodes.empty(); })) {
    FP_ASSIGN_OR_RETURN(head, LoadHead(*model, matmul, HeadBlockRows(config)));
  }
  for (const Pass& pass : passes) {
    FP_RETURN_IF_ERROR(RunHead(Context(), final_norm, head, pass));
    FP_RETURN_IF_ERROR(steps.Advance(1));
  }
  return {};
}

Status Engine::Impl::RunStreamed(std::span<const ForestRun> runs, Steps& steps) {
  std::vector<Tensor> states;
  std::vector<Pass> passes;
  for (const ForestRun& run : runs) {
    if (run.forest->size() > 0) ReservePositions(*run.forest);
  }
  const int64_t d = config.hidden_size;
  for (const ForestRun& run : runs) {
    const int64_t nodes = run.forest->size();
    if (nodes == 0) continue;
    Tensor& state = states.emplace_back(HiddenStates(config, nodes));
    passes.push_back(MakePass(Context(), *run.forest, run.options, {state.data(), nodes, d, d}));
    const MatrixView hidden_states = passes.back().hidden;
    FP_RETURN_IF_ERROR(ReadEmbeddings(*model, matmul.type(), run.forest->token, hidden_states));
    ScaleEmbeddings(config, hidden_states);
  }
  // Forests without nodes are done.
  const auto empty = std::ssize(runs) - std::ssize(passes);
  if (empty > 0) FP_RETURN_IF_ERROR(steps.Advance(empty * (config.num_layers + 1)));
  if (passes.empty()) return {};
  FP_RETURN_IF_ERROR(StreamLayers(passes, steps));
  return StreamHead(passes, steps);
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::Load(const Model& model, EngineOptions options) {
  FP_CHECK(model.config.attention.size() == static_cast<size_t>(model.config.num_layers),
           "a config that says what attention does in every layer");
  if (options.stream && options.gradient)
    return Fail(ErrorCode::kUnsupported, "gradients need all weights in memory: not with stream");
  FP_ASSIGN_OR_RETURN(const ComputeType compute_type, ResolveCompute(options.compute));
  const int threads = compute::SetNumThreads(options.threads);
  auto impl = std::make_unique<Impl>(model.config, compute_type, threads);
  FP_ASSIGN_OR_RETURN(impl->final_norm, LoadFinalNorm(model));
  if (options.stream) {
    impl->model = model;
  } else {
    const MatrixForm form = options.gradient ? MatrixForm::kRows : MatrixForm::kPacked;
    FP_ASSIGN_OR_RETURN(impl->weights, LoadModelWeights(model, impl->matmul, form));
  }
  if (options.gradient) impl->gradient.emplace(impl->config);
  return Engine(std::move(impl));
}

const ModelConfig& Engine::config() const { return impl_->config; }
ComputeType Engine::compute() const { return impl_->compute_type; }
int Engine::threads() const { return impl_->threads; }
int32_t Engine::preferred_batch_nodes() const { return kBatchNodes; }

int64_t Engine::long_sequence_limit() const { return LongSequenceLimit(impl_->config); }
bool Engine::streams() const { return impl_->model.has_value(); }

Status Engine::RunAll(std::span<const ForestRun> runs, const RunProgress& progress) const {
  const int64_t steps_per_run = impl_->config.num_layers + 1;
  Steps steps{progress, 0, std::ssize(runs) * steps_per_run};
  if (streams()) {
    for (const ForestRun& run : runs) FP_RETURN_IF_ERROR(impl_->Check(*run.forest, run.options));
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    return impl_->RunStreamed(runs, steps);
  }
  for (const ForestRun& run : runs) {
    FP_RETURN_IF_ERROR(Run(*run.forest, run.options));
    FP_RETURN_IF_ERROR(steps.Advance(steps_per_run));
  }
  return {};
}

Status Engine::Run(const Forest& forest, const RunOptions& options) const {
  if (streams()) {
    const ForestRun run{&forest, options};
    return RunAll({&run, 1});
  }
  FP_RETURN_IF_ERROR(impl_->Check(forest, options));
  if (forest.size() == 0) return {};
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->RunForest(forest, options);
}

Status Engine::Extend(std::span<const int32_t> tokens, KvCache& cache,
                      const ExtendOptions& options) const {
  if (streams()) {
    return Fail(ErrorCode::kUnsupported,
                "extending a sequence needs all weights in memory: not with stream");
  }
  FP_CHECK(cache.Fits(config()), "a cache made for the engine's config");
  FP_RETURN_IF_ERROR(impl_->CheckTokens(tokens, cache.size() + std::ssize(tokens)));
  FP_RETURN_IF_ERROR(impl_->CheckMask(options.mask));
  if (tokens.empty()) return {};
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return RunExtension(impl_->Context(), impl_->weights, impl_->final_norm, tokens, options, cache,
                      impl_->hidden);
}

Status Engine::RunGradient(const Forest& forest, const GradientOptions& options) const {
  return RunGradients(forest, {&options, 1});
}

Status Engine::RunGradients(const Forest& forest,
                            std::span<const GradientOptions> objectives) const {
  for (const GradientOptions& objective : objectives) {
    FP_CHECK(objective.mask == objectives.front().mask, "objectives of one pass have one mask");
    FP_RETURN_IF_ERROR(impl_->CheckGradient(forest, objective));
  }
  if (forest.size() == 0 || objectives.empty()) return {};
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->RunGradients(forest, objectives);
}

Status Engine::Impl::CheckAblations(const Forest& forest, const AblationOptions& options) const {
  if (model) {
    return Fail(ErrorCode::kUnsupported, "ablations need all weights in memory: not with stream");
  }
  FP_CHECK(options.logits != nullptr, "a sink");
  RunOptions forward;
  forward.mask = options.mask;
  forward.logit_nodes = options.logit_nodes;
  FP_RETURN_IF_ERROR(Check(forest, forward));
  for (size_t i = 1; i < options.logit_nodes.size(); ++i) {
    if (options.logit_nodes[i] > options.logit_nodes[i - 1]) continue;
    return Fail(ErrorCode::kInvalidArgument, "node {} follows node {}: expected ascending nodes",
                options.logit_nodes[i], options.logit_nodes[i - 1]);
  }
  for (size_t a = 0; a < options.ablations.size(); ++a) {
    if (options.ablations[a].empty()) {
      return Fail(ErrorCode::kInvalidArgument, "ablation {} names no neuron", a);
    }
    for (const Neuron& neuron : options.ablations[a]) {
      if (neuron.layer >= 0 && neuron.layer < config.num_layers && neuron.index >= 0 &&
          neuron.index < config.intermediate_size) {
        continue;
      }
      return Fail(ErrorCode::kInvalidArgument,
                  "ablation {} names neuron {} of layer {}, the model has {} layers of {}", a,
                  neuron.index, neuron.layer, config.num_layers, config.intermediate_size);
    }
  }
  return {};
}

Status Engine::RunAblations(const Forest& forest, const AblationOptions& options) const {
  FP_RETURN_IF_ERROR(impl_->CheckAblations(forest, options));
  if (options.logit_nodes.empty()) return {};
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  RunOptions forward;
  forward.mask = options.mask;
  const Pass pass = impl_->BeginPass(forest, forward);
  AblationOptions sized = options;
  if (sized.batch_nodes <= 0) sized.batch_nodes = kAblationNodes;
  return RunUnderAblations(impl_->Context(), impl_->weights, impl_->final_norm, pass, sized,
                           impl_->ablation);
}

int64_t Engine::gradient_bytes_per_node() const {
  return GradientWorkspace::BytesPerNode(impl_->config);
}

}  // namespace fairprune
