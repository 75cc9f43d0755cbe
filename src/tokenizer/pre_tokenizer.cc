#include "tokenizer/pre_tokenizer.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/component_spec.h"
#include "tokenizer/metaspace.h"
#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

// The pattern of GPT-2, which ByteLevel applies with use_regex.
constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

class SplitPreTokenizer : public PreTokenizer {
 public:
  SplitPreTokenizer(Pattern pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  Status Apply(PreTokenizedText& text) const override {
    return CutAtPattern(pattern_, behavior_, invert_, text);
  }

 private:
  Pattern pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

// Digits, Punctuation and WhitespaceSplit.
class CharacterPreTokenizer : public PreTokenizer {
 public:
  CharacterPreTokenizer(bool (*is_match)(uint32_t), SplitBehavior behavior)
      : is_match_(is_match), behavior_(behavior) {}

  Status Apply(PreTokenizedText& text) const override {
    CutAtCharacters(is_match_, behavior_, text);
    return {};
  }

 private:
  bool (*is_match_)(uint32_t);
  SplitBehavior behavior_;
};

// Runs of word characters, and runs of characters that are neither those nor white space.
class WhitespacePreTokenizer : public PreTokenizer {
 public:
  Status Apply(PreTokenizedText& text) const override {
    CutIntoClasses([](uint32_t c) { return IsWordCharacter(c) ? 1
                                           : IsWhiteSpace(c)  ? 0
                                                              : 2; },
                   text);
    return {};
  }
};

class ByteLevelPreTokenizer : public PreTokenizer {
 public:
  ByteLevelPreTokenizer(bool add_prefix_space, std::unique_ptr<Pattern> pattern, bool respell)
      : add_prefix_space_(add_prefix_space), pattern_(std::move(pattern)), respell_(respell) {}

  Status Apply(PreTokenizedText& text) const override {
    if (add_prefix_space_) {
      for (std::string_view& piece : text.pieces) {
        if (!piece.starts_with(' ')) piece = text.owned.emplace_back(" " + std::string(piece));
      }
    }
    if (pattern_ != nullptr) {
      FP_RETURN_IF_ERROR(CutAtPattern(*pattern_, SplitBehavior::kIsolated, false, text));
    }
    if (respell_) {
      for (std::string_view& piece : text.pieces) {
        piece = text.owned.emplace_back(BytesToAlphabet(piece));
      }
    }
    return {};
  }

 private:
  bool add_prefix_space_;
  std::unique_ptr<Pattern> pattern_;  // null without use_regex
  bool respell_;
};

class MetaspacePreTokenizer : public PreTokenizer {
 public:
  explicit MetaspacePreTokenizer(MetaspaceOptions options)
      : options_(std::move(options)),
        space_(Pattern::FromLiteral(" ")),
        replacement_(Pattern::FromLiteral(options_.replacement)) {}

  Status Apply(PreTokenizedText& text) const override {
    std::string buffer;
    bool begins = text.first_begins;
    for (std::string_view& piece : text.pieces) {
      FP_ASSIGN_OR_RETURN(bool changed, space_.Replace(piece, options_.replacement, buffer));
      const std::string_view spelled = changed ? std::string_view(buffer) : piece;
      if (Prepends(begins) && !spelled.starts_with(options_.replacement)) {
        buffer = options_.replacement + std::string(spelled);
        changed = true;
      }
      if (changed) piece = text.owned.emplace_back(buffer);
      begins = false;
    }
    if (!options_.split) return {};
    return CutAtPattern(replacement_, SplitBehavior::kMergedWithNext, false, text);
  }

 private:
  bool Prepends(bool begins) const {
    return options_.prepend == MetaspaceOptions::Prepend::kAlways ||
           (options_.prepend == MetaspaceOptions::Prepend::kFirst && begins);
  }

  MetaspaceOptions options_;
  Pattern space_;
  Pattern replacement_;
};

class SequencePreTokenizer : public PreTokenizer {
 public:
  explicit SequencePreTokenizer(std::vector<std::unique_ptr<PreTokenizer>> steps)
      : steps_(std::move(steps)) {}

  Status Apply(PreTokenizedText& text) const override {
    for (const auto& step : steps_) FP_RETURN_IF_ERROR(step->Apply(text));
    return {};
  }

 private:
  std::vector<std::unique_ptr<PreTokenizer>> steps_;
};

using Made = Result<std::unique_ptr<PreTokenizer>>;

Made MakeSplit(const Json& spec, const std::string& place) {
  FP_RETURN_IF_ERROR(CheckMembers(spec, {"pattern", "behavior", "invert"}, place));
  FP_ASSIGN_OR_RETURN(Pattern pattern, GetPattern(spec, place));
  FP_ASSIGN_OR_RETURN(const SplitBehavior behavior, ReadSplitBehavior(spec, place));
  FP_ASSIGN_OR_RETURN(const bool invert, BoolOr(spec, "invert", false, place));
  return std::make_unique<SplitPreTokenizer>(std::move(pattern), behavior, invert);
}

Made MakeByteLevel(const Json& spec, const std::string& place, bool respell) {
  FP_RETURN_IF_ERROR(CheckMembers(spec, {"add_prefix_space", "trim_offsets", "use_regex"}, place));
  FP_ASSIGN_OR_RETURN(const bool add_prefix_space, GetBool(spec, "add_prefix_space", place));
  FP_ASSIGN_OR_RETURN(const bool use_regex, BoolOr(spec, "use_regex", true, place));
  std::unique_ptr<Pattern> pattern;
  if (use_regex) {
    FP_ASSIGN_OR_RETURN(Pattern made, Pattern::FromRegex(kGpt2Pattern));
    pattern = std::make_unique<Pattern>(std::move(made));
  }
  return std::make_unique<ByteLevelPreTokenizer>(add_prefix_space, std::move(pattern), respell);
}

Made MakeStep(const Json& spec, const std::string& source, bool respell) {
  FP_ASSIGN_OR_RETURN(const std::string type, GetString(spec, "type", source));
  const std::string place = source + " " + type;
  if (type == "Split") return MakeSplit(spec, place);
  if (type == "ByteLevel") return MakeByteLevel(spec, place, respell);
  if (type == "Metaspace") {
    FP_ASSIGN_OR_RETURN(MetaspaceOptions options, ReadMetaspaceOptions(spec, place));
    return std::make_unique<MetaspacePreTokenizer>(std::move(options));
  }
  if (type == "Digits") {
    FP_RETURN_IF_ERROR(CheckMembers(spec, {"individual_digits"}, place));
    FP_ASSIGN_OR_RETURN(const bool individual, GetBool(spec, "individual_digits", place));
    return std::make_unique<CharacterPreTokenizer>(
        &IsNumeric, individual ? SplitBehavior::kIsolated : SplitBehavior::kContiguous);
  }
  if (type == "Punctuation") {
    FP_RETURN_IF_ERROR(CheckMembers(spec, {"behavior"}, place));
    SplitBehavior behavior = SplitBehavior::kIsolated;
    if (spec.contains("behavior")) {
      FP_ASSIGN_OR_RETURN(behavior, ReadSplitBehavior(spec, place));
    }
    return std::make_unique<CharacterPreTokenizer>(&IsPunctuation, behavior);
  }
  if (type != "Whitespace" && type != "WhitespaceSplit") {
    return Fail(ErrorCode::kUnsupported, "{} '{}' is not supported", source, type);
  }
  FP_RETURN_IF_ERROR(CheckMembers(spec, {}, place));
  if (type == "Whitespace") return std::make_unique<WhitespacePreTokenizer>();
  return std::make_unique<CharacterPreTokenizer>(&IsWhiteSpace, SplitBehavior::kRemoved);
}

// Metaspace puts its replacement in front of the piece that begins at the original text's first
// byte. Which one that is, is followed through cuts, but not through changes of the text that
// remove its front or make several pieces of one character.
Status CheckFirstScheme(const std::vector<const Json*>& specs, const std::string& place,
                        const Normalizer* normalizer) {
  for (size_t i = 0; i < specs.size(); ++i) {
    const Json& step = *specs[i];
    if (step.at("type") != "Metaspace" || !step.contains("prepend_scheme") ||
        step.at("prepend_scheme") != "first") {
      continue;
    }
    const bool front_unclear = normalizer != nullptr && (i > 0 || normalizer->CanRemoveFront());
    bool respelled = false;
    for (size_t before = 0; before < i; ++before) {
      const Json& type = specs[before]->at("type");
      respelled = respelled || type == "ByteLevel" || type == "Metaspace";
    }
    if (front_unclear || respelled) {
      return Fail(ErrorCode::kUnsupported,
                  "{} Metaspace: prepend_scheme 'first' is not supported behind {}", place,
                  respelled ? "ByteLevel or Metaspace" : "this normalizer");
    }
  }
  return {};
}

}  // namespace

Result<PreTokenizerPlan> MakePreTokenizer(const Json& spec, const std::string& source,
                                          const PreTokenizerNeighbours& neighbours) {
  PreTokenizerPlan plan;
  if (spec.is_null()) return plan;
  const std::string place = source + ": pre_tokenizer";
  FP_ASSIGN_OR_RETURN(const auto specs, FlattenSequence(spec, "pretokenizers", place));
  FP_RETURN_IF_ERROR(CheckFirstScheme(specs, place, neighbours.normalizer));
  int64_t num_byte_level = 0;
  for (const Json* step : specs) num_byte_level += step->at("type") == "ByteLevel" ? 1 : 0;
  plan.pieces_are_raw_bytes = neighbours.model_knows_bytes && num_byte_level == 1 &&
                              specs.back()->at("type") == "ByteLevel";
  std::vector<std::unique_ptr<PreTokenizer>> steps;
  for (const Json* step : specs) {
    FP_ASSIGN_OR_RETURN(auto made, MakeStep(*step, place, !plan.pieces_are_raw_bytes));
    steps.push_back(std::move(made));
  }
  if (steps.size() == 1) {
    plan.pre_tokenizer = std::move(steps.front());
  } else {
    plan.pre_tokenizer = std::make_unique<SequencePreTokenizer>(std::move(steps));
  }
  return plan;
}

}  // namespace fairprune
