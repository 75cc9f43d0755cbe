// WinoBias (Zhao et al. 2018): a file of sentences whose pronoun fits an occupation's stereotype,
// and a file of the same sentences with the other pronoun, line by line:
//   1 [The developer] argued with the designer because [he] did not like the design.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "data/document.h"
#include "data/records.h"

namespace fairprune {

struct WinobiasPair {
  std::string pro, anti;  // without number and brackets
  // Of the pro-stereotyped sentence, lower case; empty where nothing stands in brackets: the first
  // text in brackets that is no pronoun, without its article, and the first pronoun.
  std::string occupation, pronoun;
  int line = 0;  // in the pro-stereotyped file
};

// Errors: kMismatch (another number of sentences, or none; the same sentence in both).
Result<std::vector<WinobiasPair>> PairWinobias(const SourceText& pro, const SourceText& anti);

// By the file's name: pro_stereotyped_type… or anti_stereotyped_type….
bool IsWinobiasPath(const std::string& path);

// One record with the columns of our own signed items per pair. `pro` is the file at its path; the
// anti-stereotyped one is read from the same folder. Errors: kInvalidArgument (the path is the
// anti-stereotyped one's), kNotFound, kIo, kBadFormat (a sentence without brackets), those above.
Result<std::vector<RawRecord>> ReadWinobiasRecords(const SourceText& pro);

}  // namespace fairprune
