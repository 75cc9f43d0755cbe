#include "data/document.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace fairprune {
namespace {

Error MissingColumn(const Document& document, const std::string& path) {
  return {ErrorCode::kBadFormat, fmt::format("{}: no column \"{}\"; there are: {}", document.where,
                                             path, ColumnNames(document))};
}

tl::unexpected<Error> WrongType(const Document& document, const std::string& path,
                                const char* expected, const Json& found) {
  return Fail(ErrorCode::kBadFormat, "{}: column \"{}\": expected {}, found {}", document.where,
              path, expected, found.type_name());
}

}  // namespace

Document MakeDocument(Json object, const std::string& path, int line) {
  return {std::make_shared<const Json>(std::move(object)), fmt::format("{}:{}", path, line)};
}

Result<Document> ParseDocument(std::string_view line, const std::string& path, int number) {
  FP_ASSIGN_OR_RETURN(Json object, ParseJson(line, path, number));
  if (!object.is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}:{}: expected an object, found {}", path, number,
                object.type_name());
  }
  return MakeDocument(std::move(object), path, number);
}

Status ForEachLine(std::string_view text,
                   const std::function<Status(std::string_view, int)>& visit) {
  int number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    FP_RETURN_IF_ERROR(visit(text.substr(0, end), ++number));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return {};
}

std::string ColumnNames(const Document& document) {
  std::string names;
  for (const auto& [name, value] : document.fields->items()) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

const Json* FindField(const Json& fields, const std::string& path) {
  const Json* at = &fields;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    const std::string step = path.substr(begin, end - begin);
    if (at->is_object()) {
      const auto found = at->find(step);
      if (found == at->end()) return nullptr;
      at = &*found;
    } else if (at->is_array()) {
      size_t index = 0;
      const auto [rest, error] = std::from_chars(step.data(), step.data() + step.size(), index);
      const bool is_number = error == std::errc() && rest == step.data() + step.size();
      if (!is_number || index >= at->size()) return nullptr;
      at = &(*at)[index];
    } else {
      return nullptr;
    }
    begin = end + 1;
  }
  return at;
}

Document WithFields(const Document& document,
                    const std::vector<std::pair<std::string, std::string>>& members) {
  auto fields = std::make_shared<Json>(*document.fields);
  for (const auto& [name, text] : members) (*fields)[name] = text;
  return {std::move(fields), document.where};
}

Result<std::string> TextField(const Document& document, const std::string& path) {
  const Json* found = FindField(*document.fields, path);
  if (found == nullptr) return tl::unexpected(MissingColumn(document, path));
  if (!found->is_string()) return WrongType(document, path, "a string", *found);
  return found->get<std::string>();
}

Result<std::vector<std::string>> TextListField(const Document& document, const std::string& path) {
  const Json* found = FindField(*document.fields, path);
  if (found == nullptr) return tl::unexpected(MissingColumn(document, path));
  if (!found->is_array()) return WrongType(document, path, "a list of strings", *found);
  std::vector<std::string> texts;
  for (const Json& element : *found) {
    if (!element.is_string()) return WrongType(document, path, "a list of strings", element);
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

Result<int64_t> IntegerField(const Document& document, const std::string& path) {
  const Json* found = FindField(*document.fields, path);
  if (found == nullptr) return tl::unexpected(MissingColumn(document, path));
  if (found->is_number_integer()) return found->get<int64_t>();
  if (found->is_string()) {
    const auto& text = found->get_ref<const std::string&>();
    int64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && rest == text.data() + text.size()) return value;
  }
  return WrongType(document, path, "an integer", *found);
}

}  // namespace fairprune
