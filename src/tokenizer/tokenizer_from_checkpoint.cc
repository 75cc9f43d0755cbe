// Where a tokenizer comes from, and the files that a saved model carries.
#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/gguf_tokenizer.h"
#include "tokenizer/sentencepiece_tokenizer.h"
#include "tokenizer/tiktoken_file.h"
#include "tokenizer/tokenizer_impl.h"

namespace fairprune {
namespace {

// `text_of` gives a token's text by its id.
template <typename TextOf>
Json ConfigOf(const SpecialTokens& special, std::optional<int32_t> unknown,
              std::optional<int32_t> padding, const TextOf& text_of) {
  const auto text = [&](std::optional<int32_t> id) -> Json {
    if (!id) return nullptr;
    return text_of(*id);
  };
  Json config = {{"bos_token", text(special.bos)},
                 {"clean_up_tokenization_spaces", false},
                 {"eos_token", text(special.eos)},
                 {"tokenizer_class", "PreTrainedTokenizerFast"}};
  if (unknown) config["unk_token"] = text(unknown);
  if (padding) config["pad_token"] = text(padding);
  return config;
}

// The folder's own tokenizer_config.json is kept, but for the class: one of its own would build its
// components anew and pass over those of the tokenizer.json.
Result<Json> ConfigOf(const TokenizerParts& parts) {
  Json config = ConfigOf(parts.special, parts.unknown, parts.padding,
                         [&](int32_t id) { return TextOf(parts.definition, id); });
  config["add_bos_token"] = parts.adds_bos;
  config["add_eos_token"] = parts.adds_eos;
  if (!parts.chat_template.empty()) config["chat_template"] = parts.chat_template;
  if (parts.folder_settings.empty()) return config;
  FP_ASSIGN_OR_RETURN(const Json own, ParseJson(parts.folder_settings, "tokenizer_config.json"));
  for (const auto& [key, value] : own.items()) {
    const bool is_of_class = key == "tokenizer_class" || key == "legacy" || key == "auto_map" ||
                             key == "add_bos_token" || key == "add_eos_token";
    if (!is_of_class) config[key] = value;
  }
  return config;
}

enum class TokenizerFormat { kJson, kSentencePiece, kTiktoken };

// By the first bytes: a SentencePiece model begins with its first piece (field 1, 0x0A, which is a
// line feed too), a tokenizer.json with a brace, a tiktoken vocabulary with "BASE64 RANK".
TokenizerFormat FormatOf(const std::string& path, std::string_view content) {
  if (path.ends_with(".json")) return TokenizerFormat::kJson;
  const size_t first = content.find_first_not_of(" \t\r\n");
  if (first == content.npos || content[first] == '{') return TokenizerFormat::kJson;
  if (LooksLikeTiktoken(content)) return TokenizerFormat::kTiktoken;
  constexpr std::string_view kFieldTags = "\x0A\x12\x1A";  // pieces, trainer_spec, normalizer_spec
  return kFieldTags.find(content.front()) == kFieldTags.npos ? TokenizerFormat::kJson
                                                             : TokenizerFormat::kSentencePiece;
}

}  // namespace

Result<std::unique_ptr<Tokenizer::Impl>> Tokenizer::Impl::MakeFromParts(TokenizerParts parts) {
  FP_ASSIGN_OR_RETURN(const Json config, ConfigOf(parts));
  FP_ASSIGN_OR_RETURN(auto impl, Make(std::move(parts.definition)));
  impl->special = parts.special;
  impl->tokenizer_config_json = DumpJson(config);
  return impl;
}

Result<Tokenizer> Tokenizer::FromFile(const std::string& path) {
  FP_ASSIGN_OR_RETURN(std::string text, ReadTextFile(path));
  const TokenizerFormat format = FormatOf(path, text);
  if (format != TokenizerFormat::kJson) {
    FP_ASSIGN_OR_RETURN(TokenizerParts parts, format == TokenizerFormat::kTiktoken
                                                  ? ReadTiktokenTokenizer(text, path)
                                                  : ReadSentencePieceTokenizer(text, path));
    FP_ASSIGN_OR_RETURN(auto impl, Impl::MakeFromParts(std::move(parts)));
    impl->description += " from " + path;
    return Tokenizer(std::move(impl));
  }
  FP_ASSIGN_OR_RETURN(TokenizerDefinition definition, ParseTokenizerJson(text, path));
  FP_ASSIGN_OR_RETURN(auto impl, Impl::Make(std::move(definition)));
  const std::string folder = FolderOf(path);
  FP_ASSIGN_OR_RETURN(impl->special, ReadSpecialTokens(folder, [&](std::string_view token) {
                        return impl->Find(token);
                      }));
  auto config = ReadTextFile(folder + "/tokenizer_config.json");
  if (config) {
    impl->tokenizer_config_json = *std::move(config);
  } else if (config.error().code != ErrorCode::kNotFound) {
    return tl::unexpected<Error>(config.error());
  }
  impl->tokenizer_json = std::move(text);
  impl->description += " from " + path;
  return Tokenizer(std::move(impl));
}

Result<Tokenizer> Tokenizer::FromCheckpoint(const Checkpoint& checkpoint) {
  if (checkpoint.format() == CheckpointFormat::kHuggingFace) {
    for (const char* name : {"tokenizer.json", "tokenizer.model"}) {
      const std::string path = checkpoint.SideFile(name);
      if (!path.empty()) return FromFile(path);
    }
    return Fail(ErrorCode::kNotFound,
                "{}: neither tokenizer.json nor tokenizer.model in the folder", checkpoint.path());
  }
  FP_ASSIGN_OR_RETURN(TokenizerParts parts,
                      ReadGgufTokenizer(checkpoint.gguf()->metadata(), checkpoint.path()));
  FP_ASSIGN_OR_RETURN(auto impl, Impl::MakeFromParts(std::move(parts)));
  impl->description += " from the metadata of " + checkpoint.path();
  return Tokenizer(std::move(impl));
}

const TokenizerDefinition& Tokenizer::definition() const { return impl_->definition; }

Result<std::string> Tokenizer::ToTokenizerJson() const {
  if (!impl_->tokenizer_json.empty()) return impl_->tokenizer_json;
  return WriteTokenizerJson(impl_->definition);
}

Result<std::string> Tokenizer::ToTokenizerConfigJson() const {
  if (!impl_->tokenizer_config_json.empty()) return impl_->tokenizer_config_json;
  return DumpJson(ConfigOf(impl_->special, std::nullopt, std::nullopt,
                           [&](int32_t id) { return TokenText(id).value_or(""); }));
}

}  // namespace fairprune
