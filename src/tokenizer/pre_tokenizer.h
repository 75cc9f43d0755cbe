// Pre-tokenizers of tokenizer.json: where normalised text is cut into the words that the model
// sees.
#pragma once

#include <deque>
#include <memory>
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
  void Reset(std::string_view text) {
    owned.clear();
    pieces.assign(text.empty() ? 0 : 1, text);
  }

  std::vector<std::string_view> pieces;
  std::vector<std::string_view> next_pieces;  // scratch of a step
  std::vector<TextRange> ranges;              // scratch of a step
  std::deque<std::string> owned;
  MatchScratch match;
};

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Replaces text.pieces. Empty pieces are dropped.
  virtual Status Apply(PreTokenizedText& text) const = 0;
};

struct PreTokenizerPlan {
  std::unique_ptr<PreTokenizer> pre_tokenizer;  // null: the whole text is one word
  // The pre-tokenizer ends in ByteLevel, whose respelling of bytes as characters was left out: the
  // model looks bytes up directly.
  bool pieces_are_raw_bytes = false;
};

// `spec` is the "pre_tokenizer" member. Split, ByteLevel, Digits and Sequence are known; another
// type is kUnsupported by name.
Result<PreTokenizerPlan> MakePreTokenizer(const Json& spec, const std::string& source);

}  // namespace fairprune
