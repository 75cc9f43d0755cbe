#include "io/toml.h"

#include <fmt/core.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <tuple>
#include <utility>

namespace fairprune {
namespace {

// Collects the entries of a parsed file.
class Flattener {
 public:
  explicit Flattener(const std::string& source) : source_(source) {}

  Status Add(const toml::table& table, const std::string& path) {
    if (table.empty() && !path.empty()) {
      entries_.push_back({.table = path, .line = LineOf(table)});
    }
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (const toml::table* inner = node.as_table()) {
        FP_RETURN_IF_ERROR(Add(*inner, path.empty() ? name : fmt::format("{}.{}", path, name)));
      } else {
        FP_RETURN_IF_ERROR(AddEntry(path, name, node));
      }
    }
    return {};
  }

  std::vector<TomlEntry> Take() {
    std::ranges::stable_sort(entries_, {}, [](const TomlEntry& entry) {
      return std::make_tuple(!entry.table.empty(), entry.line);
    });
    return std::move(entries_);
  }

 private:
  static int LineOf(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

  Status AddEntry(const std::string& path, const std::string& key, const toml::node& node) {
    TomlEntry entry{.table = path, .key = key, .line = LineOf(node)};
    const toml::array* list = node.as_array();
    entry.is_list = list != nullptr;
    if (list == nullptr) {
      FP_ASSIGN_OR_RETURN(TomlValue value, ToValue(node, key));
      entry.values.push_back(std::move(value));
    } else {
      for (const toml::node& element : *list) {
        FP_ASSIGN_OR_RETURN(TomlValue value, ToValue(element, key));
        entry.values.push_back(std::move(value));
      }
    }
    entries_.push_back(std::move(entry));
    return {};
  }

  Result<TomlValue> ToValue(const toml::node& node, const std::string& key) const {
    if (const auto* text = node.as_string()) return TomlValue{TomlType::kString, text->get()};
    if (const auto* flag = node.as_boolean()) {
      return TomlValue{TomlType::kBool, flag->get() ? "true" : "false"};
    }
    if (const auto* whole = node.as_integer()) {
      return TomlValue{TomlType::kNumber, fmt::format("{}", whole->get())};
    }
    if (const auto* real = node.as_floating_point();
        real != nullptr && std::isfinite(real->get())) {
      return TomlValue{TomlType::kNumber, fmt::format("{:#}", real->get())};
    }
    return Fail(
        ErrorCode::kBadFormat,
        "{}:{}: '{}' is {}, expected a string, a finite number, true or false, or a list of "
        "these",
        source_, LineOf(node), key, NameOf(node));
  }

  static const char* NameOf(const toml::node& node) {
    switch (node.type()) {
      case toml::node_type::table:
        return "a list of tables";
      case toml::node_type::array:
        return "a list of lists";
      case toml::node_type::floating_point:
        return "inf or nan";
      default:
        return "a date or a time";
    }
  }

  const std::string& source_;
  std::vector<TomlEntry> entries_;
};

// "Error while parsing value: could not …" -> "cannot read the value: could not …".
std::string Described(std::string_view description) {
  constexpr std::string_view kPrefix = "Error while parsing ";
  std::string text(description);
  if (text.starts_with(kPrefix)) text = "cannot read the " + text.substr(kPrefix.size());
  return text;
}

// Line `number` (from 1) of `text`.
std::string_view LineAt(std::string_view text, size_t number) {
  for (; number > 1 && !text.empty(); --number) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  text = text.substr(0, text.find_first_of("\r\n"));
  return text;
}

}  // namespace

Result<std::vector<TomlEntry>> ParseToml(std::string_view text, const std::string& source) {
  try {
    Flattener flattener(source);
    FP_RETURN_IF_ERROR(flattener.Add(toml::parse(text, source), ""));
    return flattener.Take();
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    return Fail(ErrorCode::kBadFormat, "{}:{}: {} (in '{}')", source, line,
                Described(error.description()), LineAt(text, line));
  }
}

std::string TomlString(std::string_view text) {
  const toml::value<std::string> value{std::string(text)};
  std::ostringstream out;
  out << toml::toml_formatter(value, toml::format_flags::allow_unicode_strings);
  return out.str();
}

}  // namespace fairprune
