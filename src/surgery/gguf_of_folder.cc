// A GGUF file out of a Hugging Face folder.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_set>

#include "io/json.h"
#include "model/gguf_output.h"
#include "surgery/destination.h"
#include "surgery/gguf_output.h"
#include "tokenizer/gguf_vocabulary_write.h"

namespace fairprune {
namespace {

bool IsRotated(Role role) {
  return role == Role::kQuery || role == Role::kKey || role == Role::kQueryBias ||
         role == Role::kKeyBias;
}

// The rows in llama.cpp's order, see WeightRef::rotary_permuted.
std::vector<int64_t> InterleavedRows(int64_t num_rows, int64_t head_dim) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < num_rows; ++row) {
    const int64_t within = row % head_dim;
    rows.push_back(row - within + (within % 2) * (head_dim / 2) + within / 2);
  }
  return rows;
}

// Matrices become what was asked for, or keep a type that can be written; vectors are F32, as
// llama.cpp wants them.
DType TypeOf(const TensorEntry& entry, std::optional<DType> asked) {
  return entry.shape.size() < 2 ? DType::kF32 : OutputType(entry, asked);
}

Result<std::vector<TensorToWrite>> Weights(const Model& model, const GgufDescription& gguf,
                                           const PruneLayout& layout, std::optional<DType> asked) {
  const auto parts_of = PartsOfTensors(model);
  std::vector<TensorToWrite> tensors;
  for (const WeightRef& ref : model.weights) {
    const Parts& parts = parts_of.at(ref.entry);
    if (parts.front() != &ref) continue;  // a fused tensor goes with its first part
    if (ref.layer >= 0 && layout.Drops(ref.layer)) continue;
    const int32_t layer = ref.layer < 0 ? -1 : layout.LayerAfter(ref.layer);
    TensorEdit edit = EditOf(parts, model.config, layout);
    edit.add = ref.offset;
    if (gguf.permutes_rotary && IsRotated(ref.role))
      edit.rows = InterleavedRows(ref.shape[0], model.config.head_dim);
    FP_ASSIGN_OR_RETURN(TensorToWrite tensor,
                        GgufTensor(GgufName(model.config, ref.role, layer), *ref.entry,
                                   std::move(edit), TypeOf(*ref.entry, asked)));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

TensorToWrite FactorTensor(const std::string& name, std::vector<float> values) {
  TensorToWrite tensor{.name = name, .shape = {std::ssize(values)}};
  tensor.produce = [values = std::move(values)](const auto& sink) {
    return sink(std::as_bytes(std::span(values)));
  };
  return tensor;
}

// What is in the folder beside the language model.
void RemarkOnOtherTensors(const Checkpoint& checkpoint, const Model& model, GgufToWrite& content) {
  std::unordered_set<const TensorEntry*> used;
  for (const WeightRef& ref : model.weights) used.insert(ref.entry);
  const auto is_other = [&](const TensorEntry& entry) {
    return !used.contains(&entry) && entry.name.find("lm_head") == std::string::npos &&
           !entry.name.ends_with(".rotary_emb.inv_freq");
  };
  const auto others = std::ranges::count_if(checkpoint.tensors().entries(), is_other);
  if (others > 0)
    content.remarks.push_back(fmt::format(
        "{} tensors of another half of the model (images) are left out: the file holds the "
        "language model",
        others));
}

void RemarkOnWindow(const ModelConfig& config, const GgufDescription& gguf, GgufToWrite& content) {
  const int64_t window = config.attention.front().window;
  if (gguf.architecture == "phi3" && window > 0 && window < config.max_position_embeddings)
    content.remarks.push_back(fmt::format(
        "the window of {} positions is in the file, but llama.cpp computes phi3 models without it: "
        "longer texts get other values",
        window));
}

// llama.cpp goes by this name where it contains Phi-3's, and then fails to load a vocabulary
// without these tokens.
std::string NameOf(const Checkpoint& checkpoint, const Tokenizer& tokenizer) {
  const std::string name = BaseName(checkpoint.path());
  std::string lower = name;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool is_phi3 = lower.find("phi-3") != lower.npos || lower.find("phi3") != lower.npos;
  constexpr std::array kTokens = {"<unk>", "<s>", "<|endoftext|>"};
  const bool has_all = std::ranges::all_of(
      kTokens, [&](const char* token) { return tokenizer.TokenId(token).has_value(); });
  return is_phi3 && !has_all ? "model" : name;
}

// The template in a file of its own comes before the one in tokenizer_config.json.
Status TakeChatTemplate(const Checkpoint& checkpoint, GgufKeys& keys) {
  const std::string path = checkpoint.SideFile("chat_template.jinja");
  if (path.empty()) return {};
  FP_ASSIGN_OR_RETURN(std::string text, ReadTextFile(path));
  std::erase_if(keys, [](const auto& key) { return key.first == "tokenizer.chat_template"; });
  keys.emplace_back("tokenizer.chat_template", std::move(text));
  return {};
}

// The model that the layout leaves, its layers as wide as the widest.
ModelConfig ConfigAfter(const ModelConfig& before, const PruneLayout& layout) {
  ModelConfig config = before;
  config.num_layers = layout.num_layers_after();
  config.intermediate_size = layout.width_after;
  config.attention.clear();
  for (const int32_t layer : layout.KeptLayers())
    config.attention.push_back(before.attention[static_cast<size_t>(layer)]);
  return config;
}

// Turns the description of a Llama model into one with a width per layer.
void DescribeAsUneven(const PruneLayout& layout, GgufDescription& gguf) {
  const size_t prefix_length = gguf.architecture.size();
  gguf.architecture = std::string(kUnevenArchitecture);
  for (auto& [key, value] : gguf.keys) {
    key.replace(0, prefix_length, gguf.architecture);
    if (key.ends_with(".feed_forward_length")) value = GgufWidths(layout);
  }
}

// `config`: of what the layout leaves.
Result<GgufDescription> Describe(const ModelConfig& config, const PruneLayout& layout,
                                 const std::string& source) {
  Result<GgufDescription> gguf = DescribeAsGguf(config, source);
  if (!gguf && !layout.dropped.empty())
    return Fail(gguf.error().code,
                "{} (without the layers [{}]: how a layer attends follows in many GGUF files from "
                "its number; write a folder, or take layers that leave the others in step)",
                gguf.error().message, fmt::join(layout.dropped, ", "));
  if (gguf && layout.IsUneven()) DescribeAsUneven(layout, *gguf);
  return gguf;
}

}  // namespace

Result<GgufToWrite> GgufOfFolder(const Checkpoint& checkpoint, const Model& model,
                                 const Tokenizer& tokenizer, const PruneLayout& layout,
                                 std::optional<DType> asked) {
  const ModelConfig config = ConfigAfter(model.config, layout);
  FP_ASSIGN_OR_RETURN(GgufDescription gguf, Describe(config, layout, checkpoint.path()));
  FP_ASSIGN_OR_RETURN(GgufTokenizer vocabulary, ToGgufTokenizer(tokenizer, config.vocab_size));
  const DType dtype = TypeOf(*model.Find(Role::kTokenEmbedding)->entry, asked);
  GgufToWrite content{.keys = {{"general.architecture", gguf.architecture},
                               {"general.type", std::string("model")},
                               {"general.name", NameOf(checkpoint, tokenizer)},
                               {"general.file_type", GgufFileType(dtype)}},
                      .remarks = std::move(vocabulary.remarks)};
  if (IsBlockType(dtype)) content.keys.emplace_back("general.quantization_version", uint32_t{2});
  std::ranges::move(gguf.keys, std::back_inserter(content.keys));
  std::ranges::move(vocabulary.keys, std::back_inserter(content.keys));
  FP_RETURN_IF_ERROR(TakeChatTemplate(checkpoint, content.keys));
  FP_ASSIGN_OR_RETURN(content.tensors, Weights(model, gguf, layout, asked));
  for (auto& [name, values] : gguf.factors)
    content.tensors.push_back(FactorTensor(name, std::move(values)));
  RemarkOnOtherTensors(checkpoint, model, content);
  RemarkOnWindow(config, gguf, content);
  return content;
}

}  // namespace fairprune
