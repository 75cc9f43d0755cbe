#include "cli/eval_run.h"

#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/version.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "io/atomic_output.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

// Every task's data is read before the model is: a missing file shows at once. Returns what an
// interrupted evaluation must find again.
Result<Json> CheckData(const TaskSelection& selection, const PrepareOptions& options) {
  Json tasks = Json::object();
  for (const TaskDefinition* definition : selection.tasks) {
    FP_RETURN_IF_ERROR(CheckInterrupt());
    FP_ASSIGN_OR_RETURN(const PreparedTask task, PrepareTask(*definition, options));
    Json files = Json::array();
    for (const DataFile& file : task.files) files.push_back(file.sha256);
    tasks[definition->name] = {
        {"version", definition->version}, {"data", std::move(files)}, {"requests", task.hash}};
  }
  return tasks;
}

// Texts that the user's files hold are bad input, not wrong usage.
tl::unexpected<Error> AsBadInput(const Error& error) {
  const bool is_usage = error.code == ErrorCode::kInvalidArgument;
  return Fail(is_usage ? ErrorCode::kMismatch : error.code, "{}", error.message);
}

std::vector<GroupResult> AggregateGroups(const TaskCatalog& catalog, const TaskSelection& selection,
                                         const std::vector<TaskResult>& tasks) {
  std::vector<GroupResult> groups;
  for (const TaskGroup* group : selection.groups) {
    std::vector<const TaskResult*> members;
    for (const TaskDefinition* task : catalog.TasksOf(*group)) {
      for (const TaskResult& result : tasks) {
        if (result.name == task->name) members.push_back(&result);
      }
    }
    groups.push_back(AggregateGroup(*group, members));
  }
  return groups;
}

// What may be at OUT and beside it: checked before anything is computed.
Status CheckPlace(const EvalFlags& flags, const std::string& partial) {
  FP_RETURN_IF_ERROR(CheckMayWrite(flags.out, flags.force));
  std::error_code ignored;
  if (!fs::exists(partial, ignored) || flags.resume) return {};
  if (!flags.force) {
    return Fail(ErrorCode::kExists,
                "{}: holds an evaluation that was interrupted; go on with --resume, or begin anew "
                "with --force",
                partial);
  }
  if (!fs::exists(partial + "/settings.json", ignored)) {
    return Fail(ErrorCode::kExists, "{}: is in the way, and was not written by fairprune eval",
                partial);
  }
  std::error_code error;
  fs::remove_all(partial, error);
  if (error) return Fail(ErrorCode::kIo, "{}: cannot remove it: {}", partial, error.message());
  return {};
}

EvaluationRun DescribeRun(const EvalFlags& flags, const Engine& engine, std::string model_sha256,
                          std::string options) {
  EvaluationRun run;
  run.model = flags.model;
  run.model_sha256 = std::move(model_sha256);
  run.compute = NameOf(engine.compute());
  run.threads = engine.threads();
  run.limit = flags.limit;
  run.num_fewshot = flags.num_fewshot;
  run.seed = flags.seed;
  run.bootstrap_iterations = flags.bootstrap_iterations;
  run.options = std::move(options);
  return run;
}

// Everything that an item's scores, or what results.json says of them, depend on.
Json SettingsOf(const EvaluationRun& run, const Json& tasks) {
  return {{"program", "fairprune " + std::string(Version())},
          {"model", run.model_sha256},
          {"compute", run.compute},
          {"threads", run.threads},
          {"limit", run.limit > 0 ? Json(run.limit) : Json()},
          {"num_fewshot", run.num_fewshot},
          {"seed", run.seed},
          {"tasks", tasks}};
}

// One evaluation between loading the model and writing its folder.
class Evaluation {
 public:
  Evaluation(const EvalFlags& flags, const Engine& engine, const Tokenizer& tokenizer,
             EvalJournal journal)
      : flags_(flags), engine_(engine), tokenizer_(tokenizer), journal_(std::move(journal)) {}

  // `label`: of the progress; `settings`: of CheckData.
  Result<TaskResult> RunTask(const TaskDefinition& definition, const std::string& label,
                             const Json& settings, Context& context) {
    FP_ASSIGN_OR_RETURN(PreparedTask task, PrepareTask(definition, OptionsOf(flags_)));
    if (settings.at("requests") != task.hash) {
      return Fail(ErrorCode::kMismatch, "{}: its data changed while it was evaluated",
                  definition.name);
    }
    const auto scores =
        ScoreItems(engine_, tokenizer_, task, {context.ProgressOf(label), &journal_});
    if (!scores) return AsBadInput(scores.error());
    FP_ASSIGN_OR_RETURN(ScoredTask scored,
                        AggregateTask(task, *scores, flags_.bootstrap_iterations));
    files_.push_back(fmt::format("samples_{}.jsonl", definition.name));
    FP_RETURN_IF_ERROR(WriteSamples(fmt::format("{}/{}", journal_.folder(), files_.back()), task,
                                    scored, *scores, flags_.samples));
    return std::move(scored.result);
  }

