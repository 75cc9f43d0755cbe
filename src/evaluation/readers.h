// Readers of data sets with a form of their own, inside this room.
#pragma once

#include <vector>

#include "evaluation/document.h"

namespace fairprune {

Result<std::vector<Document>> ReadWikitext(const SourceText& source);
Result<std::vector<Document>> ReadStereosetDev(const SourceText& source);
Result<std::vector<Document>> ReadWinobias(const std::vector<SourceText>& sources);
Result<std::vector<Document>> ReadWinogender(const std::vector<SourceText>& sources);

}  // namespace fairprune
