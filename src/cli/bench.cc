// fairprune bench: what a model costs to run, alone or beside another one.
#include <fmt/core.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "cli/engine_input.h"
#include "cli/interrupt.h"
#include "cli/model_input.h"
#include "cli/peak_memory.h"
#include "cli/verbs.h"
#include "compute/matmul.h"
#include "generation/speed.h"
#include "model/run_cost.h"
#include "report/table.h"

namespace fairprune {
namespace {

struct BenchFlags {
  std::string model, other;
  SpeedOptions speed;
  EngineFlags engine;
  bool json = false;
};

// What does not depend on the clock, and the time of one loading.
struct ModelFacts {
  std::string path;
  RunCost cost;
  int64_t attention_flops = 0;  // of a token behind the prompt
  int64_t file_bytes = 0;
  std::optional<int64_t> peak_memory_bytes;
  double load_seconds = 0;
};

struct ModelSpeed {
  std::vector<double> prefill, decode, first_token;  // by round: tokens/s, tokens/s, seconds
};

// "AMD EPYC 9654", as Linux has it; "unknown CPU" elsewhere.
std::string CpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
  }
  return "unknown CPU";
}

Result<int64_t> FileBytes(const Checkpoint& checkpoint) {
  int64_t bytes = 0;
  for (const std::string& path : checkpoint.tensors().files()) {
    std::error_code failed;
    bytes += static_cast<int64_t>(std::filesystem::file_size(path, failed));
    if (failed) return Fail(ErrorCode::kIo, "{}: {}", path, failed.message());
  }
  return bytes;
}

// The whole of it once: what memory is measured of.
Status LoadAndRun(const std::string& path, const BenchFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(path, context));
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(opened, flags.engine));
  const Engine* engines[] = {&engine};
  SpeedOptions once = flags.speed;
  once.rounds = 1;
  once.warm_ups = 0;
  once.progress = nullptr;
  FP_ASSIGN_OR_RETURN(const auto rounds, MeasureSpeed(engines, once));
  FP_CHECK(rounds.size() == 1, "one engine");
  return {};
}

Result<ModelFacts> DescribeCost(const std::string& path, const OpenedModel& opened,
                                const BenchFlags& flags) {
  ModelFacts facts{.path = path};
  facts.cost = RunCostOf(opened.model);
  facts.attention_flops = AttentionFlops(opened.model.config, flags.speed.prompt_tokens + 1);
  FP_ASSIGN_OR_RETURN(facts.file_bytes, FileBytes(opened.checkpoint));
  return facts;
}

ModelSpeed FromRounds(const std::vector<SpeedRound>& rounds, const SpeedOptions& options) {
  ModelSpeed speed;
  for (const SpeedRound& round : rounds) {
    speed.prefill.push_back(static_cast<double>(options.prompt_tokens) / round.prefill_seconds);
    speed.decode.push_back(static_cast<double>(options.new_tokens) / round.decode_seconds);
    speed.first_token.push_back(round.first_token_seconds);
  }
  return speed;
}

// A figure that is measured in every round.
struct MeasuredFigure {
  const char* key;    // of JSON
  const char* title;  // of the table
  std::vector<double> ModelSpeed::*rounds;
  double shown_times;  // the table's unit
  int digits;
};
constexpr MeasuredFigure kMeasured[] = {
    {"prefill_tokens_per_second", "prefill, tokens/s", &ModelSpeed::prefill, 1, 1},
    {"decode_tokens_per_second", "decode, tokens/s", &ModelSpeed::decode, 1, 1},
    {"first_token_seconds", "first token, ms", &ModelSpeed::first_token, 1000, 1},
};

// A figure that is what it is.
struct FixedFigure {
  const char* key;
  const char* title;
  std::optional<int64_t> (*of)(const ModelFacts& facts);
  bool bytes;
};
constexpr FixedFigure kFixed[] = {
    {"peak_memory_bytes", "peak memory", [](const ModelFacts& f) { return f.peak_memory_bytes; },
     true},
    {"file_bytes", "files", [](const ModelFacts& f) { return std::optional(f.file_bytes); }, true},
    {"parameters", "parameters",
     [](const ModelFacts& f) { return std::optional(f.cost.parameters); }, false},
    {"parameters_per_token", "parameters per token",
     [](const ModelFacts& f) { return std::optional(f.cost.parameters_per_token); }, false},
    {"product_flops_per_token", "FLOPs per token, products",
     [](const ModelFacts& f) { return std::optional(f.cost.product_flops_per_token); }, false},
    {"attention_flops_per_token", "FLOPs per token, attention",
     [](const ModelFacts& f) { return std::optional(f.attention_flops); }, false},
};

