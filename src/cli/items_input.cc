#include "cli/items_input.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

#include "io/hash.h"

namespace fairprune {
namespace {

constexpr std::string_view kBundled = "bundled:";

std::string HashOf(const std::vector<SignedItem>& items) {
  std::string text;
  for (const SignedItem& item : items) {
    text += item.id + '\t' + item.stereotyped + '\t' + item.anti_stereotyped + '\n';
  }
  return Sha256(text);
}

// The file's name without an ending that says its form; WinoBias's endings say which part it is.
std::string NameOf(const std::filesystem::path& path) {
  const std::string ending = path.extension().string();
  const bool is_form = ending == ".json" || ending == ".jsonl" || ending == ".csv";
  return (is_form ? path.stem() : path.filename()).string();
}

Result<ItemSet> LoadSet(const std::string& source, bool measured_only) {
  ItemSet set;
  set.source = source;
  std::vector<SignedItem> items;
  if (source.starts_with(kBundled)) {
    set.name = source.substr(kBundled.size());
    FP_ASSIGN_OR_RETURN(items, BundledSignedItems(set.name));
    set.sha256 = HashOf(items);
  } else {
    set.name = NameOf(source);
    FP_ASSIGN_OR_RETURN(items, ReadSignedItems(source));
    FP_ASSIGN_OR_RETURN(set.sha256, Sha256File(source));
  }
  if (measured_only) {
    set.split.held_out = std::move(items);
  } else {
    set.split = SplitSignedItems(items);
  }
  return set;
}

std::string ItemsLanguage(const std::string& language) {
  return HasBundledItems(language) ? language : "es";
}

ItemsFlags WithDefaults(ItemsFlags flags, const std::string& language) {
  if (!flags.items.empty()) return flags;
  for (const char* name : {"stereotypes_", "occupations_"}) {
    flags.items.push_back(std::string(kBundled) + name + ItemsLanguage(language));
  }
  if (language == "en") flags.held_out.insert(flags.held_out.begin(), "bundled:coreference_en");
  return flags;
}

// The first three in five templates, by the SHA-256 of their names, are for choosing.
void SplitByTemplate(std::vector<ProtectedContrast>& contrasts) {
  std::set<std::pair<std::string, std::string>> ranked;
  for (const ProtectedContrast& contrast : contrasts) {
    ranked.emplace(Sha256(contrast.template_id), contrast.template_id);
  }
  std::set<std::string> choosing;
  for (const auto& [hash, name] : ranked) {
    if (choosing.size() * 5 < ranked.size() * 3) choosing.insert(name);
  }
  for (ProtectedContrast& contrast : contrasts) {
    contrast.split = choosing.contains(contrast.template_id) ? "choose" : "held-out";
  }
}

Result<GuardedContrasts> LoadGuardedSet(const std::string& source) {
  GuardedContrasts set;
  set.source = source;
  std::vector<ProtectedContrast> contrasts;
  if (source.starts_with(kBundled)) {
    const std::string file = source.substr(kBundled.size());
    set.name = file.substr(0, file.rfind('_'));
    FP_ASSIGN_OR_RETURN(contrasts, BundledProtectedContrasts(file));
    std::string text;
    for (const ProtectedContrast& c : contrasts) text += c.id + '\t' + c.preferred + '\n';
    set.sha256 = Sha256(text);
  } else {
    set.name = NameOf(source);
    FP_ASSIGN_OR_RETURN(contrasts, ReadProtectedContrasts(source));
    FP_ASSIGN_OR_RETURN(set.sha256, Sha256File(source));
  }
  if (std::ranges::any_of(contrasts, [](const ProtectedContrast& c) { return c.split.empty(); })) {
    SplitByTemplate(contrasts);
  }
  for (ProtectedContrast& contrast : contrasts) {
    (contrast.split == "choose" ? set.choose : set.held_out).push_back(std::move(contrast));
  }
  return set;
}

}  // namespace

bool HasBundledItems(const std::string& language) { return language == "en" || language == "es"; }

void AddItemsFlags(CLI::App* verb, ItemsFlags& flags) {
  verb->add_option("--items", flags.items,
                   "Signed items to choose and verify on: a file (docs/formats.md; BBQ, "
                   "CrowS-Pairs, StereoSet and WinoBias as they are), or bundled:NAME. May be "
                   "given more than once. "
                   "Default: the stereotypes and occupations that ship with the program");
  verb->add_option("--held-out", flags.held_out,
                   "Signed items that are only measured, all of them; may be given more than once");
  verb->add_option("--guard", flags.guarded,
                   "Preferences that must stay, as pairs of wordings: a file (docs/formats.md) or "
                   "bundled:NAME. May be given more than once. Default: the factual knowledge and "
                   "the passages in context that ship with the program");
}

Result<std::vector<ItemSet>> LoadItemSets(const ItemsFlags& given, const std::string& language) {
  const ItemsFlags flags = WithDefaults(given, language);
  std::vector<ItemSet> sets;
  std::set<std::string> names;
  for (const bool measured_only : {false, true}) {
    for (const std::string& source : measured_only ? flags.held_out : flags.items) {
      FP_ASSIGN_OR_RETURN(ItemSet set, LoadSet(source, measured_only));
      if (!names.insert(set.name).second) {
        return Fail(ErrorCode::kInvalidArgument,
                    "{}: a second set named '{}'; sets are told apart by their file's name", source,
                    set.name);
      }
      sets.push_back(std::move(set));
    }
  }
  if (std::ranges::all_of(sets, [](const ItemSet& set) { return set.split.choose.empty(); })) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "none of the {} sets has an item for choosing: give a 'split' column with 'choose', "
        "or more targets",
        sets.size());
  }
  return sets;
}

Result<std::vector<GuardedContrasts>> LoadGuarded(const ItemsFlags& flags,
                                                  const std::string& language) {
  std::vector<std::string> sources = flags.guarded;
  if (sources.empty()) {
    for (const char* name : {"knowledge_", "context_"}) {
      sources.push_back(std::string(kBundled) + name + ItemsLanguage(language));
    }
  }
  std::vector<GuardedContrasts> sets;
  for (const std::string& source : sources) {
    FP_ASSIGN_OR_RETURN(GuardedContrasts set, LoadGuardedSet(source));
    if (std::ranges::find(sets, set.name, &GuardedContrasts::name) != sets.end()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "{}: a second guarded set named '{}'; sets are told apart by their file's name",
                  source, set.name);
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace fairprune
