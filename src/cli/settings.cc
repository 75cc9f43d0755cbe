#include "cli/settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/option_info.h"
#include "cli/program.h"
#include "io/toml.h"

namespace fairprune {
namespace {

// One value of a file for an option of the chosen verb.
struct Setting {
  OptionInfo info;
  std::vector<TomlValue> values;
  bool is_list = false;
  std::string where;  // "my.toml:3"
};
using Settings = std::map<std::string, Setting>;

const OptionInfo* FindOption(const std::vector<OptionInfo>& options, const std::string& name) {
  const auto found = std::ranges::find(options, name, &OptionInfo::name);
  return found == options.end() ? nullptr : &*found;
}

std::string DidYouMean(const std::string& word, const std::vector<std::string>& names) {
  const std::string nearest = NearestName(word, names);
  return nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
}

std::string TableOf(const std::string& verb_path) {
  std::string table = verb_path;
  std::ranges::replace(table, ' ', '.');
  return table;
}

// "run", "pairs.generate".
std::string TableOf(const CLI::App& verb) {
  const std::string command = CommandOf(verb);
  return TableOf(command.substr(std::min(command.size(), command.find(' ') + 1)));
}

// The verbs that a table of the file speaks of: all of them before the first table.
Result<std::vector<VerbInfo>> VerbsOfTable(const CLI::App& root, const std::string& table,
                                           const std::string& where) {
  std::vector<VerbInfo> verbs = VerbsOf(root);
  if (table.empty()) return verbs;
  std::vector<std::string> names;
  for (const VerbInfo& verb : verbs) {
    names.push_back(TableOf(verb.path));
    if (names.back() == table) return std::vector<VerbInfo>{verb};
  }
  return Fail(ErrorCode::kBadFormat, "{}: there is no verb '{}'{}", where, table,
              DidYouMean(table, names));
}

// Puts the entry into `settings` if it is for `chosen`; an entry of a table beats one before all.
Status Take(const CLI::App& root, const CLI::App* chosen, const TomlEntry& entry,
            const std::string& where, Settings& settings) {
  FP_ASSIGN_OR_RETURN(const std::vector<VerbInfo> verbs, VerbsOfTable(root, entry.table, where));
  if (entry.key.empty()) return {};
  std::vector<std::string> names;
  bool known = false;
  for (const VerbInfo& verb : verbs) {
    const std::vector<OptionInfo> options = OptionsOf(*verb.app);
    for (const OptionInfo& info : options) names.push_back(info.name);
    const OptionInfo* info = FindOption(options, entry.key);
    known = known || info != nullptr;
    if (info == nullptr || verb.app != chosen) continue;
    settings.insert_or_assign(entry.key, Setting{*info, entry.values, entry.is_list, where});
  }
  if (known) return {};
  const std::string who =
      entry.table.empty() ? "no verb has" : fmt::format("[{}] has no", entry.table);
  return Fail(ErrorCode::kBadFormat, "{}: {} option '{}'{}", where, who, entry.key,
              DidYouMean(entry.key, names));
}

// The values that the option has without being given: "[a,b]" of one that repeats is a and b.
std::vector<std::string> DefaultsOf(const OptionInfo& info) {
  std::string text = info.default_value;
  if (text.empty()) return {};
  if (!info.repeats) return {text};
  if (text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  std::vector<std::string> values;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    values.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return values;
}

// An option's value as a number, a whole one as it is; as a string where it is none.
Json NumberOrText(const OptionInfo& info, const std::string& text) {
  if (!info.is_number) return text;
  const Json number = Json::parse(text, nullptr, false);
  if (!number.is_number()) return text;
  return info.is_real ? Json(number.get<double>()) : number;
}

// Whether the value is what the option has anyway. It is not given then: so what excludes an option
// does not clash with its default.
bool IsDefault(const Setting& setting) {
  if (setting.values.empty()) return true;
  if (setting.info.is_flag) return setting.values.front().text == "false";
  return std::ranges::equal(
      setting.values, DefaultsOf(setting.info), {},
      [&setting](const TomlValue& value) { return NumberOrText(setting.info, value.text); },
      [&setting](const std::string& text) { return NumberOrText(setting.info, text); });
}

Status Apply(const Setting& setting, const CLI::App& app) {
  const std::string& name = setting.info.name;
  if (setting.info.is_flag && (setting.is_list || setting.values.front().type != TomlType::kBool)) {
    return Fail(ErrorCode::kBadFormat, "{}: '{}' is true or false", setting.where, name);
  }
  if (setting.is_list && !setting.info.repeats && setting.values.size() != 1) {
    return Fail(ErrorCode::kBadFormat, "{}: '{}' takes one value, not a list", setting.where, name);
  }
  CLI::Option* option = setting.info.option;
  if (option->count() > 0 || IsDefault(setting)) return {};
  for (const TomlValue& value : setting.values) {
    if (value.text.empty()) {
      return Fail(ErrorCode::kBadFormat, "{}: '{}' is empty; leave the line out for the default",
                  setting.where, name);
    }
    option->add_result(value.text);
  }
  try {
    option->run_callback();
  } catch (const CLI::ParseError& e) {
    return Fail(ErrorCode::kBadFormat, "{}: {}", setting.where, PlainMessage(e, app));
  }
  return {};
}

// {"command": "run", "options": {…}}: what a verb wrote of its settings.
Result<std::vector<TomlEntry>> ReadManifest(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const Json manifest, ReadJsonFile(path));
  const auto options = manifest.is_object() ? manifest.find("options") : manifest.end();
  if (!manifest.is_object() || options == manifest.end() || !options->is_object() ||
      !manifest.contains("command")) {
    return Fail(
        ErrorCode::kBadFormat,
        "{}: has no \"command\" and \"options\": give the manifest.json of a run, the "
        "results.json of an evaluation, the fairprune.json of a pruned model, or a TOML file",
        path);
  }
  FP_ASSIGN_OR_RETURN(const std::string command, GetString(manifest, "command", path));
  std::vector<TomlEntry> entries;
  for (const auto& [key, value] : options->items()) {
    if (value.is_null()) continue;
    TomlEntry entry{.table = TableOf(command), .key = key, .is_list = value.is_array()};
    const auto add = [&entry](const Json& element) {
      const TomlType type = element.is_boolean()  ? TomlType::kBool
                            : element.is_string() ? TomlType::kString
                                                  : TomlType::kNumber;
      entry.values.push_back(
          {type, element.is_string() ? element.get<std::string>() : element.dump()});
    };
    if (entry.is_list) {
      for (const Json& element : value) add(element);
    } else {
      add(value);
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

// The option's final value; null if there is none.
Json ValueOf(const OptionInfo& info) {
  const std::vector<std::string>& given = info.option->results();
  if (info.is_flag) return !given.empty() && given.back() != "false";
  const std::vector<std::string> values = given.empty() ? DefaultsOf(info) : given;
  if (!info.repeats) return values.empty() ? Json() : NumberOrText(info, values.back());
  Json list = Json::array();
  for (const std::string& text : values) list.push_back(NumberOrText(info, text));
  return list;
}

std::string TomlOf(const Json& value) {
  if (value.is_string()) return TomlString(value.get<std::string>());
  if (!value.is_array()) return value.dump();
  std::string list;
  for (const Json& element : value) list += (list.empty() ? "" : ", ") + TomlOf(element);
  return "[" + list + "]";
}

}  // namespace

Status ApplyConfigFile(const std::string& path, CLI::App& root) {
  const CLI::App* chosen = ChosenVerb(&root);
  const bool is_manifest = path.ends_with(".json");
  std::vector<TomlEntry> entries;
  if (is_manifest) {
    FP_ASSIGN_OR_RETURN(entries, ReadManifest(path));
    if (!entries.empty() && chosen != &root && entries.front().table != TableOf(*chosen)) {
      return Fail(ErrorCode::kMismatch, "{}: has the settings of 'fairprune {}', not of '{}'", path,
                  entries.front().table, CommandOf(*chosen));
    }
  } else {
    FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
    FP_ASSIGN_OR_RETURN(entries, ParseToml(text, path));
  }
  // Entries before the first table come first, so that those of tables replace them.
  Settings settings;
  for (const TomlEntry& entry : entries) {
    const std::string where = is_manifest ? path : fmt::format("{}:{}", path, entry.line);
    FP_RETURN_IF_ERROR(Take(root, chosen, entry, where, settings));
  }
  for (const auto& [name, setting] : settings) FP_RETURN_IF_ERROR(Apply(setting, *chosen));
  return {};
}

Json SettingsToJson(const CLI::App& verb) {
  Json settings = Json::object();
  for (const OptionInfo& info : OptionsOf(verb)) settings[info.name] = ValueOf(info);
  return settings;
}

std::string SettingsToToml(const CLI::App& verb) {
  std::string text = fmt::format("[{}]\n", TableOf(verb));
  for (const OptionInfo& info : OptionsOf(verb)) {
    const Json value = ValueOf(info);
    if (!value.is_null()) text += fmt::format("{} = {}\n", info.name, TomlOf(value));
  }
  return text;
}

}  // namespace fairprune
