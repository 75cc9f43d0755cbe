#include "comparison/requirement.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/match.h"
#include "base/text.h"
#include "statistics/multiple_tests.h"

namespace fairprune {
namespace {

using Field = RequirementField;

struct FieldName {
  std::string_view name;
  Field field;
};
constexpr FieldName kFields[] = {{"difference", Field::kDifference},
                                 {"relative", Field::kRelative},
                                 {"magnitude", Field::kMagnitude},
                                 {"before", Field::kBefore},
                                 {"after", Field::kAfter},
                                 {"low", Field::kLow},
                                 {"high", Field::kHigh},
                                 {"p", Field::kP},
                                 {"p_holm", Field::kPHolm},
                                 {"effect_size", Field::kEffectSize},
                                 {"gained", Field::kGained},
                                 {"lost", Field::kLost}};

Result<double> ParseBound(std::string_view text, const std::string& whole) {
  const bool is_percent = text.ends_with('%');
  std::string_view digits = is_percent ? Trim(text.substr(0, text.size() - 1)) : text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double bound = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, bound);
  if (digits.empty() || error != std::errc() || rest != end || !std::isfinite(bound)) {
    return Fail(ErrorCode::kInvalidArgument, "'{}': expected a number after the sign, found '{}'",
                whole, text);
  }
  return is_percent ? bound / 100 : bound;
}

// A difference of which alpha can be asked.
bool IsChange(Field field) {
  return field == Field::kDifference || field == Field::kRelative || field == Field::kMagnitude;
}

// What the field's change is of: the metric, or its absolute value.
SumStatistic StatisticOf(const PairedMetric& metric, Field field) {
  if (field != Field::kMagnitude) return metric.statistic;
  return [statistic = metric.statistic](std::span<const double> sums) {
    return std::fabs(statistic(sums));
  };
}

// A difference in the field's unit; `before` is taken as given.
double InUnitOf(Field field, double difference, double before) {
  return field == Field::kRelative ? difference / std::fabs(before) : difference;
}

double ValueOf(Field field, const PairedMetric& metric, const PairedResult& result, double p_holm) {
  switch (field) {
    case Field::kDifference:
    case Field::kRelative:
    case Field::kMagnitude:
      return InUnitOf(field, result.difference, result.before);
    case Field::kBefore:
      return result.before;
    case Field::kAfter:
      return result.after;
    case Field::kLow:
      return result.low;
    case Field::kHigh:
      return result.high;
    case Field::kP:
      return result.p_value;
    case Field::kPHolm:
      return p_holm;
    case Field::kEffectSize:
      return result.effect_size;
    case Field::kGained:
      return static_cast<double>(metric.gained);
    case Field::kLost:
      return static_cast<double>(metric.lost);
  }
  return 0;
}

// One requirement on one metric, measured; not yet judged by Holm.
struct Measured {
  const Requirement* requirement;
  const PairedMetric* metric;
  PairedResult result;
};

Result<std::vector<Measured>> Measure(const PairedEvaluations& evaluations,
                                      const std::vector<Requirement>& requirements,
                                      const PairedOptions& options) {
  std::vector<Measured> measured;
  for (const Requirement& requirement : requirements) {
    bool any = false;
    for (const PairedMetric& metric : evaluations.metrics) {
      if (!MatchesPattern(requirement.pattern, metric.FullName())) continue;
      if (!metric.undefined.empty()) {
        if (requirement.pattern.find('*') != std::string::npos) continue;
        return Fail(ErrorCode::kMismatch, "'{}': {} is {}", requirement.text, metric.FullName(),
                    metric.undefined);
      }
      FP_ASSIGN_OR_RETURN(const PairedResult result,
                          CompareMetric(metric, StatisticOf(metric, requirement.field), options));
      measured.push_back({&requirement, &metric, result});
      any = true;
    }
    if (!any) {
      return Fail(ErrorCode::kInvalidArgument, "'{}': no metric of {} and {} is called \"{}\"",
                  requirement.text, evaluations.before.path, evaluations.after.path,
                  requirement.pattern);
    }
  }
  return measured;
}

// The end of the one-sided interval that is nearest to breaking the requirement.
Result<double> OneSidedLimit(const Measured& measured, double alpha, PairedOptions options) {
  const Requirement& requirement = *measured.requirement;
  options.level = 1 - 2 * alpha;
  FP_ASSIGN_OR_RETURN(
      const PairedResult result,
      CompareMetric(*measured.metric, StatisticOf(*measured.metric, requirement.field), options));
  const double end = requirement.comparison[0] == '<' ? result.high : result.low;
  return InUnitOf(requirement.field, end, result.before);
}

// Holm-adjusted p of those measurements for which `belongs` holds, in their order.
template <typename Belongs>
std::vector<double> HolmOf(const std::vector<Measured>& measured, const Belongs& belongs) {
  std::vector<double> p_values;
  for (const Measured& one : measured) {
    if (belongs(one)) p_values.push_back(one.result.p_value);
  }
  return HolmAdjust(p_values);
}

// Of every metric that is defined, by name: what a condition's field p_holm means.
Result<double> HolmOverAll(const PairedEvaluations& evaluations, const PairedMetric& metric,
                           const PairedOptions& options) {
  FP_ASSIGN_OR_RETURN(const auto all, CompareMetrics(evaluations, {"*"}, options));
  for (const ComparedMetric& compared : all) {
    if (compared.metric == &metric) return compared.p_holm;
  }
  return 1.0;
}

}  // namespace

