// The flags of computation, shared by every verb that runs a model.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "base/result.h"
#include "cli/model_input.h"
#include "forward/engine.h"

namespace fairprune {

struct EngineFlags {
  std::string compute = "f32";  // "auto", "f32", "bf16"
  int threads = 0;              // 0: all cores
  bool stream = false;
  bool gradient = false;  // no flag of its own: EngineOptions::gradient
};
// --compute and --threads; the defaults are what `flags` holds.
void AddComputeFlags(CLI::App* verb, EngineFlags& flags);
// These and --stream.
void AddEngineFlags(CLI::App* verb, EngineFlags& flags);

// With --stream the engine reads `opened` while it runs: `opened` must outlive it. Errors: those of
// Engine::Load; CheckInterrupt's.
Result<Engine> LoadEngine(const OpenedModel& opened, const EngineFlags& flags);

}  // namespace fairprune
