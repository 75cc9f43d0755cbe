#include "evaluation/clean.h"

#include "evaluation/python_text.h"

namespace fairprune {
namespace {

// White space just inside a pair of marks goes; what stands between has no `close` of its own.
std::string Tighten(std::string_view text, char open, char close) {
  std::string out;
  while (true) {
    const size_t begin = text.find(open);
    const size_t end = begin == text.npos ? text.npos : text.find(close, begin + 1);
    if (end == text.npos) return out.append(text);
    out.append(text.substr(0, begin + 1));
    out.append(python::Strip(text.substr(begin + 1, end - begin - 1)));
    out += close;
    text.remove_prefix(end + 1);
  }
}

// "/' 7/" becomes the letters "/'[0-9]/": what the harness's substitution does, odd as it is.
std::string ReplaceSlashedDigit(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const bool found = rest.size() >= 5 && rest.starts_with("/' ") && rest[3] >= '0' &&
                       rest[3] <= '9' && rest[4] == '/';
    if (found) {
      out += "/'[0-9]/";
    } else {
      out += rest[0];
    }
    at += found ? 5 : 1;
  }
  return out;
}

// Each "[", what follows on its line up to the next "]", and that.
std::string DropBracketed(std::string_view text) {
  std::string out;
  while (true) {
    const size_t begin = text.find('[');
    if (begin == text.npos) return out.append(text);
    const size_t end = text.find_first_of("]\n", begin);
    const bool found = end != text.npos && text[end] == ']';
    out.append(text.substr(0, found ? begin : begin + 1));
    text.remove_prefix(found ? end + 1 : begin + 1);
  }
}

}  // namespace

std::string CleanWikihow(std::string_view text) {
  const std::string titled = python::Replace(python::Strip(text), " [title]", ". ");
  return python::Replace(DropBracketed(titled), "  ", " ");
}

std::string DetokenizeWikitext(std::string_view page) {
  std::string text = ReplaceSlashedDigit(python::Replace(page, "s '", "s'"));
  struct Pair {
    std::string_view from, to;
  };
  static constexpr Pair kBefore[] = {{" @-@ ", "-"}, {" @,@ ", ","}, {" @.@ ", "."},
                                     {" : ", ": "},  {" ; ", "; "},  {" . ", ". "},
                                     {" ! ", "! "},  {" ? ", "? "},  {" , ", ", "}};
  for (const Pair& pair : kBefore) text = python::Replace(text, pair.from, pair.to);
  static constexpr char kMarks[][2] = {
      {'(', ')'}, {'[', ']'}, {'{', '}'}, {'"', '"'}, {'\'', '\''}};
  for (const auto& marks : kMarks) text = Tighten(text, marks[0], marks[1]);
  static constexpr Pair kAfter[] = {{"= = = =", "===="},    {"= = =", "==="}, {"= =", "=="},
                                    {" \u00B0 ", "\u00B0"}, {" \n", "\n"},    {"\n ", "\n"},
                                    {" N ", " 1 "},         {" 's", "'s"}};
  for (const Pair& pair : kAfter) text = python::Replace(text, pair.from, pair.to);
  return text;
}

}  // namespace fairprune
