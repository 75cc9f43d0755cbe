// Tables for people: on a terminal, as Markdown, as CSV.
//
//   Table table({{"layer", Align::kRight}, {"name"}});
//   table.AddRow({"3", "gate_proj"});
//   fmt::print("{}", table.ToText());
//
// What a verb prints is a Printout, text and tables in their order: the terminal shows all of it,
// the other formats its tables.
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
  // In text a cell stays empty where it, and those of the columns before it, are the row's above.
  bool groups = false;
};

enum class TableFormat { kText, kCsv, kMarkdown };

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

  // RFC 4180, lines ended by '\n': the titles, if any is not empty, and the rows. Cells without
  // spaces at their ends, numbers without the commas between their thousands; rows of empty cells
  // only are left out.
  std::string ToCsv() const;
  // A table of GitHub's Markdown, in which cells show as they are.
  std::string ToMarkdown() const;

 private:
  bool has_titles() const;
  // The rows without the cells that `groups` leaves empty.
  std::vector<std::vector<std::string>> GroupedRows() const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Text and tables in the order in which they are shown.
class Printout {
 public:
  Printout& Add(std::string text);
  Printout& Add(Table table);
  Printout& Add(const Printout& other);

  // kText: everything, tables at most `max_width` wide; otherwise the tables, a blank line between
  // two.
  std::string Render(TableFormat format, size_t max_width = kAnyWidth) const;

 private:
  struct Part {
    std::string text;
    std::vector<Table> table;  // one or none
  };
  std::vector<Part> parts_;
};

// 1234567 -> "1,234,567".
std::string WithThousands(int64_t value);

// Bytes for people, in powers of 1000: "512 B", "1.5 kB", "98.4 MB".
std::string HumanBytes(int64_t bytes);

}  // namespace fairprune
