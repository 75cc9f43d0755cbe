// fairprune completions: what bash, zsh and fish complete, made of the same options as the help.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/version.h"
#include "cli/option_info.h"
#include "cli/verbs.h"
#include "io/atomic_output.h"

namespace fairprune {
namespace {

std::string Joined(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

// `text` in single quotes, with `escape` in front of each of `special` (and of itself) and single
// quotes as `quote`.
std::string Quoted(const std::string& text, const std::string& special, const std::string& quote) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += quote;
    } else {
      if (special.find(c) != std::string::npos) out += '\\';
      out += c;
    }
  }
  return out + "'";
}

// What fits beside an option in a list: up to the first full stop, semicolon or colon.
std::string Short(const std::string& description) {
  return description.substr(0, description.find_first_of(";:", 1))
      .substr(0, description.find(". "));
}

// Every verb, and the program itself with an empty path in front.
std::vector<VerbInfo> AllOf(const CLI::App& root) {
  std::vector<VerbInfo> verbs = VerbsOf(root);
  verbs.insert(verbs.begin(), VerbInfo{"", &root});
  return verbs;
}

std::vector<const CLI::App*> Children(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* verb) { return !verb->get_name().empty(); });
}

std::vector<std::string> NamesOf(const std::vector<const CLI::App*>& verbs) {
  std::vector<std::string> names;
  names.reserve(verbs.size());
  for (const CLI::App* verb : verbs) names.push_back(verb->get_name());
  return names;
}

// The options of a verb and those that all verbs share, which stand behind any.
std::vector<OptionInfo> WithShared(const CLI::App& app, const CLI::App& root) {
  std::vector<OptionInfo> options = OptionsOf(app);
  if (&app != &root) {
    for (OptionInfo& info : OptionsOf(root)) options.push_back(std::move(info));
  }
  std::erase_if(options, [](const OptionInfo& info) { return info.flags.empty(); });
  return options;
}

std::string Header(const std::string& shell) {
  return fmt::format("of fairprune {}, written by 'fairprune completions {}'.\n", Version(), shell);
}

// The case arms of one verb: what may stand there, and what the values of its options may be.
std::string BashArms(const VerbInfo& verb, const CLI::App& root, std::string& values) {
  std::vector<std::string> flags = {"--help"}, numbers;
  for (const OptionInfo& info : WithShared(*verb.app, root)) {
    flags.insert(flags.end(), info.flags.begin(), info.flags.end());
    if (info.is_flag) continue;
    for (const std::string& flag : info.flags) {
      if (info.choices.empty()) {
        if (info.is_number) numbers.push_back(fmt::format("'{}:{}'", verb.path, flag));
        continue;
      }
      values +=
          fmt::format("    '{}:{}') words='{}' ;;\n", verb.path, flag, Joined(info.choices, " "));
    }
  }
  if (verb.path.empty()) flags.emplace_back("--version");
  if (!numbers.empty()) {
    values +=
        fmt::format("    {}) compopt +o default 2> /dev/null; return ;;\n", Joined(numbers, "|"));
  }
  return fmt::format("    '{}') verbs='{}' options='{}' ;;\n", verb.path,
                     Joined(NamesOf(Children(*verb.app)), " "), Joined(flags, " "));
}

