// Texts of data sets as lm-evaluation-harness cleans them, inside this room.
#pragma once

#include <string>
#include <string_view>

namespace fairprune {

// tasks/hellaswag/utils.py, preprocess.
std::string CleanWikihow(std::string_view text);
// tasks/wikitext/preprocess_wikitext.py, wikitext_detokenizer.
std::string DetokenizeWikitext(std::string_view page);

}  // namespace fairprune
