// fairprune plot: the pictures of the published tool, of prompt pairs' activations.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "attribution/pair_pictures.h"
#include "cli/engine_input.h"
#include "cli/interrupt.h"
#include "cli/model_input.h"
#include "cli/pairs_input.h"
#include "cli/run_evidence.h"
#include "cli/verbs.h"
#include "io/atomic_output.h"
#include "report/pair_charts.h"
#include "report/table.h"

namespace fairprune {
namespace {

struct PlotFlags {
  std::string model, out;
  PairsFlags pairs;
  std::vector<std::string> ids;
  int64_t max_pairs = 3;
  std::vector<std::string> layers = {"first_middle_last"};
  EngineFlags engine;
  bool force = false;
  bool json = false;
};

// The pairs that are drawn: those named, or the first ones.
Result<std::vector<PromptPair>> PairsToDraw(const PlotFlags& flags) {
  FP_ASSIGN_OR_RETURN(LoadedPairs loaded, LoadPairs(flags.pairs));
  std::vector<PromptPair> drawn;
  for (const std::string& id : flags.ids) {
    const auto found = std::ranges::find(loaded.pairs, id, &PromptPair::id);
    if (found == loaded.pairs.end()) {
      return Fail(ErrorCode::kInvalidArgument, "--pair {}: {} has no pair of that id", id,
                  loaded.source);
    }
    drawn.push_back(*found);
  }
  if (!drawn.empty()) return drawn;
  loaded.pairs.resize(std::min(loaded.pairs.size(), static_cast<size_t>(flags.max_pairs)));
  return std::move(loaded.pairs);
}

// "all", "first_middle_last" or numbers.
Result<std::vector<int64_t>> LayersToDraw(const PlotFlags& flags, int64_t num_layers) {
  std::set<int64_t> layers;
  for (const std::string& name : flags.layers) {
    if (name == "all") {
      for (int64_t i = 0; i < num_layers; ++i) layers.insert(i);
    } else if (name == "first_middle_last") {
      layers.insert({0, num_layers / 2, num_layers - 1});
    } else {
      int64_t layer = -1;
      const bool digits = !name.empty() && name.size() < 10 &&
                          name.find_first_not_of("0123456789") == std::string::npos;
      if (digits) layer = std::stoll(name);
      if (layer < 0 || layer >= num_layers) {
        return Fail(ErrorCode::kInvalidArgument,
                    "--layers {}: expected all, first_middle_last or layers from 0 to {}", name,
                    num_layers - 1);
      }
      layers.insert(layer);
    }
  }
  return std::vector<int64_t>(layers.begin(), layers.end());
}

// Writes the pictures and gathers their numbers.
class Drawing {
 public:
  Drawing(std::string folder, std::vector<int64_t> layers)
      : folder_(std::move(folder)), layers_(std::move(layers)) {}

  Status Add(const PromptPair& pair, const PairActivations& activations) {
    const size_t index = pairs_.size();
    const std::string about = fmt::format("“{}” / “{}”", pair.prompt_1, pair.prompt_2);
    Json json = {{"id", pair.id},
                 {"prompt_1", pair.prompt_1},
                 {"prompt_2", pair.prompt_2},
                 {"tokens_1", activations.tokens_1},
                 {"tokens_2", activations.tokens_2}};
    for (const PictureSite site : kPictureSites) {
      const std::string name(NameOf(site));
      std::vector<double> means;
      for (int64_t layer = 0; layer < activations.num_layers(); ++layer) {
        means.push_back(MeanAbsoluteDifference(activations.at(site, layer)));
      }
      json["mean_difference"][name] = means;
      if (std::isfinite(means.front())) {
        FP_RETURN_IF_ERROR(Write(fmt::format("mean_diff_{}_pair{}", name, index),
                                 MeanDifferencePicture(name, means, about)));
      }
      for (const int64_t layer : layers_) {
        FP_RETURN_IF_ERROR(AddLayer(site, layer, about, index, activations, json));
      }
      means_[static_cast<size_t>(site)].push_back(std::move(means));
    }
    pairs_.push_back(std::move(json));
    return {};
  }

