#include "tokenizer/unicode_form.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "base/check.h"
#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

constexpr uint32_t kNumCodePoints = 0x110000;

bool Composes(UnicodeForm form) { return form == UnicodeForm::kNfc || form == UnicodeForm::kNfkc; }

utf8proc_option_t Options(UnicodeForm form) {
  int options = UTF8PROC_STABLE;
  options |= Composes(form) ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
  const bool compatible = form == UnicodeForm::kNfkc || form == UnicodeForm::kNfkd;
  if (compatible) options |= UTF8PROC_COMPAT;
  return static_cast<utf8proc_option_t>(options);
}

// Appends the form of `text` to `out`.
void AppendForm(UnicodeForm form, std::string_view text, std::string& out) {
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t size_bytes =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &made, Options(form));
  // It fails for text that is no UTF-8, and without memory.
  FP_CHECK(size_bytes >= 0, "utf8proc refuses valid UTF-8");
  out.append(reinterpret_cast<const char*>(made), static_cast<size_t>(size_bytes));
  std::free(made);
}

std::string FormOf(UnicodeForm form, uint32_t c) {
  std::string text;
  std::string made;
  AppendUtf8(c, text);
  AppendForm(form, text, made);
  return made;
}

// One bit per code point: whether it is *inert*, that is, has combining class 0, is its own form,
// and never composes with what stands before it. A text may be cut before an inert character and
// its parts be normalised apart, and a text of inert characters is its own form.
class InertCharacters {
 public:
  explicit InertCharacters(UnicodeForm form) : bits_(kNumCodePoints / 64, ~uint64_t{0}) {
    // The vowels and final consonants of Hangul compose by arithmetic.
    for (uint32_t c = 0x1161; Composes(form) && c <= 0x11C2; ++c) Clear(c);
    for (uint32_t c = 0x80; c < kNumCodePoints; ++c) {
      const auto* property = utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
      if (property->combining_class != 0) Clear(c);
      const bool is_syllable = c >= 0xAC00 && c <= 0xD7A3;
      if (is_syllable && !Composes(form)) Clear(c);
      if (property->decomp_seqindex != kNoDecomposition) AddDecomposing(form, c);
    }
  }

  bool Has(uint32_t c) const { return ((bits_[c / 64] >> (c % 64)) & 1) != 0; }

 private:
  static constexpr auto kNoDecomposition = std::numeric_limits<uint16_t>::max();

  void Clear(uint32_t c) { bits_[c / 64] &= ~(uint64_t{1} << (c % 64)); }

  void AddDecomposing(UnicodeForm form, uint32_t c) {
    std::string text;
    AppendUtf8(c, text);
    if (FormOf(form, c) != text) Clear(c);
    if (!Composes(form)) return;
    // The last character of what recomposes is the second of a pair that composes.
    const std::string parts = FormOf(UnicodeForm::kNfd, c);
    const CodePoint last = DecodeBefore(parts, parts.size());
    if (last.num_bytes < parts.size() && FormOf(UnicodeForm::kNfc, c) == text) Clear(last.value);
  }

  std::vector<uint64_t> bits_;
};

const InertCharacters& Inert(UnicodeForm form) {
  switch (form) {
    case UnicodeForm::kNfc: {
      static const InertCharacters kMade(UnicodeForm::kNfc);
      return kMade;
    }
    case UnicodeForm::kNfd: {
      static const InertCharacters kMade(UnicodeForm::kNfd);
      return kMade;
    }
    case UnicodeForm::kNfkc: {
      static const InertCharacters kMade(UnicodeForm::kNfkc);
      return kMade;
    }
    case UnicodeForm::kNfkd:
      break;
  }
  static const InertCharacters kMade(UnicodeForm::kNfkd);
  return kMade;
}

// What must be normalised: characters that are not inert, and the one before them.
struct Stretch {
  size_t begin = 0;
  size_t end = 0;
};

// The first stretch at or behind `at`; at the end of `text` if there is none.
Stretch FindStretch(const InertCharacters& inert, uint8_t first_lead, std::string_view text,
                    size_t at) {
  size_t previous = at;
  while (at < text.size()) {
    // Bytes below `first_lead` are inert characters, or continue one.
    if (static_cast<uint8_t>(text[at]) < first_lead) {
      if ((static_cast<uint8_t>(text[at]) & 0xC0u) != 0x80u) previous = at;
      ++at;
      continue;
    }
    const CodePoint c = DecodeAt(text, at);
    if (!inert.Has(c.value)) break;
    previous = at;
    at += c.num_bytes;
  }
  if (at >= text.size()) return {text.size(), text.size()};
  const size_t begin = previous;
  while (at < text.size()) {
    const CodePoint c = DecodeAt(text, at);
    if (inert.Has(c.value)) break;
    at += c.num_bytes;
  }
  return {begin, at};
}

}  // namespace

std::string_view NormalizeUnicode(UnicodeForm form, std::string_view text, std::string& buffer) {
  const InertCharacters& inert = Inert(form);
  // Below U+0300 NFC knows inert characters only; other forms change some from U+00A0 on.
  const uint8_t first_lead = form == UnicodeForm::kNfc ? 0xCC : 0xC2;
  size_t done = 0;
  buffer.clear();
  while (done < text.size()) {
    const Stretch stretch = FindStretch(inert, first_lead, text, done);
    if (done == 0 && stretch.begin == text.size()) return text;
    buffer.append(text.substr(done, stretch.begin - done));
    if (stretch.begin < stretch.end) {
      AppendForm(form, text.substr(stretch.begin, stretch.end - stretch.begin), buffer);
    }
    done = stretch.end;
  }
  if (buffer.size() == text.size() && buffer == text) return text;
  return buffer;
}

}  // namespace fairprune
