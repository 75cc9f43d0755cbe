// Every verb of the command line; each is a file of its own, and main.cc lists them.
#pragma once

#include <CLI/App.hpp>

#include "cli/context.h"

namespace fairprune {

void AddInspect(CLI::App& app, Context& context);
void AddTokenize(CLI::App& app, Context& context);
void AddTrace(CLI::App& app, Context& context);
void AddScore(CLI::App& app, Context& context);
void AddCompare(CLI::App& app, Context& context);
void AddEval(CLI::App& app, Context& context);
void AddGenerate(CLI::App& app, Context& context);
void AddBench(CLI::App& app, Context& context);
void AddPrune(CLI::App& app, Context& context);
void AddRestore(CLI::App& app, Context& context);
void AddDiff(CLI::App& app, Context& context);
void AddVerify(CLI::App& app, Context& context);
void AddAttribute(CLI::App& app, Context& context);
void AddLayers(CLI::App& app, Context& context);
void AddSelect(CLI::App& app, Context& context);
void AddAnalyze(CLI::App& app, Context& context);
void AddFrontier(CLI::App& app, Context& context);
void AddPlot(CLI::App& app, Context& context);
void AddReport(CLI::App& app, Context& context);
void AddPairs(CLI::App& app, Context& context);
void AddDoctor(CLI::App& app, Context& context);
void AddCompletions(CLI::App& app, Context& context);
void AddMan(CLI::App& app, Context& context);
void AddRun(CLI::App& app, Context& context);

}  // namespace fairprune
