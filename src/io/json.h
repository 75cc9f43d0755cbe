// The one wall between this library and its JSON parser: no exception passes it, duplicate keys,
// invalid UTF-8 and non-finite numbers are errors that name source, line and column.
//
// This header only forward-declares the JSON type; a .cc that touches values includes
// <nlohmann/json.hpp> itself.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairprune {

using Json = nlohmann::ordered_json;

// Parses one JSON document. `source` names the text in errors ("config.json", "pairs.jsonl:12").
// `first_line` is the line number of the text's first line. Errors: kBadFormat.
Result<Json> ParseJson(std::string_view text, const std::string& source, int first_line = 1);

// Reads and parses a file. Errors: kNotFound, kIo, kBadFormat.
Result<Json> ReadJsonFile(const std::string& path);

// Serialises with `indent` spaces (-1: one line). Invalid UTF-8 is replaced by U+FFFD; NaN and
// infinities become null.
std::string DumpJson(const Json& value, int indent = 2);

// Typed member access with errors that name the source and the key:
//   FP_ASSIGN_OR_RETURN(int64_t n, GetInt(config, "hidden_size", "config.json"));
Result<int64_t> GetInt(const Json& object, const std::string& key, const std::string& source);
Result<double> GetDouble(const Json& object, const std::string& key, const std::string& source);
Result<std::string> GetString(const Json& object, const std::string& key,
                              const std::string& source);
Result<bool> GetBool(const Json& object, const std::string& key, const std::string& source);

// Whole content of a file as a string. Errors: kNotFound, kIo.
Result<std::string> ReadTextFile(const std::string& path);

// Byte offset of the first invalid UTF-8 sequence, or npos.
size_t FindInvalidUtf8(std::string_view text);

}  // namespace fairprune
