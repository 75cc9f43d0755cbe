#include "checkpoint/fuzz_entry.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/check.h"
#include "checkpoint/gguf.h"
#include "checkpoint/safetensors.h"
#include "io/json.h"

namespace fairprune {
namespace {

// Reads every tensor that is small enough for a fuzzer.
void ReadTensors(const TensorSource& source) {
  constexpr int64_t kMaxElements = 1 << 16;
  for (const TensorEntry& entry : source.entries()) {
    FP_CHECK(source.Find(entry.name) == &entry, "every entry is found by its name");
    if (NumElements(entry.shape) <= kMaxElements) (void)ReadAsF32(entry).has_value();
  }
}

}  // namespace

void FuzzJson(std::span<const uint8_t> input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  const auto json = ParseJson(text, "fuzz");
  if (!json) return;
  // What was accepted can be written and read again, to the same text.
  const std::string dumped = DumpJson(*json, -1);
  const auto again = ParseJson(dumped, "fuzz");
  FP_CHECK(again.has_value() && DumpJson(*again, -1) == dumped, "JSON survives a round trip");
}

void FuzzSafetensors(std::span<const uint8_t> input) {
  const auto file = SafetensorsFile::Parse(std::as_bytes(input), "fuzz");
  if (file) ReadTensors(**file);
}

void FuzzGguf(std::span<const uint8_t> input) {
  const auto file = GgufFile::Parse(std::as_bytes(input), "fuzz");
  if (file) ReadTensors(**file);
}

}  // namespace fairprune
