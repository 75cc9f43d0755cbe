// The prefix forest: many sequences, every shared beginning stored (and computed) once.
//
//   Forest forest = BuildForest(sequences);       // std::vector<std::vector<int32_t>>
//   int32_t node = forest.sequences[s][p];        // where position p of sequence s is computed
//
// Nodes are in depth-first order, so that each maximal unbranched chain (a Segment) is a contiguous
// range. A node attends to itself and its ancestors only; its depth is its position.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/segment.h"

namespace fairprune {

struct Forest {
  std::vector<int32_t> token;     // [N] token id
  std::vector<int32_t> parent;    // [N] node index, -1 for a root; parent[i] < i
  std::vector<int32_t> depth;     // [N] position, 0 for a root
  std::vector<Segment> segments;  // in node order
  // sequences[s][p]: node of position p of the s-th sequence given to BuildForest.
  std::vector<std::vector<int32_t>> sequences;
  // Sequences longer than this share no node with shorter ones; 0: all may share.
  int64_t long_sequence_limit = 0;

  int32_t size() const { return static_cast<int32_t>(token.size()); }
};

// Sequences may be equal to or prefixes of each other; empty sequences have no nodes. The result
// does not depend on anything but the sequences, their order and the limit. `long_sequence_limit`:
// Engine::long_sequence_limit() of the engine that will run the forest.
Forest BuildForest(std::span<const std::span<const int32_t>> sequences,
                   int64_t long_sequence_limit = 0);
Forest BuildForest(const std::vector<std::vector<int32_t>>& sequences,
                   int64_t long_sequence_limit = 0);
// Puts the trees of `more` behind those of `forest`, sharing nothing with them; its sequences
// follow those of `forest`. Both must be of one long_sequence_limit.
void AppendForest(const Forest& more, Forest& forest);
// Leading ids that two sequences share.
int64_t CommonPrefix(std::span<const int32_t> a, std::span<const int32_t> b);

}  // namespace fairprune
