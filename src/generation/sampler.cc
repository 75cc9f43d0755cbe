#include "generation/sampler.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "compute/row_ops.h"

namespace fairprune {
namespace {

// e^-700 is the smallest f64 that is no denormal number, about; what is less likely than the
// likeliest token by this factor is never drawn.
constexpr double kLeastExponent = -700;

}  // namespace

Status CheckSampling(const SamplingOptions& options) {
  if (!(options.temperature >= 0) || !std::isfinite(options.temperature)) {
    return Fail(ErrorCode::kInvalidArgument, "temperature {}: expected 0 or more",
                options.temperature);
  }
  if (!(options.top_p > 0 && options.top_p <= 1)) {
    return Fail(ErrorCode::kInvalidArgument, "top-p {}: expected more than 0 and at most 1",
                options.top_p);
  }
  if (options.top_k < 0) {
    return Fail(ErrorCode::kInvalidArgument, "top-k {}: expected 0 or more", options.top_k);
  }
  if (options.temperature == 0 && (options.top_k > 0 || options.top_p < 1)) {
    return Fail(ErrorCode::kInvalidArgument,
                "top-k and top-p say among which tokens to draw: they need a temperature above 0");
  }
  return {};
}

std::vector<TokenChance> ChancesOf(const SamplingOptions& options, std::span<const float> logits) {
  FP_CHECK(options.temperature > 0, "ChancesOf: a temperature above 0");
  const double largest = logits[static_cast<size_t>(compute::LogSumExpAndArgMax(logits).arg_max)];
  std::vector<TokenChance> chances;
  for (size_t id = 0; id < logits.size(); ++id) {
    const double exponent = (static_cast<double>(logits[id]) - largest) / options.temperature;
    // Probabilities follow from the logits alone, and so does the order of equal ones.
    if (exponent > kLeastExponent) {
      chances.push_back({static_cast<int32_t>(id), std::exp(exponent)});
    }
  }
  const auto likelier = [&](const TokenChance& a, const TokenChance& b) {
    const float x = logits[static_cast<size_t>(a.id)];
    const float y = logits[static_cast<size_t>(b.id)];
    return x != y ? x > y : a.id < b.id;
  };
  if (options.top_k > 0 && options.top_k < std::ssize(chances)) {
    const auto end = chances.begin() + options.top_k;
    std::ranges::nth_element(chances, end, likelier);
    chances.erase(end, chances.end());
  }
  std::ranges::sort(chances, likelier);
  double total = 0;
  for (const TokenChance& chance : chances) total += chance.probability;
  if (options.top_p < 1) {
    double sum = 0;
    size_t kept = 0;
    while (kept < chances.size() && sum < options.top_p * total) sum += chances[kept++].probability;
    chances.resize(std::max<size_t>(kept, 1));
    total = 0;
    for (const TokenChance& chance : chances) total += chance.probability;
  }
  for (TokenChance& chance : chances) chance.probability /= total;
  return chances;
}

int32_t Sampler::Pick(std::span<const float> logits) {
  if (options_.temperature == 0) {
    return static_cast<int32_t>(compute::LogSumExpAndArgMax(logits).arg_max);
  }
  const std::vector<TokenChance> chances = ChancesOf(options_, logits);
  // The upper 53 bits: uniform in [0, 1).
  const double drawn = static_cast<double>(random_.Bits() >> 11) * 0x1p-53;
  double sum = 0;
  for (const TokenChance& chance : chances) {
    sum += chance.probability;
    if (drawn < sum) return chance.id;
  }
  return chances.back().id;  // rounding
}

}  // namespace fairprune
