#include "model/model.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "io/atomic_output.h"
#include "model/gguf_for_test.h"
#include "model/model_test_util.h"
#include "model/run_cost.h"

namespace fairprune {
namespace {

namespace fs = std::filesystem;
TEST(DescribeModel, TiedModel) {
  const Checkpoint checkpoint = OpenOrDie(kModels + "llama");
  const Result<Model> model = DescribeModel(checkpoint);
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->config.intermediate_size, 64);
  EXPECT_EQ(model->config.ropes[0].type, RopeType::kLlama3);
  EXPECT_TRUE(model->config.tie_word_embeddings);
  EXPECT_EQ(model->weights.size(), 2u + 2u * 9u);
  EXPECT_EQ(model->Find(Role::kLmHead), nullptr);
  EXPECT_EQ(model->Find(Role::kGateBias, 0), nullptr);
  EXPECT_EQ(model->num_neurons(), 128);
  const WeightRef* down = model->Find(Role::kDown, 1);
  ASSERT_NE(down, nullptr);
  EXPECT_EQ(down->entry->name, "model.layers.1.mlp.down_proj.weight");
  EXPECT_EQ(down->entry->shape, (Shape{32, 64}));
  const int64_t per_layer = 2 * 64 * 32 + 2 * 32 * 32 + 3 * 64 * 32 + 2 * 32;
  EXPECT_EQ(model->num_parameters, 96 * 32 + 32 + 2 * per_layer);
}

// By hand: 2 layers, D 32, F 64, 4 heads over 2 of width 16, V 96, tied.
TEST(RunCost, CountsWhatATokenMultiplies) {
  const Checkpoint checkpoint = OpenOrDie(kModels + "llama");
  const Result<Model> model = DescribeModel(checkpoint);
  ASSERT_THAT(model, IsOk());
  const RunCost cost = RunCostOf(*model);
  const int64_t per_layer = (64 + 32 + 32) * 32 + 32 * 64 + 3 * 64 * 32;
  EXPECT_EQ(cost.product_flops_per_token, 2 * (2 * per_layer + 96 * 32));
  EXPECT_EQ(cost.parameters, 2 * (per_layer + 2 * 32) + 96 * 32 + 32);
  EXPECT_EQ(cost.parameters_per_token, cost.parameters);
  EXPECT_EQ(AttentionFlops(model->config, 10), 2 * 4 * 64 * 10);
  ModelConfig windows = model->config;
  windows.attention[1].window = 3;
  EXPECT_EQ(AttentionFlops(windows, 10), 4 * 64 * (10 + 3));
  EXPECT_EQ(AttentionFlops(windows, 2), 4 * 64 * (2 + 2));
}

TEST(RunCost, AnEmbeddingOfItsOwnIsReadByRows) {
  const Checkpoint checkpoint = OpenOrDie(kModels + "llama_untied");
  const Result<Model> model = DescribeModel(checkpoint);
  ASSERT_THAT(model, IsOk());
  const ModelConfig& c = model->config;
  const RunCost cost = RunCostOf(*model);
  EXPECT_EQ(cost.parameters, model->num_parameters);
  EXPECT_EQ(cost.parameters_per_token, cost.parameters - (c.vocab_size - 1) * c.hidden_size);
  const int64_t q = c.num_heads * c.head_dim;
  const int64_t kv = c.num_kv_heads * c.head_dim;
  const int64_t per_layer = c.hidden_size * (2 * q + 2 * kv + 3 * c.intermediate_size);
  EXPECT_EQ(cost.product_flops_per_token,
            2 * (c.num_layers * per_layer + c.vocab_size * c.hidden_size));
}

TEST(DescribeModel, UntiedModelWithBiases) {
  const Checkpoint checkpoint = OpenOrDie(kModels + "llama_untied");
  const Result<Model> model = DescribeModel(checkpoint);
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->config.head_dim, 12);
  EXPECT_EQ(model->config.num_kv_heads, 1);
  EXPECT_EQ(model->config.ropes[0].type, RopeType::kLinear);
  EXPECT_EQ(model->weights.size(), 3u + 2u * 16u);
  EXPECT_NE(model->Find(Role::kLmHead), nullptr);
  EXPECT_NE(model->Find(Role::kAttentionOutBias, 1), nullptr);
}

TEST(DescribeModel, ConfigSpelledAsInTransformers4) {
  const Checkpoint checkpoint = OpenOrDie(kModels + "llama_plain");
  const Result<Model> model = DescribeModel(checkpoint);
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->config.ropes[0].theta, 50000.0);
  EXPECT_EQ(model->config.head_dim, 8);
}

