#include "data/signed_items.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "data/bbq.h"
#include "data/embedded.h"
#include "data/records.h"
#include "data/stereoset_dev.h"
#include "data/winobias.h"
#include "io/json.h"

namespace fairprune {
namespace {

template <typename T>
struct Column {
  std::string_view name;
  std::string T::*member;  // null: read by nobody, but no error either
};

constexpr std::array<Column<SignedItem>, 12> kOwnColumns = {{
    {"id", &SignedItem::id},
    {"category", &SignedItem::category},
    {"context", &SignedItem::context},
    {"template_id", &SignedItem::template_id},
    {"language", &SignedItem::language},
    {"split", &SignedItem::split},
    {"target", &SignedItem::target},
    {"contrast", &SignedItem::contrast},
    {"group", &SignedItem::group},
    {"stereotyped", &SignedItem::stereotyped},
    {"anti_stereotyped", &SignedItem::anti_stereotyped},
    {"unrelated", &SignedItem::unrelated},
}};

// CrowS-Pairs's CSV, whose first column has no name and numbers the rows, and the JSON lines of the
// multilingual edition. `sent_more` is the more stereotyping sentence whatever stereo_antistereo
// says: that column tells which of the two was written first.
constexpr std::array<Column<SignedItem>, 8> kCrowsPairsColumns = {{
    {"", &SignedItem::id},
    {"sent_more", &SignedItem::stereotyped},
    {"sent_less", &SignedItem::anti_stereotyped},
    {"bias_type", &SignedItem::category},
    {"stereo_antistereo", nullptr},
    {"annotations", nullptr},
    {"anon_writer", nullptr},
    {"anon_annotators", nullptr},
}};

// A row of StereoSet, before `context` and `type` have become part of the sentences.
constexpr std::array<Column<SignedItem>, 8> kStereosetColumns = {{
    {"id", &SignedItem::id},
    {"type", &SignedItem::template_id},
    {"target", &SignedItem::target},
    {"bias_type", &SignedItem::category},
    {"context", &SignedItem::context},
    {"stereotype", &SignedItem::stereotyped},
    {"anti-stereotype", &SignedItem::anti_stereotyped},
    {"unrelated", &SignedItem::unrelated},
}};

constexpr std::array<Column<ProtectedContrast>, 7> kContrastColumns = {{
    {"id", &ProtectedContrast::id},
    {"category", &ProtectedContrast::category},
    {"template_id", &ProtectedContrast::template_id},
    {"language", &ProtectedContrast::language},
    {"split", &ProtectedContrast::split},
    {"preferred", &ProtectedContrast::preferred},
    {"other", &ProtectedContrast::other},
}};

// One record of one source; turns its fields into a T and its faults into errors.
template <typename T>
class RecordReader {
 public:
  RecordReader(const RawRecord& record, const std::string& source,
               std::span<const Column<T>> columns)
      : record_(record), source_(source), columns_(columns) {}

  template <typename... Args>
  tl::unexpected<Error> Bad(fmt::format_string<Args...> format, Args&&... args) const {
    return Fail(ErrorCode::kBadFormat, "{}: line {}: {}", source_, record_.line,
                fmt::format(format, std::forward<Args>(args)...));
  }

  Result<T> Read() const {
    T item;
    for (const RawField& field : record_.fields) FP_RETURN_IF_ERROR(SetField(field, item));
    return item;
  }

  // The two wordings: both columns there, neither empty, not the same.
  Status CheckWordings(std::string_view one, std::string_view two, const T& item) const {
    for (const std::string_view name : {one, two}) {
      const Column<T>& column = *Find(name);
      const bool has = std::any_of(record_.fields.begin(), record_.fields.end(),
                                   [&](const RawField& field) { return field.name == name; });
      if (!has) return BadName("the column \"{}\" is missing", name);
      if (IsBlank(item.*(column.member))) return Bad("{} is empty", name);
    }
    if (item.*(Find(one)->member) == item.*(Find(two)->member)) {
      return Bad("{} and {} are identical; they must differ in a word", one, two);
    }
    if (!item.split.empty() && item.split != "choose" && item.split != "held-out") {
      return Bad("split must be \"choose\" or \"held-out\", found \"{}\"", item.split);
    }
    return {};
  }

