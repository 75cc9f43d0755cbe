// What the tokenizer_config.json of a folder says about a tokenizer.model beside it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "tokenizer/definition.h"

namespace fairprune {

// nullopt: the file does not say, or says null.
struct TokenizerSettings {
  std::string text;             // of the file; empty: there is none
  std::string tokenizer_class;  // without "Fast" at the end; empty: not said
  std::optional<bool> add_bos_token;
  std::optional<bool> add_eos_token;
  std::optional<bool> legacy;
  std::optional<bool> add_prefix_space;
  std::vector<AddedToken> added_tokens;  // added_tokens_decoder, by id
};

// Errors: kIo, kBadFormat (file, key, what was expected), kUnsupported (added_tokens.json, the old
// form, without added_tokens_decoder).
Result<TokenizerSettings> ReadTokenizerSettings(const std::string& folder);

// Puts the settings' added tokens into the definition, whose vocabulary counts its ids from 0: a
// token of the vocabulary gets its flags, others must follow behind the vocabulary one by one.
// Errors: kBadFormat (an id that the vocabulary has under another text, a gap).
Status AddTokensOfSettings(const TokenizerSettings& settings, TokenizerDefinition& definition);

}  // namespace fairprune
