#include "evaluation/task.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "evaluation/python_text.h"
#include "evaluation/scorer.h"

namespace fairprune {
namespace {

// Typed access to one object of a task file. `where` is "FILE: forms.0".
class ObjectReader {
 public:
  static Result<ObjectReader> Open(const Json& object, const std::string& where,
                                   const std::set<std::string>& known) {
    if (!object.is_object()) {
      return Fail(ErrorCode::kBadFormat, "{}: expected an object, found {}", where,
                  object.type_name());
    }
    for (const auto& [key, value] : object.items()) {
      if (!known.contains(key)) {
        return Fail(ErrorCode::kBadFormat, "{}: unknown key \"{}\"; known: {}", where, key,
                    fmt::join(known, ", "));
      }
    }
    return ObjectReader(object, where);
  }

  const std::string& where() const { return where_; }
  bool Has(const char* key) const { return object_->contains(key); }
  const Json& At(const char* key) const { return object_->at(key); }
  std::string Place(const char* key) const { return where_ + ": " + key; }

  Result<std::string> Text(const char* key, const std::string& otherwise) const {
    return Has(key) ? GetString(*object_, key, where_) : otherwise;
  }
  Result<bool> Flag(const char* key) const {
    if (!Has(key)) return false;
    return GetBool(*object_, key, where_);
  }

  // A string stands for a list of one.
  Result<std::vector<std::string>> Texts(const char* key) const {
    std::vector<std::string> texts;
    if (!Has(key)) return texts;
    const Json& value = At(key);
    if (value.is_string()) return std::vector<std::string>{value.get<std::string>()};
    const Document holder{std::make_shared<const Json>(Json{{key, value}}), where_};
    return TextListField(holder, key);
  }

  Result<TextTemplate> Template(const char* key, const TemplateMaps& maps) const {
    FP_ASSIGN_OR_RETURN(const std::string text, Text(key, ""));
    return TextTemplate::Parse(text, maps, Place(key));
  }

  Result<std::optional<ListTemplate>> List(const char* key, const TemplateMaps& maps) const {
    if (!Has(key)) return std::nullopt;
    if (At(key).is_string()) return ListTemplate::ParseColumn(At(key), Place(key));
    FP_ASSIGN_OR_RETURN(const std::vector<std::string> texts, Texts(key));
    return ListTemplate::ParseEach(texts, maps, Place(key));
  }

