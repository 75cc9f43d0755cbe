#include "evaluation/template.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "evaluation/python_text.h"

namespace fairprune {
namespace {

constexpr std::string_view kPlainFilters[] = {"strip",         "lstrip",    "rstrip",
                                              "capitalize",    "drop_last", "lower_first",
                                              "but_last_word", "last_word"};

bool IsPlainFilter(std::string_view name) {
  return std::find(std::begin(kPlainFilters), std::end(kPlainFilters), name) !=
         std::end(kPlainFilters);
}

std::string ApplyPlain(std::string_view name, std::string_view text) {
  if (name == "strip") return std::string(python::Strip(text));
  if (name == "lstrip") return std::string(python::StripLeft(text));
  if (name == "rstrip") return std::string(python::StripRight(text));
  if (name == "capitalize") return python::Capitalize(text);
  if (name == "drop_last") return std::string(python::DropLast(text));
  if (name == "lower_first") return python::LowerFirst(text);
  // As Python's text.split(" ")[:-1] joined by spaces, and [-1].
  const size_t space = text.rfind(' ');
  const bool has_space = space != std::string_view::npos;
  if (name == "but_last_word") return has_space ? std::string(text.substr(0, space)) : "";
  return std::string(has_space ? text.substr(space + 1) : text);
}

// A scalar as text.
Result<std::string> ToText(const Json& value, const Document& document, const std::string& path) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return std::string(value.get<bool>() ? "true" : "false");
  if (value.is_number_integer()) return value.dump();
  return Fail(ErrorCode::kBadFormat, "{}: column \"{}\": expected a text, found {}", document.where,
              path, value.type_name());
}

Result<const Json*> RequireField(const Document& document, const std::string& path) {
  const Json* found = FindField(*document.fields, path);
  if (found != nullptr) return found;
  return tl::unexpected(TextField(document, path).error());
}

}  // namespace

Result<TextTemplate::Piece> TextTemplate::ParseReference(std::string_view body,
                                                         const TemplateMaps& maps,
                                                         const std::string& where) {
  Piece piece;
  for (bool first = true; first || !body.empty(); first = false) {
    const size_t end = body.find('|');
    const std::string part(body.substr(0, end));
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (first) {
      piece.path = part;
      if (part.empty()) return Fail(ErrorCode::kBadFormat, "{}: {{}} names no column", where);
      continue;
    }
    const size_t colon = part.find(':');
    Filter filter{
        part.substr(0, colon), colon == std::string::npos ? "" : part.substr(colon + 1), {}};
    const bool takes_text = filter.name == "before" || filter.name == "after";
    if (filter.name == "map") {
      const auto table = maps.find(filter.argument);
      if (table == maps.end()) {
        return Fail(ErrorCode::kBadFormat, "{}: there is no table \"{}\" in \"maps\"", where,
                    filter.argument);
      }
      filter.table = table->second;
    } else if (takes_text ? filter.argument.empty() : !IsPlainFilter(part)) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: no filter \"{}\"; there are: {}, before:X, after:X, map:NAME", where, part,
                  fmt::join(kPlainFilters, ", "));
    }
    piece.filters.push_back(std::move(filter));
  }
  return piece;
}

Result<TextTemplate> TextTemplate::Parse(const std::string& text, const TemplateMaps& maps,
                                         const std::string& where) {
  TextTemplate parsed;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) parsed.pieces_.push_back({literal, {}, {}});
    literal.clear();
  };
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      literal += c;
    } else if (at + 1 < text.size() && text[at + 1] == c) {
      literal += c;
      ++at;
    } else {
      const size_t end = c == '{' ? text.find('}', at) : std::string::npos;
      if (end == std::string::npos) {
        return Fail(ErrorCode::kBadFormat,
                    "{}: a single brace in \"{}\"; write {{{{ or }}}} for "
                    "the character",
                    where, text);
      }
      flush();
      FP_ASSIGN_OR_RETURN(
          Piece piece,
          ParseReference(std::string_view(text).substr(at + 1, end - at - 1), maps, where));
      parsed.pieces_.push_back(std::move(piece));
      at = end;
    }
  }
  flush();
  return parsed;
}

