// Token ids as they come, as text that can be shown at once.
//
//   TextStream stream(tokenizer, prompt);
//   FP_ASSIGN_OR_RETURN(std::string piece, stream.Push(id));   // may be empty
//   FP_ASSIGN_OR_RETURN(std::string rest, stream.Finish());
//
// The pieces are valid UTF-8: the bytes of a character that is not whole yet are held back.
// Together they are what Tokenizer::Decode of prompt and ids gives behind the prompt, special
// tokens left out. (One exception: where bytes spelled out as tokens of their own, as SentencePiece
// does it, make a character and then turn out not to be UTF-8, Decode takes the character back.)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

class TextStream {
 public:
  // `tokenizer` must outlive it. `prompt`: the ids in front of the first one pushed.
  TextStream(const Tokenizer& tokenizer, std::span<const int32_t> prompt);

  // The text that `id` completes. Errors: those of Tokenizer::Decode.
  Result<std::string> Push(int32_t id);
  // What was held back: the beginning of a character as U+FFFD.
  Result<std::string> Finish();

 private:
  Result<std::string> WindowText() const;
  Status MoveWindow();

  const Tokenizer& tokenizer_;
  // Ids that are decoded at every step: some that have been told, since a token's text depends on
  // what is in front of it, and those that have not.
  std::vector<int32_t> window_;
  std::string told_;       // the beginning of the window's text that has been told
  size_t last_whole_ = 0;  // ids of the window after which nothing was held back, before the last
  bool started_ = false;
};

}  // namespace fairprune
