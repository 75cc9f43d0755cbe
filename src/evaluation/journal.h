// What an evaluation has measured so far, on disk: an evaluation that was interrupted goes on from
// there and ends with the same bytes.
//
//   FOLDER/settings.json   everything that the scores depend on
//   FOLDER/scores.jsonl    a line per finished item, appended as it is finished
//
// A last line that is cut short (the process was killed while it wrote) is dropped.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/json.h"
#include "scoring/log_likelihood.h"

namespace fairprune {

class EvalJournal {
 public:
  // Creates the folder with `settings`, or, with `resume`, reads the one that is there. Errors:
  // kExists (there without `resume`; held by another process), kMismatch (made with other settings:
  // the message says which), kBadFormat, kIo.
  static Result<EvalJournal> Open(const std::string& folder, const Json& settings, bool resume);

  // nullptr if the item is not finished.
  const std::vector<TextScore>* FindScores(const std::string& task, int64_t doc) const;
  const double* FindDivergence(const std::string& task, int64_t doc) const;
  Status AddScores(const std::string& task, int64_t doc, const std::vector<TextScore>& scores);
  Status AddDivergence(const std::string& task, int64_t doc, double nats);

  int64_t num_items() const { return static_cast<int64_t>(scores_.size()); }
  const std::string& folder() const { return folder_; }
  // Deletes the folder.
  Status Remove();

 private:
  using Key = std::pair<std::string, int64_t>;
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  EvalJournal() = default;
  Status Create(const Json& settings);
  Status Read(const Json& settings);
  Status ReadLines(const std::string& text);
  Status ReadLine(const Json& line);
  Status OpenForAppending();
  Status Append(const Json& line);

  std::string folder_;
  std::unique_ptr<std::FILE, Closer> file_;
  int64_t good_bytes_ = 0;  // of scores.jsonl
  std::map<Key, std::vector<TextScore>> scores_;
  std::map<Key, double> divergences_;
};

}  // namespace fairprune
