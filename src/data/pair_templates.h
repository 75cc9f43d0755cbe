// Templates and attribute lists of one language, and the prompt pairs that they multiply out to.
//
//   FP_ASSIGN_OR_RETURN(PairLanguage catalan, BundledPairLanguage("ca"));
//   FP_ASSIGN_OR_RETURN(std::vector<PromptPair> pairs, GeneratePairs(catalan));
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/pairs.h"

namespace fairprune {

// A word or phrase in the forms that its language needs, by name: {"m", "negro"}, {"f", "negra"}.
struct Attribute {
  std::vector<std::pair<std::string, std::string>> forms;
  // What a file of pairs calls it: its first form.
  const std::string& name() const { return forms.front().second; }
};

struct AttributePair {
  Attribute first, second;
  std::string split;  // "choose" or "held-out"; empty: see GeneratePairs
};

struct PairTemplate {
  std::string id, context;
  std::string split;    // as of an AttributePair
  bool shared = false;  // for categories that name no templates
  std::string text;     // with slots: {NAME} a form, {Name} the same with a capital
};

// A form that follows from another one, e.g. a noun with its article: the first rule that applies
// gives it, unless the attribute brings the form itself.
struct FormRule {
  std::string of;                   // applies to an attribute that has this form,
  std::vector<std::string> begins;  // which begins with one of these (A to Z in either case)
  std::string text;                 // with slots of the attribute's own forms
};
struct DerivedForm {
  std::string name;
  std::vector<FormRule> rules;
};

struct PairCategory {
  std::string name;
  std::vector<std::string> templates;  // ids; empty: all shared ones that its attributes can fill
  std::vector<AttributePair> attributes;
};

struct PairLanguage {
  std::string language, name;      // "ca", "Catalan"
  std::vector<std::string> forms;  // what an attribute that is one text, or a list of texts, gives
  std::vector<DerivedForm> derived;
  std::vector<std::string> reserved_words;  // occur in no prompt (docs/data.md)
  std::vector<PairTemplate> templates;
  std::vector<PairCategory> categories;
};

// The languages that ship: "en", "es", "ca".
std::span<const std::string_view> BundledPairLanguages();
// Errors: kInvalidArgument (no such language; names those there are).
Result<PairLanguage> BundledPairLanguage(const std::string& language);

// A user's file (docs/cli-pairs.md, "Template files"). What it leaves out of a language that ships
// is taken from there: forms and rules, and templates if it has none. Its categories are its own.
// Errors: kNotFound, kIo, kBadFormat (naming file and place), kInvalidArgument (a language that
// does not ship, without templates or forms).
Result<PairLanguage> ReadPairLanguage(const std::string& path);
Result<PairLanguage> ParsePairLanguage(const std::string& text, const std::string& source);

// A list of attribute pairs as plain text, one a line: `one | other`, forms apart by `/` in the
// language's order, or as NAME=TEXT; `#` begins a comment, `held-out:` in front of a line says
// where it belongs. Errors: kBadFormat (naming line, and byte of invalid UTF-8).
Result<PairCategory> ParseAttributeList(std::string_view text, const std::string& source,
                                        const std::string& category,
                                        const std::vector<std::string>& forms);

// Every template of a category with every attribute pair of the same part, in order. Which
// attribute comes first alternates over both. Templates, and attribute pairs, that do not say where
// they belong are for choosing if others are held out; where none says anything, the first three in
// five are. Errors: kInvalidArgument
// (unknown category or template, a slot that an attribute has no form for).
Result<std::vector<PromptPair>> GeneratePairs(const PairLanguage& language,
                                              const std::vector<std::string>& categories = {});

// The template with the attribute in its slots. Errors: kInvalidArgument.
Result<std::string> FillTemplate(const PairLanguage& language, const PairTemplate& one,
                                 const Attribute& attribute);

// Pairs as a JSON list, one pair a line, as data/pairs has them.
std::string PairsToJson(const std::vector<PromptPair>& pairs);

}  // namespace fairprune
