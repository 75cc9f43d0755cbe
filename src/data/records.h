// Records as they stand in a file, before anyone asks what their fields mean: the three file forms
// (JSON list, JSON lines, CSV) all come down to a list of these.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fairprune {

struct RawField {
  enum class Kind { kText, kInteger, kOther };
  std::string name;
  Kind kind = Kind::kText;
  std::string text;     // kText: the value; kOther: the value's JSON type, for the error
  int64_t integer = 0;  // kInteger
};

struct RawRecord {
  int line = 0;        // of the record's first character, from 1
  int names_line = 0;  // where its field names stand: the header row in CSV, else `line`
  std::vector<RawField> fields;
};

// A field of Kind::kText.
RawField TextOf(std::string name, std::string text);

// The text without its byte order mark. Errors (naming source and line): kBadFormat (no UTF-8).
Result<std::string_view> CheckUtf8(std::string_view text, const std::string& source);

// The records of a file of any form: a JSON list begins with `[`, JSON lines with `{`, everything
// else is CSV. A byte order mark is skipped; a text without anything in it has no records.
// Errors (all name source and line): kBadFormat, also for invalid UTF-8.
Result<std::vector<RawRecord>> ReadRecords(std::string_view text, const std::string& source);

// For errors: the field's value, or the kind of JSON value that it is.
std::string Describe(const RawField& field);

// For errors: `did you mean "…"?` with the nearest known column, or the list of all if none is
// near.
std::string ColumnHint(std::string_view name, std::span<const std::string_view> known);

bool IsBlank(std::string_view text);

// Of the three readers below, `text` must be valid UTF-8 without a byte order mark; `source` names
// it in errors. Errors (all name source and line): kBadFormat.

// A JSON list of objects.
Result<std::vector<RawRecord>> ReadJsonListRecords(std::string_view text,
                                                   const std::string& source);

// One JSON object per line; blank lines are skipped.
Result<std::vector<RawRecord>> ReadJsonLinesRecords(std::string_view text,
                                                    const std::string& source);

// CSV after RFC 4180 with a header row: commas, quotes doubled inside quoted fields, quoted fields
// may span lines, LF or CRLF. Blank lines are skipped. All values are kText.
Result<std::vector<RawRecord>> ReadCsvRecords(std::string_view text, const std::string& source);

}  // namespace fairprune
