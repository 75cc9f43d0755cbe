#include "comparison/evaluation_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "io/json.h"

namespace fairprune {
namespace {

// Results are sums over the same items in the same order, printed so that they read back exactly.
constexpr double kSameResult = 1e-9;

// object[key], an object or list. Errors: kBadFormat, naming both.
Result<const Json*> Member(const Json& object, const std::string& key, const std::string& source) {
  if (object.is_object() && object.contains(key)) return &object.at(key);
  return Fail(ErrorCode::kBadFormat, "{}: there is no \"{}\"; was it written by fairprune eval?",
              source, key);
}

// object[key][name]
Result<const Json*> OfTask(const Json& object, const std::string& key, const std::string& name,
                           const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json* of_all, Member(object, key, source));
  return Member(*of_all, name, source + ": " + key);
}

// A contribution: a number or a list of them, as many as the figure takes.
Result<MetricValue> ParseValue(const Json& value, const Figure& figure, const std::string& where) {
  const Json list = value.is_array() ? value : Json::array({value});
  MetricValue parts;
  for (const Json& part : list) {
    if (part.is_number()) parts.push_back(part.get<double>());
  }
  if (parts.size() != list.size() || std::ssize(parts) != figure.num_parts) {
    return Fail(ErrorCode::kBadFormat, "{}: expected {} numbers, found {}", where, figure.num_parts,
                value.dump());
  }
  return parts;
}

Status ParseSample(const Json& line, const std::string& where, EvaluatedTask& task) {
  FP_ASSIGN_OR_RETURN(const int64_t doc, GetInt(line, "doc", where));
  FP_ASSIGN_OR_RETURN(const Json* metrics, Member(line, "metrics", where));
  std::string cluster;
  if (line.contains("cluster")) {
    FP_ASSIGN_OR_RETURN(cluster, GetString(line, "cluster", where));
  }
  task.docs.push_back(doc);
  task.clusters.push_back(std::move(cluster));
  for (EvaluatedMetric& metric : task.metrics) {
    MetricValue value;
    if (metrics->contains(metric.name)) {
      FP_ASSIGN_OR_RETURN(
          value, ParseValue(metrics->at(metric.name), *metric.figure, where + ": " + metric.name));
    }
    metric.values.push_back(std::move(value));
  }
  return {};
}

Status ReadSamples(const std::string& path, EvaluatedTask& task) {
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  int number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    ++number;
    const auto line = std::string_view(text).substr(begin, end - begin);
    FP_ASSIGN_OR_RETURN(const Json sample, ParseJson(line, path, number));
    FP_RETURN_IF_ERROR(ParseSample(sample, fmt::format("{}:{}", path, number), task));
    begin = end + 1;
  }
  return {};
}

Result<EvaluatedTask> ReadTask(const Json& results, const std::string& name,
                               const std::string& source) {
  EvaluatedTask task;
  task.name = name;
  FP_ASSIGN_OR_RETURN(const Json* versions, Member(results, "versions", source));
  FP_ASSIGN_OR_RETURN(task.version, GetDouble(*versions, name, source + ": versions"));
  FP_ASSIGN_OR_RETURN(const Json* shots, Member(results, "n-shot", source));
  FP_ASSIGN_OR_RETURN(task.num_fewshot, GetInt(*shots, name, source + ": n-shot"));
  FP_ASSIGN_OR_RETURN(const Json* sizes, OfTask(results, "n-samples", name, source));
  FP_ASSIGN_OR_RETURN(task.num_documents, GetInt(*sizes, "original", source + ": n-samples"));
  FP_ASSIGN_OR_RETURN(const Json* hashes, Member(results, "task_hashes", source));
  FP_ASSIGN_OR_RETURN(task.hash, GetString(*hashes, name, source + ": task_hashes"));
  FP_ASSIGN_OR_RETURN(const Json* files, OfTask(results, "data", name, source));
  for (const Json& file : *files) {
    FP_ASSIGN_OR_RETURN(task.data_sha256.emplace_back(),
                        GetString(file, "sha256", source + ": data"));
  }
  FP_ASSIGN_OR_RETURN(const Json* figures, OfTask(results, "figures", name, source));
  FP_ASSIGN_OR_RETURN(const Json* better, OfTask(results, "higher_is_better", name, source));
  for (const auto& [metric, figure_name] : figures->items()) {
    FP_ASSIGN_OR_RETURN(const std::string figure,
                        GetString(*figures, metric, source + ": figures"));
    const Figure* found = FindFigure(figure);
    if (found == nullptr) {
      return Fail(ErrorCode::kUnsupported, "{}: figures: \"{}\" of {}.{} is unknown", source,
                  figure, name, metric);
    }
    FP_ASSIGN_OR_RETURN(const bool higher, GetBool(*better, metric, source + ": higher_is_better"));
    task.metrics.push_back({metric, found, higher, {}});
  }
  return task;
}

