#include "evaluation/evaluate.h"

#include "scoring/pair_divergence.h"

namespace fairprune {

Result<std::vector<TextScore>> ScoreItems(const Engine& engine, const Tokenizer& tokenizer,
                                          PreparedTask& task, const ScoreOptions& options) {
  std::vector<TextRequest> requests;
  for (const EvalItem& item : task.items) {
    requests.insert(requests.end(), item.requests.begin(), item.requests.end());
  }
  FP_ASSIGN_OR_RETURN(std::vector<TextScore> scores,
                      ScoreTexts(engine, tokenizer, requests, options));
  if (!task.task.next_token_divergence) return scores;
  std::vector<PromptPair> pairs;
  for (const EvalItem& item : task.items) {
    PromptPair pair;
    pair.id = item.document.where;
    pair.prompt_1 = item.choices.at(0);
    pair.prompt_2 = item.choices.at(1);
    pairs.push_back(std::move(pair));
  }
  FP_ASSIGN_OR_RETURN(const std::vector<double> divergences,
                      NextTokenDivergence(engine, tokenizer, pairs, options));
  for (size_t i = 0; i < task.items.size(); ++i) {
    task.items[i].next_token_divergence = {divergences[i]};
  }
  return scores;
}

}  // namespace fairprune
