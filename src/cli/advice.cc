#include "cli/advice.h"

#include <fmt/core.h>

#include <filesystem>
#include <string_view>
#include <vector>

#include "cli/program.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

// Entries of a folder that are looked at for a name that was meant.
constexpr size_t kMostEntries = 10000;

// Messages begin with the file: "models/llama/config.json: no such file", "pairs.csv:3: …".
std::string FileIn(const std::string& message) {
  std::error_code ignored;
  for (size_t colon = message.find(':'); colon != std::string::npos;
       colon = message.find(':', colon + 1)) {
    std::string path = message.substr(0, colon);
    if (fs::exists(path, ignored)) return path;
  }
  return message.substr(0, message.find(": "));
}

// The first part of `path` that is not there, and what is there of a similar name.
std::string AdviceForMissing(const fs::path& path) {
  std::error_code ignored;
  fs::path there;
  for (const fs::path& part : path) {
    if (fs::exists(there / part, ignored)) {
      there /= part;
      continue;
    }
    const fs::path folder = there.empty() ? fs::path(".") : there;
    std::vector<std::string> names;
    for (fs::directory_iterator entry(folder, ignored), end;
         !ignored && entry != end && names.size() < kMostEntries; entry.increment(ignored)) {
      names.push_back(entry->path().filename().string());
    }
    const std::string nearest = NearestName(part.string(), names);
    if (!nearest.empty()) {
      return fmt::format("did you mean '{}'?", (there / nearest).string());
    }
    if (there.empty()) {
      return fmt::format("paths begin at the current folder, {}, which has no '{}'.",
                         fs::current_path(ignored).string(), part.string());
    }
    return fmt::format("'{}' is there, but has no '{}'.", there.string(), part.string());
  }
  return "the file is there, but not all of what it must hold: get it anew from where it came.";
}

std::string AdviceForBadFile(const std::string& file) {
  const std::string extension = fs::path(file).extension().string();
  if (extension == ".gguf" || extension == ".safetensors") {
    return "the file is damaged or cut off: get it again, and compare its size and SHA-256 with "
           "its source's.";
  }
  if (extension == ".toml") {
    return "correct that line: strings stand in quotes; a verb with --print-config prints a file "
           "to "
           "begin with, and docs/cli-tools.md says what may stand there.";
  }
  return "correct it at that place, or make the file anew; docs/formats.md says what each file "
         "holds.";
}

}  // namespace

std::string AdviceFor(const Error& error, const std::string& command) {
  if (error.message.starts_with("hf:")) {
    return "docs/cli-hub.md says how models of the Hub are named, and what HF_TOKEN, HF_ENDPOINT "
           "and HF_HUB_OFFLINE do.";
  }
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return fmt::format("'{} --help' shows what it takes.", command);
    case ErrorCode::kNotFound:
      return AdviceForMissing(FileIn(error.message));
    case ErrorCode::kBadFormat:
      return AdviceForBadFile(FileIn(error.message));
    case ErrorCode::kMismatch:
      if (error.message.find("hash") != std::string::npos) {
        return "use files that belong to one another; 'fairprune inspect' shows a model's content "
               "hash, which plans, analyses and patches name.";
      }
      return fmt::format(
          "docs/formats.md says what each file holds, '{} --help' what else there "
          "is to give.",
          command);
    case ErrorCode::kUnsupported:
      return "docs/architecture.md lists the models that are read; 'fairprune doctor' shows what "
             "this machine can do.";
    case ErrorCode::kIo:
      return "look at the free space ('df -h') and at the permissions of the folder.";
    case ErrorCode::kExists:
      return {};
    case ErrorCode::kInternal:
      break;
  }
  return "please report it, with the whole command line and what 'fairprune doctor --json' prints.";
}

}  // namespace fairprune
