#include "cli/run_evidence.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/mean.h"
#include "selection/plan.h"

namespace fairprune {
namespace {

constexpr size_t kItemsPerSet = 3;    // shown, of those that changed most, each way
constexpr size_t kNeurons = 6;        // that are looked at alone
constexpr size_t kNeuronSample = 60;  // items of each set for them
constexpr size_t kItemsPerNeuron = 2;

// The held-out items of one effect, beside what was measured of them.
struct ItemView {
  const std::vector<Contrast>* contrasts = nullptr;
  std::vector<std::string> roles;  // of the sequences of a contrast
  // [items] or empty, where contrasts are not those of the items one by one.
  std::vector<const SignedItem*> items;
  std::vector<const ProtectedContrast*> guarded;
};

ItemView ViewOf(const BiasInputs& inputs, const std::string& name) {
  for (const EncodedSet& set : inputs.sets) {
    ItemView view;
    if (name == set.input.name) {
      view.contrasts = &set.held_out.contrasts;
      view.roles = {"stereotyped", "anti-stereotyped"};
      for (const SignedItem& item : set.held_out.items) view.items.push_back(&item);
      return view;
    }
    if (name == set.input.name + " meaning") {
      view.contrasts = &set.held_out.meaning;
      view.roles = {"stereotyped", "anti-stereotyped", "unrelated"};
      for (const size_t i : set.held_out.meaning_item) view.items.push_back(&set.held_out.items[i]);
      return view;
    }
  }
  ItemView view;
  for (const EncodedGuard& set : inputs.guarded) {
    if (name != set.input.name) continue;
    view.contrasts = &set.held_out.contrasts;
    view.roles = {"preferred", "other"};
    for (const ProtectedContrast& item : set.held_out.items) view.guarded.push_back(&item);
    break;
  }
  return view;
}

std::string CategoryOf(const ItemView& view, size_t i) {
  if (!view.items.empty()) return view.items[i]->category;
  return view.guarded.empty() ? "" : view.guarded[i]->category;
}

// An item that is to be shown, before its tokens are known.
struct Shown {
  ReportItem item;
  const Contrast* contrast = nullptr;
  std::vector<std::string> roles;
};

Shown Show(const ItemView& view, const std::string& set, size_t i, double before, double after) {
  Shown shown{.item = {.set = set, .before = before, .after = after},
              .contrast = &(*view.contrasts)[i],
              .roles = view.roles};
  shown.item.category = CategoryOf(view, i);
  if (!view.items.empty()) {
    shown.item.id = view.items[i]->id;
    shown.item.target = view.items[i]->target;
  } else if (!view.guarded.empty()) {
    shown.item.id = view.guarded[i]->id;
  }
  return shown;
}

// The `count` items that come first by `key` (lowest), no two of one cluster, all with a key below
// 0.
std::vector<size_t> FirstBy(const std::vector<Contrast>& contrasts, const std::vector<double>& key,
                            size_t count) {
  std::vector<size_t> order;
  for (size_t i = 0; i < key.size(); ++i) {
    if (key[i] < 0) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](size_t i) { return key[i]; });
  std::vector<size_t> first;
  std::set<int64_t> clusters;
  for (const size_t i : order) {
    if (first.size() == count) break;
    if (clusters.insert(contrasts[i].cluster).second) first.push_back(i);
  }
  return first;
}

// Log-likelihoods of every token of every shown item, without and with `mask`.
Status FillTokens(const EvidenceInputs& inputs, const NeuronMask& mask, std::vector<Shown>& shown) {
  if (shown.empty()) return {};
  std::vector<TokenRequest> requests;
  for (const Shown& one : shown) {
    for (const WeightedSequence& s : one.contrast->sequences) {
      requests.push_back({s.ids, s.first_scored});
    }
  }
  const NeuronMask* const masks[] = {nullptr, &mask};
  FP_ASSIGN_OR_RETURN(const auto scores, ScoreTokensUnderMasks(*inputs.engine, requests, masks));
  size_t next = 0;
  for (Shown& one : shown) {
    for (size_t w = 0; w < one.contrast->sequences.size(); ++w, ++next) {
      const WeightedSequence& sequence = one.contrast->sequences[w];
      ReportWording& wording = one.item.wordings.emplace_back();
      wording.role = w < one.roles.size() ? one.roles[w] : "";
      wording.coefficient = sequence.coefficient;
      // The first id is the prefix token, which is no part of the text.
      FP_ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                          TokenTexts(*inputs.tokenizer, std::span(sequence.ids).subspan(1)));
      for (size_t t = 1; t < sequence.ids.size(); ++t) {
        ReportToken& token = wording.tokens.emplace_back();
        token.text = texts[t - 1];
        if (t < static_cast<size_t>(sequence.first_scored)) continue;
        const size_t at = t - static_cast<size_t>(sequence.first_scored);
        token.scored = true;
        token.before = scores[0][next].token_nats[at];
        token.after = scores[1][next].token_nats[at];
      }
    }
  }
  return {};
}

