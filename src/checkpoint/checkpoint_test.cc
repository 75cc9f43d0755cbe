#include "checkpoint/checkpoint.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "checkpoint/test_files.h"
#include "io/hash.h"
#include "io/resident_test_util.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

const std::string& OneTensor() {
  static const std::string bytes =
      SafetensorsBytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "1");
  return bytes;
}

std::string EmptyGguf() { return GgufBuilder().Bytes(); }

TEST(CheckpointTest, OpensAFolder) {
  const TempFolder folder;
  folder.Write("config.json", R"({"model_type":"llama"})");
  folder.Write("model.safetensors", OneTensor());
  folder.Write("tokenizer.json", "{}");
  auto checkpoint = Checkpoint::Open(folder.path() + "/");
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_EQ(checkpoint->format(), CheckpointFormat::kHuggingFace);
  EXPECT_EQ(checkpoint->path(), folder.path());
  ASSERT_NE(checkpoint->config(), nullptr);
  EXPECT_EQ((*checkpoint->config())["model_type"], "llama");
  EXPECT_EQ(checkpoint->gguf(), nullptr);
  EXPECT_NE(checkpoint->tensors().Find("a"), nullptr);
  EXPECT_EQ(checkpoint->SideFile("tokenizer.json"), folder.File("tokenizer.json"));
  EXPECT_EQ(checkpoint->SideFile("tokenizer.model"), "");
}

TEST(CheckpointTest, OpensShards) {
  const TempFolder folder;
  folder.Write("config.json", "{}");
  folder.Write("model-00001-of-00001.safetensors", OneTensor());
  folder.Write("model.safetensors.index.json",
               R"({"weight_map":{"a":"model-00001-of-00001.safetensors"}})");
  auto checkpoint = Checkpoint::Open(folder.path());
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_EQ(checkpoint->tensors().entries().size(), 1U);
}

TEST(CheckpointTest, OpensGgufByItsFirstBytesAndAFolderWithOne) {
  const TempFolder folder;
  const std::string path = folder.Write("model.bin", EmptyGguf());
  auto by_magic = Checkpoint::Open(path);
  ASSERT_THAT(by_magic, IsOk());
  EXPECT_EQ(by_magic->format(), CheckpointFormat::kGguf);
  EXPECT_EQ(by_magic->config(), nullptr);
  ASSERT_NE(by_magic->gguf(), nullptr);
  EXPECT_EQ(by_magic->SideFile("model.bin"), "");
  EXPECT_THAT(by_magic->ContentHash(), IsOkAndHolds(Sha256(EmptyGguf())));
  const TempFolder other;
  other.Write("m.gguf", EmptyGguf());
  auto by_folder = Checkpoint::Open(other.path());
  ASSERT_THAT(by_folder, IsOk());
  EXPECT_EQ(by_folder->gguf()->files()[0], other.File("m.gguf"));
}

TEST(CheckpointTest, SaysWhatItLookedForAndFound) {
  const TempFolder folder;
  EXPECT_THAT(Checkpoint::Open(folder.File("none")),
              FailsWith(ErrorCode::kNotFound, "no such file or folder"));
  EXPECT_THAT(Checkpoint::Open(folder.path()),
              FailsWith(ErrorCode::kNotFound, "not a model: looked for config.json"));
  folder.Write("README.md", "x");
  EXPECT_THAT(Checkpoint::Open(folder.path()), FailsWith(ErrorCode::kNotFound, "found README.md"));
  folder.Write("config.json", "[]");
  EXPECT_THAT(Checkpoint::Open(folder.path()),
              FailsWith(ErrorCode::kBadFormat, "config.json: expected an object"));
  folder.Write("config.json", "{}");
  EXPECT_THAT(Checkpoint::Open(folder.path()),
              FailsWith(ErrorCode::kNotFound,
                        "looked for model.safetensors or model.safetensors.index.json, found "
                        "README.md, config.json"));
  folder.Write("x.gguf", EmptyGguf());
  EXPECT_THAT(Checkpoint::Open(folder.path()), FailsWith(ErrorCode::kNotFound, "give its path"));
  folder.Write("pytorch_model.bin", "x");
  EXPECT_THAT(Checkpoint::Open(folder.path()),
              FailsWith(ErrorCode::kUnsupported, "safe_serialization=True"));
}

