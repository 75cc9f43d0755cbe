#include "model/gguf_reader.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/config_reader.h"

namespace fairprune {
namespace {

// Numbers that change what a model computes, with the value that does not.
struct NeutralKey {
  std::string_view name;
  double neutral;
};
constexpr std::array kNeutralKeys = {
    NeutralKey{"expert_count", 0},
    NeutralKey{"expert_used_count", 0},
    NeutralKey{"attention.sliding_window", 0},
    NeutralKey{"attention.scale", 0},
    NeutralKey{"attention.clamp_kqv", 0},
    NeutralKey{"attention.max_alibi_bias", 0},
    NeutralKey{"attn_logit_softcapping", 0},
    NeutralKey{"final_logit_softcapping", 0},
    NeutralKey{"logit_scale", 1},
    NeutralKey{"residual_scale", 1},
    NeutralKey{"embedding_scale", 1},
    NeutralKey{"rope.scaling.attn_factor", 1},
};

// Without meaning for what is computed here, whatever their names say.
constexpr std::array<std::string_view, 3> kHarmlessKeys = {
    "rope.scaling.finetuned",
    "rope.scaling.original_context_length",  // of scalings that are read otherwise, or refused
    "attention.layer_norm_epsilon",          // of other norms
};

}  // namespace

GgufReader::GgufReader(const GgufFile& gguf, std::string_view prefix, std::string source)
    : gguf_(gguf), prefix_(prefix), source_(std::move(source)) {}

std::string GgufReader::Key(std::string_view name) const {
  return fmt::format("{}.{}", prefix_, name);
}

bool GgufReader::Has(std::string_view name) const {
  const std::string key = Key(name);
  read_.insert(key);
  return gguf_.Has(key);
}

Result<int64_t> GgufReader::Int(std::string_view name) const {
  const std::string key = Key(name);
  read_.insert(key);
  const auto found = gguf_.metadata().find(key);
  if (found != gguf_.metadata().end() &&
      std::holds_alternative<std::vector<int64_t>>(found->second))
    return Fail(ErrorCode::kUnsupported, "{}: {} differs from layer to layer", source_, key);
  return gguf_.Int(key);
}

Result<std::vector<int64_t>> GgufReader::PerLayer(std::string_view name, int64_t num_layers) const {
  const auto found = gguf_.metadata().find(Key(name));
  const auto* list =
      found == gguf_.metadata().end() ? nullptr : std::get_if<std::vector<int64_t>>(&found->second);
  if (list == nullptr) {
    FP_ASSIGN_OR_RETURN(const int64_t value, Int(name));
    return std::vector<int64_t>(static_cast<size_t>(std::max<int64_t>(0, num_layers)), value);
  }
  read_.insert(Key(name));
  if (std::ssize(*list) != num_layers)
    return Fail(ErrorCode::kBadFormat, "{}: {} has {} entries for {} layers", source_, Key(name),
                list->size(), num_layers);
  return *list;
}

Result<double> GgufReader::Double(std::string_view name) const {
  read_.insert(Key(name));
  return gguf_.Double(Key(name));
}

Result<std::string> GgufReader::String(std::string_view name) const {
  read_.insert(Key(name));
  return gguf_.String(Key(name));
}

Result<int64_t> GgufReader::IntOr(std::string_view name, int64_t otherwise) const {
  if (!Has(name)) return otherwise;
  return Int(name);
}

Result<double> GgufReader::DoubleOr(std::string_view name, double otherwise) const {
  if (!Has(name)) return otherwise;
  return Double(name);
}

Result<std::string> GgufReader::StringOr(std::string_view name,
                                         const std::string& otherwise) const {
  if (!Has(name)) return otherwise;
  return String(name);
}

Result<bool> GgufReader::BoolOr(std::string_view name, bool otherwise) const {
  if (!Has(name)) return otherwise;
  const bool* value = std::get_if<bool>(&gguf_.metadata().at(Key(name)));
  if (value == nullptr)
    return Fail(ErrorCode::kBadFormat, "{}: {}: expected true or false", source_, Key(name));
  return *value;
}

Result<int64_t> GgufReader::WindowOr(std::string_view name, int64_t otherwise) const {
  FP_ASSIGN_OR_RETURN(int64_t window, IntOr(name, otherwise));
  if (window < 1)
    return Fail(ErrorCode::kBadFormat, "{}: {} is {}; expected a number of positions", source_,
                Key(name), window);
  return window;
}

Result<std::vector<float>> GgufReader::Factors(const std::string& tensor, int64_t size) const {
  const TensorEntry* entry = gguf_.Find(tensor);
  if (entry == nullptr) return std::vector<float>{};
  const Shape expected = {size};
  if (entry->shape != expected)
    return Fail(ErrorCode::kMismatch, "{}: {}: expected shape {}, found {}", source_, tensor,
                ToString(expected), ToString(entry->shape));
  FP_ASSIGN_OR_RETURN(Tensor factors, ReadAsF32(*entry));
  for (const float factor : factors.span())
    if (!std::isfinite(factor) || factor <= 0)
      return Fail(ErrorCode::kBadFormat, "{}: {}: {} is no factor", source_, tensor, factor);
  return std::vector<float>(factors.span().begin(), factors.span().end());
}

Status GgufReader::RefuseUnread() const {
  for (const NeutralKey& known : kNeutralKeys) {
    if (read_.contains(Key(known.name))) continue;
    FP_ASSIGN_OR_RETURN(double value, DoubleOr(known.name, known.neutral));
    if (value != known.neutral)
      return Fail(ErrorCode::kUnsupported,
                  "{}: '{}' is {}, which changes what the model computes and is not supported",
                  source_, Key(known.name), value);
  }
  for (const auto& [key, value] : gguf_.metadata()) {
    if (!key.starts_with(prefix_ + ".") || read_.contains(key)) continue;
    const std::string_view name = std::string_view(key).substr(prefix_.size() + 1);
    if (std::ranges::find(kHarmlessKeys, name) != kHarmlessKeys.end()) continue;
    if (const bool* flag = std::get_if<bool>(&value);
        flag != nullptr && *flag == (name == "attention.causal"))
      continue;
    if (SoundsLikeMathematics(name))
      return Fail(ErrorCode::kUnsupported,
                  "{}: '{}' is not known here, and its name says that it changes what the model "
                  "computes",
                  source_, key);
  }
  return {};
}

}  // namespace fairprune
