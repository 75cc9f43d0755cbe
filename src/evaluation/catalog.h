// The tasks that there are: those of data/tasks, built into the program, and a user's own files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluation/task.h"

namespace fairprune {

// What a list of names stands for. Tasks in the order of the catalog's files, each once.
struct TaskSelection {
  std::vector<const TaskDefinition*> tasks;
  // Groups that were named, or belong to one that was; a group stands after its members.
  std::vector<const TaskGroup*> groups;
};

class TaskCatalog {
 public:
  // Errors: kInternal (a task file of the program is malformed).
  static Result<TaskCatalog> Bundled();

  // Adds a user's task file. Errors: those of ReadTextFile and ParseTaskFile; kMismatch (a name
  // that is taken).
  Status AddFile(const std::string& path);

  const std::vector<TaskDefinition>& tasks() const { return tasks_; }
  const std::vector<TaskGroup>& groups() const { return groups_; }

  // `names`: tasks, groups, and patterns in which * stands for any letters. Errors:
  // kInvalidArgument (naming the nearest).
  Result<TaskSelection> Select(const std::vector<std::string>& names) const;

  // The tasks of a group, directly or through its groups, in its order.
  std::vector<const TaskDefinition*> TasksOf(const TaskGroup& group) const;

 private:
  Status Add(TaskFile file, const std::string& source);
  const TaskGroup* FindGroup(const std::string& name) const;
  const TaskDefinition* FindTask(const std::string& name) const;
  void AddGroup(const TaskGroup& group, std::vector<const TaskGroup*>& out) const;
  std::vector<TaskDefinition> tasks_;
  std::vector<TaskGroup> groups_;
};

// The task files that ship, one after the other, each ended by a zero byte.
std::string_view EmbeddedTasks();

}  // namespace fairprune
