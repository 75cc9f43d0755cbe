#include "tokenizer/pre_tokenizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

// The pattern of GPT-2, which ByteLevel applies with use_regex.
constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

enum class SplitBehavior { kIsolated, kRemoved, kMergedWithPrevious, kMergedWithNext, kContiguous };

// Joins the range that a match of kMergedWithPrevious or kMergedWithNext belongs to: `reversed`
// walks from the end. The first of several adjacent matches is joined, the others stand alone.
void MergeMatches(std::vector<TextRange>& ranges, bool reversed) {
  if (reversed) std::reverse(ranges.begin(), ranges.end());
  size_t kept = 0;
  bool previous_match = false;
  for (const TextRange range : ranges) {
    if (range.is_match && !previous_match && kept > 0) {
      TextRange& last = ranges[kept - 1];
      last.begin = std::min(last.begin, range.begin);
      last.end = std::max(last.end, range.end);
    } else {
      ranges[kept++] = range;
    }
    previous_match = range.is_match;
  }
  ranges.resize(kept);
  if (reversed) std::reverse(ranges.begin(), ranges.end());
}

void MergeContiguous(std::vector<TextRange>& ranges) {
  size_t kept = 0;
  bool previous_match = false;
  for (const TextRange range : ranges) {
    if (range.is_match == previous_match && kept > 0) {
      ranges[kept - 1].end = range.end;
    } else {
      ranges[kept++] = range;
    }
    previous_match = range.is_match;
  }
  ranges.resize(kept);
}

// Cuts `piece` at `ranges` (which cover it) and appends what is left to `out`.
void CutPiece(std::string_view piece, SplitBehavior behavior, std::vector<TextRange>& ranges,
              std::vector<std::string_view>& out) {
  if (behavior == SplitBehavior::kMergedWithPrevious) MergeMatches(ranges, false);
  if (behavior == SplitBehavior::kMergedWithNext) MergeMatches(ranges, true);
  if (behavior == SplitBehavior::kContiguous) MergeContiguous(ranges);
  for (const TextRange& range : ranges) {
    if (range.begin == range.end) continue;
    if (behavior == SplitBehavior::kRemoved && range.is_match) continue;
    out.push_back(piece.substr(range.begin, range.end - range.begin));
  }
}

Status SplitPieces(const Pattern& pattern, SplitBehavior behavior, bool invert,
                   PreTokenizedText& text) {
  text.next_pieces.clear();
  for (const std::string_view piece : text.pieces) {
    text.ranges.clear();
    FP_RETURN_IF_ERROR(pattern.Cover(piece, text.match, text.ranges));
    if (invert) {
      for (TextRange& range : text.ranges) range.is_match = !range.is_match;
    }
    CutPiece(piece, behavior, text.ranges, text.next_pieces);
  }
  std::swap(text.pieces, text.next_pieces);
  return {};
}

