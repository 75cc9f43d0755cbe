// The work of `fairprune eval` once its tasks are chosen: everything is checked, then measured item
// by item into a journal beside the output, then written at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/engine_input.h"
#include "evaluation/catalog.h"
#include "evaluation/evaluate.h"

namespace fairprune {

struct EvalFlags {
  std::string model, data, out;
  std::vector<std::string> tasks;
  EngineFlags engine;
  int64_t limit = 0, num_fewshot = 0, bootstrap_iterations = 100000;
  uint32_t seed = 1234;
  bool list = false, samples = false, force = false, json = false, resume = false;
};

// What the whole run measured, and its results.json.
struct Measured {
  std::vector<TaskResult> tasks;
  std::vector<GroupResult> groups;
  std::string results_json;
};

// Writes the folder flags.out. Errors: those of the rooms; kExists (something is at flags.out or at
// flags.out + ".partial" that neither --force nor --resume was given for).
Result<Measured> RunEval(const EvalFlags& flags, const TaskCatalog& catalog,
                         const TaskSelection& selection, Context& context);

}  // namespace fairprune
