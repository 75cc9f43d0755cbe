#include "cli/help_format.h"

#include <algorithm>

#include "cli/option_info.h"
#include "cli/terminal.h"
#include "report/wrap.h"

namespace fairprune {
namespace {

constexpr size_t kWidest = 100, kNarrowest = 40, kNameColumn = 30;

std::string Joined(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

// "--compute auto|f32|bf16", "--items TEXT …", "MODEL".
std::string Synopsis(const CLI::Option& option, bool is_positional) {
  const OptionInfo info = Describe(option);
  std::string text = is_positional ? option.get_name(true) : Joined(info.flags, ", ");
  if (!is_positional && !info.is_flag) text += " " + info.value_name;
  return info.repeats ? text + " …" : text;
}

// What stands behind the description: the default, and what must or must not be given with it.
std::string Remarks(const CLI::Option& option) {
  std::string text;
  if (option.get_required()) text += " (required)";
  if (option.get_expected_max() != 0 && !option.get_default_str().empty()) {
    text += " [" + option.get_default_str() + "]";
  }
  if (!option.get_envname().empty()) text += " [$" + option.get_envname() + "]";
  for (const CLI::Option* other : option.get_excludes())
    text += " (not with " + other->get_name() + ")";
  for (const CLI::Option* other : option.get_needs()) text += " (needs " + other->get_name() + ")";
  return text;
}

}  // namespace

HelpFormatter::HelpFormatter() : width_(std::clamp(OutputWidth(), kNarrowest, kWidest)) {}

// The name in its column, the text beside it, or below where the name is too long.
std::string HelpFormatter::Entry(const std::string& name, const std::string& text) const {
  const size_t column = std::min(kNameColumn, width_ / 3);
  std::string out = "  " + name;
  bool beside = DisplayWidth(out) + 2 <= column;
  for (const std::string& line : WrapText(text, width_ - column)) {
    out += beside ? std::string(column - DisplayWidth(out.substr(out.rfind('\n') + 1)), ' ')
                  : "\n" + std::string(column, ' ');
    out += line;
    beside = false;
  }
  return out + "\n";
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  const OptionInfo info = Describe(*option);
  if (!info.choices.empty() && DisplayWidth(Synopsis(*option, is_positional)) + 2 > width_) {
    return Entry(
        Joined(info.flags, ", ") + " WORD",
        option->get_description() + ". One of: " + Joined(info.choices, ", ") + Remarks(*option));
  }
  return Entry(Synopsis(*option, is_positional), option->get_description() + Remarks(*option));
}

std::string HelpFormatter::make_subcommand(const CLI::App* verb) const {
  return Entry(verb->get_name(), verb->get_description());
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return Joined(WrapText(app->get_description(), width_), "\n") + "\n\n";
}

std::string HelpFormatter::make_footer(const CLI::App* app) const {
  const std::string footer = app->get_footer();
  std::string out;
  for (size_t begin = 0; begin < footer.size();) {
    const size_t end = std::min(footer.find('\n', begin), footer.size());
    const std::string line = footer.substr(begin, end - begin);
    out += (line.starts_with("  ") ? line : Joined(WrapText(line, width_), "\n")) + "\n";
    begin = end + 1;
  }
  return out;
}

}  // namespace fairprune
