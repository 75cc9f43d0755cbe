#include "report/charts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "report/html.h"
#include "report/svg.h"

namespace fairprune {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Percent with no more decimals than the axis needs.
std::string TickText(double share, int decimals) {
  std::string text = SignedPercent(share, std::max(0, decimals - 2));
  return share == 0 ? "0 %" : text;
}

struct CloudPoint {
  double perplexity = 0, bias = 0;
};

const ReportEffect* TextEffect(const RunReport& report) {
  const auto found =
      std::ranges::find_if(report.effects, [](const ReportEffect& e) { return e.kind == "text"; });
  return found == report.effects.end() ? nullptr : &*found;
}

// Random choices: the same ones were measured on every set.
std::vector<CloudPoint> CloudOf(const ReportEffect& bias, const ReportEffect& text) {
  std::vector<CloudPoint> cloud;
  const size_t count = std::min(bias.controls.changes.size(), text.controls.changes.size());
  for (size_t i = 0; i < count; ++i) {
    cloud.push_back(
        {PerplexityChange(text.before, text.controls.changes[i]), bias.controls.changes[i]});
  }
  return cloud;
}

std::string PointText(const ReportFrontierPoint& p) {
  return fmt::format("{}, {} neurons: bias {} ({}), perplexity {}", p.method, p.neurons,
                     SignedPercent(p.bias_change), PercentRange(p.low, p.high),
                     SignedPercent(p.perplexity_change, 2));
}

struct FrontierAxes {
  Scale x, y;
};

void DrawAxes(const FrontierAxes& axes, double left, double right, double top, double bottom,
              Svg& svg) {
  for (const double tick : axes.x.ticks()) {
    svg.Line(axes.x(tick), top, axes.x(tick), bottom, tick == 0 ? "zero" : "grid");
    svg.Text(axes.x(tick), bottom + 16, TickText(tick, axes.x.decimals()), "middle", "s");
  }
  for (const double tick : axes.y.ticks()) {
    svg.Line(left, axes.y(tick), right, axes.y(tick), tick == 0 ? "zero" : "grid");
    svg.Text(left - 6, axes.y(tick) + 4, TickText(tick, axes.y.decimals()), "end", "s");
  }
  svg.Text((left + right) / 2, bottom + 34, "change of perplexity, held-out text", "middle", "m");
  svg.Text(left - 46, top - 12, "change of bias", "start", "m");
}

constexpr double kFrontierLeft = 52;
constexpr double kFrontierRight = 336;
constexpr double kFrontierTop = 26;
constexpr double kFrontierBottom = 236;

// How a method is drawn: colour and shape.
std::string_view StyleOf(const std::string& method) {
  if (method == "attribution") return "f0";
  return method == "activation" ? "f1" : "f2";
}

void DrawPoint(double x, double y, std::string_view style, const std::string& hover, Svg& svg) {
  const std::string names = std::string(style) + " mark";
  if (style == "f0") {
    svg.Diamond(x, y, 5, names, hover);
  } else if (style == "f1") {
    svg.Rect(x - 4, y - 4, 8, 8, names, hover);
  } else {
    svg.Add("<path d=\"M{:.1f} {:.1f}l5 9h-10z\" class=\"{}\"><title>{}</title></path>\n", x, y - 6,
            names, EscapeHtml(hover));
  }
}

// Other methods' points, joined by size.
void DrawFrontier(const std::vector<ReportFrontierPoint>& points, const FrontierAxes& axes,
                  Svg& svg) {
  std::map<std::string, std::vector<ReportFrontierPoint>> methods;
  for (const ReportFrontierPoint& p : points) methods[p.method].push_back(p);
  for (auto& [method, list] : methods) {
    std::ranges::sort(list, {}, &ReportFrontierPoint::neurons);
    std::string path;
    for (const ReportFrontierPoint& p : list) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", axes.x(p.perplexity_change),
                          axes.y(p.bias_change));
    }
    const bool random = method == "random";
    if (list.size() > 1 && !random)
      svg.Add("<path d=\"{}\" class=\"{} path\"/>\n", path, StyleOf(method));
    for (const ReportFrontierPoint& p : list) {
      const double x = axes.x(p.perplexity_change);
      const double y = axes.y(p.bias_change);
      if (random) {
        svg.Circle(x, y, 3.5, "cloud", PointText(p));
      } else {
        DrawPoint(x, y, StyleOf(method), PointText(p), svg);
      }
    }
    if (random) continue;
    const ReportFrontierPoint& last = list.back();
    const double x = axes.x(last.perplexity_change);
    // Below the point, but not on the numbers of the axis.
    const double y = axes.y(last.bias_change);
    svg.Text(x + (x > 240 ? -6 : 6), y + (y > kFrontierBottom - 20 ? -8 : 16), method,
             x > 240 ? "end" : "start", "s");
  }
}

