#include <limits>
#include <nlohmann/json.hpp>

#include "data/records.h"
#include "io/json.h"

namespace fairprune {
namespace {

RawField ToField(const std::string& name, const Json& value) {
  RawField field;
  field.name = name;
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (value.is_string()) {
    field.text = value.get_ref<const std::string&>();
  } else if (value.is_number_integer() &&
             !(value.is_number_unsigned() && value.get<uint64_t>() > kMax)) {
    field.kind = RawField::Kind::kInteger;
    field.integer = value.get<int64_t>();
  } else {
    field.kind = RawField::Kind::kOther;
    field.text = value.is_number() ? "number" : value.type_name();
  }
  return field;
}

Result<RawRecord> ToRecord(const Json& value, int line, const std::string& source) {
  if (!value.is_object()) {
    return Fail(ErrorCode::kBadFormat,
                "{}: line {}: expected an object with the columns as its members, found {}", source,
                line, value.type_name());
  }
  RawRecord record;
  record.line = line;
  record.names_line = line;
  for (const auto& [name, member] : value.items()) record.fields.push_back(ToField(name, member));
  return record;
}

// Lines on which the elements of a JSON list begin. `text` must be a valid JSON list.
std::vector<int> ElementLines(std::string_view text) {
  std::vector<int> lines;
  int line = 1, depth = 0;
  bool in_string = false, expects_element = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;  // a valid JSON string holds no raw newline
    }
    if (c == '\n') ++line;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (depth == 1 && expects_element && c != ']') {
      lines.push_back(line);
      expects_element = false;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth == 1 && (c == ',' || (c == '[' && lines.empty()))) expects_element = true;
  }
  return lines;
}

}  // namespace

Result<std::vector<RawRecord>> ReadJsonListRecords(std::string_view text,
                                                   const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json list, ParseJson(text, source));
  const std::vector<int> lines = ElementLines(text);
  std::vector<RawRecord> records;
  records.reserve(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    FP_ASSIGN_OR_RETURN(RawRecord record, ToRecord(list[i], lines.at(i), source));
    records.push_back(std::move(record));
  }
  return records;
}

Result<std::vector<RawRecord>> ReadJsonLinesRecords(std::string_view text,
                                                    const std::string& source) {
  std::vector<RawRecord> records;
  int line = 0;
  while (!text.empty()) {
    ++line;
    const size_t end = text.find('\n');
    const std::string_view row = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (row.find_first_not_of(" \t\r") == row.npos) continue;
    Result<Json> value = ParseJson(row, source, line);
    if (!value) {
      return Fail(value.error().code,
                  "{} (the file begins with '{{', so it is read as JSON lines: one whole object "
                  "per line; put objects that span lines into a list [ … ])",
                  value.error().message);
    }
    FP_ASSIGN_OR_RETURN(RawRecord record, ToRecord(*value, line, source));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace fairprune
