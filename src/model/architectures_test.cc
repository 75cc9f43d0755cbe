// Every architecture's small model (testdata/models): what DescribeModel reads out of a Hugging
// Face folder, out of a GGUF file of the same weights, and out of the config.json made of that.
#include <cmath>
#include <nlohmann/json.hpp>

#include "io/atomic_output.h"
#include "model/model_test_util.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;

ModelConfig ConfigOf(const std::string& path) {
  const Checkpoint checkpoint = OpenOrDie(path);
  const Result<Model> model = DescribeModel(checkpoint);
  EXPECT_THAT(model, IsOk());
  return model ? model->config : ModelConfig{};
}

// Whatever the mathematics needs; numbers that a GGUF file keeps as f32 are compared as such.
void ExpectSameConfig(const ModelConfig& a, const ModelConfig& b) {
  EXPECT_EQ(a.architecture, b.architecture);
  EXPECT_EQ(a.num_layers, b.num_layers);
  EXPECT_EQ(a.hidden_size, b.hidden_size);
  EXPECT_EQ(a.intermediate_size, b.intermediate_size);
  EXPECT_EQ(a.num_heads, b.num_heads);
  EXPECT_EQ(a.num_kv_heads, b.num_kv_heads);
  EXPECT_EQ(a.head_dim, b.head_dim);
  EXPECT_EQ(a.vocab_size, b.vocab_size);
  EXPECT_EQ(a.max_position_embeddings, b.max_position_embeddings);
  EXPECT_EQ(static_cast<float>(a.rms_norm_eps), static_cast<float>(b.rms_norm_eps));
  EXPECT_EQ(a.activation, b.activation);
  EXPECT_EQ(a.rotary_dim, b.rotary_dim);
  EXPECT_EQ(a.attention, b.attention);
  EXPECT_FLOAT_EQ(static_cast<float>(a.attention_scale), static_cast<float>(b.attention_scale));
  EXPECT_EQ(a.attention_softcap, b.attention_softcap);
  EXPECT_EQ(a.qk_norm, b.qk_norm);
  EXPECT_FLOAT_EQ(static_cast<float>(a.embedding_multiplier),
                  static_cast<float>(b.embedding_multiplier));
  EXPECT_FLOAT_EQ(static_cast<float>(a.residual_multiplier),
                  static_cast<float>(b.residual_multiplier));
  EXPECT_EQ(a.logit_divisor, b.logit_divisor);
  EXPECT_EQ(a.logit_softcap, b.logit_softcap);
  EXPECT_EQ(a.tie_word_embeddings, b.tie_word_embeddings);
  EXPECT_EQ(a.attention_bias, b.attention_bias);
  EXPECT_EQ(a.mlp_bias, b.mlp_bias);
  EXPECT_EQ(LongSequenceLimit(a), LongSequenceLimit(b));
  ASSERT_EQ(a.ropes.size(), b.ropes.size());
  for (size_t i = 0; i < a.ropes.size(); ++i) {
    EXPECT_FLOAT_EQ(static_cast<float>(a.ropes[i].attention_factor),
                    static_cast<float>(b.ropes[i].attention_factor));
    for (const bool long_sequence : {false, true}) {
      const auto want = RotaryFrequencies(a.ropes[i], a.rotary_dim, long_sequence);
      const auto found = RotaryFrequencies(b.ropes[i], b.rotary_dim, long_sequence);
      for (size_t pair = 0; pair < want.size(); ++pair)
        EXPECT_NEAR(found[pair], want[pair], 1e-6 * want[pair]);
    }
  }
}

class InBothFormats : public ::testing::TestWithParam<const char*> {
 protected:
  std::string name() const { return GetParam(); }
  std::string folder() const { return kModels + name(); }
  std::string gguf() const {
    const std::string kind = name().starts_with("llama") ? "-f32.gguf" : "-bf16.gguf";
    return kModels + "gguf/" + name() + kind;
  }
};

TEST_P(InBothFormats, AGgufSaysTheSame) { ExpectSameConfig(ConfigOf(folder()), ConfigOf(gguf())); }

TEST_P(InBothFormats, AGgufHasTheSameWeightsBitForBit) { ExpectSameWeights(folder(), gguf()); }

TEST_P(InBothFormats, TheConfigJsonOfAGgufSaysTheSame) {
  const Checkpoint checkpoint = OpenOrDie(gguf());
  const Result<Model> model = DescribeModel(checkpoint);
  ASSERT_THAT(model, IsOk());
  const TemporaryFolder written;
  const Result<std::string> text = ToConfigJson(
      checkpoint, *model, {.intermediate_size = model->config.intermediate_size}, "float32");
  ASSERT_THAT(text, IsOk());
  ASSERT_THAT(WriteFileAtomically(written / "config.json", *text), IsOk());
  fs::copy_file(folder() + "/model.safetensors", written / "model.safetensors");
  ExpectSameConfig(ConfigOf(folder()), ConfigOf(written / "."));
}

INSTANTIATE_TEST_SUITE_P(Architectures, InBothFormats,
                         ::testing::Values("gemma", "gemma2", "gemma3", "granite", "llama",
                                           "llama_untied", "olmo2", "phi3", "phi3_longrope",
                                           "qwen2", "qwen3", "smollm3"));

