#include "data/stereoset_dev.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "io/json.h"

namespace fairprune {
namespace {

constexpr std::array<std::string_view, 3> kLabels = {"stereotype", "anti-stereotype", "unrelated"};

// Turns the entries of one file into records. The JSON parser keeps no lines: an entry's is that of
// its id's first occurrence, looked for from the entry before on.
class DevReader {
 public:
  DevReader(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  Result<RawRecord> Read(const Json& entry, const std::string& type) {
    if (!entry.is_object())
      return Bad("expected an entry of {}, found {}", type, entry.type_name());
    RawRecord record;
    FP_ASSIGN_OR_RETURN(const std::string id, Text(entry, "id"));
    MoveTo(id);
    record.line = record.names_line = line_;
    Add(record, "id", id);
    Add(record, "type", type);
    for (const char* name : {"target", "bias_type", "context"}) {
      FP_ASSIGN_OR_RETURN(const std::string value, Text(entry, name));
      Add(record, name, value);
    }
    const auto sentences = entry.find("sentences");
    if (sentences == entry.end() || !sentences->is_array()) {
      return Bad("\"sentences\" must be a list");
    }
    for (const Json& sentence : *sentences) {
      if (!sentence.is_object()) return Bad("a sentence must be an object");
      FP_ASSIGN_OR_RETURN(const std::string label, Text(sentence, "gold_label"));
      FP_ASSIGN_OR_RETURN(const std::string text, Text(sentence, "sentence"));
      if (std::find(kLabels.begin(), kLabels.end(), label) == kLabels.end()) {
        return Bad(
            "gold_label must be \"stereotype\", \"anti-stereotype\" or \"unrelated\", found \"{}\"",
            label);
      }
      const bool known = std::any_of(record.fields.begin(), record.fields.end(),
                                     [&](const RawField& field) { return field.name == label; });
      if (known) return Bad("two sentences are labelled \"{}\"", label);
      Add(record, label, text);
    }
    return record;
  }

  template <typename... Args>
  tl::unexpected<Error> Bad(fmt::format_string<Args...> format, Args&&... args) const {
    return Fail(ErrorCode::kBadFormat, "{}: line {}: {}", source_, line_,
                fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  static void Add(RawRecord& record, const std::string& name, const std::string& value) {
    record.fields.push_back(TextOf(name, value));
  }

  Result<std::string> Text(const Json& object, const char* name) const {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return Bad("\"{}\" must be a string", name);
    return found->get<std::string>();
  }

  void MoveTo(const std::string& id) {
    const size_t found = text_.find('"' + id + '"', at_);
    if (found == text_.npos) return;
    line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         text_.begin() + static_cast<std::ptrdiff_t>(found), '\n'));
    at_ = found;
  }

  std::string_view text_;
  const std::string& source_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

bool IsStereosetDev(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first != text.npos && text[first] == '{' && text.find("\"data\"") != text.npos &&
         text.find("\"sentences\"") != text.npos;
}

Result<std::vector<RawRecord>> ReadStereosetDevRecords(std::string_view text,
                                                       const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json file, ParseJson(text, source));
  DevReader reader(text, source);
  const auto data = file.find("data");
  if (data == file.end() || !data->is_object()) return reader.Bad("\"data\" must be an object");
  std::vector<RawRecord> records;
  for (const auto& [type, entries] : data->items()) {
    if (!entries.is_array()) return reader.Bad("\"{}\" must be a list of entries", type);
    for (const Json& entry : entries) {
      FP_ASSIGN_OR_RETURN(RawRecord record, reader.Read(entry, type));
      records.push_back(std::move(record));
    }
  }
  return records;
}

}  // namespace fairprune
