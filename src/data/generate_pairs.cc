#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"
#include "data/pair_templates.h"
#include "io/json.h"

namespace fairprune {
namespace {

// A to Z and the capitals of Latin-1 (UTF-8: C3 80 to C3 9E) in the other case.
std::string WithCase(std::string text, bool upper, bool whole) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0xC3 && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[++i]);
      const bool is_letter = (next & 0x1FU) != 0x17 && (next & 0x1FU) != 0x1F;
      if (upper && next >= 0xA0 && is_letter) text[i] = static_cast<char>(next - 0x20);
      if (!upper && next < 0xA0 && is_letter) text[i] = static_cast<char>(next + 0x20);
    } else if (byte < 0x80) {
      text[i] = static_cast<char>(upper ? std::toupper(byte) : std::tolower(byte));
    }
    if (!whole) break;
  }
  return text;
}

const std::string* FindOwn(const Attribute& attribute, std::string_view name) {
  for (const auto& [form, text] : attribute.forms) {
    if (form == name) return &text;
  }
  return nullptr;
}

std::string FormNames(const Attribute& attribute) {
  std::string names;
  for (const auto& [form, text] : attribute.forms) {
    if (!names.empty()) names += ", ";
    names.append(form).append(" \"").append(text).append("\"");
  }
  return names;
}

bool Applies(const FormRule& rule, const std::string& text) {
  if (rule.begins.empty()) return true;
  const std::string lower = AsciiLower(text);
  return std::ranges::any_of(rule.begins, [&](const std::string& prefix) {
    return lower.starts_with(AsciiLower(prefix));
  });
}

std::optional<std::string> FormOf(const PairLanguage& language, const Attribute& attribute,
                                  const std::string& name) {
  if (const std::string* own = FindOwn(attribute, name)) return *own;
  for (const DerivedForm& derived : language.derived) {
    if (derived.name != name) continue;
    for (const FormRule& rule : derived.rules) {
      const std::string* base = FindOwn(attribute, rule.of);
      if (base != nullptr && Applies(rule, *base)) {
        return ReplaceAll(rule.text, "{" + rule.of + "}", *base);
      }
    }
  }
  return std::nullopt;
}

// The form of a slot: its name as it stands, else without its capital, which the form then gets.
std::optional<std::string> SlotOf(const PairLanguage& language, const Attribute& attribute,
                                  const std::string& slot) {
  if (std::optional<std::string> form = FormOf(language, attribute, slot)) return form;
  const std::string small = WithCase(slot, false, false);
  if (small == slot) return std::nullopt;
  std::optional<std::string> form = FormOf(language, attribute, small);
  if (form) form = WithCase(*std::move(form), true, false);
  return form;
}

// Words that are letters, digits and `_` in small letters, with `_` between: for ids.
std::string Slug(const std::string& text) {
  std::string slug;
  for (const char c : WithCase(text, false, true)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_word = byte >= 0x80 || std::isalnum(byte) != 0;
    if (is_word) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '_') {
      slug += '_';
    }
  }
  while (!slug.empty() && slug.back() == '_') slug.pop_back();
  return slug;
}

int64_t CountWords(const std::string& text) {
  int64_t words = 0;
  bool in_word = false;
  for (const char c : text) {
    if (c != ' ' && !in_word) ++words;
    in_word = c != ' ';
  }
  return words;
}

// Says of those without a split where they belong: opposite to what the others say; where none says
// anything, the first three in five choose, and not all of several.
template <typename T>
void FillSplits(std::vector<T>& all) {
  const auto says = [&](std::string_view split) {
    return std::ranges::any_of(all, [&](const T& one) { return one.split == split; });
  };
  const bool any_choose = says("choose"), any_held_out = says("held-out");
  const size_t choosing = any_held_out ? all.size() : any_choose ? 0 : (3 * all.size() + 2) / 5;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].split.empty()) all[i].split = i < choosing ? "choose" : "held-out";
  }
}

bool CanFill(const PairLanguage& language, const PairTemplate& one, const PairCategory& category) {
  return std::ranges::all_of(category.attributes, [&](const AttributePair& pair) {
    return FillTemplate(language, one, pair.first) && FillTemplate(language, one, pair.second);
  });
}

Result<std::vector<PairTemplate>> TemplatesOf(const PairLanguage& language,
                                              const PairCategory& category) {
  std::vector<PairTemplate> chosen;
  for (const std::string& id : category.templates) {
    const auto found = std::ranges::find(language.templates, id, &PairTemplate::id);
    if (found == language.templates.end()) {
      return Fail(ErrorCode::kInvalidArgument, "category \"{}\": there is no template \"{}\"",
                  category.name, id);
    }
    chosen.push_back(*found);
  }
  if (category.templates.empty()) {
    std::ranges::copy_if(
        language.templates, std::back_inserter(chosen),
        [&](const PairTemplate& one) { return one.shared && CanFill(language, one, category); });
  }
  if (!chosen.empty()) {
    FillSplits(chosen);
    return chosen;
  }
  for (const PairTemplate& one : language.templates) {
    for (const AttributePair& pair : category.attributes) {
      if (one.shared) FP_RETURN_IF_ERROR(FillTemplate(language, one, pair.first));
      if (one.shared) FP_RETURN_IF_ERROR(FillTemplate(language, one, pair.second));
    }
  }
  return Fail(ErrorCode::kInvalidArgument,
              "category \"{}\": it names no templates, and the language \"{}\" has none that are "
              "shared",
              category.name, language.language);
}

