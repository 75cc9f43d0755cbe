#include "evaluation/journal.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "io/atomic_output.h"
#include "io/system_error.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

std::string SettingsPath(const std::string& folder) { return folder + "/settings.json"; }
std::string ScoresPath(const std::string& folder) { return folder + "/scores.jsonl"; }

// "limit: 10 then, 20 now" for every value in which two settings differ.
void ListDifferences(const Json& then, const Json& now, const std::string& path,
                     std::vector<std::string>& out) {
  const auto text = [](const Json* value) { return value == nullptr ? "none" : value->dump(); };
  if (!then.is_object() || !now.is_object()) {
    if (then != now)
      out.push_back(fmt::format("{}: {} then, {} now", path, text(&then), text(&now)));
    return;
  }
  Json keys = then;
  keys.update(now);
  for (const auto& [key, ignored] : keys.items()) {
    const std::string at = fmt::format("{}{}{}", path, path.empty() ? "" : ".", key);
    const bool in_both = then.contains(key) && now.contains(key);
    if (in_both) {
      ListDifferences(then.at(key), now.at(key), at, out);
    } else {
      out.push_back(at + (then.contains(key) ? ": then only" : ": now only"));
    }
  }
}

}  // namespace

Result<EvalJournal> EvalJournal::Open(const std::string& folder, const Json& settings,
                                      bool resume) {
  EvalJournal journal;
  journal.folder_ = folder;
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) {
    FP_RETURN_IF_ERROR(journal.Create(settings));
  } else if (resume) {
    FP_RETURN_IF_ERROR(journal.Read(settings));
  } else {
    return Fail(ErrorCode::kExists, "{}: exists already", folder);
  }
  return journal;
}

Status EvalJournal::Create(const Json& settings) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return tl::unexpected(WriteError(folder_, "create the folder", error.value()));
  FP_RETURN_IF_ERROR(WriteFileAtomically(SettingsPath(folder_), DumpJson(settings) + "\n"));
  return OpenForAppending();
}

Status EvalJournal::Read(const Json& settings) {
  FP_ASSIGN_OR_RETURN(const Json then, ReadJsonFile(SettingsPath(folder_)));
  std::vector<std::string> differences;
  ListDifferences(then, settings, "", differences);
  if (!differences.empty()) {
    return Fail(ErrorCode::kMismatch,
                "{}: was begun with other inputs, so that going on would mix them:\n  {}", folder_,
                fmt::join(differences, "\n  "));
  }
  std::error_code ignored;
  if (fs::exists(ScoresPath(folder_), ignored)) {
    FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(ScoresPath(folder_)));
    FP_RETURN_IF_ERROR(ReadLines(text));
  }
  return OpenForAppending();
}

Status EvalJournal::ReadLines(const std::string& text) {
  int number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;
    const std::string source = fmt::format("{}:{}", ScoresPath(folder_), ++number);
    const auto line = ParseJson(std::string_view(text).substr(begin, end - begin), source, number);
    if (!line) break;  // what a crash of the machine left; everything before it is whole
    if (const Status read = ReadLine(*line); !read) return WithContext(read.error(), source);
    begin = end + 1;
    good_bytes_ = static_cast<int64_t>(begin);
  }
  return {};
}

Status EvalJournal::ReadLine(const Json& line) {
  FP_ASSIGN_OR_RETURN(const std::string task, GetString(line, "task", "line"));
  FP_ASSIGN_OR_RETURN(const int64_t doc, GetInt(line, "doc", "line"));
  if (line.contains("divergence")) {
    FP_ASSIGN_OR_RETURN(divergences_[Key(task, doc)], GetDouble(line, "divergence", "line"));
    return {};
  }
  if (!line.contains("scores") || !line.at("scores").is_array()) {
    return Fail(ErrorCode::kBadFormat, "expected the list \"scores\"");
  }
  std::vector<TextScore>& scores = scores_[Key(task, doc)];
  for (const Json& score : line.at("scores")) {
    const bool is_score = score.is_array() && score.size() == 3 && score[0].is_number() &&
                          score[1].is_boolean() && score[2].is_number_integer();
    if (!is_score) return Fail(ErrorCode::kBadFormat, "expected [nats, greedy, tokens]");
    scores.push_back({score[0].get<double>(), score[1].get<bool>(), score[2].get<int64_t>()});
  }
  return {};
}

Status EvalJournal::OpenForAppending() {
  const std::string path = ScoresPath(folder_);
  file_.reset(std::fopen(path.c_str(), "abe"));
  if (file_ == nullptr) return tl::unexpected(WriteError(path, "open for appending", errno));
  if (::flock(::fileno(file_.get()), LOCK_EX | LOCK_NB) != 0) {
    return Fail(ErrorCode::kExists, "{}: another process is at work on it", folder_);
  }
  if (::ftruncate(::fileno(file_.get()), good_bytes_) != 0) {
    return tl::unexpected(WriteError(path, "drop its unfinished end", errno));
  }
  return {};
}

const std::vector<TextScore>* EvalJournal::FindScores(const std::string& task, int64_t doc) const {
  const auto found = scores_.find(Key(task, doc));
  return found == scores_.end() ? nullptr : &found->second;
}

const double* EvalJournal::FindDivergence(const std::string& task, int64_t doc) const {
  const auto found = divergences_.find(Key(task, doc));
  return found == divergences_.end() ? nullptr : &found->second;
}

Status EvalJournal::AddScores(const std::string& task, int64_t doc,
                              const std::vector<TextScore>& scores) {
  Json list = Json::array();
  for (const TextScore& score : scores) {
    list.push_back({score.log_likelihood_nats, score.greedy, score.num_tokens});
  }
  scores_[Key(task, doc)] = scores;
  return Append({{"task", task}, {"doc", doc}, {"scores", std::move(list)}});
}

Status EvalJournal::AddDivergence(const std::string& task, int64_t doc, double nats) {
  divergences_[Key(task, doc)] = nats;
  return Append({{"task", task}, {"doc", doc}, {"divergence", nats}});
}

Status EvalJournal::Append(const Json& line) {
  const std::string text = DumpJson(line, -1) + "\n";
  const bool written = std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size() &&
                       std::fflush(file_.get()) == 0;
  if (!written) return tl::unexpected(WriteError(ScoresPath(folder_), "write", errno));
  return {};
}

Status EvalJournal::Remove() {
  file_.reset();
  std::error_code error;
  fs::remove_all(folder_, error);
  if (error) return tl::unexpected(WriteError(folder_, "remove the folder", error.value()));
  return {};
}

}  // namespace fairprune
