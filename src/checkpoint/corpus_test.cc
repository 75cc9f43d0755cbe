// Replays the seed corpus of the fuzz targets through the same entry functions.
#include <gtest/gtest.h>

#include "checkpoint/fuzz_entry.h"
#include "io/replay_corpus_for_test.h"

namespace fairprune {
namespace {

TEST(CorpusTest, Json) { Replay("json", FuzzJson); }
TEST(CorpusTest, Safetensors) { Replay("safetensors", FuzzSafetensors); }
TEST(CorpusTest, Gguf) { Replay("gguf", FuzzGguf); }

}  // namespace
}  // namespace fairprune
