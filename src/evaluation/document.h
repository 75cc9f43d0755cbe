// The documents of a task: what a data file has per item, as JSON, with its place for errors.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/json.h"

namespace fairprune {

// One item of a data file. `fields` is a JSON object and never null.
struct Document {
  std::shared_ptr<const Json> fields;
  std::string where;  // "FILE:LINE", or "FILE: element N" in a JSON list
};

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

// The sources that ship with the program: "bundled:pairs_en", "bundled:pairs_es" and
// "bundled:neutral_en" ({"page"}, whole paragraphs of about 3,000 bytes each). Errors:
// kInvalidArgument (another name).
Result<std::vector<Document>> BundledDocuments(const std::string& name);
// SHA-256 of such a source's content.
Result<std::string> BundledHash(const std::string& name);

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
