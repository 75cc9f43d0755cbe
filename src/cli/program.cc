#include "cli/program.h"

#include <fmt/core.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "base/edit_distance.h"
#include "base/version.h"
#include "cli/interrupt.h"

namespace fairprune {
namespace {

// "error: …" on stderr, in red where that is a terminal and NO_COLOR (no-color.org) is not set.
void PrintError(const std::string& message) {
  const char* no_color = std::getenv("NO_COLOR");
  const bool color = isatty(STDERR_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
  WriteToStderr(
      fmt::format("{}error:{} {}\n", color ? "\x1b[31m" : "", color ? "\x1b[0m" : "", message));
}

int UsageError(const std::string& message, const std::string& help_command) {
  PrintError(message);
  WriteToStderr(fmt::format("Run '{} --help' for what it takes.\n", help_command));
  return kExitUsage;
}

std::vector<std::string> VerbNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

// The first argument that is not an option is the verb; says what is wrong with it, or nothing.
std::string CheckVerb(const CLI::App& app, const std::vector<std::string>& arguments) {
  const auto word = std::find_if(arguments.begin(), arguments.end(),
                                 [](const std::string& a) { return a.empty() || a[0] != '-'; });
  if (word == arguments.end()) return {};
  const std::vector<std::string> names = VerbNames(app);
  if (std::find(names.begin(), names.end(), *word) != names.end()) return {};
  const std::string nearest = NearestName(*word, names);
  return fmt::format("there is no verb '{}'{}", *word,
                     nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest));
}

// Reads the command line into context.action; -1 to go on, else the exit code.
int Parse(CLI::App& app, const std::vector<std::string>& arguments) {
  try {
    // CLI11 takes the arguments from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    return -1;
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    const std::string wrong_verb = CheckVerb(app, arguments);
    if (!wrong_verb.empty()) return UsageError(wrong_verb, "fairprune");
    if (arguments.empty()) {
      WriteToStderr(app.help());
      return kExitUsage;
    }
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return UsageError(e.what(),
                      chosen.empty() ? "fairprune" : "fairprune " + chosen[0]->get_name());
  }
}

int RunAction(Context& context) {
  const Result<Outcome> outcome = context.action();
  if (!outcome) {
    // What was printed up to here is worth having; the verb's own error comes first.
    (void)context.Finish();
    PrintError(outcome.error().message);
    if (InterruptSignal() != 0) return kExitSignalBase + InterruptSignal();
    return ExitCodeOf(outcome.error().code);
  }
  if (const Status finished = context.Finish(); !finished) {
    PrintError(finished.error().message);
    return ExitCodeOf(finished.error().code);
  }
  return *outcome == Outcome::kSuccess ? kExitSuccess : kExitCheckFailed;
}

}  // namespace

std::string NearestName(const std::string& word, const std::vector<std::string>& names) {
  std::string nearest;
  // A third of the letters may be wrong.
  size_t best = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& name : names) {
    const size_t distance = EditDistance(word, name);
    if (distance < best && distance < name.size()) {
      best = distance;
      nearest = name;
    }
  }
  return nearest;
}

int RunProgram(std::span<const AddVerbFunction> verbs, const std::vector<std::string>& arguments) {
  try {
    Context context;
    context.SetCommand(arguments);
    CLI::App app(
        "Finds the MLP neurons of a language model that carry a demographic bias, removes "
        "few of them, and measures what that changes.",
        "fairprune");
    app.set_version_flag("--version", fmt::format("fairprune {}", Version()));
    app.add_flag_callback(
        "-q,--quiet", [&context] { context.SetQuiet(true); },
        "Only warnings and errors on standard error");
    app.require_subcommand(1);
    app.get_formatter()->column_width(32);
    app.footer(
        "\nExit codes: 0 success, 1 a check that was asked for failed, 2 usage, 3 bad input, "
        "4 I/O, 70 bug, 130 Ctrl-C.\n\nExamples:\n  fairprune inspect model.gguf\n"
        "  fairprune inspect --help");
    for (const AddVerbFunction add : verbs) add(app, context);
    const int code = Parse(app, arguments);
    return code >= 0 ? code : RunAction(context);
  } catch (const std::bad_alloc&) {
    PrintError("out of memory");
    return kExitIo;
  } catch (const std::exception& e) {
    PrintError(fmt::format("a bug in fairprune: {}", e.what()));
    return kExitBug;
  }
}

}  // namespace fairprune
