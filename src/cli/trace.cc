// fairprune trace: a model's logits and MLP activations for given token ids.
#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/safetensors.h"
#include "cli/engine_input.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "compute/gradients.h"
#include "report/table.h"

namespace fairprune {
namespace {

struct TraceFlags {
  std::string model, ids, out;
  EngineFlags engine;
  bool grad = false;
  bool force = false;
  bool json = false;
};

struct Row {
  std::string name;
  std::vector<int32_t> ids;
};

constexpr std::pair<TapSite, const char*> kSites[] = {
    {TapSite::kGate, "gate"}, {TapSite::kUp, "up"}, {TapSite::kAct, "act"}};

Result<Row> ReadRow(const std::string& name, const Json& list, const ModelConfig& config,
                    const std::string& source) {
  const std::string where = fmt::format("{}: row '{}'", source, name);
  if (!list.is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: expected a list of token ids, found {}", where,
                list.type_name());
  }
  if (list.empty()) return Fail(ErrorCode::kBadFormat, "{}: has no token ids", where);
  if (static_cast<int64_t>(list.size()) > config.max_position_embeddings) {
    return Fail(ErrorCode::kMismatch, "{}: has {} ids, and the model takes at most {}", where,
                list.size(), config.max_position_embeddings);
  }
  Row row{name, {}};
  for (size_t i = 0; i < list.size(); ++i) {
    const Json& id = list[i];
    if (!id.is_number_integer()) {
      return Fail(ErrorCode::kBadFormat, "{}: position {}: expected a token id, found {}", where, i,
                  DumpJson(id, -1));
    }
    if (id < 0 || id >= config.vocab_size) {
      return Fail(ErrorCode::kMismatch,
                  "{}: position {}: id {} is not in the model's vocabulary of {} (0 to {})", where,
                  i, DumpJson(id, -1), config.vocab_size, config.vocab_size - 1);
    }
    row.ids.push_back(id.get<int32_t>());
  }
  return row;
}

Result<std::vector<Row>> ReadRows(const std::string& path, const ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(const Json object, ReadJsonFile(path));
  if (!object.is_object()) {
    return Fail(ErrorCode::kBadFormat,
                "{}: expected an object of rows, {{\"a\": [token ids], …}}, found {}", path,
                object.type_name());
  }
  if (object.empty()) return Fail(ErrorCode::kBadFormat, "{}: has no rows", path);
  std::vector<Row> rows;
  for (const auto& [name, list] : object.items()) {
    FP_ASSIGN_OR_RETURN(Row row, ReadRow(name, list, config, path));
    rows.push_back(std::move(row));
  }
  return rows;
}

Tensor CopyOf(ConstMatrixView values) {
  Tensor copy({values.rows, values.cols});
  for (int64_t i = 0; i < values.rows; ++i) {
    const auto from = values.row_span(i);
    std::copy(from.begin(), from.end(), copy.matrix().row(i));
  }
  return copy;
}

// The numbers of one row.
class TracedRow : public TapSink, public GradientSink {
 public:
  TracedRow(const std::vector<int32_t>& ids, const Engine& engine)
      : input_ids_(ids.begin(), ids.end()),
        forest_(BuildForest(std::vector<std::vector<int32_t>>{ids}, engine.long_sequence_limit())),
        logits_({std::ssize(ids), engine.config().vocab_size}) {}
  // The run refers to it.
  TracedRow(const TracedRow&) = delete;
  TracedRow& operator=(const TracedRow&) = delete;

  ForestRun Run() {
    ForestRun run{&forest_, {.taps = this}};
    run.options.logit_nodes = forest_.sequences.front();  // one chain: node = position
    run.options.logits = [this](std::span<const int32_t> positions, ConstMatrixView logits) {
      for (size_t i = 0; i < positions.size(); ++i) {
        const auto from = logits.row_span(static_cast<int64_t>(i));
        std::copy(from.begin(), from.end(), logits_.matrix().row(positions[i]));
      }
    };
    return run;
  }

  void OnTap(int32_t layer, TapSite site, ConstMatrixView values) override {
    taps_.insert_or_assign({layer, site}, CopyOf(values));
  }

