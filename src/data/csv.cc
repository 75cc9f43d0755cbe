#include <algorithm>

#include "data/records.h"

namespace fairprune {
namespace {

struct CsvRow {
  int line = 0;
  std::vector<std::string> cells;
};

// Cuts CSV text into rows, one at a time, and counts lines.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  // Skips blank lines; true if a row follows.
  bool SkipToRow() {
    while (at_ < text_.size()) {
      const size_t end = std::min(text_.find('\n', at_), text_.size());
      const std::string_view row = text_.substr(at_, end - at_);
      if (row.find_first_not_of(" \t\r") != row.npos) return true;
      at_ = std::min(end + 1, text_.size());
      ++line_;
    }
    return false;
  }

  Result<CsvRow> ReadRow() {
    CsvRow row;
    row.line = line_;
    while (true) {
      const bool quoted = at_ < text_.size() && text_[at_] == '"';
      FP_ASSIGN_OR_RETURN(std::string cell, quoted ? ReadQuoted() : ReadBare());
      row.cells.push_back(std::move(cell));
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      SkipLineEnd();
      return row;
    }
  }

 private:
  bool AtLineEnd() const {
    return at_ == text_.size() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n";
  }

  void SkipLineEnd() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size()) {
      ++at_;
      ++line_;
    }
  }

  Result<std::string> ReadBare() {
    std::string cell;
    while (!AtLineEnd() && text_[at_] != ',') {
      if (text_[at_] == '"') {
        return Fail(ErrorCode::kBadFormat,
                    "{}: line {}: a quote inside an unquoted field; put the whole field in quotes "
                    "and double the quotes inside it",
                    source_, line_);
      }
      cell += text_[at_++];
    }
    return cell;
  }

  Result<std::string> ReadQuoted() {
    const int first_line = line_;
    std::string cell;
    ++at_;
    while (true) {
      if (at_ == text_.size()) {
        return Fail(ErrorCode::kBadFormat,
                    "{}: line {}: a quoted field begins here and never ends; close it with a quote",
                    source_, first_line);
      }
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c != '"') {
        cell += c;
      } else if (at_ < text_.size() && text_[at_] == '"') {
        cell += '"';
        ++at_;
      } else {
        break;
      }
    }
    if (!AtLineEnd() && text_[at_] != ',') {
      return Fail(ErrorCode::kBadFormat,
                  "{}: line {}: text after the closing quote of a field; expected a comma or the "
                  "end of the line (quotes inside a quoted field are doubled)",
                  source_, line_);
    }
    return cell;
  }

  std::string_view text_;
  const std::string& source_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

Result<std::vector<RawRecord>> ReadCsvRecords(std::string_view text, const std::string& source) {
  CsvReader reader(text, source);
  std::vector<RawRecord> records;
  if (!reader.SkipToRow()) return records;
  FP_ASSIGN_OR_RETURN(const CsvRow header, reader.ReadRow());
  for (size_t i = 0; i < header.cells.size(); ++i) {
    const auto end = header.cells.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(header.cells.begin(), end, header.cells[i]) != end) {
      return Fail(ErrorCode::kBadFormat, "{}: line {}: the column \"{}\" appears twice", source,
                  header.line, header.cells[i]);
    }
  }
  while (reader.SkipToRow()) {
    FP_ASSIGN_OR_RETURN(CsvRow row, reader.ReadRow());
    if (row.cells.size() != header.cells.size()) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: line {}: expected {} fields as in the header row, found {}; a field that "
                  "contains a comma must be quoted",
                  source, row.line, header.cells.size(), row.cells.size());
    }
    RawRecord record;
    record.line = row.line;
    record.names_line = header.line;
    for (size_t i = 0; i < row.cells.size(); ++i) {
      record.fields.push_back({header.cells[i], RawField::Kind::kText, std::move(row.cells[i]), 0});
    }
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace fairprune
