#include "report/table.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace fairprune {
namespace {

constexpr std::string_view kGap = "  ";

// A left-aligned column is not made narrower than this.
constexpr size_t kNarrowest = 10;

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

// Appends a row, over as many lines as its highest cell takes.
void AppendRow(const std::vector<Column>& columns, const std::vector<size_t>& widths,
               const std::vector<std::string>& cells, std::string& out) {
  std::vector<std::vector<std::string>> lines;
  lines.reserve(columns.size());
  size_t height = 1;
  for (size_t i = 0; i < columns.size(); ++i) {
    lines.push_back(WrapText(cells[i], widths[i]));
    height = std::max(height, lines.back().size());
  }
  for (size_t line = 0; line < height; ++line) {
    std::vector<std::string> parts;
    parts.reserve(lines.size());
    for (const auto& cell : lines) parts.push_back(line < cell.size() ? cell[line] : "");
    AppendLine(columns, widths, parts, out);
  }
}

size_t LongestWord(const std::string& text) {
  size_t longest = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    longest = std::max(longest, DisplayWidth({text.data() + begin, end - begin}));
    begin = end + 1;
  }
  return longest;
}

// Takes columns of `widths`, the widest first, down to `least` until they fit into `max_width`.
void Narrow(size_t max_width, const std::vector<size_t>& least, std::vector<size_t>& widths) {
  size_t total = kGap.size() * (widths.size() - 1);
  for (const size_t width : widths) total += width;
  while (total > max_width) {
    size_t widest = widths.size();
    for (size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] > least[i] && (widest == widths.size() || widths[i] > widths[widest])) {
        widest = i;
      }
    }
    if (widest == widths.size()) return;
    --widths[widest];
    --total;
  }
}

// "-1,234.5" -> "-1234.5"; anything else as it is.
std::string WithoutThousands(const std::string& cell) {
  const size_t first = cell.find_first_not_of("+-");
  const size_t comma = cell.find(',');
  if (first > 1 || comma == std::string::npos || comma - first > 3 || comma == first) return cell;
  std::string plain;
  size_t digits = 0;
  for (size_t i = 0; i < cell.size(); ++i) {
    const bool is_digit = cell[i] >= '0' && cell[i] <= '9';
    const bool sign = i < first, in_whole = plain.find('.') == std::string::npos;
    if (cell[i] == ',') {
      if (!in_whole || (i > comma && digits != 3)) return cell;
      digits = 0;
      continue;
    }
    if (cell[i] == '.' && in_whole && digits == 3) {
      digits = 0;
    } else if (is_digit) {
      ++digits;
    } else if (!sign) {
      return cell;
    }
    plain += cell[i];
  }
  return plain.find('.') != std::string::npos || digits == 3 ? plain : cell;
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = WithoutThousands(std::string(Trim(cells[i])));
    if (i > 0) line += ',';
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + '\n';
}

std::string MarkdownLine(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) {
    line += ' ';
    for (const char c : cell) {
      if (c == '\n') {
        line += "<br>";
        continue;
      }
      if (std::string_view("\\|*`<").find(c) != std::string_view::npos) line += '\\';
      line += c;
    }
    line += " |";
  }
  return line + '\n';
}

std::vector<std::string> TitlesOf(const std::vector<Column>& columns) {
  std::vector<std::string> titles;
  titles.reserve(columns.size());
  for (const Column& column : columns) titles.push_back(column.title);
  return titles;
}

bool IsEmptyRow(const std::vector<std::string>& row) {
  return std::ranges::all_of(row, &std::string::empty);
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::AddRow(std::vector<std::string> cells) {
  FP_CHECK(cells.size() <= columns_.size(), "a row has no more cells than the table has columns");
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

bool Table::has_titles() const { return !IsEmptyRow(TitlesOf(columns_)); }

std::vector<std::vector<std::string>> Table::GroupedRows() const {
  std::vector<std::vector<std::string>> shown = rows_;
  for (size_t row = 1; row < rows_.size(); ++row) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].groups || rows_[row][i] != rows_[row - 1][i]) break;
      shown[row][i].clear();
    }
  }
  return shown;
}

std::string Table::ToText(size_t max_width) const {
  const std::vector<std::string> titles = TitlesOf(columns_);
  const std::vector<std::vector<std::string>> rows = GroupedRows();
  std::vector<size_t> widths, cells, words, least;
  for (const Column& column : columns_) {
    widths.push_back(DisplayWidth(column.title));
    least.push_back(LongestWord(column.title));
  }
  cells = words = least;
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const size_t width = DisplayWidth(row[i]);
      cells[i] = std::max(cells[i], width);
      widths[i] = std::max(widths[i], width);
      const bool whole = columns_[i].align == Align::kRight;
      const size_t word = whole ? width : LongestWord(row[i]);
      words[i] = std::max(words[i], word);
      least[i] = std::max(least[i], whole ? width : std::min(word, kNarrowest));
    }
  }
  // Titles first, then cells between their words, then words.
  for (const std::vector<size_t>* limit : {&cells, &words, &least}) {
    if (!columns_.empty()) Narrow(max_width, *limit, widths);
  }
  std::string out;
  if (has_titles()) {
    AppendRow(columns_, widths, titles, out);
    std::vector<std::string> rule;
    rule.reserve(widths.size());
    for (const size_t width : widths) rule.emplace_back(width, '-');
    AppendLine(columns_, widths, rule, out);
  }
  for (const std::vector<std::string>& row : rows) AppendRow(columns_, widths, row, out);
  return out;
}

std::string Table::ToCsv() const {
  std::string out = has_titles() ? CsvLine(TitlesOf(columns_)) : "";
  for (const std::vector<std::string>& row : rows_) {
    if (!IsEmptyRow(row)) out += CsvLine(row);
  }
  return out;
}

std::string Table::ToMarkdown() const {
  std::string out = MarkdownLine(TitlesOf(columns_)) + '|';
  for (const Column& column : columns_) out += column.align == Align::kRight ? " ---: |" : " --- |";
  out += '\n';
  for (const std::vector<std::string>& row : rows_) {
    if (!IsEmptyRow(row)) out += MarkdownLine(row);
  }
  return out;
}

Printout& Printout::Add(std::string text) {
  parts_.push_back({.text = std::move(text)});
  return *this;
}

Printout& Printout::Add(Table table) {
  parts_.push_back({.table = {std::move(table)}});
  return *this;
}

Printout& Printout::Add(const Printout& other) {
  parts_.insert(parts_.end(), other.parts_.begin(), other.parts_.end());
  return *this;
}

std::string Printout::Render(TableFormat format, size_t max_width) const {
  std::string out;
  for (const Part& part : parts_) {
    if (format == TableFormat::kText) out += part.text;
    for (const Table& table : part.table) {
      if (format == TableFormat::kText) {
        out += table.ToText(max_width);
        continue;
      }
      if (!out.empty()) out += '\n';
      out += format == TableFormat::kCsv ? table.ToCsv() : table.ToMarkdown();
    }
  }
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
