// Every verb of the command line; each is a file of its own, and main.cc lists them.
#pragma once

#include <CLI/App.hpp>

#include "cli/context.h"

namespace fairprune {

void AddInspect(CLI::App& app, Context& context);
void AddTokenize(CLI::App& app, Context& context);

}  // namespace fairprune