std::vector<ReportItem> ItemsOf(std::vector<Shown>& shown) {
  std::vector<ReportItem> items;
  items.reserve(shown.size());
  for (Shown& one : shown) items.push_back(std::move(one.item));
  return items;
}

Status CollectItems(const EvidenceInputs& inputs, RunEvidence& evidence) {
  std::vector<Shown> improved;
  std::vector<Shown> worsened;
  for (const Effect& effect : inputs.bias->verification.effects) {
    const ItemView view = ViewOf(inputs.bias->inputs, effect.name);
    if (view.contrasts == nullptr) continue;  // text and words have no items to show
    const size_t n = effect.values_before.size();
    std::vector<double> better(n, 0);
    std::vector<double> worse(n, 0);
    for (size_t i = 0; i < n; ++i) {
      const double change = effect.values_after[i] - effect.values_before[i];
      if (effect.kind == SetKind::kBias) {
        // A preference that was not there has nothing to lose.
        better[i] = effect.values_before[i] > 0 ? std::max(change, -effect.values_before[i]) : 0;
        worse[i] = effect.values_after[i] > 0 ? -change : 0;
      } else {
        worse[i] = change;
      }
    }
    const auto add = [&](const std::vector<double>& key, std::vector<Shown>& to) {
      for (const size_t i : FirstBy(*view.contrasts, key, kItemsPerSet)) {
        to.push_back(Show(view, effect.name, i, effect.values_before[i], effect.values_after[i]));
      }
    };
    add(better, improved);
    add(worse, worsened);
  }
  const NeuronMask mask = MaskOf(inputs.engine->config(), *inputs.neurons);
  FP_RETURN_IF_ERROR(FillTokens(inputs, mask, improved));
  FP_RETURN_IF_ERROR(FillTokens(inputs, mask, worsened));
  evidence.improved = ItemsOf(improved);
  evidence.worsened = ItemsOf(worsened);
  return {};
}

// Every so many-th item, kNeuronSample at most.
std::vector<size_t> Spread(size_t size) {
  std::vector<size_t> picked;
  const size_t count = std::min(size, kNeuronSample);
  for (size_t i = 0; i < count; ++i) picked.push_back(i * size / count);
  return picked;
}

// One neuron's most driven items, over all sets.
struct Driven {
  std::string set;
  size_t item = 0;
  double before = 0, after = 0;
};

