// Replays the seed corpus of a fuzz target through its entry function. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "io/temp_folder.h"

namespace fairprune {

inline void Replay(const std::string& target,
                   const std::function<void(std::span<const uint8_t>)>& entry) {
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

}  // namespace fairprune
