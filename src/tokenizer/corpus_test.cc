// Replays the seed corpus of this room's fuzz targets through the same entry functions.
#include <gtest/gtest.h>

#include "io/replay_corpus_for_test.h"
#include "tokenizer/fuzz_entry.h"

namespace fairprune {
namespace {

TEST(TokenizerCorpusTest, SentencePiece) { Replay("sentencepiece", FuzzSentencePiece); }
TEST(TokenizerCorpusTest, GgufTokenizer) { Replay("gguf_tokenizer", FuzzGgufTokenizer); }
TEST(TokenizerCorpusTest, Tiktoken) { Replay("tiktoken", FuzzTiktoken); }
TEST(TokenizerCorpusTest, TokenizerJson) { Replay("tokenizer_json", FuzzTokenizerJson); }

}  // namespace
}  // namespace fairprune
