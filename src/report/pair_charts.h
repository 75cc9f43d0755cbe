// The pictures that `fairprune plot` writes, each an SVG of its own; those of the published tool.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/run_report.h"
#include "report/svg.h"

namespace fairprune {

// "Mean Activation Difference by Layer": one bar per layer; a NaN leaves its place empty.
Svg MeanDifferencePicture(const std::string& site, const std::vector<double>& by_layer,
                          const std::string& about);

// |difference| at every row_step-th position and every column_step-th neuron.
struct HeatmapPicture {
  std::string site, about;
  int64_t layer = 0;
  int64_t rows = 0, columns = 0, row_step = 1, column_step = 1;
  std::vector<float> values;           // [rows, columns]
  std::vector<std::string> row_names;  // [rows], the tokens
};
Svg DifferenceHeatmap(const HeatmapPicture& picture);

// The same as in a run's report, as a picture of its own.
Svg PcaPicture(const ReportPca& pca, const std::string& id);
Svg LayerDifferencesPicture(const ReportLayerDifferences& site);

}  // namespace fairprune