 private:
  // A fault of the field names, which in CSV stand in the header row.
  template <typename... Args>
  tl::unexpected<Error> BadName(fmt::format_string<Args...> format, Args&&... args) const {
    return Fail(ErrorCode::kBadFormat, "{}: line {}: {}", source_, record_.names_line,
                fmt::format(format, std::forward<Args>(args)...));
  }

  const Column<T>* Find(std::string_view name) const {
    const auto found = std::find_if(columns_.begin(), columns_.end(),
                                    [&](const Column<T>& known) { return known.name == name; });
    return found == columns_.end() ? nullptr : &*found;
  }

  Status SetField(const RawField& field, T& item) const {
    const Column<T>* column = Find(field.name);
    if (column == nullptr) {
      std::vector<std::string_view> known;
      for (const Column<T>& one : columns_) {
        if (!one.name.empty()) known.push_back(one.name);
      }
      return BadName("unknown column \"{}\"; {}", field.name, ColumnHint(field.name, known));
    }
    if (column->member == nullptr) return {};
    if (field.kind != RawField::Kind::kText) {
      return Bad("\"{}\" must be a string, found {}", field.name, Describe(field));
    }
    item.*(column->member) = field.text;
    return {};
  }

  const RawRecord& record_;
  const std::string& source_;
  std::span<const Column<T>> columns_;
};

using ItemReader = RecordReader<SignedItem>;

Result<SignedItem> ReadOwn(const RawRecord& record, const std::string& source) {
  const ItemReader reader(record, source, kOwnColumns);
  FP_ASSIGN_OR_RETURN(SignedItem item, reader.Read());
  FP_RETURN_IF_ERROR(reader.CheckWordings("stereotyped", "anti_stereotyped", item));
  if (item.contrast.empty() != item.group.empty()) {
    return reader.Bad("contrast and group belong together: one is empty, the other is not");
  }
  const size_t bar = item.contrast.find('|');
  const std::string first = item.contrast.substr(0, bar);
  const std::string second = bar == std::string::npos ? "" : item.contrast.substr(bar + 1);
  if (!item.contrast.empty() && (first.empty() || second.empty() || first == second)) {
    return reader.Bad("contrast must name two groups, \"one|other\", found \"{}\"", item.contrast);
  }
  if (item.group != first && item.group != second) {
    return reader.Bad("group must be one side of the contrast \"{}\", found \"{}\"", item.contrast,
                      item.group);
  }
  return item;
}

Result<SignedItem> ReadCrowsPairs(const RawRecord& record, const std::string& source) {
  const ItemReader reader(record, source, kCrowsPairsColumns);
  FP_ASSIGN_OR_RETURN(SignedItem item, reader.Read());
  FP_RETURN_IF_ERROR(reader.CheckWordings("sent_more", "sent_less", item));
  return item;
}

Result<SignedItem> ReadStereoset(const RawRecord& record, const std::string& source) {
  const ItemReader reader(record, source, kStereosetColumns);
  FP_ASSIGN_OR_RETURN(SignedItem item, reader.Read());
  FP_RETURN_IF_ERROR(reader.CheckWordings("stereotype", "anti-stereotype", item));
  const std::string type = std::exchange(item.template_id, "");
  const std::string context = std::exchange(item.context, "");
  if (type == "intrasentence") return item;
  if (type != "intersentence") {
    return reader.Bad("type must be \"intrasentence\" or \"intersentence\", found \"{}\"", type);
  }
  if (IsBlank(context)) return reader.Bad("context is empty; an intersentence row needs one");
  for (std::string* text : {&item.stereotyped, &item.anti_stereotyped, &item.unrelated}) {
    if (!text->empty()) *text = fmt::format("{} {}", context, *text);
  }
  return item;
}

Result<SignedItem> ReadItem(const RawRecord& record, const std::string& source) {
  for (const RawField& field : record.fields) {
    if (field.name == "sent_more") return ReadCrowsPairs(record, source);
    if (field.name == "stereotype") return ReadStereoset(record, source);
  }
  return ReadOwn(record, source);
}

Result<std::vector<RawRecord>> ReadItemRecords(const std::string& text, const std::string& source) {
  if (IsStereosetDev(text)) return ReadStereosetDevRecords(text, source);
  FP_ASSIGN_OR_RETURN(const std::string_view checked, CheckUtf8(text, source));
  return IsBbq(checked) ? ReadBbqRecords(checked, source) : ReadRecords(text, source);
}

// Reads every record by `read`, numbers those without an id, and refuses an id given twice.
template <typename T, typename Read>
Result<std::vector<T>> ReadAll(const std::vector<RawRecord>& records, const std::string& source,
                               std::string_view what, Read read) {
  if (records.empty()) {
    return Fail(ErrorCode::kBadFormat,
                "{}: line 1: no {}s; expected a JSON list, JSON lines or CSV with a header row and "
                "at least one {}",
                source, what, what);
  }
  std::vector<T> items;
  items.reserve(records.size());
  std::unordered_map<std::string, int> line_of_id;
  for (const RawRecord& record : records) {
    FP_ASSIGN_OR_RETURN(T item, read(record, source));
    if (item.id.empty()) item.id = fmt::format("item-{}", items.size() + 1);
    if (const auto [known, is_new] = line_of_id.emplace(item.id, record.line); !is_new) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: line {}: duplicate id \"{}\", first used on line {}; ids must be unique",
                  source, record.line, item.id, known->second);
    }
    items.push_back(std::move(item));
  }
  return items;
}