 private:
  ObjectReader(const Json& object, std::string where)
      : object_(&object), where_(std::move(where)) {}
  const Json* object_;
  std::string where_;
};

Result<TemplateMaps> ParseMaps(const ObjectReader& file) {
  TemplateMaps maps;
  if (!file.Has("maps")) return maps;
  for (const auto& [name, table] : file.At("maps").items()) {
    for (const auto& [key, value] : table.items()) {
      FP_ASSIGN_OR_RETURN(maps[name][key], GetString(table, key, file.Place("maps")));
    }
  }
  return maps;
}

Result<std::vector<TaskSource>> ParseSources(const Json& list, const std::string& where) {
  std::vector<TaskSource> sources;
  if (!list.is_array()) return Fail(ErrorCode::kBadFormat, "{}: expected a list", where);
  for (const Json& element : list) {
    const Json object = element.is_object() ? element : Json{{"files", element}};
    FP_ASSIGN_OR_RETURN(const ObjectReader reader,
                        ObjectReader::Open(object, where, {"files", "reader"}));
    TaskSource source;
    FP_ASSIGN_OR_RETURN(source.files, reader.Texts("files"));
    FP_ASSIGN_OR_RETURN(source.reader, reader.Text("reader", ""));
    if (source.files.empty()) return Fail(ErrorCode::kBadFormat, "{}: no file", where);
    sources.push_back(std::move(source));
  }
  return sources;
}

Result<TargetTemplate> ParseTarget(const ObjectReader& form, const TemplateMaps& maps) {
  TargetTemplate target;
  if (!form.Has("target")) return target;
  const Json& value = form.At("target");
  target.present = true;
  if (value.is_number_integer()) {
    target.constant = value.get<int64_t>();
    return target;
  }
  if (value.is_string()) {
    FP_ASSIGN_OR_RETURN(target.value, form.Template("target", maps));
    return target;
  }
  FP_ASSIGN_OR_RETURN(const ObjectReader reader,
                      ObjectReader::Open(value, form.Place("target"), {"value", "among"}));
  FP_ASSIGN_OR_RETURN(target.value, reader.Template("value", maps));
  FP_ASSIGN_OR_RETURN(target.among, reader.List("among", maps));
  if (!target.among) return Fail(ErrorCode::kBadFormat, "{}: no \"among\"", reader.where());
  return target;
}

Result<TaskForm> ParseForm(const Json& object, const TemplateMaps& maps, const std::string& where) {
  FP_ASSIGN_OR_RETURN(
      const ObjectReader reader,
      ObjectReader::Open(object, where,
                         {"columns", "set", "context", "continuation", "text", "contexts",
                          "choices", "labels", "target", "group", "cluster", "clean"}));
  TaskForm form;
  FP_ASSIGN_OR_RETURN(form.columns, reader.Texts("columns"));
  if (form.columns.empty()) return Fail(ErrorCode::kBadFormat, "{}: no \"columns\"", where);
  if (reader.Has("set")) {
    for (const auto& [name, value] : reader.At("set").items()) {
      FP_ASSIGN_OR_RETURN(const std::string text,
                          GetString(reader.At("set"), name, reader.Place("set")));
      FP_ASSIGN_OR_RETURN(TextTemplate parsed,
                          TextTemplate::Parse(text, maps, reader.Place("set")));
      form.set.emplace_back(name, std::move(parsed));
    }
  }
  FP_ASSIGN_OR_RETURN(form.context, reader.Template("context", maps));
  FP_ASSIGN_OR_RETURN(form.continuation, reader.Template("continuation", maps));
  FP_ASSIGN_OR_RETURN(form.text, reader.Template("text", maps));
  FP_ASSIGN_OR_RETURN(form.group, reader.Template("group", maps));
  FP_ASSIGN_OR_RETURN(form.cluster, reader.Template("cluster", maps));
  FP_ASSIGN_OR_RETURN(form.contexts, reader.List("contexts", maps));
  FP_ASSIGN_OR_RETURN(form.choices, reader.List("choices", maps));
  FP_ASSIGN_OR_RETURN(form.labels, reader.List("labels", maps));
  FP_ASSIGN_OR_RETURN(form.target, ParseTarget(reader, maps));
  FP_ASSIGN_OR_RETURN(form.clean, reader.Text("clean", ""));
  if (!form.clean.empty() && form.clean != "wikihow" && form.clean != "wikitext") {
    return Fail(ErrorCode::kBadFormat, "{}: clean: expected wikihow or wikitext, found \"{}\"",
                where, form.clean);
  }
  return form;
}

Result<std::optional<FewShot>> ParseFewShot(const ObjectReader& file) {
  if (!file.Has("few_shot")) return std::nullopt;
  FP_ASSIGN_OR_RETURN(const ObjectReader reader,
                      ObjectReader::Open(file.At("few_shot"), file.Place("few_shot"),
                                         {"sampler", "sources", "skips_self"}));
  FewShot few_shot;
  FP_ASSIGN_OR_RETURN(few_shot.sampler, reader.Text("sampler", ""));
  FP_ASSIGN_OR_RETURN(few_shot.skips_self, reader.Flag("skips_self"));
  if (few_shot.sampler != "first_n" && few_shot.sampler != "random") {
    return Fail(ErrorCode::kBadFormat, "{}: sampler: expected first_n or random, found \"{}\"",
                reader.where(), few_shot.sampler);
  }
  if (!reader.Has("sources")) {
    return Fail(ErrorCode::kBadFormat, "{}: no \"sources\"", reader.where());
  }
  FP_ASSIGN_OR_RETURN(few_shot.sources,
                      ParseSources(reader.At("sources"), reader.Place("sources")));
  return few_shot;
}

Result<std::optional<KeepRule>> ParseKeep(const ObjectReader& file, const TemplateMaps& maps) {
  if (!file.Has("keep")) return std::nullopt;
  FP_ASSIGN_OR_RETURN(const ObjectReader reader,
                      ObjectReader::Open(file.At("keep"), file.Place("keep"),
                                         {"value", "equals", "starts_with", "differs_from"}));
  KeepRule keep;
  FP_ASSIGN_OR_RETURN(keep.value, reader.Template("value", maps));
  const char* key = "starts_with";
  keep.rule = KeepRule::Rule::kStartsWith;
  if (reader.Has("equals")) {
    key = "equals";
    keep.rule = KeepRule::Rule::kEquals;
  } else if (reader.Has("differs_from")) {
    key = "differs_from";
    keep.rule = KeepRule::Rule::kDiffersFrom;
  }
  FP_ASSIGN_OR_RETURN(keep.text, reader.Text(key, ""));
  return keep;
}

Result<TaskOutput> ParseOutput(const std::string& name, const std::string& where) {
  if (name == "multiple_choice") return TaskOutput::kMultipleChoice;
  if (name == "multiple_context") return TaskOutput::kMultipleContext;
  if (name == "continuation") return TaskOutput::kContinuation;
  if (name == "rolling") return TaskOutput::kRolling;
  return Fail(ErrorCode::kBadFormat,
              "{}: output: expected multiple_choice, multiple_context, continuation or rolling, "
              "found \"{}\"",
              where, name);
}

const std::set<std::string> kFileKeys = {"task",
                                         "family",
                                         "groups",
                                         "title",
                                         "kind",
                                         "version",
                                         "origin",
                                         "licence",
                                         "keep",
                                         "maps",
                                         "sources",
                                         "forms",
                                         "description",
                                         "delimiter",
                                         "scorer",
                                         "metrics",
                                         "output",
                                         "few_shot",
                                         "next_token_divergence"};

// One task; `${NAME}` was replaced already.
Result<TaskDefinition> ParseTask(const Json& object, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const ObjectReader file, ObjectReader::Open(object, source, kFileKeys));
  FP_ASSIGN_OR_RETURN(const TemplateMaps maps, ParseMaps(file));
  TaskDefinition task;
  FP_ASSIGN_OR_RETURN(task.name, file.Text("task", ""));
  FP_ASSIGN_OR_RETURN(task.title, file.Text("title", ""));
  FP_ASSIGN_OR_RETURN(task.kind, file.Text("kind", ""));
  FP_ASSIGN_OR_RETURN(task.origin, file.Text("origin", ""));
  FP_ASSIGN_OR_RETURN(task.licence, file.Text("licence", ""));
  FP_ASSIGN_OR_RETURN(task.version, GetDouble(object, "version", source));
  if (task.name.empty() || (task.kind != "bias" && task.kind != "ability")) {
    return Fail(ErrorCode::kBadFormat,
                "{}: expected a \"task\" with a name and the \"kind\" bias or ability", source);
  }
  if (!file.Has("sources") || !file.Has("forms") || !file.At("forms").is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: expected the lists \"sources\" and \"forms\"", source);
  }
  FP_ASSIGN_OR_RETURN(task.sources, ParseSources(file.At("sources"), file.Place("sources")));
  FP_ASSIGN_OR_RETURN(task.keep, ParseKeep(file, maps));
  FP_ASSIGN_OR_RETURN(const std::string output, file.Text("output", "multiple_choice"));
  FP_ASSIGN_OR_RETURN(task.output, ParseOutput(output, source));
  for (const Json& element : file.At("forms")) {
    FP_ASSIGN_OR_RETURN(
        TaskForm form,
        ParseForm(element, maps, fmt::format("{}: form {}", source, task.forms.size() + 1)));
    task.forms.push_back(std::move(form));
  }
  FP_ASSIGN_OR_RETURN(task.description, file.Text("description", ""));
  FP_ASSIGN_OR_RETURN(task.delimiter, file.Text("delimiter", " "));
  FP_ASSIGN_OR_RETURN(task.scorer, file.Text("scorer", "choices"));
  FP_ASSIGN_OR_RETURN(task.metrics, file.Texts("metrics"));
  FP_ASSIGN_OR_RETURN(task.few_shot, ParseFewShot(file));
  FP_ASSIGN_OR_RETURN(task.next_token_divergence, file.Flag("next_token_divergence"));
  FP_RETURN_IF_ERROR(CheckScorer(task, source));
  return task;
}

