#include "data/records.h"

#include <algorithm>

#include "base/edit_distance.h"
#include "io/json.h"

namespace fairprune {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

RawField TextOf(std::string name, std::string text) {
  return {std::move(name), RawField::Kind::kText, std::move(text), 0};
}

Result<std::string_view> CheckUtf8(std::string_view text, const std::string& source) {
  if (const size_t bad = FindInvalidUtf8(text); bad != std::string_view::npos) {
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    return Fail(ErrorCode::kBadFormat,
                "{}: line {}: invalid UTF-8 at byte offset {} (byte 0x{:02X}); save it as UTF-8",
                source, line, bad, static_cast<uint8_t>(text[bad]));
  }
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  return text;
}

Result<std::vector<RawRecord>> ReadRecords(std::string_view content, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const std::string_view text, CheckUtf8(content, source));
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return std::vector<RawRecord>();
  if (text[first] == '[') return ReadJsonListRecords(text, source);
  if (text[first] == '{') return ReadJsonLinesRecords(text, source);
  return ReadCsvRecords(text, source);
}

std::string Describe(const RawField& field) {
  switch (field.kind) {
    case RawField::Kind::kText:
      return fmt::format("\"{}\"", field.text);
    case RawField::Kind::kInteger:
      return fmt::format("the number {}", field.integer);
    case RawField::Kind::kOther:
      break;
  }
  return field.text;
}

std::string ColumnHint(std::string_view name, std::span<const std::string_view> known) {
  std::string_view nearest = known.front();
  std::string all;
  for (const std::string_view column : known) {
    if (EditDistance(name, column) < EditDistance(name, nearest)) nearest = column;
    all += fmt::format("{}{}", all.empty() ? "" : ", ", column);
  }
  if (EditDistance(name, nearest) <= std::max<size_t>(2, nearest.size() / 3)) {
    return fmt::format("did you mean \"{}\"?", nearest);
  }
  return fmt::format("known columns: {}", all);
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

}  // namespace fairprune
