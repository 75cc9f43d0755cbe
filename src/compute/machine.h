// What the machine is and can do: its processor, its memory, the speed of its matrix products.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compute/matmul.h"

namespace fairprune::compute {

struct Processor {
  std::string name;                   // "AMD EPYC"; empty if the system does not say
  std::vector<std::string> features;  // of kProcessorFeatures, those that it has
  int cores = 0;                      // that this process may use
};

// What matters for matrix products, as Linux names it, in the order of a list for people.
inline constexpr std::string_view kProcessorFeatures[] = {
    "avx2",     "fma",      "avx_vnni", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16",
    "amx_tile", "amx_int8", "amx_bf16", "asimd",   "sve",      "bf16",        "i8mm"};

struct Memory {
  int64_t total_bytes = 0;      // of the machine, or the limit of this process's control group
  int64_t available_bytes = 0;  // for a new program without swapping, and within that limit
};

// From the contents of /proc/cpuinfo and /proc/meminfo; `cores` is left 0. What a text does not say
// stays empty or 0.
Processor ParseProcessor(std::string_view cpuinfo);
Memory ParseMemory(std::string_view meminfo);

// Of this machine (Linux; elsewhere only `cores`).
Processor ReadProcessor();
Memory ReadMemory();

// Floating-point operations per second of [rows, inputs] x [inputs, outputs] with all threads,
// measured for about `seconds` by the wall clock, so that other work on the machine counts. Errors:
// kUnsupported (no bf16 on this CPU).
struct ProductShape {
  int64_t rows = 512, inputs = 2048, outputs = 2048;
};
Result<double> MeasureProductRate(WeightType type, const ProductShape& shape, double seconds);

}  // namespace fairprune::compute
