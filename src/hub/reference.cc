#include "hub/reference.h"

#include <algorithm>

#include "base/text.h"

namespace fairprune {
namespace {

constexpr std::string_view kScheme = "hf:";

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// The Hub's own rule for each half of ORG/NAME.
bool IsRepoPart(std::string_view part) {
  constexpr size_t kMaxBytes = 96;
  if (part.empty() || part.size() > kMaxBytes || !std::ranges::all_of(part, IsNameByte)) {
    return false;
  }
  const auto is_mark = [](char c) { return c == '-' || c == '.'; };
  return !is_mark(part.front()) && !is_mark(part.back()) &&
         part.find("--") == std::string_view::npos && part.find("..") == std::string_view::npos;
}

tl::unexpected<Error> NotAReference(const std::string& text, std::string_view reason) {
  return Fail(ErrorCode::kInvalidArgument,
              "{}: {}; a model of the Hub is named hf:ORG/NAME, hf:ORG/NAME@REVISION or "
              "hf:ORG/NAME/FILE.gguf",
              text, reason);
}

// How many bytes of `rest`, which follows the `@`, are the revision.
size_t RevisionLength(std::string_view rest) {
  size_t from = 0;
  for (const std::string_view prefix : {"refs/pr/", "refs/convert/"}) {
    if (rest.starts_with(prefix)) from = prefix.size();
  }
  return std::min(rest.find('/', from), rest.size());
}

}  // namespace

bool IsHubReference(std::string_view text) { return text.starts_with(kScheme); }

bool IsSafeRelativePath(std::string_view path) {
  const auto is_bad = [](char c) {
    return c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  };
  if (path.empty() || std::ranges::any_of(path, is_bad)) return false;
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Result<HubReference> ParseHubReference(const std::string& text) {
  std::string_view rest(text);
  if (!rest.starts_with(kScheme)) return NotAReference(text, "does not begin with hf:");
  rest.remove_prefix(kScheme.size());
  if (rest.starts_with("//")) rest.remove_prefix(2);
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return NotAReference(text, "has no ORG/NAME");
  const size_t end = std::min(rest.find_first_of("/@", slash + 1), rest.size());
  HubReference reference;
  reference.repo = rest.substr(0, end);
  if (!IsRepoPart(rest.substr(0, slash)) || !IsRepoPart(rest.substr(slash + 1, end - slash - 1))) {
    return NotAReference(text, fmt::format("'{}' is no ORG/NAME", reference.repo));
  }
  rest.remove_prefix(end);
  if (rest.starts_with('@')) {
    rest.remove_prefix(1);
    const size_t length = RevisionLength(rest);
    reference.revision = ReplaceAll(ReplaceAll(rest.substr(0, length), "%2F", "/"), "%2f", "/");
    if (!IsSafeRelativePath(reference.revision)) {
      return NotAReference(text, fmt::format("'{}' is no revision", reference.revision));
    }
    rest.remove_prefix(length);
  }
  if (rest.starts_with('/')) {
    rest.remove_prefix(1);
    while (rest.ends_with('/')) rest.remove_suffix(1);
    reference.path = rest;
    if (!rest.empty() && !IsSafeRelativePath(rest)) {
      return NotAReference(text, fmt::format("'{}' is no path in a repository", rest));
    }
  }
  return reference;
}

std::string HubReference::ToString() const {
  return fmt::format("{}{}{}{}", kScheme, repo,
                     revision == "main" ? "" : "@" + ReplaceAll(revision, "/", "%2F"),
                     path.empty() ? "" : "/" + path);
}

std::string HubReference::DefaultName() const {
  const std::string& whole = path.empty() ? repo : path;
  const std::string name = whole.substr(whole.rfind('/') + 1);
  constexpr std::string_view kGguf = ".gguf";
  return name.ends_with(kGguf) && name.size() > kGguf.size()
             ? name.substr(0, name.size() - kGguf.size())
             : name;
}

}  // namespace fairprune