  // The mean over all pairs whose prompts are of one length.
  Status Finish() {
    for (const PictureSite site : kPictureSites) {
      std::vector<double> sum;
      int64_t count = 0;
      for (const std::vector<double>& means : means_[static_cast<size_t>(site)]) {
        if (!std::isfinite(means.front())) continue;
        sum.resize(means.size());
        for (size_t i = 0; i < means.size(); ++i) sum[i] += means[i];
        ++count;
      }
      num_averaged_ = count;
      if (count == 0) continue;
      for (double& value : sum) value /= static_cast<double>(count);
      const std::string name(NameOf(site));
      means_of_all_[name] = sum;
      FP_RETURN_IF_ERROR(Write("mean_diff_" + name,
                               MeanDifferencePicture(name, sum, fmt::format("{} pairs", count))));
    }
    const Json json = {
        {"schema_version", kSchemaVersion}, {"mean_difference", means_of_all_}, {"pairs", pairs_}};
    return WriteFileAtomically(folder_ + "/plots.json", DumpJson(json, 1) + "\n");
  }

  int64_t num_averaged() const { return num_averaged_; }
  int64_t num_files() const { return num_files_; }
  const Json& means() const { return means_of_all_; }

 private:
  Status Write(const std::string& name, const Svg& svg) {
    ++num_files_;
    return WriteFileAtomically(fmt::format("{}/{}.svg", folder_, name), svg.ToFile());
  }

  Status AddLayer(PictureSite site, int64_t layer, const std::string& about, size_t index,
                  const PairActivations& activations, Json& json) {
    const SiteActivations& at = activations.at(site, layer);
    const std::string name(NameOf(site));
    DifferenceMap map = MapDifferences(at);
    HeatmapPicture picture{name,        about,        layer,           map.rows,
                           map.columns, map.row_step, map.column_step, std::move(map.values),
                           {}};
    for (int64_t row = 0; row < picture.rows; ++row) {
      const auto t = static_cast<size_t>(row * picture.row_step);
      picture.row_names.push_back(activations.tokens_1[t] == activations.tokens_2[t]
                                      ? activations.tokens_1[t]
                                      : activations.tokens_1[t] + " /" + activations.tokens_2[t]);
    }
    json["heatmap"].push_back({{"site", name},
                               {"layer", layer},
                               {"row_step", picture.row_step},
                               {"column_step", picture.column_step},
                               {"rows", picture.rows},
                               {"columns", picture.columns},
                               {"values", picture.values}});
    FP_RETURN_IF_ERROR(
        Write(fmt::format("heatmap_{}_{}_pair{}", name, layer, index), DifferenceHeatmap(picture)));
    FP_ASSIGN_OR_RETURN(const ReportPca pca, PcaOf(activations, site, layer));
    Json x = Json::array();
    Json y = Json::array();
    for (const ReportPcaPoint& point : pca.points) {
      x.push_back(point.x);
      y.push_back(point.y);
    }
    json["pca"].push_back({{"site", name},
                           {"layer", layer},
                           {"explained", {pca.explained_1, pca.explained_2}},
                           {"x", std::move(x)},
                           {"y", std::move(y)}});
    const std::string file = fmt::format("pca_{}_{}_pair{}", name, layer, index);
    return Write(file, PcaPicture(pca, "pca"));
  }

