// Running a prepared task: its items' requests through the model, so that beginnings are computed
// once, and what is written of them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/journal.h"
#include "evaluation/result.h"
#include "forward/engine.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

// Items are taken through the model this many at a time: what bounds the memory for their requests.
// A streaming engine reads the weights once for each such part.
inline constexpr size_t kItemsAtATime = 1024;

struct ScoreItemsOptions {
  JobProgress progress;            // in items
  EvalJournal* journal = nullptr;  // gets every finished item; what it has is not computed again
};

// The scores of the task's requests, item by item; also fills the items' next_token_divergence
// where the task asks for it. How items are put together depends on them alone, not on what the
// journal has. Errors: those of ScoreTexts (naming file, line and request), NextTokenDivergence and
// EvalJournal.
Result<std::vector<TextScore>> ScoreItems(const Engine& engine, const Tokenizer& tokenizer,
                                          PreparedTask& task,
                                          const ScoreItemsOptions& options = {});

// What an evaluation was run with, for its results.
struct EvaluationRun {
  std::string model, model_sha256, compute;
  int threads = 0;
  int64_t limit = 0;  // 0: none
  int64_t num_fewshot = 0, seed = 0, bootstrap_iterations = 0;
  // What the caller was asked to do, a JSON object for results.json's "options"; empty: none.
  std::string options;
};

// results.json (docs/formats.md, "Evaluation folder").
std::string ResultsJson(const EvaluationRun& run, const std::vector<TaskResult>& tasks,
                        const std::vector<GroupResult>& groups);

// Writes samples_TASK.jsonl, a line per item; `with_requests`: with their texts and scores. Errors:
// kIo.
Status WriteSamples(const std::string& path, const PreparedTask& task, const ScoredTask& scored,
                    const std::vector<TextScore>& scores, bool with_requests);

}  // namespace fairprune
