// The small language in which a task file says how a document becomes text:
//
//   "Question: {question|strip}\nAnswer:"
//
// {path} is a column ("choices.text", "choices.0"): a string as it is, an integer in decimal, true
// or false. {path|filter|…} passes it through filters, in order:
//   strip, lstrip, rstrip   white space at the ends, as Python's str has it
//   capitalize              first letter upper case, the others lower
//   lower_first             first letter lower case
//   drop_last               without the last character
//   but_last_word, last_word   what stands before and after the last space
//   before:X, after:X       what stands before and after the first X; an error without X
//   map:NAME                looked up in the task's table NAME; an error if it is not there
// {{ and }} are braces.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluation/document.h"

namespace fairprune {

// The tables of `map:NAME`.
using TemplateMaps = std::map<std::string, std::map<std::string, std::string>>;

// One text of a document.
class TextTemplate {
 public:
  TextTemplate() = default;
  // `where` names the template in errors. Errors: kBadFormat (an open brace, an unknown filter or
  // table).
  static Result<TextTemplate> Parse(const std::string& text, const TemplateMaps& maps,
                                    const std::string& where);

  // Errors: kBadFormat, naming the document and the column.
  Result<std::string> Render(const Document& document) const;

  // The path if the template is one {path} without filters, else empty.
  std::string PlainPath() const;

  // Whether the document has every column that the template names.
  bool ColumnsAreIn(const Document& document) const;

 private:
  struct Filter {
    std::string name, argument;
    std::map<std::string, std::string> table;  // map
  };
  struct Piece {
    std::string literal;  // of a piece without path
    std::string path;
    std::vector<Filter> filters;
  };
  static Result<Piece> ParseReference(std::string_view body, const TemplateMaps& maps,
                                      const std::string& where);
  static Result<std::string> Apply(const Filter& filter, std::string text, const Piece& piece,
                                   const Document& document);
  std::vector<Piece> pieces_;
};

// A list of texts of a document: one template each, or one {path} of a column that holds a list, or
// {path|keys} and {path|values} of one that holds an object (its members' names, or their values).
class ListTemplate {
 public:
  static Result<ListTemplate> ParseEach(const std::vector<std::string>& texts,
                                        const TemplateMaps& maps, const std::string& where);
  static Result<ListTemplate> ParseColumn(const std::string& text, const std::string& where);

  Result<std::vector<std::string>> Render(const Document& document) const;

 private:
  std::vector<TextTemplate> each_;
  std::string column_, part_;  // part_: "", "keys", "values"
};

}  // namespace fairprune
