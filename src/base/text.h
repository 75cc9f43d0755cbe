// Small operations on texts that several rooms need.
#pragma once

#include <string>
#include <string_view>

namespace fairprune {

// A to Z in lower case, every other byte as it is.
std::string AsciiLower(std::string_view text);

// Without blanks, tabs and carriage returns at its ends; a part of `text`.
std::string_view Trim(std::string_view text);

// Every `from` (not empty) as `to`, from left to right.
std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to);

}  // namespace fairprune