Result<ProtectedContrast> ReadContrast(const RawRecord& record, const std::string& source) {
  const RecordReader<ProtectedContrast> reader(record, source, kContrastColumns);
  FP_ASSIGN_OR_RETURN(ProtectedContrast contrast, reader.Read());
  FP_RETURN_IF_ERROR(reader.CheckWordings("preferred", "other", contrast));
  return contrast;
}

Result<std::vector<ProtectedContrast>> ParseContrasts(std::string_view text,
                                                      const std::string& source) {
  FP_ASSIGN_OR_RETURN(const std::vector<RawRecord> records, ReadRecords(text, source));
  return ReadAll<ProtectedContrast>(records, source, "protected contrast", ReadContrast);
}

// The file of that name, or an error that lists those there are.
Result<EmbeddedFile> FindEmbedded(std::span<const EmbeddedFile> files, std::string_view name,
                                  std::string_view what) {
  std::string all;
  for (const EmbeddedFile& file : files) {
    if (file.name == name) return file;
    all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", file.name);
  }
  return Fail(ErrorCode::kInvalidArgument, "no bundled {} \"{}\"; there are {}", what, name, all);
}

}  // namespace

Result<std::vector<SignedItem>> ParseSignedItems(const std::string& text,
                                                 const std::string& source) {
  FP_ASSIGN_OR_RETURN(const std::vector<RawRecord> records, ReadItemRecords(text, source));
  return ReadAll<SignedItem>(records, source, "signed item", ReadItem);
}

Result<std::vector<SignedItem>> ReadSignedItems(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  if (!IsWinobiasPath(path)) return ParseSignedItems(text, path);
  FP_ASSIGN_OR_RETURN(const std::string_view checked, CheckUtf8(text, path));
  FP_ASSIGN_OR_RETURN(const std::vector<RawRecord> records,
                      ReadWinobiasRecords({path, std::string(checked)}));
  return ReadAll<SignedItem>(records, path, "signed item", ReadOwn);
}

Result<std::vector<SignedItem>> BundledSignedItems(const std::string& name) {
  FP_ASSIGN_OR_RETURN(const EmbeddedFile file,
                      FindEmbedded(EmbeddedSignedItems(), name, "signed items"));
  return ParseSignedItems(std::string(file.text), fmt::format("bundled {}.json", name));
}

Result<std::vector<ProtectedContrast>> ReadProtectedContrasts(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParseContrasts(text, path);
}

Result<std::vector<ProtectedContrast>> BundledProtectedContrasts(const std::string& name) {
  FP_ASSIGN_OR_RETURN(const EmbeddedFile file,
                      FindEmbedded(EmbeddedProtectedContrasts(), name, "protected contrasts"));
  return ParseContrasts(file.text, fmt::format("bundled {}.json", name));
}

}  // namespace fairprune
