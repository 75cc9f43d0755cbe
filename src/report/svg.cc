#include "report/svg.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/html.h"
#include "report/page_style.h"

namespace fairprune {
namespace {

std::string ClassOf(std::string_view names) {
  return names.empty() ? "" : fmt::format(" class=\"{}\"", names);
}

std::string HoverOf(std::string_view hover) {
  return hover.empty() ? "" : "<title>" + EscapeHtml(hover) + "</title>";
}

}  // namespace

Svg::Svg(double width, double height, SvgText text)
    : width_(width), height_(height), text_(std::move(text)) {}

void Svg::Text(double x, double y, std::string_view text, std::string_view anchor,
               std::string_view class_names) {
  Add("<text x=\"{:.1f}\" y=\"{:.1f}\"{}{}>{}</text>\n", x, y,
      anchor == "start" ? "" : fmt::format(" text-anchor=\"{}\"", anchor), ClassOf(class_names),
      EscapeHtml(text));
}

void Svg::Line(double x1, double y1, double x2, double y2, std::string_view class_names) {
  Add("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"{}/>\n", x1, y1, x2, y2,
      ClassOf(class_names));
}

void Svg::Rect(double x, double y, double width, double height, std::string_view class_names,
               std::string_view hover, double opacity) {
  Add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"{}{}>{}</rect>\n", x, y,
      std::max(0.0, width), std::max(0.0, height), ClassOf(class_names),
      opacity < 1 ? fmt::format(" fill-opacity=\"{:.3f}\"", opacity) : "", HoverOf(hover));
}

void Svg::Circle(double x, double y, double radius, std::string_view class_names,
                 std::string_view hover) {
  Add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"{}>{}</circle>\n", x, y, radius,
      ClassOf(class_names), HoverOf(hover));
}

void Svg::Diamond(double x, double y, double radius, std::string_view class_names,
                  std::string_view hover) {
  Add("<path d=\"M{:.1f} {:.1f}l{r:.1f} {r:.1f}l-{r:.1f} {r:.1f}l-{r:.1f} "
      "-{r:.1f}z\"{}>{}</path>\n",
      x, y - radius, ClassOf(class_names), HoverOf(hover), fmt::arg("r", radius));
}

std::string Svg::Open(std::string_view attributes) const {
  return fmt::format(
      "<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" aria-labelledby=\"{2}-t {2}-d\"{3}>"
      "<title id=\"{2}-t\">{4}</title><desc id=\"{2}-d\">{5}</desc>\n",
      width_, height_, text_.id, attributes, EscapeHtml(text_.title),
      EscapeHtml(text_.description));
}

std::string Svg::ToHtml() const { return Open("") + body_ + "</svg>\n"; }

std::string Svg::ToFile() const {
  return Open(
             fmt::format(" xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" height=\"{:.0f}\"",
                         width_, height_)) +
         fmt::format("<style>{}</style>\n<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n",
                     PictureStyle()) +
         body_ + "</svg>\n";
}

Scale::Scale(std::vector<double> values, double from, double to, int wanted)
    : from_(from), to_(to) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (!values.empty()) {
    low_ = *std::ranges::min_element(values);
    high_ = *std::ranges::max_element(values);
  }
  if (high_ - low_ < 1e-12 * std::max(1.0, std::abs(high_))) high_ = low_ + 1;
  const double rough = (high_ - low_) / wanted;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = power;
  for (const double factor : {2.0, 5.0, 10.0}) {
    if (step < rough * 0.999) step = factor * power;
  }
  decimals_ = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  low_ = std::floor(low_ / step + 1e-9) * step;
  high_ = std::ceil(high_ / step - 1e-9) * step;
  const auto count = static_cast<int>(std::lround((high_ - low_) / step));
  for (int i = 0; i <= count; ++i) {
    const double tick = low_ + i * step;
    ticks_.push_back(std::abs(tick) < step * 1e-6 ? 0.0 : tick);
  }
}

double Scale::operator()(double value) const {
  return from_ + (value - low_) / (high_ - low_) * (to_ - from_);
}

}  // namespace fairprune
