// Running a prepared task: every request of it at once, so that beginnings are computed once.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/result.h"
#include "forward/engine.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

// The scores of the task's requests, item by item; also fills the items' next_token_divergence
// where the task asks for it. Errors: those of ScoreTexts (naming file, line and request) and
// NextTokenDivergence.
Result<std::vector<TextScore>> ScoreItems(const Engine& engine, const Tokenizer& tokenizer,
                                          PreparedTask& task, const ScoreOptions& options = {});

// What an evaluation was run with, for its results.
struct EvaluationRun {
  std::string model, model_sha256, compute;
  int threads = 0;
  int64_t limit = 0;  // 0: none
  int64_t num_fewshot = 0, seed = 0, bootstrap_iterations = 0;
};

// results.json (docs/formats.md, "Evaluation folder").
std::string ResultsJson(const EvaluationRun& run, const std::vector<TaskResult>& tasks,
                        const std::vector<GroupResult>& groups);

// The lines of samples_TASK.jsonl.
std::string SampleLines(const PreparedTask& task, const ScoredTask& scored,
                        const std::vector<TextScore>& scores);

}  // namespace fairprune
