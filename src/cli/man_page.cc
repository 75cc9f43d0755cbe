// fairprune man: manual pages, made of the same options, texts and examples as the help.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/version.h"
#include "cli/option_info.h"
#include "cli/verbs.h"
#include "io/atomic_output.h"

namespace fairprune {
namespace {

// The name of the character that `text` begins with, and its bytes: "\[u2026]".
std::string NamedCharacter(std::string_view text, size_t& size) {
  const auto first = static_cast<unsigned char>(text.front());
  size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  uint32_t code = first & (0x7FU >> size);
  for (size_t i = 1; i < size; ++i) {
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return fmt::format("\\[u{:04X}]", code);
}

// `text` (UTF-8) as roff: what has a meaning there, hyphens that are minus signs, a command's dot.
std::string Roff(std::string_view text) {
  constexpr std::pair<char, std::string_view> kNames[] = {
      {'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'~', "\\(ti"}, {'^', "\\(ha"}};
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t size = 1;
    const bool begins = i == 0 || text[i - 1] == '\n';
    const auto* named =
        std::ranges::find(kNames, text[i], &std::pair<char, std::string_view>::first);
    if (begins && (text[i] == '.' || text[i] == '\'')) out += "\\&";
    if (named != std::end(kNames)) {
      out += named->second;
    } else if (static_cast<unsigned char>(text[i]) >= 0x80) {
      out += NamedCharacter(text.substr(i), size);
    } else {
      out += text[i];
    }
    i += size;
  }
  return out;
}

// With a full stop.
std::string Sentence(const std::string& text) {
  return Roff(text) + (text.ends_with('.') ? "" : ".");
}

std::string PageName(const CLI::App& verb) {
  std::string name = CommandOf(verb);
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::string Section(const std::string& title, const std::string& body) {
  return ".SH " + title + "\n" + body;
}

// "\fB\-\-compute\fR \fIauto|f32|bf16\fR"
std::string RoffOption(const OptionInfo& info) {
  std::string names;
  for (const std::string& flag : info.flags) {
    names += (names.empty() ? "\\fB" : ", \\fB") + Roff(flag) + "\\fR";
  }
  if (info.flags.empty()) names = "\\fI" + Roff(info.option->get_name(true)) + "\\fR";
  if (!info.flags.empty() && !info.is_flag) names += " \\fI" + Roff(info.value_name) + "\\fR";
  return info.repeats ? names + " ..." : names;
}

std::string Synopsis(const CLI::App& verb) {
  std::string text = "\\fB" + Roff(CommandOf(verb)) + "\\fR [\\fIoptions\\fR]";
  for (const OptionInfo& info : OptionsOf(verb)) {
    if (info.flags.empty()) {
      const bool required = info.option->get_required();
      text += (required ? " " : " [") + RoffOption(info) + (required ? "" : "]");
    } else if (info.option->get_required()) {
      text += " " + RoffOption(info);
    }
  }
  const auto verbs = verb.get_subcommands([](const CLI::App*) { return true; });
  return text + (verbs.empty() ? "" : " \\fIverb\\fR ...") + "\n";
}

std::string Options(const CLI::App& verb) {
  std::string text;
  for (const OptionInfo& info : OptionsOf(verb)) {
    const bool has_default = !info.is_flag && !info.default_value.empty();
    text += ".TP\n" + RoffOption(info) + "\n";
    text += has_default ? fmt::format("{} Default: {}.\n", Sentence(info.option->get_description()),
                                      Roff(info.default_value))
                        : Roff(info.option->get_description()) + "\n";
  }
  return text + ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nPrint the help and exit\n";
}

struct Paragraphs {
  std::string description, examples;
};

// The footer of the help: paragraphs of text, and examples, which are indented.
Paragraphs FooterOf(const CLI::App& verb) {
  Paragraphs found;
  const std::string footer = verb.get_footer();
  bool examples = false;
  for (size_t begin = 0; begin < footer.size();) {
    const size_t end = std::min(footer.find('\n', begin), footer.size());
    const std::string line = footer.substr(begin, end - begin);
    if (line == "Examples:") {
      examples = true;
    } else if (examples && line.starts_with("  ")) {
      found.examples += ".PP\n.EX\n" + Roff(line) + "\n.EE\n";
    } else if (!line.empty()) {
      found.description += ".PP\n" + Roff(line) + "\n";
    }
    begin = end + 1;
  }
  return found;
}

std::string Environment() {
  return Section("ENVIRONMENT",
                 ".TP\n\\fBFAIRPRUNE_CONFIG\\fR\nA configuration file, as with \\-\\-config\n"
                 ".TP\n\\fBNO_COLOR\\fR\nNo colours\n"
                 ".TP\n\\fBCOLUMNS\\fR\nThe width of the terminal\n"
                 ".TP\n\\fBHF_TOKEN\\fR, \\fBHF_ENDPOINT\\fR, \\fBHF_HOME\\fR, "
                 "\\fBHF_HUB_OFFLINE\\fR\nModels of the Hub, as with its own programs\n"
                 ".TP\n\\fBGOMP_SPINCOUNT\\fR, \\fBOMP_WAIT_POLICY\\fR\nHow long idle threads "
                 "spin; if neither is set, not long\n");
}

std::string ExitStatus() {
  return Section("EXIT STATUS",
                 ".TP\n0\nSuccess\n.TP\n1\nA check that was asked for failed\n.TP\n2\nUsage\n"
                 ".TP\n3\nBad input: missing, malformed, unsupported, or not fitting\n"
                 ".TP\n4\nReading or writing failed, or something would be overwritten\n"
                 ".TP\n70\nA bug in fairprune\n.TP\n130, 143\nStopped by Ctrl\\-C, by SIGTERM\n");
}

std::string Page(const CLI::App& verb, const CLI::App& root) {
  const bool is_root = &verb == &root;
  std::string upper = PageName(verb);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  std::string text =
      fmt::format(".TH {} 1 \"\" \"fairprune {}\" \"User Commands\"\n", upper, Version());
  text += Section("NAME", fmt::format("{} \\- {}\n", Roff(PageName(verb)),
                                      is_root ? "fairness pruning of language models, with proof"
                                              : Roff(verb.get_description())));
  text += Section("SYNOPSIS", Synopsis(verb));
  const Paragraphs footer = FooterOf(verb);
  text += Section("DESCRIPTION", Sentence(verb.get_description()) + "\n" + footer.description);
  text += Section("OPTIONS", Options(verb));
  if (!is_root) {
    text += ".PP\nOptions that all verbs share are in \\fBfairprune\\fR(1).\n";
  }
  const auto verbs = verb.get_subcommands([](const CLI::App*) { return true; });
  std::string list, others;
  for (const CLI::App* child : verbs) {
    list += fmt::format(".TP\n\\fB{}\\fR(1)\n{}\n", Roff(PageName(*child)),
                        Roff(child->get_description()));
  }
  if (!list.empty()) text += Section("VERBS", list);
  if (!footer.examples.empty()) text += Section("EXAMPLES", footer.examples);
  text += ExitStatus() + Environment();
  if (!is_root)
    text += Section("SEE ALSO", fmt::format("\\fB{}\\fR(1)\n", Roff(PageName(*verb.get_parent()))));
  return text;
}

struct ManFlags {
  std::vector<std::string> verb;
  std::string out;
};

Result<Outcome> Man(const ManFlags& flags, const CLI::App& root, Context& context) {
  if (!flags.out.empty()) {
    std::error_code failed;
    std::filesystem::create_directories(flags.out, failed);
    if (failed) return Fail(ErrorCode::kIo, "{}: {}", flags.out, failed.message());
    std::vector<VerbInfo> pages = VerbsOf(root);
    pages.push_back({"", &root});
    for (const VerbInfo& verb : pages) {
      FP_RETURN_IF_ERROR(WriteFileAtomically(fmt::format("{}/{}.1", flags.out, PageName(*verb.app)),
                                             Page(*verb.app, root)));
    }
    return Outcome::kSuccess;
  }
  std::string path;
  for (const std::string& word : flags.verb) path += (path.empty() ? "" : " ") + word;
  const CLI::App* verb = path.empty() ? &root : FindVerb(root, path);
  if (verb == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "there is no verb '{}'; fairprune --help lists them",
                path);
  }
  context.Print(Page(*verb, root));
  return Outcome::kSuccess;
}

}  // namespace

void AddMan(CLI::App& app, Context& context) {
  auto flags = std::make_shared<ManFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "man",
       .summary = "Print the manual page of fairprune or of a verb",
       .description = "The pages are made of what --help shows. An installed fairprune has them in "
                      "place: 'man fairprune-run'.",
       .examples = {"fairprune man run | man -l -", "fairprune man --out-dir man1"}},
      [flags, &app, &context] { return Man(*flags, app, context); });
  verb->add_option("VERB", flags->verb, "The verb; none: fairprune itself");
  verb->add_option("--out-dir", flags->out, "Write all pages into this folder: fairprune.1, …")
      ->type_name("DIR");
}

}  // namespace fairprune
