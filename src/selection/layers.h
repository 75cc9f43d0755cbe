// Which whole layers go, and lists of layers as people write them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace fairprune {

// "3", "0-5" or "0-5,8", each part of `lists`, of a model of `num_layers`; ascending. Errors:
// kInvalidArgument (no number, a range that runs backwards, a layer that is not there or comes
// twice).
Result<std::vector<int32_t>> ParseLayerLists(const std::vector<std::string>& lists,
                                             int64_t num_layers);

// OptiPFair's number of layers for a percentage of them: floor(num_layers * percentage / 100), in
// f64. Errors: kInvalidArgument (none or all of them).
Result<int64_t> LayersOfPercentage(int64_t num_layers, double percentage);

enum class LayerOrder {
  kFirst,
  kLast,
  kLeastImportant,  // lowest importance first; ties: the lower layer
};

// `count` of `num_layers` layers, ascending. `importance` [L]: of kLeastImportant. Errors:
// kInvalidArgument (fewer than 1 or all of them).
Result<std::vector<int32_t>> SelectLayers(int64_t num_layers, int64_t count, LayerOrder order,
                                          std::span<const double> importance = {});

}  // namespace fairprune