TEST(LoadWeight, QuantisedGgufIsCloseInTheSameOrder) {
  const Checkpoint exact_checkpoint = OpenOrDie(kModels + "llama");
  const Checkpoint checkpoint = OpenOrDie(kModels + "gguf/llama-q8_0.gguf");
  const Result<Model> exact = DescribeModel(exact_checkpoint);
  const Result<Model> quantised = DescribeModel(checkpoint);
  ASSERT_THAT(exact, IsOk());
  ASSERT_THAT(quantised, IsOk());
  for (const Role role : {Role::kQuery, Role::kKey, Role::kDown}) {
    const std::vector<float> want = Load(*exact, *exact->Find(role, 1));
    const std::vector<float> found = Load(*quantised, *quantised->Find(role, 1));
    // Q8_0 rounds to 1/254 of a block's largest value; weights here stay below 2.
    EXPECT_THAT(found, ::testing::Pointwise(::testing::FloatNear(2.0f / 254), want));
  }
}

TEST(GgufConfig, RotaryFactorsEqualTheLlama3Formula) {
  const Checkpoint hf = OpenOrDie(kModels + "llama");
  const Checkpoint gguf = OpenOrDie(kModels + "gguf/llama-f32.gguf");
  const Result<Model> a = DescribeModel(hf), b = DescribeModel(gguf);
  ASSERT_THAT(a, IsOk());
  ASSERT_THAT(b, IsOk());
  EXPECT_EQ(b->config.ropes[0].freq_factors.size(), 8u);
  const std::vector<float> want = RotaryFrequencies(a->config.ropes[0], 16);
  const std::vector<float> found = RotaryFrequencies(b->config.ropes[0], 16);
  ASSERT_EQ(found.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(found[i], want[i], 1e-6 * want[i]);
}

TEST(GgufConfig, LinearScaling) {
  const Checkpoint gguf = OpenOrDie(kModels + "gguf/llama_untied-f32.gguf");
  const Result<Model> model = DescribeModel(gguf);
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->config.ropes[0].type, RopeType::kLinear);
  EXPECT_EQ(model->config.ropes[0].factor, 2.0);
  EXPECT_TRUE(model->config.attention_bias && model->config.mlp_bias);
  EXPECT_FALSE(model->config.tie_word_embeddings);
}

// A one-layer GGUF model: D 4, F 6, one head, V 5.
GgufForTest SmallGguf() {
  GgufForTest gguf;
  gguf.Text("general.architecture", "llama").Int("llama.embedding_length", 4);
  gguf.Int("llama.feed_forward_length", 6).Int("llama.attention.head_count", 1);
  gguf.Float("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  gguf.Zeros("token_embd.weight", {5, 4}).Zeros("output_norm.weight", {4});
  gguf.Zeros("blk.0.attn_norm.weight", {4}).Zeros("blk.0.ffn_norm.weight", {4});
  for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"})
    gguf.Zeros(std::string("blk.0.") + name + ".weight", {4, 4});
  gguf.Zeros("blk.0.ffn_gate.weight", {6, 4}).Zeros("blk.0.ffn_up.weight", {6, 4});
  return gguf.Zeros("blk.0.ffn_down.weight", {4, 6});
}

Result<ModelConfig> DescribeGguf(const GgufForTest& gguf) {
  const TemporaryFolder folder;
  FP_RETURN_IF_ERROR(WriteFileAtomically(folder / "m.gguf", gguf.Bytes()));
  FP_ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::Open(folder / "m.gguf"));
  FP_ASSIGN_OR_RETURN(Model model, DescribeModel(checkpoint));
  return model.config;
}

GgufForTest OneLayer() { return SmallGguf().Int("llama.block_count", 1); }

TEST(GgufConfig, SizesComeFromTensorsWhereKeysAreAbsent) {
  const Result<ModelConfig> config = DescribeGguf(OneLayer());
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->vocab_size, 5);
  EXPECT_EQ(config->num_kv_heads, 1);
  EXPECT_EQ(config->head_dim, 4);
  EXPECT_EQ(config->ropes[0].theta, 10000.0);
  EXPECT_TRUE(config->tie_word_embeddings);
}

