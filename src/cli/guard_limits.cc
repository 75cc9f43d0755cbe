#include "cli/guard_limits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace fairprune {
namespace {

constexpr const char* kOption = "--max-guarded-loss";

double ParsePercent(std::string_view text, const std::string& value) {
  double percent = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, percent);
  if (error == std::errc{} && rest == end && std::isfinite(percent) && percent >= 0) return percent;
  throw CLI::ValidationError(
      kOption, fmt::format("'{}': expected a percentage of 0 or more, or NAME=PERCENT", value));
}

void Parse(const std::vector<std::string>& values, GuardLimits& limits) {
  for (const std::string& value : values) {
    const size_t equals = value.rfind('=');
    const double percent = ParsePercent(
        std::string_view(value).substr(equals == std::string::npos ? 0 : equals + 1), value);
    if (equals == std::string::npos) {
      limits.percent = percent;
    } else {
      limits.named[value.substr(0, equals)] = percent;
    }
  }
}

// Whether `name` is the name of the preference whose right words' loss the set is.
bool IsOfWords(const std::string& name, const SearchSet& set) {
  return set.is_loss && set.name == NameOfWords(name);
}

}  // namespace

std::string NameOfWords(const std::string& guarded) { return guarded + " words"; }

void AddGuardLimits(CLI::App* verb, GuardLimits& limits) {
  verb->add_option_function<std::vector<std::string>>(
          kOption, [&limits](const std::vector<std::string>& values) { Parse(values, limits); },
          "Percent of each guarded preference (meaning, knowledge, context) that may be lost, and "
          "by which the loss of its right words may grow; NAME=P for one set, such as "
          "knowledge=5. May be given more than once")
      ->type_name("[NAME=]PERCENT")
      ->allow_extra_args(false)
      ->default_str("1");
}

std::string ToString(const GuardLimits& limits) {
  std::string text = fmt::format("{} %", limits.percent);
  for (const auto& [name, percent] : limits.named) text += fmt::format(", {} {} %", name, percent);
  return text;
}

Json NamedToJson(const GuardLimits& limits) {
  Json named = Json::object();
  for (const auto& [name, percent] : limits.named) named[name] = percent;
  return named;
}

void ApplyLimits(const GuardLimits& limits, SearchInputs& inputs) {
  for (SearchSet& set : inputs.guarded) {
    for (const auto& [name, percent] : limits.named) {
      if (IsOfWords(name, set)) set.max_loss = percent / 100;
    }
    const auto own = limits.named.find(set.name);
    if (own != limits.named.end()) set.max_loss = own->second / 100;
  }
}

Status CheckLimits(const GuardLimits& limits, const SearchInputs& inputs) {
  for (const auto& [name, percent] : limits.named) {
    const auto is_meant = [&](const SearchSet& set) {
      return set.name == name || IsOfWords(name, set);
    };
    if (std::ranges::any_of(inputs.guarded, is_meant)) continue;
    std::vector<std::string> names;
    names.reserve(inputs.guarded.size());
    for (const SearchSet& set : inputs.guarded) names.push_back(set.name);
    return Fail(ErrorCode::kInvalidArgument,
                "{} {}={}: no guarded set of that name; guarded here: {}", kOption, name, percent,
                names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  }
  return {};
}

}  // namespace fairprune