PromptPair MakePair(const PairLanguage& language, const PairCategory& category,
                    const PairTemplate& one, const Attribute& first, const Attribute& second) {
  PromptPair pair;
  pair.category = category.name;
  pair.attribute_1 = first.name();
  pair.attribute_2 = second.name();
  pair.token_count = std::max(CountWords(first.name()), CountWords(second.name()));
  pair.template_id = language.language + "-" + one.id;
  pair.context = one.context;
  pair.language = language.language;
  pair.split = one.split;
  pair.id = fmt::format("{}-{}-{}-{}", pair.template_id, category.name, Slug(first.name()),
                        Slug(second.name()));
  return pair;
}

Status AppendPairs(const PairLanguage& language, const PairCategory& category,
                   std::string_view split, const std::vector<PairTemplate>& templates,
                   const std::vector<AttributePair>& attributes, std::vector<PromptPair>& pairs) {
  size_t row = 0;
  for (const PairTemplate& one : templates) {
    if (one.split != split) continue;
    size_t column = 0;
    for (const AttributePair& both : attributes) {
      if (both.split != split) continue;
      const bool swapped = (row + column++) % 2 == 1;
      const Attribute& first = swapped ? both.second : both.first;
      const Attribute& second = swapped ? both.first : both.second;
      PromptPair pair = MakePair(language, category, one, first, second);
      FP_ASSIGN_OR_RETURN(pair.prompt_1, FillTemplate(language, one, first));
      FP_ASSIGN_OR_RETURN(pair.prompt_2, FillTemplate(language, one, second));
      if (pair.prompt_1 == pair.prompt_2) {
        return Fail(ErrorCode::kInvalidArgument,
                    "category \"{}\": template \"{}\" reads the same with \"{}\" and \"{}\"",
                    category.name, one.id, first.name(), second.name());
      }
      pairs.push_back(std::move(pair));
    }
    ++row;
  }
  return {};
}

}  // namespace

Result<std::string> FillTemplate(const PairLanguage& language, const PairTemplate& one,
                                 const Attribute& attribute) {
  std::string text;
  for (size_t at = 0; at < one.text.size();) {
    const size_t open = one.text.find('{', at);
    text += one.text.substr(at, open - at);
    if (open == std::string::npos) break;
    const size_t close = one.text.find('}', open);
    if (close == std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument, "template \"{}\": a '{{' without its '}}': {}",
                  one.id, one.text);
    }
    const std::string slot = one.text.substr(open + 1, close - open - 1);
    const std::optional<std::string> form = SlotOf(language, attribute, slot);
    if (!form) {
      return Fail(ErrorCode::kInvalidArgument,
                  "template \"{}\" asks for the form {{{}}}, and the attribute has {}", one.id,
                  slot, FormNames(attribute));
    }
    text += *form;
    at = close + 1;
  }
  return text;
}

Result<std::vector<PromptPair>> GeneratePairs(const PairLanguage& language,
                                              const std::vector<std::string>& categories) {
  std::string known;
  for (const PairCategory& category : language.categories) {
    known += (known.empty() ? "" : ", ") + category.name;
  }
  for (const std::string& name : categories) {
    if (std::ranges::find(language.categories, name, &PairCategory::name) ==
        language.categories.end()) {
      return Fail(ErrorCode::kInvalidArgument, "there is no category \"{}\"; there are: {}", name,
                  known);
    }
  }
  std::vector<PromptPair> pairs;
  for (const PairCategory& category : language.categories) {
    if (!categories.empty() && std::ranges::find(categories, category.name) == categories.end()) {
      continue;
    }
    FP_ASSIGN_OR_RETURN(const std::vector<PairTemplate> templates, TemplatesOf(language, category));
    std::vector<AttributePair> attributes = category.attributes;
    FillSplits(attributes);
    for (const char* split : {"choose", "held-out"}) {
      FP_RETURN_IF_ERROR(AppendPairs(language, category, split, templates, attributes, pairs));
    }
  }
  return pairs;
}

std::string PairsToJson(const std::vector<PromptPair>& pairs) {
  std::string text = "[\n";
  for (size_t i = 0; i < pairs.size(); ++i) {
    const PromptPair& pair = pairs[i];
    // Spaces after colons and commas, as Python's json writes them: one pair a line, for reading.
    std::string line;
    const auto add = [&](std::string_view key, const Json& value) {
      line += fmt::format("{}\"{}\": {}", line.empty() ? "" : ", ", key, DumpJson(value, -1));
    };
    add("id", pair.id);
    add("category", pair.category);
    add("attribute_1", pair.attribute_1);
    add("attribute_2", pair.attribute_2);
    add("token_count", pair.token_count);
    add("template_id", pair.template_id);
    add("context", pair.context);
    add("prompt_1", pair.prompt_1);
    add("prompt_2", pair.prompt_2);
    add("language", pair.language);
    add("split", pair.split);
    text += "{" + line + (i + 1 < pairs.size() ? "},\n" : "}\n");
  }
  return text + "]\n";
}

}  // namespace fairprune
