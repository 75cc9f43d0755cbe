#include "tokenizer/fuzz_entry.h"

#include <string_view>

#include "base/check.h"
#include "tokenizer/definition.h"
#include "tokenizer/sentencepiece_tokenizer.h"
#include "tokenizer/tiktoken_file.h"

namespace fairprune {
namespace {

std::string_view AsText(std::span<const uint8_t> input) {
  return {reinterpret_cast<const char*>(input.data()), input.size()};
}

}  // namespace

void FuzzSentencePiece(std::span<const uint8_t> input) {
  // No such folder: nothing lies beside the file.
  const auto parts = ReadSentencePieceTokenizer(AsText(input), "/nonexistent/fuzz.model");
  if (!parts) return;
  // What was accepted is written as a tokenizer.json that reads back to the same tables.
  const auto again = ParseTokenizerJson(WriteTokenizerJson(parts->definition), "fuzz");
  FP_CHECK(again.has_value() && again->vocabulary == parts->definition.vocabulary &&
               again->merges == parts->definition.merges,
           "a definition survives a round trip");
}

void FuzzTiktoken(std::span<const uint8_t> input) {
  const auto tokens = ParseTiktoken(AsText(input), "fuzz");
  if (!tokens) return;
  const TokenizerDefinition definition =
      MakeTiktokenDefinition(*tokens, {"fuzz", {}, {"<s>"}, "<s>", "<s>"}, "fuzz");
  FP_CHECK(definition.vocabulary.size() == tokens->size(), "every token has its line");
}

}  // namespace fairprune
