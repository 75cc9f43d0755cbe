#include "cli/program.h"

#include <fmt/core.h>

#include <CLI/Config.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <utility>

#include "base/edit_distance.h"
#include "base/version.h"
#include "cli/advice.h"
#include "cli/help_format.h"
#include "cli/interrupt.h"
#include "cli/option_info.h"
#include "cli/settings.h"
#include "cli/terminal.h"

namespace fairprune {
namespace {

// Thrown while the command line is read; CLI11 lets only exceptions through.
class ConfigFailure : public std::exception {
 public:
  explicit ConfigFailure(Error e) : error(std::move(e)) {}
  Error error;
};

// "error: …" on stderr, in red where that may be coloured.
void PrintError(const std::string& message) {
  const bool color = ColorsErrors();
  WriteToStderr(
      fmt::format("{}error:{} {}\n", color ? "\x1b[31m" : "", color ? "\x1b[0m" : "", message));
}

// The error and, in a line of its own, what to do about it.
int Report(const Error& error, const std::string& command) {
  PrintError(error.message);
  if (InterruptSignal() != 0) return kExitSignalBase + InterruptSignal();
  const std::string advice = AdviceFor(error, command);
  if (!advice.empty()) WriteToStderr(fmt::format("hint: {}\n", advice));
  return ExitCodeOf(error.code);
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

// The option of `app` that a mistyped one most likely meant, as a part of a sentence.
std::string DidYouMean(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const OptionInfo& info : OptionsOf(app)) {
    names.insert(names.end(), info.flags.begin(), info.flags.end());
  }
  const std::string nearest = NearestName(word.substr(0, word.find('=')), names);
  return nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
}

std::string MessageOf(const CLI::ParseError& e, const CLI::App& root, const CLI::App& verb) {
  if (e.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    return PlainMessage(e, verb);
  }
  // "The following arguments were not expected: 3 --frob": the option is what is wrong.
  std::string text = e.what();
  const size_t begin = text.find(" -");
  if (begin == std::string::npos) return text;
  const std::string word = text.substr(begin + 1, text.find(' ', begin + 1) - begin - 1);
  std::string near = DidYouMean(verb, word);
  if (near.empty()) near = DidYouMean(root, word);
  return fmt::format("{} has no option {}{}", CommandOf(verb), word, near);
}

// Reads the command line into context.action; -1 to go on, else the exit code.
int Parse(CLI::App& app, const std::vector<std::string>& arguments) {
  try {
    // CLI11 takes the arguments from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    return -1;
  } catch (const ConfigFailure& failure) {
    return Report(failure.error, CommandOf(*ChosenVerb(&app)));
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    const std::string wrong_verb = CheckVerb(app, arguments);
    if (!wrong_verb.empty()) return UsageError(wrong_verb, "fairprune");
    if (arguments.empty()) {
      WriteToStderr(app.help());
      return kExitUsage;
    }
    const CLI::App& verb = *ChosenVerb(&app);
    return UsageError(MessageOf(e, app, verb), CommandOf(verb));
  }
}

// What the verb would do with which settings, as a configuration file.
Result<Outcome> PrintConfig(Context& context) {
  context.Print(SettingsToToml(*context.verb));
  return Outcome::kSuccess;
}

int RunAction(Context& context, bool print_config) {
  const Result<Outcome> outcome = print_config ? PrintConfig(context) : context.action();
  const std::string command = CommandOf(*context.verb);
  if (!outcome) {
    // What was printed up to here is worth having; the verb's own error comes first.
    (void)context.Finish();
    return Report(outcome.error(), command);
  }
  if (const Status finished = context.Finish(); !finished) {
    return Report(finished.error(), command);
  }
  return *outcome == Outcome::kSuccess ? kExitSuccess : kExitCheckFailed;
}

void AddSharedOptions(CLI::App& app, Context& context, bool& print_config) {
  app.set_version_flag("--version", fmt::format("fairprune {}", Version()),
                       "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.add_flag_callback(
      "-q,--quiet", [&context] { context.SetQuiet(true); },
      "Only warnings and errors on standard error");
  app.add_option_function<std::string>(
         "--config",
         [&app](const std::string& path) {
           const CLI::Option* help = ChosenVerb(&app)->get_help_ptr();
           if (help != nullptr && help->count() > 0) return;
           if (const Status applied = ApplyConfigFile(path, app); !applied) {
             throw ConfigFailure(applied.error());
           }
         },
         "Take options from this TOML file, or from the manifest.json of a run; the command line "
         "comes first")
      ->envname("FAIRPRUNE_CONFIG")
      ->type_name("FILE");
  app.add_flag("--print-config", print_config,
               "Print the verb's settings as a configuration file, and do nothing");
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
    app.formatter(std::make_shared<HelpFormatter>());
    // What all verbs share may stand behind the verb as well.
    app.fallthrough();
    bool print_config = false;
    AddSharedOptions(app, context, print_config);
    app.require_subcommand(1);
    app.footer(
        "\nExit codes: 0 success, 1 a failed check, 2 usage, 3 bad input, 4 I/O, 70 bug, 130 "
        "Ctrl-C."
        "\n\nExamples:\n  fairprune doctor model.gguf\n"
        "  fairprune run model.gguf\n  fairprune inspect --help");
    for (const AddVerbFunction add : verbs) add(app, context);
    const int code = Parse(app, arguments);
    return code >= 0 ? code : RunAction(context, print_config);
  } catch (const std::bad_alloc&) {
    return Report({ErrorCode::kIo,
                   "out of memory; 'fairprune doctor MODEL' says what a model needs, and --stream "
                   "holds one layer at a time"},
                  "fairprune");
  } catch (const std::exception& e) {
    return Report({ErrorCode::kInternal, fmt::format("a bug in fairprune: {}", e.what())},
                  "fairprune");
  }
}

}  // namespace fairprune
