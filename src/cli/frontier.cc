// fairprune frontier: bias against perplexity, for choices of more and more neurons by several
// methods, on items that took no part.
#include "verification/frontier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/run_steps.h"
#include "cli/verbs.h"
#include "io/atomic_output.h"
#include "report/charts.h"
#include "report/table.h"
#include "verification/random_controls.h"

namespace fairprune {
namespace {

struct FrontierFlags {
  RunFlags run;  // model, items, limits, engine
  std::vector<std::string> methods = {"attribution", "activation", "random"};
  std::vector<int64_t> counts = {16, 32, 64, 128, 256, 512};
  int64_t random_choices = 3;  // of each count
  int64_t items = 300;
  std::string out, pictures;
};

struct Frontier {
  std::vector<FrontierPoint> points;
  std::string model_hash, compute;
};

// Everything that choices are made from.
struct Job {
  const RunModel& model;
  const RunInputs& inputs;
  const FrontierFlags& flags;
  Context& context;
  RunResult& result;  // its items; what a method leaves there serves the next one
  std::vector<FrontierChoice> choices;
};

// The first neurons of a ranking, for every count that it has, and all of one that ends before.
void AddPrefixes(const std::string& method, const std::vector<PlannedNeuron>& ranking, Job& job) {
  int64_t before = 0;
  for (const int64_t count : job.flags.counts) {
    const int64_t taken = std::min(count, std::ssize(ranking));
    if (taken == before) break;
    job.choices.push_back({method, 1, {ranking.begin(), ranking.begin() + taken}});
    before = taken;
  }
}

// By a method that ranks neurons once.
Status AddRanked(const std::string& method, Job& job) {
  RunFlags flags = job.flags.run;
  flags.neurons = job.flags.counts.back();
  if (method == "exact") {
    flags.neurons = std::min(flags.neurons, flags.exact.candidates + flags.exact.random_candidates);
  }
  // The published ranking knows no limit; the others keep theirs.
  if (method == "activation") flags.max_perplexity_increase = std::numeric_limits<double>::max();
  job.result.method = method;
  FP_RETURN_IF_ERROR(ChooseStep(job.model, job.inputs, flags, job.context, job.result));
  AddPrefixes(method, job.result.plan.neurons, job);
  return {};
}

// As many as attribution took, matched to it per layer and by cost; without it, any.
Status AddRandom(const SearchStages& stages, Job& job) {
  const ModelConfig& config = job.model.opened->model.config;
  for (const std::vector<PlannedNeuron>& stage : stages.choices) {
    const std::vector<NeuronMask> controls =
        RandomControls(config.num_layers, config.intermediate_size, stage, stages.neutral_cost,
                       {.count = job.flags.random_choices, .seed = job.flags.run.bias.seed});
    for (size_t r = 0; r < controls.size(); ++r) {
      FrontierChoice& choice = job.choices.emplace_back();
      choice.method = "random";
      choice.number = static_cast<int64_t>(r) + 1;
      for (int32_t layer = 0; layer < config.num_layers; ++layer) {
        const std::span<const float> keep = controls[r].keep(layer);
        for (size_t n = 0; n < keep.size(); ++n) {
          if (keep[n] == 0) choice.neurons.push_back({layer, static_cast<int32_t>(n), 0});
        }
      }
    }
  }
  if (!stages.choices.empty()) return {};
  for (int64_t r = 1; r <= job.flags.random_choices; ++r) {
    RunFlags flags = job.flags.run;
    flags.bias.seed += static_cast<uint64_t>(r);
    flags.neurons = job.flags.counts.back();
    job.result.method = "random";
    FP_RETURN_IF_ERROR(ChooseStep(job.model, job.inputs, flags, job.context, job.result));
    const size_t first = job.choices.size();
    AddPrefixes("random", job.result.plan.neurons, job);
    for (size_t c = first; c < job.choices.size(); ++c) job.choices[c].number = r;
  }
  return {};
}

Status AddChoices(Job& job) {
  SearchStages stages;
  const auto wanted = [&](const char* method) {
    return std::ranges::find(job.flags.methods, method) != job.flags.methods.end();
  };
  if (wanted("attribution")) {
    FP_ASSIGN_OR_RETURN(
        stages, ChooseStages(job.model, job.flags.run, job.flags.counts, job.context, job.result));
    for (const auto& neurons : stages.choices) job.choices.push_back({"attribution", 1, neurons});
  }
  for (const char* method : {"activation", "exact"}) {
    if (wanted(method)) FP_RETURN_IF_ERROR(AddRanked(method, job));
  }
  return wanted("random") ? AddRandom(stages, job) : Status();
}

Result<Frontier> MeasureJob(const FrontierFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(const RunInputs inputs, LoadRunInputs(flags.run));
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.run.model, context));
  FP_RETURN_IF_ERROR(RequireOneWidth(opened));
  FP_ASSIGN_OR_RETURN(const RunModel model, PrepareModel(opened, inputs));
  const ModelConfig& config = opened.model.config;
  if (flags.counts.back() >= config.num_layers * config.intermediate_size) {
    return Fail(ErrorCode::kInvalidArgument, "--counts: {} neurons, but the model has {}",
                flags.counts.back(), config.num_layers * config.intermediate_size);
  }
  FP_ASSIGN_OR_RETURN(const RequestEncoder encoder,
                      RequestEncoder::Create(*model.tokenizer, config.max_position_embeddings));
  RunResult result;
  FP_ASSIGN_OR_RETURN(result.bias.inputs, LoadBiasInputs(flags.run.bias, flags.run.pairs.language,
                                                         encoder, model.text, model.search_text));
  WarnOfInputs(result.bias.inputs, context);
  CatchInterrupts();
  Frontier frontier;
  FP_ASSIGN_OR_RETURN(frontier.model_hash, opened.checkpoint.ContentHash());
  Job job{model, inputs, flags, context, result, {}};
  FP_RETURN_IF_ERROR(AddChoices(job));
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(opened, flags.run.engine));
  frontier.compute = std::string(NameOf(engine.compute()));
  const std::vector<HeldOutSet> sets = MakeHeldOutSets(result.bias.inputs);
  context.Info(
      fmt::format("measuring {} choices on {} held-out sets", job.choices.size(), sets.size()));
  FrontierOptions options;
  options.items = flags.items;
  options.paired.seed = flags.run.bias.seed;
  options.progress = context.ProgressOf("held-out items of a set");
  FP_ASSIGN_OR_RETURN(frontier.points, MeasureFrontier(engine, sets, job.choices, options));
  return frontier;
}

