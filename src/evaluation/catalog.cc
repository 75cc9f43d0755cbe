#include "evaluation/catalog.h"

#include <algorithm>
#include <set>

#include "base/edit_distance.h"
#include "base/match.h"
#include "io/json.h"

// Defined in embedded.S.
extern "C" {
extern const char kFairpruneTasks[];
extern const char kFairpruneTasksEnd[];
}

namespace fairprune {

std::string_view EmbeddedTasks() {
  return {kFairpruneTasks, static_cast<size_t>(kFairpruneTasksEnd - kFairpruneTasks)};
}

Result<TaskCatalog> TaskCatalog::Bundled() {
  TaskCatalog catalog;
  std::string_view all = EmbeddedTasks();
  for (int number = 1; !all.empty(); ++number) {
    const size_t end = all.find('\0');
    const std::string source = fmt::format("bundled task file {}", number);
    Result<TaskFile> file = ParseTaskFile(std::string(all.substr(0, end)), source);
    if (!file) return Fail(ErrorCode::kInternal, "{}", file.error().message);
    FP_RETURN_IF_ERROR(catalog.Add(*std::move(file), source));
    all.remove_prefix(end + 1);
  }
  return catalog;
}

Status TaskCatalog::Add(TaskFile file, const std::string& source) {
  std::vector<std::string> names;
  names.reserve(file.tasks.size() + file.groups.size());
  for (const TaskDefinition& task : file.tasks) names.push_back(task.name);
  for (const TaskGroup& group : file.groups) names.push_back(group.name);
  for (const std::string& name : names) {
    if (FindTask(name) != nullptr || FindGroup(name) != nullptr ||
        std::count(names.begin(), names.end(), name) > 1) {
      return Fail(ErrorCode::kMismatch, "{}: there is a task \"{}\" already", source, name);
    }
  }
  std::move(file.tasks.begin(), file.tasks.end(), std::back_inserter(tasks_));
  for (TaskGroup& group : file.groups) {
    groups_.push_back(std::move(group));
    for (const std::string& member : groups_.back().members) {
      if (FindTask(member) != nullptr || FindGroup(member) != nullptr) continue;
      return Fail(ErrorCode::kBadFormat, "{}: the group \"{}\" names \"{}\", which is not there",
                  source, groups_.back().name, member);
    }
  }
  return {};
}

Status TaskCatalog::AddFile(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  FP_ASSIGN_OR_RETURN(TaskFile file, ParseTaskFile(text, path));
  return Add(std::move(file), path);
}

const TaskGroup* TaskCatalog::FindGroup(const std::string& name) const {
  const auto found = std::find_if(groups_.begin(), groups_.end(),
                                  [&](const TaskGroup& group) { return group.name == name; });
  return found == groups_.end() ? nullptr : &*found;
}

const TaskDefinition* TaskCatalog::FindTask(const std::string& name) const {
  const auto found = std::find_if(tasks_.begin(), tasks_.end(),
                                  [&](const TaskDefinition& task) { return task.name == name; });
  return found == tasks_.end() ? nullptr : &*found;
}

std::vector<const TaskDefinition*> TaskCatalog::TasksOf(const TaskGroup& group) const {
  std::vector<const TaskDefinition*> tasks;
  for (const std::string& member : group.members) {
    if (const TaskDefinition* task = FindTask(member); task != nullptr) {
      tasks.push_back(task);
      continue;
    }
    const auto inner = TasksOf(*FindGroup(member));
    tasks.insert(tasks.end(), inner.begin(), inner.end());
  }
  return tasks;
}

void TaskCatalog::AddGroup(const TaskGroup& group, std::vector<const TaskGroup*>& out) const {
  for (const std::string& member : group.members) {
    if (const TaskGroup* inner = FindGroup(member); inner != nullptr) AddGroup(*inner, out);
  }
  if (std::find(out.begin(), out.end(), &group) == out.end()) out.push_back(&group);
}

Result<TaskSelection> TaskCatalog::Select(const std::vector<std::string>& names) const {
  TaskSelection selection;
  std::set<const TaskDefinition*> chosen;
  for (const std::string& name : names) {
    bool found = false;
    for (const TaskGroup& group : groups_) {
      if (!MatchesPattern(name, group.name)) continue;
      found = true;
      AddGroup(group, selection.groups);
      for (const TaskDefinition* task : TasksOf(group)) chosen.insert(task);
    }
    for (const TaskDefinition& task : tasks_) {
      if (!MatchesPattern(name, task.name)) continue;
      found = true;
      chosen.insert(&task);
    }
    if (found) continue;
    std::vector<std::string> known;
    known.reserve(tasks_.size() + groups_.size());
    for (const TaskDefinition& task : tasks_) known.push_back(task.name);
    for (const TaskGroup& group : groups_) known.push_back(group.name);
    const auto nearest =
        std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
          return EditDistance(a, name) < EditDistance(b, name);
        });
    return Fail(ErrorCode::kInvalidArgument,
                "there is no task or group \"{}\"; the nearest name is \"{}\" (fairprune eval "
                "--list shows all)",
                name, *nearest);
  }
  for (const TaskDefinition& task : tasks_) {
    if (chosen.contains(&task)) selection.tasks.push_back(&task);
  }
  return selection;
}

}  // namespace fairprune
