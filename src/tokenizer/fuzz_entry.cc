#include "tokenizer/fuzz_entry.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "checkpoint/gguf.h"
#include "tokenizer/definition.h"
#include "tokenizer/gguf_tokenizer.h"
#include "tokenizer/sentencepiece_tokenizer.h"
#include "tokenizer/tiktoken_file.h"
#include "tokenizer/tokenizer.h"

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

void FuzzTokenizerJson(std::span<const uint8_t> input) {
  const std::string_view all = AsText(input);
  const size_t end = std::min(all.find('\0'), all.size());
  const std::string_view text = all.substr(std::min(end + 1, all.size()));
  auto definition = ParseTokenizerJson(all.substr(0, end), "fuzz");
  if (!definition) return;
  const auto again = ParseTokenizerJson(WriteTokenizerJson(*definition), "fuzz");
  FP_CHECK(again.has_value(), "a definition survives a round trip");
  const auto tokenizer = Tokenizer::FromDefinition(*std::move(definition));
  if (!tokenizer) return;
  const auto ids = tokenizer->Encode(text, {.add_special = true});
  if (!ids) return;
  for (const int32_t id : *ids) {
    FP_CHECK(id >= 0, "ids are not negative");
    (void)tokenizer->TokenText(id);
  }
  (void)tokenizer->Decode(*ids).has_value();
  (void)tokenizer->Decode(*ids, true).has_value();
}

}  // namespace fairprune
