// Text tables for a terminal: columns aligned by what the reader sees, not by bytes.
//
//   Table table({{"layer", Align::kRight}, {"name"}});
//   table.AddRow({"3", "gate_proj"});
//   fmt::print("{}", table.ToText());
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/wrap.h"

namespace fairprune {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

// A table that is filled row by row and printed as a whole.
class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // Missing cells are empty; more cells than columns are a programmer's mistake.
  void AddRow(std::vector<std::string> cells);

  size_t num_rows() const { return rows_.size(); }

  // Titles, a rule and the rows, two spaces between columns, no space at a line's end, each line
  // ended by '\n'. A table whose titles are all empty has neither titles nor rule. In a table wider
  // than `max_width` titles and cells of left-aligned columns go over several lines, the widest
  // column first; cells of right-aligned columns stay whole, so that a table may remain wider.
  std::string ToText(size_t max_width = kAnyWidth) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// 1234567 -> "1,234,567".
std::string WithThousands(int64_t value);

// Bytes for people, in powers of 1000: "512 B", "1.5 kB", "98.4 MB".
std::string HumanBytes(int64_t bytes);

}  // namespace fairprune