  std::string folder_;
  std::vector<int64_t> layers_;
  std::vector<std::vector<double>> means_[kPictureSites.size()];
  Json pairs_ = Json::array(), means_of_all_ = Json::object();
  int64_t num_averaged_ = 0;  // pairs whose prompts are of one length
  int64_t num_files_ = 0;
};

Printout ToPrintout(const Drawing& drawing, const PlotFlags& flags, size_t num_pairs) {
  std::vector<Column> columns = {{"layer", Align::kRight}};
  for (const auto& [site, values] : drawing.means().items()) {
    columns.push_back({site, Align::kRight});
  }
  Table table(columns);
  const size_t layers = drawing.means().empty() ? 0 : drawing.means().front().size();
  for (size_t i = 0; i < layers; ++i) {
    std::vector<std::string> row = {std::to_string(i)};
    for (const auto& [site, values] : drawing.means().items()) {
      row.push_back(fmt::format("{:.5f}", values[i].get<double>()));
    }
    table.AddRow(row);
  }
  Printout printout;
  if (layers == 0) {
    printout.Add(
        "No pair has prompts of the same number of tokens: there are no differences by layer.\n");
  } else {
    printout.Add(fmt::format(
        "Mean activation difference by layer, {} of {} pairs (those whose prompts have the same "
        "number of tokens):\n\n",
        drawing.num_averaged(), num_pairs));
    printout.Add(std::move(table));
  }
  return printout.Add(
      fmt::format("\n{} pictures and plots.json written to {}\n", drawing.num_files(), flags.out));
}

Result<Outcome> Plot(const PlotFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(const std::vector<PromptPair> pairs, PairsToDraw(flags));
  CatchInterrupts();
  FP_ASSIGN_OR_RETURN(AtomicDirectory out, AtomicDirectory::Create(flags.out, flags.force));
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.model, context));
  FP_ASSIGN_OR_RETURN(const Tokenizer* tokenizer, RequireTokenizer(opened));
  FP_ASSIGN_OR_RETURN(std::vector<int64_t> layers,
                      LayersToDraw(flags, opened.model.config.num_layers));
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(opened, flags.engine));
  Drawing drawing(out.working_path(), std::move(layers));
  const auto progress = context.ProgressOf("drawing pairs");
  for (size_t i = 0; i < pairs.size(); ++i) {
    FP_ASSIGN_OR_RETURN(const PairActivations activations,
                        RunPair(engine, opened.model, *tokenizer, pairs[i]));
    FP_RETURN_IF_ERROR(drawing.Add(pairs[i], activations));
    FP_RETURN_IF_ERROR(progress(static_cast<int64_t>(i) + 1, std::ssize(pairs)));
  }
  FP_RETURN_IF_ERROR(drawing.Finish());
  FP_RETURN_IF_ERROR(out.Commit());
  if (flags.json) {
    context.PrintJson("plot", {{"model", flags.model},
                               {"pairs", pairs.size()},
                               {"pictures", drawing.num_files()},
                               {"mean_difference", drawing.means()},
                               {"out", flags.out}});
  } else {
    context.Print(ToPrintout(drawing, flags, pairs.size()));
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddPlot(CLI::App& app, Context& context) {
  auto flags = std::make_shared<PlotFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "plot",
       .summary = "Draw prompt pairs' activations: differences by layer, maps, components",
       .description =
           "Writes SVG files: the mean activation difference per layer, a map of the differences "
           "(positions by neurons), and the principal components of both prompts' activations, as "
           "OptiPFair's visualize_bias draws them; their numbers go to plots.json.",
       .examples = {"fairprune plot model.gguf --out plots",
                    "fairprune plot models/llama --pairs pairs.csv --pair c1 --layers 0 5 --out "
                    "plots"}},
      [flags, &context] { return Plot(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  AddPairsFlags(verb, flags->pairs);
  verb->add_option("--pair", flags->ids, "Ids of the pairs to draw (default: the first ones)");
  verb->add_option("--max-pairs", flags->max_pairs, "How many pairs to draw without --pair")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--layers", flags->layers,
                   "Layers of maps and components: first_middle_last, all, or numbers from 0")
      ->delimiter(',')
      ->capture_default_str();
  verb->add_option("--out", flags->out, "Folder to write")->required();
  AddEngineFlags(verb, flags->engine);
  verb->add_flag("--force", flags->force, "Replace the folder if it is there");
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
