// Signed items: two wordings of one sentence of which the first confirms a stereotype and the
// second contradicts it. Their difference of log-likelihoods has a direction, unlike that of a
// prompt pair.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace fairprune {

struct SignedItem {
  std::string id, category, context, template_id, language;
  std::string split;   // "choose" or "held-out"; empty if the file does not say
  std::string target;  // the group, occupation or person that the sentence is about
  // Which groups the item plays against each other ("he|she", always in one order), and the side of
  // it that `stereotyped` names or favours ("he"). Items of one contrast that favour different
  // sides are weighted equally in sum, so that what merely shifts one side's prior is no bias. Both
  // empty where the two wordings differ in a trait and not in the group.
  std::string contrast, group;
  std::string stereotyped, anti_stereotyped;
  std::string unrelated;  // a third wording that makes no sense; may be empty
};

// Reads signed items from JSON lists, JSON lines or CSV (chosen by content): our own columns,
// StereoSet's (its original dev.json too), CrowS-Pairs's; JSON lines of BBQ, EsBBQ and CaBBQ. A
// path whose file is named as WinoBias's are is read with the other half beside it. Errors (all
// naming file and line): kNotFound, kIo, kBadFormat, kMismatch (WinoBias's halves do not fit),
// kInvalidArgument (its anti-stereotyped half).
Result<std::vector<SignedItem>> ReadSignedItems(const std::string& path);
Result<std::vector<SignedItem>> ParseSignedItems(const std::string& text,
                                                 const std::string& source);

// The sets that ship with the program: "stereotypes_en", "stereotypes_es", "occupations_en",
// "occupations_es", "coreference_en" (held out whole: reserved occupations only).
Result<std::vector<SignedItem>> BundledSignedItems(const std::string& name);

struct SignedSplit {
  std::vector<SignedItem> choose, held_out;
};
// By each item's `split` where all have one. Otherwise targets are ranked by the SHA-256 of their
// name (within each category) and the first half goes to the choosing side; templates, where items
// name any that several targets share, likewise, and items whose target and template disagree are
// dropped. A category with one target only is divided by its templates instead. Deterministic; the
// order of items plays no part.
SignedSplit SplitSignedItems(const std::vector<SignedItem>& items);

// What must not be lost: a right wording against a wrong one ("The king's wife is the queen" …).
struct ProtectedContrast {
  std::string id, category, template_id, language, split;
  std::string preferred, other;
};
Result<std::vector<ProtectedContrast>> ReadProtectedContrasts(const std::string& path);
// "knowledge_en", "context_es", …
Result<std::vector<ProtectedContrast>> BundledProtectedContrasts(const std::string& name);

}  // namespace fairprune