  // Everything at once into `out`, whose working folder would stay behind if the process were
  // killed: so it is made at the end.
  Status Write(const std::string& out, const std::string& results) {
    FP_ASSIGN_OR_RETURN(AtomicDirectory folder, AtomicDirectory::Create(out, flags_.force));
    FP_RETURN_IF_ERROR(WriteFileAtomically(folder.working_path() + "/results.json", results));
    for (const std::string& file : files_) {
      std::error_code error;
      fs::rename(fmt::format("{}/{}", journal_.folder(), file),
                 fmt::format("{}/{}", folder.working_path(), file), error);
      if (error) return Fail(ErrorCode::kIo, "{}/{}: {}", out, file, error.message());
    }
    FP_RETURN_IF_ERROR(folder.Commit());
    return journal_.Remove();
  }

  // What an evaluation that failed leaves: its finished items, if there are any.
  Error Ended(const Error& error) {
    const std::string kept =
        fmt::format("{} finished items are kept in {}; the same command with --resume goes on",
                    journal_.num_items(), journal_.folder());
    if (journal_.num_items() == 0) {
      if (const Status removed = journal_.Remove(); !removed) return removed.error();
      return error;
    }
    if (InterruptSignal() == 0) return {error.code, error.message + "\n" + kept};
    return {error.code, fmt::format("stopped by {}: {}", InterruptName(), kept)};
  }

  static PrepareOptions OptionsOf(const EvalFlags& flags) {
    return {flags.data, flags.limit, flags.num_fewshot, flags.seed};
  }

 private:
  const EvalFlags& flags_;
  const Engine& engine_;
  const Tokenizer& tokenizer_;
  EvalJournal journal_;
  std::vector<std::string> files_;  // written so far, in the journal's folder
};

struct Described {
  const std::string& out;
  const EvaluationRun& run;
  const Json& tasks;  // of CheckData
};

Result<Measured> Measure(Evaluation& evaluation, const Described& described,
                         const TaskCatalog& catalog, const TaskSelection& selection,
                         Context& context) {
  Measured measured;
  const size_t total = selection.tasks.size();
  for (const TaskDefinition* task : selection.tasks) {
    const std::string label =
        total == 1 ? task->name
                   : fmt::format("{}, task {} of {}", task->name, measured.tasks.size() + 1, total);
    FP_ASSIGN_OR_RETURN(TaskResult result,
                        evaluation.RunTask(*task, label, described.tasks.at(task->name), context));
    if (!result.metrics.empty()) {
      context.SetFigure(fmt::format("{} {} {:.4f}", result.name, result.metrics.front().name,
                                    result.metrics.front().value));
    }
    measured.tasks.push_back(std::move(result));
  }
  measured.groups = AggregateGroups(catalog, selection, measured.tasks);
  measured.results_json = ResultsJson(described.run, measured.tasks, measured.groups);
  FP_RETURN_IF_ERROR(evaluation.Write(described.out, measured.results_json));
  return measured;
}

}  // namespace

Result<Measured> RunEval(const EvalFlags& flags, const TaskCatalog& catalog,
                         const TaskSelection& selection, Context& context) {
  std::string out = flags.out;
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  const std::string partial = out + ".partial";
  CatchInterrupts();
  FP_RETURN_IF_ERROR(CheckPlace(flags, partial));
  FP_ASSIGN_OR_RETURN(const Json tasks, CheckData(selection, Evaluation::OptionsOf(flags)));
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.model, context));
  FP_ASSIGN_OR_RETURN(const Tokenizer* tokenizer, RequireTokenizer(opened));
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(opened, flags.engine));
  FP_ASSIGN_OR_RETURN(std::string model_sha256, opened.checkpoint.ContentHash());
  // Without where results go: an evaluation that was resumed ends with the bytes of one that was
  // not.
  const EvaluationRun run = DescribeRun(
      flags, engine, std::move(model_sha256),
      context.SettingsWithout({"out", "resume", "force", "list", "json", "csv", "markdown"}));
  FP_ASSIGN_OR_RETURN(EvalJournal journal,
                      EvalJournal::Open(partial, SettingsOf(run, tasks), flags.resume));
  if (flags.resume) {
    context.Info(fmt::format("{} finished items were found in {}.", journal.num_items(), partial));
  }
  Evaluation evaluation(flags, engine, *tokenizer, std::move(journal));
  auto measured = Measure(evaluation, {out, run, tasks}, catalog, selection, context);
  if (!measured) return tl::unexpected(evaluation.Ended(measured.error()));
  return measured;
}

}  // namespace fairprune
