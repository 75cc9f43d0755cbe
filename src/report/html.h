// Pieces of a page: text made safe, numbers as people read them, tables. Every function returns
// markup; what comes from a user or a model goes through EscapeHtml first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fairprune {

// & < > " ' as entities; control characters and bytes that are not UTF-8 as U+FFFD, except tab and
// newline. Safe as element content and as a quoted attribute.
std::string EscapeHtml(std::string_view text);
// The same inside <bdi>, so that text that runs right to left does not turn what is around it.
std::string Isolated(std::string_view text);

// "+1.2 %", "−40.7 %" (a true minus sign); "not defined" for NaN.
std::string SignedPercent(double share, int decimals = 1);
// "−51.9 to −29.7 %"; "no interval" where one end is NaN.
std::string PercentRange(double low, double high, int decimals = 1);
// "0.032", "6.0 × 10⁻⁴", "" for NaN.
std::string PValueText(double p);
// `decimals` digits after the point, a true minus sign, "not defined" for NaN.
std::string Number(double value, int decimals);

struct HtmlCell {
  std::string html;         // already safe
  bool number = false;      // aligned right
  std::string class_names;  // besides
};

// A table with a caption and column headers; the first cell of a row is its header.
class HtmlTable {
 public:
  // `caption` and `titles` are plain text. Titles that begin with '#' stand above numbers.
  HtmlTable(std::string_view caption, const std::vector<std::string>& titles);
  void AddRow(const std::vector<HtmlCell>& cells);
  // In a box that scrolls sideways on a narrow screen.
  std::string ToHtml() const;

 private:
  std::string caption_, head_, body_;
};

HtmlCell Cell(std::string_view text);        // escaped
HtmlCell NumberCell(std::string_view text);  // escaped, aligned right

}  // namespace fairprune
