#include "generation/speed.h"

#include <cmath>

#include "base/stopwatch.h"
#include "compute/row_ops.h"
#include "statistics/paired.h"
#include "statistics/random.h"

namespace fairprune {
namespace {

Status CheckOptions(std::span<const Engine* const> engines, const SpeedOptions& options) {
  if (options.prompt_tokens < 1 || options.new_tokens < 1 || options.rounds < 1 ||
      options.warm_ups < 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "{} prompt tokens, {} new tokens, {} rounds: expected at least 1 of each",
                options.prompt_tokens, options.new_tokens, options.rounds);
  }
  for (const Engine* engine : engines) {
    const int64_t positions = engine->config().max_position_embeddings;
    if (positions == 0 || options.prompt_tokens + options.new_tokens <= positions) continue;
    return Fail(ErrorCode::kInvalidArgument,
                "{} prompt tokens and {} new ones: the model has {} positions",
                options.prompt_tokens, options.new_tokens, positions);
  }
  return {};
}

// One engine with what it needs for its rounds.
class Runner {
 public:
  Runner(const Engine& engine, const SpeedOptions& options)
      : engine_(engine), options_(options), cache_(engine.config()) {
    RandomSource random(options.seed);
    for (int64_t i = 0; i < options.prompt_tokens; ++i) {
      prompt_.push_back(static_cast<int32_t>(random.Below(engine.config().vocab_size)));
    }
  }

  Result<SpeedRound> Run() {
    SpeedRound round;
    cache_.Truncate(0);
    const Stopwatch whole;
    FP_RETURN_IF_ERROR(Step(prompt_, &round.prefill_seconds, whole));
    round.first_token_seconds = whole.seconds();
    const Stopwatch decoding;
    for (int64_t i = 0; i < options_.new_tokens; ++i) {
      if (options_.check) FP_RETURN_IF_ERROR(options_.check());
      const int32_t next = likeliest_;
      FP_RETURN_IF_ERROR(Step({&next, 1}, nullptr, decoding));
    }
    round.decode_seconds = decoding.seconds();
    return round;
  }

 private:
  // Notes the likeliest token behind `ids` and, before that is found, the time.
  Status Step(std::span<const int32_t> ids, double* seconds, const Stopwatch& watch) {
    return engine_.Extend(
        ids, cache_, {.logits = [&](std::span<const int32_t>, ConstMatrixView logits) {
          if (seconds != nullptr) *seconds = watch.seconds();
          likeliest_ =
              static_cast<int32_t>(compute::LogSumExpAndArgMax(logits.row_span(0)).arg_max);
        }});
  }

  const Engine& engine_;
  const SpeedOptions& options_;
  KvCache cache_;
  std::vector<int32_t> prompt_;
  int32_t likeliest_ = 0;
};

// Logarithms, as the items of a mean.
Result<std::vector<double>> LogItems(std::span<const double> values) {
  std::vector<double> items;
  for (const double value : values) {
    if (!(value > 0) || !std::isfinite(value)) {
      return Fail(ErrorCode::kInvalidArgument, "a figure of a round is {}: expected more than 0",
                  value);
    }
    items.push_back(std::log(value));
    items.push_back(1);
  }
  return items;
}

Estimate FromLog(const PairedResult& result) {
  return {std::exp(result.difference), std::exp(result.low), std::exp(result.high)};
}

}  // namespace

Result<std::vector<std::vector<SpeedRound>>> MeasureSpeed(std::span<const Engine* const> engines,
                                                          const SpeedOptions& options) {
  FP_RETURN_IF_ERROR(CheckOptions(engines, options));
  std::vector<Runner> runners;
  runners.reserve(engines.size());
  for (const Engine* engine : engines) runners.emplace_back(*engine, options);
  std::vector<std::vector<SpeedRound>> rounds(engines.size());
  const int64_t total = options.warm_ups + options.rounds;
  for (int64_t r = 0; r < total; ++r) {
    for (size_t i = 0; i < runners.size(); ++i) {
      const size_t e = r % 2 == 0 ? i : runners.size() - 1 - i;
      FP_ASSIGN_OR_RETURN(const SpeedRound round, runners[e].Run());
      if (r >= options.warm_ups) rounds[e].push_back(round);
    }
    if (options.progress) FP_RETURN_IF_ERROR(options.progress(r + 1, total));
  }
  return rounds;
}

Result<Estimate> MeanOverRounds(std::span<const double> values) {
  // The mean is its difference from a sample of ones, whose logarithms are 0.
  FP_ASSIGN_OR_RETURN(const auto ones, LogItems(std::vector<double>(values.size(), 1.0)));
  FP_ASSIGN_OR_RETURN(const auto items, LogItems(values));
  PairedSample sample{.columns = 2, .before = ones, .after = items};
  FP_ASSIGN_OR_RETURN(const PairedResult result, ComparePaired(sample, MeanOfSums));
  return FromLog(result);
}

Result<SpeedRatio> RatioOverRounds(std::span<const double> before, std::span<const double> after) {
  PairedSample sample{.columns = 2};
  FP_ASSIGN_OR_RETURN(sample.before, LogItems(before));
  FP_ASSIGN_OR_RETURN(sample.after, LogItems(after));
  FP_ASSIGN_OR_RETURN(const PairedResult result, ComparePaired(sample, MeanOfSums));
  return SpeedRatio{FromLog(result), result.p_value};
}

}  // namespace fairprune
