#include "cli/bias_steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/item_warnings.h"
#include "verification/random_controls.h"

namespace fairprune {
namespace {

// Fewer guarded items than this say too little to hold a search to.
constexpr size_t kFewestGuarded = 30;

Result<BiasSet> Encode(const RequestEncoder& encoder, const std::string& name,
                       const std::vector<SignedItem>& items) {
  if (items.empty()) return BiasSet{.name = name};
  return EncodeBiasSet(encoder, name, items);
}

// A text of one window in two, the second half after the prefix token too.
std::vector<TokenRequest> InHalves(const TokenRequest& window) {
  const auto middle = window.ids.begin() + (1 + std::ssize(window.ids)) / 2;
  TokenRequest second{.ids = {window.ids.front()}};
  second.ids.insert(second.ids.end(), middle, window.ids.end());
  return {{{window.ids.begin(), middle}, 1}, std::move(second)};
}

Status SplitText(const PerplexityText& text, const PerplexityText& search_text,
                 BiasInputs& inputs) {
  constexpr int64_t kFewestTokens = 4;
  if (text.num_tokens < kFewestTokens) {
    return Fail(ErrorCode::kInvalidArgument,
                "the neutral text has {} tokens: too few to choose on one half and measure on the "
                "other; give a longer --text",
                text.num_tokens);
  }
  const std::vector<TokenRequest> windows =
      text.windows.size() > 1 ? text.windows : InHalves(text.windows.front());
  std::vector<TokenRequest> sides[2];
  for (size_t i = 0; i < windows.size(); ++i) sides[i % 2].push_back(windows[i]);
  sides[0].insert(sides[0].end(), search_text.windows.begin(), search_text.windows.end());
  FP_ASSIGN_OR_RETURN(inputs.text_choose, TextLoss(sides[0]));
  FP_ASSIGN_OR_RETURN(inputs.text_held_out, TextLoss(sides[1]));
  return {};
}

SearchSet MakeSet(const std::string& name, const std::vector<Contrast>& contrasts,
                  bool is_loss = false) {
  SearchSet set;
  set.name = name;
  set.is_loss = is_loss;
  set.contrasts = contrasts;
  return set;
}

// `contrasts` are those of the set, in order. A set of one category is held as a whole.
void NumberCategories(const std::vector<ProtectedContrast>& contrasts, SearchSet& set) {
  if (std::ranges::all_of(contrasts, [&](const ProtectedContrast& contrast) {
        return contrast.category == contrasts.front().category;
      })) {
    return;
  }
  for (size_t i = 0; i < contrasts.size(); ++i) {
    auto known = std::ranges::find(set.categories, contrasts[i].category);
    if (known == set.categories.end()) {
      known = set.categories.insert(set.categories.end(), contrasts[i].category);
    }
    set.contrasts[i].side = 1 + (known - set.categories.begin());
  }
}

// The held-out text is every other window of the whole one (SplitText), which has been measured;
// not where that is one window in halves.
void TakeTextLosses(const MeasuredChoice& choice, HeldOutSet& text) {
  const auto losses = [&text](const Perplexity& whole) {
    std::vector<double> values;
    for (size_t i = 0; i < text.contrasts.size(); ++i) {
      values.push_back(whole.window_nats[2 * i + 1] / text.contrasts[i].weight);
    }
    return values;
  };
  if (choice.text_before->window_nats.size() < 2) return;
  text.before = losses(*choice.text_before);
  text.after = losses(*choice.text_after);
}

// Of EncodedSet or EncodedGuard.
template <typename Encoded>
void WarnOfSkippedOf(const Encoded& set, Context& context) {
  const std::vector<std::string>& choosing = set.choose.skipped;
  const std::vector<std::string>& held_out = set.held_out.skipped;
  if (choosing.empty() && held_out.empty()) return;
  WarnOfSkipped(set.input.name,
                fmt::format("{} choosing and {} held-out", choosing.size(), held_out.size()),
                choosing.empty() ? held_out.front() : choosing.front(), context);
}

void WarnOfFew(const std::string& name, size_t choosing, size_t held_out, Context& context) {
  if (choosing + held_out == 0 || std::min(choosing, held_out) >= kFewestGuarded) return;
  const char* lack = "neither guarded nor tested";
  if (choosing >= kFewestGuarded) lack = "not tested";
  if (held_out >= kFewestGuarded) lack = "not guarded";
  context.Warn(
      fmt::format("{}: {} ({} items for choosing, {} held out; {} are the fewest to guard or "
                  "test)",
                  name, lack, choosing, held_out, kFewestGuarded));
}

Result<TransferRow> ChooseOnOne(const Engine& engine, const BiasFlags& flags,
                                const SearchOptions& options, const BiasInputs& inputs,
                                size_t index, Context& context) {
  TransferRow row;
  row.chosen_on = inputs.sets[index].input.name;
  context.Info("choosing on " + row.chosen_on + " alone");
  SearchInputs search = MakeSearchInputs(inputs);
  std::erase_if(search.bias, [&](const SearchSet& set) { return set.name != row.chosen_on; });
  FP_ASSIGN_OR_RETURN(const SearchResult found, SearchByAttribution(engine, search, options));
  row.num_neurons = std::ssize(found.neurons);
  VerifyOptions verify;
  verify.alpha = flags.alpha;
  verify.paired.seed = flags.seed;
  FP_ASSIGN_OR_RETURN(row.verification,
                      VerifyEffect(engine, MakeHeldOutSets(inputs),
                                   MaskOf(engine.config(), found.neurons), verify));
  return row;
}

}  // namespace

void AddSearchFlags(CLI::App* verb, BiasFlags& flags) {
  AddItemsFlags(verb, flags.items);
  AddGuardLimits(verb, flags.guard_limits);
  verb->add_option("--items-per-round", flags.items_per_round,
                   "Items of each set in one round; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--max-items", flags.max_items, "Items of each set to choose on; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--standard-errors", flags.standard_errors,
                   "How many standard errors below its estimate a neuron's gain is counted")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--seed", flags.seed, "Of samples, controls, intervals and tests")
      ->capture_default_str();
  verb->add_option(
          "--memory", flags.memory_gb,
          "GB (10^9 bytes) for the activations that gradients keep, beside the weights; 0: "
          "as much as is fast")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

void AddBiasFlags(CLI::App* verb, BiasFlags& flags) {
  AddSearchFlags(verb, flags);
  verb->add_option("--rounds", flags.rounds, "Rounds of measuring and choosing")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  verb->add_option("--controls", flags.controls,
                   "Random choices of the same size per layer and cost to compare with")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--control-items", flags.control_items,
                   "Held-out items of each set that the random choices are measured on; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--alpha", flags.alpha, "Level of the tests, after Holm's adjustment")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  verb->add_flag("--transfer", flags.transfer,
                 "Also choose on each set alone and measure on all of them");
}

Result<BiasInputs> LoadBiasInputs(const BiasFlags& flags, const std::string& language,
                                  const RequestEncoder& encoder, const PerplexityText& text,
                                  const PerplexityText& search_text) {
  BiasInputs inputs;
  FP_ASSIGN_OR_RETURN(std::vector<ItemSet> sets, LoadItemSets(flags.items, language));
  for (ItemSet& set : sets) {
    EncodedSet& encoded = inputs.sets.emplace_back();
    FP_ASSIGN_OR_RETURN(encoded.choose, Encode(encoder, set.name, set.split.choose));
    FP_ASSIGN_OR_RETURN(encoded.held_out, Encode(encoder, set.name, set.split.held_out));
    encoded.input = std::move(set);
  }
  FP_ASSIGN_OR_RETURN(std::vector<GuardedContrasts> guarded, LoadGuarded(flags.items, language));
  for (GuardedContrasts& set : guarded) {
    if (std::ranges::any_of(inputs.sets, [&](const auto& s) { return s.input.name == set.name; })) {
      return Fail(ErrorCode::kInvalidArgument,
                  "{}: a guarded set named '{}' as the signed items are; rename one of the files",
                  set.source, set.name);
    }
    EncodedGuard& encoded = inputs.guarded.emplace_back();
    FP_ASSIGN_OR_RETURN(encoded.choose, EncodeGuardedSet(encoder, set.choose));
    FP_ASSIGN_OR_RETURN(encoded.held_out, EncodeGuardedSet(encoder, set.held_out));
    encoded.input = std::move(set);
  }
  FP_RETURN_IF_ERROR(SplitText(text, search_text, inputs));
  inputs.limits = flags.guard_limits;
  // Search inputs are copies of all items.
  if (!inputs.limits.named.empty()) {
    FP_RETURN_IF_ERROR(CheckLimits(inputs.limits, MakeSearchInputs(inputs)));
  }
  return inputs;
}

void WarnOfInputs(const BiasInputs& inputs, Context& context) {
  for (const EncodedSet& set : inputs.sets) {
    WarnOfSkippedOf(set, context);
    WarnOfOneSided(set.input.name, set.choose.one_sided, context);
    WarnOfOneSided(set.input.name, set.held_out.one_sided, context);
    if (set.choose.items.empty()) continue;
    WarnOfFew(set.input.name + " meaning", set.choose.meaning.size(), set.held_out.meaning.size(),
              context);
  }
  for (const EncodedGuard& set : inputs.guarded) {
    WarnOfSkippedOf(set, context);
    WarnOfFew(set.input.name, set.choose.contrasts.size(), set.held_out.contrasts.size(), context);
  }
}

SearchInputs MakeSearchInputs(const BiasInputs& inputs) {
  SearchInputs search;
  for (const EncodedSet& set : inputs.sets) {
    if (set.choose.contrasts.empty()) continue;
    search.bias.push_back(MakeSet(set.input.name, set.choose.contrasts));
    search.bias.back().sides = set.choose.sides;
    if (set.choose.meaning.size() >= kFewestGuarded) {
      search.guarded.push_back(MakeSet(set.input.name + " meaning", set.choose.meaning));
    }
  }
  for (const EncodedGuard& set : inputs.guarded) {
    const std::vector<Contrast>& contrasts = set.choose.contrasts;
    if (contrasts.size() < kFewestGuarded) continue;
    search.guarded.push_back(MakeSet(set.input.name, contrasts));
    NumberCategories(set.choose.items, search.guarded.back());
    search.guarded.push_back(
        MakeSet(NameOfWords(set.input.name), LossOfPreferred(contrasts), true));
  }
  search.text = inputs.text_choose;
  ApplyLimits(inputs.limits, search);
  return search;
}

SearchOptions MakeSearchOptions(const BiasFlags& flags, int64_t neurons,
                                double max_perplexity_increase_percent, Context& context) {
  SearchOptions options;
  options.count = neurons;
  options.rounds = flags.rounds;
  options.growing_rounds = (5 * flags.rounds + 7) / 8;
  options.max_perplexity_increase = max_perplexity_increase_percent / 100;
  options.max_guarded_loss = flags.guard_limits.percent / 100;
  options.standard_errors = flags.standard_errors;
  options.items_per_round = flags.items_per_round;
  options.max_items = flags.max_items;
  options.seed = flags.seed;
  // Every line ends a round's measurement; it stays in sight while the next ones run.
  options.log = [&context](const std::string& line) {
    context.Info(line);
    context.SetFigure(line);
  };
  options.progress = context.ProgressOf("estimating effects, items");
  return options;
}

std::vector<HeldOutSet> MakeHeldOutSets(const BiasInputs& inputs) {
  std::vector<HeldOutSet> sets;
  for (const EncodedSet& set : inputs.sets) {
    if (set.held_out.contrasts.empty()) continue;
    HeldOutSet& bias = sets.emplace_back();
    bias = {.name = set.input.name, .contrasts = set.held_out.contrasts};
    for (const SignedItem& item : set.held_out.items) bias.categories.push_back(item.category);
  }
  for (const EncodedSet& set : inputs.sets) {
    std::vector<std::vector<Contrast>> preferences = SidePreferences(set.held_out);
    for (size_t c = 0; c < preferences.size(); ++c) {
      sets.push_back({set.input.name + " " + set.held_out.sides[c], SetKind::kSides,
                      std::move(preferences[c])});
    }
  }
  for (const EncodedSet& set : inputs.sets) {
    if (set.held_out.meaning.size() < kFewestGuarded) continue;
    HeldOutSet& meaning = sets.emplace_back();
    meaning = {.name = set.input.name + " meaning",
               .kind = SetKind::kGuarded,
               .contrasts = set.held_out.meaning};
    for (const size_t i : set.held_out.meaning_item) {
      meaning.categories.push_back(set.held_out.items[i].category);
    }
  }
  for (const EncodedGuard& set : inputs.guarded) {
    const std::vector<Contrast>& contrasts = set.held_out.contrasts;
    if (contrasts.size() < kFewestGuarded) continue;
    HeldOutSet& guarded = sets.emplace_back();
    guarded = {.name = set.input.name, .kind = SetKind::kGuarded, .contrasts = contrasts};
    for (const ProtectedContrast& item : set.held_out.items) {
      guarded.categories.push_back(item.category);
    }
    sets.push_back({NameOfWords(set.input.name), SetKind::kWords, LossOfPreferred(contrasts)});
  }
  sets.push_back({"neutral text", SetKind::kText, inputs.text_held_out});
  return sets;
}

Status VerifyStep(const Engine& engine, const BiasFlags& flags, const SearchOptions& search,
                  const MeasuredChoice& choice, Context& context, BiasResult& result) {
  const ModelConfig& config = engine.config();
  const std::vector<PlannedNeuron>& neurons = *choice.neurons;
  // Where no cost was estimated (a streaming engine), they are matched per layer alone.
  std::vector<double> cost = result.search.neutral_cost;
  cost.resize(static_cast<size_t>(config.num_layers * config.intermediate_size));
  const std::vector<NeuronMask> controls =
      RandomControls(config.num_layers, config.intermediate_size, neurons, cost,
                     {.count = neurons.empty() ? 0 : flags.controls, .seed = flags.seed});
  VerifyOptions options;
  options.controls = controls;
  options.control_items = flags.control_items;
  options.alpha = flags.alpha;
  options.paired.seed = flags.seed;
  options.progress = context.ProgressOf("random controls");
  std::vector<HeldOutSet> sets = MakeHeldOutSets(result.inputs);
  TakeTextLosses(choice, sets.back());
  context.Info(fmt::format("verifying on {} held-out sets, with {} random controls", sets.size(),
                           controls.size()));
  FP_ASSIGN_OR_RETURN(result.verification,
                      VerifyEffect(engine, sets, MaskOf(config, neurons), options));
  if (!flags.transfer) return {};
  for (size_t i = 0; i < result.inputs.sets.size(); ++i) {
    if (result.inputs.sets[i].choose.contrasts.empty()) continue;
    FP_ASSIGN_OR_RETURN(TransferRow row,
                        ChooseOnOne(engine, flags, search, result.inputs, i, context));
    result.transfer.push_back(std::move(row));
  }
  return {};
}

}  // namespace fairprune
