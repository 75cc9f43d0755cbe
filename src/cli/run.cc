// fairprune run: the main job.
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/run_steps.h"
#include "cli/verbs.h"

namespace fairprune {
namespace {

Result<Outcome> Run(const RunFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(const RunResult result, RunMainJob(flags, context));
  if (flags.json) {
    context.PrintJson("run", RunToJson(result, flags));
  } else {
    context.Print(RunToText(result, flags));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddRun(CLI::App& app, Context& context) {
  auto flags = std::make_shared<RunFlags>();
  flags->engine.compute = "auto";
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "run",
       .summary = "Do everything: analyze, select, prune, measure before and after",
       .description =
           "Chooses neurons by the published fairness score on the choosing part of the pairs, "
           "takes "
           "them in order as long as the text's perplexity stays within the limit, writes the "
           "pruned checkpoint and measures it on pairs and text. The folder has the plan, the "
           "analysis, the checkpoint (model/) and every figure (manifest.json).",
       .examples = {"fairprune run SmolLM2-135M-Instruct.Q4_1.gguf --out runs/smollm2",
                    "fairprune run models/llama --pairs my_pairs.csv --neurons 64 "
                    "--max-perplexity-increase 0.5 --json"}},
      [flags, &context] { return Run(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  AddPairsFlags(verb, flags->pairs);
  verb->add_option("--out", flags->out, "Run folder (default: runs/NAME of the model)");
  verb->add_option("--text", flags->text_path,
                   "Text for the perplexity, UTF-8 (default: the public-domain text that ships)");
  verb->add_option("--neurons", flags->neurons, "Neurons to take at most")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--max-perplexity-increase", flags->max_perplexity_increase,
                   "Percent by which the text's perplexity may rise")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--max-per-layer", flags->max_per_layer, "At most this many from one layer")
      ->check(CLI::PositiveNumber);
  verb->add_option("--bias-weight", flags->bias_weight,
                   "Weight of the activation difference in the fairness score")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb->add_option("--importance", flags->importance, "MAW, VOW, PON or L2")->capture_default_str();
  AddPruneFlags(verb, flags->prune);
  AddEngineFlags(verb, flags->engine);
  verb->add_flag("--force", flags->force, "Replace the run folder if it is there");
  AddJsonFlag(verb, flags->json);
}

}  // namespace fairprune
