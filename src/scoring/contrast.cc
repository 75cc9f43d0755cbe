#include "scoring/contrast.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace fairprune {

Result<Contrast> EncodeContrast(const RequestEncoder& encoder,
                                const std::vector<WeightedText>& texts) {
  if (texts.size() < 2) {
    return Fail(ErrorCode::kInvalidArgument, "a contrast needs two texts or more, found {}",
                texts.size());
  }
  Contrast contrast;
  for (const WeightedText& text : texts) {
    FP_ASSIGN_OR_RETURN(TokenRequest request, encoder.EncodePair("", text.text));
    contrast.sequences.push_back({std::move(request.ids), 1, text.coefficient});
  }
  const std::vector<int32_t>& first = contrast.sequences.front().ids;
  auto shared = std::ssize(first);
  for (const WeightedSequence& sequence : contrast.sequences) {
    shared = std::min(shared, CommonPrefix(first, sequence.ids));
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    WeightedSequence& sequence = contrast.sequences[i];
    if (shared >= std::ssize(sequence.ids)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "\"{}\" has no token of its own: the other wording begins with all of it",
                  texts[i].text);
    }
    sequence.first_scored = static_cast<int32_t>(shared);
  }
  return contrast;
}

bool HaveSameSequences(const Contrast& a, const Contrast& b) {
  return std::ranges::equal(a.sequences, b.sequences,
                            [](const WeightedSequence& x, const WeightedSequence& y) {
                              return x.first_scored == y.first_scored && x.ids == y.ids;
                            });
}

Result<std::vector<std::vector<std::vector<double>>>> MeasureSetsUnderMasks(
    const Engine& engine, std::span<const std::span<const Contrast>> sets,
    std::span<const NeuronMask* const> masks, const JobProgress& progress) {
  std::vector<TokenRequest> requests;
  for (const std::span<const Contrast> contrasts : sets) {
    for (const Contrast& contrast : contrasts) {
      for (const WeightedSequence& sequence : contrast.sequences) {
        requests.push_back({sequence.ids, sequence.first_scored});
      }
    }
  }
  FP_ASSIGN_OR_RETURN(const std::vector<std::vector<TokenScore>> scores,
                      ScoreTokensUnderMasks(engine, requests, masks, progress));
  std::vector<std::vector<std::vector<double>>> values(sets.size());
  for (const std::vector<TokenScore>& of_mask : scores) {
    size_t next = 0;
    for (size_t s = 0; s < sets.size(); ++s) {
      std::vector<double>& row = values[s].emplace_back();
      for (const Contrast& contrast : sets[s]) {
        double value = 0;
        for (const WeightedSequence& sequence : contrast.sequences) {
          value += sequence.coefficient * of_mask[next++].log_likelihood_nats;
        }
        row.push_back(value);
      }
    }
  }
  return values;
}

Result<std::vector<std::vector<double>>> MeasureContrastsUnderMasks(
    const Engine& engine, std::span<const Contrast> contrasts,
    std::span<const NeuronMask* const> masks, const JobProgress& progress) {
  const std::span<const Contrast> sets[] = {contrasts};
  FP_ASSIGN_OR_RETURN(auto values, MeasureSetsUnderMasks(engine, sets, masks, progress));
  return std::move(values.front());
}

Result<std::vector<double>> MeasureContrasts(const Engine& engine,
                                             std::span<const Contrast> contrasts,
                                             const ScoreOptions& options) {
  const NeuronMask* const masks[] = {options.mask};
  FP_ASSIGN_OR_RETURN(std::vector<std::vector<double>> values,
                      MeasureContrastsUnderMasks(engine, contrasts, masks, options.progress));
  return std::move(values.front());
}

double WeightedMean(std::span<const Contrast> contrasts, std::span<const double> values) {
  FP_CHECK(contrasts.size() == values.size(), "one value per contrast");
  double sum = 0;
  double weight = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += contrasts[i].weight * values[i];
    weight += contrasts[i].weight;
  }
  return sum / weight;
}

}  // namespace fairprune
