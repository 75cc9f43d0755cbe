#include "hub/listing.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "io/json.h"

namespace fairprune {
namespace {

constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kSingle = "model.safetensors";
constexpr std::string_view kIndex = "model.safetensors.index.json";
// Read beside the weights where they are there, or copied into a pruned model.
constexpr auto kSideFiles = std::to_array<std::string_view>(
    {"generation_config.json", "tokenizer.json", "tokenizer.model", "tokenizer.model.v3",
     "tokenizer_config.json", "tekken.json", "vocab.json", "merges.txt", "added_tokens.json",
     "special_tokens_map.json", "preprocessor_config.json", "processor_config.json",
     "chat_template.jinja", "chat_template.json",
     // Terms under which the weights may be passed on.
     "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE", "NOTICE.txt", "NOTICE.md", "Notice.txt",
     "USE_POLICY.md"});

bool IsHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string TextOr(const Json& object, const char* key, std::string fallback) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : fallback;
}

// A size that is there and not negative; -1 else.
int64_t SizeOf(const Json& object) {
  const auto found = object.find("size");
  const bool is_size = found != object.end() && found->is_number_unsigned();
  return is_size ? found->get<int64_t>() : -1;
}

HubFile ToFile(const Json& sibling) {
  HubFile file{.path = TextOr(sibling, "rfilename", ""),
               .size = SizeOf(sibling),
               .hash = TextOr(sibling, "blobId", "")};
  const auto lfs = sibling.find("lfs");
  if (lfs != sibling.end() && lfs->is_object()) {
    file.hash = TextOr(*lfs, "sha256", TextOr(*lfs, "oid", ""));
    if (const int64_t size = SizeOf(*lfs); size >= 0) file.size = size;
    if (file.hash.size() != 64) file.hash.clear();
  } else if (file.hash.size() != 40) {
    file.hash.clear();
  }
  if (!IsHex(file.hash)) file.hash.clear();
  return file;
}

// "x-00001-of-00003.gguf" -> "x"; nullopt-like empty for a file that is no part.
std::string PartStem(std::string_view path) {
  constexpr std::string_view kPattern = "-00000-of-00000.gguf";
  if (path.size() <= kPattern.size()) return {};
  const std::string_view tail = path.substr(path.size() - kPattern.size());
  for (size_t i = 0; i < tail.size(); ++i) {
    const bool is_digit = tail[i] >= '0' && tail[i] <= '9';
    if (kPattern[i] == '0' ? !is_digit : tail[i] != kPattern[i]) return {};
  }
  return std::string(path.substr(0, path.size() - kPattern.size()));
}

// What `reference.path` names as a folder: "" or "FOLDER/".
std::string PrefixOf(const HubReference& reference) {
  return reference.path.empty() ? "" : reference.path + "/";
}

// The names of the files directly in a folder.
std::vector<std::string> NamesIn(const HubListing& listing, const std::string& prefix) {
  std::vector<std::string> names;
  for (const HubFile& file : listing.files) {
    if (!file.path.starts_with(prefix)) continue;
    std::string name = file.path.substr(prefix.size());
    if (name.find('/') == std::string::npos) names.push_back(std::move(name));
  }
  return names;
}

// "nothing", or the first names.
std::string Describe(const std::vector<std::string>& names) {
  constexpr size_t kShown = 12;
  if (names.empty()) return "nothing";
  const auto shown = static_cast<std::ptrdiff_t>(std::min(names.size(), kShown));
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
  return text;
}

Result<HubChoice> ChooseFile(const HubListing& listing, const HubFile& file) {
  HubChoice choice{.files = {}, .index = nullptr, .path = file.path};
  const std::string stem = PartStem(file.path);
  for (const HubFile& other : listing.files) {
    if (&other == &file || (!stem.empty() && PartStem(other.path) == stem)) {
      choice.files.push_back(other);
    }
  }
  return choice;
}

Result<HubChoice> ChooseGguf(const HubListing& listing, const HubReference& reference,
                             const std::vector<std::string>& names) {
  const std::string where = reference.ToString();
  std::vector<std::string> ggufs;
  std::set<std::string> models;
  for (const std::string& name : names) {
    if (!name.ends_with(".gguf")) continue;
    ggufs.push_back(name);
    const std::string stem = PartStem(name);
    models.insert(stem.empty() ? name : stem);
  }
  std::ranges::sort(ggufs);  // of a model in parts the first one is opened
  if (models.size() == 1) {
    return ChooseFile(listing, *listing.Find(PrefixOf(reference) + ggufs.front()));
  }
  if (!models.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "{}: holds several GGUF files ({}); name one: {}/{}",
                where, Describe(ggufs), where, ggufs.front());
  }
  const bool pickled = std::ranges::any_of(names, [](const std::string& name) {
    return name.ends_with(".bin") || name.ends_with(".pt") || name.ends_with(".pth");
  });
  if (pickled) {
    return Fail(ErrorCode::kUnsupported,
                "{}: has pickled weights only, which are not read; look for a revision or a "
                "repository with {}",
                where, kSingle);
  }
  return Fail(ErrorCode::kNotFound,
              "{}: looked for {} with {}, or a .gguf file; the repository holds {}", where, kConfig,
              kSingle, Describe(names));
}

