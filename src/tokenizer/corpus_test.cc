// Replays the seed corpus of this room's fuzz targets through the same entry functions.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "io/temp_folder.h"
#include "tokenizer/fuzz_entry.h"

namespace fairprune {
namespace {

void Replay(const std::string& target, const std::function<void(std::span<const uint8_t>)>& entry) {
  size_t num_files = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(FAIRPRUNE_TESTDATA "/../fuzz/corpus/" + target)) {
    const std::string content = Slurp(file.path().string());
    const auto* bytes = reinterpret_cast<const uint8_t*>(content.data());
    entry(std::span(bytes, content.size()));
    ++num_files;
  }
  EXPECT_GE(num_files, 3U) << "the corpus of " << target << " is missing";
}

TEST(TokenizerCorpusTest, SentencePiece) { Replay("sentencepiece", FuzzSentencePiece); }
TEST(TokenizerCorpusTest, GgufTokenizer) { Replay("gguf_tokenizer", FuzzGgufTokenizer); }
TEST(TokenizerCorpusTest, Tiktoken) { Replay("tiktoken", FuzzTiktoken); }
TEST(TokenizerCorpusTest, TokenizerJson) { Replay("tokenizer_json", FuzzTokenizerJson); }

}  // namespace
}  // namespace fairprune
