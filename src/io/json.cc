#include "io/json.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

namespace fairprune {
namespace {

// Deeper documents are refused: code that walks a value recursively must not exhaust the stack.
constexpr size_t kMaxDepth = 256;

// "source:line:column" of a byte offset; columns count bytes from 1.
std::string Place(std::string_view text, size_t offset, const std::string& source, int first_line) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = first_line + std::count(before.begin(), before.end(), '\n');
  const size_t newline = before.rfind('\n');
  const size_t column = before.size() - (newline == before.npos ? 0 : newline + 1) + 1;
  return fmt::format("{}: line {}, column {}", source, line, column);
}

// An input iterator that publishes how far the parser has read, so that errors raised by the
// builder (which gets no positions) can name their place.
struct TrackingIterator {
  // NOLINTBEGIN(readability-identifier-naming): names that the standard library asks for
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  // NOLINTEND(readability-identifier-naming)

  const char* at = nullptr;
  const char** published = nullptr;

  reference operator*() const { return *at; }
  TrackingIterator& operator++() {
    *published = ++at;
    return *this;
  }
  TrackingIterator operator++(int) {
    TrackingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const TrackingIterator& other) const { return at == other.at; }
  bool operator!=(const TrackingIterator& other) const { return at != other.at; }
};

// Builds the document from parse events. Not nlohmann's own builder, because (a) that lets
// duplicate keys pass, (b) it looks every key up in the ordered object, a linear search: quadratic
// in the size of a vocabulary.
class Builder {
 public:
  bool null() { return Add(nullptr); }
  bool boolean(bool value) { return Add(value); }
  bool number_integer(Json::number_integer_t value) { return Add(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return Add(value); }
  bool number_float(Json::number_float_t value, const Json::string_t&) { return Add(value); }
  bool string(Json::string_t& value) { return Add(std::move(value)); }
  bool binary(Json::binary_t&) { return Stop("binary value in JSON text"); }
  bool start_object(size_t) { return Open(Json::object()); }
  bool start_array(size_t) { return Open(Json::array()); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }

  bool key(Json::string_t& name) {
    if (!open_.back().keys.insert(name).second) {
      return Stop(fmt::format("duplicate key \"{}\"; each key may appear once in an object", name));
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) {
    // The parser counts the characters that it has read, the offending one included.
    error_offset_ = position == 0 ? 0 : position - 1;
    has_error_offset_ = true;
    std::string_view what = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: REASON"
    const size_t reason = what.find(": ");
    if (reason != what.npos) {
      what.remove_prefix(reason + 2);
    } else if (const size_t bracket = what.find("] "); bracket != what.npos) {
      what.remove_prefix(bracket + 2);
    }
    return Stop(std::string(what));
  }

  const std::string& error() const { return error_; }
  bool has_error_offset() const { return has_error_offset_; }
  size_t error_offset() const { return error_offset_; }
  Json TakeRoot() { return std::move(root_); }

 private:
  struct Level {
    Json* value = nullptr;  // into root_; a parent does not grow while its child is open
    std::unordered_set<std::string> keys;
  };

  bool Stop(std::string error) {
    error_ = std::move(error);
    return false;
  }

  bool Add(Json value) {
    Insert(std::move(value));
    return true;
  }

  Json* Insert(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back().value;
    if (parent.is_array()) {
      auto& array = parent.get_ref<Json::array_t&>();
      array.push_back(std::move(value));
      return &array.back();
    }
    // The vector under the ordered map: appends without the map's linear search.
    std::vector<std::pair<const std::string, Json>>& members = parent.get_ref<Json::object_t&>();
    members.emplace_back(std::move(key_), std::move(value));
    return &members.back().second;
  }

  bool Open(Json container) {
    if (open_.size() >= kMaxDepth) {
      return Stop(fmt::format("nested deeper than {} levels", kMaxDepth));
    }
    Json* value = Insert(std::move(container));
    open_.push_back({value, {}});
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Level> open_;
  std::string key_;
  std::string error_;
  size_t error_offset_ = 0;
  bool has_error_offset_ = false;
};

// The member `key`, or an error that says what is missing.
Result<const Json*> Member(const Json& object, const std::string& key, const std::string& source) {
  if (!object.is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: expected an object with the key \"{}\", found {}",
                source, key, object.type_name());
  }
  const auto found = object.find(key);
  if (found == object.end()) {
    return Fail(ErrorCode::kNotFound, "{}: the key \"{}\" is missing", source, key);
  }
  return &*found;
}

tl::unexpected<Error> WrongType(const Json& value, const std::string& key,
                                const std::string& source, std::string_view expected) {
  std::string found = DumpJson(value, -1);
  constexpr size_t kShown = 60;
  if (found.size() > kShown) found = fmt::format("{} ({} long)", value.type_name(), value.size());
  return Fail(ErrorCode::kBadFormat, "{}: \"{}\" must be {}, found {}", source, key, expected,
              found);
}

}  // namespace

Result<Json> ParseJson(std::string_view text, const std::string& source, int first_line) {
  if (const size_t bad = FindInvalidUtf8(text); bad != std::string_view::npos) {
    return Fail(ErrorCode::kBadFormat, "{}: invalid UTF-8 (byte 0x{:02X}); save it as UTF-8",
                Place(text, bad, source, first_line), static_cast<uint8_t>(text[bad]));
  }
  // The parser takes a zero byte for the end, and would pass over what follows it.
  if (const size_t zero = text.find('\0'); zero != text.npos) {
    return Fail(ErrorCode::kBadFormat, "{}: a zero byte, which JSON text cannot have",
                Place(text, zero, source, first_line));
  }
  if (text.find_first_not_of(" \t\r\n") == text.npos) {
    return Fail(ErrorCode::kBadFormat, "{}: expected a JSON value, found nothing",
                Place(text, text.size(), source, first_line));
  }
  const char* read_to = text.data();
  const TrackingIterator begin{text.data(), &read_to};
  const TrackingIterator end{text.data() + text.size(), &read_to};
  Builder builder;
  try {
    if (Json::sax_parse(begin, end, &builder)) return builder.TakeRoot();
  } catch (const std::exception& error) {  // out of memory, or a fault of the parser
    return Fail(ErrorCode::kInternal, "{}: the JSON parser failed: {}", source, error.what());
  }
  const size_t read = static_cast<size_t>(read_to - text.data());
  const size_t offset = builder.has_error_offset() ? builder.error_offset() : read - 1;
  return Fail(ErrorCode::kBadFormat, "{}: {}", Place(text, offset, source, first_line),
              builder.error());
}

Result<Json> ReadJsonFile(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParseJson(text, path);
}

std::string DumpJson(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Result<int64_t> GetInt(const Json& object, const std::string& key, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json* value, Member(object, key, source));
  const bool fits = value->is_number_integer() &&
                    !(value->is_number_unsigned() && value->get<uint64_t>() > INT64_MAX);
  if (!fits) return WrongType(*value, key, source, "a 64-bit integer");
  return value->get<int64_t>();
}

Result<double> GetDouble(const Json& object, const std::string& key, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json* value, Member(object, key, source));
  if (!value->is_number()) return WrongType(*value, key, source, "a number");
  return value->get<double>();
}

Result<std::string> GetString(const Json& object, const std::string& key,
                              const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json* value, Member(object, key, source));
  if (!value->is_string()) return WrongType(*value, key, source, "a string");
  return value->get<std::string>();
}

Result<bool> GetBool(const Json& object, const std::string& key, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json* value, Member(object, key, source));
  if (!value->is_boolean()) return WrongType(*value, key, source, "true or false");
  return value->get<bool>();
}

}  // namespace fairprune
