#include "tokenizer/gguf_vocabulary_write.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "tokenizer/component_spec.h"
#include "tokenizer/definition.h"
#include "tokenizer/gguf_pre_tokenization.h"
#include "tokenizer/gguf_vocabulary.h"
#include "tokenizer/scores_from_merges.h"

namespace fairprune {
namespace {

constexpr const char* kSpaceSign = "\u2581";

// What is being written, and from what.
struct Writer {
  const Tokenizer& tokenizer;
  const TokenizerDefinition& definition;
  GgufTokenizer& out;

  const Json& Part(const char* name) const {
    static const Json kNull;
    const auto found = definition.document->find(name);
    return found == definition.document->end() ? kNull : *found;
  }
  // The value of a member of the model, or null.
  Json OfModel(const char* name) const { return Part("model").value(name, Json(nullptr)); }
  void Add(std::string_view name, GgufNewValue value) {
    out.keys.emplace_back("tokenizer.ggml." + std::string(name), std::move(value));
  }
  tl::unexpected<Error> Refuse(const std::string& what) const {
    return Fail(ErrorCode::kUnsupported, "{}: {}, which a GGUF file cannot say", definition.source,
                what);
  }
};

Result<std::vector<const Json*>> StepsOf(const Writer& writer, const char* part,
                                         const char* members) {
  const Json& spec = writer.Part(part);
  if (spec.is_null()) return std::vector<const Json*>();
  return FlattenSequence(spec, members, writer.definition.source + ": " + part);
}

bool IsType(const Json& step, std::string_view type) {
  return step.value("type", std::string()) == type;
}

// The words of a byte-level tokenizer: [Digits] [Split] ByteLevel. nullopt: it is none.
std::optional<ByteLevelSpec> ByteLevelWords(const std::vector<const Json*>& steps) {
  ByteLevelSpec spec;
  if (steps.empty() || !IsType(*steps.back(), "ByteLevel") ||
      steps.back()->value("add_prefix_space", true))
    return std::nullopt;
  for (size_t i = 0; i + 1 < steps.size(); ++i) {
    const Json& step = *steps[i];
    if (IsType(step, "Digits") && step.value("individual_digits", false) && i == 0) {
      spec.single_digits = true;
    } else if (IsType(step, "Split") && step.value("behavior", "") == "Isolated" &&
               !step.value("invert", false) && spec.pattern.empty() &&
               step.value("pattern", Json::object()).contains("Regex")) {
      spec.pattern = step.at("pattern").at("Regex").get_ref<const std::string&>();
    } else {
      return std::nullopt;
    }
  }
  if (steps.back()->value("use_regex", true) != spec.pattern.empty()) return std::nullopt;
  return spec;
}

Status AddByteLevel(Writer& writer) {
  FP_ASSIGN_OR_RETURN(const auto normalizers, StepsOf(writer, "normalizer", "normalizers"));
  FP_ASSIGN_OR_RETURN(const auto steps, StepsOf(writer, "pre_tokenizer", "pretokenizers"));
  for (const Json* step : normalizers) {
    if (!IsType(*step, "NFC"))
      return writer.Refuse("normalizer " + DumpJson(*step, -1) + " of a byte-level tokenizer");
    writer.out.remarks.emplace_back(
        "the tokenizer brings text into the form NFC, readers of GGUF do not: text in other forms "
        "gets other ids");
  }
  std::optional<ByteLevelSpec> spec = ByteLevelWords(steps);
  if (!spec) return writer.Refuse("pre_tokenizer " + DumpJson(writer.Part("pre_tokenizer"), -1));
  spec->ignore_merges = writer.OfModel("ignore_merges") == true;
  const auto known = KnownPreTokenizations();
  const auto found = std::ranges::find_if(known, [&](const PreTokenization& entry) {
    return entry.is_written && entry.spec.pattern == spec->pattern &&
           entry.spec.single_digits == spec->single_digits &&
           entry.spec.ignore_merges == spec->ignore_merges;
  });
  if (found == known.end())
    return writer.Refuse(fmt::format("pre_tokenizer {} with ignore_merges {}",
                                     DumpJson(writer.Part("pre_tokenizer"), -1),
                                     spec->ignore_merges));
  writer.Add("model", std::string("gpt2"));
  writer.Add("pre", std::string(found->name));
  return {};
}

bool ReplacesSpaces(const Json& step) {
  return IsType(step, "Replace") && step.value("content", "") == kSpaceSign &&
         step.value("pattern", Json::object()).value("String", "") == " ";
}

// Cuts at spaces, of which none are left.
bool CutsNothing(const Json& step) {
  return IsType(step, "Split") && step.value("pattern", Json::object()).value("String", "") == " ";
}

// Whether a SentencePiece tokenizer puts a space in front of text.
Result<bool> AddsSpacePrefix(Writer& writer) {
  FP_ASSIGN_OR_RETURN(const auto normalizers, StepsOf(writer, "normalizer", "normalizers"));
  FP_ASSIGN_OR_RETURN(const auto steps, StepsOf(writer, "pre_tokenizer", "pretokenizers"));
  const bool prepends = normalizers.size() == 2 && IsType(*normalizers[0], "Prepend") &&
                        normalizers[0]->value("prepend", "") == kSpaceSign;
  if (!normalizers.empty() && ReplacesSpaces(*normalizers.back()) &&
      (prepends || normalizers.size() == 1) &&
      (steps.empty() || (steps.size() == 1 && CutsNothing(*steps[0]))))
    return prepends;
  const bool is_metaspace =
      normalizers.empty() && steps.size() == 1 && IsType(*steps[0], "Metaspace") &&
      steps[0]->value("replacement", kSpaceSign) == kSpaceSign && !steps[0]->value("split", true);
  if (!is_metaspace)
    return writer.Refuse(fmt::format("normalizer {} with pre_tokenizer {}",
                                     DumpJson(writer.Part("normalizer"), -1),
                                     DumpJson(writer.Part("pre_tokenizer"), -1)));
  const bool never = steps[0]->value("prepend_scheme", "always") == "never" ||
                     !steps[0]->value("add_prefix_space", true);
  if (!never)
    writer.out.remarks.emplace_back(
        "the tokenizer puts a space in front of a text that begins with none; readers of GGUF put "
        "one in front of every stretch between special tokens");
  return !never;
}

Status AddSentencePiece(Writer& writer, const std::vector<std::string>& texts,
                        const std::vector<int32_t>& types) {
  FP_ASSIGN_OR_RETURN(const bool adds_prefix, AddsSpacePrefix(writer));
  if (writer.OfModel("ignore_merges") == true) return writer.Refuse("ignore_merges");
  if (writer.OfModel("byte_fallback") != true ||
      std::ranges::count(types, static_cast<int32_t>(GgufTokenType::kByte)) != 256)
    return writer.Refuse("a vocabulary of characters without byte_fallback");
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<bool> is_added;
  is_added.reserve(types.size());
  for (const int32_t type : types)
    is_added.push_back(type == static_cast<int32_t>(GgufTokenType::kControl) ||
                       type == static_cast<int32_t>(GgufTokenType::kUserDefined));
  FP_ASSIGN_OR_RETURN(auto scores, ScoresFromMerges(views, writer.definition.merges,
                                                    writer.definition.source, is_added));
  if (!scores) return writer.Refuse("merges whose order no scores of the tokens give");
  writer.Add("model", std::string("llama"));
  writer.Add("pre", std::string("default"));
  writer.Add("scores", *std::move(scores));
  writer.Add("add_space_prefix", adds_prefix);
  return {};
}

bool IsByteToken(std::string_view text) {
  return text.size() == 6 && text.starts_with("<0x") && text.ends_with(">");
}

struct Tables {
  std::vector<std::string> texts;  // by id, as tokenizer.json spells them
  std::vector<int32_t> types;      // by id
};

// Ids without a token get one that nothing gives.
void FillGaps(Tables& tables, const std::vector<bool>& is_there) {
  const std::unordered_set<std::string> seen(tables.texts.begin(), tables.texts.end());
  for (size_t id = 0; id < is_there.size(); ++id) {
    if (is_there[id]) continue;
    std::string name = fmt::format("[PAD{}]", id);
    while (seen.contains(name)) name += "_";
    tables.texts[id] = std::move(name);
  }
}

Result<Tables> TablesOf(const Writer& writer, int64_t num_tokens, bool is_byte_level) {
  const Tokenizer& tokenizer = writer.tokenizer;
  if (tokenizer.vocabulary_size() > num_tokens)
    return Fail(ErrorCode::kMismatch, "{}: has ids up to {}; the model has {} tokens",
                writer.definition.source, tokenizer.vocabulary_size() - 1, num_tokens);
  Tables tables;
  tables.texts.resize(static_cast<size_t>(num_tokens));
  tables.types.resize(static_cast<size_t>(num_tokens),
                      static_cast<int32_t>(GgufTokenType::kUnused));
  std::vector<bool> is_there(static_cast<size_t>(num_tokens));
  const auto set = [&](int32_t id, const std::string& text, GgufTokenType type) {
    tables.texts[static_cast<size_t>(id)] = text;
    tables.types[static_cast<size_t>(id)] = static_cast<int32_t>(type);
    is_there[static_cast<size_t>(id)] = true;
  };
  for (const auto& [text, id] : writer.definition.vocabulary)
    set(id, text,
        !is_byte_level && IsByteToken(text) ? GgufTokenType::kByte : GgufTokenType::kNormal);
  const Json unknown = writer.OfModel("unk_token");
  for (const AddedToken& token : writer.definition.added_tokens) {
    const std::optional<int32_t> id = tokenizer.TokenId(token.content);
    if (!id) continue;
    const bool is_unknown = unknown.is_string() && unknown == token.content;
    set(*id, token.content,
        is_unknown      ? GgufTokenType::kUnknown
        : token.special ? GgufTokenType::kControl
                        : GgufTokenType::kUserDefined);
  }
  FillGaps(tables, is_there);
  return tables;
}

void RemarkOnAddedTokens(Writer& writer) {
  std::string names;
  for (const AddedToken& token : writer.definition.added_tokens)
    if (token.lstrip || token.rstrip || token.single_word)
      names += (names.empty() ? "" : ", ") + token.content;
  if (!names.empty())
    writer.out.remarks.push_back("added tokens that take white space beside them or stand alone (" +
                                 names + "): GGUF has no place to say so");
}

// Runs of U+2581 that are tokens of the user are matched in raw text, where they are spaces.
void SpellSpaces(Tables& tables) {
  const std::string sign = kSpaceSign;
  for (size_t id = 0; id < tables.texts.size(); ++id) {
    std::string& text = tables.texts[id];
    if (tables.types[id] != static_cast<int32_t>(GgufTokenType::kUserDefined)) continue;
    std::string spaces;
    while (text.compare(spaces.size() * sign.size(), sign.size(), sign) == 0) spaces += ' ';
    if (!spaces.empty() && spaces.size() * sign.size() == text.size()) text = spaces;
  }
}

// Which ids stand around a text: at most BOS before it and EOS behind it.
Status AddEnds(Writer& writer) {
  const Tokenizer& tokenizer = writer.tokenizer;
  FP_ASSIGN_OR_RETURN(const std::vector<int32_t> ends, tokenizer.Encode("", {.add_special = true}));
  const auto bos = tokenizer.bos_id(), eos = tokenizer.eos_id();
  const bool adds_bos = bos && tokenizer.adds_bos();
  std::vector<int32_t> expected;
  if (adds_bos) expected.push_back(*bos);
  const bool adds_eos = eos && ends.size() > expected.size();
  if (adds_eos) expected.push_back(*eos);
  if (ends != expected)
    return writer.Refuse("a post_processor that puts other tokens around a text than BOS and EOS");
  if (bos) writer.Add("bos_token_id", static_cast<uint32_t>(*bos));
  if (eos) writer.Add("eos_token_id", static_cast<uint32_t>(*eos));
  writer.Add("add_bos_token", adds_bos);
  writer.Add("add_eos_token", adds_eos);
  return {};
}

// A member that is a string or {"content": "…"}; empty: there is none.
std::string TextIn(const Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) return "";
  const Json& value = object.at(key);
  if (value.is_object()) return TextIn(value, "content");
  return value.is_string() ? value.get<std::string>() : std::string();
}

// chat_template: a text, or a list of named ones.
std::string ChatTemplateIn(const Json& config) {
  if (!config.is_object() || !config.contains("chat_template")) return "";
  if (const Json& value = config.at("chat_template"); value.is_array())
    for (const Json& entry : value)
      if (TextIn(entry, "name") == "default") return TextIn(entry, "template");
  return TextIn(config, "chat_template");
}

Status AddSettings(Writer& writer) {
  FP_ASSIGN_OR_RETURN(const std::string text, writer.tokenizer.ToTokenizerConfigJson());
  FP_ASSIGN_OR_RETURN(const Json config, ParseJson(text, "tokenizer_config.json"));
  const auto add = [&](std::string_view name, const std::string& token) {
    const std::optional<int32_t> id =
        token.empty() ? std::nullopt : writer.tokenizer.TokenId(token);
    if (id) writer.Add(name, static_cast<uint32_t>(*id));
  };
  const Json unknown = writer.OfModel("unk_token");
  add("unknown_token_id",
      unknown.is_string() ? unknown.get<std::string>() : TextIn(config, "unk_token"));
  add("padding_token_id", TextIn(config, "pad_token"));
  const std::string chat_template = ChatTemplateIn(config);
  if (!chat_template.empty())
    writer.out.keys.emplace_back("tokenizer.chat_template", chat_template);
  return {};
}

}  // namespace

