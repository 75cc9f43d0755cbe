// How a block of queries finds its keys: shared by attention and its gradient. Internal to this
// room.
#pragma once

#include <algorithm>

#include "compute/attention.h"

namespace fairprune::compute {

// The position of the first key that any query of the block sees. The keys of a block are the
// nodes of one path from a root, so that a key's place among them is its position.
inline int64_t FirstKey(const AttentionShape& shape, const QueryBlock& block) {
  const int64_t first_query = block.num_keys - (block.end - block.begin);
  return shape.window == 0 ? 0 : std::max<int64_t>(0, first_query + 1 - shape.window);
}

// Calls visit(first node, count, position - first_key) for each run of keys from `first_key` on,
// root first.
template <typename Visit>
void ForEachKeyRun(const AttentionPlan& plan, const QueryBlock& block, int64_t first_key,
                   const Visit& visit) {
  int64_t position = 0;
  const auto visit_run = [&](int64_t begin, int64_t end) {
    const int64_t hidden = std::clamp<int64_t>(first_key - position, 0, end - begin);
    position += end - begin;
    if (begin + hidden < end) {
      visit(begin + hidden, end - begin - hidden, position - (end - begin - hidden) - first_key);
    }
  };
  for (int32_t a = 0; a < block.num_ancestors; ++a) {
    const Segment& run =
        plan.ancestors[static_cast<size_t>(block.first_ancestor) + static_cast<size_t>(a)];
    visit_run(run.begin, run.end);
  }
  visit_run(block.segment_begin, block.end);
}

// scores [queries, keys], key 0 being at position `first_key`, row 0 a query at `first_query`: each
// row becomes the weights of the keys that its query sees, 0 elsewhere.
void WeighKeys(const AttentionShape& shape, int64_t first_query, int64_t first_key, int64_t queries,
               int64_t keys, float* scores);

}  // namespace fairprune::compute
