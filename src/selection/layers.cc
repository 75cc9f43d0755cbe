#include "selection/layers.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <string_view>

#include "base/check.h"

namespace fairprune {
namespace {

bool ParseWhole(std::string_view text, int64_t& value) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end && !text.empty();
}

// Marks "A" or "A-B".
Status MarkRange(std::string_view part, std::vector<bool>& marked) {
  const size_t dash = part.find('-', 1);
  int64_t first = 0, last = 0;
  const bool parsed = ParseWhole(part.substr(0, dash), first) &&
                      (dash == std::string_view::npos ? ParseWhole(part, last)
                                                      : ParseWhole(part.substr(dash + 1), last));
  const auto num_layers = std::ssize(marked);
  if (!parsed || first < 0 || last < first || last >= num_layers)
    return Fail(ErrorCode::kInvalidArgument,
                "layers '{}': expected a layer from 0 to {}, or a range such as 0-{}", part,
                num_layers - 1, num_layers - 1);
  for (int64_t layer = first; layer <= last; ++layer) {
    if (marked[static_cast<size_t>(layer)])
      return Fail(ErrorCode::kInvalidArgument, "layers '{}': layer {} is named twice", part, layer);
    marked[static_cast<size_t>(layer)] = true;
  }
  return {};
}

}  // namespace

Result<std::vector<int32_t>> ParseLayerLists(const std::vector<std::string>& lists,
                                             int64_t num_layers) {
  std::vector<bool> marked(static_cast<size_t>(num_layers));
  for (const std::string& list : lists) {
    std::string_view rest = list;
    while (true) {
      const size_t comma = rest.find(',');
      FP_RETURN_IF_ERROR(MarkRange(rest.substr(0, comma), marked));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  std::vector<int32_t> layers;
  for (size_t layer = 0; layer < marked.size(); ++layer)
    if (marked[layer]) layers.push_back(static_cast<int32_t>(layer));
  return layers;
}

Result<int64_t> LayersOfPercentage(int64_t num_layers, double percentage) {
  const double share = static_cast<double>(num_layers) * percentage / 100;
  const auto count = percentage > 0 && percentage < 100 ? static_cast<int64_t>(share) : 0;
  if (count < 1)
    return Fail(ErrorCode::kInvalidArgument,
                "{} % of {} layers is {}; expected one at least, and not all of them", percentage,
                num_layers, percentage >= 100 ? "all of them" : "none");
  return count;
}

Result<std::vector<int32_t>> SelectLayers(int64_t num_layers, int64_t count, LayerOrder order,
                                          std::span<const double> importance) {
  if (count < 1 || count >= num_layers)
    return Fail(ErrorCode::kInvalidArgument, "{} of {} layers are to go, expected 1 to {}", count,
                num_layers, num_layers - 1);
  std::vector<int32_t> layers(static_cast<size_t>(num_layers));
  std::iota(layers.begin(), layers.end(), 0);
  if (order == LayerOrder::kLast) std::ranges::reverse(layers);
  if (order == LayerOrder::kLeastImportant) {
    FP_CHECK(std::ssize(importance) == num_layers, "an importance for every layer");
    std::ranges::stable_sort(layers, std::ranges::less{},
                             [&](int32_t layer) { return importance[static_cast<size_t>(layer)]; });
  }
  layers.resize(static_cast<size_t>(count));
  std::ranges::sort(layers);
  return layers;
}

}  // namespace fairprune
