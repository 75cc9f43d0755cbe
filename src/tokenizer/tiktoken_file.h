// A tiktoken vocabulary (the tokenizer.model of Llama 3): one line per token, "BASE64 RANK", the
// token's bytes and its rank, which is its id too. Nothing else: the pattern that cuts words and
// the special tokens are not in the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tokenizer/tokenizer_parts.h"

namespace fairprune {

// Whether the first line of `content` has that form.
bool LooksLikeTiktoken(std::string_view content);

// The tokens' bytes by rank. Errors: kBadFormat (source and line: not base64, not a rank, a token
// or rank that came before, a rank that no line has, a byte that no token is).
Result<std::vector<std::string>> ParseTiktoken(std::string_view content, const std::string& source);

// What such a file leaves out.
struct TiktokenFamily {
  std::string_view name;
  std::string_view pattern;                 // what cuts words
  std::vector<std::string> special_tokens;  // by id, behind the ranks
  std::string_view bos;
  std::string_view eos;
};

// The family of a vocabulary by the SHA-256 of its file: Llama 3's is known. Errors: kUnsupported.
Result<TiktokenFamily> FindTiktokenFamily(std::string_view content, const std::string& source);

// Merges as transformers' TikTokenConverter derives them; words that are tokens are not merged.
TokenizerDefinition MakeTiktokenDefinition(const std::vector<std::string>& tokens,
                                           const TiktokenFamily& family, const std::string& source);

// `content` is the file at `path`. An added_tokens_decoder in the tokenizer_config.json of its
// folder stands in place of the family's own special tokens. Errors: kIo, kBadFormat, kUnsupported
// (a vocabulary that is not known; Llama 3.1 and later, told by the rotary scaling in config.json,
// without added_tokens_decoder: some special tokens have other names there).
Result<TokenizerParts> ReadTiktokenTokenizer(std::string_view content, const std::string& path);

}  // namespace fairprune