class SplitPreTokenizer : public PreTokenizer {
 public:
  SplitPreTokenizer(Pattern pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  Status Apply(PreTokenizedText& text) const override {
    return SplitPieces(pattern_, behavior_, invert_, text);
  }

 private:
  Pattern pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

class DigitsPreTokenizer : public PreTokenizer {
 public:
  explicit DigitsPreTokenizer(bool individual) : individual_(individual) {}

  Status Apply(PreTokenizedText& text) const override {
    text.next_pieces.clear();
    for (const std::string_view piece : text.pieces) {
      text.ranges.clear();
      size_t covered = 0;
      for (size_t at = 0; at < piece.size();) {
        const CodePoint c = DecodeAt(piece, at);
        const size_t next = at + c.num_bytes;
        if (IsNumeric(c.value)) {
          if (covered < at) text.ranges.push_back({covered, at, false});
          text.ranges.push_back({at, next, true});
          covered = next;
        }
        at = next;
      }
      if (covered < piece.size()) text.ranges.push_back({covered, piece.size(), false});
      CutPiece(piece, individual_ ? SplitBehavior::kIsolated : SplitBehavior::kContiguous,
               text.ranges, text.next_pieces);
    }
    std::swap(text.pieces, text.next_pieces);
    return {};
  }

 private:
  bool individual_;
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
      FP_RETURN_IF_ERROR(SplitPieces(*pattern_, SplitBehavior::kIsolated, false, text));
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

// A boolean member with a default, as the library's own reader has it.
Result<bool> BoolOr(const Json& spec, const std::string& key, bool fallback,
                    const std::string& source) {
  if (!spec.contains(key)) return fallback;
  return GetBool(spec, key, source);
}

Result<SplitBehavior> ParseBehavior(const std::string& name, const std::string& source) {
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  return Fail(ErrorCode::kUnsupported, "{}: behavior '{}' is not supported", source, name);
}

Result<Pattern> ParsePattern(const Json& spec, const std::string& source) {
  const auto pattern = spec.find("pattern");
  if (pattern == spec.end() || !pattern->is_object() || pattern->size() != 1) {
    return Fail(ErrorCode::kBadFormat,
                "{}: 'pattern' must be {{\"Regex\": …}} or {{\"String\": …}}", source);
  }
  const std::string kind = pattern->begin().key();
  FP_ASSIGN_OR_RETURN(std::string text, GetString(*pattern, kind, source));
  if (kind == "String") return Pattern::FromLiteral(std::move(text));
  if (kind != "Regex") {
    return Fail(ErrorCode::kUnsupported, "{}: pattern kind '{}' is not supported", source, kind);
  }
  auto made = Pattern::FromRegex(text);
  if (!made) return WithContext(made.error(), source);
  return made;
}

Result<std::unique_ptr<PreTokenizer>> MakeSplit(const Json& spec, const std::string& source) {
  FP_ASSIGN_OR_RETURN(Pattern pattern, ParsePattern(spec, source));
  FP_ASSIGN_OR_RETURN(const std::string behavior_name, GetString(spec, "behavior", source));
  FP_ASSIGN_OR_RETURN(const SplitBehavior behavior, ParseBehavior(behavior_name, source));
  FP_ASSIGN_OR_RETURN(const bool invert, BoolOr(spec, "invert", false, source));
  return std::make_unique<SplitPreTokenizer>(std::move(pattern), behavior, invert);
}

Result<std::unique_ptr<PreTokenizer>> MakeByteLevel(const Json& spec, const std::string& source,
                                                    bool respell) {
  FP_ASSIGN_OR_RETURN(const bool add_prefix_space, GetBool(spec, "add_prefix_space", source));
  FP_ASSIGN_OR_RETURN(const bool use_regex, BoolOr(spec, "use_regex", true, source));
  std::unique_ptr<Pattern> pattern;
  if (use_regex) {
    FP_ASSIGN_OR_RETURN(Pattern made, Pattern::FromRegex(kGpt2Pattern));
    pattern = std::make_unique<Pattern>(std::move(made));
  }
  return std::make_unique<ByteLevelPreTokenizer>(add_prefix_space, std::move(pattern), respell);
}

// The steps of `spec` in order, nested sequences opened.
Status Flatten(const Json& spec, const std::string& source, std::vector<const Json*>& steps) {
  FP_ASSIGN_OR_RETURN(const std::string type, GetString(spec, "type", source));
  if (type != "Sequence") {
    steps.push_back(&spec);
    return {};
  }
  const auto list = spec.find("pretokenizers");
  if (list == spec.end() || !list->is_array()) {
    return Fail(ErrorCode::kBadFormat, "{} Sequence: no 'pretokenizers' array", source);
  }
  for (const Json& member : *list) FP_RETURN_IF_ERROR(Flatten(member, source, steps));
  return {};
}

Result<std::unique_ptr<PreTokenizer>> MakeStep(const Json& spec, const std::string& source,
                                               bool respell) {
  FP_ASSIGN_OR_RETURN(const std::string type, GetString(spec, "type", source));
  const std::string place = source + " " + type;
  if (type == "Split") return MakeSplit(spec, place);
  if (type == "ByteLevel") return MakeByteLevel(spec, place, respell);
  if (type == "Digits") {
    FP_ASSIGN_OR_RETURN(const bool individual, BoolOr(spec, "individual_digits", false, place));
    return std::make_unique<DigitsPreTokenizer>(individual);
  }
  return Fail(ErrorCode::kUnsupported, "{} '{}' is not supported", source, type);
}

}  // namespace

Result<PreTokenizerPlan> MakePreTokenizer(const Json& spec, const std::string& source) {
  PreTokenizerPlan plan;
  if (spec.is_null()) return plan;
  const std::string place = source + ": pre_tokenizer";
  std::vector<const Json*> specs;
  FP_RETURN_IF_ERROR(Flatten(spec, place, specs));
  std::vector<std::unique_ptr<PreTokenizer>> steps;
  int64_t num_byte_level = 0;
  for (const Json* step : specs) num_byte_level += step->at("type") == "ByteLevel" ? 1 : 0;
  plan.pieces_are_raw_bytes = num_byte_level == 1 && specs.back()->at("type") == "ByteLevel";
  for (const Json* step : specs) {
    FP_ASSIGN_OR_RETURN(auto made, MakeStep(*step, place, !plan.pieces_are_raw_bytes));
    steps.push_back(std::move(made));
  }
  plan.pre_tokenizer = std::make_unique<SequencePreTokenizer>(std::move(steps));
  return plan;
}

}  // namespace fairprune