std::string Percent(double share) { return fmt::format("{:+.1f} %", 100 * share); }

Table ToTable(const Frontier& frontier) {
  std::vector<Column> columns = {{"method"}, {"neurons", Align::kRight}};
  columns.push_back({"perplexity", Align::kRight});
  for (const Effect& effect : frontier.points.front().effects) {
    if (effect.kind != SetKind::kText) columns.push_back({effect.name, Align::kRight});
  }
  Table table(columns);
  for (const FrontierPoint& point : frontier.points) {
    std::vector<std::string> cells = {point.method, std::to_string(point.neurons),
                                      fmt::format("{:+.2f} %", 100 * point.perplexity_change())};
    for (const Effect& effect : point.effects) {
      if (effect.kind != SetKind::kText) cells.push_back(Percent(effect.change()));
    }
    table.AddRow(std::move(cells));
  }
  return table;
}

Json ToJson(const Frontier& frontier, const FrontierFlags& flags) {
  Json points = Json::array();
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  for (const FrontierPoint& point : frontier.points) {
    Json sets = Json::array();
    for (const Effect& effect : point.effects) {
      sets.push_back({{"name", effect.name},
                      {"kind", NameOf(effect.kind)},
                      {"items", effect.paired.num_items},
                      {"before_nats", effect.paired.before},
                      {"after_nats", effect.paired.after},
                      {"change", effect.change()},
                      {"low", number(effect.low())},
                      {"high", number(effect.high())}});
    }
    points.push_back({{"method", point.method},
                      {"number", point.number},
                      {"neurons", point.neurons},
                      {"perplexity_change", number(point.perplexity_change())},
                      {"sets", std::move(sets)}});
  }
  return {{"model", {{"path", flags.run.model}, {"content_hash", frontier.model_hash}}},
          {"settings",
           {{"methods", flags.methods},
            {"counts", flags.counts},
            {"random_choices", flags.random_choices},
            {"measured_items", flags.items},
            {"max_perplexity_increase_percent", flags.run.max_perplexity_increase},
            {"bias", BiasSettingsToJson(flags.run.bias)}}},
          {"compute", frontier.compute},
          {"points", std::move(points)}};
}

