#include "base/match.h"

namespace fairprune {

bool MatchesPattern(std::string_view pattern, std::string_view name) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  for (size_t at = star; at <= name.size(); ++at) {
    if (MatchesPattern(pattern.substr(star + 1), name.substr(at))) return true;
  }
  return false;
}

}  // namespace fairprune
