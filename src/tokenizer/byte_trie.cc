#include "tokenizer/byte_trie.h"

#include <algorithm>
#include <cstddef>

namespace fairprune {

ByteTrie::ByteTrie(std::vector<std::pair<std::string_view, int32_t>> entries) {
  std::erase_if(entries, [](const auto& entry) { return entry.first.empty(); });
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  // Nodes are made level by level, so that siblings stand together: `range` holds the entries that
  // pass through a node.
  struct Range {
    size_t begin;
    size_t end;
    size_t depth;
    int32_t parent;  // -1: none
  };
  std::vector<Range> level = {{0, entries.size(), 0, -1}};
  while (!level.empty()) {
    std::vector<Range> next_level;
    for (const Range& range : level) {
      size_t begin = range.begin;
      if (range.parent >= 0) {
        // Keys that end here sort before those that go on.
        for (; begin < range.end && entries[begin].first.size() == range.depth; ++begin) {
          nodes_[static_cast<size_t>(range.parent)].value = entries[begin].second;
        }
      }
      while (begin < range.end) {
        const auto label = static_cast<uint8_t>(entries[begin].first[range.depth]);
        size_t end = begin + 1;
        while (end < range.end && static_cast<uint8_t>(entries[end].first[range.depth]) == label) {
          ++end;
        }
        const auto made = static_cast<int32_t>(nodes_.size());
        nodes_.push_back({-1, -1, 0, label});
        if (range.parent < 0) {
          roots_[label] = made;
        } else {
          Node& parent = nodes_[static_cast<size_t>(range.parent)];
          if (parent.num_children == 0) parent.first_child = made;
          ++parent.num_children;
        }
        next_level.push_back({begin, end, range.depth + 1, made});
        begin = end;
      }
    }
    level = std::move(next_level);
  }
}

}  // namespace fairprune
