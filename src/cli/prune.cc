// fairprune prune: from a plan to a checkpoint.
#include "surgery/prune.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/compensation_input.h"
#include "cli/interrupt.h"
#include "cli/model_input.h"
#include "cli/prune_input.h"
#include "cli/verbs.h"
#include "report/table.h"
#include "selection/plan.h"
#include "surgery/prune_gguf.h"

namespace fairprune {
namespace {

struct PruneVerbFlags {
  std::string model, plan, out, undo;
  std::string format = "safetensors", widths = "common", max_shard_size;
  PruneFlags prune;
  CompensationFlags compensation;
  bool no_undo = false;
  bool dry_run = false;
  bool force = false;
  bool json = false;
};

bool WritesGguf(const PruneVerbFlags& flags) { return flags.format == "gguf"; }

// Where the undo patch goes: as asked, else beside the folder. Empty: there is none.
std::string UndoPath(const PruneVerbFlags& flags) {
  if (flags.no_undo || (WritesGguf(flags) && flags.undo.empty())) return "";
  if (!flags.undo.empty()) return flags.undo;
  std::string folder = flags.out;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder + ".undo.safetensors";
}

Json ToJson(const PruneSummary& summary, const Compensation* compensation,
            const PruneVerbFlags& flags) {
  return {{"model", flags.model},
          {"plan", flags.plan},
          {"out", flags.out},
          {"undo", UndoPath(flags).empty() ? Json(nullptr) : Json(UndoPath(flags))},
          {"format", flags.format},
          {"mode", flags.prune.mode},
          {"layers_before", summary.layers_before},
          {"layers_after", summary.layers_after},
          {"layers_removed", summary.layers_removed},
          {"widths_after", summary.widths_after},
          {"neurons_planned", summary.neurons_planned},
          {"neurons_removed", summary.neurons_removed},
          {"neurons_zeroed", summary.neurons_zeroed},
          {"intermediate_size_before", summary.intermediate_size_before},
          {"intermediate_size_after", summary.intermediate_size_after},
          {"parameters_before", summary.parameters_before},
          {"parameters_after", summary.parameters_after},
          {"bytes_written", summary.bytes_written},
          {"compensation", CompensationJson(compensation)}};
}

Printout ToPrintout(const PruneSummary& summary, const Compensation* compensation,
                    const PruneVerbFlags& flags) {
  Table table({{""}, {"before", Align::kRight}, {"after", Align::kRight}});
  if (!summary.layers_removed.empty())
    table.AddRow(
        {"layers", WithThousands(summary.layers_before), WithThousands(summary.layers_after)});
  std::string widths = WithThousands(summary.intermediate_size_after);
  if (!summary.widths_after.empty())
    widths = fmt::format("{} to {}", WithThousands(std::ranges::min(summary.widths_after)), widths);
  table.AddRow({"neurons per layer", WithThousands(summary.intermediate_size_before), widths});
  table.AddRow({"parameters", WithThousands(summary.parameters_before),
                WithThousands(summary.parameters_after)});
  std::string what;
  if (!summary.layers_removed.empty())
    what = fmt::format("Layers removed: {}\n", fmt::join(summary.layers_removed, ", "));
  if (summary.neurons_planned > 0 || what.empty())
    what +=
        fmt::format("{} neurons planned: {} removed, {} zeroed in place\n",
                    WithThousands(summary.neurons_planned), WithThousands(summary.neurons_removed),
                    WithThousands(summary.neurons_zeroed));
  Printout printout;
  printout.Add(what + "\n").Add(std::move(table)).Add("\n").Add(ToPrintout(compensation));
  printout.Add(fmt::format("{} written to {}\n", HumanBytes(summary.bytes_written), flags.out));
  if (!UndoPath(flags).empty())
    printout.Add(fmt::format("The way back: fairprune restore {} --undo {} --out DIR\n", flags.out,
                             UndoPath(flags)));
  return printout;
}

// "500MB" -> 500000000; a bare number counts bytes. The units are those of transformers.
Result<int64_t> ParseSize(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, int64_t>, 6> kUnits = {
      {{"KB", 1'000},
       {"MB", 1'000'000},
       {"GB", 1'000'000'000},
       {"KIB", int64_t{1} << 10},
       {"MIB", int64_t{1} << 20},
       {"GIB", int64_t{1} << 30}}};
  int64_t number = 0, bytes = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  std::string unit(rest, end);
  std::ranges::transform(unit, unit.begin(), [](unsigned char c) { return std::toupper(c); });
  int64_t factor = unit.empty() || unit == "B" ? 1 : 0;
  for (const auto& [name, value] : kUnits)
    if (unit == name) factor = value;
  if (error != std::errc() || number < 1 || factor == 0 ||
      __builtin_mul_overflow(number, factor, &bytes))
    return Fail(ErrorCode::kInvalidArgument,
                "--max-shard-size {}: expected a size above 0 such as 5GB, 500MB or 64MiB", text);
  return bytes;
}

// The types that GGUF alone has.
std::optional<DType> QuantizedType(const std::string& name) {
  if (name == "q8_0") return DType::kQ8_0;
  if (name == "q4_0") return DType::kQ4_0;
  if (name == "q4_1") return DType::kQ4_1;
  return std::nullopt;
}

// What the flags say, as options of either writer.
Result<PruneOptions> OptionsOf(const PruneVerbFlags& flags) {
  PruneFlags plain = flags.prune;
  const std::optional<DType> quantized = QuantizedType(plain.dtype);
  if (quantized && !WritesGguf(flags))
    return Fail(ErrorCode::kInvalidArgument,
                "--dtype {}: safetensors cannot hold it; --format gguf writes it", plain.dtype);
  if (quantized) plain.dtype.clear();
  FP_ASSIGN_OR_RETURN(PruneOptions options, ToPruneOptions(plain));
  if (flags.widths == "per-layer") {
    if (options.mode != PruneMode::kRemove)
      return Fail(ErrorCode::kInvalidArgument,
                  "--widths per-layer needs --mode remove: zeroing keeps the width");
    options.widths = PruneWidths::kPerLayer;
  }
  if (quantized) options.dtype = quantized;
  options.force = flags.force;
  options.undo_path = UndoPath(flags);
  if (flags.max_shard_size.empty()) return options;
  if (WritesGguf(flags))
    return Fail(ErrorCode::kInvalidArgument, "--max-shard-size needs --format safetensors");
  FP_ASSIGN_OR_RETURN(options.max_shard_bytes, ParseSize(flags.max_shard_size));
  return options;
}

const Tokenizer* TokenizerOf(const OpenedModel& opened) {
  return opened.tokenizer ? &*opened.tokenizer : nullptr;
}

// What decides what is written, in the names of a configuration file, and nothing of this machine:
// paths stay out. What `run` writes without compensation is the same.
std::string SettingsOf(const PruneVerbFlags& flags) {
  Json settings = Json::parse(SettingsOf(flags.prune));
  if (flags.compensation.compensate) {
    settings["compensate"] = true;
    settings["ridge"] = flags.compensation.ridge;
    settings["pair-penalty"] = flags.compensation.pair_penalty;
    if (flags.compensation.pairs.path.empty()) {
      settings["language"] = flags.compensation.pairs.language;
    }
  }
  return DumpJson(settings, -1);
}

// What would fail after the long part.
Status CheckOutput(const PruneVerbFlags& flags, const OpenedModel& opened,
                   const PruneOptions& options) {
  if (!WritesGguf(flags)) return CheckPruneOutput(opened.checkpoint, flags.out, options);
  if (opened.checkpoint.gguf() == nullptr) FP_RETURN_IF_ERROR(RequireTokenizer(opened));
  return CheckGgufOutput(opened.checkpoint, TokenizerOf(opened), flags.out, options);
}

Result<PruneSummary> Write(const PruneVerbFlags& flags, const OpenedModel& opened, const Plan& plan,
                           const PruneOptions& options, Context& context) {
  const Tokenizer* tokenizer = TokenizerOf(opened);
  if (WritesGguf(flags))
    return PruneToGguf(opened.checkpoint, opened.model, tokenizer, plan, flags.out, options);
  if (tokenizer == nullptr)
    context.Warn("the output will have no tokenizer.json: " + opened.no_tokenizer_reason);
  return PruneCheckpoint(opened.checkpoint, opened.model, tokenizer, plan, flags.out, options);
}

Result<Outcome> Prune(const PruneVerbFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(PruneOptions options, OptionsOf(flags));
  options.settings = SettingsOf(flags);
  options.progress = context.ProgressOf("writing, tensors");
  CatchInterrupts();
  FP_ASSIGN_OR_RETURN(const Plan plan, ReadPlan(flags.plan));
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.model, context));
  FP_ASSIGN_OR_RETURN(const std::string hash, opened.checkpoint.ContentHash());
  const ModelConfig& config = opened.model.config;
  FP_RETURN_IF_ERROR(CheckPlanFits(plan, hash, config.num_layers, config.intermediate_size));
  if (flags.dry_run) {
    const std::string layers =
        plan.layers.empty() ? "" : fmt::format(" and {} whole layers", plan.layers.size());
    context.Print(fmt::format("{}: {} neurons{}, fits {}; nothing written (--dry-run)\n",
                              flags.plan, WithThousands(static_cast<int64_t>(plan.neurons.size())),
                              layers, flags.model));
    return Outcome::kSuccess;
  }
  FP_RETURN_IF_ERROR(CheckOutput(flags, opened, options));
  FP_ASSIGN_OR_RETURN(options.compensation,
                      MakeCompensation(flags.compensation, opened, plan, options, context));
  const Compensation* compensation = options.compensation.get();
  FP_ASSIGN_OR_RETURN(const PruneSummary summary, Write(flags, opened, plan, options, context));
  for (const std::string& remark : summary.remarks) context.Warn(remark);
  if (flags.json) {
    context.PrintJson("prune", ToJson(summary, compensation, flags));
  } else {
    context.Print(ToPrintout(summary, compensation, flags));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddPruneFlags(CLI::App* verb, PruneFlags& flags) {
  verb->add_option("--mode", flags.mode,
                   "zero: same shapes, the neurons' weights become 0; remove: rows and columns are "
                   "cut, every layer keeps the same width")
      ->check(CLI::IsMember({"zero", "remove"}))
      ->capture_default_str();
  verb->add_option("--round-to", flags.round_to,
                   "remove: round the common width to a multiple of this (docs/methods.md)")
      ->check(CLI::IsMember({1, 32, 64, 128, 256}))
      ->capture_default_str();
  verb->add_option("--dtype", flags.dtype,
                   "f32, bf16 or f16; default: the input's own (quantised: f32, exactly what the "
                   "quantised weights stand for)")
      ->check(CLI::IsMember({"f32", "bf16", "f16"}));
}

std::string SettingsOf(const PruneFlags& flags) {
  return DumpJson({{"mode", flags.mode},
                   {"round-to", flags.round_to},
                   {"dtype", flags.dtype.empty() ? Json() : Json(flags.dtype)}},
                  -1);
}

Result<PruneOptions> ToPruneOptions(const PruneFlags& flags) {
  PruneOptions options;
  options.mode = flags.mode == "remove" ? PruneMode::kRemove : PruneMode::kZero;
  options.round_to = flags.round_to;
  if (options.mode == PruneMode::kZero && flags.round_to != 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "--round-to {} needs --mode remove: zeroing keeps the width", flags.round_to);
  }
  if (flags.dtype == "f32") options.dtype = DType::kF32;
  if (flags.dtype == "bf16") options.dtype = DType::kBF16;
  if (flags.dtype == "f16") options.dtype = DType::kF16;
  return options;
}

void AddPrune(CLI::App& app, Context& context) {
  auto flags = std::make_shared<PruneVerbFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "prune",
       .summary = "Write the model without a plan's neurons",
       .examples = {"fairprune prune model.gguf --plan plan.json --out pruned",
                    "fairprune prune models/llama --plan plan.json --mode remove --out pruned",
                    "fairprune prune model.gguf --plan plan.json --format gguf --out pruned.gguf",
                    "fairprune prune models/llama --plan plan.json --format gguf --out pruned.gguf",
                    "fairprune prune model.gguf --plan plan.json --compensate --out pruned"}},
      [flags, &context] { return Prune(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  verb->add_option("--plan", flags->plan, "Plan that `fairprune select` or `layers` wrote")
      ->required();
  verb->add_option("--out", flags->out, "Folder to write; with --format gguf a file")->required();
  verb->add_option("--format", flags->format,
                   "safetensors: a Hugging Face folder; gguf: one file, for llama.cpp")
      ->check(CLI::IsMember({"safetensors", "gguf"}))
      ->capture_default_str();
  AddPruneFlags(verb, flags->prune);
  verb->add_option("--widths", flags->widths,
                   "remove: common, one width for all layers; per-layer, each loses what is "
                   "planned in it (--format gguf, of a Llama model)")
      ->check(CLI::IsMember({"common", "per-layer"}))
      ->capture_default_str();
  verb->remove_option(verb->get_option("--dtype"));
  verb->add_option("--dtype", flags->prune.dtype,
                   "f32, bf16, f16, and with --format gguf q8_0, q4_0, q4_1; default: the input's "
                   "own (quantised weights in a folder: f32, exactly what they stand for)")
      ->check(CLI::IsMember({"f32", "bf16", "f16", "q8_0", "q4_0", "q4_1"}));
  verb->add_option("--max-shard-size", flags->max_shard_size,
                   "Tensors of one file of a folder at most: 5GB, 500MB, 64MiB; default: 5GB");
  CLI::Option* undo = verb->add_option("--undo", flags->undo,
                                       "Where the undo patch goes; default: DIR.undo.safetensors");
  verb->add_flag("--no-undo", flags->no_undo, "Write no undo patch")->excludes(undo);
  AddCompensationFlags(verb, flags->compensation);
  verb->add_flag("--dry-run", flags->dry_run, "Check that the plan fits, write nothing");
  verb->add_flag("--force", flags->force, "Replace the folder if it is there");
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
