// The flags of surgery, shared by `prune` and `run`.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "base/result.h"
#include "surgery/prune.h"

namespace fairprune {

struct PruneFlags {
  std::string mode = "zero";
  int64_t round_to = 1;
  std::string dtype;  // empty: the input's own
};
void AddPruneFlags(CLI::App* verb, PruneFlags& flags);
// {"mode": "zero", …} in the names of a configuration file, for PruneOptions::settings.
std::string SettingsOf(const PruneFlags& flags);
// Errors: kInvalidArgument (flags that contradict each other).
Result<PruneOptions> ToPruneOptions(const PruneFlags& flags);

}  // namespace fairprune