Result<HubChoice> ChooseFolder(const HubListing& listing, const HubReference& reference) {
  const std::string prefix = PrefixOf(reference);
  const HubFile* config = listing.Find(prefix + std::string(kConfig));
  const HubFile* single = listing.Find(prefix + std::string(kSingle));
  const HubFile* index = listing.Find(prefix + std::string(kIndex));
  if (config == nullptr || (single == nullptr && index == nullptr)) {
    return ChooseGguf(listing, reference, NamesIn(listing, prefix));
  }
  HubChoice choice{.files = {*config}, .index = nullptr, .path = reference.path};
  for (const std::string_view name : kSideFiles) {
    const HubFile* file = listing.Find(prefix + std::string(name));
    if (file != nullptr) choice.files.push_back(*file);
  }
  if (single != nullptr) {
    choice.files.push_back(*single);
  } else {
    choice.index = index;
    choice.files.push_back(*index);
  }
  return choice;
}

}  // namespace

const HubFile* HubListing::Find(std::string_view path) const {
  const auto found = std::ranges::find(files, path, &HubFile::path);
  return found == files.end() ? nullptr : &*found;
}

Result<HubListing> ParseHubListing(std::string_view text, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json root, ParseJson(text, source));
  HubListing listing;
  if (root.is_object()) listing.commit = TextOr(root, "sha", "");
  if (listing.commit.size() != 40 || !IsHex(listing.commit)) {
    return Fail(ErrorCode::kBadFormat, "{}: the answer names no commit; is this a Hub?", source);
  }
  const auto siblings = root.find("siblings");
  if (siblings == root.end() || !siblings->is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: the answer lists no files; is this a Hub?", source);
  }
  for (const Json& sibling : *siblings) {
    if (!sibling.is_object()) continue;
    HubFile file = ToFile(sibling);
    const bool usable = IsSafeRelativePath(file.path) && file.size >= 0 && !file.hash.empty();
    if (usable && listing.Find(file.path) == nullptr) listing.files.push_back(std::move(file));
  }
  return listing;
}

Result<HubChoice> ChooseHubFiles(const HubListing& listing, const HubReference& reference) {
  if (reference.path.empty()) return ChooseFolder(listing, reference);
  if (const HubFile* file = listing.Find(reference.path)) return ChooseFile(listing, *file);
  const std::string prefix = PrefixOf(reference);
  const bool is_folder = std::ranges::any_of(
      listing.files, [&](const HubFile& file) { return file.path.starts_with(prefix); });
  if (is_folder) return ChooseFolder(listing, reference);
  return Fail(ErrorCode::kNotFound, "{}: the repository has no such file or folder; it holds {}",
              reference.ToString(), Describe(NamesIn(listing, "")));
}

Result<std::vector<HubFile>> ShardsOf(std::string_view index_text, const HubFile& index,
                                      const HubListing& listing, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json root, ParseJson(index_text, source));
  const auto map = root.is_object() ? root.find("weight_map") : root.end();
  if (!root.is_object() || map == root.end() || !map->is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: has no \"weight_map\"", source);
  }
  const size_t slash = index.path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : index.path.substr(0, slash + 1);
  std::set<std::string> names;
  for (const auto& [tensor, value] : map->items()) {
    const std::string name = value.is_string() ? value.get<std::string>() : "";
    const bool plain = IsSafeRelativePath(name) && name.find('/') == std::string::npos;
    if (!plain || !name.ends_with(".safetensors")) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: tensor '{}' is said to be in '{}', which is no name of a .safetensors file",
                  source, tensor, name);
    }
    names.insert(name);
  }
  std::vector<HubFile> shards;
  for (const std::string& name : names) {
    const HubFile* shard = listing.Find(folder + name);
    if (shard == nullptr) {
      return Fail(ErrorCode::kNotFound, "{}: names {}, which the repository does not hold", source,
                  name);
    }
    shards.push_back(*shard);
  }
  return shards;
}

}  // namespace fairprune
