#include "attribution/attribution_file.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/version.h"
#include "checkpoint/safetensors.h"
#include "io/atomic_output.h"
#include "io/json.h"

namespace fairprune {
namespace {

constexpr int kSchemaVersion = 1;

void AddLayers(const std::string& name, const Tensor& values, std::vector<TensorToWrite>& tensors) {
  for (int64_t layer = 0; layer < values.shape().front(); ++layer) {
    const auto row = values.matrix().row_span(layer);
    tensors.push_back(ViewToWrite(fmt::format("{}.{}", name, layer), DType::kF32, {std::ssize(row)},
                                  std::as_bytes(row)));
  }
}

Json ToJson(const ExactEffect& effect) {
  return {{"change", effect.mean}, {"standard_error", effect.standard_error}};
}

Json CandidatesToJson(const ExactRecord& record) {
  const std::vector<Neuron> neurons = AllCandidates(record.candidates);
  Json list = Json::array();
  for (size_t i = 0; i < neurons.size(); ++i) {
    Json effects = Json::object();
    for (const SetEffects& set : record.sets) {
      effects[set.name] = ToJson(set.exact.effects[i]);
      effects[set.name]["first_order"] = set.first_order[i];
      effects[set.name]["all_items"] = ToJson(set.on_all[i]);
    }
    Json row = {{"layer", neurons[i].layer},
                {"neuron", neurons[i].index},
                {"by", i < record.candidates.filtered.size() ? "filter" : "sample"},
                {"effects", std::move(effects)}};
    if (record.text_tokens > 0) row["text_loss"] = ToJson(record.text_loss.effects[i]);
    list.push_back(std::move(row));
  }
  return list;
}

Json ToJson(const ExactRecord& record) {
  Json sets = Json::array();
  for (const SetEffects& set : record.sets) {
    sets.push_back(
        {{"name", set.name}, {"items", set.num_items}, {"base_mean", set.exact.base_mean}});
  }
  Json agreements = Json::array();
  for (const EffectAgreement& a : record.agreements) {
    agreements.push_back({{"set", a.set},
                          {"among", a.among},
                          {"candidates", a.count},
                          {"pearson", a.pearson},
                          {"spearman", a.spearman}});
  }
  Json text = nullptr;
  if (record.text_tokens > 0) {
    text = {{"tokens", record.text_tokens}, {"loss", record.text_loss.base_mean}};
  }
  return {{"top", record.options.top},
          {"random", record.options.random},
          {"seed", record.options.seed},
          {"sample_items", record.sample_items},
          {"sets", std::move(sets)},
          {"text", std::move(text)},
          {"agreement", std::move(agreements)},
          {"candidates", CandidatesToJson(record)}};
}

Json ToJson(const AttributionRecord& record) {
  Json sets = Json::array();
  for (const AttributedSet& set : record.sets) {
    sets.push_back({{"name", set.name},
                    {"source", set.source},
                    {"sha256", set.sha256},
                    {"items", set.num_items},
                    {"skipped", set.skipped},
                    {"one_sided", set.one_sided},
                    {"base_mean", set.base_mean}});
  }
  const Shape& shape = record.sets.front().gradients.mean.shape();
  Json json = {{"schema_version", kSchemaVersion},
               {"fairprune_version", Version()},
               {"model", {{"path", record.model_path}, {"content_hash", record.model_hash}}},
               {"num_layers", shape.front()},
               {"intermediate_size", shape.back()},
               {"split", record.split},
               {"sets", std::move(sets)}};
  if (record.exact) json["exact"] = ToJson(*record.exact);
  return json;
}

}  // namespace

std::vector<Neuron> AllCandidates(const CandidateNeurons& candidates) {
  std::vector<Neuron> all = candidates.filtered;
  all.insert(all.end(), candidates.sampled.begin(), candidates.sampled.end());
  return all;
}

Status WriteAttribution(const std::string& folder, const AttributionRecord& record) {
  FP_CHECK(!record.sets.empty(), "an attribution of something");
  std::set<std::string> names;
  std::vector<TensorToWrite> tensors;
  for (const AttributedSet& set : record.sets) {
    if (!names.insert(set.name).second) {
      return Fail(ErrorCode::kInvalidArgument,
                  "two sets of items are named '{}'; give one of the files another name", set.name);
    }
    AddLayers(set.name + ".mean", set.gradients.mean, tensors);
    AddLayers(set.name + ".standard_error", set.gradients.standard_error, tensors);
  }
  FP_RETURN_IF_ERROR(WriteSafetensors(
      folder + "/attribution.safetensors", tensors,
      {{"fairprune_version", std::string(Version())}, {"model_content_hash", record.model_hash}}));
  return WriteFileAtomically(folder + "/attribution.json", DumpJson(ToJson(record)) + "\n");
}

}  // namespace fairprune
