#include "cli/attribute_steps.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "attribution/activation_analysis.h"
#include "attribution/bias_set.h"
#include "cli/items_input.h"
#include "cli/model_input.h"
#include "data/pairs.h"
#include "scoring/perplexity.h"
#include "selection/attribution_search.h"
#include "statistics/correlation.h"
#include "statistics/random.h"

namespace fairprune {
namespace {

constexpr int64_t kWindowTokens = 128;  // of the neutral text

// A set of items, of the part that is asked for.
struct Part {
  std::string name, source, sha256;
  std::vector<SignedItem> items;
};

// The part `split` of every set; sets without one are left out.
Result<std::vector<Part>> LoadParts(const AttributeFlags& flags) {
  ItemsFlags items;
  items.items = flags.items;
  FP_ASSIGN_OR_RETURN(std::vector<ItemSet> sets, LoadItemSets(items, "en"));
  std::vector<Part> parts;
  for (ItemSet& set : sets) {
    Part part{set.name, set.source, set.sha256};
    for (auto* side : {&set.split.choose, &set.split.held_out}) {
      const bool is_choose = side == &set.split.choose;
      if (flags.split != "all" && (flags.split == "choose") != is_choose) continue;
      std::move(side->begin(), side->end(), std::back_inserter(part.items));
    }
    if (!part.items.empty()) parts.push_back(std::move(part));
  }
  if (!parts.empty()) return parts;
  return Fail(ErrorCode::kInvalidArgument,
              "{}: the {} part of the items is empty: give them a 'split' column, or use --split "
              "all",
              sets.front().source, flags.split);
}

// `count` of the items in their order, drawn by the seed; 0: all.
// The model, ready for every step.
struct Session {
  const OpenedModel& opened;
  const Tokenizer& tokenizer;
  const Engine& engine;
  const RequestEncoder& encoder;
  const AttributeFlags& flags;
  Context& context;
};

Result<AttributedSet> Attribute(const Session& s, const Part& input) {
  FP_ASSIGN_OR_RETURN(BiasSet set, EncodeBiasSet(s.encoder, input.name, input.items));
  AttributedSet result{.name = input.name, .source = input.source, .sha256 = input.sha256};
  result.num_items = std::ssize(set.items);
  FP_ASSIGN_OR_RETURN(
      result.gradients,
      DifferentiateContrasts(
          s.engine, set.contrasts,
          {.progress = s.context.ProgressOf(fmt::format("gradients of {}, items", set.name))}));
  result.base_mean = WeightedMean(set.contrasts, result.gradients.values);
  result.skipped = std::move(set.skipped);
  result.one_sided = std::move(set.one_sided);
  return result;
}

// Activation difference between the wordings times the norm of down_proj's column, [L, F].
Result<Tensor> FilterScore(const Session& s, const std::vector<BiasSet>& samples) {
  std::vector<PromptPair> pairs;
  for (const BiasSet& sample : samples) {
    for (const SignedItem& item : sample.items) {
      PromptPair& pair = pairs.emplace_back();
      pair.id = fmt::format("{}/{}", sample.name, item.id);
      pair.prompt_1 = item.stereotyped;
      pair.prompt_2 = item.anti_stereotyped;
    }
  }
  FP_ASSIGN_OR_RETURN(const ActivationAnalysis analysis,
                      AnalyzeActivations(s.engine, s.tokenizer, pairs,
                                         s.context.ProgressOf("activation differences, items")));
  FP_ASSIGN_OR_RETURN(Tensor score, DownColumnNorms(s.opened.model));
  const Tensor& difference = analysis.all.at(Pooling::kMean, TapSite::kAct, Aggregation::kMean);
  for (int64_t i = 0; i < score.size(); ++i) score.data()[i] *= difference.data()[i];
  return score;
}

Result<SetEffects> MeasureSet(const Session& s, const BiasSet& sample, const GateGradients& of_all,
                              std::span<const Neuron> neurons) {
  SetEffects effects{.name = sample.name, .num_items = std::ssize(sample.items)};
  std::vector<Ablation> ablations;
  for (const Neuron& neuron : neurons) ablations.push_back({neuron});
  FP_ASSIGN_OR_RETURN(
      effects.exact,
      MeasureExactEffects(
          s.engine, sample.contrasts, ablations,
          {.progress = s.context.ProgressOf(fmt::format("exact effects on {}", sample.name))}));
  FP_ASSIGN_OR_RETURN(
      const auto first,
      FirstOrderByContrast(s.engine, sample.contrasts, neurons,
                           s.context.ProgressOf(fmt::format("gradients on {}", sample.name))));
  for (size_t n = 0; n < neurons.size(); ++n) {
    effects.first_order.push_back(WeightedMean(sample.contrasts, first[n]));
    const double all = -of_all.mean.matrix().row(neurons[n].layer)[neurons[n].index];
    effects.on_all.push_back(
        EstimateOnAll(all, sample.contrasts, effects.exact.changes[n], first[n]));
  }
  return effects;
}

Status MeasureText(const Session& s, std::span<const Neuron> neurons, ExactRecord& record) {
  std::vector<Ablation> ablations;
  for (const Neuron& neuron : neurons) ablations.push_back({neuron});
  FP_ASSIGN_OR_RETURN(const std::string all, BundledText());
  FP_ASSIGN_OR_RETURN(PerplexityText text, EncodeForPerplexity(s.tokenizer, all, kWindowTokens));
  const int64_t windows = (s.flags.text_tokens + kWindowTokens - 1) / kWindowTokens;
  if (windows < std::ssize(text.windows)) text.windows.resize(static_cast<size_t>(windows));
  FP_ASSIGN_OR_RETURN(const std::vector<Contrast> losses, TextLoss(text.windows));
  for (const Contrast& loss : losses) record.text_tokens += static_cast<int64_t>(loss.weight);
  FP_ASSIGN_OR_RETURN(record.text_loss,
                      MeasureExactEffects(s.engine, losses, ablations,
                                          {.progress = s.context.ProgressOf("exact text loss")}));
  return {};
}

EffectAgreement Agree(const SetEffects& set, const std::string& among, size_t begin, size_t end) {
  EffectAgreement agreement{.set = set.name, .among = among};
  std::vector<double> exact;
  for (size_t i = begin; i < end; ++i) exact.push_back(set.exact.effects[i].mean);
  const auto first = std::span(set.first_order).subspan(begin, end - begin);
  agreement.count = std::ssize(exact);
  agreement.pearson = PearsonCorrelation(first, exact);
  agreement.spearman = SpearmanCorrelation(first, exact);
  return agreement;
}

Result<ExactRecord> MeasureCandidates(const Session& s, const std::vector<Part>& inputs,
                                      const std::vector<AttributedSet>& attributed) {
  ExactRecord record;
  record.options = {s.flags.top, s.flags.random, s.flags.seed};
  record.sample_items = s.flags.sample_items;
  std::vector<BiasSet> samples;
  for (const Part& input : inputs) {
    const auto items = SampleOf(input.items, s.flags.sample_items, s.flags.seed);
    FP_ASSIGN_OR_RETURN(BiasSet sample, EncodeBiasSet(s.encoder, input.name, items));
    samples.push_back(std::move(sample));
  }
  FP_ASSIGN_OR_RETURN(const Tensor score, FilterScore(s, samples));
  FP_ASSIGN_OR_RETURN(record.candidates, ChooseCandidates(score, record.options));
  const std::vector<Neuron> neurons = AllCandidates(record.candidates);
  const size_t filtered = record.candidates.filtered.size();
  for (size_t i = 0; i < samples.size(); ++i) {
    FP_ASSIGN_OR_RETURN(SetEffects effects,
                        MeasureSet(s, samples[i], attributed[i].gradients, neurons));
    record.agreements.push_back(Agree(effects, "all", 0, neurons.size()));
    record.agreements.push_back(Agree(effects, "filtered", 0, filtered));
    record.agreements.push_back(Agree(effects, "sampled", filtered, neurons.size()));
    record.sets.push_back(std::move(effects));
  }
  if (s.flags.text_tokens > 0) FP_RETURN_IF_ERROR(MeasureText(s, neurons, record));
  return record;
}

}  // namespace

Result<AttributionRecord> AttributeNeurons(const AttributeFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(const std::vector<Part> inputs, LoadParts(flags));
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.model, context));
  FP_RETURN_IF_ERROR(RequireOneWidth(opened));
  FP_ASSIGN_OR_RETURN(const Tokenizer* tokenizer, RequireTokenizer(opened));
  EngineFlags engine_flags = flags.engine;
  engine_flags.gradient = true;
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(opened, engine_flags));
  FP_ASSIGN_OR_RETURN(
      const RequestEncoder encoder,
      RequestEncoder::Create(*tokenizer, opened.model.config.max_position_embeddings));
  const Session session{opened, *tokenizer, engine, encoder, flags, context};
  AttributionRecord record{.model_path = flags.model, .split = flags.split};
  FP_ASSIGN_OR_RETURN(record.model_hash, opened.checkpoint.ContentHash());
  for (const Part& input : inputs) {
    FP_ASSIGN_OR_RETURN(AttributedSet set, Attribute(session, input));
    context.SetFigure(fmt::format("{} {:+.4f} nats", set.name, set.base_mean));
    record.sets.push_back(std::move(set));
  }
  if (flags.exact) {
    FP_ASSIGN_OR_RETURN(record.exact, MeasureCandidates(session, inputs, record.sets));
  }
  return record;
}

}  // namespace fairprune
