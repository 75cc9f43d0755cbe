#include "surgery/verify.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "io/hash.h"
#include "io/json.h"
#include "model/model.h"
#include "selection/plan.h"
#include "surgery/undo_patch.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;
using Verdict = Check::Verdict;

// Collects checks; `prefix` is in front of every name.
struct Checks {
  std::vector<Check> list;
  std::string prefix;

  void Add(std::string_view name, Verdict verdict, std::string detail) {
    list.push_back({fmt::format("{}{}", prefix, name), verdict, std::move(detail)});
  }
  // Holds with the value's text, or fails with the error's.
  void Add(std::string_view name, const Result<std::string>& result) {
    if (result) {
      Add(name, Verdict::kHolds, *result);
    } else {
      Add(name, Verdict::kFails, result.error().message);
    }
  }
};

bool IsFile(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// Every file that fairprune.json names has the hash that stands there.
Result<std::string> CheckHashes(const std::string& folder, const Json& provenance) {
  const std::string source = folder + "/fairprune.json";
  if (!provenance.contains("files") || !provenance.at("files").is_object())
    return Fail(ErrorCode::kBadFormat, "{}: \"files\": expected an object of names to SHA-256",
                source);
  for (const auto& [name, hash] : provenance.at("files").items()) {
    if (!hash.is_string() || name.find('/') != std::string::npos)
      return Fail(ErrorCode::kBadFormat, "{}: \"files\": \"{}\": expected a file's name and hash",
                  source, name);
    const std::string path = fmt::format("{}/{}", folder, name);
    FP_ASSIGN_OR_RETURN(const std::string found, Sha256File(path));
    if (found != hash.get<std::string>())
      return Fail(ErrorCode::kMismatch, "{}: SHA-256 is {}; it was written as {}", path, found,
                  hash.get<std::string>());
  }
  return fmt::format("{} files are as they were written", provenance.at("files").size());
}

// Neurons named as zeroed have no weight left, and the width is the one named.
Result<std::string> CheckProvenance(const std::string& folder, const Json& provenance,
                                    const Model& model) {
  const std::string source = folder + "/fairprune.json";
  FP_ASSIGN_OR_RETURN(const PruneLayout layout, ReadLayout(provenance, source));
  if (layout.width_after != model.config.intermediate_size ||
      layout.num_layers_after() != model.config.num_layers)
    return Fail(ErrorCode::kMismatch, "{}: says {} layers of {} neurons, the model has {} of {}",
                source, layout.num_layers_after(), layout.width_after, model.config.num_layers,
                model.config.intermediate_size);
  const std::vector<int32_t> kept = layout.KeptLayers();
  int64_t zeroed = 0;
  for (const WeightRef& ref : model.weights) {
    const bool by_column = ref.role == Role::kDown;
    if (ref.role != Role::kGate && ref.role != Role::kUp && !by_column) continue;
    const int32_t layer = kept[static_cast<size_t>(ref.layer)];
    if (layout.zeroed[static_cast<size_t>(layer)].empty()) continue;
    FP_ASSIGN_OR_RETURN(const Tensor weight, LoadWeight(model, ref));
    const ConstMatrixView matrix = weight.matrix();
    const std::vector<int64_t> sources = layout.Sources(layer);
    for (size_t i = 0; i < sources.size(); ++i) {
      if (sources[i] >= 0) continue;
      zeroed += by_column ? 1 : 0;
      const auto neuron = static_cast<int64_t>(i);
      for (int64_t at = 0; at < (by_column ? matrix.rows : matrix.cols); ++at)
        if ((by_column ? matrix.row(at)[neuron] : matrix.row(neuron)[at]) != 0)
          return Fail(ErrorCode::kMismatch, "tensor {}: neuron {} was zeroed, and has a weight",
                      ref.entry->name, neuron);
    }
  }
  return fmt::format("{} neurons per layer; {} zeroed ones are 0", layout.width_after, zeroed);
}

// No weight is NaN or infinite.
Result<std::string> CheckFinite(const Model& model) {
  constexpr int64_t kPiece = int64_t{1} << 18;  // a multiple of every block
  std::vector<float> values;
  int64_t total = 0;
  const TensorEntry* previous = nullptr;
  for (const WeightRef& ref : model.weights) {
    if (ref.entry == previous) continue;  // fused parts follow each other
    previous = ref.entry;
    const int64_t size = NumElements(ref.entry->shape);
    for (int64_t first = 0; first < size; first += kPiece) {
      values.resize(static_cast<size_t>(std::min(kPiece, size - first)));
      FP_RETURN_IF_ERROR(ReadAsF32(*ref.entry, first, values));
      const auto bad = std::ranges::find_if(values, [](float v) { return !std::isfinite(v); });
      if (bad != values.end())
        return Fail(ErrorCode::kBadFormat, "tensor {}: element {} is {}", ref.entry->name,
                    first + (bad - values.begin()), *bad);
    }
    if (model.tensors != nullptr) model.tensors->ReleasePages(*ref.entry);
    total += size;
  }
  return fmt::format("{} weights, none NaN or infinite", total);
}

Result<std::string> CheckTokenizer(const Checkpoint& checkpoint, const Model& model) {
  FP_ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::FromCheckpoint(checkpoint));
  if (tokenizer.vocabulary_size() > model.config.vocab_size)
    return Fail(ErrorCode::kMismatch, "ids up to {}, and the embedding has {} rows",
                tokenizer.vocabulary_size() - 1, model.config.vocab_size);
  return fmt::format("{}, {} ids", tokenizer.description(), tokenizer.vocabulary_size());
}

