#include "attribution/activation_analysis.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "compute/parallel.h"
#include "scoring/pair_divergence.h"
#include "scoring/pair_forests.h"

namespace fairprune {
namespace {

// A pair inside a batch: its prompts' nodes, in order, and the group that it counts for.
struct PairPaths {
  const std::vector<int32_t>* first = nullptr;
  const std::vector<int32_t>* second = nullptr;
  int64_t common = 0;  // leading positions with the same node
  DifferenceScores* group = nullptr;
};

struct Range {
  int64_t begin = 0, end = 0;
};

// Adds one pair's difference of each neuron of `columns` to the group's sums and maxima.
class PairDifference {
 public:
  PairDifference(const PairPaths& pair, int32_t layer, TapSite site, ConstMatrixView values)
      : pair_(pair), layer_(layer), site_(site), values_(values) {}

  void Add(Range columns) {
    const auto size = static_cast<size_t>(columns.end - columns.begin);
    mean_.assign(size, 0.0);
    AccumulateMean(*pair_.first, 1.0, columns);
    AccumulateMean(*pair_.second, -1.0, columns);
    for (double& value : mean_) value = std::abs(value);
    Store(Pooling::kMean, columns);

    AccumulateAligned(columns, 1);
    Store(Pooling::kLast, columns);
    AccumulateAligned(columns, AlignedPositions());
    Store(Pooling::kAligned, columns);
  }

 private:
  void AccumulateMean(const std::vector<int32_t>& path, double sign, Range columns) {
    const double weight = sign / static_cast<double>(path.size());
    for (const int32_t node : path) {
      const float* row = values_.row(node) + columns.begin;
      for (size_t j = 0; j < mean_.size(); ++j) mean_[j] += weight * row[j];
    }
  }

  // Positions compared one to one from the end: all that follow the common beginning, at least the
  // last one (a prompt may be the beginning of the other).
  int64_t AlignedPositions() const {
    const auto shorter = static_cast<int64_t>(std::min(pair_.first->size(), pair_.second->size()));
    return std::max<int64_t>(1, shorter - pair_.common);
  }

  void AccumulateAligned(Range columns, int64_t positions) {
    std::fill(mean_.begin(), mean_.end(), 0.0);
    const double weight = 1.0 / static_cast<double>(positions);
    for (int64_t k = 1; k <= positions; ++k) {
      const float* a = values_.row(*(pair_.first->end() - k)) + columns.begin;
      const float* b = values_.row(*(pair_.second->end() - k)) + columns.begin;
      for (size_t j = 0; j < mean_.size(); ++j) mean_[j] += weight * std::abs(a[j] - b[j]);
    }
  }

  void Store(Pooling pooling, Range columns) {
    float* sum = pair_.group->at(pooling, site_, Aggregation::kMean).matrix().row(layer_);
    float* max = pair_.group->at(pooling, site_, Aggregation::kMax).matrix().row(layer_);
    for (size_t j = 0; j < mean_.size(); ++j) {
      const auto value = static_cast<float>(mean_[j]);
      float& largest = max[columns.begin + static_cast<int64_t>(j)];
      sum[columns.begin + static_cast<int64_t>(j)] += value;
      largest = std::max(largest, value);
    }
  }

  const PairPaths& pair_;
  int32_t layer_;
  TapSite site_;
  ConstMatrixView values_;
  std::vector<double> mean_;
};

// Takes the taps of one forest of pairs.
class DifferenceSink : public TapSink {
 public:
  // groups[i]: what the pair first_pair + i counts for.
  DifferenceSink(const PairForest& forest, std::span<DifferenceScores* const> groups) {
    for (size_t i = 0; i < forest.num_pairs; ++i) {
      PairPaths& pair = pairs_.emplace_back();
      pair.first = &forest.first(i);
      pair.second = &forest.second(i);
      pair.common = CommonPrefix(*pair.first, *pair.second);
      pair.group = groups[i];
    }
  }

  void OnTap(int32_t layer, TapSite site, ConstMatrixView values) override {
    // Every thread has columns of its own and takes the pairs in order.
    compute::ParallelFor(values.cols, [&](int64_t begin, int64_t end) {
      for (const PairPaths& pair : pairs_) {
        PairDifference(pair, layer, site, values).Add({begin, end});
      }
    });
  }