Json Substitute(const Json& value, const Json& parameters) {
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    for (const auto& [name, replacement] : parameters.items()) {
      text = python::Replace(text, fmt::format("${{{}}}", name), replacement.get<std::string>());
    }
    return text;
  }
  Json copy = value;
  if (value.is_structured()) {
    for (auto& element : copy) element = Substitute(element, parameters);
  }
  return copy;
}

Result<TaskGroup> ParseGroup(const Json& object, const Json& family, const std::string& source) {
  FP_ASSIGN_OR_RETURN(
      const ObjectReader reader,
      ObjectReader::Open(object, source + ": groups", {"group", "version", "of", "metrics"}));
  TaskGroup group;
  FP_ASSIGN_OR_RETURN(group.name, GetString(object, "group", reader.where()));
  FP_ASSIGN_OR_RETURN(group.version, reader.Text("version", "N/A"));
  FP_ASSIGN_OR_RETURN(group.metrics, reader.Texts("metrics"));
  FP_ASSIGN_OR_RETURN(group.members, reader.Texts("of"));
  if (!reader.Has("of")) {
    for (const Json& row : family) {
      if (row.value("in", "") == group.name) group.members.push_back(row.at("task"));
    }
  }
  if (group.members.empty()) {
    return Fail(ErrorCode::kBadFormat, "{}: \"{}\" has no member", reader.where(), group.name);
  }
  return group;
}

