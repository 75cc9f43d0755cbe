// SentencePiece vocabularies of GGUF files (tokenizer.ggml.model "llama").
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "tokenizer/gguf_vocabulary.h"
#include "tokenizer/merges_from_scores.h"

namespace fairprune {
namespace {

constexpr std::string_view kSpaceSign = "\u2581";

// The scores by id. Control and user-defined pieces have 0 in a SentencePiece file; the converter
// of llama.cpp writes -1000 in its place, which would put the merges of runs of spaces last.
Result<std::vector<float>> ReadScores(const GgufTokenizerKeys& keys,
                                      const GgufVocabulary& vocabulary) {
  using Floats = std::vector<double>;
  FP_ASSIGN_OR_RETURN(const Floats* values,
                      keys.Require<Floats>("scores", "an array of floating-point numbers"));
  if (values->size() != vocabulary.tokens.size()) {
    return Fail(ErrorCode::kBadFormat,
                "{}: tokenizer.ggml.scores has {} entries, tokenizer.ggml.tokens {}", keys.source(),
                values->size(), vocabulary.tokens.size());
  }
  std::vector<float> scores(values->begin(), values->end());
  for (size_t i = 0; i < scores.size(); ++i) {
    const GgufTokenType type = vocabulary.types[i];
    if (type == GgufTokenType::kControl || type == GgufTokenType::kUserDefined) scores[i] = 0;
  }
  return scores;
}

// The pieces as the tokenizer's own files spell them: the converter of llama.cpp writes
// user-defined runs of U+2581 as spaces.
std::vector<std::string> Spellings(const GgufVocabulary& vocabulary) {
  std::unordered_map<std::string_view, size_t> seen;
  for (size_t i = 0; i < vocabulary.tokens.size(); ++i) seen.emplace(vocabulary.tokens[i], i);
  std::vector<std::string> spellings(vocabulary.tokens.begin(), vocabulary.tokens.end());
  for (size_t i = 0; i < spellings.size(); ++i) {
    const bool is_spaces = spellings[i].find_first_not_of(' ') == std::string::npos;
    if (!is_spaces || vocabulary.types[i] != GgufTokenType::kUserDefined) continue;
    std::string signs;
    for (size_t n = 0; n < spellings[i].size(); ++n) signs += kSpaceSign;
    if (!seen.contains(signs)) spellings[i] = std::move(signs);
  }
  return spellings;
}

Status WriteVocabulary(const std::vector<std::string>& spellings, const GgufVocabulary& vocabulary,
                       const GgufTokenizerKeys& keys, TokenizerDefinition& definition) {
  std::unordered_map<std::string_view, size_t> ids;
  for (size_t i = 0; i < spellings.size(); ++i) {
    const auto [first, is_new] = ids.emplace(spellings[i], i);
    if (!is_new) {
      return Fail(ErrorCode::kBadFormat, "{}: tokens {} and {} are the same: '{}'", keys.source(),
                  first->second, i, spellings[i]);
    }
    const auto id = static_cast<int32_t>(i);
    definition.vocabulary.emplace_back(spellings[i], id);
    const GgufTokenType type = vocabulary.types[i];
    if (type != GgufTokenType::kControl && type != GgufTokenType::kUserDefined &&
        type != GgufTokenType::kUnknown) {
      continue;
    }
    AddedToken added;
    added.id = id;
    added.content = spellings[i];
    added.special = type != GgufTokenType::kUserDefined;
    definition.added_tokens.push_back(std::move(added));
  }
  return {};
}

// Phi-3's own added tokens take the white space behind them, but for three; a GGUF file has no
// place to say so. llama.cpp goes by the model's name, which is less certain than its architecture.
Status StripBehindPhi3Tokens(const GgufTokenizerKeys& keys, TokenizerDefinition& definition) {
  FP_ASSIGN_OR_RETURN(const std::string* architecture,
                      keys.FindKey<std::string>("general.architecture", "a string"));
  if (architecture == nullptr || *architecture != "phi3") return {};
  for (AddedToken& token : definition.added_tokens) {
    const std::string& text = token.content;
    token.rstrip = text != "<unk>" && text != "<s>" && text != "<|endoftext|>";
  }
  return {};
}

// The ids that hold where the file does not say, in SentencePiece's order <unk>, <s>, </s>.
void TakeDefaultIds(const GgufVocabulary& vocabulary, TokenizerParts& parts) {
  const auto is_there = [&](size_t id, GgufTokenType type) {
    return id < vocabulary.types.size() && vocabulary.types[id] == type;
  };
  if (is_there(0, GgufTokenType::kUnknown)) parts.unknown = 0;
  if (is_there(1, GgufTokenType::kControl)) parts.special.bos = 1;
  if (is_there(2, GgufTokenType::kControl)) parts.special.eos = 2;
}

Status CheckSupported(const GgufTokenizerKeys& keys) {
  if (keys.Has("precompiled_charsmap")) {
    return Fail(ErrorCode::kUnsupported,
                "{}: tokenizer.ggml.precompiled_charsmap, a normalizer that changes characters, is "
                "not supported",
                keys.source());
  }
  FP_ASSIGN_OR_RETURN(const bool removes_spaces, keys.Flag("remove_extra_whitespaces", false));
  if (removes_spaces) {
    return Fail(ErrorCode::kUnsupported,
                "{}: tokenizer.ggml.remove_extra_whitespaces is not supported", keys.source());
  }
  return {};
}

}  // namespace

Status ReadSentencePieceGguf(const GgufTokenizerKeys& keys, TokenizerParts& parts) {
  FP_RETURN_IF_ERROR(CheckSupported(keys));
  FP_ASSIGN_OR_RETURN(const GgufVocabulary vocabulary, ReadGgufVocabulary(keys));
  const std::vector<std::string> spellings = Spellings(vocabulary);
  FP_RETURN_IF_ERROR(WriteVocabulary(spellings, vocabulary, keys, parts.definition));
  if (keys.Has("merges")) {
    FP_RETURN_IF_ERROR(ReadGgufMerges(keys, parts.definition));
  } else {
    FP_ASSIGN_OR_RETURN(const std::vector<float> scores, ReadScores(keys, vocabulary));
    const std::vector<std::string_view> views(spellings.begin(), spellings.end());
    FP_ASSIGN_OR_RETURN(parts.definition.merges, MergesFromScores(views, scores, keys.source()));
  }
  FP_RETURN_IF_ERROR(StripBehindPhi3Tokens(keys, parts.definition));
  TakeDefaultIds(vocabulary, parts);
  FP_RETURN_IF_ERROR(ReadGgufEnds(keys, true, false, parts));
  SentencePieceSpec spec;
  spec.byte_fallback =
      std::count(vocabulary.types.begin(), vocabulary.types.end(), GgufTokenType::kByte) > 0;
  FP_ASSIGN_OR_RETURN(spec.adds_prefix, keys.Flag("add_space_prefix", true));
  WriteSentencePieceDocument(spec, parts);
  return {};
}

}  // namespace fairprune
