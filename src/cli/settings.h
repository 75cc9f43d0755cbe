// A verb's settings: read from a configuration file, printed back in full.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "base/result.h"
#include "io/json.h"

namespace fairprune {

// Gives options of the chosen verb that the command line did not name the values that `path` has
// for them: a TOML file with a table for each verb ([run], [pairs.generate]) and, before the first
// table, values for every verb that has such an option; or a .json file that a verb wrote
// ("command" and "options"). Names are those of the options without --, or of the arguments in
// small letters. Everything is checked, tables of other verbs by name only. Errors: those of
// ReadTextFile and ParseToml; kBadFormat (unknown tables, names and values, with file and line);
// kMismatch (a .json file of another verb).
Status ApplyConfigFile(const std::string& path, CLI::App& root);

// Every option of the verb with its final value: strings, numbers, true and false, lists; null for
// what was not given and has no default. {"model": "m.gguf", "compute": "auto", …}.
Json SettingsToJson(const CLI::App& verb);
// The same as a table of a configuration file; what has no value is left out.
std::string SettingsToToml(const CLI::App& verb);

}  // namespace fairprune
