// What `fairprune attribute` does, step by step: read items, take gradients, measure candidates.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attribution/attribution_file.h"
#include "cli/context.h"
#include "cli/engine_input.h"
#include "data/signed_items.h"

namespace fairprune {

struct AttributeFlags {
  std::string model, out;
  std::vector<std::string> items;  // files or bundled:NAME; empty: the bundled English sets
  std::string split = "choose";    // "choose", "held-out", "all"
  bool exact = false;
  int64_t top = 256, random = 64;  // candidates
  int64_t sample_items = 64;       // of each set, for the exact effects; 0: all
  int64_t text_tokens = 1024;      // of the bundled text, likewise; 0: its loss is not measured
  uint64_t seed = 1;
  EngineFlags engine;
  bool force = false;
  bool json = false;
};

// Errors: those of what it calls; kInvalidArgument (no items in the part that is asked for, two
// sets of one name).
Result<AttributionRecord> AttributeNeurons(const AttributeFlags& flags, Context& context);

}  // namespace fairprune
