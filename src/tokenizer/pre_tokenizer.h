// Pre-tokenizers of tokenizer.json: where normalised text is cut into the words that the model
// sees.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/json.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/piece_cutting.h"

namespace fairprune {

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

// What a pre-tokenizer stands between.
struct PreTokenizerNeighbours {
  const Normalizer* normalizer = nullptr;  // null: none
  bool model_knows_bytes = false;          // the model can do without the respelling of ByteLevel
};

// `spec` is the "pre_tokenizer" member. Split, ByteLevel, Digits, Metaspace, Punctuation,
// Whitespace, WhitespaceSplit and Sequence are known; another type or option is kUnsupported by
// name. So is a Metaspace with prepend_scheme "first" behind steps that may leave it unclear where
// the original text began.
Result<PreTokenizerPlan> MakePreTokenizer(const Json& spec, const std::string& source,
                                          const PreTokenizerNeighbours& neighbours);

}  // namespace fairprune
