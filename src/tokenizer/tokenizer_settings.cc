#include "tokenizer/tokenizer_settings.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

namespace fairprune {
namespace {

Result<std::optional<bool>> OptionalFlag(const Json& document, const std::string& key,
                                         const std::string& source) {
  const auto value = document.find(key);
  if (value == document.end() || value->is_null()) return std::optional<bool>();
  FP_ASSIGN_OR_RETURN(const bool flag, GetBool(document, key, source));
  return std::optional<bool>(flag);
}

Result<bool> FlagOr(const Json& spec, const std::string& key, bool fallback,
                    const std::string& source) {
  FP_ASSIGN_OR_RETURN(const std::optional<bool> flag, OptionalFlag(spec, key, source));
  return flag.value_or(fallback);
}

Result<AddedToken> ReadAddedToken(const std::string& key, const Json& spec,
                                  const std::string& source) {
  AddedToken token;
  const std::string place = source + ": added_tokens_decoder '" + key + "'";
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token.id);
  if (error != std::errc() || end != key.data() + key.size() || token.id < 0 || key.empty()) {
    return Fail(ErrorCode::kBadFormat, "{}: the key is not an id", place);
  }
  if (!spec.is_object()) return Fail(ErrorCode::kBadFormat, "{}: not an object", place);
  FP_ASSIGN_OR_RETURN(token.content, GetString(spec, "content", place));
  FP_ASSIGN_OR_RETURN(token.single_word, FlagOr(spec, "single_word", false, place));
  FP_ASSIGN_OR_RETURN(token.lstrip, FlagOr(spec, "lstrip", false, place));
  FP_ASSIGN_OR_RETURN(token.rstrip, FlagOr(spec, "rstrip", false, place));
  FP_ASSIGN_OR_RETURN(token.special, FlagOr(spec, "special", false, place));
  FP_ASSIGN_OR_RETURN(token.normalized, FlagOr(spec, "normalized", !token.special, place));
  return token;
}

Status ReadDocument(const Json& document, const std::string& source, TokenizerSettings& settings) {
  if (!document.is_object()) return Fail(ErrorCode::kBadFormat, "{}: not a JSON object", source);
  if (const auto name = document.find("tokenizer_class");
      name != document.end() && !name->is_null()) {
    FP_ASSIGN_OR_RETURN(settings.tokenizer_class, GetString(document, "tokenizer_class", source));
    if (settings.tokenizer_class.ends_with("Fast")) {
      settings.tokenizer_class.resize(settings.tokenizer_class.size() - 4);
    }
  }
  FP_ASSIGN_OR_RETURN(settings.add_bos_token, OptionalFlag(document, "add_bos_token", source));
  FP_ASSIGN_OR_RETURN(settings.add_eos_token, OptionalFlag(document, "add_eos_token", source));
  FP_ASSIGN_OR_RETURN(settings.legacy, OptionalFlag(document, "legacy", source));
  FP_ASSIGN_OR_RETURN(settings.add_prefix_space,
                      OptionalFlag(document, "add_prefix_space", source));
  const auto added = document.find("added_tokens_decoder");
  if (added == document.end() || added->is_null()) return {};
  if (!added->is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: added_tokens_decoder is not an object", source);
  }
  for (const auto& [key, spec] : added->items()) {
    FP_ASSIGN_OR_RETURN(AddedToken token, ReadAddedToken(key, spec, source));
    settings.added_tokens.push_back(std::move(token));
  }
  std::sort(settings.added_tokens.begin(), settings.added_tokens.end(),
            [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return {};
}

}  // namespace

Result<TokenizerSettings> ReadTokenizerSettings(const std::string& folder) {
  TokenizerSettings settings;
  const std::string path = folder + "/tokenizer_config.json";
  auto text = ReadTextFile(path);
  if (text) {
    FP_ASSIGN_OR_RETURN(const Json document, ParseJson(*text, path));
    FP_RETURN_IF_ERROR(ReadDocument(document, path, settings));
    settings.text = *std::move(text);
  } else if (text.error().code != ErrorCode::kNotFound) {
    return tl::unexpected<Error>(text.error());
  }
  if (!settings.added_tokens.empty()) return settings;
  const std::string old_path = folder + "/added_tokens.json";
  const auto old_form = ReadJsonFile(old_path);
  if (!old_form && old_form.error().code != ErrorCode::kNotFound) {
    return tl::unexpected<Error>(old_form.error());
  }
  if (old_form && !old_form->empty()) {
    return Fail(ErrorCode::kUnsupported,
                "{}: tokens beside tokenizer.model are read from added_tokens_decoder in "
                "tokenizer_config.json, which is not there",
                old_path);
  }
  return settings;
}

Status AddTokensOfSettings(const TokenizerSettings& settings, TokenizerDefinition& definition) {
  const auto num_tokens = static_cast<int32_t>(definition.vocabulary.size());
  std::unordered_map<int32_t, size_t> places;
  for (size_t i = 0; i < definition.added_tokens.size(); ++i) {
    places.emplace(definition.added_tokens[i].id, i);
  }
  int32_t next = num_tokens;
  for (const AddedToken& token : settings.added_tokens) {
    if (token.id < num_tokens) {
      const std::string& known = definition.vocabulary[static_cast<size_t>(token.id)].first;
      if (known != token.content) {
        return Fail(ErrorCode::kBadFormat,
                    "{}: id {} is '{}' here, and '{}' in added_tokens_decoder of the "
                    "tokenizer_config.json beside it",
                    definition.source, token.id, known, token.content);
      }
    } else if (token.id != next) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: added_tokens_decoder of the tokenizer_config.json beside it goes from id {} "
                  "to {} ('{}'); expected no gap",
                  definition.source, next - 1, token.id, token.content);
    } else {
      ++next;
    }
    const auto [place, is_new] = places.emplace(token.id, definition.added_tokens.size());
    if (is_new) {
      definition.added_tokens.push_back(token);
    } else {
      definition.added_tokens[place->second] = token;
    }
  }
  std::stable_sort(definition.added_tokens.begin(), definition.added_tokens.end(),
                   [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return {};
}

}  // namespace fairprune
