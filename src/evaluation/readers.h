// Readers of data sets with a form of their own, inside this room.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/document.h"

namespace fairprune {

// A file's content: valid UTF-8 without byte order mark.
struct SourceText {
  std::string path, text;
};

Document MakeDocument(Json object, const std::string& path, int line);

// Calls `visit(line without its newline, number from 1)` until one fails.
Status ForEachLine(std::string_view text,
                   const std::function<Status(std::string_view, int)>& visit);

Result<std::vector<Document>> ReadWikitext(const SourceText& source);
Result<std::vector<Document>> ReadStereosetDev(const SourceText& source);
Result<std::vector<Document>> ReadWinobias(const std::vector<SourceText>& sources);
Result<std::vector<Document>> ReadWinogender(const std::vector<SourceText>& sources);

}  // namespace fairprune
