#include <algorithm>
#include <map>
#include <set>

#include "data/signed_items.h"
#include "io/hash.h"

namespace fairprune {
namespace {

// What the item is about; an item that names no target stands for itself.
const std::string& TargetKey(const SignedItem& item) {
  return item.target.empty() ? item.stereotyped : item.target;
}

// Adds the first half (rounded up) of `keys`, in order of their hash, to `chosen`.
void ChooseHalf(const std::set<std::string>& keys, std::set<std::string>& chosen) {
  std::vector<std::pair<std::string, std::string>> ranked;
  ranked.reserve(keys.size());
  for (const std::string& key : keys) ranked.emplace_back(Sha256(std::string_view(key)), key);
  std::sort(ranked.begin(), ranked.end());
  const size_t count = (ranked.size() + 1) / 2;
  for (size_t i = 0; i < count; ++i) chosen.insert(ranked[i].second);
}

// Targets are divided inside each category; one of several categories counts for the first of them
// by name.
std::set<std::string> ChosenTargets(const std::vector<SignedItem>& items) {
  std::map<std::string, std::string> category_of_target;
  for (const SignedItem& item : items) {
    std::string& category =
        category_of_target.emplace(TargetKey(item), item.category).first->second;
    category = std::min(category, item.category);
  }
  std::map<std::string, std::set<std::string>> targets_of_category;
  for (const auto& [target, category] : category_of_target) {
    targets_of_category[category].insert(target);
  }
  std::set<std::string> chosen;
  for (const auto& [category, targets] : targets_of_category) ChooseHalf(targets, chosen);
  return chosen;
}

// The targets that are the only one of their category.
std::set<std::string> LoneTargets(const std::vector<SignedItem>& items) {
  std::map<std::string, std::set<std::string>> targets_of_category;
  for (const SignedItem& item : items) {
    targets_of_category[item.category].insert(TargetKey(item));
  }
  std::set<std::string> lone;
  for (const auto& [category, targets] : targets_of_category) {
    if (targets.size() == 1) lone.insert(*targets.begin());
  }
  for (const auto& [category, targets] : targets_of_category) {
    if (targets.size() == 1) continue;
    for (const std::string& target : targets) lone.erase(target);
  }
  return lone;
}

// Templates that are divided: those that several targets share and those of a lone one. All others
// go where their target goes.
std::set<std::string> SharedTemplates(const std::vector<SignedItem>& items,
                                      const std::set<std::string>& lone) {
  std::map<std::string, std::set<std::string>> targets_of_template;
  for (const SignedItem& item : items) {
    if (!item.template_id.empty()) targets_of_template[item.template_id].insert(TargetKey(item));
  }
  std::set<std::string> shared;
  for (const auto& [name, targets] : targets_of_template) {
    if (targets.size() > 1 || lone.contains(*targets.begin())) shared.insert(name);
  }
  return shared;
}

}  // namespace

SignedSplit SplitSignedItems(const std::vector<SignedItem>& items) {
  SignedSplit split;
  const bool all_say = std::all_of(items.begin(), items.end(),
                                   [](const SignedItem& item) { return !item.split.empty(); });
  if (all_say) {
    for (const SignedItem& item : items) {
      (item.split == "choose" ? split.choose : split.held_out).push_back(item);
    }
    return split;
  }
  const std::set<std::string> targets = ChosenTargets(items);
  const std::set<std::string> lone = LoneTargets(items);
  const std::set<std::string> shared = SharedTemplates(items, lone);
  std::set<std::string> templates;
  ChooseHalf(shared, templates);
  for (const SignedItem& item : items) {
    const bool is_shared = shared.contains(item.template_id);
    const bool of_chosen_template = templates.contains(item.template_id);
    bool chosen = targets.contains(TargetKey(item));
    if (is_shared && lone.contains(TargetKey(item))) chosen = of_chosen_template;
    if (is_shared && of_chosen_template != chosen) continue;
    (chosen ? split.choose : split.held_out).push_back(item);
  }
  return split;
}

}  // namespace fairprune
