// A data set of signed items, encoded for a model: what is reduced, and what of it is guarded.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "data/signed_items.h"
#include "scoring/contrast.h"

namespace fairprune {

struct BiasSet {
  std::string name;
  std::vector<SignedItem> items;  // those of `contrasts`
  // [items] log p(stereotyped) - log p(anti-stereotyped) from the first differing token on; weights
  // are BalanceWeights', clusters ClusterItems'.
  std::vector<Contrast> contrasts;
  // Of the items with an `unrelated` wording: (log p(stereotyped) + log p(anti-stereotyped)) / 2 -
  // log p(unrelated), the preference for what makes sense; weights 1.
  std::vector<Contrast> meaning;
  std::vector<size_t> meaning_item;  // [meaning] index into `items`
  // The contrasts of two sides ("he|she") with kFewestOfSides items or more, by their numbers in
  // Contrast::side.
  std::vector<std::string> sides;
  // Items without a contrast: one wording's ids begin with all of the other's.
  std::vector<std::string> skipped;
  // Contrasts (SignedItem::contrast) of which only one side is favoured: they cannot be balanced.
  std::vector<std::string> one_sided;
};

// Fewer items say too little about which side is preferred as such.
inline constexpr int64_t kFewestOfSides = 60;
// Of each number in `sides`: the preference for the first side over the second, whichever of them
// an item's stereotype favours; the weighted mean is what the balance of the set leaves out.
std::vector<std::vector<Contrast>> SidePreferences(const BiasSet& set);

// [items] Items of one contrast ("he|she") that favour different sides get weights that sum to the
// same on every side, and to the number of items over all sides; items without a contrast, or of
// one whose items all favour one side, weigh 1. A change that only shifts one side's prior against
// the other's by a constant then leaves the mean unchanged (docs/methods.md, "Balance").
std::vector<double> BalanceWeights(const std::vector<SignedItem>& items);

// Fewer clusters than this cannot show an effect.
inline constexpr int64_t kFewestClusters = 10;
// [items] Items that are not independent of each other: those of one target; or of one template,
// where there are fewer templates than targets and kFewestClusters at least, or one target at most.
// An item alone where neither is named.
std::vector<int64_t> ClusterItems(const std::vector<SignedItem>& items);

// Errors: kInvalidArgument (no item gives a contrast), those of the encoder, naming the item.
Result<BiasSet> EncodeBiasSet(const RequestEncoder& encoder, const std::string& name,
                              const std::vector<SignedItem>& items);

// What must stay, encoded for a model.
struct GuardedSet {
  std::vector<ProtectedContrast> items;  // those of `contrasts`
  // [items] log p(preferred) - log p(other); clusters are templates.
  std::vector<Contrast> contrasts;
  // Items without a contrast: one wording's ids begin with all of the other's.
  std::vector<std::string> skipped;
};

// Errors: those of the encoder, naming the item.
Result<GuardedSet> EncodeGuardedSet(const RequestEncoder& encoder,
                                    const std::vector<ProtectedContrast>& items);

}  // namespace fairprune
