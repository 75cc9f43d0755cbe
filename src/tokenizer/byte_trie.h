// The strings of a vocabulary that begin at a place of a text.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace fairprune {

// Immutable once made.
class ByteTrie {
 public:
  ByteTrie() = default;
  // Of equal keys the last value counts. Empty keys are passed over. Takes time and memory in
  // proportion to the keys' bytes.
  explicit ByteTrie(std::vector<std::pair<std::string_view, int32_t>> entries);

  // Calls visit(num_bytes, value) for each key that `text` begins with, shortest first.
  template <typename Visit>
  void ForEachPrefix(std::string_view text, Visit&& visit) const {
    int32_t node = text.empty() ? -1 : roots_[static_cast<uint8_t>(text[0])];
    for (size_t at = 0; node >= 0;) {
      ++at;
      const Node& here = nodes_[static_cast<size_t>(node)];
      if (here.value >= 0) visit(at, here.value);
      if (at == text.size()) break;
      node = Child(here, static_cast<uint8_t>(text[at]));
    }
  }

 private:
  struct Node {
    int32_t value = -1;        // -1: no key ends here
    int32_t first_child = -1;  // children stand together, in the order of their labels
    uint16_t num_children = 0;
    uint8_t label = 0;
  };

  int32_t Child(const Node& node, uint8_t label) const {
    if (node.num_children == 0) return -1;
    const Node* first = &nodes_[static_cast<size_t>(node.first_child)];
    size_t low = 0;
    for (size_t count = node.num_children; count > 1;) {
      const size_t half = count / 2;
      if (first[low + half].label <= label) low += half;
      count -= half;
    }
    return first[low].label == label ? node.first_child + static_cast<int32_t>(low) : -1;
  }

  std::vector<Node> nodes_;
  std::array<int32_t, 256> roots_ = MakeNone();

  static std::array<int32_t, 256> MakeNone() {
    std::array<int32_t, 256> none{};
    none.fill(-1);
    return none;
  }
};

}  // namespace fairprune
