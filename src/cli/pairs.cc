// fairprune pairs: makes prompt pairs out of templates and attribute lists, checks and lists them.
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/files.h"
#include "cli/model_input.h"
#include "cli/verbs.h"
#include "data/check_pairs.h"
#include "data/pair_templates.h"
#include "io/atomic_output.h"
#include "report/table.h"

namespace fairprune {
namespace {

constexpr std::string_view kBundled = "bundled:";
constexpr const char* kSourceHelp =
    "A file of prompt pairs or signed items, or bundled:NAME (en, es, ca; stereotypes_en, …)";

// The first `kShown` names, and how many more there are.
std::string Names(const std::set<std::string>& names) {
  constexpr size_t kShown = 4;
  std::string text;
  size_t count = 0;
  for (const std::string& name : names) {
    if (count++ < kShown) text += (text.empty() ? "" : ", ") + name;
  }
  return count > kShown ? fmt::format("{} and {} more", text, count - kShown) : text;
}

struct CategoryCount {
  int64_t pairs = 0, choose = 0, held_out = 0;
  std::set<std::string> templates, subjects;
};

std::map<std::string, CategoryCount> CountCategories(const std::vector<CheckedPair>& pairs) {
  std::map<std::string, CategoryCount> counts;
  for (const CheckedPair& pair : pairs) {
    CategoryCount& count = counts[pair.category];
    ++count.pairs;
    count.choose += pair.split == "choose" ? 1 : 0;
    count.held_out += pair.split == "held-out" ? 1 : 0;
    if (!pair.template_id.empty()) count.templates.insert(pair.template_id);
    if (!pair.subject.empty()) count.subjects.insert(pair.subject);
  }
  return counts;
}

Json CategoriesToJson(const std::vector<CheckedPair>& pairs) {
  Json list = Json::array();
  for (const auto& [name, count] : CountCategories(pairs)) {
    list.push_back({{"name", name},
                    {"pairs", count.pairs},
                    {"choosing", count.choose},
                    {"held_out", count.held_out},
                    {"templates", count.templates.size()},
                    {"subjects", count.subjects.size()}});
  }
  return list;
}

Table CategoriesTable(const std::vector<CheckedPair>& pairs, const char* subjects) {
  Table table({{"category"},
               {"pairs", Align::kRight},
               {"choosing", Align::kRight},
               {"held out", Align::kRight},
               {"templates", Align::kRight},
               {subjects, Align::kRight}});
  for (const auto& [name, count] : CountCategories(pairs)) {
    table.AddRow({name.empty() ? "(none)" : name, WithThousands(count.pairs),
                  WithThousands(count.choose), WithThousands(count.held_out),
                  std::to_string(count.templates.size()), std::to_string(count.subjects.size())});
  }
  return table;
}

// Generate.

struct GenerateFlags {
  std::string language = "en", templates, attributes, model, out;
  std::vector<std::string> categories;
  bool force = false, json = false;
};

Result<PairLanguage> LoadLanguage(const GenerateFlags& flags) {
  FP_ASSIGN_OR_RETURN(PairLanguage language, flags.templates.empty()
                                                 ? BundledPairLanguage(flags.language)
                                                 : ReadPairLanguage(flags.templates));
  if (flags.attributes.empty()) return language;
  if (flags.categories.size() != 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "--attributes needs one --category: the name of the category that the list makes");
  }
  const bool from_input = flags.attributes == "-";
  FP_ASSIGN_OR_RETURN(const std::string text,
                      from_input ? ReadStandardInput() : ReadTextFile(flags.attributes));
  FP_ASSIGN_OR_RETURN(PairCategory category,
                      ParseAttributeList(text, from_input ? "standard input" : flags.attributes,
                                         flags.categories[0], language.forms));
  // The templates of a category of that name are good for more attributes of it.
  const auto known = std::ranges::find(language.categories, category.name, &PairCategory::name);
  if (known != language.categories.end()) category.templates = known->templates;
  language.categories = {std::move(category)};
  return language;
}

TextEncoder EncoderOf(const std::shared_ptr<const Tokenizer>& tokenizer) {
  return [tokenizer](const std::string& text) { return tokenizer->Encode(text); };
}

Result<TextEncoder> LoadEncoder(const std::string& model, Context& context) {
  FP_ASSIGN_OR_RETURN(Tokenizer tokenizer, OpenTokenizer(model, context));
  return EncoderOf(std::make_shared<const Tokenizer>(std::move(tokenizer)));
}

// Drops the pairs whose prompts differ in their number of tokens; `token_count` becomes the number
// in which the two differ. Says what was lost.
Status MatchTokens(const std::string& model, std::vector<PromptPair>& pairs, Context& context) {
  FP_ASSIGN_OR_RETURN(const TextEncoder encode, LoadEncoder(model, context));
  std::vector<PromptPair> matched;
  std::set<std::string> all, kept;
  for (PromptPair& pair : pairs) {
    FP_ASSIGN_OR_RETURN(const std::vector<int32_t> one, encode(pair.prompt_1));
    FP_ASSIGN_OR_RETURN(const std::vector<int32_t> two, encode(pair.prompt_2));
    const std::string attributes =
        fmt::format("{}/{}", std::min(pair.attribute_1, pair.attribute_2),
                    std::max(pair.attribute_1, pair.attribute_2));
    all.insert(attributes);
    if (one.size() != two.size()) continue;
    kept.insert(attributes);
    pair.token_count = DifferingTokens(one, two).first;
    matched.push_back(std::move(pair));
  }
  for (const std::string& one : kept) all.erase(one);
  context.Info(fmt::format(
      "{} of {} pairs have as many tokens in both prompts{}", matched.size(), pairs.size(),
      all.empty() ? "" : fmt::format("; of these attributes none: {}", Names(all))));
  pairs = std::move(matched);
  if (!pairs.empty()) return {};
  return Fail(ErrorCode::kMismatch,
              "{}: no pair has as many tokens in both prompts; give attributes of the same length, "
              "or leave --model out",
              model);
}

Result<Outcome> Generate(const GenerateFlags& flags, Context& context) {
  const bool to_output = flags.out == "-";
  if (!to_output) FP_RETURN_IF_ERROR(CheckMayWrite(flags.out, flags.force));
  FP_ASSIGN_OR_RETURN(const PairLanguage language, LoadLanguage(flags));
  FP_ASSIGN_OR_RETURN(std::vector<PromptPair> pairs, GeneratePairs(language, flags.categories));
  if (!flags.model.empty()) FP_RETURN_IF_ERROR(MatchTokens(flags.model, pairs, context));
  if (to_output) {
    context.Print(PairsToJson(pairs));
    return Outcome::kSuccess;
  }
  FP_RETURN_IF_ERROR(WriteFileAtomically(flags.out, PairsToJson(pairs)));
  const std::vector<CheckedPair> checked = ToChecked(pairs);
  if (flags.json) {
    context.PrintJson("pairs generate", {{"language", language.language},
                                         {"pairs", pairs.size()},
                                         {"categories", CategoriesToJson(checked)},
                                         {"out", flags.out}});
    return Outcome::kSuccess;
  }
  Printout printout;
  printout.Add(fmt::format("{} pairs ({}):\n\n", WithThousands(std::ssize(pairs)), language.name));
  printout.Add(CategoriesTable(checked, "attributes"));
  context.Print(printout.Add(
      fmt::format("\nWritten to {}\nNext: fairprune pairs check {}\n", flags.out, flags.out)));
  return Outcome::kSuccess;
}

// A set of pairs or of signed items, whichever the source holds.
struct LoadedSet {
  std::vector<CheckedPair> pairs;
  bool is_signed = false;
};

Result<LoadedSet> LoadSet(const std::string& source) {
  LoadedSet set;
  if (source.starts_with(kBundled)) {
    const std::string name = source.substr(kBundled.size());
    const auto languages = BundledPairLanguages();
    set.is_signed = std::ranges::find(languages, name) == languages.end();
    if (set.is_signed) {
      Result<std::vector<SignedItem>> items = BundledSignedItems(name);
      if (!items) {
        return Fail(items.error().code, "{}, and the prompt pairs {}", items.error().message,
                    fmt::join(languages, ", "));
      }
      set.pairs = ToChecked(*items);
      return set;
    }
    FP_ASSIGN_OR_RETURN(const std::vector<PromptPair> pairs, BundledPairs(name));
    set.pairs = ToChecked(pairs);
    return set;
  }
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(source));
  set.is_signed =
      text.find("prompt_1") == std::string::npos && text.find("prompt_2") == std::string::npos;
  if (set.is_signed) {
    FP_ASSIGN_OR_RETURN(const std::vector<SignedItem> items, ReadSignedItems(source));
    set.pairs = ToChecked(items);
  } else {
    FP_ASSIGN_OR_RETURN(const std::vector<PromptPair> pairs, ParsePairs(text, source));
    set.pairs = ToChecked(pairs);
  }
  return set;
}

