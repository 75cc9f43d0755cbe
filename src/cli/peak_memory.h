// How much memory a piece of work takes, measured on a process of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/result.h"

namespace fairprune {

// Runs `work` in a fork of this process, which ends with it, and returns the largest resident size
// that the fork had, in bytes, this process's own at the time of the fork included (wait4,
// ru_maxrss). Before any thread was started. nullopt: the work failed, as it will here too. Errors:
// kIo (no process could be made; it was killed, as where memory ran out), CheckInterrupt's.
Result<std::optional<int64_t>> PeakMemoryOf(const std::function<Status()>& work);

}  // namespace fairprune
