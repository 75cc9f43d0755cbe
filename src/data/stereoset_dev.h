// StereoSet in its authors' own file, dev.json: one object,
//   {"data": {"intrasentence": [ENTRY, …], "intersentence": [ENTRY, …]}, …}, ENTRY =
//   {"id", "target", "bias_type", "context", "sentences": [{"sentence", "gold_label", …}, …]}
// where gold_label is "stereotype", "anti-stereotype" or "unrelated".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/records.h"

namespace fairprune {

// True of a text that begins with an object in which "data" and "sentences" occur as keys.
bool IsStereosetDev(std::string_view text);

// One record per entry, with the fields of StereoSet's JSON lines: id, type, target, bias_type,
// context, stereotype, anti-stereotype, unrelated. Errors (all name source and line): kBadFormat.
Result<std::vector<RawRecord>> ReadStereosetDevRecords(std::string_view text,
                                                       const std::string& source);

}  // namespace fairprune