// Check.

struct CheckFlags {
  std::string source, model;
  double max_imbalance = 4, min_aligned = 100;
  bool json = false;
};

Result<Outcome> Check(const CheckFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(const LoadedSet set, LoadSet(flags.source));
  CheckOptions options;
  options.max_imbalance = flags.max_imbalance;
  options.min_aligned_share = flags.min_aligned / 100;
  if (!flags.model.empty()) {
    FP_ASSIGN_OR_RETURN(options.encode, LoadEncoder(flags.model, context));
  }
  FP_ASSIGN_OR_RETURN(const std::vector<DataCheck> checks, CheckPairs(set.pairs, options));
  const bool ok =
      std::ranges::all_of(checks, [](const DataCheck& check) { return check.ok.value_or(true); });
  if (flags.json) {
    Json list = Json::array();
    for (const DataCheck& check : checks) {
      list.push_back({{"check", check.name},
                      {"ok", check.ok ? Json(*check.ok) : Json(nullptr)},
                      {"detail", check.detail}});
    }
    context.PrintJson("pairs check", {{"source", flags.source},
                                      {"kind", set.is_signed ? "signed items" : "prompt pairs"},
                                      {"ok", ok},
                                      {"checks", std::move(list)}});
  } else {
    Table table({{"check"}, {"result"}, {"detail"}});
    for (const DataCheck& check : checks) {
      table.AddRow({check.name, !check.ok ? "skipped" : *check.ok ? "ok" : "FAILED", check.detail});
    }
    context.Print(Printout().Add(std::move(table)));
  }
  return ok ? Outcome::kSuccess : Outcome::kCheckFailed;
}

