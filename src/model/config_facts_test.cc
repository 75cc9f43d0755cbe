// config.json files against what transformers makes of them (testdata/configs, made by
// tools/make_config_facts.py).
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "model/config_parsing.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

double ActivationOf1(Activation activation) {
  switch (activation) {
    case Activation::kSilu:
      return 1 / (1 + std::exp(-1.0));
    case Activation::kGelu:
      return 0.5 * (1 + std::erf(std::sqrt(0.5)));
    case Activation::kGeluTanh:
      return 0.5 * (1 + std::tanh(std::sqrt(M_2_PI) * 1.044715));
  }
  return 0;
}

// Four of them, as the generator picks them.
std::vector<float> Pick(const std::vector<float>& values) {
  return {values[0], values[1], values[values.size() / 2], values.back()};
}

void ExpectFrequencies(const std::vector<float>& found, const Json& wanted) {
  for (size_t i = 0; i < 4; ++i) {
    const auto want = wanted.at(i).get<double>();
    EXPECT_NEAR(Pick(found)[i], want, 1e-6 * want);
  }
}

void ExpectRope(const RopeConfig& rope, int64_t rotary_dim, const Json& wanted) {
  EXPECT_EQ(rotary_dim, wanted.at("rotary_dim"));
  ExpectFrequencies(RotaryFrequencies(rope, rotary_dim), wanted.at("frequencies"));
  EXPECT_NEAR(rope.attention_factor, wanted.at("factor").get<double>(), 1e-12);
  ASSERT_EQ(rope.type == RopeType::kLongRope, wanted.contains("limit"));
  if (!wanted.contains("limit")) return;
  EXPECT_EQ(rope.original_max_position_embeddings, wanted.at("limit"));
  ExpectFrequencies(RotaryFrequencies(rope, rotary_dim, true), wanted.at("long_frequencies"));
}

void ExpectLayers(const ModelConfig& config, const Json& facts) {
  ASSERT_EQ(config.attention.size(), facts.at("layers").size());
  for (size_t layer = 0; layer < config.attention.size(); ++layer) {
    SCOPED_TRACE("layer " + std::to_string(layer));
    const Json& wanted = facts.at("layer_kinds").at(facts.at("layers").at(layer).get<size_t>());
    const LayerAttention& found = config.attention[layer];
    EXPECT_EQ(found.window, wanted.at("window"));
    ASSERT_EQ(found.rope == LayerAttention::kNoRope, wanted.at("rope").is_null());
    if (found.rope == LayerAttention::kNoRope) continue;
    ExpectRope(config.ropes.at(static_cast<size_t>(found.rope)), config.rotary_dim,
               wanted.at("rope"));
  }
}

void ExpectNumbers(const ModelConfig& config, const Json& facts) {
  EXPECT_EQ(config.num_layers, facts.at("num_layers"));
  EXPECT_EQ(config.hidden_size, facts.at("hidden_size"));
  EXPECT_EQ(config.intermediate_size, facts.at("intermediate_size"));
  EXPECT_EQ(config.num_heads, facts.at("num_heads"));
  EXPECT_EQ(config.num_kv_heads, facts.at("num_kv_heads"));
  EXPECT_EQ(config.head_dim, facts.at("head_dim"));
  EXPECT_EQ(config.vocab_size, facts.at("vocab_size"));
  EXPECT_EQ(config.max_position_embeddings, facts.at("max_position_embeddings"));
  EXPECT_EQ(config.rms_norm_eps, facts.at("rms_norm_eps"));
  EXPECT_NEAR(ActivationOf1(config.activation), facts.at("activation_of_1").get<double>(), 1e-6);
  EXPECT_DOUBLE_EQ(config.attention_scale, facts.at("attention_scale").get<double>());
  EXPECT_EQ(config.attention_softcap, facts.at("attention_softcap"));
  EXPECT_EQ(config.logit_softcap, facts.at("logit_softcap"));
  EXPECT_DOUBLE_EQ(config.embedding_multiplier, facts.at("embedding_multiplier").get<double>());
  EXPECT_EQ(config.residual_multiplier, facts.at("residual_multiplier"));
  EXPECT_EQ(config.logit_divisor, facts.at("logit_divisor"));
}

// Names and shapes of the tensors outside of layers and in layer 0: head, biases, norms.
void ExpectTensors(const ModelConfig& config, const Json& facts) {
  const Architecture* architecture = FindArchitecture(config.architecture);
  ASSERT_NE(architecture, nullptr);
  std::map<std::string, Shape> found, wanted;
  for (const RoleSpec& spec : architecture->roles) {
    if (!IsPresent(spec, config)) continue;
    const std::string name =
        HuggingFaceTensorName(spec, spec.per_layer ? 0 : -1, HuggingFaceNaming::kPlain);
    const Shape shape = ShapeOf(spec, config);
    if (found.contains(name)) {  // the parts of a fused tensor, below each other
      found[name][0] += shape[0];
    } else {
      found[name] = shape;
    }
  }
  for (const auto& [name, shape] : facts.at("tensors").items())
    wanted[name] = shape.get<std::vector<int64_t>>();
  EXPECT_EQ(found, wanted);
}

TEST(ConfigFacts, EveryConfigMeansWhatTransformersMakesOfIt) {
  int num_files = 0;
  for (const auto& file : fs::directory_iterator(std::string(FAIRPRUNE_TESTDATA) + "/configs")) {
    SCOPED_TRACE(file.path().stem().string());
    ++num_files;
    const Result<Json> spec = ReadJsonFile(file.path().string());
    ASSERT_THAT(spec, IsOk());
    const Result<ModelConfig> config = ParseHuggingFaceConfig(spec->at("config"), "config.json");
    EXPECT_THAT(config, IsOk());
    if (!config) continue;
    const Json& facts = spec->at("facts");
    ExpectNumbers(*config, facts);
    ExpectLayers(*config, facts);
    ExpectTensors(*config, facts);
  }
  EXPECT_GE(num_files, 47);
}

}  // namespace
}  // namespace fairprune
