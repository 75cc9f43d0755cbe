// Byte-level BPE vocabularies of GGUF files (tokenizer.ggml.model "gpt2").
#include <unordered_map>
#include <utility>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/gguf_pre_tokenization.h"
#include "tokenizer/gguf_vocabulary.h"
#include "tokenizer/patterns.h"

namespace fairprune {
namespace {

constexpr ByteLevelSpec kGpt2 = {};
constexpr ByteLevelSpec kGpt2Digits = {.single_digits = true};
constexpr ByteLevelSpec kLlama3 = {.pattern = kLlama3Pattern, .ignore_merges = true};
constexpr ByteLevelSpec kCl100k = {.pattern = kLlama3Pattern};
constexpr ByteLevelSpec kQwen2 = {.pattern = kQwen2Pattern};
constexpr ByteLevelSpec kTekken = {.pattern = kTekkenPattern, .ignore_merges = true};
constexpr ByteLevelSpec kGpt4o = {.pattern = kGpt4oPattern};

constexpr PreTokenization kPreTokenizations[] = {
    {"gpt-2", kGpt2, false, true},
    {"default", kGpt2},
    {"smollm", kGpt2},
    {"refact", kGpt2Digits, false, true},
    {"llama-bpe", kLlama3, true, true},
    {"llama3", kLlama3, true},
    {"llama-v3", kLlama3, true},
    {"smaug-bpe", kCl100k, false, true},
    {"dbrx", kCl100k},
    {"qwen2", kQwen2, false, true},
    {"deepseek-r1-qwen", kQwen2},
    {"tekken", kTekken, true, true},
    {"gpt-4o", kGpt4o, false, true},
};

Result<PreTokenization> FindPreTokenization(const GgufTokenizerKeys& keys) {
  FP_ASSIGN_OR_RETURN(const std::string* name, keys.Find<std::string>("pre", "a string"));
  std::string known;
  for (const PreTokenization& entry : kPreTokenizations) {
    if (entry.name == (name == nullptr ? "default" : *name)) return entry;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  return Fail(ErrorCode::kUnsupported, "{}: tokenizer.ggml.pre '{}' is not supported ({} are)",
              keys.source(), *name, known);
}

Status WriteVocabulary(const GgufVocabulary& vocabulary, const GgufTokenizerKeys& keys,
                       TokenizerDefinition& definition) {
  std::unordered_map<std::string, size_t> ids;
  for (size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    const std::string_view token = vocabulary.tokens[i];
    const GgufTokenType type = vocabulary.types[i];
    const bool is_added = type == GgufTokenType::kControl || type == GgufTokenType::kUserDefined;
    std::string spelling =
        is_added || AlphabetToBytes(token) ? std::string(token) : BytesToAlphabet(token);
    const auto [first, is_new] = ids.emplace(spelling, i);
    if (!is_new) {
      return Fail(ErrorCode::kBadFormat, "{}: tokens {} and {} are the same: '{}'", keys.source(),
                  first->second, i, token);
    }
    const auto id = static_cast<int32_t>(i);
    if (is_added) {
      AddedToken added;
      added.id = id;
      added.content = spelling;
      added.special = type == GgufTokenType::kControl;
      definition.added_tokens.push_back(std::move(added));
    }
    definition.vocabulary.emplace_back(std::move(spelling), id);
  }
  return {};
}

}  // namespace

std::span<const PreTokenization> KnownPreTokenizations() { return kPreTokenizations; }

Status ReadByteLevelGguf(const GgufTokenizerKeys& keys, TokenizerParts& parts) {
  FP_ASSIGN_OR_RETURN(const PreTokenization pre, FindPreTokenization(keys));
  FP_ASSIGN_OR_RETURN(const GgufVocabulary vocabulary, ReadGgufVocabulary(keys));
  FP_RETURN_IF_ERROR(WriteVocabulary(vocabulary, keys, parts.definition));
  if (!keys.Has("merges")) {
    return Fail(ErrorCode::kNotFound,
                "{}: no metadata key 'tokenizer.ggml.merges' (an array of strings)", keys.source());
  }
  FP_RETURN_IF_ERROR(ReadGgufMerges(keys, parts.definition));
  FP_RETURN_IF_ERROR(ReadGgufEnds(keys, pre.adds_bos, false, parts));
  WriteByteLevelDocument(pre.spec, parts);
  return {};
}

}  // namespace fairprune
