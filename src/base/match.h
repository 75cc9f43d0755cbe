// Names chosen by patterns, as users write them.
#pragma once

#include <string_view>

namespace fairprune {

// Whether all of `name` fits `pattern`, in which * stands for any letters, none included.
bool MatchesPattern(std::string_view pattern, std::string_view name);

}  // namespace fairprune
