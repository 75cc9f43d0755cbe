// The Unicode normalization forms (Unicode Standard Annex #15), with the work confined to the
// stretches of a text that can change at all.
#pragma once

#include <string>
#include <string_view>

namespace fairprune {

enum class UnicodeForm { kNfc, kNfd, kNfkc, kNfkd };

// The normalised form of `text` (valid UTF-8): `text` itself where nothing changes, otherwise a
// view of the whole of `buffer`. Thread-safe.
std::string_view NormalizeUnicode(UnicodeForm form, std::string_view text, std::string& buffer);

}  // namespace fairprune
