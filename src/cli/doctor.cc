// fairprune doctor: what this machine can do, and what a model needs of it.
#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/version.h"
#include "cli/bias_steps.h"
#include "cli/model_input.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "compute/machine.h"
#include "compute/parallel.h"
#include "forward/estimate.h"
#include "report/table.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

struct DoctorFlags {
  std::string model;
  int threads = 0;
  double seconds = 1;
  bool json = false;
};

// What `run` computes with all defaults on the items that ship, in tokens: 8 rounds of gradients,
// the checks between them, the measurements before and after, 20 random controls
// (docs/cli-tools.md, "doctor").
constexpr TokenCounts kRunTokens = {
    .forward = 690e3, .forward_scored = 500e3, .gradient = 415e3, .gradient_scored = 230e3};
// Share of the measured rate of one large product that a whole run reaches (docs/cli-tools.md).
constexpr double kRunEfficiency = 0.6;
// Tokens of one batch (Engine::preferred_batch_nodes).
constexpr int64_t kBatchTokens = 512;
// What the program takes besides a model: its libraries, texts and items.
constexpr int64_t kProgramBytes = 200'000'000;

struct Machine {
  compute::Processor processor;
  compute::Memory memory;
  int threads = 0;
  bool bf16 = false;
  double f32_rate = 0, bf16_rate = 0;  // operations per second; 0: not measured
  int64_t disk_free = 0;               // of the current folder
  std::string cache;
  int64_t cache_bytes = -1;  // -1: there is none
  double rate() const { return bf16 ? bf16_rate : f32_rate; }
};

struct Needs {
  std::string path, architecture, compute;
  int64_t parameters = 0;
  MemoryNeed run, stream;  // of `run`, and of `run --stream --method activation`
  int64_t run_bytes = 0, stream_bytes = 0;
  int64_t disk_bytes = 0;  // of the run folder
  double run_seconds = 0;
};

struct Finding {
  bool ok = true;
  std::string text;
};

std::string CacheFolder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return std::string(cache) + "/fairprune";
  const char* home = std::getenv("HOME");
  return home == nullptr ? "" : std::string(home) + "/.cache/fairprune";
}

int64_t FolderBytes(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return -1;
  int64_t bytes = 0;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    const auto size = entry->is_regular_file(ignored) ? entry->file_size(ignored) : 0;
    if (!ignored) bytes += static_cast<int64_t>(size);
  }
  return bytes;
}

// The product that takes most of a model's time: gate and up of one batch.
Result<Machine> Examine(const DoctorFlags& flags, const ModelConfig* config) {
  Machine machine;
  machine.threads = compute::SetNumThreads(flags.threads);
  machine.processor = compute::ReadProcessor();
  machine.memory = compute::ReadMemory();
  machine.bf16 = compute::CpuHasFastBf16();
  compute::ProductShape shape{.rows = kBatchTokens};
  if (config != nullptr) {
    shape.inputs = config->hidden_size;
    shape.outputs = 2 * config->intermediate_size;
  }
  if (flags.seconds > 0) {
    const double seconds = flags.seconds / (machine.bf16 ? 2 : 1);
    FP_ASSIGN_OR_RETURN(machine.f32_rate,
                        compute::MeasureProductRate(compute::WeightType::kF32, shape, seconds));
    if (machine.bf16) {
      FP_ASSIGN_OR_RETURN(machine.bf16_rate,
                          compute::MeasureProductRate(compute::WeightType::kBf16, shape, seconds));
    }
  }
  std::error_code error;
  const fs::space_info space = fs::space(".", error);
  if (!error) machine.disk_free = static_cast<int64_t>(space.available);
  machine.cache = CacheFolder();
  machine.cache_bytes = FolderBytes(machine.cache);
  return machine;
}

Needs NeedsOf(const OpenedModel& opened, const Machine& machine, const std::string& path) {
  const ModelConfig& config = opened.model.config;
  Needs needs{.path = path, .architecture = config.architecture};
  const ComputeType type = machine.bf16 ? ComputeType::kBf16 : ComputeType::kF32;
  needs.compute = NameOf(type);
  needs.parameters = opened.model.num_parameters;
  needs.run = EstimateMemory(config, {.compute = type, .gradient = true}, kBatchTokens);
  needs.stream =
      EstimateMemory(config, {.compute = ComputeType::kF32, .stream = true}, kBatchTokens);
  // Estimates of the search, [L, F] in f64, for some twelve sets and objectives.
  const int64_t estimates = 12 * 8 * opened.model.num_neurons();
  // The derivatives of a round's items, [L, F] in f32 of each.
  const int64_t kept = BiasFlags().items_per_round * 4 * opened.model.num_neurons();
  needs.run_bytes = needs.run.total() + estimates + kept + kProgramBytes;
  needs.stream_bytes = needs.stream.total() + estimates + kProgramBytes;
  // The checkpoint: bf16 and f16 stay, all else is written as f32; and the undo patch's few rows.
  for (const TensorEntry& entry : opened.checkpoint.tensors().entries()) {
    int64_t elements = 1;
    for (const int64_t extent : entry.shape) elements *= extent;
    const bool half = entry.dtype == DType::kBF16 || entry.dtype == DType::kF16;
    needs.disk_bytes += elements * (half ? 2 : 4);
  }
  if (machine.rate() > 0) {
    needs.run_seconds = ProductOperations(config, kRunTokens) / (kRunEfficiency * machine.rate());
  }
  return needs;
}

