// The documents of a task, from files and from what ships with the program.
#pragma once

#include <string>
#include <vector>

#include "data/document.h"

namespace fairprune {

// Reads the files of one source, all texts checked to be UTF-8. `reader` is "" (chosen by the first
// file's name: .jsonl, .json or .csv) or one of
//   wikitext        raw WikiText: each page, from its heading " = Title = " on, is {"page"}
//   stereoset_dev   StereoSet's dev.json: {"type", "target", "bias_type", "context", "stereotype",
//                   "anti-stereotype", "unrelated"}
//   winobias        a file of pro- and one of anti-stereotyped sentences, line by line: {"pro",
//                   "anti", "occupation"}, without brackets and line numbers; the occupation is
//                   the bracketed one
//   winogender      all_sentences.tsv and occupations-stats.tsv: {"pro", "anti", "refers_to",
//                   "occupation"}; "pro" has the pronoun of the gender that is in the majority
//   prompt_pairs    a file of ReadPairs: {"id", "category", "template_id", "prompt_1",
//                   "prompt_2"}
// Errors name file and line: kNotFound, kIo, kBadFormat, kInvalidArgument (an unknown reader).
Result<std::vector<Document>> ReadDocuments(const std::vector<std::string>& paths,
                                            const std::string& reader);

// The sources that ship with the program: "bundled:pairs_en" (_es, _ca) and
// "bundled:neutral_en" ({"page"}, whole paragraphs of about 3,000 bytes each). Errors:
// kInvalidArgument (another name).
Result<std::vector<Document>> BundledDocuments(const std::string& name);
// SHA-256 of such a source's content.
Result<std::string> BundledHash(const std::string& name);

}  // namespace fairprune