std::string Shown(const Estimate& e, double times, int digits) {
  std::string text = fmt::format("{:.{}f}", e.value * times, digits);
  if (std::isfinite(e.low) && std::isfinite(e.high)) {
    text += fmt::format(" ({:.{}f} to {:.{}f})", e.low * times, digits, e.high * times, digits);
  }
  return text;
}

Result<Table> MakeTable(const std::vector<ModelFacts>& facts,
                        const std::vector<ModelSpeed>& speeds) {
  const bool compared = facts.size() > 1;
  std::vector<Column> columns = {{""}, {compared ? "A" : "", Align::kRight}};
  if (compared) {
    columns.insert(columns.end(),
                   {{"B", Align::kRight}, {"B / A", Align::kRight}, {"p", Align::kRight}});
  }
  Table table(std::move(columns));
  for (const MeasuredFigure& figure : kMeasured) {
    std::vector<std::string> row = {figure.title};
    for (const ModelSpeed& speed : speeds) {
      FP_ASSIGN_OR_RETURN(const Estimate mean, MeanOverRounds(speed.*figure.rounds));
      row.push_back(Shown(mean, figure.shown_times, figure.digits));
    }
    if (compared) {
      FP_ASSIGN_OR_RETURN(const SpeedRatio ratio,
                          RatioOverRounds(speeds[0].*figure.rounds, speeds[1].*figure.rounds));
      row.push_back(Shown(ratio.ratio, 1, 3));
      row.push_back(fmt::format("{:.3f}", ratio.p_value));
    }
    table.AddRow(std::move(row));
  }
  for (const FixedFigure& figure : kFixed) {
    std::vector<std::string> row = {figure.title};
    std::vector<double> values;
    for (const ModelFacts& one : facts) {
      const auto value = figure.of(one);
      row.push_back(!value ? "unknown" : figure.bytes ? HumanBytes(*value) : WithThousands(*value));
      if (value) values.push_back(static_cast<double>(*value));
    }
    if (values.size() > 1) row.push_back(fmt::format("{:.3f}", values[1] / values[0]));
    table.AddRow(std::move(row));
  }
  std::vector<std::string> load = {"loading, s"};
  for (const ModelFacts& one : facts) load.push_back(fmt::format("{:.2f}", one.load_seconds));
  table.AddRow(std::move(load));
  return table;
}

Json EstimateToJson(const Estimate& e) {
  return {{"mean", e.value}, {"low", e.low}, {"high", e.high}};
}

Result<Json> ModelToJson(const ModelFacts& facts, const ModelSpeed& speed) {
  Json json = {{"model", facts.path}};
  for (const MeasuredFigure& figure : kMeasured) {
    FP_ASSIGN_OR_RETURN(const Estimate mean, MeanOverRounds(speed.*figure.rounds));
    json[figure.key] = EstimateToJson(mean);
    json[figure.key]["rounds"] = speed.*figure.rounds;
  }
  for (const FixedFigure& figure : kFixed) {
    const auto value = figure.of(facts);
    json[figure.key] = value ? Json(*value) : Json(nullptr);
  }
  json["load_seconds"] = facts.load_seconds;
  return json;
}

Result<Json> ToJson(const BenchFlags& flags, const std::vector<ModelFacts>& facts,
                    const std::vector<ModelSpeed>& speeds) {
  Json models = Json::array();
  for (size_t i = 0; i < facts.size(); ++i) {
    FP_ASSIGN_OR_RETURN(Json model, ModelToJson(facts[i], speeds[i]));
    models.push_back(std::move(model));
  }
  Json json = {{"prompt_tokens", flags.speed.prompt_tokens},
               {"new_tokens", flags.speed.new_tokens},
               {"rounds", flags.speed.rounds},
               {"models", std::move(models)}};
  if (facts.size() < 2) return json;
  Json ratios;
  for (const MeasuredFigure& figure : kMeasured) {
    FP_ASSIGN_OR_RETURN(const SpeedRatio ratio,
                        RatioOverRounds(speeds[0].*figure.rounds, speeds[1].*figure.rounds));
    ratios[figure.key] = EstimateToJson(ratio.ratio);
    ratios[figure.key]["p_value"] = ratio.p_value;
  }
  json["ratios"] = std::move(ratios);
  return json;
}

struct BenchModel {
  OpenedModel opened;
  ModelFacts facts;
  std::optional<Engine> engine;
};

