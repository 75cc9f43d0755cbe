// What a data file has per item, as JSON, with its place for errors.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/json.h"

namespace fairprune {

// A file's content: valid UTF-8 without byte order mark.
struct SourceText {
  std::string path, text;
};

// One item of a data file. `fields` is a JSON object and never null.
struct Document {
  std::shared_ptr<const Json> fields;
  std::string where;  // "FILE:LINE", or "FILE: element N" in a JSON list
};

Document MakeDocument(Json object, const std::string& path, int line);

// One line of JSON lines. Errors: kBadFormat.
Result<Document> ParseDocument(std::string_view line, const std::string& path, int number);

// Calls `visit(line without its newline, number from 1)` until one fails.
Status ForEachLine(std::string_view text,
                   const std::function<Status(std::string_view, int)>& visit);

// The value at `path` ("choices.text", "choices.0"); nullptr if there is none.
const Json* FindField(const Json& fields, const std::string& path);

// The names of the document's columns, with commas between.
std::string ColumnNames(const Document& document);

// The document with further string members, which replace those of the same name.
Document WithFields(const Document& document,
                    const std::vector<std::pair<std::string, std::string>>& members);

// The string at `path`. Errors: kBadFormat, naming the document and the column.
Result<std::string> TextField(const Document& document, const std::string& path);
// The strings of the list at `path`.
Result<std::vector<std::string>> TextListField(const Document& document, const std::string& path);
// The integer at `path`; a string of digits counts.
Result<int64_t> IntegerField(const Document& document, const std::string& path);

}  // namespace fairprune
