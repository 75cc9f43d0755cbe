// fairprune eval: tasks of bias and ability, with lm-evaluation-harness's numbers.
#include <fmt/core.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/eval_run.h"
#include "cli/verbs.h"
#include "report/table.h"

namespace fairprune {
namespace {

std::string FirstFile(const TaskDefinition& task) {
  std::string files;
  for (const TaskSource& source : task.sources) {
    files += (files.empty() ? "" : " or ") + source.files.front();
    if (source.files.size() > 1) files += ", …";
  }
  return files;
}

Result<Outcome> List(const TaskCatalog& catalog, const EvalFlags& flags, Context& context) {
  if (flags.json) {
    Json tasks = Json::array(), groups = Json::array();
    for (const TaskDefinition& task : catalog.tasks()) {
      Json sources = Json::array();
      for (const TaskSource& source : task.sources) sources.push_back(source.files);
      tasks.push_back({{"task", task.name},
                       {"kind", task.kind},
                       {"version", task.version},
                       {"title", task.title},
                       {"origin", task.origin},
                       {"licence", task.licence},
                       {"sources", sources}});
    }
    for (const TaskGroup& group : catalog.groups()) {
      groups.push_back({{"group", group.name}, {"of", group.members}});
    }
    context.PrintJson("eval", {{"tasks", tasks}, {"groups", groups}});
    return Outcome::kSuccess;
  }
  Table table({{"task"}, {"kind"}, {"what"}, {"files in --data"}});
  for (const TaskDefinition& task : catalog.tasks()) {
    table.AddRow({task.name, task.kind, task.title, FirstFile(task)});
  }
  Table groups({{"group"}, {"tasks"}});
  for (const TaskGroup& group : catalog.groups()) {
    groups.AddRow({group.name, fmt::format("{}", catalog.TasksOf(group).size())});
  }
  context.Print(Printout().Add(std::move(table)).Add("\n").Add(std::move(groups)));
  return Outcome::kSuccess;
}

// Names that end in .json are task files; what they define is chosen whole.
Result<TaskSelection> ChooseTasks(const EvalFlags& flags, TaskCatalog& catalog) {
  if (flags.tasks.empty()) return catalog.Select({"pairs_en", "neutral_en"});
  std::vector<std::string> names;
  for (const std::string& name : flags.tasks) {
    if (!name.ends_with(".json")) {
      names.push_back(name);
      continue;
    }
    const size_t num_tasks = catalog.tasks().size();
    const size_t num_groups = catalog.groups().size();
    FP_RETURN_IF_ERROR(catalog.AddFile(name));
    for (size_t i = num_tasks; i < catalog.tasks().size(); ++i) {
      names.push_back(catalog.tasks()[i].name);
    }
    for (size_t i = num_groups; i < catalog.groups().size(); ++i) {
      names.push_back(catalog.groups()[i].name);
    }
  }
  return catalog.Select(names);
}

std::string Rounded(double value) {
  return std::abs(value) < 1e6 ? fmt::format("{:.4f}", value) : fmt::format("{:.4g}", value);
}

void AddRows(Table& table, const std::string& name, const std::string& version,
             const std::string& shots, int64_t items, const std::vector<MetricResult>& metrics) {
  for (const MetricResult& metric : metrics) {
    if (std::isnan(metric.value)) continue;  // no item that it could be of
    const std::string error = metric.standard_error ? "± " + Rounded(*metric.standard_error) : "";
    table.AddRow(
        {name, version, shots, WithThousands(items), metric.name, Rounded(metric.value), error});
  }
}

void PrintTable(const Measured& measured, Context& context) {
  Table table({{"task", Align::kLeft, true},
               {"version", Align::kRight, true},
               {"shots", Align::kRight, true},
               {"items", Align::kRight, true},
               {"metric"},
               {"value", Align::kRight},
               {"std. error"}});
  for (const TaskResult& task : measured.tasks) {
    AddRows(table, task.name, fmt::format("{:.1f}", task.version),
            fmt::format("{}", task.num_fewshot), task.num_items, task.metrics);
  }
  for (const GroupResult& group : measured.groups) {
    AddRows(table, "group " + group.name, group.version, "", group.num_items, group.metrics);
  }
  context.Print(Printout().Add(std::move(table)));
}

Result<Outcome> Eval(const EvalFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(TaskCatalog catalog, TaskCatalog::Bundled());
  if (flags.list) return List(catalog, flags, context);
  if (flags.model.empty() || flags.out.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "expected MODEL and --out (or --list alone); fairprune eval --help");
  }
  if (flags.tasks.empty() && !flags.data.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "--data without --tasks: say which tasks (fairprune eval --list shows them), or "
                "leave both out for what ships with the program");
  }
  FP_ASSIGN_OR_RETURN(const TaskSelection selection, ChooseTasks(flags, catalog));
  FP_ASSIGN_OR_RETURN(const Measured measured, RunEval(flags, catalog, selection, context));
  if (flags.json) {
    context.Print(measured.results_json);
  } else {
    PrintTable(measured, context);
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddEval(CLI::App& app, Context& context) {
  auto flags = std::make_shared<EvalFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "eval",
       .summary = "Tasks of bias and ability, with lm-evaluation-harness's numbers",
       .description =
           "Measures a model on tasks (docs/tasks.md): BBQ, CrowS-Pairs, StereoSet, "
           "ARC, HellaSwag, MMLU, WikiText and more, from files in the folder --data. "
           "The tasks pairs_en, pairs_es, pairs_ca and neutral_en need no file; without --tasks, "
           "pairs_en and neutral_en are measured. Finished items are kept in "
           "OUT.partial, so that --resume goes on after an interruption.",
       .examples =
           {"fairprune eval --list", "fairprune eval model.gguf --out results",
            "fairprune eval models/llama --tasks bbq,arc_easy --data bench --out results",
            "fairprune eval model.gguf --tasks 'mmlu*' --num-fewshot 5 --data bench --out results",
            "fairprune eval models/llama --tasks bbq --data bench --out results --resume"}},
      [flags, &context] { return Eval(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp);
  verb->add_option("--tasks", flags->tasks,
                   "Names of tasks and groups with commas between; * stands for any letters, a "
                   "name that ends in .json for a task file of your own. Default: what ships")
      ->delimiter(',');
  verb->add_option("--data", flags->data, "The folder of the tasks' files");
  verb->add_option("--out", flags->out, "The folder to write: results.json, samples_TASK.jsonl");
  verb->add_option("--limit", flags->limit, "Documents to take of each task, from the first on")
      ->check(CLI::PositiveNumber);
  verb->add_option("--num-fewshot", flags->num_fewshot, "Examples in front of each document")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  verb->add_option("--seed", flags->seed, "Of few-shot examples that are drawn at random")
      ->capture_default_str();
  verb->add_option("--bootstrap-iters", flags->bootstrap_iterations,
                   "Resamples for the standard error of a perplexity; 0: no standard errors")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_flag("--samples", flags->samples,
                 "Write every item with its texts and log-likelihoods, not with "
                 "its metrics alone");
  verb->add_flag("--resume", flags->resume,
                 "Go on with an interrupted evaluation: the same model, data and settings");
  verb->add_flag("--list", flags->list, "Show the tasks that there are");
  AddEngineFlags(verb, flags->engine);
  verb->add_flag("--force", flags->force, "Replace the output if it is there");
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
