// The items of a task: its documents as requests to a model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/document.h"
#include "evaluation/task.h"
#include "scoring/log_likelihood.h"

namespace fairprune {

struct EvalItem {
  int64_t doc = 0;  // number of the document in its source, from 0, after `keep`
  Document document;
  // One request per choice, one of other kinds: contexts and continuations, each one for all
  // requests or one per request; or a rolling text. The contexts of 60,000 questions with twelve
  // choices each are thereby held once a question.
  std::vector<std::string> contexts, continuations;
  std::string text;                           // rolling
  std::vector<std::string> choices;           // without the delimiter
  std::vector<std::string> labels;            // of the form's "labels"
  std::string group;                          // of the form's "group"
  std::string cluster;                        // of the form's "cluster"; empty: stands alone
  int64_t gold = -1;                          // place of the right choice; -1: the task has none
  std::vector<double> next_token_divergence;  // one number, where the task asks for it

  size_t num_requests() const;
  TextRequest Request(size_t index) const;
};

struct DataFile {
  std::string path, sha256;
};

struct PreparedTask {
  TaskDefinition task;
  int64_t num_fewshot = 0;
  int64_t num_documents = 0;  // before `limit`
  std::vector<EvalItem> items;
  std::vector<DataFile> files;
  // SHA-256 of what the items ask of a model and what their answers are counted by.
  std::string hash;
};

struct PrepareOptions {
  std::string data_dir;  // empty: only bundled sources can be read
  int64_t limit = 0;     // first documents to take; 0: all
  int64_t num_fewshot = 0;
  uint32_t seed = 1234;  // of few-shot examples that are drawn (lm-eval's fewshot_random_seed)
};

// Reads a task's documents and makes its requests; the context is the description, the few-shot
// examples and the document, as lm-evaluation-harness 0.4.13 joins them (api/task.py,
// fewshot_context and construct_requests). Errors name file and line: kNotFound (none of the task's
// sources is there: the message lists them), kBadFormat, kUnsupported (few-shot examples of a task
// that has none).
Result<PreparedTask> PrepareTask(const TaskDefinition& task, const PrepareOptions& options);

}  // namespace fairprune
