#include "report/table.h"

#include <fmt/core.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace fairprune {
namespace {

constexpr std::string_view kGap = "  ";

// Appends one line, without the spaces that padding would leave at its end.
void AppendLine(const std::vector<Column>& columns, const std::vector<size_t>& widths,
                const std::vector<std::string>& cells, std::string& out) {
  const size_t begin = out.size();
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& cell = cells[i];
    const std::string padding(widths[i] - DisplayWidth(cell), ' ');
    if (i > 0) out += kGap;
    out += columns[i].align == Align::kRight ? padding + cell : cell + padding;
  }
  const size_t last = out.find_last_not_of(' ');
  out.resize(std::max(begin, last == std::string::npos ? 0 : last + 1));
  out += '\n';
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  size_t width = 0;
  for (utf8proc_ssize_t at = 0; at < size;) {
    utf8proc_int32_t code_point = 0;
    const utf8proc_ssize_t used = utf8proc_iterate(bytes + at, size - at, &code_point);
    width += used > 0 ? static_cast<size_t>(utf8proc_charwidth(code_point)) : 1;
    at += std::max<utf8proc_ssize_t>(used, 1);
  }
  return width;
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::AddRow(std::vector<std::string> cells) {
  FP_CHECK(cells.size() <= columns_.size(), "a row has no more cells than the table has columns");
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::ToText() const {
  std::vector<std::string> titles;
  std::vector<size_t> widths;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(DisplayWidth(column.title));
  }
  for (const std::vector<std::string>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string out;
  const bool has_titles = std::any_of(titles.begin(), titles.end(),
                                      [](const std::string& title) { return !title.empty(); });
  if (has_titles) {
    AppendLine(columns_, widths, titles, out);
    std::vector<std::string> rule;
    rule.reserve(widths.size());
    for (const size_t width : widths) rule.emplace_back(width, '-');
    AppendLine(columns_, widths, rule, out);
  }
  for (const std::vector<std::string>& row : rows_) AppendLine(columns_, widths, row, out);
  return out;
}

std::string WithThousands(int64_t value) {
  std::string digits = fmt::format("{}", value);
  const size_t first = value < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string HumanBytes(int64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  // 999.95 would print as "1000.0".
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace fairprune
