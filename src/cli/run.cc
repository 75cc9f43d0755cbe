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
    context.Print(RunToPrintout(result, flags));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddExactFlags(CLI::App* verb, ExactFlags& flags) {
  verb->add_option("--exact-candidates", flags.candidates,
                   "Of method exact: neurons to measure, those of the largest activation "
                   "difference times norm of their down_proj column within their layer")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--exact-random", flags.random_candidates,
                   "Of method exact: random neurons of the others to measure as well")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--exact-items", flags.items,
                   "Of method exact: items of each set to measure on; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--exact-text-tokens", flags.text_tokens,
                   "Of method exact: tokens of neutral text to measure on; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--exact-rounds", flags.rounds,
                   "Of method exact: how often to measure what is left and take a part")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

void AddRun(CLI::App& app, Context& context) {
  auto flags = std::make_shared<RunFlags>();
  flags->engine.compute = "auto";
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "run",
       .summary = "Do everything: analyze, select, prune, measure before and after",
       .description =
           "Chooses neurons whose removal is measured to lower a bias on the choosing part of the "
           "items, within limits of what neutral text, meaning and knowledge may lose; writes the "
           "pruned checkpoint; and measures bias, abilities and text on items that took no part, "
           "against random choices. --method activation is the published method instead: neurons "
           "by the fairness score of prompt pairs. The folder has the plan, the checkpoint "
           "(model/) and every figure (manifest.json).",
       .examples =
           {"fairprune run SmolLM2-135M-Instruct.Q4_1.gguf --out runs/smollm2",
            "fairprune run models/llama --items stereoset.jsonl --items "
            "bundled:occupations_en --held-out crows_pairs.csv --neurons 64",
            "fairprune run models/llama --method activation --pairs my_pairs.csv --json",
            "fairprune run models/llama --plan runs/llama/plan.json --held-out their_items.csv "
            "--controls 200 --out runs/proof"}},
      [flags, &context] { return Run(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  verb->add_option("--method", flags->method,
                   "attribution: by the measured effect on signed items; divergence: on pairs, "
                   "which have no direction; activation: the published fairness score; hybrid: "
                   "attribution among the tenth of the neurons whose activations differ most; "
                   "exact: by what switching off each of some candidates really does; random; "
                   "auto: divergence where --pairs and no --items are given, else "
                   "attribution")
      ->check(CLI::IsMember(
          {"auto", "attribution", "divergence", "activation", "exact", "hybrid", "random"}))
      ->capture_default_str();
  verb->add_option(
      "--plan", flags->plan,
      "Choose nothing: prune and prove the neurons of this plan, which `run`, `select` "
      "or another program wrote (docs/formats.md). Options of a search have no say");
  AddBiasFlags(verb, flags->bias);
  AddExactFlags(verb, flags->exact);
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
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
