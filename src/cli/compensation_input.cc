#include "cli/compensation_input.h"

#include "base/text.h"
#include "data/pairs.h"
#include "io/json.h"
#include "report/table.h"

namespace fairprune {
namespace {

Result<std::string> CalibrationText(const std::string& path) {
  if (path.empty()) return BundledText();
  FP_ASSIGN_OR_RETURN(std::string text, ReadTextFile(path));
  if (const size_t bad = FindInvalidUtf8(text); bad != std::string::npos)
    return Fail(ErrorCode::kBadFormat, "{}: not valid UTF-8 at byte {}", path, bad);
  return text;
}

}  // namespace

void AddCompensationFlags(CLI::App* verb, CompensationFlags& flags) {
  CLI::Option* compensate = verb->add_flag(
      "--compensate", flags.compensate,
      "Move what the neurons gave on neutral text into the other columns of down_proj, by least "
      "squares, without what differs between the prompts of a pair (docs/methods.md)");
  verb->add_option("--calibration", flags.text_path,
                   "Text for it, UTF-8 (default: the public-domain text that ships)")
      ->needs(compensate);
  verb->add_option("--ridge", flags.ridge,
                   "Its ridge, over the median of a neuron's mean square on the text")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->needs(compensate);
  verb->add_option("--pair-penalty", flags.pair_penalty,
                   "How many tokens of the text the difference of a pair weighs; 0: none is held "
                   "back")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->needs(compensate);
  AddPairsFlags(verb, flags.pairs);
  verb->get_option("--pairs")->needs(compensate);
  verb->get_option("--language")->needs(compensate);
  verb->add_option("--threads", flags.threads, "Threads to use for it; 0: one per core")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str()
      ->needs(compensate);
}

Result<std::shared_ptr<const Compensation>> MakeCompensation(const CompensationFlags& flags,
                                                             const OpenedModel& opened,
                                                             const Plan& plan,
                                                             const PruneOptions& options,
                                                             Context& context) {
  if (!flags.compensate) return std::shared_ptr<const Compensation>();
  FP_ASSIGN_OR_RETURN(const Tokenizer* tokenizer, RequireTokenizer(opened));
  CompensationInput input{.ridge = flags.ridge, .pair_penalty = flags.pair_penalty};
  FP_ASSIGN_OR_RETURN(input.text, CalibrationText(flags.text_path));
  FP_ASSIGN_OR_RETURN(LoadedPairs loaded, LoadPairs(flags.pairs));
  PairSplit split = SplitPairs(loaded.pairs);
  input.pairs = std::move(split.choose.empty() ? loaded.pairs : split.choose);
  input.progress = context.ProgressOf("gathering activations");
  FP_ASSIGN_OR_RETURN(const Engine engine,
                      Engine::Load(opened.model, {.threads = flags.threads, .stream = true}));
  FP_ASSIGN_OR_RETURN(Compensation compensation,
                      ComputeCompensation(engine, *tokenizer, opened.model, plan, options, input));
  return std::make_shared<const Compensation>(std::move(compensation));
}

Printout ToPrintout(const Compensation* compensation) {
  Printout printout;
  if (compensation == nullptr) return printout;
  Table table({{"layer", Align::kRight},
               {"neurons", Align::kRight},
               {"moved", Align::kRight},
               {"rebuilt in pairs", Align::kRight}});
  for (const LayerCompensation& layer : compensation->layers)
    table.AddRow({fmt::format("{}", layer.layer), WithThousands(layer.num_taken),
                  fmt::format("{:.1f} %", 100 * layer.moved),
                  fmt::format("{:.1f} %", 100 * layer.rebuilt)});
  printout.Add(
      fmt::format("Compensated on {} tokens of text and {} pairs: of the neurons' contribution\n\n",
                  WithThousands(compensation->num_tokens), WithThousands(compensation->num_pairs)));
  return printout.Add(std::move(table)).Add("\n");
}

}  // namespace fairprune
