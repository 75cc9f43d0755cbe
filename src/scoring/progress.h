// How far a job is, in the units of whoever asked for it.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "forward/engine.h"

namespace fairprune {

// (done, total) in requests or pairs; `done` never falls, may repeat, and is `total` at the end.
// May be empty. An error stops the job, which returns it: so a user's interrupt ends one.
using JobProgress = std::function<Status(int64_t done, int64_t total)>;

// Tells `progress` what share of `num_items` a RunAll has done. Items are taken to be of one size:
// a streaming engine ends all of them at once.
inline RunProgress InItems(int64_t num_items, JobProgress progress) {
  if (!progress) return {};
  return [num_items, progress = std::move(progress)](int64_t done, int64_t total) {
    return progress(done == total ? num_items : num_items * done / total, num_items);
  };
}

}  // namespace fairprune