 private:
  std::vector<PairPaths> pairs_;
};

// Sums over categories give the sums over all pairs; then sums become means. Pairs without a
// category have counted with the rest then, and are no group of their own.
void Finish(ActivationAnalysis& analysis) {
  for (auto& [name, group] : analysis.by_category) {
    analysis.all.num_pairs += group.num_pairs;
    for (const Pooling pooling : kPoolings) {
      for (const TapSite site : kTapSites) {
        Tensor& sum = group.at(pooling, site, Aggregation::kMean);
        const Tensor& max = group.at(pooling, site, Aggregation::kMax);
        float* all_sum = analysis.all.at(pooling, site, Aggregation::kMean).data();
        float* all_max = analysis.all.at(pooling, site, Aggregation::kMax).data();
        for (int64_t i = 0; i < sum.size(); ++i) {
          all_sum[i] += sum.data()[i];
          all_max[i] = std::max(all_max[i], max.data()[i]);
          sum.data()[i] /= static_cast<float>(group.num_pairs);
        }
      }
    }
  }
  for (const Pooling pooling : kPoolings) {
    for (const TapSite site : kTapSites) {
      for (float& value : analysis.all.at(pooling, site, Aggregation::kMean).span()) {
        value /= static_cast<float>(analysis.all.num_pairs);
      }
    }
  }
  analysis.by_category.erase("");
}

// One analysis while its forests run: under one mask, over all pairs.
class AnalysisInProgress {
 public:
  AnalysisInProgress(const ModelConfig& config, const std::vector<PromptPair>& pairs,
                     const std::vector<PairForest>& forests, bool divergence)
      : forests_(forests) {
    analysis_.all = DifferenceScores(config.num_layers, config.intermediate_size);
    std::vector<DifferenceScores*> groups;
    for (const PromptPair& pair : pairs) {
      const auto [group, inserted] = analysis_.by_category.try_emplace(
          pair.category, config.num_layers, config.intermediate_size);
      ++group->second.num_pairs;
      groups.push_back(&group->second);
    }
    if (divergence) analysis_.divergence_nats.resize(pairs.size());
    for (const PairForest& forest : forests) {
      sinks_.emplace_back(forest, std::span(groups).subspan(forest.first_pair, forest.num_pairs));
      if (divergence) {
        readers_.emplace_back(
            forest,
            std::span(analysis_.divergence_nats).subspan(forest.first_pair, forest.num_pairs));
      }
    }
  }
  // The runs refer to it.
  AnalysisInProgress(const AnalysisInProgress&) = delete;
  AnalysisInProgress& operator=(const AnalysisInProgress&) = delete;

  void AddRuns(const NeuronMask* mask, std::vector<ForestRun>& runs) {
    for (size_t i = 0; i < forests_.size(); ++i) {
      RunOptions options{.mask = mask, .taps = &sinks_[i]};
      if (!readers_.empty()) {
        DivergenceReader& reader = readers_[i];
        options.logit_nodes = reader.nodes();
        options.logits = [&reader](auto nodes, auto logits) { reader.Read(nodes, logits); };
      }
      runs.push_back({&forests_[i].forest, std::move(options)});
    }
  }

  // To be called once, after the runs.
  ActivationAnalysis Take() {
    Finish(analysis_);
    return std::move(analysis_);
  }

 private:
  const std::vector<PairForest>& forests_;
  ActivationAnalysis analysis_;
  std::deque<DifferenceSink> sinks_;      // one per forest
  std::deque<DivergenceReader> readers_;  // one per forest, or none
};

}  // namespace

std::string_view NameOf(Pooling pooling) {
  switch (pooling) {
    case Pooling::kMean:
      return "bias";
    case Pooling::kLast:
      return "last";
    case Pooling::kAligned:
      return "aligned";
  }
  return "unknown";
}

std::string_view NameOf(TapSite site) {
  switch (site) {
    case TapSite::kGate:
      return "gate_proj";
    case TapSite::kUp:
      return "up_proj";
    case TapSite::kAct:
      return "down_proj_input";
  }
  return "unknown";
}

std::string_view NameOf(Aggregation aggregation) {
  return aggregation == Aggregation::kMean ? "mean" : "max";
}

DifferenceScores::DifferenceScores(int64_t num_layers, int64_t num_neurons) {
  for (size_t i = 0; i < kPoolings.size() * kTapSites.size() * kAggregations.size(); ++i) {
    scores_.push_back(Tensor::Zeros({num_layers, num_neurons}));
  }
}

Tensor& DifferenceScores::at(Pooling pooling, TapSite site, Aggregation aggregation) {
  const size_t index =
      (static_cast<size_t>(pooling) * kTapSites.size() + static_cast<size_t>(site)) *
          kAggregations.size() +
      static_cast<size_t>(aggregation);
  return scores_[index];
}

const Tensor& DifferenceScores::at(Pooling pooling, TapSite site, Aggregation aggregation) const {
  return const_cast<DifferenceScores*>(this)->at(pooling, site, aggregation);  // NOLINT
}

Result<std::vector<ActivationAnalysis>> AnalyzeUnderMasks(const Engine& engine,
                                                          const Tokenizer& tokenizer,
                                                          const std::vector<PromptPair>& pairs,
                                                          const AnalyzeOptions& options) {
  if (pairs.empty()) return Fail(ErrorCode::kInvalidArgument, "there are no prompt pairs");
  FP_ASSIGN_OR_RETURN(const std::vector<EncodedPair> encoded, EncodePairs(tokenizer, pairs));
  const std::vector<PairForest> forests = BuildPairForests(engine, encoded);
  std::deque<AnalysisInProgress> analyses;
  std::vector<ForestRun> runs;
  for (const NeuronMask* mask : options.masks) {
    analyses.emplace_back(engine.config(), pairs, forests, options.divergence).AddRuns(mask, runs);
  }
  FP_RETURN_IF_ERROR(engine.RunAll(runs, InItems(std::ssize(pairs), options.progress)));
  std::vector<ActivationAnalysis> finished;
  finished.reserve(analyses.size());
  for (AnalysisInProgress& analysis : analyses) finished.push_back(analysis.Take());
  return finished;
}

Result<ActivationAnalysis> AnalyzeActivations(const Engine& engine, const Tokenizer& tokenizer,
                                              const std::vector<PromptPair>& pairs,
                                              const JobProgress& progress) {
  FP_ASSIGN_OR_RETURN(auto analyses,
                      AnalyzeUnderMasks(engine, tokenizer, pairs, {.progress = progress}));
  return std::move(analyses.front());
}

}  // namespace fairprune
