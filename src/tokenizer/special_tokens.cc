#include "tokenizer/special_tokens.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "io/json.h"

namespace fairprune {
namespace {

// A file's answer about one token.
struct Answer {
  bool given = false;
  std::optional<int32_t> id;
};

// `value` is a "bos_token": a string, {"content": …} or null.
Answer FromTokenText(const Json& value, const TokenLookup& lookup) {
  if (value.is_null()) return {true, std::nullopt};
  const Json* text = &value;
  if (value.is_object() && value.contains("content")) text = &value.at("content");
  if (!text->is_string()) return {};
  const std::optional<int32_t> id = lookup(text->get<std::string>());
  return {id.has_value(), id};
}

// `value` is a "bos_token_id": a number, a list of them or null.
Answer FromTokenId(const Json& value) {
  if (value.is_null()) return {true, std::nullopt};
  const Json* id = &value;
  if (value.is_array() && !value.empty()) id = &value.front();
  if (!id->is_number_integer() || *id < 0 || *id > std::numeric_limits<int32_t>::max()) return {};
  return {true, id->get<int32_t>()};
}

void Consider(const Json& file, const std::string& key, bool by_id, const TokenLookup& lookup,
              Answer& answer) {
  if (answer.given || !file.is_object()) return;
  const auto value = file.find(key);
  if (value == file.end()) return;
  answer = by_id ? FromTokenId(*value) : FromTokenText(*value, lookup);
}

}  // namespace

Result<SpecialTokens> ReadSpecialTokens(const std::string& folder, const TokenLookup& lookup,
                                        const SpecialTokens& fallback) {
  struct Source {
    const char* file;
    bool by_id;
  };
  constexpr Source kSources[] = {{"tokenizer_config.json", false},
                                 {"special_tokens_map.json", false},
                                 {"config.json", true},
                                 {"generation_config.json", true}};
  Answer bos;
  Answer eos;
  for (const Source& source : kSources) {
    const auto file = ReadJsonFile(folder + "/" + source.file);
    if (!file && file.error().code == ErrorCode::kNotFound) continue;
    if (!file) return tl::unexpected<Error>(file.error());
    const std::string suffix = source.by_id ? "_token_id" : "_token";
    Consider(*file, "bos" + suffix, source.by_id, lookup, bos);
    Consider(*file, "eos" + suffix, source.by_id, lookup, eos);
  }
  return SpecialTokens{bos.given ? bos.id : fallback.bos, eos.given ? eos.id : fallback.eos};
}

}  // namespace fairprune
