// What a tokenizer is made of, whichever file it came from: the parts of a tokenizer.json.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/json.h"

namespace fairprune {

struct AddedToken {
  int32_t id = -1;
  std::string content;
  bool single_word = false;  // only between characters that are no word characters
  bool lstrip = false;       // takes the white space before it
  bool rstrip = false;       // takes the white space after it
  bool normalized = false;   // found in normalised text
  bool special = false;      // left out by Decode with skip_special
};

struct TokenizerDefinition {
  TokenizerDefinition();
  TokenizerDefinition(TokenizerDefinition&&) noexcept;
  TokenizerDefinition& operator=(TokenizerDefinition&&) noexcept;
  ~TokenizerDefinition();

  std::string source;                                       // the file, for errors
  std::vector<std::pair<std::string, int32_t>> vocabulary;  // in file order
  std::vector<std::pair<std::string, std::string>> merges;  // BPE: best first
  // Unigram: the log probability of each token of `vocabulary`, whose ids then count from 0 up.
  // Empty for BPE.
  std::vector<double> scores;
  std::vector<AddedToken> added_tokens;
  // The whole document without model.vocab, model.merges and added_tokens (null in their places).
  // Its model.type, "BPE" or "Unigram", says which model the tables are of.
  std::unique_ptr<Json> document;
};

// Parses the text of a tokenizer.json. Large tables are read without building a document of them.
// Errors: kBadFormat (source, byte or key, what was expected).
Result<TokenizerDefinition> ParseTokenizerJson(std::string_view text, const std::string& source);

// The text of a tokenizer.json as the tokenizers library writes it (two spaces of indent).
std::string WriteTokenizerJson(const TokenizerDefinition& definition);

}  // namespace fairprune
