// What a task computes of its items' log-likelihoods: numbers per item, and how they become the
// task's numbers. One class per way of scoring that lm-evaluation-harness has code for.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/figure.h"
#include "evaluation/item.h"
#include "scoring/log_likelihood.h"

namespace fairprune {

enum class StandardError {
  kNone,                 // lm-eval's "N/A"
  kMean,                 // sample standard deviation / sqrt(n)
  kBootstrapPerplexity,  // lm-eval's bootstrap of exp(-mean), seeded
};

struct Metric {
  std::string name;
  bool higher_is_better = false;
  const Figure* figure = nullptr;
  StandardError standard_error = StandardError::kNone;
};

class Scorer {
 public:
  virtual ~Scorer() = default;
  Scorer() = default;
  Scorer(const Scorer&) = delete;
  Scorer& operator=(const Scorer&) = delete;

  const std::vector<Metric>& metrics() const { return metrics_; }
  // One value per metric. `scores` are those of the item's requests. Errors: kBadFormat (a column
  // that is missing or of the wrong type).
  virtual Result<std::vector<MetricValue>> Score(const EvalItem& item,
                                                 std::span<const TextScore> scores) const = 0;

 protected:
  std::vector<Metric> metrics_;
};

// `items` say which groups there are.
Result<std::unique_ptr<Scorer>> MakeScorer(const TaskDefinition& task,
                                           const std::vector<EvalItem>& items);
// That a task's scorer is known and fits its output and metrics. Errors: kBadFormat.
Status CheckScorer(const TaskDefinition& task, const std::string& source);

// The choices of a BBQ document (scorer "bbq"): its two answers that are not "unknown", and ten
// phrasings of that. Errors: kBadFormat.
Result<std::vector<std::string>> BbqChoices(const Document& document);

// Scorers, by the file that has them.
std::unique_ptr<Scorer> MakeChoiceScorer(const std::vector<std::string>& metrics);
std::unique_ptr<Scorer> MakeContinuationScorer();
std::unique_ptr<Scorer> MakeRollingScorer();
std::unique_ptr<Scorer> MakeCrowsPairsScorer();
std::unique_ptr<Scorer> MakeTruthfulMassScorer();
std::unique_ptr<Scorer> MakeBbqScorer();
std::unique_ptr<Scorer> MakeEsbbqScorer();
std::unique_ptr<Scorer> MakeStereosetScorer(const std::vector<EvalItem>& items);
std::unique_ptr<Scorer> MakePairScorer(const std::vector<EvalItem>& items, bool with_divergence);

// Place of the first largest value. `values` is not empty.
size_t ArgMax(std::span<const double> values);
std::vector<double> LogLikelihoods(std::span<const TextScore> scores);

}  // namespace fairprune
