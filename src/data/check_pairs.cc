#include "data/check_pairs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/text.h"

namespace fairprune {
namespace {

// What is wrong, by name: the first few are shown.
class Faults {
 public:
  void Add(std::string fault) {
    constexpr size_t kShown = 3;
    if (++count_ <= kShown) shown_.push_back(std::move(fault));
  }
  bool empty() const { return count_ == 0; }
  // "WRONG: a, b, c, … (5 in all)", or `fine` if there is nothing wrong.
  DataCheck ToCheck(const char* name, const std::string& fine, std::string_view wrong) const {
    if (empty()) return {name, true, fine};
    return {name, false,
            fmt::format("{}: {}{} ({} in all)", wrong, fmt::join(shown_, ", "),
                        count_ > shown_.size() ? ", …" : "", count_)};
  }

 private:
  size_t count_ = 0;
  std::vector<std::string> shown_;
};

// Words in small letters with one space between.
std::string Normalized(const std::string& text) {
  std::string words;
  for (const char c : AsciiLower(text)) {
    const bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!is_space) {
      words += c;
    } else if (!words.empty() && words.back() != ' ') {
      words += ' ';
    }
  }
  if (!words.empty() && words.back() == ' ') words.pop_back();
  return words;
}

DataCheck CheckText(const std::vector<CheckedPair>& pairs) {
  Faults faults;
  for (const CheckedPair& pair : pairs) {
    for (const std::string* text : {&pair.text_1, &pair.text_2}) {
      const bool ends_in_space = text->starts_with(' ') || text->ends_with(' ');
      if (ends_in_space || text->find("  ") != std::string::npos) {
        faults.Add(fmt::format("{} (spaces)", pair.id));
      } else if (text->find_first_of("{}") != std::string::npos) {
        faults.Add(fmt::format("{} (a slot left open)", pair.id));
      }
    }
  }
  return faults.ToCheck("text", fmt::format("{} pairs", pairs.size()), "wrong");
}

DataCheck CheckDuplicates(const std::vector<CheckedPair>& pairs) {
  Faults faults;
  std::map<std::pair<std::string, std::string>, std::string> seen;
  for (const CheckedPair& pair : pairs) {
    std::pair key(Normalized(pair.text_1), Normalized(pair.text_2));
    if (key.second < key.first) std::swap(key.first, key.second);
    const auto [first, is_new] = seen.emplace(std::move(key), pair.id);
    if (!is_new) faults.Add(fmt::format("{} says what {} says", pair.id, first->second));
  }
  return faults.ToCheck("duplicates", "none", "said again");
}

DataCheck CheckDirection(const std::vector<CheckedPair>& pairs) {
  std::map<std::string, std::map<std::string, int>> sides;
  for (const CheckedPair& pair : pairs) {
    if (!pair.contrast.empty()) ++sides[pair.category + ": " + pair.contrast][pair.side];
  }
  Faults faults;
  for (const auto& [contrast, counts] : sides) {
    const auto& [side, count] = *counts.begin();
    if (counts.size() == 1 && count > 1) {
      faults.Add(fmt::format("{} ({} times \"{}\")", contrast, count, side));
    }
  }
  if (sides.empty()) return {"direction", std::nullopt, "no pair names a contrast"};
  return faults.ToCheck("direction",
                        fmt::format("contrasts: {}, each in both directions", sides.size()),
                        "always the same side");
}

struct Counts {
  int64_t choose = 0, held_out = 0, dropped = 0;
  int64_t all() const { return choose + held_out + dropped; }
};

std::map<std::string, Counts> CountByCategory(const std::vector<CheckedPair>& pairs) {
  std::map<std::string, Counts> counts;
  for (const CheckedPair& pair : pairs) {
    Counts& one = counts[pair.category];
    ++(pair.split == "choose" ? one.choose : pair.split == "held-out" ? one.held_out : one.dropped);
  }
  return counts;
}

DataCheck CheckBalance(const std::vector<CheckedPair>& pairs, double max_imbalance) {
  const std::map<std::string, Counts> counts = CountByCategory(pairs);
  Faults faults;
  Counts sum;
  int64_t least = pairs.empty() ? 0 : counts.begin()->second.all();
  int64_t most = least;
  for (const auto& [category, count] : counts) {
    if (count.choose == 0) faults.Add(fmt::format("{} has none to choose on", category));
    if (count.held_out == 0) faults.Add(fmt::format("{} has none held out", category));
    least = std::min(least, count.all());
    most = std::max(most, count.all());
    sum.choose += count.choose;
    sum.held_out += count.held_out;
    sum.dropped += count.dropped;
  }
  if (static_cast<double>(most) > max_imbalance * static_cast<double>(least)) {
    faults.Add(fmt::format("the largest has {} pairs, the smallest {}", most, least));
  }
  const std::string fine =
      fmt::format("categories: {}, of {} to {} pairs; {} to choose on, {} held out{}",
                  counts.size(), least, most, sum.choose, sum.held_out,
                  sum.dropped == 0 ? "" : fmt::format(", {} in neither part", sum.dropped));
  return faults.ToCheck("balance", fine, "wrong");
}

DataCheck CheckLeakage(const std::vector<CheckedPair>& pairs) {
  // What was seen, with its kind in front, and in which part first.
  std::map<std::string, std::string> part_of;
  std::set<std::string> leaked;
  bool any[2] = {false, false};
  for (const CheckedPair& pair : pairs) {
    if (pair.split.empty()) continue;
    any[pair.split == "choose" ? 0 : 1] = true;
    const auto add = [&](const char* kind, const std::string& value) {
      if (value.empty()) return;
      const std::string key = fmt::format("{} \"{}\"", kind, value);
      if (part_of.emplace(key, pair.split).first->second != pair.split) leaked.insert(key);
    };
    add("template", pair.template_id);
    add("attributes", pair.subject);
    add("text", Normalized(pair.text_1));
    add("text", Normalized(pair.text_2));
  }
  if (!any[0] || !any[1]) return {"leakage", std::nullopt, "there is only one part"};
  Faults faults;
  for (const std::string& one : leaked) faults.Add(one);
  return faults.ToCheck("leakage", "nothing is in both parts", "in both parts");
}

Result<DataCheck> CheckTokens(const std::vector<CheckedPair>& pairs, const CheckOptions& options) {
  if (!options.encode) return DataCheck{"tokens", std::nullopt, "needs --model"};
  int64_t least = INT64_MAX, most = 0;
  std::vector<std::string> uneven;
  for (const CheckedPair& pair : pairs) {
    FP_ASSIGN_OR_RETURN(const std::vector<int32_t> one, options.encode(pair.text_1));
    FP_ASSIGN_OR_RETURN(const std::vector<int32_t> two, options.encode(pair.text_2));
    const TokenDifference difference = DifferingTokens(one, two);
    least = std::min({least, difference.first, difference.second});
    most = std::max({most, difference.first, difference.second});
    if (one.size() != two.size()) {
      uneven.push_back(fmt::format("{} ({} and {})", pair.id, one.size(), two.size()));
    }
  }
  const size_t aligned = pairs.size() - uneven.size();
  const std::string counted =
      fmt::format("{} of {} pairs have as many tokens in both texts, which differ in {} to {}",
                  aligned, pairs.size(), pairs.empty() ? 0 : least, most);
  const auto wanted = options.min_aligned_share * static_cast<double>(pairs.size());
  if (static_cast<double>(aligned) >= wanted) return DataCheck{"tokens", true, counted};
  return DataCheck{
      "tokens", false,
      fmt::format("{}; not: {}{}", counted, uneven.front(), uneven.size() > 1 ? ", …" : "")};
}

template <typename Split>
std::map<std::string, std::string> PartsOf(const Split& split) {
  std::map<std::string, std::string> parts;
  for (const auto& one : split.choose) parts[one.id] = "choose";
  for (const auto& one : split.held_out) parts[one.id] = "held-out";
  return parts;
}

}  // namespace

