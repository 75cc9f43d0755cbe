#include <algorithm>

#include "base/text.h"
#include "data/pair_templates.h"
#include "data/records.h"

namespace fairprune {
namespace {

std::vector<std::string> SplitAt(std::string_view text, char mark) {
  std::vector<std::string> parts;
  for (size_t at = 0; at != std::string_view::npos;) {
    const size_t end = text.find(mark, at);
    parts.emplace_back(Trim(text.substr(at, end - at)));
    at = end == std::string_view::npos ? end : end + 1;
  }
  return parts;
}

// "negro/negra", "joven" (all forms alike) or "noun_f=abuela"; empty forms where it is neither.
Attribute ReadAttribute(std::string_view text, const std::vector<std::string>& forms) {
  Attribute attribute;
  const std::vector<std::string> parts = SplitAt(text, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    const size_t equals = parts[i].find('=');
    if (equals != std::string::npos) {
      attribute.forms.emplace_back(Trim(parts[i].substr(0, equals)),
                                   Trim(parts[i].substr(equals + 1)));
    } else if (parts.size() == forms.size()) {
      attribute.forms.emplace_back(forms[i], parts[i]);
    } else if (parts.size() == 1) {
      for (const std::string& form : forms) attribute.forms.emplace_back(form, parts[i]);
    } else {
      return {};
    }
  }
  const auto is_empty = [](const auto& form) { return form.first.empty() || form.second.empty(); };
  return std::ranges::any_of(attribute.forms, is_empty) ? Attribute() : attribute;
}

}  // namespace

Result<PairCategory> ParseAttributeList(std::string_view content, const std::string& source,
                                        const std::string& category,
                                        const std::vector<std::string>& forms) {
  FP_ASSIGN_OR_RETURN(std::string_view text, CheckUtf8(content, source));
  PairCategory list;
  list.name = category;
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string line(Trim(text.substr(0, std::min(text.find('#'), end))));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    AttributePair pair;
    for (const char* split : {"choose", "held-out"}) {
      const std::string mark = std::string(split) + ":";
      if (!line.starts_with(mark)) continue;
      pair.split = split;
      line = std::string(Trim(std::string_view(line).substr(mark.size())));
    }
    const std::vector<std::string> sides = SplitAt(line, '|');
    if (sides.size() == 2) {
      pair.first = ReadAttribute(sides[0], forms);
      pair.second = ReadAttribute(sides[1], forms);
    }
    if (pair.first.forms.empty() || pair.second.forms.empty()) {
      return Fail(
          ErrorCode::kBadFormat, "{}: line {}: expected `one | other`{}, found \"{}\"", source,
          number,
          forms.size() > 1
              ? fmt::format(", each as one text or as {} forms with `/` between", forms.size())
              : "",
          line);
    }
    list.attributes.push_back(std::move(pair));
  }
  if (list.attributes.empty()) {
    return Fail(ErrorCode::kBadFormat, "{}: no attribute pairs; expected lines as `one | other`",
                source);
  }
  return list;
}

}  // namespace fairprune
