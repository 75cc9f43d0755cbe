#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "data/pairs.h"
#include "io/hash.h"

namespace fairprune {
namespace {

// Words of the two prompts outside their common beginning and end, and what is common.
struct Difference {
  std::string frame, middle_1, middle_2;
};

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  constexpr std::string_view kSpace = " \t\r\n";
  size_t begin = text.find_first_not_of(kSpace);
  while (begin != text.npos) {
    const size_t end = std::min(text.find_first_of(kSpace, begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(kSpace, end);
  }
  return words;
}

void Append(std::string& text, std::string_view word) {
  if (!text.empty()) text += ' ';
  text += word;
}

Difference Differ(const PromptPair& pair) {
  const std::vector<std::string_view> a = Words(pair.prompt_1), b = Words(pair.prompt_2);
  const size_t shorter = std::min(a.size(), b.size());
  size_t prefix = 0, suffix = 0;
  while (prefix < shorter && a[prefix] == b[prefix]) ++prefix;
  while (suffix < shorter - prefix && a[a.size() - 1 - suffix] == b[b.size() - 1 - suffix]) {
    ++suffix;
  }
  Difference difference;
  for (size_t i = 0; i < prefix; ++i) Append(difference.frame, a[i]);
  Append(difference.frame, "{}");
  for (size_t i = a.size() - suffix; i < a.size(); ++i) Append(difference.frame, a[i]);
  for (size_t i = prefix; i < a.size() - suffix; ++i) Append(difference.middle_1, a[i]);
  for (size_t i = prefix; i < b.size() - suffix; ++i) Append(difference.middle_2, b[i]);
  return difference;
}

// Adds to `chosen` the keys on the choosing side: three in five (rounded) in order of their hash,
// and never all of several, so that both sides have some.
void ChooseKeys(const std::set<std::string>& keys, std::set<std::string>& chosen) {
  std::vector<std::pair<std::string, std::string>> ranked;
  ranked.reserve(keys.size());
  for (const std::string& key : keys) ranked.emplace_back(Sha256(std::string_view(key)), key);
  std::sort(ranked.begin(), ranked.end());
  const size_t count = (3 * ranked.size() + 2) / 5;
  for (size_t i = 0; i < count; ++i) chosen.insert(ranked[i].second);
}

PairSplit SplitByField(const std::vector<PromptPair>& pairs) {
  PairSplit split;
  for (const PromptPair& pair : pairs) {
    (pair.split == "choose" ? split.choose : split.held_out).push_back(pair);
  }
  return split;
}

}  // namespace

std::string TemplateKeyOf(const PromptPair& pair) {
  return pair.template_id.empty() ? Differ(pair).frame : pair.template_id;
}

std::string AttributeKeyOf(const PromptPair& pair) {
  std::string a = pair.attribute_1, b = pair.attribute_2;
  if (a.empty() || b.empty()) {
    Difference difference = Differ(pair);
    a = std::move(difference.middle_1);
    b = std::move(difference.middle_2);
  }
  if (b < a) a.swap(b);
  return a + '\n' + b;
}

PairSplit SplitPairs(const std::vector<PromptPair>& pairs) {
  const bool all_say = std::all_of(pairs.begin(), pairs.end(), [](const PromptPair& pair) {
    return pair.split == "choose" || pair.split == "held-out";
  });
  if (all_say) return SplitByField(pairs);

  // Attribute pairs are divided inside each category, so that a category with several is on both
  // sides; an attribute pair of several categories counts for the first of them by name.
  std::set<std::string> templates;
  std::map<std::string, std::string> category_of_attributes;
  for (const PromptPair& pair : pairs) {
    templates.insert(TemplateKeyOf(pair));
    std::string& category =
        category_of_attributes.emplace(AttributeKeyOf(pair), pair.category).first->second;
    category = std::min(category, pair.category);
  }
  std::map<std::string, std::set<std::string>> attributes_of_category;
  for (const auto& [attributes, category] : category_of_attributes) {
    attributes_of_category[category].insert(attributes);
  }
  std::set<std::string> chosen_templates, chosen_attributes;
  ChooseKeys(templates, chosen_templates);
  for (const auto& [category, attributes] : attributes_of_category) {
    ChooseKeys(attributes, chosen_attributes);
  }

  PairSplit split;
  for (const PromptPair& pair : pairs) {
    const bool template_chosen = chosen_templates.contains(TemplateKeyOf(pair));
    const bool attributes_chosen = chosen_attributes.contains(AttributeKeyOf(pair));
    if (template_chosen != attributes_chosen) continue;
    (template_chosen ? split.choose : split.held_out).push_back(pair);
  }
  return split;
}

}  // namespace fairprune
