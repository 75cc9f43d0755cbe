#include "data/pair_templates.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "data/embedded.h"
#include "data/records.h"
#include "io/json.h"

namespace fairprune {
namespace {

constexpr std::array<std::string_view, 3> kBundledLanguages = {"en", "es", "ca"};

// Reads one language file; every error names it, and the place in it.
class LanguageReader {
 public:
  explicit LanguageReader(const std::string& source) : source_(source) {}

  Result<PairLanguage> Read(const Json& root) {
    FP_RETURN_IF_ERROR(CheckKeys(
        root, "the file",
        {"language", "name", "forms", "derived", "reserved_words", "templates", "categories"}));
    PairLanguage language;
    FP_ASSIGN_OR_RETURN(language.language, Text(root, "language", "the file"));
    language.name = language.language;
    if (root.contains("name")) {
      FP_ASSIGN_OR_RETURN(language.name, Text(root, "name", "the file"));
    }
    FP_ASSIGN_OR_RETURN(language.forms, Texts(root, "forms", "the file"));
    FP_ASSIGN_OR_RETURN(language.reserved_words, Texts(root, "reserved_words", "the file"));
    FP_RETURN_IF_ERROR(ReadDerived(root, language));
    FP_RETURN_IF_ERROR(ReadTemplates(root, language));
    categories_ = root.contains("categories") ? &root["categories"] : nullptr;
    return language;
  }

  // After the forms are known, which may come from the language that ships.
  Status ReadCategories(PairLanguage& language) {
    if (categories_ == nullptr) return {};
    if (!categories_->is_object()) return Bad("categories", "an object of categories by name");
    for (const auto& [name, value] : categories_->items()) {
      FP_ASSIGN_OR_RETURN(PairCategory category, ReadCategory(name, value, language.forms));
      language.categories.push_back(std::move(category));
    }
    return {};
  }

 private:
  tl::unexpected<Error> Bad(const std::string& where, std::string_view wanted) const {
    return Fail(ErrorCode::kBadFormat, "{}: {}: expected {}", source_, where, wanted);
  }

  Status CheckKeys(const Json& object, const std::string& where,
                   std::initializer_list<std::string_view> known) const {
    if (!object.is_object()) return Bad(where, "an object");
    const std::vector<std::string_view> names(known);
    for (const auto& [key, value] : object.items()) {
      if (std::ranges::find(names, key) != names.end()) continue;
      return Fail(ErrorCode::kBadFormat, "{}: {}: unknown key \"{}\"; {}", source_, where, key,
                  ColumnHint(key, names));
    }
    return {};
  }

  Result<std::string> Text(const Json& object, const char* key, const std::string& where) const {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string() || IsBlank(found->get<std::string>())) {
      return Bad(fmt::format("{}, \"{}\"", where, key), "a text that is not empty");
    }
    return found->get<std::string>();
  }

  Result<std::vector<std::string>> Texts(const Json& object, const char* key,
                                         const std::string& where) const {
    const auto found = object.find(key);
    if (found == object.end()) return std::vector<std::string>();
    const auto is_text = [](const Json& value) { return value.is_string(); };
    if (!found->is_array() || !std::all_of(found->begin(), found->end(), is_text)) {
      return Bad(fmt::format("{}, \"{}\"", where, key), "a list of texts");
    }
    return found->get<std::vector<std::string>>();
  }

  Status ReadDerived(const Json& root, PairLanguage& language) const {
    const auto found = root.find("derived");
    if (found == root.end()) return {};
    if (!found->is_object()) return Bad("\"derived\"", "an object of lists of rules by form");
    for (const auto& [name, rules] : found->items()) {
      const std::string where = fmt::format("derived form \"{}\"", name);
      if (!rules.is_array()) return Bad(where, "a list of rules");
      DerivedForm form{name, {}};
      for (const Json& rule : rules) {
        FP_RETURN_IF_ERROR(CheckKeys(rule, where, {"of", "begins", "text"}));
        FormRule& one = form.rules.emplace_back();
        FP_ASSIGN_OR_RETURN(one.of, Text(rule, "of", where));
        FP_ASSIGN_OR_RETURN(one.begins, Texts(rule, "begins", where));
        FP_ASSIGN_OR_RETURN(one.text, Text(rule, "text", where));
      }
      language.derived.push_back(std::move(form));
    }
    return {};
  }