Status CollectNeurons(const EvidenceInputs& inputs, Context& context, RunEvidence& evidence) {
  const size_t count = std::min(kNeurons, inputs.neurons->size());
  if (count == 0 || inputs.engine->streams()) return {};
  context.Info(fmt::format("looking at the {} strongest neurons one by one", count));
  std::vector<Ablation> ablations;
  std::vector<std::vector<Driven>> driven(count);
  for (size_t k = 0; k < count; ++k) {
    const PlannedNeuron& n = (*inputs.neurons)[k];
    ablations.push_back({{n.layer, n.neuron}});
    evidence.strongest.push_back({n.layer, n.neuron, n.score, {}, {}});
  }
  for (const Effect& effect : inputs.bias->verification.effects) {
    if (effect.kind != SetKind::kBias) continue;
    const ItemView view = ViewOf(inputs.bias->inputs, effect.name);
    const std::vector<size_t> picked = Spread(view.contrasts->size());
    std::vector<Contrast> sample;
    sample.reserve(picked.size());
    for (const size_t i : picked) sample.push_back((*view.contrasts)[i]);
    FP_ASSIGN_OR_RETURN(const AblatedContrasts found,
                        MeasureContrastsUnderAblations(
                            *inputs.engine, sample, ablations,
                            {.progress = context.ProgressOf("neurons alone: " + effect.name)}));
    const double base = WeightedMean(sample, found.base);
    for (size_t k = 0; k < count; ++k) {
      evidence.strongest[k].changes.push_back(
          {effect.name, std::ssize(sample), WeightedMean(sample, found.values[k]) / base - 1});
      std::vector<double> key;
      for (size_t i = 0; i < sample.size(); ++i) {
        key.push_back(found.base[i] > 0 ? found.values[k][i] - found.base[i] : 0);
      }
      for (const size_t i : FirstBy(sample, key, kItemsPerNeuron)) {
        driven[k].push_back({effect.name, picked[i], found.base[i], found.values[k][i]});
      }
    }
  }
  for (size_t k = 0; k < count; ++k) {
    std::ranges::stable_sort(driven[k], {}, [](const Driven& d) { return d.after - d.before; });
    driven[k].resize(std::min(driven[k].size(), kItemsPerNeuron));
    std::vector<Shown> shown;
    for (const Driven& d : driven[k]) {
      shown.push_back(Show(ViewOf(inputs.bias->inputs, d.set), d.set, d.item, d.before, d.after));
    }
    const PlannedNeuron& n = (*inputs.neurons)[k];
    FP_RETURN_IF_ERROR(FillTokens(inputs, MaskOf(inputs.engine->config(), std::vector{n}), shown));
    evidence.strongest[k].items = ItemsOf(shown);
  }
  return {};
}

// Components of the first pair's prompts in the first, middle and last layer.
Status CollectPca(const EvidenceInputs& inputs, ReportPictures& pictures) {
  const PromptPair& pair = inputs.held_out_pairs->front();
  FP_ASSIGN_OR_RETURN(const PairActivations activations,
                      RunPair(*inputs.engine, *inputs.model, *inputs.tokenizer, pair));
  pictures.prompt_1 = pair.prompt_1;
  pictures.prompt_2 = pair.prompt_2;
  const int64_t layers = activations.num_layers();
  for (const int64_t layer : std::set<int64_t>{0, layers / 2, layers - 1}) {
    FP_ASSIGN_OR_RETURN(ReportPca pca, PcaOf(activations, PictureSite::kMlpOutput, layer));
    pictures.pca.push_back(std::move(pca));
  }
  return {};
}

std::vector<double> MeanPerLayer(const Tensor& scores) {
  std::vector<double> means;
  for (int64_t layer = 0; layer < scores.matrix().rows; ++layer) {
    means.push_back(MeanOf(scores.matrix().row_span(layer)));
  }
  return means;
}

}  // namespace

Result<ReportPca> PcaOf(const PairActivations& activations, PictureSite site, int64_t layer) {
  FP_ASSIGN_OR_RETURN(const PrincipalComponents found, ComponentsOf(activations.at(site, layer)));
  ReportPca pca{std::string(NameOf(site)), layer, found.explained_1, found.explained_2, {}};
  const size_t first = activations.tokens_1.size();
  pca.points.reserve(found.x.size());
  for (size_t i = 0; i < found.x.size(); ++i) {
    const bool second = i >= first;
    pca.points.push_back({second ? activations.tokens_2[i - first] : activations.tokens_1[i],
                          second, found.x[i], found.y[i]});
  }
  return pca;
}

Status CollectEvidence(const EvidenceInputs& inputs, Context& context, RunEvidence& evidence) {
  FP_RETURN_IF_ERROR(CollectItems(inputs, evidence));
  FP_RETURN_IF_ERROR(CollectNeurons(inputs, context, evidence));
  return CollectPca(inputs, evidence.pictures);
}

void DescribeLayers(const ActivationAnalysis& before, const ActivationAnalysis& after,
                    ReportPictures& pictures) {
  for (const TapSite site : kTapSites) {
    pictures.layers.push_back(
        {std::string(NameOf(site)),
         MeanPerLayer(before.all.at(Pooling::kMean, site, Aggregation::kMean)),
         MeanPerLayer(after.all.at(Pooling::kMean, site, Aggregation::kMean))});
  }
  for (const auto& [category, scores] : before.by_category) {
    pictures.categories.push_back(
        {category, MeanPerLayer(scores.at(Pooling::kMean, TapSite::kAct, Aggregation::kMean))});
  }
}

}  // namespace fairprune
