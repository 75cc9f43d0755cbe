// fairprune restore: from a pruned checkpoint back to what it was made of.
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "report/table.h"
#include "surgery/undo.h"

namespace fairprune {
namespace {

struct RestoreFlags {
  std::string pruned, undo, out;
  bool force = false;
  bool json = false;
};

Json ToJson(const RestoreSummary& summary, const RestoreFlags& flags) {
  return {{"pruned", flags.pruned},
          {"undo", flags.undo},
          {"out", flags.out},
          {"source", summary.source},
          {"source_sha256", summary.source_sha256},
          {"exact", summary.exact},
          {"neurons_restored", summary.neurons_restored},
          {"layers_restored", summary.layers_restored},
          {"intermediate_size_before", summary.intermediate_size_before},
          {"intermediate_size_after", summary.intermediate_size_after},
          {"bytes_written", summary.bytes_written}};
}

std::string ToText(const RestoreSummary& summary, const RestoreFlags& flags) {
  const std::string what =
      summary.exact
          ? fmt::format("config and tensor files are those of {}, content hash {}", summary.source,
                        summary.source_sha256)
          : fmt::format("tensors as {} gives them in this format, nothing pruned", summary.source);
  const std::string layers = summary.layers_restored == 0
                                 ? ""
                                 : fmt::format(" and {} layer{}", summary.layers_restored,
                                               summary.layers_restored == 1 ? "" : "s");
  return fmt::format("{} neurons{} restored; {}\n{} written to {}\n",
                     WithThousands(summary.neurons_restored), layers, what,
                     HumanBytes(summary.bytes_written), flags.out);
}

Result<Outcome> Restore(const RestoreFlags& flags, Context& context) {
  CatchInterrupts();
  FP_ASSIGN_OR_RETURN(const Checkpoint pruned, Checkpoint::Open(flags.pruned));
  FP_ASSIGN_OR_RETURN(const Model model, DescribeModel(pruned));
  FP_ASSIGN_OR_RETURN(const RestoreSummary summary,
                      RestoreCheckpoint(pruned, model, flags.undo, flags.out,
                                        {.force = flags.force,
                                         .progress = context.ProgressOf("writing, tensors")}));
  if (flags.json) {
    context.PrintJson("restore", ToJson(summary, flags));
  } else {
    context.Print(ToText(summary, flags));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddRestore(CLI::App& app, Context& context) {
  auto flags = std::make_shared<RestoreFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "restore",
       .summary = "Put what `prune` took back, byte for byte",
       .examples =
           {"fairprune restore pruned --undo pruned.undo.safetensors --out original",
            "fairprune restore runs/a/model --undo runs/a/undo.safetensors --out original"}},
      [flags, &context] { return Restore(*flags, context); });
  verb->add_option("PRUNED", flags->pruned, "Folder that `prune` or `run` wrote")->required();
  verb->add_option("--undo", flags->undo, "The undo patch that was written with it")->required();
  verb->add_option("--out", flags->out, "Folder to write")->required();
  verb->add_flag("--force", flags->force, "Replace the folder if it is there");
  AddJsonFlag(verb, flags->json);
}

}  // namespace fairprune