std::string Minutes(double seconds) {
  if (seconds < 90) return "about a minute";
  if (seconds < 5400) return fmt::format("about {:.0f} minutes", seconds / 60);
  return fmt::format("about {:.1f} hours", seconds / 3600);
}

void JudgeModel(const Needs& needs, const Machine& machine, std::vector<Finding>& findings) {
  const int64_t available = machine.memory.available_bytes;
  const std::string there = HumanBytes(available);
  if (needs.run_bytes <= available) {
    findings.push_back(
        {true, fmt::format("memory is enough: run 'fairprune run {}'{}", needs.path,
                           needs.run_seconds > 0 ? ", " + Minutes(needs.run_seconds) : "")});
  } else if (needs.stream_bytes <= available) {
    findings.push_back(
        {false, fmt::format(
                    "'run' needs {} of memory, and {} are available: close other programs, give "
                    "'--memory' for fewer activations at once ({} of it), or run 'fairprune run {} "
                    "--stream', which needs {} and takes the published method",
                    HumanBytes(needs.run_bytes), there, HumanBytes(needs.run.activations),
                    needs.path, HumanBytes(needs.stream_bytes))});
  } else {
    findings.push_back({false, fmt::format("even 'run --stream' needs {} of memory, and {} are "
                                           "available: use a machine with more",
                                           HumanBytes(needs.stream_bytes), there)});
  }
  if (machine.disk_free > 0 && needs.disk_bytes > machine.disk_free) {
    findings.push_back(
        {false, fmt::format("the pruned checkpoint takes {}, and the disk of this "
                            "folder has {}: give '--out' on another one, or '--dtype "
                            "bf16'",
                            HumanBytes(needs.disk_bytes), HumanBytes(machine.disk_free))});
  }
}

std::vector<Finding> Judge(const Machine& machine, const std::optional<Needs>& needs) {
  std::vector<Finding> findings;
  if (machine.bf16) {
    findings.push_back({true, "bf16 is multiplied by the CPU: '--compute auto' takes it"});
  } else {
    findings.push_back({true,
                        "this CPU has no bf16 products (AVX512-BF16, AMX): '--compute auto' "
                        "takes f32, the reference"});
  }
  if (machine.threads < machine.processor.cores) {
    findings.push_back({true, fmt::format("{} of {} cores are used: '--threads 0' takes all",
                                          machine.threads, machine.processor.cores)});
  }
  if (needs) {
    JudgeModel(*needs, machine, findings);
  } else {
    findings.push_back({true, "name a model to see what it needs: fairprune doctor MODEL"});
  }
  return findings;
}

std::string Rates(const Machine& machine) {
  if (machine.f32_rate == 0) return "not measured";
  constexpr double kGiga = 1e9;
  std::string text = fmt::format("f32 {:.0f} GFLOP/s", machine.f32_rate / kGiga);
  if (machine.bf16) text += fmt::format(", bf16 {:.0f} GFLOP/s", machine.bf16_rate / kGiga);
  return text;
}

