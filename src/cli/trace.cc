// fairprune trace: a model's logits and MLP activations for given token ids.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/safetensors.h"
#include "cli/engine_input.h"
#include "cli/verbs.h"
#include "report/table.h"

namespace fairprune {
namespace {

struct TraceFlags {
  std::string model, ids, out;
  EngineFlags engine;
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

// The numbers of one row, computed when the first of its tensors is written.
class RowTracer : public TapSink {
 public:
  RowTracer(const Engine& engine, const std::vector<Row>& rows, Context& context)
      : engine_(engine), rows_(rows), context_(context) {}

  // Computes row `index`; a no-op when it was the last one asked for.
  Status Trace(size_t index) {
    if (current_ == index) return {};
    taps_.clear();
    const std::vector<int32_t>& ids = rows_[index].ids;
    const auto length = static_cast<int64_t>(ids.size());
    input_ids_.assign(ids.begin(), ids.end());
    logits_ = Tensor({length, engine_.config().vocab_size});
    const Forest forest =
        BuildForest(std::vector<std::vector<int32_t>>{ids}, engine_.long_sequence_limit());
    // One sequence is one chain: node = position.
    std::vector<int32_t> nodes = forest.sequences.front();
    RunOptions options;
    options.taps = this;
    options.logit_nodes = nodes;
    options.logits = [this](std::span<const int32_t> positions, ConstMatrixView logits) {
      for (size_t i = 0; i < positions.size(); ++i) {
        const auto from = logits.row_span(static_cast<int64_t>(i));
        std::copy(from.begin(), from.end(), logits_.matrix().row(positions[i]));
      }
    };
    FP_RETURN_IF_ERROR(engine_.Run(forest, options));
    current_ = index;
    context_.Progress("tracing rows", static_cast<int64_t>(index + 1),
                      static_cast<int64_t>(rows_.size()));
    return {};
  }

  void OnTap(int32_t layer, TapSite site, ConstMatrixView values) override {
    Tensor copy({values.rows, values.cols});
    for (int64_t i = 0; i < values.rows; ++i) {
      const auto from = values.row_span(i);
      std::copy(from.begin(), from.end(), copy.matrix().row(i));
    }
    taps_.insert_or_assign({layer, site}, std::move(copy));
  }

  std::span<const std::byte> input_ids() const { return std::as_bytes(std::span(input_ids_)); }
  std::span<const std::byte> logits() const { return std::as_bytes(logits_.span()); }
  std::span<const std::byte> tap(int32_t layer, TapSite site) const {
    return std::as_bytes(taps_.at({layer, site}).span());
  }

 private:
  const Engine& engine_;
  const std::vector<Row>& rows_;
  Context& context_;
  size_t current_ = SIZE_MAX;
  std::vector<int64_t> input_ids_;                      // [T]
  Tensor logits_;                                       // [T, V]
  std::map<std::pair<int32_t, TapSite>, Tensor> taps_;  // [T, F] each
};

// Every tensor of every row, row by row, so that the numbers of one row are in memory at a time.
std::vector<TensorToWrite> ListTensors(const std::vector<Row>& rows, const ModelConfig& config,
                                       RowTracer& tracer) {
  std::vector<TensorToWrite> tensors;
  for (size_t r = 0; r < rows.size(); ++r) {
    const auto length = static_cast<int64_t>(rows[r].ids.size());
    const auto add = [&](const std::string& name, DType dtype, Shape shape, auto bytes) {
      tensors.push_back({rows[r].name + "." + name, dtype, std::move(shape),
                         [&tracer, r, bytes](const auto& sink) -> Status {
                           FP_RETURN_IF_ERROR(tracer.Trace(r));
                           return sink(bytes(tracer));
                         }});
    };
    add("input_ids", DType::kI64, {length}, [](const RowTracer& t) { return t.input_ids(); });
    add("logits", DType::kF32, {length, config.vocab_size},
        [](const RowTracer& t) { return t.logits(); });
    for (int32_t layer = 0; layer < config.num_layers; ++layer) {
      for (const auto& [site, name] : kSites) {
        add(fmt::format("{}.{}", name, layer), DType::kF32, {length, config.intermediate_size},
            [layer, site = site](const RowTracer& t) { return t.tap(layer, site); });
      }
    }
  }
  return tensors;
}

Result<Outcome> Trace(const TraceFlags& flags, Context& context) {
  std::error_code ignored;
  if (!flags.force && std::filesystem::exists(flags.out, ignored)) {
    return Fail(ErrorCode::kExists, "{}: exists already; use --force to replace it", flags.out);
  }
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.model));
  FP_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(flags.ids, opened.model.config));
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(opened, flags.engine));
  RowTracer tracer(engine, rows, context);
  const std::vector<TensorToWrite> tensors = ListTensors(rows, engine.config(), tracer);
  const std::string compute(NameOf(engine.compute()));
  FP_RETURN_IF_ERROR(WriteSafetensors(flags.out, tensors, {{"compute", compute}}));
  int64_t num_tokens = 0;
  for (const Row& row : rows) num_tokens += static_cast<int64_t>(row.ids.size());
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
                   "the input of down_proj.",
               .examples = {"fairprune trace model.gguf --ids ids.json --out trace.safetensors"}},
              [flags, &context] { return Trace(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  verb->add_option("--ids", flags->ids, "JSON object of rows: {\"a\": [1, 2, 3], …}")->required();
  verb->add_option("--out", flags->out, "Safetensors file to write")->required();
  AddEngineFlags(verb, flags->engine);
  verb->add_flag("--force", flags->force, "Replace the file if it is there");
  AddJsonFlag(verb, flags->json);
}

}  // namespace fairprune