  // Of the sum over t of log p(ids[t + 1] | ids[0 … t]).
  Status RunGradient(const Engine& engine) {
    const std::span<const int32_t> path = forest_.sequences.front();
    GradientOptions options;
    options.logit_nodes = path.first(path.size() - 1);  // the last id predicts nothing
    options.objective = [this](std::span<const int32_t> positions, MatrixView logits) {
      for (size_t i = 0; i < positions.size(); ++i) {
        const auto next = static_cast<size_t>(positions[i]) + 1;
        compute::LogProbabilityGradient(1, input_ids_[next],
                                        logits.row_span(static_cast<int64_t>(i)));
      }
    };
    options.sink = this;
    return engine.RunGradient(forest_, options);
  }
  void OnGradient(int32_t layer, ConstMatrixView /*act*/, ConstMatrixView gradient) override {
    gradients_.insert_or_assign(layer, CopyOf(gradient));
  }

  std::span<const std::byte> input_ids() const { return std::as_bytes(std::span(input_ids_)); }
  std::span<const std::byte> logits() const { return std::as_bytes(logits_.span()); }
  std::span<const std::byte> tap(int32_t layer, TapSite site) const {
    return std::as_bytes(taps_.at({layer, site}).span());
  }
  std::span<const std::byte> gradient(int32_t layer) const {
    return std::as_bytes(gradients_.at(layer).span());
  }

 private:
  std::vector<int64_t> input_ids_;  // [T]
  Forest forest_;
  Tensor logits_;                                       // [T, V]
  std::map<std::pair<int32_t, TapSite>, Tensor> taps_;  // [T, F] each
  std::map<int32_t, Tensor> gradients_;                 // [T, F] each
};

// Computes rows when the first of their tensors is written: one at a time, or for a streaming
// engine, to which every pass is a reading of all weights, as many as kStreamedBytes hold.
class RowTracer {
 public:
  RowTracer(const Engine& engine, const std::vector<Row>& rows, bool gradients, Context& context)
      : engine_(engine), rows_(rows), gradients_(gradients), context_(context) {}

  Result<const TracedRow*> Trace(size_t index) {
    if (index < first_ || index >= first_ + traced_.size()) FP_RETURN_IF_ERROR(TraceFrom(index));
    return &traced_[index - first_];
  }

 private:
  // What the numbers of all the rows that are in memory may take.
  static constexpr int64_t kStreamedBytes = int64_t{1} << 30;

  int64_t BytesOf(const Row& row) const {
    const ModelConfig& config = engine_.config();
    const int64_t numbers =
        config.vocab_size + config.num_layers * std::ssize(kSites) * config.intermediate_size;
    return std::ssize(row.ids) * numbers * static_cast<int64_t>(sizeof(float));
  }

  Status TraceFrom(size_t index) {
    traced_.clear();
    first_ = index;
    std::vector<ForestRun> runs;
    int64_t bytes = 0;
    for (size_t i = index; i < rows_.size() && (i == index || engine_.streams()); ++i) {
      bytes += BytesOf(rows_[i]);
      if (i > index && bytes > kStreamedBytes) break;
      runs.push_back(traced_.emplace_back(rows_[i].ids, engine_).Run());
    }
    const auto rows_done = static_cast<int64_t>(index);
    const auto progress = [&](int64_t done, int64_t total) {
      return context_.Progress("tracing rows", rows_done + std::ssize(runs) * done / total,
                               std::ssize(rows_));
    };
    FP_RETURN_IF_ERROR(engine_.RunAll(runs, progress));
    if (gradients_)
      for (TracedRow& row : traced_) FP_RETURN_IF_ERROR(row.RunGradient(engine_));
    return {};
  }