void CheckWrittenByUs(const std::string& path, const Model& model, Checks& checks) {
  const std::string file = path + "/fairprune.json";
  if (!IsFile(file)) {
    checks.Add("hashes", Verdict::kSkipped, "no fairprune.json");
    return;
  }
  const Result<Json> provenance = ReadJsonFile(file);
  if (!provenance) {
    checks.Add("hashes", Verdict::kFails, provenance.error().message);
    return;
  }
  if (provenance->contains("files")) {
    checks.Add("hashes", CheckHashes(path, *provenance));
  } else {
    checks.Add("hashes", Verdict::kSkipped, "fairprune.json has none: an older version wrote it");
  }
  checks.Add("pruning", CheckProvenance(path, *provenance, model));
}

// The model's content hash, where it could be read.
std::string VerifyModel(const std::string& path, Checks& checks) {
  const Result<Checkpoint> checkpoint = Checkpoint::Open(path);
  if (!checkpoint) {
    checks.Add("files", Verdict::kFails, checkpoint.error().message);
    return "";
  }
  const auto& source = checkpoint->tensors();
  checks.Add(
      "files", Verdict::kHolds,
      fmt::format("{} tensors; tensor files: {}", source.entries().size(), source.files().size()));
  const Result<Model> model = DescribeModel(*checkpoint);
  if (!model) {
    checks.Add("shapes", Verdict::kFails, model.error().message);
    return "";
  }
  checks.Add(
      "shapes", Verdict::kHolds,
      fmt::format("{}: every tensor is there, as the config says", model->config.architecture));
  CheckWrittenByUs(path, *model, checks);
  checks.Add("finite", CheckFinite(*model));
  const Result<std::string> tokenizer = CheckTokenizer(*checkpoint, *model);
  if (!tokenizer && (tokenizer.error().code == ErrorCode::kNotFound ||
                     tokenizer.error().code == ErrorCode::kUnsupported)) {
    checks.Add("tokenizer", Verdict::kSkipped, tokenizer.error().message);
  } else {
    checks.Add("tokenizer", tokenizer);
  }
  const Result<std::string> hash = checkpoint->ContentHash();
  return hash.value_or("");
}

// The member of an object in an object, as a string.
Result<std::string> ModelHash(const Json& json, const std::string& source) {
  if (!json.is_object() || !json.contains("model") || !json.at("model").is_object())
    return Fail(ErrorCode::kBadFormat, "{}: \"model\": expected an object", source);
  return GetString(json.at("model"), "content_hash", source);
}

Result<std::string> SameModel(const std::string& what, const Result<std::string>& found,
                              const std::string& expected) {
  if (!found) return tl::unexpected(found.error());
  if (*found != expected)
    return Fail(ErrorCode::kMismatch, "{} is for the model {}, the manifest is of {}", what, *found,
                expected);
  return fmt::format("of the manifest's model");
}

Result<std::string> HashInPlan(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const Plan plan, ReadPlan(path));
  return plan.model_hash;
}

Result<std::string> HashInJson(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const Json json, ReadJsonFile(path));
  return ModelHash(json, path);
}

Result<std::string> CheckUndo(const std::string& path, const std::string& pruned,
                              const std::string& source) {
  FP_ASSIGN_OR_RETURN(const UndoPatch patch, ReadUndo(path));
  if (patch.pruned_sha256 != pruned || patch.source_sha256 != source)
    return Fail(ErrorCode::kMismatch, "{}: leads from {} to {}, the run's model is {}, made of {}",
                path, patch.pruned_sha256, patch.source_sha256, pruned, source);
  return fmt::format("leads from this model to {}", patch.source);
}

// Methods that choose by gradients or at random score no activations.
bool MakesNoAnalysis(const std::string& manifest_path) {
  const Result<Json> manifest = ReadJsonFile(manifest_path);
  if (!manifest || !manifest->contains("method") || !(*manifest)["method"].is_string())
    return false;
  const auto method = (*manifest)["method"].get<std::string>();
  constexpr std::array<std::string_view, 3> kWithout = {"attribution(", "divergence(", "random("};
  return std::ranges::any_of(kWithout,
                             [&](std::string_view name) { return method.starts_with(name); });
}

void VerifyRun(const std::string& path, Checks& checks) {
  const std::string manifest_path = path + "/manifest.json";
  const Result<std::string> source = HashInJson(manifest_path);
  if (!source) {
    checks.Add("manifest", Verdict::kFails, source.error().message);
  } else {
    checks.Add("manifest", Verdict::kHolds, "of the model " + *source);
    checks.Add("plan", SameModel("plan.json", HashInPlan(path + "/plan.json"), *source));
    if (!IsFile(path + "/analysis.json") && MakesNoAnalysis(manifest_path)) {
      checks.Add("analysis", Verdict::kSkipped, "the run's method makes none");
    } else {
      checks.Add("analysis",
                 SameModel("analysis.json", HashInJson(path + "/analysis.json"), *source));
    }
  }
  checks.prefix = "model: ";
  const std::string hash = VerifyModel(path + "/model", checks);
  checks.prefix.clear();
  if (!IsFile(path + "/undo.safetensors")) {
    checks.Add("undo", Verdict::kSkipped, "no undo.safetensors");
  } else {
    checks.Add("undo", CheckUndo(path + "/undo.safetensors", hash, source.value_or("")));
  }
}

}  // namespace

Result<std::vector<Check>> VerifyFolder(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error))
    return Fail(ErrorCode::kNotFound,
                "{}: no such file or folder; expected a model or the folder of a run", path);
  Checks checks;
  if (IsFile(path + "/manifest.json")) {
    VerifyRun(path, checks);
  } else {
    VerifyModel(path, checks);
  }
  return std::move(checks.list);
}

}  // namespace fairprune