Result<std::string> TextTemplate::Apply(const Filter& filter, std::string text, const Piece& piece,
                                        const Document& document) {
  if (filter.name == "map") {
    const auto found = filter.table.find(text);
    if (found != filter.table.end()) return found->second;
    return Fail(ErrorCode::kBadFormat, "{}: column \"{}\": \"{}\" is not in the table \"{}\"",
                document.where, piece.path, text, filter.argument);
  }
  if (filter.name != "before" && filter.name != "after") return ApplyPlain(filter.name, text);
  const size_t found = text.find(filter.argument);
  if (found == std::string::npos) {
    return Fail(ErrorCode::kBadFormat, "{}: column \"{}\": expected \"{}\" in \"{}\"",
                document.where, piece.path, filter.argument, text);
  }
  return filter.name == "before" ? text.substr(0, found)
                                 : text.substr(found + filter.argument.size());
}

Result<std::string> TextTemplate::Render(const Document& document) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    if (piece.path.empty()) {
      out += piece.literal;
      continue;
    }
    FP_ASSIGN_OR_RETURN(const Json* value, RequireField(document, piece.path));
    FP_ASSIGN_OR_RETURN(std::string text, ToText(*value, document, piece.path));
    for (const Filter& filter : piece.filters) {
      FP_ASSIGN_OR_RETURN(text, Apply(filter, std::move(text), piece, document));
    }
    out += text;
  }
  return out;
}

bool TextTemplate::ColumnsAreIn(const Document& document) const {
  return std::all_of(pieces_.begin(), pieces_.end(), [&](const Piece& piece) {
    return piece.path.empty() || FindField(*document.fields, piece.path) != nullptr;
  });
}

std::string TextTemplate::PlainPath() const {
  return pieces_.size() == 1 && pieces_[0].filters.empty() ? pieces_[0].path : std::string();
}

Result<ListTemplate> ListTemplate::ParseEach(const std::vector<std::string>& texts,
                                             const TemplateMaps& maps, const std::string& where) {
  ListTemplate list;
  for (const std::string& text : texts) {
    FP_ASSIGN_OR_RETURN(TextTemplate parsed, TextTemplate::Parse(text, maps, where));
    list.each_.push_back(std::move(parsed));
  }
  return list;
}

Result<ListTemplate> ListTemplate::ParseColumn(const std::string& text, const std::string& where) {
  ListTemplate list;
  const bool braced = text.size() > 2 && text.front() == '{' && text.back() == '}';
  list.column_ = braced ? text.substr(1, text.size() - 2) : "";
  if (const size_t bar = list.column_.find('|'); bar != std::string::npos) {
    list.part_ = list.column_.substr(bar + 1);
    list.column_.resize(bar);
  }
  const bool known_part = list.part_.empty() || list.part_ == "keys" || list.part_ == "values";
  if (list.column_.empty() || !known_part) {
    return Fail(ErrorCode::kBadFormat,
                "{}: expected {{COLUMN}}, {{COLUMN|keys}} or {{COLUMN|values}}, found \"{}\"",
                where, text);
  }
  return list;
}

Result<std::vector<std::string>> ListTemplate::Render(const Document& document) const {
  std::vector<std::string> texts;
  if (column_.empty()) {
    for (const TextTemplate& text : each_) {
      FP_ASSIGN_OR_RETURN(std::string rendered, text.Render(document));
      texts.push_back(std::move(rendered));
    }
    return texts;
  }
  FP_ASSIGN_OR_RETURN(const Json* value, RequireField(document, column_));
  if (part_.empty() ? !value->is_array() : !value->is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: column \"{}\": expected {}, found {}", document.where,
                column_, part_.empty() ? "a list" : "an object", value->type_name());
  }
  for (const auto& [key, element] : value->items()) {
    if (part_ == "keys") {
      texts.push_back(key);
      continue;
    }
    FP_ASSIGN_OR_RETURN(std::string text, ToText(element, document, column_));
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace fairprune