  const Engine& engine_;
  const std::vector<Row>& rows_;
  bool gradients_;
  Context& context_;
  size_t first_ = 0;
  std::deque<TracedRow> traced_;  // rows first_, first_ + 1, …
};

// Every tensor of every row, row by row.
std::vector<TensorToWrite> ListTensors(const std::vector<Row>& rows, const ModelConfig& config,
                                       bool gradients, RowTracer& tracer) {
  std::vector<TensorToWrite> tensors;
  for (size_t r = 0; r < rows.size(); ++r) {
    const auto length = static_cast<int64_t>(rows[r].ids.size());
    const auto add = [&](const std::string& name, DType dtype, Shape shape, auto bytes) {
      tensors.push_back({rows[r].name + "." + name, dtype, std::move(shape),
                         [&tracer, r, bytes](const auto& sink) -> Status {
                           FP_ASSIGN_OR_RETURN(const TracedRow* row, tracer.Trace(r));
                           return sink(bytes(*row));
                         }});
    };
    add("input_ids", DType::kI64, {length}, [](const TracedRow& t) { return t.input_ids(); });
    add("logits", DType::kF32, {length, config.vocab_size},
        [](const TracedRow& t) { return t.logits(); });
    for (int32_t layer = 0; layer < config.num_layers; ++layer) {
      for (const auto& [site, name] : kSites) {
        add(fmt::format("{}.{}", name, layer), DType::kF32, {length, config.intermediate_size},
            [layer, site = site](const TracedRow& t) { return t.tap(layer, site); });
      }
      if (gradients) {
        add(fmt::format("grad.{}", layer), DType::kF32, {length, config.intermediate_size},
            [layer](const TracedRow& t) { return t.gradient(layer); });
      }
    }
  }
  return tensors;
}

Result<Outcome> Trace(const TraceFlags& flags, Context& context) {
  FP_RETURN_IF_ERROR(CheckMayWrite(flags.out, flags.force));
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.model, context));
  FP_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(flags.ids, opened.model.config));
  EngineFlags engine_flags = flags.engine;
  engine_flags.gradient = flags.grad;
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(opened, engine_flags));
  CatchInterrupts();
  RowTracer tracer(engine, rows, flags.grad, context);
  const std::vector<TensorToWrite> tensors = ListTensors(rows, engine.config(), flags.grad, tracer);
  const std::string compute(NameOf(engine.compute()));
  FP_RETURN_IF_ERROR(WriteSafetensors(flags.out, tensors, {{"compute", compute}}));
  int64_t num_tokens = 0;
  for (const Row& row : rows) num_tokens += static_cast<int64_t>(row.ids.size());
  std::error_code ignored;
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(flags.out, ignored));
  if (flags.json) {
    context.PrintJson("trace", {{"model", flags.model},
                                {"rows", rows.size()},
                                {"tokens", num_tokens},
                                {"tensors", tensors.size()},
                                {"bytes", bytes},
                                {"compute", compute},
                                {"out", flags.out}});
  } else {
    context.Print(fmt::format("{} rows, {} tokens: {} tensors, {} written to {}\n", rows.size(),
                              WithThousands(num_tokens), tensors.size(), HumanBytes(bytes),
                              flags.out));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddTrace(CLI::App& app, Context& context) {
  auto flags = std::make_shared<TraceFlags>();
  CLI::App* verb =
      AddVerb(app, context,
              {.name = "trace",
               .summary = "Write the logits and MLP activations of given token ids",
               .description =
                   "Reads {\"ROW\": [token ids], …} and writes, with nothing added to the ids, the "
                   "tensors ROW.input_ids [T], ROW.logits [T, V] and per layer ROW.gate.LAYER, "
                   "ROW.up.LAYER, ROW.act.LAYER [T, F]: the outputs of gate_proj and up_proj and "
                   "the input of down_proj. --grad adds ROW.grad.LAYER [T, F]: the gradient of the "
                   "row's log-likelihood (of every id but the first) with respect to that input.",
               .examples = {"fairprune trace model.gguf --ids ids.json --out trace.safetensors"}},
              [flags, &context] { return Trace(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  verb->add_option("--ids", flags->ids, "JSON object of rows: {\"a\": [1, 2, 3], …}")->required();
  verb->add_option("--out", flags->out, "Safetensors file to write")->required();
  AddEngineFlags(verb, flags->engine);
  verb->add_flag("--grad", flags->grad, "Write gradients too; not with --stream");
  verb->add_flag("--force", flags->force, "Replace the file if it is there");
  AddJsonFlag(verb, flags->json);
}

}  // namespace fairprune