// List.

struct ListFlags {
  std::string source, category;
  bool json = false;
};

Result<Outcome> ListLanguages(const ListFlags& flags, Context& context) {
  Json list = Json::array();
  Table table({{"source"},
               {"language"},
               {"pairs", Align::kRight},
               {"categories", Align::kRight},
               {"which"}});
  for (const std::string_view code : BundledPairLanguages()) {
    const std::string language(code);
    FP_ASSIGN_OR_RETURN(const PairLanguage templates, BundledPairLanguage(language));
    FP_ASSIGN_OR_RETURN(const std::vector<PromptPair> pairs, BundledPairs(language));
    std::set<std::string> categories;
    for (const PromptPair& pair : pairs) categories.insert(pair.category);
    table.AddRow({std::string(kBundled) + language, templates.name,
                  WithThousands(std::ssize(pairs)), std::to_string(categories.size()),
                  Names(categories)});
    list.push_back({{"source", std::string(kBundled) + language},
                    {"language", templates.name},
                    {"pairs", pairs.size()},
                    {"categories", categories}});
  }
  if (flags.json) {
    context.PrintJson("pairs list", {{"sources", std::move(list)}});
  } else {
    context.Print(Printout().Add(std::move(table)));
  }
  return Outcome::kSuccess;
}

Result<Outcome> List(const ListFlags& flags, Context& context) {
  if (flags.source.empty()) return ListLanguages(flags, context);
  FP_ASSIGN_OR_RETURN(LoadedSet set, LoadSet(flags.source));
  if (!flags.category.empty()) {
    std::erase_if(set.pairs,
                  [&](const CheckedPair& pair) { return pair.category != flags.category; });
    if (set.pairs.empty()) {
      return Fail(ErrorCode::kInvalidArgument, "{}: has no category \"{}\"", flags.source,
                  flags.category);
    }
  }
  if (flags.json) {
    Json list = Json::array();
    for (const CheckedPair& pair : set.pairs) {
      list.push_back({{"id", pair.id},
                      {"category", pair.category},
                      {"split", pair.split},
                      {"text_1", pair.text_1},
                      {"text_2", pair.text_2}});
    }
    context.PrintJson("pairs list", {{"source", flags.source},
                                     {"categories", CategoriesToJson(set.pairs)},
                                     {"pairs", std::move(list)}});
    return Outcome::kSuccess;
  }
  if (flags.category.empty()) {
    context.Print(
        Printout().Add(CategoriesTable(set.pairs, set.is_signed ? "targets" : "attributes")));
    return Outcome::kSuccess;
  }
  if (context.table_format != TableFormat::kText) {
    Table table({{"id"}, {"category"}, {"split"}, {"text 1"}, {"text 2"}});
    for (const CheckedPair& pair : set.pairs) {
      table.AddRow({pair.id, pair.category, pair.split, pair.text_1, pair.text_2});
    }
    context.Print(Printout().Add(std::move(table)));
    return Outcome::kSuccess;
  }
  for (const CheckedPair& pair : set.pairs) {
    context.Print(fmt::format("{}{}\n  {}\n  {}\n", pair.id,
                              pair.split.empty() ? "" : " (" + pair.split + ")", pair.text_1,
                              pair.text_2));
  }
  return Outcome::kSuccess;
}

