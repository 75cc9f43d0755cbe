#include "data/pairs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <unordered_map>

#include "data/records.h"
#include "io/json.h"

namespace fairprune {
namespace {

struct TextColumn {
  std::string_view name;
  std::string PromptPair::*member;
};

constexpr std::array<TextColumn, 10> kTextColumns = {{
    {"id", &PromptPair::id},
    {"category", &PromptPair::category},
    {"attribute_1", &PromptPair::attribute_1},
    {"attribute_2", &PromptPair::attribute_2},
    {"template_id", &PromptPair::template_id},
    {"context", &PromptPair::context},
    {"prompt_1", &PromptPair::prompt_1},
    {"prompt_2", &PromptPair::prompt_2},
    {"language", &PromptPair::language},
    {"split", &PromptPair::split},
}};
constexpr std::string_view kTokenCount = "token_count";

std::string HintFor(const std::string& name) {
  std::vector<std::string_view> known = {kTokenCount};
  for (const TextColumn& column : kTextColumns) known.push_back(column.name);
  return ColumnHint(name, known);
}

// One record of one source; turns its fields into a PromptPair and its faults into errors.
class RecordReader {
 public:
  RecordReader(const RawRecord& record, const std::string& source)
      : record_(record), source_(source) {}

  Result<PromptPair> Read() {
    PromptPair pair;
    for (const RawField& field : record_.fields) FP_RETURN_IF_ERROR(SetField(field, pair));
    for (const std::string_view name : {"prompt_1", "prompt_2"}) {
      if (!Has(name)) return BadName("the column \"{}\" is missing", name);
    }
    if (IsBlank(pair.prompt_1)) return Bad("prompt_1 is empty");
    if (IsBlank(pair.prompt_2)) return Bad("prompt_2 is empty");
    if (pair.prompt_1 == pair.prompt_2) {
      return Bad("prompt_1 and prompt_2 are identical; they must differ in the attribute");
    }
    if (!pair.split.empty() && pair.split != "choose" && pair.split != "held-out") {
      return Bad("split must be \"choose\" or \"held-out\", found \"{}\"", pair.split);
    }
    return pair;
  }

 private:
  template <typename... Args>
  tl::unexpected<Error> Bad(fmt::format_string<Args...> format, Args&&... args) const {
    return Fail(ErrorCode::kBadFormat, "{}: line {}: {}", source_, record_.line,
                fmt::format(format, std::forward<Args>(args)...));
  }

  // The same for a fault of the field names, which in CSV stand in the header row.
  template <typename... Args>
  tl::unexpected<Error> BadName(fmt::format_string<Args...> format, Args&&... args) const {
    return Fail(ErrorCode::kBadFormat, "{}: line {}: {}", source_, record_.names_line,
                fmt::format(format, std::forward<Args>(args)...));
  }

  bool Has(std::string_view name) const {
    return std::any_of(record_.fields.begin(), record_.fields.end(),
                       [&](const RawField& field) { return field.name == name; });
  }

  Status SetField(const RawField& field, PromptPair& pair) const {
    if (field.name == kTokenCount) return SetTokenCount(field, pair);
    const auto column =
        std::find_if(kTextColumns.begin(), kTextColumns.end(),
                     [&](const TextColumn& known) { return known.name == field.name; });
    if (column == kTextColumns.end()) {
      return BadName("unknown column \"{}\"; {}", field.name, HintFor(field.name));
    }
    if (field.kind != RawField::Kind::kText) {
      return Bad("\"{}\" must be a string, found {}", field.name, Describe(field));
    }
    pair.*(column->member) = field.text;
    return {};
  }

  Status SetTokenCount(const RawField& field, PromptPair& pair) const {
    if (field.kind == RawField::Kind::kInteger) {
      pair.token_count = field.integer;
    } else if (field.kind == RawField::Kind::kText && !field.text.empty()) {
      const char* end = field.text.data() + field.text.size();
      const auto [stop, error] = std::from_chars(field.text.data(), end, pair.token_count);
      if (error != std::errc() || stop != end) {
        return Bad("\"token_count\" must be an integer, found {}", Describe(field));
      }
    } else if (field.kind == RawField::Kind::kOther) {
      return Bad("\"token_count\" must be an integer, found {}", Describe(field));
    }
    if (pair.token_count < 0) return Bad("\"token_count\" must not be negative");
    return {};
  }

  const RawRecord& record_;
  const std::string& source_;
};

}  // namespace

Result<std::vector<PromptPair>> ParsePairs(const std::string& text, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const std::vector<RawRecord> records, ReadRecords(text, source));
  if (records.empty()) {
    return Fail(ErrorCode::kBadFormat,
                "{}: line 1: no prompt pairs; expected a JSON list, JSON lines or CSV with a "
                "header row and at least one pair",
                source);
  }
  std::vector<PromptPair> pairs;
  pairs.reserve(records.size());
  std::unordered_map<std::string, int> line_of_id;
  for (const RawRecord& record : records) {
    FP_ASSIGN_OR_RETURN(PromptPair pair, RecordReader(record, source).Read());
    if (pair.id.empty()) pair.id = fmt::format("pair-{}", pairs.size() + 1);
    if (const auto [known, is_new] = line_of_id.emplace(pair.id, record.line); !is_new) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: line {}: duplicate id \"{}\", first used on line {}; ids must be unique",
                  source, record.line, pair.id, known->second);
    }
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

Result<std::vector<PromptPair>> ReadPairs(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParsePairs(text, path);
}

}  // namespace fairprune
