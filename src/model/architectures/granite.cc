#include "model/architectures/granite.h"

#include <array>
#include <nlohmann/json.hpp>

#include "model/architectures/roles.h"

namespace fairprune {
namespace {

constexpr std::array kRoles = {
    roles::kEmbedding, roles::kAttentionNorm,
    roles::kQuery,     roles::kKey,
    roles::kValue,     roles::kAttentionOut,
    roles::kQueryBias, roles::kKeyBias,
    roles::kValueBias, roles::kAttentionOutBias,
    roles::kMlpNorm,   roles::kGate,
    roles::kUp,        roles::kDown,
    roles::kGateBias,  roles::kUpBias,
    roles::kDownBias,  roles::kFinalNorm,
    roles::kLmHead,
};

Status ReadHuggingFace(const ConfigReader& json, ModelConfig& config) {
  FP_ASSIGN_OR_RETURN(config.embedding_multiplier, json.DoubleOr("embedding_multiplier", 1));
  FP_ASSIGN_OR_RETURN(config.residual_multiplier, json.DoubleOr("residual_multiplier", 1));
  FP_ASSIGN_OR_RETURN(config.attention_scale, json.DoubleOr("attention_multiplier", 1));
  FP_ASSIGN_OR_RETURN(config.logit_divisor, json.DoubleOr("logits_scaling", 1));
  return {};
}

// Without a scale, llama.cpp takes the usual one or 1; 0 stands for its absence.
Status ReadGguf(const GgufReader& gguf, ModelConfig& config) {
  const auto read = [&](std::string_view name, double otherwise, double& value) -> Status {
    FP_ASSIGN_OR_RETURN(value, gguf.DoubleOr(name, otherwise));
    if (value == 0) value = otherwise;
    return {};
  };
  FP_RETURN_IF_ERROR(read("embedding_scale", 1, config.embedding_multiplier));
  FP_RETURN_IF_ERROR(read("residual_scale", 1, config.residual_multiplier));
  FP_RETURN_IF_ERROR(read("attention.scale", config.attention_scale, config.attention_scale));
  FP_ASSIGN_OR_RETURN(config.logit_divisor, gguf.Double("logit_scale"));
  // This key, where llama.cpp's file of a Granite model has it, says whether anything rotates.
  FP_ASSIGN_OR_RETURN(bool rotates, gguf.BoolOr("rope.scaling.finetuned", true));
  if (!rotates)
    return Fail(ErrorCode::kUnsupported, "{}: {} is false: a model without positions",
                gguf.source(), gguf.Key("rope.scaling.finetuned"));
  return {};
}

void WriteGguf(const ModelConfig& config, GgufDescription& gguf) {
  AddGgufKey("attention.scale", static_cast<float>(config.attention_scale), gguf);
  AddGgufKey("embedding_scale", static_cast<float>(config.embedding_multiplier), gguf);
  AddGgufKey("residual_scale", static_cast<float>(config.residual_multiplier), gguf);
  AddGgufKey("logit_scale", static_cast<float>(config.logit_divisor), gguf);
}

Status WriteHuggingFace(const ModelConfig& config, Json& json) {
  json["embedding_multiplier"] = config.embedding_multiplier;
  json["residual_multiplier"] = config.residual_multiplier;
  json["attention_multiplier"] = config.attention_scale;
  json["logits_scaling"] = config.logit_divisor;
  return {};
}

}  // namespace

const Architecture kGraniteArchitecture = {
    .name = "granite",
    .model_type = "granite",
    .model_class = "GraniteForCausalLM",
    .gguf_name = "granite",
    .roles = kRoles,
    .gguf_permutes_rotary = true,
    .read_hugging_face = ReadHuggingFace,
    .read_gguf = ReadGguf,
    .write_hugging_face = WriteHuggingFace,
    .write_gguf = WriteGguf,
    .gguf_has_attention_bias = true,
    .gguf_has_mlp_bias = true,
};

}  // namespace fairprune
