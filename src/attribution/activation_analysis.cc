#include "attribution/activation_analysis.h"

#include <algorithm>
#include <cmath>

#include "compute/parallel.h"

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

class DifferenceSink : public TapSink {
 public:
  explicit DifferenceSink(std::vector<PairPaths> pairs) : pairs_(std::move(pairs)) {}

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

Status AnalyzeBatch(const Engine& engine, std::span<const std::vector<int32_t>> prompts,
                    std::span<DifferenceScores* const> groups, const NeuronMask* mask) {
  const std::vector<std::span<const int32_t>> sequences(prompts.begin(), prompts.end());
  const Forest forest = BuildForest(sequences, engine.long_sequence_limit());
  std::vector<PairPaths> pairs;
  for (size_t i = 0; i < groups.size(); ++i) {
    PairPaths& pair = pairs.emplace_back();
    pair.first = &forest.sequences[2 * i];
    pair.second = &forest.sequences[2 * i + 1];
    pair.common = CommonPrefix(*pair.first, *pair.second);
    pair.group = groups[i];
  }
  DifferenceSink sink(std::move(pairs));
  return engine.Run(forest, {.mask = mask, .taps = &sink});
}

// Sums over categories give the sums over all pairs; then sums become means.
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
}

Result<std::vector<std::vector<int32_t>>> EncodePrompts(const Tokenizer& tokenizer,
                                                        const std::vector<PromptPair>& pairs) {
  std::vector<std::vector<int32_t>> prompts;
  for (const PromptPair& pair : pairs) {
    for (const std::string* prompt : {&pair.prompt_1, &pair.prompt_2}) {
      auto ids = tokenizer.Encode(*prompt, {.add_special = true});
      if (!ids) return WithContext(ids.error(), "pair " + pair.id);
      if (ids->empty()) {
        return Fail(ErrorCode::kInvalidArgument, "pair {}: the prompt '{}' has no tokens", pair.id,
                    *prompt);
      }
      prompts.push_back(*std::move(ids));
    }
  }
  return prompts;
}

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

Result<ActivationAnalysis> AnalyzeActivations(const Engine& engine, const Tokenizer& tokenizer,
                                              const std::vector<PromptPair>& pairs,
                                              const AnalyzeOptions& options) {
  if (pairs.empty()) return Fail(ErrorCode::kInvalidArgument, "there are no prompt pairs");
  const int64_t layers = engine.config().num_layers;
  const int64_t neurons = engine.config().intermediate_size;
  FP_ASSIGN_OR_RETURN(const std::vector<std::vector<int32_t>> prompts,
                      EncodePrompts(tokenizer, pairs));
  ActivationAnalysis analysis{DifferenceScores(layers, neurons), {}};
  std::vector<DifferenceScores*> groups;
  for (const PromptPair& pair : pairs) {
    const auto [group, inserted] = analysis.by_category.try_emplace(pair.category, layers, neurons);
    ++group->second.num_pairs;
    groups.push_back(&group->second);
  }
  for (size_t begin = 0; begin < pairs.size();) {
    size_t end = begin;
    int64_t nodes = 0;
    while (end < pairs.size() && (end == begin || nodes < engine.preferred_batch_nodes())) {
      nodes += static_cast<int64_t>(prompts[2 * end].size() + prompts[2 * end + 1].size());
      ++end;
    }
    FP_RETURN_IF_ERROR(AnalyzeBatch(engine,
                                    std::span(prompts).subspan(2 * begin, 2 * (end - begin)),
                                    std::span(groups).subspan(begin, end - begin), options.mask));
    begin = end;
    if (options.progress) {
      options.progress(static_cast<int64_t>(end), static_cast<int64_t>(pairs.size()));
    }
  }
  Finish(analysis);
  return analysis;
}

}  // namespace fairprune
