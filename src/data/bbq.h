// BBQ (Parrish et al. 2022) and its editions for Spain, EsBBQ and CaBBQ: what their scores and
// their signed items have in common, and the latter.
#pragma once

#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/document.h"
#include "data/records.h"

namespace fairprune {

inline constexpr std::array<const char*, 3> kBbqAnswers = {"ans0", "ans1", "ans2"};

// The phrasings of "unknown" that BBQ's answers use.
std::span<const std::string_view> BbqUnknownPhrases();
bool IsBbqUnknown(std::string_view answer);

// Whether the question asks for who has the bad trait. Errors: kBadFormat.
Result<bool> BbqAsksNegatively(const Document& document);

// BBQ's rules, those of lm-evaluation-harness 0.4.13 (tasks/bbq/utils.py).
// additional_metadata.stereotyped_groups in lower case. Errors: kBadFormat.
Result<std::set<std::string>> BbqStereotypedGroups(const Document& document);
// What answer_info says of an answer ("ans0"), as lower-case groups: {"jamal smith", "f", "black"}.
// Nothing where the file leaves it out. Errors: kBadFormat.
Result<std::vector<std::string>> BbqGroups(const Document& document, const std::string& answer);

// The group that an answer of EsBBQ or CaBBQ names: the last name in the last entry of its
// answer_info. Errors: kBadFormat.
Result<std::string> EsbbqGroup(const Document& document, const std::string& answer);

// True of JSON lines whose first row has the columns that all three share.
bool IsBbq(std::string_view text);

// One record with the columns of our own signed items per row whose context is ambiguous and of
// whose two people exactly one is of a stereotyped group; docs/data.md says what is left out.
// `text` must be valid UTF-8. Errors (all name source and line): kBadFormat.
Result<std::vector<RawRecord>> ReadBbqRecords(std::string_view text, const std::string& source);

}  // namespace fairprune
