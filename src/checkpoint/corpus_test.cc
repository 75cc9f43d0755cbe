// Replays the seed corpus of the fuzz targets through the same entry functions.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "checkpoint/fuzz_entry.h"
#include "io/temp_folder.h"

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

TEST(CorpusTest, Json) { Replay("json", FuzzJson); }
TEST(CorpusTest, Safetensors) { Replay("safetensors", FuzzSafetensors); }
TEST(CorpusTest, Gguf) { Replay("gguf", FuzzGguf); }

}  // namespace
}  // namespace fairprune
