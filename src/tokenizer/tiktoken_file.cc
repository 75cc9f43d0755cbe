#include "tokenizer/tiktoken_file.h"

#include <algorithm>
#include <bitset>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

#include "io/hash.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/merges_from_scores.h"
#include "tokenizer/patterns.h"
#include "tokenizer/tokenizer_settings.h"

namespace fairprune {
namespace {

constexpr std::string_view kLlama3Hash =
    "82e9d31979e92ab929cd544440f129d9ecd797b69e327f80f17e1c50d5551b55";

// -1: no character of the base64 alphabet.
int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// RFC 4648 with padding; the bits that padding leaves over must be zero. nullopt: not base64.
std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const size_t num_padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes;
  uint32_t bits = 0;
  unsigned num_bits = 0;
  for (const char c : text.substr(0, text.size() - num_padding)) {
    const int value = Base64Value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(value);
    num_bits += 6;
    if (num_bits < 8) continue;
    num_bits -= 8;
    bytes.push_back(static_cast<char>((bits >> num_bits) & 0xFF));
  }
  if ((bits & ((1U << num_bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

struct Line {
  std::string token;
  size_t rank = 0;
};

// nullopt: the line is not "BASE64 RANK".
std::optional<Line> ParseLine(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == line.npos) return std::nullopt;
  auto token = DecodeBase64(line.substr(0, space));
  const std::string_view digits = line.substr(space + 1);
  uint32_t rank = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rank);
  if (!token || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Line{*std::move(token), rank};
}

std::string_view TakeLine(std::string_view content, size_t at) {
  std::string_view line = content.substr(at, content.find('\n', at) - at);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Status CheckBytes(const std::vector<std::string>& tokens, const std::string& source) {
  std::bitset<256> seen;
  for (const std::string& token : tokens) {
    if (token.size() == 1) seen.set(static_cast<uint8_t>(token.front()));
  }
  for (size_t byte = 0; byte < 256; ++byte) {
    if (!seen[byte]) {
      return Fail(ErrorCode::kBadFormat, "{}: no token is the byte {:#04x}; expected all 256",
                  source, byte);
    }
  }
  return {};
}

// The special tokens of Llama 3, ids 128000 to 128255 (class Tokenizer of Meta's llama3
// repository).
std::vector<std::string> Llama3SpecialTokens() {
  constexpr size_t kNumTokens = 256;
  std::vector<std::string> tokens(kNumTokens);
  tokens[0] = "<|begin_of_text|>";
  tokens[1] = "<|end_of_text|>";
  tokens[6] = "<|start_header_id|>";
  tokens[7] = "<|end_header_id|>";
  tokens[9] = "<|eot_id|>";
  size_t num_reserved = 0;
  for (std::string& token : tokens) {
    if (token.empty()) token = fmt::format("<|reserved_special_token_{}|>", num_reserved++);
  }
  return tokens;
}

// Whether the config.json of `folder` has the rotary scaling that Llama 3.1 introduced.
Result<bool> IsLlama31(const std::string& folder) {
  const auto config = ReadJsonFile(folder + "/config.json");
  if (!config && config.error().code == ErrorCode::kNotFound) return false;
  if (!config) return tl::unexpected<Error>(config.error());
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    if (!config->is_object() || !config->contains(key)) continue;
    const Json& scaling = config->at(key);
    if (scaling.is_object() && scaling.value("rope_type", Json()) == "llama3") return true;
  }
  return false;
}

}  // namespace

bool LooksLikeTiktoken(std::string_view content) {
  return ParseLine(TakeLine(content, 0)).has_value();
}

Result<std::vector<std::string>> ParseTiktoken(std::string_view content,
                                               const std::string& source) {
  std::vector<Line> lines;
  for (size_t at = 0; at < content.size();) {
    const std::string_view text = TakeLine(content, at);
    auto line = ParseLine(text);
    if (!line) {
      return Fail(ErrorCode::kBadFormat, "{}:{}: '{}' is not a base64 token, a space and its rank",
                  source, lines.size() + 1, text.substr(0, 80));
    }
    lines.push_back(*std::move(line));
    at = std::min(content.find('\n', at), content.size() - 1) + 1;
  }
  std::vector<std::string> tokens(lines.size());
  std::vector<size_t> line_of_rank(lines.size(), 0);
  std::unordered_map<std::string_view, size_t> line_of_token;
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto& [token, rank] = lines[i];
    const auto [first, is_new] = line_of_token.emplace(token, i + 1);
    if (!is_new) {
      return Fail(ErrorCode::kBadFormat, "{}:{}: the token is that of line {}", source, i + 1,
                  first->second);
    }
    if (rank >= lines.size()) {
      return Fail(ErrorCode::kBadFormat,
                  "{}:{}: rank {} in a file of {} tokens; expected every rank from 0 once", source,
                  i + 1, rank, lines.size());
    }
    if (line_of_rank[rank] != 0) {
      return Fail(ErrorCode::kBadFormat, "{}:{}: rank {} is that of line {}", source, i + 1, rank,
                  line_of_rank[rank]);
    }
    line_of_rank[rank] = i + 1;
    tokens[rank] = token;
  }
  FP_RETURN_IF_ERROR(CheckBytes(tokens, source));
  return tokens;
}

Result<TiktokenFamily> FindTiktokenFamily(std::string_view content, const std::string& source) {
  if (Sha256(content) != kLlama3Hash) {
    return Fail(ErrorCode::kUnsupported,
                "{}: this tiktoken vocabulary is not known, and the pattern that cuts words is not "
                "in the file (Llama 3's is known, by its SHA-256); is there a tokenizer.json?",
                source);
  }
  return TiktokenFamily{"Llama 3", kLlama3Pattern, Llama3SpecialTokens(), "<|begin_of_text|>",
                        "<|end_of_text|>"};
}

TokenizerDefinition MakeTiktokenDefinition(const std::vector<std::string>& tokens,
                                           const TiktokenFamily& family,
                                           const std::string& source) {
  TokenizerDefinition definition;
  definition.source = source;
  for (size_t i = 0; i < tokens.size(); ++i) {
    definition.vocabulary.emplace_back(BytesToAlphabet(tokens[i]), static_cast<int32_t>(i));
  }
  const auto text = [&](int32_t id) {
    return definition.vocabulary[static_cast<size_t>(id)].first;
  };
  for (const auto& [left, right] : MergesFromRanks(tokens)) {
    definition.merges.emplace_back(text(left), text(right));
  }
  for (const std::string& token : family.special_tokens) {
    AddedToken added;
    added.id = static_cast<int32_t>(tokens.size() + definition.added_tokens.size());
    added.content = token;
    added.special = true;
    definition.added_tokens.push_back(std::move(added));
  }
  return definition;
}

Result<TokenizerParts> ReadTiktokenTokenizer(std::string_view content, const std::string& path) {
  const std::string folder = FolderOf(path);
  FP_ASSIGN_OR_RETURN(const std::vector<std::string> tokens, ParseTiktoken(content, path));
  FP_ASSIGN_OR_RETURN(TiktokenFamily family, FindTiktokenFamily(content, path));
  FP_ASSIGN_OR_RETURN(const TokenizerSettings settings, ReadTokenizerSettings(folder));
  FP_ASSIGN_OR_RETURN(const bool is_llama3_1, IsLlama31(folder));
  if (!settings.added_tokens.empty()) {
    family.special_tokens.clear();
  } else if (is_llama3_1) {
    return Fail(ErrorCode::kUnsupported,
                "{}: the names of the special tokens of Llama 3.1 and later are not in the file; "
                "expected added_tokens_decoder in the tokenizer_config.json beside it, or a "
                "tokenizer.json",
                path);
  }
  TokenizerParts parts;
  parts.definition = MakeTiktokenDefinition(tokens, family, path);
  FP_RETURN_IF_ERROR(AddTokensOfSettings(settings, parts.definition));
  const TokenLookup lookup = LookupIn(parts.definition);
  FP_ASSIGN_OR_RETURN(parts.special,
                      ReadSpecialTokens(folder, lookup, {lookup(family.bos), lookup(family.eos)}));
  SetEnds(settings.add_bos_token.value_or(true), settings.add_eos_token.value_or(false), parts);
  parts.folder_settings = settings.text;
  WriteByteLevelDocument({.pattern = family.pattern, .ignore_merges = true}, parts);
  return parts;
}

}  // namespace fairprune
