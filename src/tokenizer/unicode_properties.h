// Unicode properties as Oniguruma 6.9.10 (Unicode 16) knows them, in terms of PCRE2's older tables.
#pragma once

#include <optional>
#include <string_view>

namespace fairprune {

struct UnicodeProperty {
  std::string_view name;   // "Lu", "Han"
  std::string_view known;  // PCRE2's expression for it, for inside of a set
  // Members that PCRE2 10.42 (Unicode 14) does not know, as members of a set: characters that came
  // later.
  std::string_view later;
};

// The property called `name` (a general category but C, Cn, Mn and Mc, or one of a few scripts);
// nullopt if it is not known here.
std::optional<UnicodeProperty> FindUnicodeProperty(std::string_view name);

}  // namespace fairprune