Result<GgufTokenizer> ToGgufTokenizer(const Tokenizer& tokenizer, int64_t num_tokens) {
  GgufTokenizer gguf;
  Writer writer{tokenizer, tokenizer.definition(), gguf};
  if (writer.OfModel("type") != "BPE")
    return writer.Refuse("a " + writer.OfModel("type").dump() + " model");
  FP_ASSIGN_OR_RETURN(const auto steps, StepsOf(writer, "pre_tokenizer", "pretokenizers"));
  const bool is_byte_level = !steps.empty() && IsType(*steps.back(), "ByteLevel");
  FP_ASSIGN_OR_RETURN(Tables tables, TablesOf(writer, num_tokens, is_byte_level));
  if (is_byte_level) {
    FP_RETURN_IF_ERROR(AddByteLevel(writer));
    std::vector<std::string> merges;
    merges.reserve(writer.definition.merges.size());
    for (const auto& [left, right] : writer.definition.merges)
      merges.push_back(fmt::format("{} {}", left, right));
    writer.Add("merges", std::move(merges));
  } else {
    FP_RETURN_IF_ERROR(AddSentencePiece(writer, tables.texts, tables.types));
    SpellSpaces(tables);
  }
  writer.Add("tokens", std::move(tables.texts));
  writer.Add("token_type", std::move(tables.types));
  FP_RETURN_IF_ERROR(AddEnds(writer));
  FP_RETURN_IF_ERROR(AddSettings(writer));
  RemarkOnAddedTokens(writer);
  return gguf;
}

}  // namespace fairprune
