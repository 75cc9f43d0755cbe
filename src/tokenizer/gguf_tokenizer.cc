#include "tokenizer/gguf_tokenizer.h"

#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tokenizer/byte_alphabet.h"

namespace fairprune {
namespace {

constexpr int64_t kControlToken = 3;
constexpr int64_t kUserDefinedToken = 4;

constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})"
    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})"
    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// What a name in tokenizer.ggml.pre stands for.
struct PreTokenization {
  std::string_view name;
  std::string_view pattern;  // empty: GPT-2's
  bool ignore_merges = false;
  bool adds_bos = false;  // when tokenizer.ggml.add_bos_token is not there
};

constexpr PreTokenization kPreTokenizations[] = {
    {"gpt-2", {}},
    {"default", {}},
    {"smollm", {}},
    {"llama-bpe", kLlama3Pattern, true, true},
    {"llama3", kLlama3Pattern, true, true},
    {"llama-v3", kLlama3Pattern, true, true},
    {"qwen2", kQwen2Pattern},
    {"deepseek-r1-qwen", kQwen2Pattern},
};

// The value of `key` as T, or nullptr if the key is not there. Errors: kBadFormat for another type.
template <typename T>
Result<const T*> Find(const GgufMetadata& metadata, const std::string& key,
                      const std::string& source, std::string_view expected) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return nullptr;
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) {
    return Fail(ErrorCode::kBadFormat, "{}: metadata key '{}' is not {}", source, key, expected);
  }
  return value;
}

template <typename T>
Result<const T*> Require(const GgufMetadata& metadata, const std::string& key,
                         const std::string& source, std::string_view expected) {
  FP_ASSIGN_OR_RETURN(const T* value, Find<T>(metadata, key, source, expected));
  if (value == nullptr) {
    return Fail(ErrorCode::kNotFound, "{}: no metadata key '{}' ({})", source, key, expected);
  }
  return value;
}

class GgufReader {
 public:
  GgufReader(const GgufMetadata& metadata, const std::string& source)
      : metadata_(metadata), source_(source) {}

  Result<GgufTokenizer> Read() {
    made_.definition.source = source_;
    FP_ASSIGN_OR_RETURN(
        const std::string* model,
        Require<std::string>(metadata_, "tokenizer.ggml.model", source_, "a string"));
    if (*model != "gpt2") {
      return Fail(ErrorCode::kUnsupported,
                  "{}: tokenizer.ggml.model '{}' is not supported (gpt2 is)", source_, *model);
    }
    FP_ASSIGN_OR_RETURN(pre_, FindPreTokenization());
    FP_RETURN_IF_ERROR(ReadTokens());
    FP_RETURN_IF_ERROR(ReadMerges());
    FP_ASSIGN_OR_RETURN(made_.special.bos, TokenId("bos_token_id"));
    FP_ASSIGN_OR_RETURN(made_.special.eos, TokenId("eos_token_id"));
    FP_ASSIGN_OR_RETURN(made_.unknown, TokenId("unknown_token_id"));
    FP_ASSIGN_OR_RETURN(made_.padding, TokenId("padding_token_id"));
    FP_ASSIGN_OR_RETURN(made_.adds_bos, Flag("add_bos_token", pre_.adds_bos));
    FP_ASSIGN_OR_RETURN(made_.adds_eos, Flag("add_eos_token", false));
    made_.adds_bos = made_.adds_bos && made_.special.bos.has_value();
    made_.adds_eos = made_.adds_eos && made_.special.eos.has_value();
    FP_ASSIGN_OR_RETURN(
        const std::string* chat_template,
        Find<std::string>(metadata_, "tokenizer.chat_template", source_, "a string"));
    if (chat_template != nullptr) made_.chat_template = *chat_template;
    WriteDocument();
    return std::move(made_);
  }

 private:
  Result<PreTokenization> FindPreTokenization() const {
    FP_ASSIGN_OR_RETURN(const std::string* name,
                        Find<std::string>(metadata_, "tokenizer.ggml.pre", source_, "a string"));
    std::string known;
    for (const PreTokenization& entry : kPreTokenizations) {
      if (entry.name == (name == nullptr ? "default" : *name)) return entry;
      known += (known.empty() ? "" : ", ") + std::string(entry.name);
    }
    return Fail(ErrorCode::kUnsupported, "{}: tokenizer.ggml.pre '{}' is not supported ({} are)",
                source_, *name, known);
  }

  // A token's spelling in the vocabulary: a token that the byte alphabet cannot read (some files
  // hold plain text) is spelled in it, except added tokens, which are matched as they stand.
  static std::string Spelling(std::string_view token, bool is_added) {
    if (is_added || AlphabetToBytes(token)) return std::string(token);
    return BytesToAlphabet(token);
  }