bool Requirement::Holds(double value) const {
  if (comparison == "<") return value < bound;
  if (comparison == "<=") return value <= bound;
  if (comparison == ">") return value > bound;
  return value >= bound;
}

Result<Requirement> ParseRequirement(const std::string& text) {
  const size_t sign = text.find_first_of("<>=!");
  if (sign == std::string::npos || text[sign] == '=' || text[sign] == '!') {
    return Fail(ErrorCode::kInvalidArgument,
                "'{}': expected TASK.METRIC, a sign (<, <=, > or >=) and a number, such as "
                "'bbq.amb_bias_score<-0.01'",
                text);
  }
  Requirement requirement;
  requirement.text = text;
  requirement.comparison = text.substr(sign, text.compare(sign + 1, 1, "=") == 0 ? 2 : 1);
  std::string_view name = Trim(std::string_view(text).substr(0, sign));
  const size_t dot = name.rfind('.');
  for (const FieldName& field : kFields) {
    if (dot == std::string_view::npos || name.substr(dot + 1) != field.name) continue;
    requirement.field = field.field;
    name = name.substr(0, dot);
    break;
  }
  if (name.find('.') == std::string_view::npos) {
    return Fail(ErrorCode::kInvalidArgument, "'{}': expected TASK.METRIC before the sign", text);
  }
  requirement.pattern = name;
  FP_ASSIGN_OR_RETURN(
      requirement.bound,
      ParseBound(Trim(std::string_view(text).substr(sign + requirement.comparison.size())), text));
  return requirement;
}

Result<std::vector<CheckedRequirement>> CheckRequirements(
    const PairedEvaluations& evaluations, const std::vector<Requirement>& requirements,
    std::optional<double> alpha, const PairedOptions& options) {
  if (alpha && !(*alpha > 0 && *alpha < 0.5)) {
    return Fail(ErrorCode::kInvalidArgument, "alpha is {}: expected a number between 0 and 0.5",
                *alpha);
  }
  FP_ASSIGN_OR_RETURN(const std::vector<Measured> measured,
                      Measure(evaluations, requirements, options));
  const auto is_tested = [&](const Measured& one) {
    return alpha && IsChange(one.requirement->field) && one.requirement->AsksForChange();
  };
  const std::vector<double> adjusted = HolmOf(measured, is_tested);
  std::vector<CheckedRequirement> checked;
  size_t next_tested = 0;
  for (const Measured& one : measured) {
    const Requirement& requirement = *one.requirement;
    double p_holm = 1;
    if (requirement.field == Field::kPHolm) {
      FP_ASSIGN_OR_RETURN(p_holm, HolmOverAll(evaluations, *one.metric, options));
    }
    CheckedRequirement check;
    check.text = requirement.text;
    check.metric = one.metric->FullName();
    check.value = ValueOf(requirement.field, *one.metric, one.result, p_holm);
    check.value_holds = check.met = requirement.Holds(check.value);
    if (is_tested(one)) {
      check.p_holm = adjusted[next_tested++];
      check.met = check.met && *check.p_holm <= *alpha;
    } else if (alpha && IsChange(requirement.field)) {
      FP_ASSIGN_OR_RETURN(check.limit, OneSidedLimit(one, *alpha, options));
      check.met = check.met && requirement.Holds(*check.limit);
    }
    checked.push_back(std::move(check));
  }
  return checked;
}

}  // namespace fairprune
