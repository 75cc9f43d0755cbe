// The options of a verb, as the parser knows them: the one source of the help, the man pages, the
// shell completions, the configuration file and the settings in a manifest.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace fairprune {

struct OptionInfo {
  CLI::Option* option = nullptr;
  std::string name;  // as in a configuration file: "compute", "model"
  // "--compute", "-q"; empty for a positional argument
  std::vector<std::string> flags;
  bool is_flag = false;  // takes no value
  bool repeats = false;
  bool is_number = false;
  bool is_real = false;              // a number that need not be whole
  std::vector<std::string> choices;  // empty: free
  std::string value_name;            // "FILE", "N", "auto|f32|bf16"; empty for a flag
  std::string default_value;
};

// Without --help and --version.
std::vector<OptionInfo> OptionsOf(const CLI::App& app);
OptionInfo Describe(const CLI::Option& option);

// Verbs in the order of the help; those that have verbs of their own (`pairs generate`) before
// these.
struct VerbInfo {
  std::string path;  // "run", "pairs generate"
  const CLI::App* app = nullptr;
};
std::vector<VerbInfo> VerbsOf(const CLI::App& root);
// nullptr: there is none of that path.
const CLI::App* FindVerb(const CLI::App& root, std::string_view path);
// The verb of `app` down to the one that was chosen on the command line; `app` if none was.
CLI::App* ChosenVerb(CLI::App* app);
// What CLI11 says of a bad value, with limits that people can read.
std::string PlainMessage(const CLI::ParseError& error, const CLI::App& app);
// "fairprune", "fairprune run".
std::string CommandOf(const CLI::App& app);

}  // namespace fairprune
