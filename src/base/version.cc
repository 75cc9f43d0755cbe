#include "base/version.h"

namespace fairprune {
std::string_view Version() { return FAIRPRUNE_VERSION; }
}  // namespace fairprune
