#include "attribution/bias_set.h"

#include <cstdlib>
#include <map>
#include <utility>

namespace fairprune {
namespace {

// Numbers the distinct keys from 0 in the order in which they come; an empty key stands alone.
std::vector<int64_t> NumberKeys(const std::vector<SignedItem>& items,
                                std::string SignedItem::*member, int64_t& count) {
  std::map<std::string, int64_t> numbers;
  std::vector<int64_t> result;
  count = 0;
  for (const SignedItem& item : items) {
    const std::string& key = item.*member;
    if (key.empty()) {
      result.push_back(count++);
      continue;
    }
    const auto [found, added] = numbers.try_emplace(key, count);
    if (added) ++count;
    result.push_back(found->second);
  }
  return result;
}

// A contrast, or nothing where one wording begins with all of another.
Result<bool> AddContrast(const RequestEncoder& encoder, const std::vector<WeightedText>& texts,
                         const std::string& id, std::vector<Contrast>& contrasts) {
  Result<Contrast> contrast = EncodeContrast(encoder, texts);
  if (!contrast) {
    if (contrast.error().code != ErrorCode::kInvalidArgument) {
      return WithContext(contrast.error(), "item " + id);
    }
    return false;
  }
  contrasts.push_back(*std::move(contrast));
  return true;
}

using Groups = std::map<std::string, int64_t>;  // group -> items

// Of each contrast that items name.
std::map<std::string, Groups> CountGroups(const std::vector<SignedItem>& items) {
  std::map<std::string, Groups> counts;
  for (const SignedItem& item : items) {
    if (!item.contrast.empty()) ++counts[item.contrast][item.group];
  }
  return counts;
}

int64_t Total(const Groups& groups) {
  int64_t total = 0;
  for (const auto& [group, count] : groups) total += count;
  return total;
}

// Numbers the contrasts of two sides that have items enough, and names those of one.
void NumberSides(BiasSet& set) {
  std::map<std::string, int64_t> numbers;
  for (const auto& [contrast, groups] : CountGroups(set.items)) {
    if (groups.size() < 2) set.one_sided.push_back(contrast);
    if (groups.size() != 2 || Total(groups) < kFewestOfSides) continue;
    set.sides.push_back(contrast);
    numbers[contrast] = std::ssize(set.sides);
  }
  for (size_t i = 0; i < set.items.size(); ++i) {
    const auto found = numbers.find(set.items[i].contrast);
    if (found == numbers.end()) continue;
    const std::string& contrast = found->first;
    const bool is_first = set.items[i].group == contrast.substr(0, contrast.find('|'));
    set.contrasts[i].side = is_first ? found->second : -found->second;
  }
}

}  // namespace

std::vector<std::vector<Contrast>> SidePreferences(const BiasSet& set) {
  std::vector<std::vector<Contrast>> preferences(set.sides.size());
  for (const Contrast& contrast : set.contrasts) {
    if (contrast.side == 0) continue;
    Contrast& preference =
        preferences[static_cast<size_t>(std::abs(contrast.side)) - 1].emplace_back(contrast);
    if (contrast.side > 0) continue;
    for (WeightedSequence& sequence : preference.sequences) {
      sequence.coefficient = -sequence.coefficient;
    }
  }
  return preferences;
}

std::vector<double> BalanceWeights(const std::vector<SignedItem>& items) {
  const std::map<std::string, Groups> counts = CountGroups(items);
  std::vector<double> weights;
  for (const SignedItem& item : items) {
    double weight = 1;
    if (!item.contrast.empty()) {
      const Groups& groups = counts.at(item.contrast);
      weight = static_cast<double>(Total(groups)) /
               static_cast<double>(std::ssize(groups) * groups.at(item.group));
    }
    weights.push_back(weight);
  }
  return weights;
}

std::vector<int64_t> ClusterItems(const std::vector<SignedItem>& items) {
  int64_t num_targets = 0;
  int64_t num_templates = 0;
  std::vector<int64_t> targets = NumberKeys(items, &SignedItem::target, num_targets);
  std::vector<int64_t> templates = NumberKeys(items, &SignedItem::template_id, num_templates);
  const bool coarser = num_templates >= kFewestClusters && num_templates < num_targets;
  const bool by_template = coarser || num_targets < 2;
  return by_template ? templates : targets;
}

Result<BiasSet> EncodeBiasSet(const RequestEncoder& encoder, const std::string& name,
                              const std::vector<SignedItem>& items) {
  BiasSet set;
  set.name = name;
  for (const SignedItem& item : items) {
    FP_ASSIGN_OR_RETURN(const bool added,
                        AddContrast(encoder, {{item.stereotyped, 1}, {item.anti_stereotyped, -1}},
                                    item.id, set.contrasts));
    if (!added) {
      set.skipped.push_back(item.id);
      continue;
    }
    set.items.push_back(item);
    if (item.unrelated.empty()) continue;
    FP_ASSIGN_OR_RETURN(
        const bool guarded,
        AddContrast(encoder,
                    {{item.stereotyped, 0.5}, {item.anti_stereotyped, 0.5}, {item.unrelated, -1}},
                    item.id, set.meaning));
    if (guarded) set.meaning_item.push_back(set.items.size() - 1);
  }
  if (set.items.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "{}: none of its {} items gives a contrast", name,
                items.size());
  }
  const std::vector<double> weights = BalanceWeights(set.items);
  const std::vector<int64_t> clusters = ClusterItems(set.items);
  std::map<std::pair<std::string, std::string>, int64_t> strata;
  for (size_t i = 0; i < set.items.size(); ++i) {
    set.contrasts[i].weight = weights[i];
    set.contrasts[i].cluster = clusters[i];
    if (set.items[i].contrast.empty()) continue;
    const std::pair side(set.items[i].contrast, set.items[i].group);
    set.contrasts[i].stratum = strata.try_emplace(side, std::ssize(strata) + 1).first->second;
  }
  NumberSides(set);
  for (size_t i = 0; i < set.meaning.size(); ++i) {
    set.meaning[i].cluster = clusters[set.meaning_item[i]];
  }
  return set;
}

Result<GuardedSet> EncodeGuardedSet(const RequestEncoder& encoder,
                                    const std::vector<ProtectedContrast>& items) {
  GuardedSet set;
  std::map<std::string, int64_t> clusters;
  for (const ProtectedContrast& item : items) {
    FP_ASSIGN_OR_RETURN(
        const bool added,
        AddContrast(encoder, {{item.preferred, 1}, {item.other, -1}}, item.id, set.contrasts));
    if (!added) {
      set.skipped.push_back(item.id);
      continue;
    }
    const std::string key =
        item.template_id.empty() ? "item " + item.id : "template " + item.template_id;
    set.contrasts.back().cluster = clusters.try_emplace(key, std::ssize(clusters)).first->second;
    set.items.push_back(item);
  }
  return set;
}

}  // namespace fairprune
