// plan.json: written with one neuron a line, read with every field checked.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "io/json.h"
#include "selection/plan.h"

namespace fairprune {
namespace {

constexpr std::array<std::string_view, 7> kPlanKeys = {
    "schema_version",        "model_hash", "model_path", "num_layers",
    "num_neurons_per_layer", "method",     "neurons"};
constexpr std::array<std::string_view, 3> kOptionalPlanKeys = {"reserve", "layers", "filled"};
constexpr std::array<std::string_view, 3> kNeuronKeys = {"layer", "neuron", "score"};

// `value` is an object with exactly `keys`, in any order; those in `optional` may be there too.
template <size_t N>
Status CheckKeys(const Json& value, const std::array<std::string_view, N>& keys,
                 const std::string& place, std::span<const std::string_view> optional = {}) {
  if (!value.is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: expected an object, found {}", place,
                value.type_name());
  }
  for (const auto& [key, member] : value.items()) {
    const bool known = std::find(keys.begin(), keys.end(), key) != keys.end() ||
                       std::find(optional.begin(), optional.end(), key) != optional.end();
    if (!known) {
      return Fail(ErrorCode::kBadFormat, "{}: unknown key '{}'", place, key);
    }
  }
  for (const std::string_view key : keys) {
    if (!value.contains(key)) return Fail(ErrorCode::kBadFormat, "{}: no key '{}'", place, key);
  }
  return {};
}

Result<std::string> StringAt(const Json& object, const char* key, const std::string& place) {
  const Json& value = object.at(key);
  if (!value.is_string()) {
    return Fail(ErrorCode::kBadFormat, "{}: '{}' is {}, expected a string", place, key,
                value.type_name());
  }
  return value.get<std::string>();
}

// An integer in [low, high].
Result<int64_t> IntegerAt(const Json& object, const char* key, int64_t low, int64_t high,
                          const std::string& place) {
  const Json& value = object.at(key);
  const bool fits =
      value.is_number_integer() &&
      !(value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(high)) &&
      value.get<int64_t>() >= low && value.get<int64_t>() <= high;
  if (!fits) {
    return Fail(ErrorCode::kBadFormat, "{}: '{}' is {}, expected an integer from {} to {}", place,
                key, DumpJson(value, -1), low, high);
  }
  return value.get<int64_t>();
}

Result<PlannedNeuron> ParseNeuron(const Json& value, const Plan& plan, const std::string& place) {
  FP_RETURN_IF_ERROR(CheckKeys(value, kNeuronKeys, place));
  FP_ASSIGN_OR_RETURN(const int64_t layer,
                      IntegerAt(value, "layer", 0, plan.num_layers - 1, place));
  FP_ASSIGN_OR_RETURN(const int64_t neuron,
                      IntegerAt(value, "neuron", 0, plan.num_neurons_per_layer - 1, place));
  const Json& score = value.at("score");
  if (!score.is_number() || !std::isfinite(score.get<double>())) {
    return Fail(ErrorCode::kBadFormat, "{}: 'score' is {}, expected a finite number", place,
                DumpJson(score, -1));
  }
  return PlannedNeuron{static_cast<int32_t>(layer), static_cast<int32_t>(neuron),
                       score.get<double>()};
}

// Two entries for one neuron are refused, naming both.
Status CheckDistinct(const std::vector<PlannedNeuron>& neurons, const std::string& source) {
  std::vector<size_t> order(neurons.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto key = [&](size_t i) { return std::pair(neurons[i].layer, neurons[i].neuron); };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
  const auto twin = std::adjacent_find(order.begin(), order.end(),
                                       [&](size_t a, size_t b) { return key(a) == key(b); });
  if (twin == order.end()) return {};
  return Fail(ErrorCode::kBadFormat, "{}: neurons[{}] and neurons[{}] are both layer {}, neuron {}",
              source, *twin, *(twin + 1), neurons[*twin].layer, neurons[*twin].neuron);
}

// "reserve": a list of lists of neurons, one a layer, none named twice in its layer or planned
// there.
Status ParseReserve(const Json& document, const std::string& source, Plan& plan) {
  const auto found = document.find("reserve");
  if (found == document.end()) return {};
  if (!found->is_array() || std::ssize(*found) != plan.num_layers) {
    return Fail(ErrorCode::kBadFormat, "{}: 'reserve' must be a list of {} lists, one a layer",
                source, plan.num_layers);
  }
  std::vector<bool> seen(static_cast<size_t>(plan.num_layers * plan.num_neurons_per_layer));
  const auto first_time = [&](int64_t layer, int64_t neuron) {
    const auto index = static_cast<size_t>(layer * plan.num_neurons_per_layer + neuron);
    const bool fresh = !seen[index];
    seen[index] = true;
    return fresh;
  };
  for (const PlannedNeuron& planned : plan.neurons) first_time(planned.layer, planned.neuron);
  for (int64_t layer = 0; layer < plan.num_layers; ++layer) {
    const std::string place = fmt::format("{}: reserve[{}]", source, layer);
    const Json& list = (*found)[static_cast<size_t>(layer)];
    if (!list.is_array()) {
      return Fail(ErrorCode::kBadFormat, "{}: expected a list, found {}", place, list.type_name());
    }
    std::vector<int32_t>& reserve = plan.reserve.emplace_back();
    for (const Json& value : list) {
      const bool integer =
          value.is_number_integer() && value >= 0 && value < plan.num_neurons_per_layer;
      if (!integer || !first_time(layer, value.get<int64_t>())) {
        return Fail(ErrorCode::kBadFormat,
                    "{}: {} is not a neuron of the layer, or is named twice or planned", place,
                    DumpJson(value, -1));
      }
      reserve.push_back(value.get<int32_t>());
    }
  }
  return {};
}

// "layers": those that go whole, ascending, not all of them; no planned neuron is in one.
Status ParseLayers(const Json& document, const std::string& source, Plan& plan) {
  const auto found = document.find("layers");
  if (found == document.end()) return {};
  const auto bad = [&] {
    return Fail(ErrorCode::kBadFormat,
                "{}: 'layers' is {}, expected ascending layers from 0 to {}, not all of them",
                source, DumpJson(*found, -1), plan.num_layers - 1);
  };
  if (!found->is_array() || std::ssize(*found) >= plan.num_layers) return bad();
  for (const Json& layer : *found) {
    const int64_t least = plan.layers.empty() ? 0 : plan.layers.back() + 1;
    if (!layer.is_number_integer() || layer < least || layer >= plan.num_layers) return bad();
    plan.layers.push_back(layer.get<int32_t>());
  }
  for (const PlannedNeuron& neuron : plan.neurons) {
    if (!std::binary_search(plan.layers.begin(), plan.layers.end(), neuron.layer)) continue;
    return Fail(ErrorCode::kBadFormat, "{}: neuron {} of layer {} is planned, and the whole layer",
                source, neuron.neuron, neuron.layer);
  }
  return {};
}

Status CheckHash(const std::string& hash, const std::string& source) {
  const bool valid =
      hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (valid) return {};
  return Fail(ErrorCode::kBadFormat,
              "{}: 'model_hash' is '{}', expected 64 lower-case hexadecimal digits", source, hash);
}

Status CheckVersion(const Json& document, const std::string& source) {
  if (!document.is_object() || !document.contains("schema_version")) {
    return Fail(ErrorCode::kBadFormat, "{}: no key 'schema_version'; is this a plan?", source);
  }
  constexpr int64_t kHighest = std::numeric_limits<int32_t>::max();
  FP_ASSIGN_OR_RETURN(const int64_t version,
                      IntegerAt(document, "schema_version", 1, kHighest, source));
  if (version == kPlanSchemaVersion) return {};
  return Fail(ErrorCode::kUnsupported, "{}: schema_version is {}, this program reads {}", source,
              version, kPlanSchemaVersion);
}

}  // namespace

std::string PlanToJson(const Plan& plan) {
  Json head;
  head["schema_version"] = kPlanSchemaVersion;
  head["model_hash"] = plan.model_hash;
  head["model_path"] = plan.model_path;
  head["num_layers"] = plan.num_layers;
  head["num_neurons_per_layer"] = plan.num_neurons_per_layer;
  head["method"] = plan.method;
  if (plan.num_filled > 0) head["filled"] = plan.num_filled;
  std::string out = DumpJson(head, 2);
  out.resize(out.find_last_not_of("}\n") + 1);  // reopened for the list
  out += ",\n  \"neurons\": [";
  const char* separator = "\n";
  for (const PlannedNeuron& neuron : plan.neurons) {
    out += fmt::format("{}    {{\"layer\": {}, \"neuron\": {}, \"score\": {}}}", separator,
                       neuron.layer, neuron.neuron, DumpJson(Json(neuron.score), -1));
    separator = ",\n";
  }
  out += plan.neurons.empty() ? "]" : "\n  ]";
  if (!plan.layers.empty()) {
    out += fmt::format(",\n  \"layers\": [{}]", fmt::join(plan.layers, ", "));
  }
  if (!plan.reserve.empty()) {
    out += ",\n  \"reserve\": [";
    separator = "\n";
    for (const std::vector<int32_t>& layer : plan.reserve) {
      out += fmt::format("{}    [{}]", separator, fmt::join(layer, ", "));
      separator = ",\n";
    }
    out += "\n  ]";
  }
  return out + "\n}\n";
}

Result<Plan> ParsePlan(std::string_view text, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json document, ParseJson(text, source));
  FP_RETURN_IF_ERROR(CheckVersion(document, source));
  FP_RETURN_IF_ERROR(CheckKeys(document, kPlanKeys, source, kOptionalPlanKeys));
  constexpr int64_t kHighest = std::numeric_limits<int32_t>::max();
  Plan plan;
  FP_ASSIGN_OR_RETURN(plan.model_hash, StringAt(document, "model_hash", source));
  FP_RETURN_IF_ERROR(CheckHash(plan.model_hash, source));
  FP_ASSIGN_OR_RETURN(plan.model_path, StringAt(document, "model_path", source));
  FP_ASSIGN_OR_RETURN(plan.method, StringAt(document, "method", source));
  FP_ASSIGN_OR_RETURN(plan.num_layers, IntegerAt(document, "num_layers", 1, kHighest, source));
  FP_ASSIGN_OR_RETURN(plan.num_neurons_per_layer,
                      IntegerAt(document, "num_neurons_per_layer", 1, kHighest, source));
  const Json& neurons = document.at("neurons");
  if (!neurons.is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: 'neurons' is {}, expected a list", source,
                neurons.type_name());
  }
  plan.neurons.reserve(neurons.size());
  for (size_t i = 0; i < neurons.size(); ++i) {
    const std::string place = fmt::format("{}: neurons[{}]", source, i);
    FP_ASSIGN_OR_RETURN(const PlannedNeuron neuron, ParseNeuron(neurons[i], plan, place));
    plan.neurons.push_back(neuron);
  }
  FP_RETURN_IF_ERROR(CheckDistinct(plan.neurons, source));
  FP_RETURN_IF_ERROR(ParseReserve(document, source, plan));
  FP_RETURN_IF_ERROR(ParseLayers(document, source, plan));
  if (document.contains("filled")) {
    FP_ASSIGN_OR_RETURN(plan.num_filled,
                        IntegerAt(document, "filled", 0, std::ssize(plan.neurons), source));
  }
  return plan;
}

Result<Plan> ReadPlan(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParsePlan(text, path);
}

}  // namespace fairprune
