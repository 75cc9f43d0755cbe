// The frontier: what choices of more and more neurons, by several methods, do to held-out items,
// bias against the loss of neutral text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "verification/verify_effect.h"

namespace fairprune {

struct FrontierChoice {
  std::string method;  // "attribution", "random"
  int64_t number = 1;  // which of several choices of that method and size
  std::vector<PlannedNeuron> neurons;
};

struct FrontierPoint {
  std::string method;
  int64_t number = 1;
  int64_t neurons = 0;
  std::vector<Effect> effects;  // in the order of the sets; p is not adjusted
  // exp(difference of the text's loss) - 1, of the set of kind kText; NaN without one.
  double perplexity_change() const;
};

struct FrontierOptions {
  int64_t items = 300;  // of each set, drawn by the seed (SampleOf); 0: all
  PairedOptions paired;
  JobProgress progress;  // in requests, of one set
};

// Each set is measured once without and once under every choice. Errors: kInvalidArgument (a set
// without items), those of ScoreTokens and ComparePaired.
Result<std::vector<FrontierPoint>> MeasureFrontier(const Engine& engine,
                                                   const std::vector<HeldOutSet>& sets,
                                                   const std::vector<FrontierChoice>& choices,
                                                   const FrontierOptions& options);

}  // namespace fairprune
