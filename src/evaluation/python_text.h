// The few operations of Python's str and random that lm-evaluation-harness's task definitions rest
// on, with Python 3's results. Texts are valid UTF-8.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fairprune::python {

// str.strip, lstrip, rstrip without arguments: white space as str.isspace sees it.
std::string_view StripLeft(std::string_view text);
std::string_view StripRight(std::string_view text);
std::string_view Strip(std::string_view text);

// str.capitalize for texts whose letters have simple case mappings: the first character in title
// case, the others in lower case.
std::string Capitalize(std::string_view text);
// text[0].lower() + text[1:]
std::string LowerFirst(std::string_view text);
// text.lower(), simple mappings.
std::string Lower(std::string_view text);

// len(text): code points.
int64_t NumCodePoints(std::string_view text);
// text without its last code point.
std::string_view DropLast(std::string_view text);
// text.replace(from, to); `from` is not empty.
std::string Replace(std::string_view text, std::string_view from, std::string_view to);
// len(re.split(r"\s+", text))
int64_t NumSplitWords(std::string_view text);

// random.Random(seed) for seeds below 2^32: Mersenne Twister MT19937 (Matsumoto and Nishimura
// 1998), seeded as init_by_array([seed]).
class Random {
 public:
  explicit Random(uint32_t seed);

  // random(): [0, 1) with 53 bits.
  double NextDouble();
  // floor(random() * size): one draw of choices().
  size_t NextChoice(size_t size);
  // The indices that sample(range(size), count) takes. count <= size < 2^32.
  std::vector<size_t> Sample(size_t size, size_t count);

 private:
  uint32_t NextWord();
  size_t NextBelow(size_t bound);  // _randbelow_with_getrandbits
  std::array<uint32_t, 624> state_{};
  size_t at_ = 624;
};

}  // namespace fairprune::python