std::string Bash(const CLI::App& root) {
  std::string arms, values, paths, with_value;
  for (const VerbInfo& verb : AllOf(root)) {
    arms += BashArms(verb, root, values);
    if (!verb.path.empty()) paths += fmt::format("{}'{}'", paths.empty() ? "" : "|", verb.path);
  }
  for (const OptionInfo& info : OptionsOf(root)) {
    if (!info.is_flag) with_value += (with_value.empty() ? "" : "|") + Joined(info.flags, "|");
  }
  std::vector<std::string> files;
  for (const VerbInfo& verb : AllOf(root)) {
    for (const OptionInfo& info : WithShared(*verb.app, root)) {
      if (info.is_flag || info.is_number || !info.choices.empty()) continue;
      for (const std::string& flag : info.flags) {
        files.push_back(fmt::format("'{}:{}'", verb.path, flag));
      }
    }
  }
  values += fmt::format("    {}) return ;;  # file names, readline's own\n", Joined(files, "|"));
  return "# Completion for bash " + Header("bash") +
         R"(_fairprune() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local verb='' word skip='' verbs='' options='' words='' i
  # --option=value comes as three words.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ -n $skip ]]; then
      [[ $word == '=' ]] || skip=''
      continue
    fi
    case $word in
      )" +
         with_value + R"() skip=1 ;;
      -*) ;;
      *)
        word="$verb${verb:+ }$word"
        case $word in
          )" +
         paths + R"() verb=$word ;;
          *) break ;;
        esac ;;
    esac
  done
  COMPREPLY=()
  case "$verb:$previous" in
)" + values +
         R"(  esac
  case $verb in
)" + arms +
         R"(  esac
  if [[ -z $words ]]; then
    if [[ $current == -* ]]; then words=$options; else words=$verbs; fi
  fi
  # Nothing of ours: file names.
  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _fairprune fairprune
)";
}

// One argument of _arguments.
std::string ZshOption(const OptionInfo& info) {
  const std::string text = Short(info.option->get_description());
  std::string value;
  if (!info.choices.empty()) {
    value = ":value:(" + Joined(info.choices, " ") + ")";
  } else if (info.is_number) {
    value = ":" + info.value_name + ":";
  } else if (!info.is_flag) {
    value = ":" + info.value_name + ":_files";
  }
  std::string lines;
  for (const std::string& flag : info.flags) {
    std::string specification;
    if (info.repeats) {
      specification = "*";
    } else if (info.flags.size() > 1) {
      specification = "(" + Joined(info.flags, " ") + ")";
    }
    const bool attached = !info.is_flag && flag.starts_with("--");
    std::string escaped;
    for (const char c : text) {
      if (c == '[' || c == ']' || c == ':') escaped += '\\';
      escaped += c;
    }
    specification += fmt::format("{}{}[{}]{}", flag, attached ? "=" : "", escaped, value);
    lines += "    " + Quoted(specification, "", "'\\''") + " \\\n";
  }
  return lines;
}

std::string ZshFunction(const VerbInfo& verb, const CLI::App& root) {
  std::string name = "_fairprune" + (verb.path.empty() ? "" : "_" + verb.path);
  std::ranges::replace(name, ' ', '_');
  std::string text = name + "() {\n";
  const std::vector<const CLI::App*> children = Children(*verb.app);
  if (!children.empty()) text += "  local context state line\n  typeset -A opt_args\n";
  text += children.empty() ? "  _arguments -s \\\n" : "  _arguments -C \\\n";
  for (const OptionInfo& info : WithShared(*verb.app, root)) text += ZshOption(info);
  text += "    '(-h --help)'{-h,--help}'[Print this help and exit]' \\\n";
  if (verb.path.empty()) text += "    '--version[Print the version and exit]' \\\n";
  if (children.empty()) return text + "    '*:file:_files'\n}\n";
  text +=
      "    '1: :->verb' '*:: :->rest' && return\n  case $state in\n    verb)\n"
      "      local -a verbs=(\n";
  for (const CLI::App* child : children) {
    text +=
        "        " + Quoted(child->get_name() + ":" + child->get_description(), "", "'\\''") + "\n";
  }
  text += "      )\n      _describe verb verbs ;;\n    rest)\n      case $words[1] in\n";
  for (const CLI::App* child : children) {
    text += fmt::format("        {0}) {1}_{0} ;;\n", child->get_name(), name);
  }
  return text + "      esac ;;\n  esac\n}\n";
}