TEST(GgufConfig, RotaryScalingKeys) {
  const auto old = DescribeGguf(OneLayer().Float("llama.rope.scale_linear", 4.0f));
  ASSERT_THAT(old, IsOk());
  EXPECT_EQ(old->ropes[0].factor, 4.0);
  const auto linear = DescribeGguf(OneLayer()
                                       .Text("llama.rope.scaling.type", "linear")
                                       .Float("llama.rope.scaling.factor", 2.0f)
                                       .Float("llama.rope.freq_base", 5e5f));
  ASSERT_THAT(linear, IsOk());
  EXPECT_EQ(linear->ropes[0].type, RopeType::kLinear);
  EXPECT_EQ(linear->ropes[0].theta, 5e5);
  EXPECT_THAT(DescribeGguf(OneLayer().Text("llama.rope.scaling.type", "yarn")),
              FailsWith(ErrorCode::kUnsupported, "'yarn'"));
  EXPECT_THAT(DescribeGguf(OneLayer().Int("llama.rope.dimension_count", 2)),
              FailsWith(ErrorCode::kUnsupported, "llama.rope.dimension_count is 2"));
  EXPECT_THAT(DescribeGguf(OneLayer().Zeros("rope_freqs.weight", {2})),
              FailsWith(ErrorCode::kBadFormat, "rope_freqs.weight: 0"));
  EXPECT_THAT(DescribeGguf(OneLayer().Zeros("rope_freqs.weight", {3})),
              FailsWith(ErrorCode::kMismatch, "expected shape [2], found [3]"));
}

TEST(GgufConfig, ErrorsNameTheKey) {
  EXPECT_THAT(DescribeGguf(SmallGguf()), FailsWith(ErrorCode::kNotFound, "llama.block_count"));
  EXPECT_THAT(DescribeGguf(SmallGguf().Int("llama.block_count", 0)),
              FailsWith(ErrorCode::kBadFormat, "number of layers is 0"));
  EXPECT_THAT(DescribeGguf(SmallGguf().Int("llama.block_count", 2)),
              FailsWith(ErrorCode::kNotFound, "blk.1.attn_norm.weight: missing"));
  EXPECT_THAT(DescribeGguf(SmallGguf().Ints("llama.block_count", {1, 2})),
              FailsWith(ErrorCode::kUnsupported, "differs from layer to layer"));
  EXPECT_THAT(DescribeGguf(OneLayer().Int("llama.expert_count", 8)),
              FailsWith(ErrorCode::kUnsupported, "'llama.expert_count' is 8"));
  EXPECT_THAT(DescribeGguf(OneLayer().Int("llama.attention.value_length", 2)),
              FailsWith(ErrorCode::kUnsupported, "value_length"));
  EXPECT_THAT(DescribeGguf(OneLayer().Int("llama.vocab_size", 6)),
              FailsWith(ErrorCode::kMismatch, "token_embd.weight"));
  EXPECT_THAT(DescribeGguf(OneLayer().Zeros("blk.0.attn_q_norm.weight", {4})),
              FailsWith(ErrorCode::kUnsupported, "blk.0.attn_q_norm.weight"));
  GgufForTest other;
  other.Text("general.architecture", "rwkv");
  EXPECT_THAT(DescribeGguf(other), FailsWith(ErrorCode::kUnsupported, "'rwkv'; known are: llama"));
}

// The plain model with one change to its config.
Result<Model> DescribeWith(const std::string& key, const Json& value) {
  const TemporaryFolder folder;
  FP_ASSIGN_OR_RETURN(Json config, ReadJsonFile(kModels + "llama_plain/config.json"));
  config[key] = value;
  fs::copy_file(kModels + "llama_plain/model.safetensors", folder / "model.safetensors");
  FP_RETURN_IF_ERROR(WriteFileAtomically(folder / "config.json", DumpJson(config)));
  FP_ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::Open(folder / "."));
  return DescribeModel(checkpoint);
}

TEST(DescribeModel, ShapesAndNamesAreCheckedAgainstTheConfig) {
  EXPECT_THAT(DescribeWith("vocab_size", 97),
              FailsWith(ErrorCode::kMismatch, "expected shape [97, 32] by the config, found [96"));
  EXPECT_THAT(DescribeWith("intermediate_size", 64),
              FailsWith(ErrorCode::kMismatch, "mlp.gate_proj.weight: expected shape [64, 32]"));
  EXPECT_THAT(DescribeWith("num_hidden_layers", 3),
              FailsWith(ErrorCode::kNotFound, "model.layers.2.input_layernorm.weight: missing"));
  EXPECT_THAT(DescribeWith("num_hidden_layers", 1),
              FailsWith(ErrorCode::kUnsupported, "model.layers.1."));
  EXPECT_THAT(DescribeWith("mlp_bias", true),
              FailsWith(ErrorCode::kNotFound, "mlp.gate_proj.bias: missing"));
}

