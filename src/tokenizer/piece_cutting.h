// How the pre-tokenizers cut pieces of text: at matches of a pattern or at characters of a class,
// with the library's five behaviors.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/json.h"
#include "tokenizer/pattern.h"

namespace fairprune {

// The pieces of one text on their way through the pre-tokenizers. `pieces` view the caller's text
// or `owned`. Reused between texts of one thread.
struct PreTokenizedText {
  // `begins`: nothing of the original text stands before `text`.
  void Reset(std::string_view text, bool begins) {
    owned.clear();
    pieces.assign(text.empty() ? 0 : 1, text);
    first_begins = begins;
  }

  std::vector<std::string_view> pieces;
  bool first_begins = false;                  // pieces[0] begins where the original text does
  std::vector<std::string_view> next_pieces;  // scratch of a step
  std::vector<TextRange> ranges;              // scratch of a step
  std::deque<std::string> owned;
  MatchScratch match;
};

// What happens to matches: each stands alone, is left out, joins what stands before or behind it
// (of several adjacent ones, only the nearest), or adjacent ones become one piece.
enum class SplitBehavior { kIsolated, kRemoved, kMergedWithPrevious, kMergedWithNext, kContiguous };

// The member "behavior". Errors: kNotFound, kUnsupported.
Result<SplitBehavior> ReadSplitBehavior(const Json& spec, const std::string& place);

// Cuts all pieces at the matches of `pattern`, or, inverted, at what lies between them. Empty
// pieces are dropped. Errors: kInternal (PCRE2 gave up).
Status CutAtPattern(const Pattern& pattern, SplitBehavior behavior, bool invert,
                    PreTokenizedText& text);

// Cuts all pieces at the characters that `is_match` holds for.
void CutAtCharacters(bool (*is_match)(uint32_t), SplitBehavior behavior, PreTokenizedText& text);

// Cuts all pieces into runs of characters of one class; runs of class 0 are dropped.
void CutIntoClasses(int (*class_of)(uint32_t), PreTokenizedText& text);

}  // namespace fairprune
