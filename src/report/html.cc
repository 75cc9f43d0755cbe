#include "report/html.h"

#include <fmt/core.h>
#include <utf8proc.h>

#include <cmath>

namespace fairprune {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kMinus = "\xE2\x88\x92";

std::string WithMinus(std::string text) {
  if (text.starts_with('-')) text.replace(0, 1, kMinus);
  return text;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  for (utf8proc_ssize_t at = 0; at < size;) {
    utf8proc_int32_t code_point = 0;
    const utf8proc_ssize_t used = utf8proc_iterate(bytes + at, size - at, &code_point);
    const bool control = (code_point < 0x20 && code_point != '\n' && code_point != '\t') ||
                         (code_point >= 0x7F && code_point < 0xA0);
    if (used <= 0 || control) {
      out += kReplacement;
      at += used > 0 ? used : 1;
      continue;
    }
    switch (code_point) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += text.substr(static_cast<size_t>(at), static_cast<size_t>(used));
    }
    at += used;
  }
  return out;
}

std::string Isolated(std::string_view text) { return "<bdi>" + EscapeHtml(text) + "</bdi>"; }

std::string Number(double value, int decimals) {
  if (!std::isfinite(value)) return "not defined";
  return WithMinus(fmt::format("{:.{}f}", value, decimals));
}

std::string SignedPercent(double share, int decimals) {
  if (!std::isfinite(share)) return "not defined";
  return WithMinus(fmt::format("{:+.{}f} %", 100 * share, decimals));
}

std::string PercentRange(double low, double high, int decimals) {
  if (!std::isfinite(low) || !std::isfinite(high)) return "no interval";
  return WithMinus(fmt::format("{:+.{}f}", 100 * low, decimals)) + " to " +
         SignedPercent(high, decimals);
}

std::string PValueText(double p) {
  if (std::isnan(p)) return "";
  if (p >= 0.001 || p <= 0) return fmt::format("{:.3f}", p);
  const auto exponent = static_cast<int>(std::floor(std::log10(p)));
  return fmt::format("{:.1f} × 10<sup>{}{}</sup>", p / std::pow(10.0, exponent), kMinus, -exponent);
}

HtmlTable::HtmlTable(std::string_view caption, const std::vector<std::string>& titles)
    : caption_(EscapeHtml(caption)) {
  for (const std::string& title : titles) {
    const bool number = title.starts_with('#');
    head_ += fmt::format("<th scope=\"col\"{}>{}</th>", number ? " class=\"n\"" : "",
                         EscapeHtml(std::string_view(title).substr(number ? 1 : 0)));
  }
}

void HtmlTable::AddRow(const std::vector<HtmlCell>& cells) {
  body_ += "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    std::string names = cells[i].class_names;
    if (cells[i].number) names += names.empty() ? "n" : " n";
    const std::string attribute = names.empty() ? "" : fmt::format(" class=\"{}\"", names);
    body_ += i == 0 ? fmt::format("<th scope=\"row\"{}>{}</th>", attribute, cells[i].html)
                    : fmt::format("<td{}>{}</td>", attribute, cells[i].html);
  }
  body_ += "</tr>\n";
}

std::string HtmlTable::ToHtml() const {
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">"
      "<table><caption><span>{0}</span></caption>\n<thead><tr>{1}</tr></thead>\n<tbody>\n{2}</"
      "tbody></table></"
      "div>\n",
      caption_, head_, body_);
}

HtmlCell Cell(std::string_view text) { return {EscapeHtml(text), false, {}}; }
HtmlCell NumberCell(std::string_view text) { return {EscapeHtml(text), true, {}}; }

}  // namespace fairprune
