// Settings in TOML (https://toml.io/en/v1.0.0), read by toml++ into a flat list of entries:
//
//   threads = 2                       # whole numbers, fractions, true and false
//   [run]                             # a table; [pairs.generate] is one in another
//   items = ["a.jsonl", 'b.jsonl']    # lists
//
// TOML that settings have no use for is refused by name: lists of tables ([[x]]), lists in lists,
// dates and times, inf and nan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fairprune {

enum class TomlType { kString, kNumber, kBool };

struct TomlValue {
  TomlType type = TomlType::kString;
  std::string text;  // a string's content; a number in decimal, "8", "8.0"; "true" or "false"
};

struct TomlEntry {
  std::string table;              // "run", "pairs.generate"; empty: of the file itself
  std::string key;                // empty: the table has nothing in it
  std::vector<TomlValue> values;  // one, unless is_list
  bool is_list = false;
  int line = 0;  // from 1
};

// The entries of the file itself, then those of tables, both in their order; `source` names the
// text in errors. Errors: kBadFormat ("source:line: …").
Result<std::vector<TomlEntry>> ParseToml(std::string_view text, const std::string& source);

// `text` as a TOML string in double quotes, on one line.
std::string TomlString(std::string_view text);

}  // namespace fairprune
