#include "tokenizer/tokenizer_parts.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace fairprune {
namespace {

constexpr const char* kSpaceSign = "\u2581";

Json Template(const TokenizerParts& parts) {
  Json single = Json::array();
  Json pair = Json::array();
  Json special = Json::object();
  const auto add_special = [&](bool wanted, std::optional<int32_t> id, int type_id) {
    if (!wanted || !id) return;
    const std::string text = TextOf(parts.definition, *id);
    const Json piece = {{"SpecialToken", {{"id", text}, {"type_id", type_id}}}};
    if (type_id == 0) single.push_back(piece);
    pair.push_back(piece);
    special[text] = {{"id", text}, {"ids", Json::array({*id})}, {"tokens", Json::array({text})}};
  };
  for (const int type_id : {0, 1}) {
    const Json text = {{"Sequence", {{"id", type_id == 0 ? "A" : "B"}, {"type_id", type_id}}}};
    add_special(parts.adds_bos, parts.special.bos, type_id);
    if (type_id == 0) single.push_back(text);
    pair.push_back(text);
    add_special(parts.adds_eos, parts.special.eos, type_id);
  }
  return {{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", std::move(pair)},
          {"special_tokens", std::move(special)}};
}

void WriteDocument(Json normalizer, Json pre_tokenizer, Json decoder, Json model,
                   TokenizerParts& parts) {
  *parts.definition.document = {{"version", "1.0"},
                                {"truncation", nullptr},
                                {"padding", nullptr},
                                {"added_tokens", nullptr},
                                {"normalizer", std::move(normalizer)},
                                {"pre_tokenizer", std::move(pre_tokenizer)},
                                {"post_processor", Template(parts)},
                                {"decoder", std::move(decoder)},
                                {"model", std::move(model)}};
}

Json Sequence(const char* members, Json list) {
  return {{"type", "Sequence"}, {members, std::move(list)}};
}

Json Replace(const char* from, const char* to) {
  return {{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
}

Json SpaceNormalizer(const SentencePieceSpec& spec) {
  if (!spec.legacy) return nullptr;
  Json replace = Replace(" ", kSpaceSign);
  if (!spec.adds_prefix) return replace;
  const Json prepend = {{"type", "Prepend"}, {"prepend", kSpaceSign}};
  return Sequence("normalizers", Json::array({prepend, replace}));
}

Json SpacePreTokenizer(const SentencePieceSpec& spec) {
  if (spec.legacy) return nullptr;
  return {{"type", "Metaspace"},
          {"replacement", kSpaceSign},
          {"prepend_scheme", spec.adds_prefix ? "first" : "never"},
          {"split", false}};
}

Json SpaceDecoder(const SentencePieceSpec& spec) {
  Json steps =
      Json::array({Replace(kSpaceSign, " "), {{"type", "ByteFallback"}}, {{"type", "Fuse"}}});
  if (spec.adds_prefix) {
    steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  return Sequence("decoders", std::move(steps));
}

}  // namespace

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash);
}

TokenLookup LookupIn(const TokenizerDefinition& definition) {
  return [&definition](std::string_view text) -> std::optional<int32_t> {
    for (const AddedToken& token : definition.added_tokens) {
      if (token.content == text) return token.id;
    }
    for (const auto& [token, id] : definition.vocabulary) {
      if (token == text) return id;
    }
    return std::nullopt;
  };
}

void SetEnds(bool wants_bos, bool wants_eos, TokenizerParts& parts) {
  const auto is_token = [&](std::optional<int32_t> id) {
    return id.has_value() && !TextOf(parts.definition, *id).empty();
  };
  parts.adds_bos = wants_bos && is_token(parts.special.bos);
  parts.adds_eos = wants_eos && is_token(parts.special.eos);
}

std::string TextOf(const TokenizerDefinition& definition, int32_t id) {
  if (id >= 0 && static_cast<size_t>(id) < definition.vocabulary.size()) {
    return definition.vocabulary[static_cast<size_t>(id)].first;
  }
  for (const AddedToken& token : definition.added_tokens) {
    if (token.id == id) return token.content;
  }
  return {};
}

void WriteByteLevelDocument(const ByteLevelSpec& spec, TokenizerParts& parts) {
  Json byte_level = {{"type", "ByteLevel"},
                     {"add_prefix_space", false},
                     {"trim_offsets", true},
                     {"use_regex", spec.pattern.empty()}};
  Json steps = Json::array();
  if (spec.single_digits) steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
  if (!spec.pattern.empty()) {
    steps.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", spec.pattern}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  }
  if (!steps.empty()) {
    steps.push_back(std::move(byte_level));
    byte_level = Sequence("pretokenizers", std::move(steps));
  }
  WriteDocument(nullptr, std::move(byte_level),
                {{"type", "ByteLevel"},
                 {"add_prefix_space", true},
                 {"trim_offsets", true},
                 {"use_regex", true}},
                {{"type", "BPE"},
                 {"dropout", nullptr},
                 {"unk_token", nullptr},
                 {"continuing_subword_prefix", ""},
                 {"end_of_word_suffix", ""},
                 {"fuse_unk", false},
                 {"byte_fallback", false},
                 {"ignore_merges", spec.ignore_merges},
                 {"vocab", nullptr},
                 {"merges", nullptr}},
                parts);
}

void WriteSentencePieceDocument(const SentencePieceSpec& spec, TokenizerParts& parts) {
  Json model;
  if (spec.is_unigram) {
    model = {{"type", "Unigram"},
             {"unk_id", nullptr},
             {"vocab", nullptr},
             {"byte_fallback", spec.byte_fallback}};
    if (parts.unknown) model["unk_id"] = *parts.unknown;
  } else {
    model = {{"type", "BPE"},
             {"dropout", nullptr},
             {"unk_token", nullptr},
             {"continuing_subword_prefix", nullptr},
             {"end_of_word_suffix", nullptr},
             {"fuse_unk", true},
             {"byte_fallback", spec.byte_fallback},
             {"ignore_merges", false},
             {"vocab", nullptr},
             {"merges", nullptr}};
    if (parts.unknown) model["unk_token"] = TextOf(parts.definition, *parts.unknown);
  }
  WriteDocument(SpaceNormalizer(spec), SpacePreTokenizer(spec), SpaceDecoder(spec),
                std::move(model), parts);
}

}  // namespace fairprune
