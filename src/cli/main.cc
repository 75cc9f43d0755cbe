// The fairprune program: its verbs, in the order that --help shows them.
#include <array>
#include <string>
#include <vector>

#include "cli/program.h"
#include "cli/verbs.h"
#include "cli/wait_policy.h"

int main(int argc, char** argv) {
  fairprune::ShortenIdleSpin(argv);
  using fairprune::AddVerbFunction;
  constexpr auto kVerbs = std::to_array<AddVerbFunction>({
      fairprune::AddRun,       fairprune::AddFrontier,    fairprune::AddReport,
      fairprune::AddPlot,      fairprune::AddInspect,     fairprune::AddPairs,
      fairprune::AddTokenize,  fairprune::AddTrace,       fairprune::AddScore,
      fairprune::AddEval,      fairprune::AddCompare,     fairprune::AddAnalyze,
      fairprune::AddAttribute, fairprune::AddSelect,      fairprune::AddLayers,
      fairprune::AddPrune,     fairprune::AddRestore,     fairprune::AddDiff,
      fairprune::AddVerify,    fairprune::AddGenerate,    fairprune::AddBench,
      fairprune::AddDoctor,    fairprune::AddCompletions, fairprune::AddMan,
  });
  return fairprune::RunProgram(kVerbs, std::vector<std::string>(argv + (argc > 0), argv + argc));
}
