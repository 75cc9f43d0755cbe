// How items become one number: every metric is a figure, a function of sums over what its items
// contribute. So one description serves a task's result, a group's, and the resampling of both when
// two measurements are compared; results.json names it for each metric.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace fairprune {

// What one item contributes to one metric: one number, several ("correct, of how many"), or, empty,
// nothing.
using MetricValue = std::vector<double>;
// The contributions of those items that contribute, in their order.
using MetricValues = std::vector<MetricValue>;

struct Figure {
  std::string_view name;
  int64_t num_parts = 1;    // of a contribution
  int64_t num_columns = 2;  // C, of the sums
  // What a contribution adds to the sums, [C]; zeros before.
  void (*add)(std::span<const double> value, std::span<double> columns) = nullptr;
  // NaN where undefined.
  double (*of)(std::span<const double> sums) = nullptr;
  // A contribution's yes or no ("correct", "the stereotype preferred"); nullopt: it has none.
  std::optional<bool> (*outcome)(std::span<const double> value) = nullptr;
  // Items with the same first part are averaged before anything is summed (StereoSet's target
  // terms).
  bool by_term = false;
};

// nullptr if there is none of that name.
const Figure* FindFigure(std::string_view name);
// The same for a name of this program; a programmer's mistake if there is none.
const Figure& FigureNamed(std::string_view name);

// [values.size(), C], what each item adds to the figure's sums.
std::vector<double> ItemColumns(const Figure& figure, const MetricValues& values);

// The figure of all `values`; NaN where undefined.
double FigureOf(const Figure& figure, const MetricValues& values);

}  // namespace fairprune
