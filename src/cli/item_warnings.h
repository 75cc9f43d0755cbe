// What is said of the items that a verb was given, wherever they are encoded.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace fairprune {

// Items without a contrast (BiasSet::skipped, GuardedSet::skipped): `items` says how many of which,
// `first` is the id of one.
void WarnOfSkipped(const std::string& name, const std::string& items, const std::string& first,
                   Context& context);
// BiasSet::one_sided; nothing where there are none.
void WarnOfOneSided(const std::string& name, const std::vector<std::string>& contrasts,
                    Context& context);

}  // namespace fairprune
