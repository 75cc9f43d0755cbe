// From a command line to an exit code.
#pragma once

#include <CLI/App.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/context.h"

namespace fairprune {

using AddVerbFunction = void (*)(CLI::App& app, Context& context);

// Reads `arguments` (without the program's name), runs the verb, and writes any error to stderr.
// Returns the exit code. No exception leaves it.
int RunProgram(std::span<const AddVerbFunction> verbs, const std::vector<std::string>& arguments);

// The name among `names` that a mistyped `word` most likely meant; empty if none is near.
std::string NearestName(const std::string& word, const std::vector<std::string>& names);

}  // namespace fairprune
