#include "evaluation/evaluate.h"

#include <algorithm>

#include "scoring/pair_divergence.h"

namespace fairprune {
namespace {

// What a job works with; outlives its parts.
struct Job {
  const Engine& engine;
  const Tokenizer& tokenizer;
  PreparedTask& task;
  const ScoreItemsOptions& options;
  int64_t num_done = 0;  // finished items

  Status Progress() const {
    return options.progress ? options.progress(num_done, std::ssize(task.items)) : Status();
  }
};

// Consecutive items that are run together: [begin, end) of the task.
class Part {
 public:
  Part(Job& job, size_t begin, size_t end) : job_(job), begin_(begin), end_(end) {
    for (size_t i = begin; i < end; ++i) Collect(job.task.items[i]);
    first_.push_back(requests_.size());
  }

  Result<std::vector<TextScore>> Run() {
    ResumeOptions<TextScore> resume;
    resume.known = known_;
    resume.finished = [this](size_t request, const TextScore& score) {
      return Finish(request, score);
    };
    ScoreOptions options;
    options.progress = [this](int64_t, int64_t) { return job_.Progress(); };
    const bool all_known = std::find(known_.begin(), known_.end(), 0) == known_.end();
    if (!all_known) {
      FP_RETURN_IF_ERROR(ScoreTexts(job_.engine, job_.tokenizer, requests_, options, resume));
    }
    if (job_.task.task.next_token_divergence) FP_RETURN_IF_ERROR(Diverge());
    return std::move(scores_);
  }

 private:
  // An item's requests, and what the journal knows of them.
  void Collect(const EvalItem& item) {
    const EvalJournal* journal = job_.options.journal;
    const std::vector<TextScore>* known =
        journal == nullptr ? nullptr : journal->FindScores(job_.task.task.name, item.doc);
    const size_t num_requests = item.num_requests();
    if (known != nullptr && known->size() != num_requests) known = nullptr;
    first_.push_back(requests_.size());
    for (size_t r = 0; r < num_requests; ++r) {
      requests_.push_back(item.Request(r));
      owner_.push_back(missing_.size());
      known_.push_back(known != nullptr ? 1 : 0);
      scores_.push_back(known != nullptr ? (*known)[r] : TextScore{});
    }
    missing_.push_back(known != nullptr ? 0 : num_requests);
    if (known != nullptr) ++job_.num_done;
  }

  Status Finish(size_t request, const TextScore& score) {
    scores_[request] = score;
    const size_t item = owner_[request];
    if (--missing_[item] > 0) return {};
    ++job_.num_done;
    if (job_.options.journal == nullptr) return {};
    const auto first = scores_.begin() + static_cast<std::ptrdiff_t>(first_[item]);
    const auto count = static_cast<std::ptrdiff_t>(first_[item + 1] - first_[item]);
    return job_.options.journal->AddScores(job_.task.task.name, job_.task.items[begin_ + item].doc,
                                           {first, first + count});
  }

  // All pairs of the part anew unless all are known: one of them alone would give other bits.
  Status Diverge() {
    EvalJournal* journal = job_.options.journal;
    const std::string& name = job_.task.task.name;
    std::vector<PromptPair> pairs;
    bool all_known = journal != nullptr;
    for (size_t i = begin_; i < end_; ++i) {
      EvalItem& item = job_.task.items[i];
      const double* known = journal == nullptr ? nullptr : journal->FindDivergence(name, item.doc);
      all_known = all_known && known != nullptr;
      if (known != nullptr) item.next_token_divergence = {*known};
      PromptPair& pair = pairs.emplace_back();
      pair.id = item.document.where;
      pair.prompt_1 = item.choices.at(0);
      pair.prompt_2 = item.choices.at(1);
    }
    if (all_known) return {};
    ScoreOptions options;
    options.progress = [this](int64_t, int64_t) { return job_.Progress(); };
    FP_ASSIGN_OR_RETURN(const std::vector<double> divergences,
                        NextTokenDivergence(job_.engine, job_.tokenizer, pairs, options));
    for (size_t i = begin_; i < end_; ++i) {
      EvalItem& item = job_.task.items[i];
      item.next_token_divergence = {divergences[i - begin_]};
      if (journal == nullptr) continue;
      FP_RETURN_IF_ERROR(journal->AddDivergence(name, item.doc, divergences[i - begin_]));
    }
    return {};
  }

  Job& job_;
  size_t begin_, end_;
  std::vector<TextRequest> requests_;
  std::vector<size_t> owner_;      // [requests], which item of the part
  std::vector<uint8_t> known_;     // [requests]
  std::vector<TextScore> scores_;  // [requests]
  std::vector<size_t> first_;      // [items + 1], into requests_
  std::vector<size_t> missing_;    // [items], requests to come
};

}  // namespace

Result<std::vector<TextScore>> ScoreItems(const Engine& engine, const Tokenizer& tokenizer,
                                          PreparedTask& task, const ScoreItemsOptions& options) {
  Job job{engine, tokenizer, task, options};
  std::vector<TextScore> scores;
  for (size_t begin = 0; begin < task.items.size(); begin += kItemsAtATime) {
    Part part(job, begin, std::min(begin + kItemsAtATime, task.items.size()));
    FP_ASSIGN_OR_RETURN(const std::vector<TextScore> of_part, part.Run());
    scores.insert(scores.end(), of_part.begin(), of_part.end());
  }
  FP_RETURN_IF_ERROR(job.Progress());
  return scores;
}

}  // namespace fairprune
