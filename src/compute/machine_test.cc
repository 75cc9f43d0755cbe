#include "compute/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace fairprune::compute {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MachineTest, ReadsAProcessor) {
  const Processor processor = ParseProcessor(
      "processor\t: 0\nmodel\t\t: 2\nmodel name\t: Some CPU @ 2 GHz\n"
      "flags\t\t: fpu avx avx2 fma avx512f avx512_bf16x amx_tile\n\nprocessor\t: 1\n"
      "model name\t: Other\n");
  EXPECT_EQ(processor.name, "Some CPU @ 2 GHz");
  EXPECT_THAT(processor.features, ElementsAre("avx2", "fma", "avx512f", "amx_tile"));
}

TEST(MachineTest, ReadsAnArmProcessor) {
  const Processor processor = ParseProcessor("Features\t: fp asimd bf16\n");
  EXPECT_EQ(processor.name, "");
  EXPECT_THAT(processor.features, ElementsAre("asimd", "bf16"));
}

TEST(MachineTest, ReadsMemory) {
  const Memory memory =
      ParseMemory("MemTotal:       8000 kB\nMemFree: 1 kB\nMemAvailable:   2000 kB\n");
  EXPECT_EQ(memory.total_bytes, 8000 * 1024);
  EXPECT_EQ(memory.available_bytes, 2000 * 1024);
}

TEST(MachineTest, KnowsNothingFromNothing) {
  EXPECT_THAT(ParseProcessor("").features, IsEmpty());
  EXPECT_THAT(ParseProcessor("flags").features, IsEmpty());
  EXPECT_EQ(ParseMemory("garbage\nMemTotal").total_bytes, 0);
}

TEST(MachineTest, ReadsThisMachine) {
  EXPECT_GE(ReadProcessor().cores, 1);
  EXPECT_GE(ReadMemory().total_bytes, ReadMemory().available_bytes);
}

TEST(MachineTest, MeasuresProducts) {
  const auto rate = MeasureProductRate(WeightType::kF32, {16, 64, 64}, 0.001);
  ASSERT_THAT(rate, IsOk());
  EXPECT_GT(*rate, 0);
}

}  // namespace
}  // namespace fairprune::compute
