// How much of a mapping is in memory. Tests only.
#pragma once

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace fairprune {

// Bytes in memory of the mapping that holds `address`, as the kernel counts them; -1 if there is no
// such mapping.
inline int64_t ResidentBytes(const void* address) {
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0, end = 0;
    char dash = 0;
    // "BEGIN-END PERMISSIONS …", in hexadecimal, opens a mapping; "Rss: N kB" follows.
    if (std::istringstream(line) >> std::hex >> begin >> dash >> end && dash == '-') {
      inside = begin <= wanted && wanted < end;
    }
    if (inside && line.starts_with("Rss:")) return std::stoll(line.substr(4)) * 1024;
  }
  return -1;
}

}  // namespace fairprune