  Status ReadTokens() {
    using Strings = std::vector<std::string_view>;
    using Integers = std::vector<int64_t>;
    FP_ASSIGN_OR_RETURN(const Strings* tokens, Require<Strings>(metadata_, "tokenizer.ggml.tokens",
                                                                source_, "an array of strings"));
    FP_ASSIGN_OR_RETURN(
        const Integers* types,
        Find<Integers>(metadata_, "tokenizer.ggml.token_type", source_, "an array of integers"));
    if (types != nullptr && types->size() != tokens->size()) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: tokenizer.ggml.token_type has {} entries, tokenizer.ggml.tokens {}", source_,
                  types->size(), tokens->size());
    }
    std::unordered_map<std::string, size_t> ids;
    for (size_t i = 0; i < tokens->size(); ++i) {
      const std::string_view token = (*tokens)[i];
      if (FindInvalidUtf8(token) != token.npos) {
        return Fail(ErrorCode::kBadFormat, "{}: token {} is not valid UTF-8", source_, i);
      }
      const int64_t type = types == nullptr ? 1 : (*types)[i];
      const bool is_added = type == kControlToken || type == kUserDefinedToken;
      std::string spelling = Spelling(token, is_added);
      const auto [first, is_new] = ids.emplace(spelling, i);
      if (!is_new) {
        return Fail(ErrorCode::kBadFormat, "{}: tokens {} and {} are the same: '{}'", source_,
                    first->second, i, token);
      }
      const auto id = static_cast<int32_t>(i);
      if (is_added) {
        AddedToken added;
        added.id = id;
        added.content = spelling;
        added.special = type == kControlToken;
        made_.definition.added_tokens.push_back(std::move(added));
      }
      made_.definition.vocabulary.emplace_back(std::move(spelling), id);
    }
    return {};
  }

  Status ReadMerges() {
    using Strings = std::vector<std::string_view>;
    FP_ASSIGN_OR_RETURN(const Strings* merges, Require<Strings>(metadata_, "tokenizer.ggml.merges",
                                                                source_, "an array of strings"));
    for (size_t i = 0; i < merges->size(); ++i) {
      const std::string_view line = (*merges)[i];
      const size_t space = line.find(' ');
      if (space == line.npos || line.find(' ', space + 1) != line.npos) {
        return Fail(ErrorCode::kBadFormat,
                    "{}: merge {} ('{}') is not two tokens with a space between", source_, i, line);
      }
      made_.definition.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
    }
    return {};
  }

  Result<std::optional<int32_t>> TokenId(const std::string& name) const {
    const std::string key = "tokenizer.ggml." + name;
    FP_ASSIGN_OR_RETURN(const int64_t* id, Find<int64_t>(metadata_, key, source_, "an integer"));
    if (id == nullptr) return std::optional<int32_t>();
    const auto num_tokens = static_cast<int64_t>(made_.definition.vocabulary.size());
    if (*id < 0 || *id >= num_tokens) {
      return Fail(ErrorCode::kBadFormat, "{}: {} is {}; there are {} tokens", source_, key, *id,
                  num_tokens);
    }
    return std::optional<int32_t>(static_cast<int32_t>(*id));
  }

  Result<bool> Flag(const std::string& name, bool fallback) const {
    FP_ASSIGN_OR_RETURN(const bool* value,
                        Find<bool>(metadata_, "tokenizer.ggml." + name, source_, "true or false"));
    return value == nullptr ? fallback : *value;
  }

  // The components, as the tokenizers library would write them.
  void WriteDocument() {
    Json pre_tokenizer = {{"type", "ByteLevel"},
                          {"add_prefix_space", false},
                          {"trim_offsets", true},
                          {"use_regex", pre_.pattern.empty()}};
    if (!pre_.pattern.empty()) {
      const Json split = {{"type", "Split"},
                          {"pattern", {{"Regex", pre_.pattern}}},
                          {"behavior", "Isolated"},
                          {"invert", false}};
      pre_tokenizer = {{"type", "Sequence"},
                       {"pretokenizers", Json::array({split, pre_tokenizer})}};
    }
    *made_.definition.document = {{"version", "1.0"},
                                  {"truncation", nullptr},
                                  {"padding", nullptr},
                                  {"added_tokens", nullptr},
                                  {"normalizer", nullptr},
                                  {"pre_tokenizer", std::move(pre_tokenizer)},
                                  {"post_processor", Template()},
                                  {"decoder",
                                   {{"type", "ByteLevel"},
                                    {"add_prefix_space", true},
                                    {"trim_offsets", true},
                                    {"use_regex", true}}},
                                  {"model",
                                   {{"type", "BPE"},
                                    {"dropout", nullptr},
                                    {"unk_token", nullptr},
                                    {"continuing_subword_prefix", ""},
                                    {"end_of_word_suffix", ""},
                                    {"fuse_unk", false},
                                    {"byte_fallback", false},
                                    {"ignore_merges", pre_.ignore_merges},
                                    {"vocab", nullptr},
                                    {"merges", nullptr}}}};
  }

  const std::string& TextOf(int32_t id) const {
    return made_.definition.vocabulary[static_cast<size_t>(id)].first;
  }

  Json Template() const {
    Json single = Json::array();
    Json pair = Json::array();
    Json special = Json::object();
    const auto add_special = [&](bool wanted, std::optional<int32_t> id, int type_id) {
      if (!wanted) return;
      const std::string& text = TextOf(*id);
      const Json piece = {{"SpecialToken", {{"id", text}, {"type_id", type_id}}}};
      if (type_id == 0) single.push_back(piece);
      pair.push_back(piece);
      special[text] = {{"id", text}, {"ids", Json::array({*id})}, {"tokens", Json::array({text})}};
    };
    for (const int type_id : {0, 1}) {
      const Json text = {{"Sequence", {{"id", type_id == 0 ? "A" : "B"}, {"type_id", type_id}}}};
      add_special(made_.adds_bos, made_.special.bos, type_id);
      if (type_id == 0) single.push_back(text);
      pair.push_back(text);
      add_special(made_.adds_eos, made_.special.eos, type_id);
    }
    return {{"type", "TemplateProcessing"},
            {"single", std::move(single)},
            {"pair", std::move(pair)},
            {"special_tokens", std::move(special)}};
  }

  const GgufMetadata& metadata_;
  const std::string& source_;
  PreTokenization pre_;
  GgufTokenizer made_;
};

}  // namespace

Result<GgufTokenizer> ReadGgufTokenizer(const GgufMetadata& metadata, const std::string& source) {
  return GgufReader(metadata, source).Read();
}

}  // namespace fairprune
