// What every verb shares: where results and remarks go, and how a verb is put on the command line.
//
// A verb is one file with one function (declared in verbs.h, listed in main.cc):
//
//   struct CountOptions { std::string model; bool json = false; };
//   Result<Outcome> Count(const CountOptions& options, Context& context);
//
//   void AddCount(CLI::App& app, Context& context) {
//     auto options = std::make_shared<CountOptions>();
//     CLI::App* verb = AddVerb(app, context,
//                              {.name = "count",
//                               .summary = "Count a model's neurons",
//                               .examples = {"fairprune count model.gguf"}},
//                              [options, &context] { return Count(*options, context); });
//     verb->add_option("MODEL", options->model, kModelHelp)->required();
//     AddJsonFlag(verb, options->json);
//   }
//
// The function returns an Error for a failure; its code becomes the exit code (ExitCodeOf).
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/json.h"
#include "report/table.h"

namespace fairprune {

// How a verb ended that did not fail.
enum class Outcome {
  kSuccess,      // exit 0
  kCheckFailed,  // a check that the user asked for did not hold: exit 1
};

enum ExitCode : int {
  kExitSuccess = 0,
  kExitCheckFailed = 1,
  kExitUsage = 2,
  kExitBadInput = 3,
  kExitIo = 4,
  kExitBug = 70,
  kExitSignalBase = 128,  // plus the signal that stopped the verb: 130 Ctrl-C, 143 SIGTERM
};
ExitCode ExitCodeOf(ErrorCode code);

// Where standard error cannot be written (a full disk) the text is lost, and nothing else happens.
void WriteToStderr(std::string_view text);

inline constexpr int kSchemaVersion = 1;
inline constexpr const char* kModelHelp =
    "A Hugging Face folder (config.json, safetensors, tokenizer.json), a .gguf file, or a model of "
    "the Hub: hf:ORG/NAME[@REVISION][/FILE.gguf]";

// Results go to stdout through Print and PrintJson, everything else to stderr through Info, Warn
// and Progress. Not thread-safe.
class Context {
 public:
  // `quiet`: only warnings and errors on stderr.
  void SetQuiet(bool quiet) { quiet_ = quiet; }
  // The program's arguments as one would type them into a shell, with "fairprune" in front.
  void SetCommand(std::span<const std::string> arguments);
  const std::string& command() const { return command_; }

  void Print(std::string_view text);
  // Print, and the reader has it at once. kIo if it could not be written.
  Status PrintNow(std::string_view text);
  // `object` with "schema_version" and "command" put in front, and a newline.
  // Text and tables, in the format that was asked for; tables as wide as the terminal at most.
  void Print(const Printout& printout);
  void PrintJson(std::string_view command, const Json& object);

  void Info(std::string_view message);
  void Warn(std::string_view message);
  // "label  42 / 300  3.1/s  1 min 23 s left  FIGURE" on one line that is written over, cut to the
  // terminal's width; only on a terminal, and not when quiet. Rate and time count from the label's
  // first call, whatever was done before it. done == total ends the line. Call it as often as you
  // like. Errors: CheckInterrupt's.
  Status Progress(std::string_view label, int64_t done, int64_t total);
  // Progress under a fixed label, for jobs that report (done, total). The context must outlive it.
  std::function<Status(int64_t, int64_t)> ProgressOf(std::string label);

  // What was found so far, for the end of the progress line; empty: nothing.
  // What Printouts are printed as.
  TableFormat table_format = TableFormat::kText;

  void SetFigure(std::string figure) { figure_ = std::move(figure); }

  // What the chosen verb does, and the verb itself, set by AddVerb while the command line is read.
  std::function<Result<Outcome>()> action;
  const CLI::App* verb = nullptr;
  // The chosen verb's options with their final values, for what it writes (cli/settings.h).
  // A JSON object in one line, without those named.
  std::string SettingsWithout(std::initializer_list<const char*> names) const;

  // Flushes stdout. kIo if any of it could not be written (a full disk, a closed pipe).
  Status Finish();

 private:
  void EndProgressLine();
  bool quiet_ = false;
  std::string command_;
  bool write_failed_ = false;
  bool in_progress_line_ = false;
  bool progress_ended_ = false;  // the label's last call was at its end
  int64_t last_progress_ms_ = 0;
  std::string progress_label_, figure_;
  int64_t progress_begin_ms_ = 0, progress_begin_done_ = 0;  // the label's first call
};

// "  3.1/s  1 min 23 s left" after `done` of `done + to_do` steps in `seconds`; empty until a
// second has passed or while nothing is done.
std::string RateAndTimeLeft(int64_t done, int64_t to_do, double seconds);

struct VerbText {
  std::string name;
  std::string summary;                // one line, for the list of verbs; no full stop
  std::string description;            // more, for the verb's own help; may be empty
  std::vector<std::string> examples;  // shell commands, shown at the end of the help
};

// Adds a verb; `run` is called after the whole command line was read.
CLI::App* AddVerb(CLI::App& app, Context& context, const VerbText& text,
                  std::function<Result<Outcome>()> run);
void AddJsonFlag(CLI::App* verb, bool& json);
// --json, --csv, --markdown, of which one may be given, for verbs that print tables.
void AddTableFlags(CLI::App* verb, Context& context, bool& json);

}  // namespace fairprune