// The rows of a family: objects of strings with a "task".
Result<Json> ParseFamily(const Json& object, const std::string& source) {
  if (!object.contains("family")) return Json::array({Json{{"task", object.value("task", "")}}});
  const Json& family = object.at("family");
  const auto is_text = [](const Json& value) { return value.is_string(); };
  for (const Json& row : family) {
    if (!row.is_object() || !row.contains("task") ||
        !std::all_of(row.begin(), row.end(), is_text)) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: family: expected a list of objects of strings with a \"task\"", source);
    }
  }
  return family;
}

Result<TaskFile> ParseObject(const Json& object, const std::string& source) {
  FP_RETURN_IF_ERROR(ObjectReader::Open(object, source, kFileKeys));
  FP_ASSIGN_OR_RETURN(const Json family, ParseFamily(object, source));
  TaskFile file;
  for (const Json& row : family) {
    Json expanded = Substitute(object, row);
    expanded["task"] = row.at("task");
    FP_ASSIGN_OR_RETURN(TaskDefinition task, ParseTask(expanded, source));
    file.tasks.push_back(std::move(task));
  }
  if (object.contains("groups")) {
    for (const Json& element : object.at("groups")) {
      FP_ASSIGN_OR_RETURN(TaskGroup group, ParseGroup(element, family, source));
      file.groups.push_back(std::move(group));
    }
  }
  return file;
}

}  // namespace

Result<TaskFile> ParseTaskFile(const std::string& text, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json object, ParseJson(text, source));
  Result<TaskFile> file = ParseObject(object, source);
  // A key that is missing makes the file malformed.
  if (!file) return Fail(ErrorCode::kBadFormat, "{}", file.error().message);
  return file;
}

}  // namespace fairprune