  Status CheckSplit(const std::string& split, const std::string& where) const {
    if (split == "choose" || split == "held-out") return {};
    return Bad(where + ", \"split\"", "\"choose\" or \"held-out\"");
  }

  Status ReadTemplates(const Json& root, PairLanguage& language) const {
    const auto found = root.find("templates");
    if (found == root.end()) return {};
    if (!found->is_array()) return Bad("\"templates\"", "a list of templates");
    std::set<std::string> ids;
    for (const Json& value : *found) {
      std::string where = fmt::format("template {}", language.templates.size() + 1);
      FP_RETURN_IF_ERROR(CheckKeys(value, where, {"id", "split", "context", "shared", "text"}));
      PairTemplate& one = language.templates.emplace_back();
      FP_ASSIGN_OR_RETURN(one.id, Text(value, "id", where));
      where = fmt::format("template \"{}\"", one.id);
      if (!ids.insert(one.id).second) return Bad(where, "an id that no other template has");
      FP_ASSIGN_OR_RETURN(one.text, Text(value, "text", where));
      if (one.text.find('{') == std::string::npos) {
        return Bad(where + ", \"text\"", "a slot for the attribute, as {A}");
      }
      if (value.contains("context")) {
        FP_ASSIGN_OR_RETURN(one.context, Text(value, "context", where));
      }
      if (value.contains("split")) {
        FP_ASSIGN_OR_RETURN(one.split, Text(value, "split", where));
        FP_RETURN_IF_ERROR(CheckSplit(one.split, where));
      }
      if (value.contains("shared")) {
        FP_ASSIGN_OR_RETURN(one.shared, GetBool(value, "shared", source_ + ": " + where));
      }
    }
    return {};
  }

  // A text for all forms, a list of texts in the order of the forms, or an object by form.
  Result<Attribute> ReadAttribute(const Json& value, const std::string& where,
                                  const std::vector<std::string>& forms) const {
    Attribute attribute;
    const auto add = [&](const std::string& form, const Json& text) -> Status {
      if (!text.is_string() || IsBlank(text.get<std::string>())) {
        return Bad(where, "an attribute as text");
      }
      attribute.forms.emplace_back(form, text.get<std::string>());
      return {};
    };
    if (value.is_string()) {
      for (const std::string& form : forms) FP_RETURN_IF_ERROR(add(form, value));
    } else if (value.is_array() && value.size() == forms.size()) {
      for (size_t i = 0; i < forms.size(); ++i) FP_RETURN_IF_ERROR(add(forms[i], value[i]));
    } else if (value.is_object()) {
      for (const auto& [form, text] : value.items()) FP_RETURN_IF_ERROR(add(form, text));
    }
    if (attribute.forms.empty()) {
      return Bad(where, fmt::format("an attribute: a text, a list of its {} forms, or an object of "
                                    "texts by form",
                                    forms.size()));
    }
    return attribute;
  }

  Status AppendAttributes(const Json& list, const std::string& where, const std::string& split,
                          const std::vector<std::string>& forms,
                          std::vector<AttributePair>& attributes) const {
    if (!list.is_array()) return Bad(where, "a list of attribute pairs");
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string place = fmt::format("{}, pair {}", where, i + 1);
      if (!list[i].is_array() || list[i].size() != 2) return Bad(place, "a list of two attributes");
      AttributePair pair;
      pair.split = split;
      FP_ASSIGN_OR_RETURN(pair.first, ReadAttribute(list[i][0], place, forms));
      FP_ASSIGN_OR_RETURN(pair.second, ReadAttribute(list[i][1], place, forms));
      attributes.push_back(std::move(pair));
    }
    return {};
  }

