#include "attribution/pair_pictures.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "scoring/pair_forests.h"

namespace fairprune {
namespace {

// Copies the rows of both prompts out of every tap.
class CopySink final : public TapSink {
 public:
  using Layers = std::vector<std::array<SiteActivations, kPictureSites.size()>>;
  CopySink(const PairForest& pair, Layers& layers) : pair_(&pair), layers_(&layers) {}

  void OnTap(int32_t layer, TapSite site, ConstMatrixView values) override {
    const PictureSite picture = site == TapSite::kGate ? PictureSite::kGateProj
                                : site == TapSite::kUp ? PictureSite::kUpProj
                                                       : PictureSite::kDownProjInput;
    SiteActivations& to = (*layers_)[static_cast<size_t>(layer)][static_cast<size_t>(picture)];
    to.first = RowsOf(pair_->first(0), values);
    to.second = RowsOf(pair_->second(0), values);
  }

 private:
  static Tensor RowsOf(const std::vector<int32_t>& nodes, ConstMatrixView values) {
    Tensor rows({std::ssize(nodes), values.cols});
    for (size_t i = 0; i < nodes.size(); ++i) {
      std::ranges::copy(values.row_span(nodes[i]), rows.matrix().row(static_cast<int64_t>(i)));
    }
    return rows;
  }
  const PairForest* pair_;
  Layers* layers_;
};

// act [T, F] times down [D, F], transposed: [T, D].
Tensor TimesDown(const Tensor& act, const Tensor& down) {
  const ConstMatrixView a = act.matrix();
  const ConstMatrixView d = down.matrix();
  Tensor out({a.rows, d.rows});
  for (int64_t t = 0; t < a.rows; ++t) {
    for (int64_t row = 0; row < d.rows; ++row) {
      const float* x = a.row(t);
      const float* w = d.row(row);
      float sum = 0;
      for (int64_t n = 0; n < a.cols; ++n) sum += x[n] * w[n];
      out.matrix().row(t)[row] = sum;
    }
  }
  return out;
}

}  // namespace

std::string_view NameOf(PictureSite site) {
  switch (site) {
    case PictureSite::kGateProj:
      return "gate_proj";
    case PictureSite::kUpProj:
      return "up_proj";
    case PictureSite::kDownProjInput:
      return "down_proj_input";
    case PictureSite::kMlpOutput:
      return "mlp_output";
  }
  return "unknown";
}

const SiteActivations& PairActivations::at(PictureSite site, int64_t layer) const {
  FP_CHECK(layer >= 0 && layer < num_layers(), "a layer of the model");
  return layers_[static_cast<size_t>(layer)][static_cast<size_t>(site)];
}

Result<PairActivations> RunPair(const Engine& engine, const Model& model,
                                const Tokenizer& tokenizer, const PromptPair& pair) {
  FP_ASSIGN_OR_RETURN(const std::vector<EncodedPair> encoded, EncodePairs(tokenizer, {pair}));
  const std::vector<PairForest> forests = BuildPairForests(engine, encoded);
  PairActivations result;
  result.layers_.resize(static_cast<size_t>(engine.config().num_layers));
  CopySink sink(forests.front(), result.layers_);
  RunOptions options;
  options.taps = &sink;
  FP_RETURN_IF_ERROR(engine.Run(forests.front().forest, options));
  for (size_t layer = 0; layer < result.layers_.size(); ++layer) {
    const WeightRef* ref = model.Find(Role::kDown, static_cast<int32_t>(layer));
    FP_CHECK(ref != nullptr, "a down_proj in every layer");
    FP_ASSIGN_OR_RETURN(const Tensor down, LoadWeight(model, *ref));
    auto& sites = result.layers_[layer];
    const SiteActivations& act = sites[static_cast<size_t>(PictureSite::kDownProjInput)];
    SiteActivations& out = sites[static_cast<size_t>(PictureSite::kMlpOutput)];
    out.first = TimesDown(act.first, down);
    out.second = TimesDown(act.second, down);
  }
  FP_ASSIGN_OR_RETURN(result.tokens_1, TokenTexts(tokenizer, encoded.front().first));
  FP_ASSIGN_OR_RETURN(result.tokens_2, TokenTexts(tokenizer, encoded.front().second));
  return result;
}

double MeanAbsoluteDifference(const SiteActivations& activations) {
  const std::span<const float> a = activations.first.span();
  const std::span<const float> b = activations.second.span();
  if (a.size() != b.size() || a.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

DifferenceMap MapDifferences(const SiteActivations& activations) {
  constexpr int64_t kSize = 20;
  const ConstMatrixView a = activations.first.matrix();
  const ConstMatrixView b = activations.second.matrix();
  const int64_t positions = std::min(a.rows, b.rows);
  const bool large = positions > kSize || a.cols > kSize;
  DifferenceMap map;
  map.row_step = large ? std::max<int64_t>(1, positions / kSize) : 1;
  map.column_step = large ? std::max<int64_t>(1, a.cols / kSize) : 1;
  for (int64_t t = 0; t < positions; t += map.row_step, ++map.rows) {
    for (int64_t n = 0; n < a.cols; n += map.column_step) {
      map.values.push_back(std::abs(a.row(t)[n] - b.row(t)[n]));
    }
  }
  map.columns = (a.cols + map.column_step - 1) / map.column_step;
  return map;
}

Result<PrincipalComponents> ComponentsOf(const SiteActivations& activations) {
  std::vector<double> rows(activations.first.span().begin(), activations.first.span().end());
  rows.insert(rows.end(), activations.second.span().begin(), activations.second.span().end());
  return TwoPrincipalComponents(rows,
                                activations.first.matrix().rows + activations.second.matrix().rows,
                                activations.first.matrix().cols);
}

Result<std::vector<std::string>> TokenTexts(const Tokenizer& tokenizer,
                                            std::span<const int32_t> ids) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::vector<std::string> texts;
  std::string shown;
  for (size_t i = 1; i <= ids.size(); ++i) {
    FP_ASSIGN_OR_RETURN(const std::string decoded, tokenizer.Decode(ids.first(i)));
    if (i < ids.size() && decoded.ends_with(kReplacement)) {
      texts.emplace_back();
      continue;
    }
    const bool grows = decoded.starts_with(shown);
    texts.push_back(grows ? decoded.substr(shown.size())
                          : tokenizer.TokenText(ids[i - 1]).value_or(""));
    shown = decoded;
  }
  return texts;
}

}  // namespace fairprune
