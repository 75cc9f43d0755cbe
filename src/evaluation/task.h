// A task as data: which files, how a document becomes requests, what is computed of their
// log-likelihoods. docs/tasks.md describes the JSON form; the tasks that ship are in data/tasks.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "evaluation/template.h"

namespace fairprune {

enum class TaskOutput {
  kMultipleChoice,   // one context, each choice a continuation
  kMultipleContext,  // one continuation after each of several contexts
  kContinuation,     // one context, one continuation
  kRolling,          // one text as a whole
};

// Which choice of a document is right: its number, or the place of `value` in `among`.
struct TargetTemplate {
  bool present = false;
  std::optional<int64_t> constant;
  TextTemplate value;
  std::optional<ListTemplate> among;
};

// How a document with these columns becomes requests.
struct TaskForm {
  std::vector<std::string> columns;                       // paths that a document must have
  std::vector<std::pair<std::string, TextTemplate>> set;  // columns to add before the rest
  TextTemplate context, continuation, text;
  std::optional<ListTemplate> contexts, choices, labels;
  TargetTemplate target;
  TextTemplate group;  // what the metrics are also given by; may be empty
  // What items share that are not independent of each other (a template, a target term); an item
  // that lacks one of its columns stands alone.
  TextTemplate cluster;
  std::string clean;  // "", or "wikihow": applied to context and choices
};

// Files that are read one after the other, relative to the data folder, or one "bundled:NAME".
struct TaskSource {
  std::vector<std::string> files;
  std::string reader;  // of ReadDocuments
};

struct FewShot {
  std::string sampler;              // "first_n" or "random"
  std::vector<TaskSource> sources;  // the first whose files are there is read
  bool skips_self = false;          // one more is drawn, and the document itself is left out
};

// Which documents belong to a task: whose `value` equals `text`, begins with it, or differs from
// it.
struct KeepRule {
  enum class Rule { kEquals, kStartsWith, kDiffersFrom };
  TextTemplate value;
  std::string text;
  Rule rule = Rule::kEquals;

  bool Keeps(const std::string& rendered) const {
    if (rule == Rule::kStartsWith) return rendered.starts_with(text);
    return (rendered == text) == (rule == Rule::kEquals);
  }
};

struct TaskDefinition {
  std::string name, title;
  std::string kind;  // "bias" or "ability"
  double version = 0;
  std::string origin, licence;
  std::vector<TaskSource> sources;  // the first whose files are there is read
  std::optional<KeepRule> keep;
  TaskOutput output = TaskOutput::kMultipleChoice;
  std::vector<TaskForm> forms;  // the first whose columns a document has is taken
  std::string description;      // stands before everything
  std::string delimiter = " ";  // between context and continuation
  std::string scorer = "choices";
  std::vector<std::string> metrics;  // of the scorer "choices"
  std::optional<FewShot> few_shot;   // absent: no examples can be given
  bool next_token_divergence = false;
};

// Tasks that are named together; with `metrics`, also averaged by their tasks' numbers of
// documents.
struct TaskGroup {
  std::string name, version;         // version: "N/A" if the file has none
  std::vector<std::string> members;  // tasks or groups
  std::vector<std::string> metrics;
};

struct TaskFile {
  std::vector<TaskDefinition> tasks;
  std::vector<TaskGroup> groups;
};

// Parses one task file; `source` names it in errors. Errors: kBadFormat (an unknown or missing key,
// a wrong type, a bad template), naming the key.
Result<TaskFile> ParseTaskFile(const std::string& text, const std::string& source);

}  // namespace fairprune
