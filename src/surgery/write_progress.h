// How far a checkpoint is written; and the way to stop it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "checkpoint/safetensors.h"

namespace fairprune {

// (tensors written, all), before each tensor and at the end of the last. An error stops the
// writing, which returns it and leaves nothing. May be empty.
using WriteProgress = std::function<Status(int64_t done, int64_t total)>;

// The same tensors, telling `progress` of each. It must outlive them.
inline std::vector<TensorToWrite> Reporting(std::vector<TensorToWrite> tensors,
                                            const WriteProgress& progress) {
  if (!progress) return tensors;
  const auto total = static_cast<int64_t>(tensors.size());
  const auto done = std::make_shared<int64_t>(0);
  for (TensorToWrite& tensor : tensors) {
    tensor.produce = [produce = std::move(tensor.produce), &progress, done,
                      total](const auto& sink) -> Status {
      FP_RETURN_IF_ERROR(progress(*done, total));
      FP_RETURN_IF_ERROR(produce(sink));
      return ++*done < total ? Status() : progress(total, total);
    };
  }
  return tensors;
}

}  // namespace fairprune
