// The unit of the prefix forest that attention works on.
#pragma once

#include <cstdint>

namespace fairprune {

// A contiguous chain of nodes [begin, end): each node's parent is the node before it, the first
// one's parent is the last node of segment `parent` (-1: a root). Hence a node attends to the whole
// of every ancestor segment and to its own segment up to itself.
struct Segment {
  int32_t begin = 0, end = 0;
  int32_t parent = -1;
};

}  // namespace fairprune
