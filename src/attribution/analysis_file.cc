#include "attribution/analysis_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/mean.h"
#include "base/version.h"
#include "checkpoint/safetensors.h"
#include "io/atomic_output.h"
#include "io/json.h"

namespace fairprune {
namespace {

constexpr int kSchemaVersion = 1;
constexpr int kTopNeurons = 20;

// Splits a score [L, F] into its layers' tensors "NAME.L".
void AddScore(const std::string& name, const Tensor& score, std::vector<TensorToWrite>& out) {
  const ConstMatrixView view = score.matrix();
  for (int64_t layer = 0; layer < view.rows; ++layer) {
    out.push_back(ViewToWrite(fmt::format("{}.{}", name, layer), DType::kF32, {view.cols},
                              std::as_bytes(view.row_span(layer))));
  }
}

void AddDifferences(const std::string& prefix, const DifferenceScores& scores,
                    std::vector<TensorToWrite>& out) {
  for (const Pooling pooling : kPoolings) {
    for (const TapSite site : kTapSites) {
      for (const Aggregation aggregation : kAggregations) {
        AddScore(
            fmt::format("{}{}.{}.{}", prefix, NameOf(pooling), NameOf(site), NameOf(aggregation)),
            scores.at(pooling, site, aggregation), out);
      }
    }
  }
}

Json TopNeurons(const Tensor& score) {
  std::vector<int64_t> order(static_cast<size_t>(score.size()));
  std::iota(order.begin(), order.end(), int64_t{0});
  const auto count = std::min<std::ptrdiff_t>(kTopNeurons, std::ssize(order));
  std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](int64_t a, int64_t b) {
    return score.data()[a] != score.data()[b] ? score.data()[a] > score.data()[b] : a < b;
  });
  const int64_t width = score.shape().back();
  Json list = Json::array();
  for (std::ptrdiff_t i = 0; i < count; ++i) {
    const int64_t index = order[static_cast<size_t>(i)];
    list.push_back(
        {{"layer", index / width}, {"neuron", index % width}, {"score", score.data()[index]}});
  }
  return list;
}

Json LayerSummaries(const AnalysisRecord& record) {
  Json layers = Json::array();
  for (int64_t layer = 0; layer < record.fairness.shape().front(); ++layer) {
    Json row = {{"layer", layer}};
    for (const TapSite site : kTapSites) {
      const auto& score = record.differences.all.at(Pooling::kMean, site, Aggregation::kMean);
      row[fmt::format("mean_difference_{}", NameOf(site))] = MeanOf(score.matrix().row_span(layer));
    }
    row["mean_fairness"] = MeanOf(record.fairness.matrix().row_span(layer));
    layers.push_back(std::move(row));
  }
  return layers;
}

Json ToJson(const AnalysisRecord& record) {
  Json categories = Json::array();
  for (const auto& [name, scores] : record.differences.by_category) {
    categories.push_back({{"name", name}, {"pairs", scores.num_pairs}});
  }
  Json json = {{"schema_version", kSchemaVersion},
               {"fairprune_version", Version()},
               {"model", {{"path", record.model_path}, {"content_hash", record.model_hash}}},
               {"num_layers", record.fairness.shape().front()},
               {"intermediate_size", record.fairness.shape().back()},
               {"hidden_size", record.hidden_size},
               {"pairs",
                {{"path", record.pairs_path},
                 {"sha256", record.pairs_sha256},
                 {"count", record.differences.all.num_pairs},
                 {"categories", std::move(categories)}}},
               {"bias_weight", record.bias_weight},
               {"importance", NameOf(record.importance_method)},
               {"layers", LayerSummaries(record)},
               {"top_neurons_by_fairness", TopNeurons(record.fairness)}};
  if (!record.text_scores.empty()) {
    json["text"] = {
        {"path", record.text_path}, {"sha256", record.text_sha256}, {"tokens", record.text_tokens}};
  }
  return json;
}

