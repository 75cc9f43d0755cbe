#include "cli/context.h"

#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "report/table.h"
#include "report/wrap.h"

namespace fairprune {
namespace {

int64_t NowMs() {
  using std::chrono::steady_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void WriteToStderr(std::string_view text) {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

ExitCode ExitCodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return kExitUsage;
    case ErrorCode::kNotFound:
    case ErrorCode::kBadFormat:
    case ErrorCode::kMismatch:
    case ErrorCode::kUnsupported:
      return kExitBadInput;
    case ErrorCode::kIo:
    case ErrorCode::kExists:
      return kExitIo;
    case ErrorCode::kInternal:
      break;
  }
  return kExitBug;
}

void Context::SetCommand(std::span<const std::string> arguments) {
  command_ = "fairprune";
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  for (const std::string& argument : arguments) {
    const bool plain = !argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos;
    command_ += plain ? " " + argument : " '" + ReplaceAll(argument, "'", "'\\''") + "'";
  }
}

void Context::Print(std::string_view text) {
  EndProgressLine();
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) write_failed_ = true;
}

Status Context::PrintNow(std::string_view text) {
  Print(text);
  return Finish();
}

void Context::Print(const Printout& printout) {
  Print(printout.Render(table_format, OutputWidth()));
}

void Context::PrintJson(std::string_view command, const Json& object) {
  Json whole = {{"schema_version", kSchemaVersion}, {"command", command}};
  whole.update(object);
  Print(DumpJson(whole) + "\n");
}

void Context::Info(std::string_view message) {
  if (quiet_) return;
  EndProgressLine();
  WriteToStderr(fmt::format("{}\n", message));
}

void Context::Warn(std::string_view message) {
  EndProgressLine();
  const bool color = ColorsErrors();
  WriteToStderr(
      fmt::format("{}warning:{} {}\n", color ? "\x1b[33m" : "", color ? "\x1b[0m" : "", message));
}

Status Context::Progress(std::string_view label, int64_t done, int64_t total) {
  constexpr int64_t kRefreshMs = 100;
  FP_RETURN_IF_ERROR(CheckInterrupt());
  if (quiet_ || isatty(STDERR_FILENO) == 0) return {};
  const int64_t now_ms = NowMs();
  const bool ends = done >= total;
  // A job may say more than once that it is at its end.
  if (ends && progress_ended_ && progress_label_ == label) return {};
  progress_ended_ = ends;
  if (!ends && in_progress_line_ && now_ms - last_progress_ms_ < kRefreshMs) return {};
  last_progress_ms_ = now_ms;
  if (!in_progress_line_ || progress_label_ != label) {
    progress_label_ = label;
    progress_begin_ms_ = now_ms;
    progress_begin_done_ = done;
  }
  in_progress_line_ = true;
  const double seconds = static_cast<double>(now_ms - progress_begin_ms_) / 1000;
  const std::string line =
      fmt::format("{}  {} / {}{}{}{}", label, WithThousands(done), WithThousands(total),
                  RateAndTimeLeft(done - progress_begin_done_, total - done, seconds),
                  figure_.empty() ? "" : "  ", figure_);
  // In the last column some terminals go on to the next line.
  WriteToStderr("\r\x1b[K" + CutToWidth(line, ErrorWidth() - 1));
  if (ends) EndProgressLine();
  std::fflush(stderr);
  return {};
}

std::string RateAndTimeLeft(int64_t done, int64_t to_do, double seconds) {
  if (seconds < 1 || done <= 0) return {};
  const double rate = static_cast<double>(done) / seconds;
  std::string text = fmt::format("  {:.{}f}/s", rate, rate < 10 ? 1 : 0);
  if (to_do <= 0) return text;
  const auto left = static_cast<int64_t>(std::ceil(static_cast<double>(to_do) / rate));
  if (left < 60) return fmt::format("{}  {} s left", text, left);
  if (left < 3600) return fmt::format("{}  {} min {} s left", text, left / 60, left % 60);
  return fmt::format("{}  {} h {} min left", text, left / 3600, left / 60 % 60);
}

std::function<Status(int64_t, int64_t)> Context::ProgressOf(std::string label) {
  return [this, label = std::move(label)](int64_t done, int64_t total) {
    return Progress(label, done, total);
  };
}

void Context::EndProgressLine() {
  if (!in_progress_line_) return;
  WriteToStderr("\n");
  in_progress_line_ = false;
}

std::string Context::SettingsWithout(std::initializer_list<const char*> names) const {
  Json settings = verb == nullptr ? Json::object() : SettingsToJson(*verb);
  for (const char* name : names) settings.erase(name);
  return DumpJson(settings, -1);
}

Status Context::Finish() {
  EndProgressLine();
  if (std::fflush(stdout) != 0) write_failed_ = true;
  if (write_failed_) {
    return Fail(ErrorCode::kIo, "standard output: could not be written (disk full, closed pipe?)");
  }
  return {};
}

CLI::App* AddVerb(CLI::App& app, Context& context, const VerbText& text,
                  std::function<Result<Outcome>()> run) {
  CLI::App* verb = app.add_subcommand(text.name, text.summary);
  std::string footer = "\nExamples:";
  for (const std::string& example : text.examples) footer += "\n  " + example;
  // CLI11 has one description for the list of verbs and for the verb's own help: the longer text
  // goes in front of the examples.
  verb->footer(text.description.empty() ? footer : "\n" + text.description + "\n" + footer);
  verb->callback([&context, verb, run = std::move(run)] {
    context.action = run;
    context.verb = verb;
  });
  return verb;
}

void AddJsonFlag(CLI::App* verb, bool& json) {
  verb->add_flag("--json", json, "Print JSON (with schema_version) instead of text");
}

void AddTableFlags(CLI::App* verb, Context& context, bool& json) {
  AddJsonFlag(verb, json);
  CLI::Option* as_json = verb->get_option("--json");
  CLI::Option* as_csv = verb->add_flag_callback(
      "--csv", [&context] { context.table_format = TableFormat::kCsv; },
      "Print the tables alone, as CSV, a blank line between two");
  CLI::Option* as_markdown = verb->add_flag_callback(
      "--markdown", [&context] { context.table_format = TableFormat::kMarkdown; },
      "Print the tables alone, as Markdown");
  as_csv->excludes(as_json);
  as_markdown->excludes(as_json)->excludes(as_csv);
}

}  // namespace fairprune
