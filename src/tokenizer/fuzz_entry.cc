#include "tokenizer/fuzz_entry.h"

#include <string_view>

#include "base/check.h"
#include "checkpoint/gguf.h"
#include "tokenizer/definition.h"
#include "tokenizer/gguf_tokenizer.h"
#include "tokenizer/sentencepiece_tokenizer.h"
#include "tokenizer/tiktoken_file.h"

namespace fairprune {
namespace {

std::string_view AsText(std::span<const uint8_t> input) {
  return {reinterpret_cast<const char*>(input.data()), input.size()};
}

// What was accepted is written as a tokenizer.json that reads back to the same tables.
void CheckRoundTrip(const TokenizerDefinition& definition) {
  const auto again = ParseTokenizerJson(WriteTokenizerJson(definition), "fuzz");
  FP_CHECK(again.has_value() && again->vocabulary == definition.vocabulary &&
               again->merges == definition.merges,
           "a definition survives a round trip");
}

}  // namespace

void FuzzSentencePiece(std::span<const uint8_t> input) {
  // No such folder: nothing lies beside the file.
  const auto parts = ReadSentencePieceTokenizer(AsText(input), "/nonexistent/fuzz.model");
  if (parts) CheckRoundTrip(parts->definition);
}

void FuzzGgufTokenizer(std::span<const uint8_t> input) {
  const auto file = GgufFile::Parse(std::as_bytes(input), "fuzz");
  if (!file) return;
  const auto parts = ReadGgufTokenizer((*file)->metadata(), "fuzz");
  if (parts) CheckRoundTrip(parts->definition);
}

void FuzzTiktoken(std::span<const uint8_t> input) {
  const auto tokens = ParseTiktoken(AsText(input), "fuzz");
  if (!tokens) return;
  const TokenizerDefinition definition =
      MakeTiktokenDefinition(*tokens, {"fuzz", {}, {"<s>"}, "<s>", "<s>"}, "fuzz");
  FP_CHECK(definition.vocabulary.size() == tokens->size(), "every token has its line");
}

}  // namespace fairprune
