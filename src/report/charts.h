// The charts of the report (report/page.cc puts them together).
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "report/run_report.h"
#include "report/svg.h"

namespace fairprune {

// One row of an interval chart: a change with its interval, and what random choices do.
struct IntervalRow {
  std::string name;
  double change = 0, low = 0, high = 0;
  std::string outcome;                     // OutcomeOf
  double random_low = 0, random_high = 0;  // NaN: none
};

// Each row's name above its bar, so that it can be read on a phone. What lies beyond `bound` either
// way is drawn at it, with an ellipsis; the tooltip has the true values.
std::string IntervalChart(const std::string& id, const std::string& title,
                          const std::vector<IntervalRow>& rows,
                          double bound = std::numeric_limits<double>::infinity());
// For rows of one kind: so wide that a single one which is hardly told does not press the others
// into a line. Infinite for a few rows.
double BoundOf(const std::vector<IntervalRow>& rows);

// Bias against perplexity for one set: the choice, random choices, points of other methods. Empty
// where there is nothing to compare the choice with.
std::string FrontierChart(const RunReport& report, const ReportEffect& effect);
// The methods' points of one set alone, as a picture of its own. Points whose perplexity rises by
// more than a fifth are named instead of drawn, in both.
Svg FrontierPicture(const std::string& id, const std::string& set,
                    const std::vector<ReportFrontierPoint>& all);

// The middle nine tenths of values; NaN without any.
struct Range {
  double low = 0, high = 0;
};
Range MiddleNineTenths(std::vector<double> values);

// Perplexity's relative change from that of a loss: `share` of `loss_nats` per token.
double PerplexityChange(double loss_nats, double share);

// Which neurons of which layers, and how many of each layer.
std::string NeuronMap(const RunReport& report);

// Mean activation difference per layer, before (bars) and after (line).
std::string LayerDifferencesChart(const ReportLayerDifferences& site);
// Categories of pairs by layers.
std::string CategoryHeatmap(const std::vector<ReportCategoryDifferences>& categories);
// Activations of one pair's prompts, token by token.
std::string PcaChart(const ReportPca& pca, const std::string& id);

}  // namespace fairprune