void AddPairsGenerate(CLI::App& pairs, Context& context) {
  auto flags = std::make_shared<GenerateFlags>();
  CLI::App* verb = AddVerb(
      pairs, context,
      {.name = "generate",
       .summary = "Make prompt pairs out of templates and attribute lists",
       .description =
           "Every template of a category with every pair of attributes, in the grammar of the "
           "language. A list of attributes is text, a pair a line: `northern | southern`; in "
           "Spanish and Catalan with both genders where they differ: `negro/negra | "
           "blanco/blanca`.",
       .examples = {"fairprune pairs generate --language ca --out pairs_ca.json",
                    "printf 'northern | southern\\nrural | urban\\n' | fairprune pairs generate "
                    "--category Region --attributes - --out region.json",
                    "fairprune pairs generate --templates mine.json --model model.gguf --out "
                    "mine_pairs.json"}},
      [flags, &context] { return Generate(*flags, context); });
  CLI::Option* templates = verb->add_option(
      "--templates", flags->templates,
      "Templates and attributes of your own, or of another language (docs/cli-pairs.md)");
  verb->add_option("--language", flags->language, "Templates that ship: en, es or ca")
      ->check(CLI::IsMember({"en", "es", "ca"}))
      ->capture_default_str()
      ->excludes(templates);
  verb->add_option("--category", flags->categories,
                   "Only this category; with --attributes its name. May be given more than once");
  verb->add_option("--attributes", flags->attributes,
                   "List of attribute pairs for one category; - reads standard input");
  verb->add_option("--model", flags->model,
                   "Keep only pairs whose prompts have as many tokens in this model's tokenizer");
  verb->add_option("--out", flags->out, "File to write; - is standard output")->required();
  verb->add_flag("--force", flags->force, "Replace the file if it is there");
  AddTableFlags(verb, context, flags->json);
}

void AddCheck(CLI::App& pairs, Context& context) {
  auto flags = std::make_shared<CheckFlags>();
  CLI::App* verb = AddVerb(
      pairs, context,
      {.name = "check",
       .summary = "Check prompt pairs or signed items: direction, balance, leakage, duplicates",
       .description = "Exit code 1 if a check fails.",
       .examples = {"fairprune pairs check my_pairs.json",
                    "fairprune pairs check bundled:en --model model.gguf --min-aligned 50"}},
      [flags, &context] { return Check(*flags, context); });
  verb->add_option("SOURCE", flags->source, kSourceHelp)->required();
  verb->add_option("--model", flags->model, "Count the tokens of this model's tokenizer too");
  verb->add_option("--min-aligned", flags->min_aligned,
                   "Percent of the pairs that must have as many tokens in both texts")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  verb->add_option("--max-imbalance", flags->max_imbalance,
                   "How many times the smallest category's pairs the largest may have")
      ->check(CLI::Range(1.0, 1e9))
      ->capture_default_str();
  AddTableFlags(verb, context, flags->json);
}

void AddList(CLI::App& pairs, Context& context) {
  auto flags = std::make_shared<ListFlags>();
  CLI::App* verb = AddVerb(pairs, context,
                           {.name = "list",
                            .summary = "Show the sets that ship, or what a set is made of",
                            .examples = {"fairprune pairs list", "fairprune pairs list bundled:ca",
                                         "fairprune pairs list my_pairs.csv --category Age"}},
                           [flags, &context] { return List(*flags, context); });
  CLI::Option* source = verb->add_option("SOURCE", flags->source, kSourceHelp);
  verb->add_option("--category", flags->category, "Show this category's texts")->needs(source);
  AddTableFlags(verb, context, flags->json);
}

}  // namespace

void AddPairs(CLI::App& app, Context& context) {
  CLI::App* pairs = app.add_subcommand("pairs", "Make, check and list prompt pairs");
  pairs->require_subcommand(1);
  pairs->footer(
      "\nExamples:\n  fairprune pairs list\n  fairprune pairs generate --language ca --out "
      "pairs_ca.json\n  fairprune pairs check pairs_ca.json");
  AddPairsGenerate(*pairs, context);
  AddCheck(*pairs, context);
  AddList(*pairs, context);
}

}  // namespace fairprune
