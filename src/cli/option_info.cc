#include "cli/option_info.h"

#include <algorithm>
#include <cctype>

namespace fairprune {
namespace {

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// "TEXT:{a,b}" -> a, b.
std::vector<std::string> ChoicesIn(const std::string& type) {
  const size_t begin = type.find('{'), end = type.rfind('}');
  std::vector<std::string> choices;
  if (begin == std::string::npos || end == std::string::npos) return choices;
  for (size_t at = begin + 1; at <= end;) {
    const size_t comma = std::min(type.find(',', at), end);
    choices.push_back(type.substr(at, comma - at));
    at = comma + 1;
  }
  return choices;
}

std::string ValueName(const OptionInfo& info, const std::string& type) {
  if (info.is_flag) return {};
  std::string joined;
  for (const std::string& choice : info.choices) joined += (joined.empty() ? "" : "|") + choice;
  if (!joined.empty()) return joined;
  if (info.is_number) return info.is_real ? "X" : "N";
  // A name that a verb gave itself, such as FILE.
  const std::string own = type.substr(0, type.find(':'));
  return own.empty() ? "TEXT" : own;
}

void AddVerbs(const CLI::App& app, const std::string& prefix, std::vector<VerbInfo>& verbs) {
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (verb->get_name().empty()) continue;
    verbs.push_back({prefix + verb->get_name(), verb});
    AddVerbs(*verb, prefix + verb->get_name() + " ", verbs);
  }
}

}  // namespace

OptionInfo Describe(const CLI::Option& option) {
  OptionInfo info;
  for (const std::string& name : option.get_snames()) info.flags.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) info.flags.push_back("--" + name);
  info.name = option.get_lnames().empty() ? Lower(option.get_name(true)) : option.get_lnames()[0];
  const std::string type = option.get_type_name();
  info.is_flag = option.get_expected_max() == 0;
  info.repeats = option.get_expected_max() >= CLI::detail::expected_max_vector_size;
  info.is_real = type.starts_with("FLOAT");
  info.is_number = info.is_real || type.starts_with("INT") || type.starts_with("UINT");
  info.choices = ChoicesIn(type);
  info.value_name = ValueName(info, type);
  info.default_value = option.get_default_str();
  return info;
}

std::vector<OptionInfo> OptionsOf(const CLI::App& app) {
  std::vector<OptionInfo> options;
  for (const CLI::Option* option : app.get_options()) {
    if (option == app.get_help_ptr() || option->check_lname("version")) continue;
    OptionInfo info = Describe(*option);
    // get_options() of a const App gives const options, of the App that is not const itself.
    info.option =
        const_cast<CLI::Option*>(option);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    options.push_back(std::move(info));
  }
  return options;
}

std::vector<VerbInfo> VerbsOf(const CLI::App& root) {
  std::vector<VerbInfo> verbs;
  AddVerbs(root, "", verbs);
  return verbs;
}

const CLI::App* FindVerb(const CLI::App& root, std::string_view path) {
  for (const VerbInfo& verb : VerbsOf(root)) {
    if (verb.path == path) return verb.app;
  }
  return nullptr;
}

CLI::App* ChosenVerb(CLI::App* app) {
  for (;;) {
    const std::vector<CLI::App*> chosen = app->get_subcommands();
    if (chosen.empty()) return app;
    app = chosen.front();
  }
}

std::string PlainMessage(const CLI::ParseError& error, const CLI::App& app) {
  std::string text = error.what();
  const size_t name_end = text.find(": Value ");
  if (name_end == std::string::npos || text.find(" not in range 0.000000 to 1797") == text.npos) {
    return text;
  }
  const CLI::Option* option = app.get_option_no_throw(text.substr(0, name_end));
  const bool positive =
      option != nullptr && option->get_type_name().find("POSITIVE") != std::string::npos;
  const size_t value = name_end + std::string(": Value ").size();
  return text.substr(0, name_end) + ": " + text.substr(value, text.find(' ', value) - value) +
         (positive ? " is not above 0" : " is below 0");
}

std::string CommandOf(const CLI::App& app) {
  if (app.get_parent() == nullptr) return app.get_name();
  return CommandOf(*app.get_parent()) + " " + app.get_name();
}

}  // namespace fairprune
