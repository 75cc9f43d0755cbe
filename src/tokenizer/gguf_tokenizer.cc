#include "tokenizer/gguf_tokenizer.h"

#include <utility>
#include <vector>

#include "io/json.h"
#include "tokenizer/gguf_vocabulary.h"

namespace fairprune {

Result<GgufVocabulary> ReadGgufVocabulary(const GgufTokenizerKeys& keys) {
  using Strings = std::vector<std::string_view>;
  using Integers = std::vector<int64_t>;
  GgufVocabulary vocabulary;
  FP_ASSIGN_OR_RETURN(const Strings* tokens,
                      keys.Require<Strings>("tokens", "an array of strings"));
  FP_ASSIGN_OR_RETURN(const Integers* types,
                      keys.Find<Integers>("token_type", "an array of integers"));
  if (types != nullptr && types->size() != tokens->size()) {
    return Fail(ErrorCode::kBadFormat,
                "{}: tokenizer.ggml.token_type has {} entries, tokenizer.ggml.tokens {}",
                keys.source(), types->size(), tokens->size());
  }
  for (size_t i = 0; i < tokens->size(); ++i) {
    const std::string_view token = (*tokens)[i];
    if (FindInvalidUtf8(token) != token.npos) {
      return Fail(ErrorCode::kBadFormat, "{}: token {} is not valid UTF-8", keys.source(), i);
    }
    const int64_t type = types == nullptr ? 1 : (*types)[i];
    if (type < 0 || type > 6) {
      return Fail(ErrorCode::kUnsupported, "{}: token {} ('{}') has type {}; 0 to 6 are supported",
                  keys.source(), i, token, type);
    }
    vocabulary.types.push_back(static_cast<GgufTokenType>(type));
  }
  vocabulary.tokens = *tokens;
  return vocabulary;
}

Status ReadGgufMerges(const GgufTokenizerKeys& keys, TokenizerDefinition& definition) {
  using Strings = std::vector<std::string_view>;
  FP_ASSIGN_OR_RETURN(const Strings* merges, keys.Find<Strings>("merges", "an array of strings"));
  if (merges == nullptr) return {};
  for (size_t i = 0; i < merges->size(); ++i) {
    const std::string_view line = (*merges)[i];
    const size_t space = line.find(' ');
    if (space == line.npos || line.find(' ', space + 1) != line.npos) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: merge {} ('{}') is not two tokens with a space between", keys.source(), i,
                  line);
    }
    definition.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return {};
}

Status ReadGgufEnds(const GgufTokenizerKeys& keys, bool adds_bos, bool adds_eos,
                    TokenizerParts& parts) {
  const size_t num_tokens = parts.definition.vocabulary.size();
  const auto read = [&](std::string_view name, std::optional<int32_t>& id) -> Status {
    FP_ASSIGN_OR_RETURN(const std::optional<int32_t> found, keys.TokenId(name, num_tokens));
    if (found) id = found;
    return {};
  };
  FP_RETURN_IF_ERROR(read("bos_token_id", parts.special.bos));
  FP_RETURN_IF_ERROR(read("eos_token_id", parts.special.eos));
  FP_RETURN_IF_ERROR(read("unknown_token_id", parts.unknown));
  FP_RETURN_IF_ERROR(read("padding_token_id", parts.padding));
  FP_ASSIGN_OR_RETURN(const bool wants_bos, keys.Flag("add_bos_token", adds_bos));
  FP_ASSIGN_OR_RETURN(const bool wants_eos, keys.Flag("add_eos_token", adds_eos));
  SetEnds(wants_bos, wants_eos, parts);
  FP_ASSIGN_OR_RETURN(const std::string* chat_template,
                      keys.FindKey<std::string>("tokenizer.chat_template", "a string"));
  if (chat_template != nullptr) parts.chat_template = *chat_template;
  return {};
}

Result<TokenizerParts> ReadGgufTokenizer(const GgufMetadata& metadata, const std::string& source) {
  const GgufTokenizerKeys keys(metadata, source);
  TokenizerParts parts;
  parts.definition.source = source;
  FP_ASSIGN_OR_RETURN(const std::string* model, keys.Require<std::string>("model", "a string"));
  if (*model == "gpt2") {
    FP_RETURN_IF_ERROR(ReadByteLevelGguf(keys, parts));
  } else if (*model == "llama") {
    FP_RETURN_IF_ERROR(ReadSentencePieceGguf(keys, parts));
  } else {
    return Fail(ErrorCode::kUnsupported,
                "{}: tokenizer.ggml.model '{}' is not supported (gpt2 and llama are)", source,
                *model);
  }
  return parts;
}

}  // namespace fairprune
