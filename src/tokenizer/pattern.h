// Patterns that cut text: regular expressions in the dialect of tokenizer.json (Oniguruma with Ruby
// syntax), run by PCRE2, and literal strings.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fairprune {

// A half-open byte range of a text, and whether the pattern matched it.
struct TextRange {
  size_t begin = 0;
  size_t end = 0;
  bool is_match = false;
};

// The same expression in PCRE2's dialect: `\s`, `\S`, `\w`, `\W` spelled out as the Unicode classes
// that Oniguruma means, `\uXXXX` as `\x{XXXX}`. Constructs that the two engines read differently,
// or that are not known here, are kUnsupported by name.
Result<std::string> TranslateOniguruma(std::string_view expression);

// Per-thread working memory of matching. Move-only.
class MatchScratch {
 public:
  MatchScratch();
  MatchScratch(MatchScratch&&) noexcept;
  MatchScratch& operator=(MatchScratch&&) noexcept;
  ~MatchScratch();

 private:
  friend class Pattern;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Immutable and thread-safe once made.
class Pattern {
 public:
  // Errors: kUnsupported (naming the construct), kBadFormat (PCRE2's message and offset).
  static Result<Pattern> FromRegex(std::string_view oniguruma_expression);
  static Pattern FromLiteral(std::string literal);

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  // Covers the whole of `text` (valid UTF-8) with ranges in order: matches, and what lies between.
  // An empty text has no match. Appends to `ranges`. Errors: kInternal (PCRE2 gave up, with its
  // message).
  Status Cover(std::string_view text, MatchScratch& scratch, std::vector<TextRange>& ranges) const;

  // Writes `text` with every match replaced by `content` to `out`; false, and `out` is not
  // touched, if nothing matches. Errors as of Cover.
  Result<bool> Replace(std::string_view text, std::string_view content, std::string& out) const;

 private:
  struct Impl;
  explicit Pattern(std::unique_ptr<Impl> impl);
  Status CoverByRegex(std::string_view text, MatchScratch& scratch,
                      std::vector<TextRange>& ranges) const;
  void CoverByLiteral(std::string_view text, std::vector<TextRange>& ranges) const;
  bool ReplaceLiteral(std::string_view text, std::string_view content, std::string& out) const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fairprune
