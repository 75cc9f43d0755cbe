#include "selection/neutral_cost.h"

#include <cmath>

#include "selection/attribution_search.h"

namespace fairprune {

Result<Tensor> MeasureNeutralCost(const Engine& engine, const std::vector<TokenRequest>& windows,
                                  const NeutralCostOptions& options) {
  FP_ASSIGN_OR_RETURN(const std::vector<Contrast> losses, TextLoss(windows));
  GradientAttributionOptions gradient;
  gradient.squares = true;
  gradient.batch_nodes = options.batch_nodes;
  gradient.progress = options.progress;
  FP_ASSIGN_OR_RETURN(const GateGradients found, DifferentiateContrasts(engine, losses, gradient));
  const double tokens = std::abs(1 / losses.front().sequences.front().coefficient);
  Tensor cost({engine.config().num_layers, engine.config().intermediate_size});
  for (int64_t i = 0; i < cost.size(); ++i)
    cost.data()[i] = static_cast<float>(
        NeutralCost(found.mean.data()[i], options.standard_errors * found.standard_error.data()[i],
                    found.squares.data()[i], tokens));
  return cost;
}

}  // namespace fairprune
