#include "surgery/model_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "io/atomic_output.h"
#include "io/hash.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

constexpr std::array kSideFiles = {
    "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "tokenizer.model.v3",
    "tekken.json", "vocab.json", "merges.txt", "special_tokens_map.json", "added_tokens.json",
    "generation_config.json", "chat_template.jinja", "chat_template.json",
    "preprocessor_config.json", "processor_config.json",
    // Terms under which the weights may be passed on.
    "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE", "NOTICE.txt", "NOTICE.md", "Notice.txt",
    "USE_POLICY.md"};

// The input's side files, and the modules that config.json's `auto_map` names ("AutoConfig":
// "configuration_phi3.Phi3Config"), without which a reader that trusts them would not load it.
std::vector<std::string> NamesToCopy(const Json& config) {
  std::vector<std::string> names(kSideFiles.begin(), kSideFiles.end());
  const auto auto_map = config.find("auto_map");
  if (auto_map == config.end() || !auto_map->is_object()) return names;
  for (const Json& target : *auto_map) {
    if (!target.is_string()) continue;
    const auto value = target.get<std::string>();
    const std::string module = value.substr(0, value.find('.'));
    const bool is_here = value.find_first_of("/-") == std::string::npos;  // not REPOSITORY--MODULE
    const std::string name = module + ".py";
    if (is_here && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

int64_t BytesOf(const TensorToWrite& tensor) {
  const BlockLayout layout = LayoutOf(tensor.dtype);
  return NumElements(tensor.shape) / layout.elements * layout.bytes;
}

// Tensors in order, each shard as full as `max_bytes` allows; a larger tensor has one to itself.
std::vector<std::vector<TensorToWrite>> Shard(std::vector<TensorToWrite> tensors,
                                              int64_t max_bytes) {
  std::vector<std::vector<TensorToWrite>> shards(1);
  int64_t filled = 0;
  for (TensorToWrite& tensor : tensors) {
    const int64_t bytes = BytesOf(tensor);
    if (!shards.back().empty() && filled + bytes > max_bytes) {
      shards.emplace_back();
      filled = 0;
    }
    filled += bytes;
    shards.back().push_back(std::move(tensor));
  }
  return shards;
}

}  // namespace

Status WriteTensors(const std::string& folder, std::vector<TensorToWrite> tensors,
                    int64_t max_shard_bytes) {
  const StringMap metadata = {{"format", "pt"}};
  int64_t total_bytes = 0;
  for (const TensorToWrite& tensor : tensors) total_bytes += BytesOf(tensor);
  const auto shards = Shard(std::move(tensors), max_shard_bytes);
  if (shards.size() == 1)
    return WriteSafetensors(folder + "/model.safetensors", shards[0], metadata);
  Json weight_map = Json::object();
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name = fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    FP_RETURN_IF_ERROR(WriteSafetensors(fmt::format("{}/{}", folder, name), shards[i], metadata));
    for (const TensorToWrite& tensor : shards[i]) weight_map[tensor.name] = name;
  }
  const Json index = {{"metadata", {{"total_size", total_bytes}}},
                      {"weight_map", std::move(weight_map)}};
  return WriteFileAtomically(folder + "/model.safetensors.index.json", DumpJson(index) + "\n");
}

Status WriteSideFiles(const std::string& folder, const Checkpoint& checkpoint,
                      const Tokenizer* tokenizer) {
  if (checkpoint.format() == CheckpointFormat::kHuggingFace) {
    FP_CHECK(checkpoint.config() != nullptr, "a Hugging Face folder has a config");
    for (const std::string& name : NamesToCopy(*checkpoint.config())) {
      const std::string source = checkpoint.SideFile(name);
      if (source.empty()) continue;
      FP_ASSIGN_OR_RETURN(std::string content, ReadTextFile(source));
      FP_RETURN_IF_ERROR(WriteFileAtomically(fmt::format("{}/{}", folder, name), content));
    }
    return {};
  }
  if (tokenizer == nullptr) return {};
  FP_ASSIGN_OR_RETURN(std::string definition, tokenizer->ToTokenizerJson());
  FP_RETURN_IF_ERROR(WriteFileAtomically(folder + "/tokenizer.json", definition));
  FP_ASSIGN_OR_RETURN(std::string settings, tokenizer->ToTokenizerConfigJson());
  return WriteFileAtomically(folder + "/tokenizer_config.json", settings);
}

Result<int64_t> FolderBytes(const std::string& folder) {
  int64_t bytes = 0;
  std::error_code error;
  for (fs::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    bytes += static_cast<int64_t>(file->file_size(error));
    if (error) break;
  }
  if (error) return Fail(ErrorCode::kIo, "{}: cannot list: {}", folder, error.message());
  return bytes;
}

Result<StringMap> HashFiles(const std::string& folder) {
  StringMap files;
  std::error_code error;
  for (fs::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    FP_ASSIGN_OR_RETURN(files[file->path().filename().string()], Sha256File(file->path().string()));
  }
  if (error) return Fail(ErrorCode::kIo, "{}: cannot list: {}", folder, error.message());
  return files;
}

std::string ContentHashOf(const StringMap& files) {
  std::string lines;
  for (const auto& [name, hash] : files)
    if (name == "config.json" || name.ends_with(".safetensors"))
      lines += fmt::format("{}  {}\n", hash, name);
  return Sha256(lines);
}

}  // namespace fairprune
