#include "forward/forest.h"

#include <algorithm>
#include <unordered_map>

#include "base/check.h"

namespace fairprune {
namespace {

constexpr int32_t kNone = -1;
// Under this, children are roots too: of sequences beyond the limit.
constexpr int32_t kLongRoot = -2;

// A trie in the order of insertion; children are linked in that order too.
struct Trie {
  std::vector<int32_t> token, parent, depth, first_child, last_child, next_sibling;
  std::unordered_map<uint64_t, int32_t> child_of;  // (parent, token) -> node
  int32_t first_root = kNone, last_root = kNone;

  int32_t ChildOf(int32_t node, int32_t token_id) {
    const uint64_t key = (static_cast<uint64_t>(static_cast<uint32_t>(node)) << 32) |
                         static_cast<uint32_t>(token_id);
    const auto [found, inserted] = child_of.try_emplace(key, static_cast<int32_t>(token.size()));
    if (!inserted) return found->second;
    const int32_t added = found->second;
    token.push_back(token_id);
    const bool root = node < 0;
    parent.push_back(root ? kNone : node);
    depth.push_back(root ? 0 : depth[static_cast<size_t>(node)] + 1);
    first_child.push_back(kNone);
    last_child.push_back(kNone);
    next_sibling.push_back(kNone);
    int32_t& first = root ? first_root : first_child[static_cast<size_t>(node)];
    int32_t& last = root ? last_root : last_child[static_cast<size_t>(node)];
    if (first == kNone) {
      first = added;
    } else {
      next_sibling[static_cast<size_t>(last)] = added;
    }
    last = added;
    return added;
  }
};

// Depth-first order of the trie's nodes.
std::vector<int32_t> DepthFirst(const Trie& trie) {
  std::vector<int32_t> order;
  order.reserve(trie.token.size());
  std::vector<int32_t> stack;
  const auto push_siblings = [&](int32_t first) {
    const size_t bottom = stack.size();
    for (int32_t n = first; n != kNone; n = trie.next_sibling[static_cast<size_t>(n)]) {
      stack.push_back(n);
    }
    std::reverse(stack.begin() + static_cast<std::ptrdiff_t>(bottom), stack.end());
  };
  push_siblings(trie.first_root);
  while (!stack.empty()) {
    const int32_t node = stack.back();
    stack.pop_back();
    order.push_back(node);
    push_siblings(trie.first_child[static_cast<size_t>(node)]);
  }
  return order;
}

void CutSegments(const std::vector<bool>& continues, Forest& forest) {
  std::vector<int32_t> segment_of(forest.token.size());
  for (int32_t i = 0; i < forest.size(); ++i) {
    const auto index = static_cast<size_t>(i);
    if (!continues[index]) {
      const int32_t parent = forest.parent[index];
      const int32_t parent_segment = parent < 0 ? -1 : segment_of[static_cast<size_t>(parent)];
      forest.segments.push_back({i, i, parent_segment});
    }
    forest.segments.back().end = i + 1;
    segment_of[index] = static_cast<int32_t>(forest.segments.size()) - 1;
  }
}

}  // namespace

Forest BuildForest(std::span<const std::span<const int32_t>> sequences,
                   int64_t long_sequence_limit) {
  Trie trie;
  std::vector<std::vector<int32_t>> paths;
  paths.reserve(sequences.size());
  for (const auto& sequence : sequences) {
    std::vector<int32_t>& path = paths.emplace_back();
    path.reserve(sequence.size());
    const bool is_long =
        long_sequence_limit > 0 && static_cast<int64_t>(sequence.size()) > long_sequence_limit;
    int32_t node = is_long ? kLongRoot : kNone;
    for (const int32_t token : sequence) path.push_back(node = trie.ChildOf(node, token));
  }

  const std::vector<int32_t> order = DepthFirst(trie);
  std::vector<int32_t> place(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    place[static_cast<size_t>(order[i])] = static_cast<int32_t>(i);
  }
  Forest forest;
  forest.long_sequence_limit = long_sequence_limit;
  std::vector<bool> continues;  // the node is its parent's only child
  for (const int32_t node : order) {
    const auto n = static_cast<size_t>(node);
    const int32_t parent = trie.parent[n];
    forest.token.push_back(trie.token[n]);
    forest.parent.push_back(parent == kNone ? kNone : place[static_cast<size_t>(parent)]);
    forest.depth.push_back(trie.depth[n]);
    continues.push_back(parent != kNone && trie.first_child[static_cast<size_t>(parent)] ==
                                               trie.last_child[static_cast<size_t>(parent)]);
  }
  CutSegments(continues, forest);
  for (auto& path : paths) {
    for (int32_t& node : path) node = place[static_cast<size_t>(node)];
  }
  forest.sequences = std::move(paths);
  return forest;
}

Forest BuildForest(const std::vector<std::vector<int32_t>>& sequences,
                   int64_t long_sequence_limit) {
  const std::vector<std::span<const int32_t>> views(sequences.begin(), sequences.end());
  return BuildForest(std::span<const std::span<const int32_t>>(views), long_sequence_limit);
}

void AppendForest(const Forest& more, Forest& forest) {
  FP_CHECK(forest.size() == 0 || forest.long_sequence_limit == more.long_sequence_limit,
           "forests of one long_sequence_limit");
  const int32_t nodes = forest.size();
  const auto segments = static_cast<int32_t>(forest.segments.size());
  const auto behind = [](int32_t index, int32_t offset) {
    return index < 0 ? index : index + offset;
  };
  forest.long_sequence_limit = more.long_sequence_limit;
  forest.token.insert(forest.token.end(), more.token.begin(), more.token.end());
  forest.depth.insert(forest.depth.end(), more.depth.begin(), more.depth.end());
  for (const int32_t parent : more.parent) forest.parent.push_back(behind(parent, nodes));
  for (const Segment& s : more.segments) {
    forest.segments.push_back({s.begin + nodes, s.end + nodes, behind(s.parent, segments)});
  }
  for (std::vector<int32_t> sequence : more.sequences) {
    for (int32_t& node : sequence) node += nodes;
    forest.sequences.push_back(std::move(sequence));
  }
}

int64_t CommonPrefix(std::span<const int32_t> a, std::span<const int32_t> b) {
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
}

}  // namespace fairprune