Printout ToPrintout(const Machine& machine, const std::optional<Needs>& needs,
                    const std::vector<Finding>& findings) {
  Table table({{}, {}});
  const compute::Processor& cpu = machine.processor;
  table.AddRow({"processor", cpu.name.empty() ? "unknown" : cpu.name});
  table.AddRow({"cores, threads", fmt::format("{}, {}", cpu.cores, machine.threads)});
  table.AddRow({"features", cpu.features.empty()
                                ? "none known"
                                : fmt::format("{}", fmt::join(cpu.features, " "))});
  table.AddRow({"oneDNN path", compute::CpuIsaName()});
  table.AddRow({"--compute auto", machine.bf16 ? "bf16" : "f32"});
  table.AddRow({"matrix products", Rates(machine)});
  table.AddRow({"memory", fmt::format("{}, {} available", HumanBytes(machine.memory.total_bytes),
                                      HumanBytes(machine.memory.available_bytes))});
  table.AddRow({"disk, this folder", HumanBytes(machine.disk_free) + " free"});
  table.AddRow({"cache", machine.cache_bytes < 0
                             ? machine.cache + " (not there yet)"
                             : machine.cache + ", " + HumanBytes(machine.cache_bytes)});
  if (needs) {
    table.AddRow({});
    table.AddRow({"model", needs->path + ", " + needs->architecture});
    table.AddRow({"parameters", WithThousands(needs->parameters)});
    table.AddRow({"weights in " + needs->compute, HumanBytes(needs->run.weights)});
    table.AddRow(
        {"memory of a run", fmt::format("{}, {} of it for gradients", HumanBytes(needs->run_bytes),
                                        HumanBytes(needs->run.activations))});
    table.AddRow({"with --stream", HumanBytes(needs->stream_bytes)});
    table.AddRow({"disk of a run", HumanBytes(needs->disk_bytes)});
    if (needs->run_seconds > 0) table.AddRow({"time of a run", Minutes(needs->run_seconds)});
  }
  Printout printout;
  printout.Add(std::move(table)).Add("\n");
  for (const Finding& finding : findings) {
    std::string begin = finding.ok ? "ok:     " : "fault:  ";
    for (const std::string& line : WrapText(finding.text + ".", OutputWidth() - begin.size())) {
      printout.Add(begin + line + "\n");
      begin.assign(begin.size(), ' ');
    }
  }
  return printout;
}

Json ToJson(const Machine& machine, const std::optional<Needs>& needs,
            const std::vector<Finding>& findings) {
  Json verdicts = Json::array();
  bool ok = true;
  for (const Finding& finding : findings) {
    verdicts.push_back({{"ok", finding.ok}, {"text", finding.text}});
    ok = ok && finding.ok;
  }
  const auto rate = [](double value) { return value > 0 ? Json(value) : Json(); };
  Json json = {
      {"fairprune_version", Version()},
      {"processor",
       {{"name", machine.processor.name},
        {"features", machine.processor.features},
        {"cores", machine.processor.cores}}},
      {"threads", machine.threads},
      {"onednn", compute::CpuIsaName()},
      {"compute", machine.bf16 ? "bf16" : "f32"},
      {"f32_flops", rate(machine.f32_rate)},
      {"bf16_flops", rate(machine.bf16_rate)},
      {"memory_bytes", machine.memory.total_bytes},
      {"memory_available_bytes", machine.memory.available_bytes},
      {"disk_free_bytes", machine.disk_free},
      {"cache", {{"path", machine.cache}, {"bytes", std::max<int64_t>(0, machine.cache_bytes)}}},
      {"model", nullptr},
      {"ok", ok},
      {"verdicts", std::move(verdicts)}};
  if (needs) {
    json["model"] = {{"path", needs->path},
                     {"architecture", needs->architecture},
                     {"parameters", needs->parameters},
                     {"compute", needs->compute},
                     {"weights_bytes", needs->run.weights},
                     {"gradients_bytes", needs->run.activations},
                     {"run_memory_bytes", needs->run_bytes},
                     {"run_stream_memory_bytes", needs->stream_bytes},
                     {"run_disk_bytes", needs->disk_bytes},
                     {"run_seconds", rate(needs->run_seconds)}};
  }
  return json;
}

Result<Outcome> Doctor(const DoctorFlags& flags, Context& context) {
  std::optional<OpenedModel> opened;
  if (!flags.model.empty()) {
    FP_ASSIGN_OR_RETURN(opened, OpenModel(flags.model, context));
  }
  FP_ASSIGN_OR_RETURN(const Machine machine,
                      Examine(flags, opened ? &opened->model.config : nullptr));
  std::optional<Needs> needs;
  if (opened) needs = NeedsOf(*opened, machine, flags.model);
  const std::vector<Finding> findings = Judge(machine, needs);
  if (flags.json) {
    context.PrintJson("doctor", ToJson(machine, needs, findings));
  } else {
    context.Print(ToPrintout(machine, needs, findings));
  }
  const bool ok = std::ranges::all_of(findings, &Finding::ok);
  return ok ? Outcome::kSuccess : Outcome::kCheckFailed;
}

}  // namespace

void AddDoctor(CLI::App& app, Context& context) {
  auto flags = std::make_shared<DoctorFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "doctor",
       .summary = "Show what this machine can do, what a model needs, and what to do about it",
       .description =
           "Processor, the way that matrix products take, their measured speed, memory, disk; of "
           "a model, from its description alone, what 'run' with its defaults needs and how long "
           "it takes here, to within a factor of two. Exit 1 if the model does not fit.",
       .examples = {"fairprune doctor", "fairprune doctor SmolLM2-135M-Instruct.Q4_1.gguf",
                    "fairprune doctor models/llama --json"}},
      [flags, &context] { return Doctor(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp);
  verb->add_option("--threads", flags->threads, "Threads to use; 0: one per core")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  verb->add_option("--seconds", flags->seconds,
                   "How long the matrix products are measured; 0: not at all")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
