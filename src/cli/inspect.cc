// fairprune inspect: what a model is made of.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "cli/model_input.h"
#include "cli/verbs.h"
#include "io/hash.h"
#include "report/table.h"

namespace fairprune {
namespace {

struct InspectOptions {
  std::string model;
  bool json = false;
};

struct DTypeCount {
  int64_t tensors = 0, elements = 0, bytes = 0;
};

struct FileFacts {
  std::string path;
  int64_t size_bytes = 0;
  std::string sha256;
};

std::map<std::string, DTypeCount> CountDTypes(const TensorSource& tensors) {
  std::map<std::string, DTypeCount> counts;
  for (const TensorEntry& entry : tensors.entries()) {
    DTypeCount& count = counts[std::string(NameOf(entry.dtype))];
    ++count.tensors;
    count.elements += NumElements(entry.shape);
    count.bytes += static_cast<int64_t>(entry.bytes.size());
  }
  return counts;
}

// The tensor files, and a Hugging Face folder's config and tokenizer files.
Result<std::vector<FileFacts>> HashFiles(const Checkpoint& checkpoint) {
  std::set<std::string> paths(checkpoint.tensors().files().begin(),
                              checkpoint.tensors().files().end());
  for (const char* name : {"config.json", "model.safetensors.index.json", "tokenizer.json",
                           "tokenizer.model", "tokenizer_config.json"}) {
    if (const std::string path = checkpoint.SideFile(name); !path.empty()) paths.insert(path);
  }
  std::vector<FileFacts> files;
  for (const std::string& path : paths) {
    FP_ASSIGN_OR_RETURN(const std::string sha256, Sha256File(path));
    std::error_code failed;
    const auto size_bytes = std::filesystem::file_size(path, failed);
    if (failed) return Fail(ErrorCode::kIo, "{}: {}", path, failed.message());
    files.push_back({path, static_cast<int64_t>(size_bytes), sha256});
  }
  return files;
}

std::string_view FormatName(CheckpointFormat format) {
  return format == CheckpointFormat::kGguf ? "gguf" : "huggingface";
}

Json ShapesToJson(const ModelConfig& config) {
  return {{"num_layers", config.num_layers},
          {"hidden_size", config.hidden_size},
          {"intermediate_size", config.intermediate_size},
          {"layer_widths", config.layer_widths},
          {"num_heads", config.num_heads},
          {"num_kv_heads", config.num_kv_heads},
          {"head_dim", config.head_dim},
          {"vocab_size", config.vocab_size},
          {"max_position_embeddings", config.max_position_embeddings},
          {"tie_word_embeddings", config.tie_word_embeddings}};
}

Json TokenizerToJson(const Tokenizer& tokenizer) {
  const auto id_or_null = [](std::optional<int32_t> id) { return id ? Json(*id) : Json(nullptr); };
  return {{"description", tokenizer.description()},
          {"vocabulary_size", tokenizer.vocabulary_size()},
          {"bos_id", id_or_null(tokenizer.bos_id())},
          {"eos_id", id_or_null(tokenizer.eos_id())},
          {"adds_bos", tokenizer.adds_bos()}};
}

Json ToJson(const OpenedModel& opened, const std::vector<FileFacts>& files,
            const std::string& content_hash) {
  Json dtypes = Json::array();
  for (const auto& [name, count] : CountDTypes(opened.checkpoint.tensors())) {
    dtypes.push_back({{"dtype", name},
                      {"tensors", count.tensors},
                      {"elements", count.elements},
                      {"bytes", count.bytes}});
  }
  Json file_list = Json::array();
  for (const FileFacts& file : files) {
    file_list.push_back({{"path", file.path}, {"bytes", file.size_bytes}, {"sha256", file.sha256}});
  }
  Json json = {{"path", opened.checkpoint.path()},
               {"format", FormatName(opened.checkpoint.format())},
               {"architecture", opened.model.config.architecture},
               {"shapes", ShapesToJson(opened.model.config)},
               {"parameters", opened.model.num_parameters},
               {"neurons", opened.model.num_neurons()},
               {"dtypes", std::move(dtypes)},
               {"tokenizer", opened.tokenizer ? TokenizerToJson(*opened.tokenizer) : Json(nullptr)},
               {"files", std::move(file_list)},
               {"content_hash", content_hash}};
  if (!opened.tokenizer) json["no_tokenizer_reason"] = opened.no_tokenizer_reason;
  return json;
}

Table FactsTable(const OpenedModel& opened, const std::string& content_hash) {
  const ModelConfig& config = opened.model.config;
  Table facts({{}, {}});
  const auto add = [&facts](std::string name, std::string value) {
    facts.AddRow({std::move(name), std::move(value)});
  };
  add("path", opened.checkpoint.path());
  add("format", std::string(FormatName(opened.checkpoint.format())));
  add("architecture", config.architecture);
  add("parameters", WithThousands(opened.model.num_parameters));
  add("layers (L)", WithThousands(config.num_layers));
  add("model width (D)", WithThousands(config.hidden_size));
  const std::string widest = WithThousands(config.intermediate_size);
  add("neurons per layer (F)",
      config.layer_widths.empty()
          ? widest
          : fmt::format("{} to {}", WithThousands(std::ranges::min(config.layer_widths)), widest));
  add("neurons (L x F)", WithThousands(opened.model.num_neurons()));
  add("query heads (H)", WithThousands(config.num_heads));
  add("key-value heads (K)", WithThousands(config.num_kv_heads));
  add("head width (E)", WithThousands(config.head_dim));
  add("vocabulary (V)", WithThousands(config.vocab_size));
  add("positions", WithThousands(config.max_position_embeddings));
  add("output head", config.tie_word_embeddings ? "tied to the embedding" : "its own weights");
  if (opened.tokenizer) {
    add("tokenizer", fmt::format("{}, {} ids{}", opened.tokenizer->description(),
                                 WithThousands(opened.tokenizer->vocabulary_size()),
                                 opened.tokenizer->adds_bos() ? ", puts BOS in front" : ""));
  } else {
    add("tokenizer", "none: " + opened.no_tokenizer_reason);
  }
  add("content hash", content_hash);
  return facts;
}

Printout ToPrintout(const OpenedModel& opened, const std::vector<FileFacts>& files,
                    const std::string& content_hash) {
  Table dtypes({{"dtype"},
                {"tensors", Align::kRight},
                {"elements", Align::kRight},
                {"bytes", Align::kRight}});
  for (const auto& [name, count] : CountDTypes(opened.checkpoint.tensors())) {
    dtypes.AddRow({name, WithThousands(count.tensors), WithThousands(count.elements),
                   WithThousands(count.bytes)});
  }
  Table file_table({{"file"}, {"size", Align::kRight}, {"SHA-256"}});
  for (const FileFacts& file : files) {
    file_table.AddRow({std::filesystem::path(file.path).filename().string(),
                       HumanBytes(file.size_bytes), file.sha256});
  }
  Printout printout;
  printout.Add(FactsTable(opened, content_hash)).Add("\n").Add(std::move(dtypes));
  printout.Add("\n").Add(std::move(file_table));
  return printout;
}

Result<Outcome> Inspect(const InspectOptions& options, Context& context) {
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(options.model, context));
  FP_ASSIGN_OR_RETURN(const std::vector<FileFacts> files, HashFiles(opened.checkpoint));
  FP_ASSIGN_OR_RETURN(const std::string content_hash, opened.checkpoint.ContentHash());
  if (options.json) {
    context.PrintJson("inspect", ToJson(opened, files, content_hash));
  } else {
    context.Print(ToPrintout(opened, files, content_hash));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddInspect(CLI::App& app, Context& context) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "inspect",
       .summary = "Show a model's architecture, shapes, data types, tokenizer and file hashes",
       .examples = {"fairprune inspect SmolLM2-135M-Instruct.Q4_1.gguf",
                    "fairprune inspect models/llama --json"}},
      [options, &context] { return Inspect(*options, context); });
  verb->add_option("MODEL", options->model, kModelHelp)->required();
  AddTableFlags(verb, context, options->json);
}

}  // namespace fairprune