// One SVG for each set that should fall.
Status WritePictures(const Frontier& frontier, const std::string& folder) {
  std::vector<ReportFrontierPoint> points;
  std::vector<std::string> sets;
  for (const FrontierPoint& point : frontier.points) {
    for (const Effect& effect : point.effects) {
      if (effect.kind != SetKind::kBias) continue;
      if (&point == &frontier.points.front()) sets.push_back(effect.name);
      points.push_back({point.method, point.neurons, effect.name, effect.change(), effect.low(),
                        effect.high(), point.perplexity_change()});
    }
  }
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Fail(ErrorCode::kIo, "{}: {}", folder, failed.message());
  for (const std::string& set : sets) {
    FP_RETURN_IF_ERROR(WriteFileAtomically(fmt::format("{}/frontier_{}.svg", folder, set),
                                           FrontierPicture("frontier", set, points).ToFile()));
  }
  return {};
}

Result<Outcome> RunFrontier(const FrontierFlags& flags, Context& context) {
  if (!std::ranges::is_sorted(flags.counts, std::less_equal<>()) || flags.counts.front() < 1) {
    return Fail(ErrorCode::kInvalidArgument, "--counts must rise from 1 on");
  }
  if (!flags.out.empty()) FP_RETURN_IF_ERROR(CheckMayWrite(flags.out, flags.run.force));
  if (!flags.pictures.empty()) FP_RETURN_IF_ERROR(CheckMayWrite(flags.pictures, flags.run.force));
  FP_ASSIGN_OR_RETURN(const Frontier frontier, MeasureJob(flags, context));
  const Json json = ToJson(frontier, flags);
  if (!flags.out.empty()) {
    Json file = {{"schema_version", kSchemaVersion}};
    file.update(json);
    FP_RETURN_IF_ERROR(WriteFileAtomically(flags.out, DumpJson(file) + "\n"));
  }
  if (!flags.pictures.empty()) FP_RETURN_IF_ERROR(WritePictures(frontier, flags.pictures));
  if (flags.run.json) {
    context.PrintJson("frontier", json);
  } else {
    Printout printout;
    printout.Add(ToTable(frontier));
    if (!flags.out.empty()) printout.Add("\nWritten: " + flags.out + "\n");
    context.Print(printout);
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddFrontier(CLI::App& app, Context& context) {
  auto flags = std::make_shared<FrontierFlags>();
  flags->run.engine.compute = "auto";
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "frontier",
       .summary = "Bias against perplexity for more and more neurons, by several methods",
       .description =
           "Chooses neurons by each method, for each count, and measures every choice on the "
           "held-out items: what a method buys, and at what price. Attribution keeps its limits "
           "and grows one choice from the one before; activation takes the ranking of the "
           "published fairness score, whatever it costs; random choices match attribution's per "
           "layer and by cost.",
       .examples = {"fairprune frontier SmolLM2-135M-Instruct.Q4_1.gguf --out frontier.json",
                    "fairprune frontier models/llama --methods attribution,exact,activation,random "
                    "--counts 16,64,128 --measured-items 100 --json"}},
      [flags, &context] { return RunFrontier(*flags, context); });
  RunFlags& run = flags->run;
  verb->add_option("MODEL", run.model, kModelHelp)->required();
  verb->add_option("--methods", flags->methods, "attribution, activation, exact, random")
      ->delimiter(',')
      ->check(CLI::IsMember({"attribution", "activation", "exact", "random"}))
      ->capture_default_str();
  verb->add_option("--counts", flags->counts, "Numbers of neurons, rising")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--random-choices", flags->random_choices, "Random choices of each count")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--measured-items", flags->items,
                   "Held-out items of each set that every choice is measured on; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--max-perplexity-increase", run.max_perplexity_increase,
                   "Percent by which attribution and exact may let the text's perplexity rise")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  AddSearchFlags(verb, run.bias);
  AddExactFlags(verb, run.exact);
  AddPairsFlags(verb, run.pairs);
  verb->add_option("--text", run.text_path,
                   "Text for the perplexity, UTF-8 (default: the public-domain text that ships)");
  verb->add_option("--out", flags->out, "File for the points, JSON");
  verb->add_option("--pictures", flags->pictures, "Folder for a picture (SVG) of every set");
  AddEngineFlags(verb, run.engine);
  verb->add_flag("--force", run.force, "Replace the file if it is there");
  AddTableFlags(verb, context, run.json);
}

}  // namespace fairprune