TEST(Spellings, TheKeysOfTransformers4SayTheSame) {
  for (const std::string name : {"gemma3", "llama", "phi3_longrope"}) {
    SCOPED_TRACE(name);
    const TemporaryFolder folder;
    fs::copy_file(kModels + name + "/config_transformers4.json", folder / "config.json");
    fs::copy_file(kModels + name + "/model.safetensors", folder / "model.safetensors");
    ExpectSameConfig(ConfigOf(kModels + name), ConfigOf(folder / "."));
  }
}

TEST(Multimodal, TheTextHalfIsDescribedUnderEitherNames) {
  const std::string path = kModels + "gemma3_multimodal";
  const ModelConfig config = ConfigOf(path);
  EXPECT_EQ(config.architecture, "gemma3");
  EXPECT_EQ(config.num_layers, 3);
  EXPECT_EQ(config.intermediate_size, 24);
  EXPECT_NEAR(config.attention_scale, 1 / std::sqrt(12.0), 1e-12);
  EXPECT_EQ(config.attention[1], (LayerAttention{.rope = 0, .window = 0}));
  EXPECT_EQ(config.attention[2], (LayerAttention{.rope = 1, .window = 5}));
  ExpectSameConfig(config, ConfigOf(path + "_modules"));
  ExpectSameWeights(path, path + "_modules");
}

TEST(Multimodal, AWeightOfNeitherHalfIsRefused) {
  const TemporaryFolder folder;
  Result<Json> config = ReadJsonFile(kModels + "gemma3_multimodal/config.json");
  ASSERT_THAT(config, IsOk());
  (*config)["text_config"]["num_hidden_layers"] = 2;
  (*config)["text_config"]["layer_types"] = {"sliding_attention", "full_attention"};
  ASSERT_THAT(WriteFileAtomically(folder / "config.json", DumpJson(*config)), IsOk());
  fs::copy_file(kModels + "gemma3_multimodal/model.safetensors", folder / "model.safetensors");
  const Checkpoint checkpoint = OpenOrDie(folder / ".");
  EXPECT_THAT(DescribeModel(checkpoint),
              FailsWith(ErrorCode::kUnsupported, "language_model.model.layers.2."));
}

TEST(Mixtures, AreRefusedByNameWithTheReason) {
  const Result<Json> config = ReadJsonFile(kModels + "mixtral/config.json");
  ASSERT_THAT(config, IsOk());
  const TemporaryFolder folder;
  ASSERT_THAT(WriteFileAtomically(folder / "config.json", DumpJson(*config)), IsOk());
  fs::copy_file(kModels + "llama/model.safetensors", folder / "model.safetensors");
  const Checkpoint checkpoint = OpenOrDie(folder / ".");
  EXPECT_THAT(DescribeModel(checkpoint),
              FailsWith(ErrorCode::kUnsupported, "model_type is 'mixtral': a mixture of experts"));
}

TEST(FusedWeights, ArePartsOfOneTensor) {
  const Checkpoint checkpoint = OpenOrDie(kModels + "phi3");
  const Result<Model> model = DescribeModel(checkpoint);
  ASSERT_THAT(model, IsOk());
  const WeightRef *query = model->Find(Role::kQuery, 1), *key = model->Find(Role::kKey, 1),
                  *value = model->Find(Role::kValue, 1), *gate = model->Find(Role::kGate, 1),
                  *up = model->Find(Role::kUp, 1);
  EXPECT_EQ(query->entry, value->entry);
  EXPECT_EQ(query->entry->name, "model.layers.1.self_attn.qkv_proj.weight");
  EXPECT_EQ(query->first_row, 0);
  EXPECT_EQ(key->first_row, query->shape[0]);
  EXPECT_EQ(value->first_row, query->shape[0] + key->shape[0]);
  EXPECT_EQ(value->first_row + value->shape[0], query->entry->shape[0]);
  EXPECT_EQ(gate->entry, up->entry);
  EXPECT_EQ(up->first_row, model->config.intermediate_size);
  EXPECT_EQ(HuggingFaceName(model->config, Role::kGate, 1),
            HuggingFaceName(model->config, Role::kUp, 1));
}

TEST(Norms, OfGemmaAreStoredLessOne) {
  const Checkpoint checkpoint = OpenOrDie(kModels + "gemma3");
  const Result<Model> model = DescribeModel(checkpoint);
  ASSERT_THAT(model, IsOk());
  for (const Role role : {Role::kAttentionNorm, Role::kAttentionPostNorm, Role::kMlpNorm,
                          Role::kMlpPostNorm, Role::kQueryNorm, Role::kKeyNorm}) {
    EXPECT_EQ(model->Find(role, 0)->offset, 1) << NameOf(role);
    EXPECT_EQ(HuggingFaceOffset(model->config, role), 1) << NameOf(role);
  }
  EXPECT_EQ(model->Find(Role::kFinalNorm)->offset, 1);
  EXPECT_EQ(model->Find(Role::kQuery, 0)->offset, 0);
}

TEST(ReferenceModels, AreDescribed) {
  const std::string folder = std::string(FAIRPRUNE_SHARED) + "/reference/architectures/";
  if (!fs::exists(folder)) GTEST_SKIP() << "shared absent: the reference models are not described";
  for (const char* name :
       {"gemma", "gemma2", "gemma3", "granite", "llama", "llama_untied", "mistral", "olmo2", "phi3",
        "phi3_longrope", "qwen2", "qwen3", "smollm3"}) {
    const Checkpoint checkpoint = OpenOrDie(folder + name);
    EXPECT_THAT(DescribeModel(checkpoint), IsOk()) << name;
  }
}

}  // namespace
}  // namespace fairprune