// A method that costs more than this would press all others into a corner: it is named, not drawn.
constexpr double kFarPerplexity = 0.2;

struct FrontierPoints {
  std::vector<ReportFrontierPoint> near;
  std::string far;  // "activation 256, activation 512"
};
FrontierPoints PointsOf(const std::vector<ReportFrontierPoint>& points, const std::string& set) {
  FrontierPoints found;
  for (const ReportFrontierPoint& p : points) {
    if (p.set != set) continue;
    if (p.perplexity_change <= kFarPerplexity) {
      found.near.push_back(p);
    } else {
      found.far += fmt::format("{}{} {}", found.far.empty() ? "" : ", ", p.method, p.neurons);
    }
  }
  return found;
}

// The axes with the methods' points; what else is to fit on the axes is in `xs` and `ys`.
FrontierAxes DrawMethods(const FrontierPoints& points, std::vector<double> xs,
                         std::vector<double> ys, Svg& svg) {
  for (const ReportFrontierPoint& p : points.near) {
    xs.push_back(p.perplexity_change);
    ys.push_back(p.bias_change);
  }
  FrontierAxes axes{Scale(std::move(xs), kFrontierLeft, kFrontierRight, 4),
                    Scale(std::move(ys), kFrontierBottom, kFrontierTop, 5)};
  DrawAxes(axes, kFrontierLeft, kFrontierRight, kFrontierTop, kFrontierBottom, svg);
  if (!points.far.empty()) {
    svg.Text(4, kFrontierBottom + 52,
             fmt::format("beyond {}: {}", SignedPercent(kFarPerplexity, 0), points.far), "start",
             "s");
  }
  return axes;
}

double FrontierHeight(const FrontierPoints& points) { return points.far.empty() ? 276 : 294; }

std::string Described(const FrontierPoints& points) {
  std::string text;
  for (const ReportFrontierPoint& p : points.near) text += PointText(p) + "; ";
  if (!points.far.empty()) text += "not drawn, for their perplexity: " + points.far;
  return text;
}

}  // namespace

Svg FrontierPicture(const std::string& id, const std::string& set,
                    const std::vector<ReportFrontierPoint>& all) {
  const FrontierPoints points = PointsOf(all, set);
  Svg svg(360, FrontierHeight(points), {id, "Bias against perplexity: " + set, Described(points)});
  const FrontierAxes axes = DrawMethods(points, {0}, {0}, svg);
  DrawFrontier(points.near, axes, svg);
  return svg;
}