// Appends `"key": {"shape": [F], "values": [...]}` with two spaces of indentation a level. Written
// by hand: a study has millions of values, and a JSON tree of them takes a hundred times their
// memory.
void AppendValues(std::string_view key, std::span<const float> values, std::string& out) {
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "{}  \"{}\": {{\n    \"shape\": [\n      {}\n    ],\n    \"values\": [",
                 out.size() > 2 ? ",\n" : "", key, values.size());
  const char* separator = "\n";
  for (const float value : values) {
    fmt::format_to(to, "{}      {}", separator, static_cast<double>(value));
    separator = ",\n";
  }
  out += "\n    ]\n  }";
}

// How a category's files begin.
std::string FileNameOf(std::string category) {
  std::replace(category.begin(), category.end(), '/', '_');
  return category;
}

Status WriteOptiPFairGroup(const std::string& folder, const std::string& name,
                           const DifferenceScores& differences, const Tensor& fairness) {
  std::string bias = "{\n";
  std::string scores = "{\n";
  for (int64_t layer = 0; layer < fairness.shape().front(); ++layer) {
    for (const TapSite site : kTapSites) {
      AppendValues(
          fmt::format("{}_layer_{}", NameOf(site), layer),
          differences.at(Pooling::kMean, site, Aggregation::kMean).matrix().row_span(layer), bias);
    }
    AppendValues(std::to_string(layer), fairness.matrix().row_span(layer), scores);
  }
  const std::string stem = folder + "/" + FileNameOf(name);
  FP_RETURN_IF_ERROR(WriteFileAtomically(stem + "_bias_scores.json", bias + "\n}\n"));
  return WriteFileAtomically(stem + "_fairness_scores.json", scores + "\n}\n");
}

}  // namespace

Result<AnalysisRecord> ScoreNeurons(const Model& model, ActivationAnalysis differences,
                                    ImportanceMethod method, double bias_weight) {
  AnalysisRecord record{.bias_weight = bias_weight,
                        .importance_method = method,
                        .differences = std::move(differences),
                        .hidden_size = model.config.hidden_size};
  for (const auto each : {ImportanceMethod::kMaw, ImportanceMethod::kVow, ImportanceMethod::kPon,
                          ImportanceMethod::kL2}) {
    FP_ASSIGN_OR_RETURN(record.importance[each], ComputeImportance(model, each));
  }
  const auto fairness_of = [&](const DifferenceScores& scores) {
    return FairnessScores(scores.at(Pooling::kMean, TapSite::kGate, Aggregation::kMean),
                          scores.at(Pooling::kMean, TapSite::kUp, Aggregation::kMean),
                          record.importance.at(method), bias_weight);
  };
  FP_ASSIGN_OR_RETURN(record.fairness, fairness_of(record.differences.all));
  for (const auto& [name, scores] : record.differences.by_category) {
    FP_ASSIGN_OR_RETURN(record.fairness_by_category[name], fairness_of(scores));
  }
  return record;
}

Status WriteAnalysis(const std::string& folder, const AnalysisRecord& record) {
  std::vector<TensorToWrite> tensors;
  AddDifferences("", record.differences.all, tensors);
  for (const auto& [method, score] : record.importance) {
    AddScore(fmt::format("importance.{}", NameOf(method)), score, tensors);
  }
  AddScore("fairness", record.fairness, tensors);
  for (const auto& [name, score] : record.text_scores) AddScore(name, score, tensors);
  for (const auto& [name, scores] : record.differences.by_category) {
    const std::string prefix = fmt::format("category.{}.", name);
    AddDifferences(prefix, scores, tensors);
    AddScore(prefix + "fairness", record.fairness_by_category.at(name), tensors);
  }
  FP_RETURN_IF_ERROR(WriteSafetensors(
      folder + "/analysis.safetensors", tensors,
      {{"fairprune_version", std::string(Version())}, {"model_content_hash", record.model_hash}}));
  return WriteFileAtomically(folder + "/analysis.json", DumpJson(ToJson(record)) + "\n");
}

Status WriteOptiPFairFiles(const std::string& folder, const AnalysisRecord& record) {
  std::set<std::string> file_names = {"all"};
  for (const auto& [name, scores] : record.differences.by_category) {
    if (!file_names.insert(FileNameOf(name)).second) {
      return Fail(ErrorCode::kInvalidArgument,
                  "category '{}': the file {}_bias_scores.json is another category's already; "
                  "rename the category",
                  name, FileNameOf(name));
    }
  }
  for (const auto& [name, scores] : record.differences.by_category) {
    FP_RETURN_IF_ERROR(
        WriteOptiPFairGroup(folder, name, scores, record.fairness_by_category.at(name)));
  }
  return WriteOptiPFairGroup(folder, "all", record.differences.all, record.fairness);
}