// That the items are those that results.json was made of.
Status CheckResults(const Json& results, const EvaluatedTask& task, const std::string& samples,
                    const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json* sizes, OfTask(results, "n-samples", task.name, source));
  FP_ASSIGN_OR_RETURN(const int64_t size, GetInt(*sizes, "effective", source + ": n-samples"));
  if (std::ssize(task.docs) != size) {
    return Fail(ErrorCode::kMismatch, "{}: expected {} items, as {} says, found {}", samples, size,
                source, task.docs.size());
  }
  FP_ASSIGN_OR_RETURN(const Json* values, OfTask(results, "results", task.name, source));
  for (const EvaluatedMetric& metric : task.metrics) {
    MetricValues contributions;
    for (const MetricValue& value : metric.values) {
      if (!value.empty()) contributions.push_back(value);
    }
    const double own = FigureOf(*metric.figure, contributions);
    FP_ASSIGN_OR_RETURN(const Json* stated, Member(*values, metric.name + ",none", source));
    const double expected = stated->is_number() ? stated->get<double>() : std::nan("");
    const bool same = std::isfinite(own)
                          ? std::fabs(own - expected) <= kSameResult * (1 + std::fabs(expected))
                          : !std::isfinite(expected);
    if (!same) {
      return Fail(ErrorCode::kMismatch, "{}: the items give {} for {}, but {} says {}", samples,
                  own, metric.name, source, stated->dump());
    }
  }
  return {};
}

// The tasks of a group; groups within it are resolved.
void AddTasks(const Json& members, const std::string& name, std::vector<std::string>& tasks) {
  if (!members.contains(name)) {
    tasks.push_back(name);
    return;
  }
  for (const Json& member : members.at(name)) {
    if (member.is_string()) AddTasks(members, member.get<std::string>(), tasks);
  }
}

Status ReadGroups(const Json& results, const std::string& source, EvaluationFolder& folder) {
  FP_ASSIGN_OR_RETURN(const Json* groups, Member(results, "groups", source));
  FP_ASSIGN_OR_RETURN(const Json* members, Member(results, "group_subtasks", source));
  for (const auto& [name, group] : groups->items()) {
    EvaluatedGroup read;
    read.name = name;
    AddTasks(*members, name, read.tasks);
    for (const auto& [key, value] : group.items()) {
      if (key.ends_with(",none") && !key.ends_with("_stderr,none")) {
        read.metrics.push_back(key.substr(0, key.size() - 5));
      }
    }
    folder.groups.push_back(std::move(read));
  }
  return {};
}

Status ReadSettings(const Json& results, const std::string& source, EvaluationFolder& folder) {
  FP_ASSIGN_OR_RETURN(folder.program, GetString(results, "program", source));
  FP_ASSIGN_OR_RETURN(const Json* model, Member(results, "model", source));
  FP_ASSIGN_OR_RETURN(folder.model, GetString(*model, "path", source + ": model"));
  FP_ASSIGN_OR_RETURN(folder.model_sha256, GetString(*model, "sha256", source + ": model"));
  FP_ASSIGN_OR_RETURN(const Json* config, Member(results, "config", source));
  FP_ASSIGN_OR_RETURN(folder.compute, GetString(*config, "compute", source + ": config"));
  FP_ASSIGN_OR_RETURN(folder.seed, GetInt(*config, "fewshot_seed", source + ": config"));
  FP_ASSIGN_OR_RETURN(const Json* limit, Member(*config, "limit", source + ": config"));
  if (!limit->is_null()) {
    FP_ASSIGN_OR_RETURN(folder.limit, GetInt(*config, "limit", source + ": config"));
  }
  return {};
}

}  // namespace

const EvaluatedTask* EvaluationFolder::FindTask(const std::string& name) const {
  const auto found = std::find_if(tasks.begin(), tasks.end(),
                                  [&](const EvaluatedTask& task) { return task.name == name; });
  return found == tasks.end() ? nullptr : &*found;
}

const EvaluatedGroup* EvaluationFolder::FindGroup(const std::string& name) const {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const EvaluatedGroup& group) { return group.name == name; });
  return found == groups.end() ? nullptr : &*found;
}

Result<EvaluationFolder> ReadEvaluationFolder(const std::string& path) {
  EvaluationFolder folder;
  folder.path = path;
  const std::string source = path + "/results.json";
  FP_ASSIGN_OR_RETURN(const Json results, ReadJsonFile(source));
  FP_RETURN_IF_ERROR(ReadSettings(results, source, folder));
  FP_ASSIGN_OR_RETURN(const Json* tasks, Member(results, "results", source));
  for (const auto& [name, ignored] : tasks->items()) {
    const std::string samples = fmt::format("{}/samples_{}.jsonl", path, name);
    FP_ASSIGN_OR_RETURN(EvaluatedTask task, ReadTask(results, name, source));
    FP_RETURN_IF_ERROR(ReadSamples(samples, task));
    FP_RETURN_IF_ERROR(CheckResults(results, task, samples, source));
    folder.tasks.push_back(std::move(task));
  }
  FP_RETURN_IF_ERROR(ReadGroups(results, source, folder));
  return folder;
}

}  // namespace fairprune