Result<std::vector<BenchModel>> LoadModels(const BenchFlags& flags, Context& context) {
  std::vector<std::string> paths = {flags.model};
  if (!flags.other.empty()) paths.push_back(flags.other);
  std::vector<BenchModel> models;
  for (const std::string& path : paths) {
    FP_ASSIGN_OR_RETURN(OpenedModel opened, OpenModel(path, context));
    FP_ASSIGN_OR_RETURN(ModelFacts facts, DescribeCost(path, opened, flags));
    models.push_back({std::move(opened), std::move(facts), std::nullopt});
  }
  // Before any engine: it forks, and a fork has but one thread.
  for (BenchModel& model : models) {
    FP_ASSIGN_OR_RETURN(model.facts.peak_memory_bytes,
                        PeakMemoryOf([&] { return LoadAndRun(model.facts.path, flags, context); }));
  }
  CatchInterrupts();
  for (BenchModel& model : models) {
    const auto begin = std::chrono::steady_clock::now();
    FP_ASSIGN_OR_RETURN(Engine engine, LoadEngine(model.opened, flags.engine));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    model.facts.load_seconds = seconds.count();
    model.engine = std::move(engine);
  }
  return models;
}

Printout Head(const BenchFlags& flags, const std::vector<ModelFacts>& facts, const Engine& engine) {
  Printout printout;
  const bool compared = facts.size() > 1;
  for (size_t i = 0; compared && i < facts.size(); ++i) {
    printout.Add(fmt::format("{}: {}\n", i == 0 ? "A" : "B", facts[i].path));
  }
  printout.Add(fmt::format("{} ({}), {} threads, {}\n", CpuName(), compute::CpuIsaName(),
                           engine.threads(), NameOf(engine.compute())));
  return printout.Add(fmt::format(
      "{} prompt tokens, then {} new ones, {} rounds{}; geometric means, 95 % intervals\n\n",
      flags.speed.prompt_tokens, flags.speed.new_tokens, flags.speed.rounds,
      compared ? " of both in turn" : ""));
}

Result<Outcome> Bench(const BenchFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(const std::vector<BenchModel> models, LoadModels(flags, context));
  std::vector<const Engine*> engines;
  std::vector<ModelFacts> facts;
  engines.reserve(models.size());
  facts.reserve(models.size());
  for (const BenchModel& model : models) {
    engines.push_back(&*model.engine);
    facts.push_back(model.facts);
  }
  SpeedOptions options = flags.speed;
  options.progress = context.ProgressOf("rounds");
  options.check = CheckInterrupt;
  FP_ASSIGN_OR_RETURN(const auto rounds, MeasureSpeed(engines, options));
  std::vector<ModelSpeed> speeds;
  speeds.reserve(rounds.size());
  for (const auto& of_model : rounds) speeds.push_back(FromRounds(of_model, flags.speed));
  const Engine& first = *engines.front();
  if (flags.json) {
    FP_ASSIGN_OR_RETURN(Json json, ToJson(flags, facts, speeds));
    json["cpu"] = CpuName();
    json["isa"] = compute::CpuIsaName();
    json["threads"] = first.threads();
    json["compute"] = NameOf(first.compute());
    context.PrintJson("bench", json);
    return Outcome::kSuccess;
  }
  FP_ASSIGN_OR_RETURN(Table table, MakeTable(facts, speeds));
  context.Print(Head(flags, facts, first).Add(std::move(table)));
  return Outcome::kSuccess;
}

}  // namespace

void AddBench(CLI::App& app, Context& context) {
  auto flags = std::make_shared<BenchFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "bench",
       .summary = "What a model costs to run: speed, memory, files, operations",
       .description =
           "Reads a prompt and generates tokens behind it, in rounds, after one that does not "
           "count; of two models in turn, so that other work on the machine disturbs both. Peak "
           "memory is the largest resident size of a process that loads one model and runs one "
           "round.",
       .examples = {"fairprune bench model.gguf",
                    "fairprune bench model.gguf runs/a/model --compute auto --rounds 20"}},
      [flags, &context] { return Bench(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  verb->add_option("OTHER", flags->other, "A second model to compare with");
  const auto counts = CLI::Range(int64_t{1}, int64_t{1} << 30);
  verb->add_option("--prompt-tokens", flags->speed.prompt_tokens, "Tokens of the prompt")
      ->check(counts)
      ->capture_default_str();
  verb->add_option("--new-tokens", flags->speed.new_tokens, "Tokens to generate behind it")
      ->check(counts)
      ->capture_default_str();
  verb->add_option("--rounds", flags->speed.rounds, "Rounds that count")
      ->check(counts)
      ->capture_default_str();
  AddComputeFlags(verb, flags->engine);
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