std::vector<CheckedPair> ToChecked(const std::vector<PromptPair>& pairs) {
  std::map<std::string, std::string> parts = PartsOf(SplitPairs(pairs));
  std::vector<CheckedPair> checked;
  checked.reserve(pairs.size());
  for (const PromptPair& pair : pairs) {
    const std::string attributes = ReplaceAll(AttributeKeyOf(pair), "\n", "|");
    const bool named = !pair.attribute_1.empty() && !pair.attribute_2.empty();
    checked.push_back({.id = pair.id,
                       .category = pair.category,
                       .split = parts[pair.id],
                       .template_id = TemplateKeyOf(pair),
                       .subject = attributes,
                       .contrast = named ? attributes : "",
                       .side = pair.attribute_1,
                       .text_1 = pair.prompt_1,
                       .text_2 = pair.prompt_2});
  }
  return checked;
}

std::vector<CheckedPair> ToChecked(const std::vector<SignedItem>& items) {
  std::map<std::string, std::string> parts = PartsOf(SplitSignedItems(items));
  std::vector<CheckedPair> checked;
  checked.reserve(items.size());
  for (const SignedItem& item : items) {
    checked.push_back({.id = item.id,
                       .category = item.category,
                       .split = parts[item.id],
                       .template_id = item.template_id,
                       .subject = item.target,
                       .contrast = item.contrast,
                       .side = item.group,
                       .text_1 = item.stereotyped,
                       .text_2 = item.anti_stereotyped});
  }
  return checked;
}

Result<std::vector<DataCheck>> CheckPairs(const std::vector<CheckedPair>& pairs,
                                          const CheckOptions& options) {
  std::vector<DataCheck> checks = {CheckText(pairs), CheckDuplicates(pairs), CheckDirection(pairs),
                                   CheckBalance(pairs, options.max_imbalance), CheckLeakage(pairs)};
  FP_ASSIGN_OR_RETURN(DataCheck tokens, CheckTokens(pairs, options));
  checks.push_back(std::move(tokens));
  return checks;
}

TokenDifference DifferingTokens(const std::vector<int32_t>& one, const std::vector<int32_t>& two) {
  const size_t shorter = std::min(one.size(), two.size());
  size_t begin = 0, end = 0;
  while (begin < shorter && one[begin] == two[begin]) ++begin;
  while (end < shorter - begin && one[one.size() - 1 - end] == two[two.size() - 1 - end]) ++end;
  return {static_cast<int64_t>(one.size() - begin - end),
          static_cast<int64_t>(two.size() - begin - end)};
}

}  // namespace fairprune
