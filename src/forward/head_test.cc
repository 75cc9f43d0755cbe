#include "forward/head.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/result_matchers.h"
#include "compute/matmul.h"
#include "forward/model_cases_for_test.h"
#include "forward/random_model_for_test.h"

namespace fairprune {
namespace {

// The logits of 9 random hidden states, [9, 53], by a head of blocks of that many rows.
Result<Tensor> LogitsByBlocksOf(const RandomModel& random, compute::WeightType type,
                                int64_t block_rows) {
  constexpr int64_t kNodes = 9;
  const ModelConfig& config = random.model.config;
  compute::MatmulContext matmul(type);
  Workspace workspace(config);
  const LayerContext context{config, matmul, workspace};
  FP_ASSIGN_OR_RETURN(const HeadWeights head, LoadHead(random.model, matmul, block_rows));
  EXPECT_EQ(std::ssize(head.blocks), (config.vocab_size + block_rows - 1) / block_rows);
  FP_ASSIGN_OR_RETURN(const Tensor final_norm, LoadFinalNorm(random.model));
  Tensor hidden = Tensor::Zeros({compute::BucketRows(kNodes), config.hidden_size});
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  for (float& value : hidden.span()) value = normal(generator);
  Pass pass;
  pass.hidden = {hidden.data(), kNodes, config.hidden_size, config.hidden_size};
  const std::vector<int32_t> nodes = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  FP_ASSIGN_OR_RETURN(const MatrixView logits,
                      ComputeLogits(context, final_norm, head, pass, nodes));
  Tensor copy({kNodes, config.vocab_size});
  for (int64_t i = 0; i < kNodes; ++i) {
    std::copy_n(logits.row(i), config.vocab_size, copy.matrix().row(i));
  }
  return copy;
}

std::vector<compute::WeightType> Types() {
  std::vector<compute::WeightType> types = {compute::WeightType::kF32};
  if (compute::CpuHasFastBf16()) types.push_back(compute::WeightType::kBf16);
  return types;
}

// Blocks that divide the 53 rows, that do not, of one row, and one larger than all.
TEST(HeadTest, BlocksGiveTheLogitsOfTheWhole) {
  for (const bool tied : {true, false}) {
    ModelConfig config = BaseModelConfig();
    config.tie_word_embeddings = tied;
    const RandomModel random(config, {}, 21);
    for (const compute::WeightType type : Types()) {
      const auto whole = LogitsByBlocksOf(random, type, 53);
      ASSERT_THAT(whole, IsOk());
      for (const int64_t block_rows : {1, 7, 16, 52, 64}) {
        SCOPED_TRACE(block_rows);
        const auto parts = LogitsByBlocksOf(random, type, block_rows);
        ASSERT_THAT(parts, IsOk());
        for (int64_t i = 0; i < whole->size(); ++i) {
          ASSERT_NEAR(parts->data()[i], whole->data()[i], 2e-6 * (1 + std::abs(whole->data()[i])));
        }
      }
    }
  }
}

TEST(HeadTest, RowsOfATiedHeadAreTheEmbedding) {
  const RandomModel random(BaseModelConfig(), {}, 22);
  const std::vector<float>& table = *random.Find(Role::kTokenEmbedding);
  for (const compute::WeightType type : Types()) {
    compute::MatmulContext matmul(type);
    const auto head = LoadHead(random.model, matmul, 7);
    ASSERT_THAT(head, IsOk());
    std::vector<int32_t> tokens(53);
    std::iota(tokens.begin(), tokens.end(), 0);
    Tensor read({53, 32});
    ASSERT_THAT(ReadEmbeddings(random.model, type, tokens, read.matrix()), IsOk());
    for (int32_t token = 0; token < 53; ++token) {
      std::vector<float> row(32);
      head->CopyRow(token, row);
      for (size_t i = 0; i < row.size(); ++i) {
        const float exact = table[static_cast<size_t>(token) * 32 + i];
        const float rounding = type == compute::WeightType::kBf16 ? 0.004F : 0.0F;
        EXPECT_NEAR(row[i], exact, rounding * std::abs(exact));
        EXPECT_EQ(read.matrix().row(token)[i], row[i]);  // a streaming engine's embedding
      }
    }
  }
}

}  // namespace
}  // namespace fairprune