  Result<PairCategory> ReadCategory(const std::string& name, const Json& value,
                                    const std::vector<std::string>& forms) const {
    PairCategory category;
    category.name = name;
    const std::string where = fmt::format("category \"{}\"", name);
    if (value.is_array()) {
      FP_RETURN_IF_ERROR(AppendAttributes(value, where, "", forms, category.attributes));
    } else {
      FP_RETURN_IF_ERROR(
          CheckKeys(value, where, {"templates", "attributes", "choose", "held-out"}));
      FP_ASSIGN_OR_RETURN(category.templates, Texts(value, "templates", where));
      for (const char* key : {"attributes", "choose", "held-out"}) {
        if (!value.contains(key)) continue;
        const std::string split = std::string_view(key) == "attributes" ? "" : key;
        FP_RETURN_IF_ERROR(AppendAttributes(value[key], fmt::format("{}, \"{}\"", where, key),
                                            split, forms, category.attributes));
      }
    }
    if (category.attributes.empty()) return Bad(where, "at least one attribute pair");
    return category;
  }

  const std::string& source_;
  const Json* categories_ = nullptr;
};

bool IsBundled(const std::string& language) {
  return std::ranges::find(kBundledLanguages, language) != kBundledLanguages.end();
}

// What a user's file leaves out comes from the language that ships; its own templates take the
// place of the shared ones.
Status Complete(PairLanguage& language, const std::string& source) {
  PairLanguage bundled;
  if (IsBundled(language.language)) {
    FP_ASSIGN_OR_RETURN(bundled, BundledPairLanguage(language.language));
  } else if (language.forms.empty() || language.templates.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "{}: the language \"{}\" does not ship (there are: {}), so the file must have "
                "\"forms\" and \"templates\"",
                source, language.language, fmt::join(kBundledLanguages, ", "));
  }
  if (language.forms.empty()) language.forms = bundled.forms;
  if (language.derived.empty()) language.derived = bundled.derived;
  if (language.name == language.language && !bundled.name.empty()) language.name = bundled.name;
  const bool own_templates = !language.templates.empty();
  for (PairTemplate& one : language.templates) one.shared = true;
  for (PairTemplate& one : bundled.templates) {
    if (std::ranges::find(language.templates, one.id, &PairTemplate::id) !=
        language.templates.end()) {
      continue;
    }
    one.shared = one.shared && !own_templates;
    language.templates.push_back(std::move(one));
  }
  return {};
}

}  // namespace

std::span<const std::string_view> BundledPairLanguages() { return kBundledLanguages; }

Result<PairLanguage> BundledPairLanguage(const std::string& language) {
  if (!IsBundled(language)) {
    return Fail(ErrorCode::kInvalidArgument,
                "no bundled templates in the language \"{}\"; there are: {}", language,
                fmt::join(kBundledLanguages, ", "));
  }
  const std::string source = fmt::format("bundled templates {}.json", language);
  FP_ASSIGN_OR_RETURN(const Json root, ParseJson(EmbeddedTemplates(language), source));
  LanguageReader reader(source);
  FP_ASSIGN_OR_RETURN(PairLanguage bundled, reader.Read(root));
  FP_RETURN_IF_ERROR(reader.ReadCategories(bundled));
  return bundled;
}

Result<PairLanguage> ParsePairLanguage(const std::string& text, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json root, ParseJson(text, source));
  LanguageReader reader(source);
  FP_ASSIGN_OR_RETURN(PairLanguage language, reader.Read(root));
  FP_RETURN_IF_ERROR(Complete(language, source));
  FP_RETURN_IF_ERROR(reader.ReadCategories(language));
  return language;
}

Result<PairLanguage> ReadPairLanguage(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParsePairLanguage(text, path);
}

}  // namespace fairprune
