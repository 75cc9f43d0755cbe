// The pictures of the published tool: differences per layer, by category, and principal components.
#include <algorithm>
#include <cmath>

#include "report/charts.h"
#include "report/html.h"
#include "report/pair_charts.h"
#include "report/svg.h"

namespace fairprune {
namespace {

constexpr double kNameWidth = 112;  // of a site's name, in a chart's first line

std::string TickNumber(double value, int decimals) {
  return value == 0 ? "0" : Number(value, decimals);
}

}  // namespace

Svg LayerDifferencesPicture(const ReportLayerDifferences& site) {
  constexpr double kLeft = 48;
  constexpr double kRight = 350;
  constexpr double kTop = 26;
  constexpr double kBottom = 176;
  std::vector<double> values = site.before;
  values.insert(values.end(), site.after.begin(), site.after.end());
  values.push_back(0);
  const Scale y(values, kBottom, kTop, 4);
  const auto layers = static_cast<double>(std::max<size_t>(1, site.before.size()));
  const double width = (kRight - kLeft) / layers;
  const auto peak = std::ranges::max_element(site.before) - site.before.begin();
  Svg svg(360, 214,
          {"layers-" + site.site, "Mean activation difference by layer: " + site.site,
           site.before.empty() ? "no layers"
                               : fmt::format("largest in layer {}: {:.4f}", peak,
                                             site.before[static_cast<size_t>(peak)])});
  for (const double tick : y.ticks()) {
    svg.Line(kLeft, y(tick), kRight, y(tick), tick == 0 ? "zero" : "grid");
    svg.Text(kLeft - 6, y(tick) + 4, TickNumber(tick, y.decimals()), "end", "s");
  }
  std::string path;
  const size_t step = site.before.size() <= 10 ? 1 : 5;
  for (size_t i = 0; i < site.before.size(); ++i) {
    const double x = kLeft + width * static_cast<double>(i);
    const bool has_after = i < site.after.size();
    svg.Rect(x + width * 0.12, y(site.before[i]), width * 0.76, kBottom - y(site.before[i]),
             "before",
             fmt::format("layer {}: {:.5f}{}", i, site.before[i],
                         has_after ? fmt::format(" before, {:.5f} after", site.after[i]) : ""));
    if (has_after) {
      path += fmt::format("{}{:.1f} {:.1f}h{:.1f}", path.empty() ? "M" : "L", x, y(site.after[i]),
                          width);
    }
    if (i % step == 0) {
      svg.Text(x + width / 2, kBottom + 16, std::to_string(i), "middle", "s");
    }
  }
  if (!path.empty()) svg.Add("<path d=\"{}\" class=\"after\"/>\n", path);
  svg.Text((kLeft + kRight) / 2, kBottom + 34, "layer", "middle", "m");
  svg.Text(0, 14, site.site, "start", "b");
  return svg;
}

std::string LayerDifferencesChart(const ReportLayerDifferences& site) {
  return LayerDifferencesPicture(site).ToHtml();
}

std::string CategoryHeatmap(const std::vector<ReportCategoryDifferences>& categories) {
  if (categories.empty()) return "";
  constexpr double kRight = 352;
  constexpr double kRow = 34;
  double most = 0;
  for (const ReportCategoryDifferences& c : categories) {
    for (const double value : c.before) most = std::max(most, value);
  }
  const size_t layers = categories.front().before.size();
  const double width = kRight / static_cast<double>(std::max<size_t>(1, layers));
  const double bottom = kRow * static_cast<double>(categories.size());
  Svg svg(
      360, bottom + 38,
      {"category-heatmap", "Activation differences by category of pairs and layer",
       fmt::format("{} categories, {} layers; darkest: {:.4f}", categories.size(), layers, most)});
  double y = 0;
  for (const ReportCategoryDifferences& c : categories) {
    svg.Text(0, y + 13, c.category, "start", "b");
    for (size_t i = 0; i < c.before.size(); ++i) {
      const double x = width * static_cast<double>(i);
      svg.Rect(x, y + 17, width - 0.6, 13, "cell");
      svg.Rect(x, y + 17, width - 0.6, 13, "heat",
               fmt::format("{}, layer {}: {:.5f}", c.category, i, c.before[i]),
               most == 0 ? 0 : c.before[i] / most);
    }
    y += kRow;
  }
  const size_t step = layers <= 10 ? 1 : 5;
  for (size_t i = 0; i < layers; i += step) {
    svg.Text(width * (static_cast<double>(i) + 0.5), bottom + 14, std::to_string(i), "middle", "s");
  }
  svg.Text(kRight / 2, bottom + 32, "layer", "middle", "m");
  return svg.ToHtml();
}

Svg PcaPicture(const ReportPca& pca, const std::string& id) {
  std::vector<double> xs;
  std::vector<double> ys;
  for (const ReportPcaPoint& p : pca.points) xs.push_back(p.x), ys.push_back(p.y);
  constexpr double kLeft = 44;
  constexpr double kRight = 346;
  constexpr double kTop = 30;
  constexpr double kBottom = 230;
  const Scale x(xs, kLeft, kRight, 4);
  const Scale y(ys, kBottom, kTop, 4);
  Svg svg(360, 272,
          {id, fmt::format("Principal components of {} in layer {}", pca.site, pca.layer),
           fmt::format("{} tokens of two prompts; the first component has {:.1f} % of the "
                       "variance, the second {:.1f} %",
                       pca.points.size(), 100 * pca.explained_1, 100 * pca.explained_2)});
  for (const double tick : x.ticks()) {
    svg.Line(x(tick), kTop, x(tick), kBottom, "grid");
    svg.Text(x(tick), kBottom + 16, TickNumber(tick, x.decimals()), "middle", "s");
  }
  for (const double tick : y.ticks()) {
    svg.Line(kLeft, y(tick), kRight, y(tick), "grid");
    svg.Text(kLeft - 6, y(tick) + 4, TickNumber(tick, y.decimals()), "end", "s");
  }
  std::vector<const ReportPcaPoint*> sides[2];
  for (const ReportPcaPoint& p : pca.points) sides[p.second ? 1 : 0].push_back(&p);
  for (size_t i = 0; i < std::min(sides[0].size(), sides[1].size()); ++i) {
    svg.Line(x(sides[0][i]->x), y(sides[0][i]->y), x(sides[1][i]->x), y(sides[1][i]->y), "link");
  }
  for (const ReportPcaPoint& p : pca.points) {
    const std::string hover = fmt::format("prompt {}: {}", p.second ? 2 : 1, p.token);
    if (p.second) {
      svg.Diamond(x(p.x), y(p.y), 5, "second", hover);
    } else {
      svg.Circle(x(p.x), y(p.y), 4, "first", hover);
    }
  }
  // Names where the prompts differ.
  for (size_t i = 0; i < std::min(sides[0].size(), sides[1].size()); ++i) {
    if (sides[0][i]->token == sides[1][i]->token) continue;
    for (size_t k = 0; k < 2; ++k) {
      const ReportPcaPoint& p = *sides[k][i];
      const bool flip = x(p.x) > (kLeft + kRight) / 2;
      svg.Text(x(p.x) + (flip ? -7 : 7), y(p.y) + (k == 0 ? -7 : 17), p.token,
               flip ? "end" : "start", "b");
    }
  }
  svg.Text((kLeft + kRight) / 2, kBottom + 34,
           fmt::format("first component ({:.1f} %)", 100 * pca.explained_1), "middle", "m");
  svg.Text(0, 14,
           fmt::format("{}, layer {}; up: second component ({:.1f} %)", pca.site, pca.layer,
                       100 * pca.explained_2),
           "start", "m");
  return svg;
}

std::string PcaChart(const ReportPca& pca, const std::string& id) {
  return PcaPicture(pca, id).ToHtml();
}

Svg MeanDifferencePicture(const std::string& site, const std::vector<double>& by_layer,
                          const std::string& about) {
  std::vector<double> values = by_layer;
  for (double& value : values) value = std::isfinite(value) ? value : 0;
  Svg svg = LayerDifferencesPicture({site, std::move(values), {}});
  svg.Text(kNameWidth, 14, about, "start", "s");
  return svg;
}

Svg DifferenceHeatmap(const HeatmapPicture& picture) {
  constexpr double kLeft = 96;
  constexpr double kTop = 44;
  constexpr double kCell = 16;
  double most = 0;
  for (const float value : picture.values) most = std::max(most, static_cast<double>(value));
  const double right = kLeft + kCell * static_cast<double>(picture.columns);
  const double bottom = kTop + kCell * static_cast<double>(picture.rows);
  Svg svg(right + 12, bottom + 38,
          {fmt::format("heatmap-{}-{}", picture.site, picture.layer),
           fmt::format("Activation differences of {} in layer {}", picture.site, picture.layer),
           fmt::format("{} positions by {} neurons; darkest: {:.4g}; {}", picture.rows,
                       picture.columns, most, picture.about)});
  svg.Text(
      0, 14,
      fmt::format("{}, layer {}: |difference|, darkest {:.3g}", picture.site, picture.layer, most),
      "start", "b");
  svg.Text(0, 32, picture.about, "start", "s");
  for (int64_t row = 0; row < picture.rows; ++row) {
    const double y = kTop + kCell * static_cast<double>(row);
    const auto r = static_cast<size_t>(row);
    const std::string name = r < picture.row_names.size() ? picture.row_names[r] : "";
    svg.Text(kLeft - 6, y + 12, name, "end", "s");
    for (int64_t column = 0; column < picture.columns; ++column) {
      const double value =
          picture.values[r * static_cast<size_t>(picture.columns) + static_cast<size_t>(column)];
      const double x = kLeft + kCell * static_cast<double>(column);
      svg.Rect(x, y, kCell - 0.6, kCell - 0.6, "cell");
      svg.Rect(x, y, kCell - 0.6, kCell - 0.6, "heat",
               fmt::format("position {} ({}), neuron {}: {:.5g}", row * picture.row_step, name,
                           column * picture.column_step, value),
               most == 0 ? 0 : value / most);
    }
  }
  for (int64_t column = 0; column < picture.columns; column += 5) {
    svg.Text(kLeft + kCell * (static_cast<double>(column) + 0.5), bottom + 16,
             std::to_string(column * picture.column_step), "middle", "s");
  }
  svg.Text((kLeft + right) / 2, bottom + 33, "neuron", "middle", "m");
  return svg;
}

}  // namespace fairprune