TEST(CheckpointTest, RefusesFilesThatAreNotAModel) {
  const TempFolder folder;
  EXPECT_THAT(Checkpoint::Open(folder.Write("model.safetensors", OneTensor())),
              FailsWith(ErrorCode::kInvalidArgument, "give the folder that holds it: "));
  EXPECT_THAT(Checkpoint::Open(folder.Write("x.gguf", "GG")),
              FailsWith(ErrorCode::kBadFormat, "does not begin with \"GGUF\""));
}

TEST(CheckpointTest, RefusesSeveralGguf) {
  const TempFolder folder;
  folder.Write("a.gguf", EmptyGguf());
  folder.Write("b.gguf", EmptyGguf());
  EXPECT_THAT(Checkpoint::Open(folder.path()),
              FailsWith(ErrorCode::kInvalidArgument, "several GGUF files (a.gguf, b.gguf)"));
}

TEST(CheckpointTest, ContentHashCoversConfigAndTensors) {
  const TempFolder folder;
  folder.Write("config.json", "{}");
  folder.Write("model.safetensors", OneTensor());
  auto checkpoint = Checkpoint::Open(folder.path());
  ASSERT_THAT(checkpoint, IsOk());
  const std::string expected =
      Sha256(Sha256("{}") + "  config.json\n" + Sha256(OneTensor()) + "  model.safetensors\n");
  EXPECT_THAT(checkpoint->ContentHash(), IsOkAndHolds(expected));
  folder.Write("config.json", "{ }");
  EXPECT_THAT(checkpoint->ContentHash(), IsOkAndHolds(expected)) << "cached";
  EXPECT_NE(*Checkpoint::Open(folder.path())->ContentHash(), expected);
}

TEST(CheckpointTest, ReleasePagesGivesMemoryBackAndChangesNoValue) {
  const TempFolder folder;
  const std::string header = R"({"a":{"dtype":"F32","shape":[50000],"data_offsets":[0,200000]}})";
  folder.Write("config.json", "{}");
  folder.Write("model.safetensors", SafetensorsBytes(header, std::string(200'000, '\x3f')));
  GgufBuilder builder;
  builder.TensorInfo("a", {50000}, 0, 0).data = std::string(200'000, '\x3f');
  const std::string in_memory = builder.Bytes();
  const std::string gguf = folder.Write("m.gguf", in_memory);
  for (const std::string& path : {folder.path(), gguf}) {
    auto checkpoint = Checkpoint::Open(path);
    ASSERT_THAT(checkpoint, IsOk());
    const TensorEntry& entry = *checkpoint->tensors().Find("a");
    checkpoint->tensors().PrefetchPages(entry);
    const float first = ReadAsF32(entry)->data()[49999];
    const int64_t resident = ResidentBytes(entry.bytes.data());
    checkpoint->tensors().ReleasePages(entry);
    EXPECT_LE(ResidentBytes(entry.bytes.data()), resident - 180'000);
    EXPECT_EQ(ReadAsF32(entry)->data()[49999], first);
    EXPECT_NE(first, 0.0F);
  }
  auto parsed = GgufFile::Parse(AsBytes(in_memory), "memory");
  ASSERT_THAT(parsed, IsOk());
  (*parsed)->ReleasePages(*(*parsed)->Find("a"));
  EXPECT_NE(ReadAsF32(*(*parsed)->Find("a"))->data()[25000], 0.0F) << "memory is left alone";
}

}  // namespace
}  // namespace fairprune