Range MiddleNineTenths(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return {kNaN, kNaN};
  std::ranges::sort(values);
  const auto at = [&](double share) {
    return values[static_cast<size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
  };
  return {at(0.05), at(0.95)};
}

double PerplexityChange(double loss_nats, double share) { return std::expm1(loss_nats * share); }

double BoundOf(const std::vector<IntervalRow>& rows) {
  constexpr size_t kFewRows = 4;
  constexpr double kTimesTheMedian = 4;
  std::vector<double> reaches;
  for (const IntervalRow& row : rows) {
    const double reach = std::max(std::abs(row.low), std::abs(row.high));
    if (std::isfinite(reach)) reaches.push_back(reach);
  }
  if (reaches.size() < kFewRows) return std::numeric_limits<double>::infinity();
  const auto middle = reaches.begin() + std::ssize(reaches) / 2;
  std::ranges::nth_element(reaches, middle);
  return kTimesTheMedian * *middle;
}

std::string IntervalChart(const std::string& id, const std::string& title,
                          const std::vector<IntervalRow>& rows, double bound) {
  constexpr double kWidth = 360;
  constexpr double kRow = 44;
  constexpr double kLabelWidth = 52;
  constexpr double kTop = 4;
  const double bottom = kTop + kRow * static_cast<double>(rows.size());
  std::vector<double> values = {0};
  std::string described;
  for (const IntervalRow& row : rows) {
    for (const double value : {row.change, row.low, row.high, row.random_low, row.random_high}) {
      values.push_back(std::clamp(value, -bound, bound));
    }
    described += fmt::format("{} {} ({}). ", row.name, SignedPercent(row.change),
                             PercentRange(row.low, row.high));
  }
  const Scale scale(std::move(values), 22, kWidth - 22, 5);
  const auto x = [&](double value) { return scale(std::clamp(value, -bound, bound)); };
  Svg svg(kWidth, bottom + 24, {id, title, described});
  // Labels where there is room for them, 0 among them.
  const std::vector<double>& ticks = scale.ticks();
  const double gap = ticks.size() < 2 ? kWidth : scale(ticks[1]) - scale(ticks[0]);
  const auto every = std::max<std::ptrdiff_t>(1, std::lround(std::ceil(kLabelWidth / gap)));
  const auto zero = std::ranges::find(ticks, 0.0) - ticks.begin();
  for (std::ptrdiff_t i = 0; i < std::ssize(ticks); ++i) {
    const double tick = ticks[static_cast<size_t>(i)];
    svg.Line(scale(tick), kTop, scale(tick), bottom, tick == 0 ? "zero" : "grid");
    if ((i - zero) % every != 0) continue;
    svg.Text(scale(tick), bottom + 16, TickText(tick, scale.decimals()), "middle", "s");
  }
  double y = kTop;
  for (const IntervalRow& row : rows) {
    const double middle = y + 30;
    svg.Text(0, y + 14, row.name, "start", "b");
    if (std::isfinite(row.random_low)) {
      svg.Rect(
          x(row.random_low), middle - 7, std::max(2.0, x(row.random_high) - x(row.random_low)), 14,
          "band",
          "random choices, middle nine tenths: " + PercentRange(row.random_low, row.random_high));
    }
    if (std::isfinite(row.low) && std::isfinite(row.high)) {
      svg.Line(x(row.low), middle, x(row.high), middle, "whisker " + row.outcome);
      if (row.low < -bound) svg.Text(x(row.low) - 3, middle + 3, "…", "end", "s");
      if (row.high > bound) svg.Text(x(row.high) + 3, middle + 3, "…", "start", "s");
    }
    if (std::isfinite(row.change)) {
      svg.Circle(x(row.change), middle, 5, "p-" + row.outcome,
                 fmt::format("{}: {} (95 % interval {})", row.name, SignedPercent(row.change),
                             PercentRange(row.low, row.high)));
    }
    y += kRow;
  }
  return svg.ToHtml();
}

std::string FrontierChart(const RunReport& report, const ReportEffect& effect) {
  const ReportEffect* text = TextEffect(report);
  if (text == nullptr) return "";
  const FrontierPoints others = PointsOf(report.frontier, effect.name);
  const std::vector<CloudPoint> cloud = CloudOf(effect, *text);
  if (cloud.empty() && others.near.empty() && others.far.empty()) return "";
  const double chosen_x = PerplexityChange(text->before, text->change);
  std::vector<double> xs = {0, chosen_x};
  std::vector<double> ys = {0, effect.change, effect.low, effect.high};
  for (const CloudPoint& p : cloud) {
    xs.push_back(p.perplexity);
    ys.push_back(p.bias);
  }
  const std::string chosen =
      fmt::format("the choice, {} neurons: bias {} (95 % interval {}), perplexity {}",
                  report.neurons.size(), SignedPercent(effect.change),
                  PercentRange(effect.low, effect.high), SignedPercent(chosen_x, 2));
  const std::string described =
      chosen + fmt::format("; {} random choices; ", cloud.size()) + Described(others);
  Svg svg(360, FrontierHeight(others),
          {"frontier-" + std::to_string(&effect - report.effects.data()),
           "Bias against perplexity: " + effect.name, described});
  const FrontierAxes axes = DrawMethods(others, std::move(xs), std::move(ys), svg);
  for (size_t i = 0; i < cloud.size(); ++i) {
    svg.Circle(axes.x(cloud[i].perplexity), axes.y(cloud[i].bias), 3.5, "cloud",
               fmt::format("random choice {}: bias {}, perplexity {}", i + 1,
                           SignedPercent(cloud[i].bias), SignedPercent(cloud[i].perplexity, 2)));
  }
  DrawFrontier(others.near, axes, svg);
  if (std::isfinite(effect.low)) {
    svg.Line(axes.x(chosen_x), axes.y(effect.low), axes.x(chosen_x), axes.y(effect.high),
             "whisker good");
  }
  svg.Diamond(axes.x(chosen_x), axes.y(effect.change), 7, "chosen", chosen);
  return svg.ToHtml();
}

std::string NeuronMap(const RunReport& report) {
  constexpr double kWidth = 720;
  constexpr double kLeft = 40;
  constexpr double kMapRight = 500;
  constexpr double kBarLeft = 530;
  constexpr double kTop = 30;
  const auto layers = static_cast<double>(std::max<int64_t>(1, report.num_layers));
  const double row = std::clamp(420.0 / layers, 8.0, 24.0);
  const double bottom = kTop + row * layers;
  std::vector<int64_t> counts(static_cast<size_t>(report.num_layers), 0);
  for (const ReportNeuron& n : report.neurons) {
    if (n.layer >= 0 && n.layer < report.num_layers) ++counts[static_cast<size_t>(n.layer)];
  }
  const int64_t most = counts.empty() ? 0 : *std::ranges::max_element(counts);
  const auto fullest = counts.empty() ? 0 : std::ranges::max_element(counts) - counts.begin();
  Svg svg(kWidth, bottom + 30,
          {"neuron-map", "Where the neurons sit",
           fmt::format("{} neurons in {} layers of {} each; the most, {}, in layer {}",
                       report.neurons.size(), report.num_layers, report.num_neurons_per_layer, most,
                       fullest)});
  const auto y_of = [&](int64_t layer) { return kTop + row * static_cast<double>(layer); };
  const double share = 1 / static_cast<double>(std::max<size_t>(1, report.neurons.size()));
  svg.Text(0, 16, "layer", "start", "m");
  svg.Text(kLeft + 40, 16, "neuron", "start", "m");
  svg.Text(kBarLeft, 16, "taken of layer", "start", "m");
  const int64_t step = report.num_layers <= 16 ? 2 : 5;
  for (int64_t layer = 0; layer < report.num_layers; ++layer) {
    svg.Rect(kLeft, y_of(layer) + 1, kMapRight - kLeft, row - 2, "cell");
    if (layer % step == 0) {
      svg.Text(kLeft - 8, y_of(layer) + row / 2 + 4, std::to_string(layer), "end", "s");
    }
    const int64_t count = counts[static_cast<size_t>(layer)];
    const std::string hover =
        fmt::format("layer {}: {} of {} neurons ({:.2f} %), {:.1f} % of all taken", layer, count,
                    report.num_neurons_per_layer,
                    100.0 * static_cast<double>(count) /
                        static_cast<double>(std::max<int64_t>(1, report.num_neurons_per_layer)),
                    100 * share * static_cast<double>(count));
    const double length =
        most == 0 ? 0 : 130.0 * static_cast<double>(count) / static_cast<double>(most);
    svg.Rect(kBarLeft, y_of(layer) + 1, length, row - 2, "heat", hover);
    if (count > 0 && (layer % step == 0 || layer == fullest)) {
      svg.Text(kBarLeft + length + 6, y_of(layer) + row / 2 + 4, std::to_string(count), "start",
               "s");
    }
  }
  double strongest = 0;
  for (const ReportNeuron& n : report.neurons) strongest = std::max(strongest, std::abs(n.score));
  for (const ReportNeuron& n : report.neurons) {
    const double x =
        kLeft + (kMapRight - kLeft - 3) * static_cast<double>(n.neuron) /
                    static_cast<double>(std::max<int64_t>(1, report.num_neurons_per_layer));
    const double weight = strongest == 0 ? 1 : std::sqrt(std::abs(n.score) / strongest);
    svg.Rect(x, y_of(n.layer) + 1, 3, row - 2, "heat",
             fmt::format("layer {}, neuron {}: score {:.3g}", n.layer, n.neuron, n.score),
             0.35 + 0.65 * weight);
  }
  svg.Text(kLeft, bottom + 16, "0", "start", "s");
  svg.Text(kMapRight, bottom + 16, std::to_string(report.num_neurons_per_layer - 1), "end", "s");
  std::string html = svg.ToHtml();
  html.replace(0, 4, "<svg class=\"wide\"");
  return html;
}

}  // namespace fairprune