TEST(DescribeModel, TiedFlagLeavesAStoredHeadOut) {
  const Result<Model> model = DescribeWith("tie_word_embeddings", true);
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->Find(Role::kLmHead), nullptr);
}

TEST(HuggingFaceNames, PerLayerAndNot) {
  ModelConfig config;
  config.architecture = "llama";
  EXPECT_EQ(HuggingFaceName(config, Role::kGate, 3), "model.layers.3.mlp.gate_proj.weight");
  EXPECT_EQ(HuggingFaceName(config, Role::kTokenEmbedding, -1), "model.embed_tokens.weight");
  EXPECT_EQ(HuggingFaceName(config, Role::kUpBias, 0), "model.layers.0.mlp.up_proj.bias");
}

TEST(ConfigJson, OfAHuggingFaceInputIsItsOwn) {
  for (const auto& [name, dtype_key] :
       {std::pair{"llama", "dtype"}, {"llama_plain", "torch_dtype"}}) {
    const Checkpoint checkpoint = OpenOrDie(kModels + name);
    const Result<Model> model = DescribeModel(checkpoint);
    ASSERT_THAT(model, IsOk());
    const Result<std::string> text =
        ToConfigJson(checkpoint, *model, {.intermediate_size = 40}, "bfloat16");
    ASSERT_THAT(text, IsOk());
    const Result<Json> config = ParseJson(*text, "config.json");
    ASSERT_THAT(config, IsOk());
    Json expected = *checkpoint.config();
    expected["intermediate_size"] = 40;
    expected[dtype_key] = "bfloat16";
    EXPECT_EQ(*config, expected);
  }
}

TEST(ConfigJson, OfAGgufDescribesTheSameModel) {
  for (const std::string name : {"llama", "llama_untied"}) {
    const Checkpoint gguf = OpenOrDie(fmt::format("{}gguf/{}-f32.gguf", kModels, name));
    const Result<Model> model = DescribeModel(gguf);
    ASSERT_THAT(model, IsOk());
    const TemporaryFolder folder;
    const Result<std::string> text = ToConfigJson(
        gguf, *model, {.intermediate_size = model->config.intermediate_size}, "float32");
    ASSERT_THAT(text, IsOk());
    ASSERT_THAT(WriteFileAtomically(folder / "config.json", *text), IsOk());
    fs::copy_file(kModels + name + "/model.safetensors", folder / "model.safetensors");
    const Checkpoint written = OpenOrDie(folder / ".");
    const Result<Model> again = DescribeModel(written);
    ASSERT_THAT(again, IsOk());
    const Checkpoint original_checkpoint = OpenOrDie(kModels + name);
    const Result<Model> original = DescribeModel(original_checkpoint);
    ASSERT_THAT(original, IsOk());
    EXPECT_EQ(again->config.ropes[0].type, original->config.ropes[0].type);
    EXPECT_FLOAT_EQ(static_cast<float>(again->config.ropes[0].factor),
                    static_cast<float>(original->config.ropes[0].factor));
    EXPECT_EQ(again->config.ropes[0].original_max_position_embeddings,
              original->config.ropes[0].original_max_position_embeddings);
    EXPECT_EQ(again->config.tie_word_embeddings, original->config.tie_word_embeddings);
    EXPECT_EQ((*written.config())["bos_token_id"], 1);
    EXPECT_EQ((*written.config())["eos_token_id"], 2);
  }
}

TEST(ConfigJson, RotaryFactorsOfNoKnownFormulaAreRefused) {
  const TemporaryFolder folder;
  GgufForTest file = OneLayer().F32("rope_freqs.weight", {2}, {3.0f, 2.0f});
  ASSERT_THAT(WriteFileAtomically(folder / "m.gguf", file.Bytes()), IsOk());
  const Checkpoint checkpoint = OpenOrDie(folder / "m.gguf");
  const Result<Model> model = DescribeModel(checkpoint);
  ASSERT_THAT(model, IsOk());
  EXPECT_THAT(ToConfigJson(checkpoint, *model, {.intermediate_size = 6}, "float32"),
              FailsWith(ErrorCode::kUnsupported, "rope_freqs.weight"));
}

}  // namespace
}  // namespace fairprune
