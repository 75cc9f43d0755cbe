#include "evaluation/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "data/winobias.h"

namespace fairprune {
namespace {

std::vector<std::string_view> SplitAt(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view WithoutReturn(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// " = Title = ", but not " = = Section = = ".
bool IsPageHeading(std::string_view line) {
  return line.starts_with(" = ") && !line.starts_with(" = = ") && line.ends_with(" = ");
}

struct TsvRow {
  std::vector<std::string_view> cells;
  int number = 0;
};

// The rows after the header, which must be `header`.
Result<std::vector<TsvRow>> TsvRows(const SourceText& source,
                                    const std::vector<std::string_view>& header) {
  std::vector<TsvRow> rows;
  FP_RETURN_IF_ERROR(ForEachLine(source.text, [&](std::string_view line, int number) -> Status {
    TsvRow row{SplitAt(WithoutReturn(line), '\t'), number};
    if (number == 1 && row.cells != header) {
      return Fail(ErrorCode::kBadFormat, "{}:1: expected the columns {}", source.path,
                  fmt::join(header, ", "));
    }
    if (row.cells.size() != header.size()) {
      return Fail(ErrorCode::kBadFormat, "{}:{}: expected {} columns with tabs between, found {}",
                  source.path, number, header.size(), row.cells.size());
    }
    if (number > 1) rows.push_back(std::move(row));
    return {};
  }));
  if (rows.empty()) return Fail(ErrorCode::kBadFormat, "{}: has no rows", source.path);
  return rows;
}

// Whether women are the majority of an occupation.
using FemaleMajority = std::unordered_map<std::string, bool>;

Result<FemaleMajority> ReadOccupations(const SourceText& source) {
  FP_ASSIGN_OR_RETURN(
      const std::vector<TsvRow> rows,
      TsvRows(source, {"occupation", "bergsma_pct_female", "bls_pct_female", "bls_year"}));
  FemaleMajority female;
  for (const TsvRow& row : rows) {
    double percent = 0;
    const std::string_view text = row.cells[2];
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
    if (error != std::errc() || rest != text.data() + text.size()) {
      return Fail(ErrorCode::kBadFormat, "{}:{}: bls_pct_female: expected a number, found \"{}\"",
                  source.path, row.number, text);
    }
    female[std::string(row.cells[0])] = percent > 50;
  }
  return female;
}

// The two sentences of one schema, male and female.
struct Schema {
  std::string occupation, refers_to, male, female;
  int line = 0;
};

// "technician.customer.1.male.txt": occupation, other participant, whom the pronoun refers to,
// gender.
Result<std::vector<Schema>> ReadSchemas(const SourceText& source) {
  FP_ASSIGN_OR_RETURN(const std::vector<TsvRow> rows, TsvRows(source, {"sentid", "sentence"}));
  std::vector<Schema> schemas;
  std::unordered_map<std::string, size_t> index_of;
  for (const TsvRow& row : rows) {
    const auto parts = SplitAt(row.cells[0], '.');
    if (parts.size() != 5 || (parts[2] != "0" && parts[2] != "1")) {
      return Fail(ErrorCode::kBadFormat,
                  "{}:{}: sentid: expected OCCUPATION.PARTICIPANT.0|1.GENDER.txt, found \"{}\"",
                  source.path, row.number, row.cells[0]);
    }
    const std::string key = fmt::format("{}.{}.{}", parts[0], parts[1], parts[2]);
    const auto [known, is_new] = index_of.emplace(key, schemas.size());
    if (is_new) {
      schemas.push_back({std::string(parts[0]),
                         parts[2] == "0" ? "occupation" : "participant",
                         {},
                         {},
                         row.number});
    }
    Schema& schema = schemas[known->second];
    if (parts[3] == "male") schema.male = row.cells[1];
    if (parts[3] == "female") schema.female = row.cells[1];
  }
  return schemas;
}

}  // namespace

Result<std::vector<Document>> ReadWikitext(const SourceText& source) {
  std::vector<Document> documents;
  std::string page;
  int first_line = 1;
  const auto flush = [&] {
    if (!page.empty()) documents.push_back(MakeDocument({{"page", page}}, source.path, first_line));
    page.clear();
  };
  FP_RETURN_IF_ERROR(ForEachLine(source.text, [&](std::string_view line, int number) -> Status {
    if (IsPageHeading(line)) {
      flush();
      first_line = number;
    }
    page.append(line) += '\n';
    return {};
  }));
  flush();
  return documents;
}

Result<std::vector<Document>> ReadStereosetDev(const SourceText& source) {
  FP_ASSIGN_OR_RETURN(const Json file, ParseJson(source.text, source.path));
  std::vector<Document> documents;
  for (const char* type : {"intersentence", "intrasentence"}) {
    const Json* list = FindField(file, std::string("data.") + type);
    if (list == nullptr || !list->is_array()) {
      return Fail(ErrorCode::kBadFormat, "{}: expected a list at data.{}", source.path, type);
    }
    for (const Json& element : *list) {
      const Document original{std::make_shared<const Json>(element),
                              fmt::format("{}: data.{}: element {}", source.path, type,
                                          1 + (&element - list->begin().operator->()))};
      Json fields = {{"type", type}};
      for (const char* name : {"id", "target", "bias_type", "context"}) {
        FP_ASSIGN_OR_RETURN(fields[name], TextField(original, name));
      }
      for (size_t i = 0; i < 3; ++i) {
        const std::string at = fmt::format("sentences.{}.", i);
        FP_ASSIGN_OR_RETURN(const std::string label, TextField(original, at + "gold_label"));
        FP_ASSIGN_OR_RETURN(fields[label], TextField(original, at + "sentence"));
      }
      documents.push_back({std::make_shared<const Json>(std::move(fields)), original.where});
    }
  }
  return documents;
}

Result<std::vector<Document>> ReadWinobias(const std::vector<SourceText>& sources) {
  if (sources.size() != 2) {
    return Fail(ErrorCode::kInvalidArgument, "the reader winobias takes two files, found {}",
                sources.size());
  }
  FP_ASSIGN_OR_RETURN(const auto pairs, PairWinobias(sources[0], sources[1]));
  std::vector<Document> documents;
  for (const WinobiasPair& pair : pairs) {
    Json fields = {{"pro", pair.pro}, {"anti", pair.anti}};
    if (!pair.occupation.empty()) fields["occupation"] = pair.occupation;
    documents.push_back(MakeDocument(std::move(fields), sources[0].path, pair.line));
  }
  return documents;
}

Result<std::vector<Document>> ReadWinogender(const std::vector<SourceText>& sources) {
  if (sources.size() != 2) {
    return Fail(ErrorCode::kInvalidArgument, "the reader winogender takes two files, found {}",
                sources.size());
  }
  FP_ASSIGN_OR_RETURN(const std::vector<Schema> schemas, ReadSchemas(sources[0]));
  FP_ASSIGN_OR_RETURN(const FemaleMajority female, ReadOccupations(sources[1]));
  std::vector<Document> documents;
  for (const Schema& schema : schemas) {
    const std::string where = fmt::format("{}:{}", sources[0].path, schema.line);
    const auto majority = female.find(schema.occupation);
    if (majority == female.end()) {
      return Fail(ErrorCode::kMismatch, "{}: the occupation \"{}\" is not in {}", where,
                  schema.occupation, sources[1].path);
    }
    if (schema.male.empty() || schema.female.empty()) {
      return Fail(ErrorCode::kBadFormat, "{}: \"{}\" has no {} sentence", where, schema.occupation,
                  schema.male.empty() ? "male" : "female");
    }
    Json fields = {{"pro", majority->second ? schema.female : schema.male},
                   {"anti", majority->second ? schema.male : schema.female},
                   {"refers_to", schema.refers_to},
                   {"occupation", schema.occupation}};
    documents.push_back({std::make_shared<const Json>(std::move(fields)), where});
  }
  return documents;
}

}  // namespace fairprune
