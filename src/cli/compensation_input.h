// The flags of compensation, and the computation that they ask for.
#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "cli/context.h"
#include "cli/model_input.h"
#include "cli/pairs_input.h"
#include "report/table.h"
#include "surgery/compensation.h"

namespace fairprune {

struct CompensationFlags {
  bool compensate = false;
  std::string text_path;  // empty: the text that ships
  PairsFlags pairs;
  double ridge = CompensationInput{}.ridge;
  double pair_penalty = CompensationInput{}.pair_penalty;
  int threads = 0;
};
// --compensate, --calibration, --ridge, --pair-penalty, --pairs, --language, --threads.
void AddCompensationFlags(CLI::App* verb, CompensationFlags& flags);

// nullptr without --compensate. Of the pairs those for choosing are held back, not the held-out
// ones. Errors: kBadFormat (a text that is not UTF-8), those of ComputeCompensation and of reading.
Result<std::shared_ptr<const Compensation>> MakeCompensation(const CompensationFlags& flags,
                                                             const OpenedModel& opened,
                                                             const Plan& plan,
                                                             const PruneOptions& options,
                                                             Context& context);

// A table with a row per layer; empty for nullptr.
Printout ToPrintout(const Compensation* compensation);

}  // namespace fairprune