Result<StoredAnalysis> StoredAnalysis::Open(const std::string& folder) {
  StoredAnalysis stored;
  stored.path_ = folder + "/analysis.json";
  FP_ASSIGN_OR_RETURN(const Json json, ReadJsonFile(stored.path_));
  FP_ASSIGN_OR_RETURN(const int64_t schema, GetInt(json, "schema_version", stored.path_));
  if (schema != kSchemaVersion) {
    return Fail(ErrorCode::kUnsupported, "{}: schema_version is {}, this program reads {}",
                stored.path_, schema, kSchemaVersion);
  }
  FP_ASSIGN_OR_RETURN(stored.num_layers_, GetInt(json, "num_layers", stored.path_));
  FP_ASSIGN_OR_RETURN(stored.num_neurons_per_layer_,
                      GetInt(json, "intermediate_size", stored.path_));
  if (json.contains("hidden_size")) {
    FP_ASSIGN_OR_RETURN(stored.hidden_size_, GetInt(json, "hidden_size", stored.path_));
  }
  FP_ASSIGN_OR_RETURN(stored.bias_weight_, GetDouble(json, "bias_weight", stored.path_));
  FP_ASSIGN_OR_RETURN(stored.importance_method_, GetString(json, "importance", stored.path_));
  const auto model = json.find("model");
  if (model == json.end() || !model->is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: expected an object under 'model'", stored.path_);
  }
  FP_ASSIGN_OR_RETURN(stored.model_path_, GetString(*model, "path", stored.path_));
  FP_ASSIGN_OR_RETURN(stored.model_hash_, GetString(*model, "content_hash", stored.path_));
  FP_ASSIGN_OR_RETURN(stored.tensors_, SafetensorsFile::Open(folder + "/analysis.safetensors"));
  const auto written_for = stored.tensors_->metadata().find("model_content_hash");
  if (written_for == stored.tensors_->metadata().end() ||
      written_for->second != stored.model_hash_) {
    return Fail(ErrorCode::kMismatch,
                "{}: analysis.safetensors and analysis.json beside each other are of different "
                "models; run `fairprune analyze` again",
                folder);
  }
  return stored;
}

std::vector<std::string> StoredAnalysis::ScoreNames() const {
  std::set<std::string> names;
  for (const TensorEntry& entry : tensors_->entries()) {
    names.insert(entry.name.substr(0, entry.name.rfind('.')));
  }
  return {names.begin(), names.end()};
}

Result<Tensor> StoredAnalysis::Score(const std::string& name) const {
  if (tensors_->Find(name + ".0") == nullptr) {
    std::vector<std::string> names = ScoreNames();
    std::erase_if(names, [](const std::string& each) { return each.starts_with("category."); });
    return Fail(ErrorCode::kInvalidArgument,
                "{}: there is no score '{}'; there are: {}, and category.NAME. in front of those "
                "that come from pairs",
                path_, name, fmt::join(names, ", "));
  }
  if (num_layers_ < 1 || num_neurons_per_layer_ < 1) {
    return Fail(ErrorCode::kBadFormat, "{}: num_layers and intermediate_size must be positive",
                path_);
  }
  std::vector<Tensor> rows;
  for (int64_t layer = 0; layer < num_layers_; ++layer) {
    const TensorEntry* entry = tensors_->Find(fmt::format("{}.{}", name, layer));
    if (entry == nullptr || entry->shape != Shape{num_neurons_per_layer_}) {
      return Fail(ErrorCode::kBadFormat, "{}: tensor {}.{} is missing or not of shape [{}]",
                  tensors_->files().front(), name, layer, num_neurons_per_layer_);
    }
    FP_ASSIGN_OR_RETURN(Tensor row, ReadAsF32(*entry));
    rows.push_back(std::move(row));
  }
  Tensor score({num_layers_, num_neurons_per_layer_});
  float* to = score.data();
  for (const Tensor& row : rows) to = std::copy(row.span().begin(), row.span().end(), to);
  return score;
}

}  // namespace fairprune
