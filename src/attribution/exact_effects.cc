#include "attribution/exact_effects.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "attribution/gate_gradients.h"
#include "base/check.h"

namespace fairprune {

ExactEffect ClusteredMean(std::span<const Contrast> contrasts, std::span<const double> values) {
  FP_CHECK(contrasts.size() == values.size(), "one value per contrast");
  ExactEffect result{.mean = WeightedMean(contrasts, values)};
  std::map<int64_t, double> deviations;  // of each cluster: sum of weight * (value - mean)
  double weight = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    deviations[contrasts[i].cluster] += contrasts[i].weight * (values[i] - result.mean);
    weight += contrasts[i].weight;
  }
  if (deviations.size() < 2) return result;
  const auto clusters = static_cast<double>(deviations.size());
  double squares = 0;
  for (const auto& [cluster, deviation] : deviations) squares += deviation * deviation;
  result.standard_error = std::sqrt(clusters / (clusters - 1) * squares) / weight;
  return result;
}

Result<std::vector<std::vector<double>>> FirstOrderByContrast(const Engine& engine,
                                                              std::span<const Contrast> contrasts,
                                                              std::span<const Neuron> neurons,
                                                              const JobProgress& progress) {
  std::vector<std::vector<double>> first(neurons.size());
  for (size_t i = 0; i < contrasts.size(); ++i) {
    FP_ASSIGN_OR_RETURN(const GateGradients gradients,
                        DifferentiateContrasts(engine, contrasts.subspan(i, 1)));
    for (size_t n = 0; n < neurons.size(); ++n) {
      first[n].push_back(-gradients.mean.matrix().row(neurons[n].layer)[neurons[n].index]);
    }
    if (progress) {
      FP_RETURN_IF_ERROR(progress(static_cast<int64_t>(i) + 1, std::ssize(contrasts)));
    }
  }
  return first;
}

ExactEffect EstimateOnAll(double first_order_of_all, std::span<const Contrast> sample,
                          std::span<const double> exact, std::span<const double> first_order) {
  FP_CHECK(exact.size() == sample.size() && first_order.size() == sample.size(),
           "both changes of every contrast");
  const double mean_exact = WeightedMean(sample, exact);
  const double mean_first = WeightedMean(sample, first_order);
  double covariance = 0;
  double variance = 0;
  for (size_t i = 0; i < sample.size(); ++i) {
    const double deviation = first_order[i] - mean_first;
    covariance += sample[i].weight * deviation * (exact[i] - mean_exact);
    variance += sample[i].weight * deviation * deviation;
  }
  const double slope = variance > 0 ? covariance / variance : 0;
  std::vector<double> residuals(exact.begin(), exact.end());
  for (size_t i = 0; i < residuals.size(); ++i) {
    residuals[i] -= slope * (first_order[i] - mean_first);
  }
  ExactEffect estimate = ClusteredMean(sample, residuals);
  estimate.mean = mean_exact + slope * (first_order_of_all - mean_first);
  return estimate;
}

Result<ExactEffects> MeasureExactEffects(const Engine& engine, std::span<const Contrast> contrasts,
                                         std::span<const Ablation> ablations,
                                         const ContrastAblationOptions& options) {
  double weight = 0;
  for (const Contrast& contrast : contrasts) weight += contrast.weight;
  if (!(weight > 0)) {
    return Fail(ErrorCode::kInvalidArgument, "{} contrasts of weight {}: nothing to measure",
                contrasts.size(), weight);
  }
  FP_ASSIGN_OR_RETURN(const AblatedContrasts measured,
                      MeasureContrastsUnderAblations(engine, contrasts, ablations, options));
  ExactEffects result;
  result.base_mean = WeightedMean(contrasts, measured.base);
  std::vector<double> changes(contrasts.size());
  for (const std::vector<double>& values : measured.values) {
    for (size_t i = 0; i < changes.size(); ++i) changes[i] = values[i] - measured.base[i];
    result.effects.push_back(ClusteredMean(contrasts, changes));
    result.changes.push_back(changes);
  }
  return result;
}

}  // namespace fairprune
