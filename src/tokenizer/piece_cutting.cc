#include "tokenizer/piece_cutting.h"

#include <algorithm>
#include <utility>

#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

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

// The pieces of the step are in next_pieces.
void FinishStep(PreTokenizedText& text) {
  const bool same_begin = !text.pieces.empty() && !text.next_pieces.empty() &&
                          text.next_pieces.front().data() == text.pieces.front().data();
  text.first_begins = text.first_begins && same_begin;
  std::swap(text.pieces, text.next_pieces);
}

}  // namespace

Result<SplitBehavior> ReadSplitBehavior(const Json& spec, const std::string& place) {
  FP_ASSIGN_OR_RETURN(const std::string name, GetString(spec, "behavior", place));
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  return Fail(ErrorCode::kUnsupported, "{}: behavior '{}' is not supported", place, name);
}

Status CutAtPattern(const Pattern& pattern, SplitBehavior behavior, bool invert,
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
  FinishStep(text);
  return {};
}

void CutAtCharacters(bool (*is_match)(uint32_t), SplitBehavior behavior, PreTokenizedText& text) {
  text.next_pieces.clear();
  for (const std::string_view piece : text.pieces) {
    text.ranges.clear();
    size_t covered = 0;
    for (size_t at = 0; at < piece.size();) {
      const CodePoint c = DecodeAt(piece, at);
      const size_t next = at + c.num_bytes;
      if (is_match(c.value)) {
        if (covered < at) text.ranges.push_back({covered, at, false});
        text.ranges.push_back({at, next, true});
        covered = next;
      }
      at = next;
    }
    if (covered < piece.size()) text.ranges.push_back({covered, piece.size(), false});
    CutPiece(piece, behavior, text.ranges, text.next_pieces);
  }
  FinishStep(text);
}

void CutIntoClasses(int (*class_of)(uint32_t), PreTokenizedText& text) {
  text.next_pieces.clear();
  for (const std::string_view piece : text.pieces) {
    size_t begin = 0;
    int run = 0;
    for (size_t at = 0; at <= piece.size();) {
      const CodePoint c = at < piece.size() ? DecodeAt(piece, at) : CodePoint{0, 1};
      const int next_class = at < piece.size() ? class_of(c.value) : 0;
      if (next_class != run) {
        if (run != 0) text.next_pieces.push_back(piece.substr(begin, at - begin));
        begin = at;
        run = next_class;
      }
      at += c.num_bytes;
    }
  }
  FinishStep(text);
}

}  // namespace fairprune
