// Inline SVG: a picture with a title and a description for those who do not see it, axes, and
// values on hover (<title>), without a script.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <vector>

namespace fairprune {

struct SvgText {
  std::string id;           // unique in the page; [a-z0-9-]
  std::string title;        // plain text: what is shown
  std::string description;  // plain text: what is to be seen in it
};

class Svg {
 public:
  // In units that are CSS pixels at its natural size.
  Svg(double width, double height, SvgText text);

  // Markup, already safe.
  void Add(std::string_view markup) { body_ += markup; }
  template <typename... Args>
  void Add(fmt::format_string<Args...> format, Args&&... args) {
    body_ += fmt::format(format, std::forward<Args>(args)...);
  }
  // `text` is plain; `anchor` is "start", "middle" or "end".
  void Text(double x, double y, std::string_view text, std::string_view anchor = "start",
            std::string_view class_names = "");
  void Line(double x1, double y1, double x2, double y2, std::string_view class_names);
  // With `hover` (plain text) as its tooltip where it is not empty.
  void Rect(double x, double y, double width, double height, std::string_view class_names,
            std::string_view hover = "", double opacity = 1);
  void Circle(double x, double y, double radius, std::string_view class_names,
              std::string_view hover = "");
  // A square on its tip, told from a circle without colour.
  void Diamond(double x, double y, double radius, std::string_view class_names,
               std::string_view hover = "");

  // For a page that has the report's style.
  std::string ToHtml() const;
  // A file of its own, with the style inside.
  std::string ToFile() const;

 private:
  std::string Open(std::string_view attributes) const;
  double width_, height_;
  SvgText text_;
  std::string body_;
};

// A linear scale from values to positions, with round tick values.
class Scale {
 public:
  // The range is widened to whole steps of about `wanted` ticks. Values need not be in order; of
  // none, or of equal ones, a range is made up.
  Scale(std::vector<double> values, double from, double to, int wanted = 4);
  double operator()(double value) const;
  const std::vector<double>& ticks() const { return ticks_; }
  // Decimals that tell neighbouring ticks apart.
  int decimals() const { return decimals_; }

 private:
  double low_ = 0, high_ = 1, from_, to_;
  int decimals_ = 0;
  std::vector<double> ticks_;
};

}  // namespace fairprune