std::string Zsh(const CLI::App& root) {
  std::string text = "#compdef fairprune\n# Completion for zsh " + Header("zsh");
  for (const VerbInfo& verb : AllOf(root)) text += "\n" + ZshFunction(verb, root);
  return text +
         "\nif [[ $funcstack[1] == _fairprune ]]; then\n  _fairprune \"$@\"\nelse\n"
         "  compdef _fairprune fairprune\nfi\n";
}

// When the options of a verb are offered.
std::string FishCondition(const VerbInfo& verb) {
  if (verb.path.empty()) return "__fish_use_subcommand";
  std::string condition;
  for (size_t begin = 0; begin < verb.path.size();) {
    const size_t end = std::min(verb.path.find(' ', begin), verb.path.size());
    condition += (begin == 0 ? "" : "; and ") +
                 ("__fish_seen_subcommand_from " + verb.path.substr(begin, end - begin));
    begin = end + 1;
  }
  return condition;
}

std::string Fish(const CLI::App& root) {
  const auto quoted = [](const std::string& text) { return Quoted(text, "\\", "\\'"); };
  std::string text = "# Completion for fish " + Header("fish");
  for (const VerbInfo& verb : AllOf(root)) {
    const std::vector<const CLI::App*> children = Children(*verb.app);
    std::string condition = FishCondition(verb);
    for (const CLI::App* child : children) {
      std::string before = condition;
      if (!verb.path.empty()) {
        before += "; and not __fish_seen_subcommand_from " + Joined(NamesOf(children), " ");
      }
      text += fmt::format("complete -c fairprune -n '{}' -f -a {} -d {}\n", before,
                          child->get_name(), quoted(child->get_description()));
    }
    // Shared options are offered everywhere.
    const std::string when = verb.path.empty() ? "" : fmt::format(" -n '{}'", condition);
    for (const OptionInfo& info : OptionsOf(*verb.app)) {
      if (info.flags.empty()) continue;
      text += "complete -c fairprune" + when;
      for (const std::string& flag : info.flags) {
        text += flag.starts_with("--") ? " -l " + flag.substr(2) : " -s " + flag.substr(1);
      }
      if (!info.choices.empty()) {
        text += " -x -a " + quoted(Joined(info.choices, " "));
      } else if (!info.is_flag) {
        text += info.is_number ? " -x" : " -r";
      }
      text += " -d " + quoted(Short(info.option->get_description())) + "\n";
    }
  }
  return text + "complete -c fairprune -s h -l help -d 'Print this help and exit'\n" +
         "complete -c fairprune -n '__fish_use_subcommand' -l version -d 'Print the version and "
         "exit'\n";
}

struct CompletionsFlags {
  std::string shell, out;
};

Result<Outcome> PrintCompletions(const CompletionsFlags& flags, const CLI::App& root,
                                 Context& context) {
  const std::string text = flags.shell == "bash"  ? Bash(root)
                           : flags.shell == "zsh" ? Zsh(root)
                                                  : Fish(root);
  if (flags.out.empty()) {
    context.Print(text);
  } else {
    FP_RETURN_IF_ERROR(WriteFileAtomically(flags.out, text));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddCompletions(CLI::App& app, Context& context) {
  auto flags = std::make_shared<CompletionsFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "completions",
       .summary = "Print what a shell needs to complete fairprune's verbs, options and values",
       .description = "An installed fairprune has put them in place already. Else: bash reads the "
                      "file from ~/.local/share/bash-completion/completions/fairprune, zsh from "
                      "_fairprune in a folder of $fpath, fish from "
                      "~/.config/fish/completions/fairprune.fish.",
       .examples = {"source <(fairprune completions bash)",
                    "fairprune completions fish > ~/.config/fish/completions/fairprune.fish"}},
      [flags, &app, &context] { return PrintCompletions(*flags, app, context); });
  verb->add_option("SHELL", flags->shell, "The shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->add_option("--out", flags->out, "Write into this file instead of standard output")
      ->type_name("FILE");
}

}  // namespace fairprune
