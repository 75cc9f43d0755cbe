// How much of what is guarded may be lost: of every set, and of those that are named.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "cli/context.h"
#include "io/json.h"
#include "selection/attribution_search.h"

namespace fairprune {

struct GuardLimits {
  double percent = 1.0;                 // of every set that is not named
  std::map<std::string, double> named;  // percent, by names of guarded sets
};

// Of the set of the right words' loss beside a guarded preference: "NAME words".
std::string NameOfWords(const std::string& guarded);

// --max-guarded-loss P, --max-guarded-loss NAME=P. The name of a set that has a "NAME words" beside
// it (NameOfWords) is that one's too.
void AddGuardLimits(CLI::App* verb, GuardLimits& limits);

// "1 %", "1 %, knowledge 5 %".
std::string ToString(const GuardLimits& limits);
// {NAME: P}
Json NamedToJson(const GuardLimits& limits);

// Sets SearchSet::max_loss of the guarded sets that are named; names of others do nothing.
void ApplyLimits(const GuardLimits& limits, SearchInputs& inputs);
// Errors: kInvalidArgument (a name that no guarded set has).
Status CheckLimits(const GuardLimits& limits, const SearchInputs& inputs);

}  // namespace fairprune
