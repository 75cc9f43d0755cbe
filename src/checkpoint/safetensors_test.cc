#include "checkpoint/safetensors.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "checkpoint/test_files.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

using File = Result<std::unique_ptr<SafetensorsFile>>;

// Parses a file of this header and data; the bytes live as long as the test.
File ParseText(const std::string& bytes) {
  return SafetensorsFile::Parse(AsBytes(bytes), "m.safetensors");
}

void ExpectBad(const std::string& header, std::string_view data, const std::string& message,
               ErrorCode code = ErrorCode::kBadFormat) {
  const std::string bytes = SafetensorsBytes(header, data);
  const File file = ParseText(bytes);
  EXPECT_THAT(file, FailsWith(code, message));
  EXPECT_THAT(file, FailsWith(code, "m.safetensors")) << "names the file";
}

constexpr std::string_view kFour = "\x01\x02\x03\x04";

TEST(SafetensorsTest, ReadsTensorsInAnyOrderOfTheHeader) {
  const std::string bytes =
      SafetensorsBytes(R"({"__metadata__":{"format":"pt"},)"
                       R"("b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},)"
                       R"("a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},)"
                       R"("empty":{"dtype":"F16","shape":[0,7],"data_offsets":[4,4]},)"
                       R"("scalar":{"dtype":"BF16","shape":[],"data_offsets":[6,8]}}   )",
                       std::string("\0\0\x80\x3f\x07\x08\x80\x3f", 8));
  const File file = ParseText(bytes);
  ASSERT_THAT(file, IsOk());
  ASSERT_EQ((*file)->entries().size(), 4U);
  EXPECT_EQ((*file)->entries()[0].name, "a");
  EXPECT_EQ((*file)->entries()[3].name, "scalar");
  EXPECT_EQ((*file)->metadata().at("format"), "pt");
  EXPECT_EQ((*file)->files(), std::vector<std::string>{"m.safetensors"});
  const TensorEntry* b = (*file)->Find("b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->dtype, DType::kU8);
  EXPECT_EQ(b->shape, Shape{2});
  EXPECT_EQ(std::to_integer<int>(b->bytes[1]), 8);
  EXPECT_EQ(ReadAsF32(*(*file)->Find("a"))->data()[0], 1.0F);
  EXPECT_EQ(ReadAsF32(*(*file)->Find("scalar"))->data()[0], 1.0F);
  EXPECT_EQ((*file)->Find("empty")->shape, (Shape{0, 7}));
  EXPECT_EQ((*file)->Find("c"), nullptr);
}

TEST(SafetensorsTest, NoTensorsAtAll) {
  const std::string bytes = SafetensorsBytes("{}");
  const File file = ParseText(bytes);
  ASSERT_THAT(file, IsOk());
  EXPECT_TRUE((*file)->entries().empty());
}

TEST(SafetensorsTest, EveryDTypeOpensAndIsReadOrRefusedByName) {
  struct Known {
    const char* name;
    int bytes_of_eight;
    bool readable;
  };
  for (const Known& known :
       {Known{"F64", 64, true},         Known{"F32", 32, true},     Known{"F16", 16, true},
        Known{"BF16", 16, true},        Known{"BOOL", 8, false},    Known{"I8", 8, false},
        Known{"U8", 8, false},          Known{"I16", 16, false},    Known{"U16", 16, false},
        Known{"I32", 32, false},        Known{"U32", 32, false},    Known{"I64", 64, false},
        Known{"U64", 64, false},        Known{"C64", 64, false},    Known{"F8_E4M3", 8, false},
        Known{"F8_E5M2", 8, false},     Known{"F8_E8M0", 8, false}, Known{"F8_E4M3FNUZ", 8, false},
        Known{"F8_E5M2FNUZ", 8, false}, Known{"F4", 4, false},      Known{"F6_E2M3", 6, false},
        Known{"F6_E3M2", 6, false}}) {
    const std::string bytes = SafetensorsBytes(
        fmt::format(R"({{"x":{{"dtype":"{}","shape":[2,4],"data_offsets":[0,{}]}}}})", known.name,
                    known.bytes_of_eight),
        std::string(static_cast<size_t>(known.bytes_of_eight), '\0'));
    const File file = ParseText(bytes);
    ASSERT_THAT(file, IsOk()) << known.name;
    const Result<Tensor> values = ReadAsF32(*(*file)->Find("x"));
    if (known.readable) {
      EXPECT_THAT(values, IsOk()) << known.name;
    } else {
      EXPECT_THAT(values, FailsWith(ErrorCode::kUnsupported,
                                    fmt::format("tensor \"x\": values of type {} ", known.name)));
    }
  }
}

TEST(SafetensorsTest, ElementsThatShareBytesMustFillThem) {
  ExpectBad(R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", "12",
            "tensor \"a\": 3 elements of F4 are not whole bytes");
  ExpectBad(R"({"a":{"dtype":"F6_E2M3","shape":[6],"data_offsets":[0,4]}})", kFour,
            "6 elements of F6_E2M3 are not whole bytes; expected a multiple of 4");
}

TEST(SafetensorsTest, HeaderLength) {
  EXPECT_THAT(ParseText(""), FailsWith(ErrorCode::kBadFormat, "at least 8 bytes"));
  EXPECT_THAT(ParseText("1234567"), FailsWith(ErrorCode::kBadFormat, "found 7"));
  EXPECT_THAT(ParseText(LittleEndian<uint64_t>(3) + "{}"),
              FailsWith(ErrorCode::kBadFormat, "3 bytes, but only 2 follow"));
  EXPECT_THAT(ParseText(LittleEndian<uint64_t>(100'000'001) + "{}"),
              FailsWith(ErrorCode::kBadFormat, "limit of 100000000"));
  EXPECT_THAT(ParseText(LittleEndian<uint64_t>(UINT64_MAX) + "{}"),
              FailsWith(ErrorCode::kBadFormat, "limit"));
  EXPECT_THAT(ParseText(LittleEndian<uint64_t>(0)), FailsWith(ErrorCode::kBadFormat, "nothing"));
}

TEST(SafetensorsTest, HeaderText) {
  ExpectBad(" {}", "", "begin with '{'");
  ExpectBad("{\"a\":", "", "header: line 1");
  ExpectBad("{} x", "", "header: line 1");
  ExpectBad(std::string("{}\0", 3), "", "a zero byte");
  ExpectBad("[]", "", "begin with '{'");
  ExpectBad("\xef\xbb\xbf{}", "", "begin with '{'");
  ExpectBad("{\"a\xff\":1}", "", "invalid UTF-8");
  ExpectBad(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
            R"("a":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}})",
            kFour, "duplicate key \"a\"");
}

TEST(SafetensorsTest, Metadata) {
  ExpectBad(R"({"__metadata__":[]})", "", "expected an object, found array");
  ExpectBad(R"({"__metadata__":null})", "", "expected an object, found null");
  ExpectBad(R"({"__metadata__":{"x":"1","x":"1"}})", "", "duplicate key \"x\"");
  ExpectBad(R"({"__metadata__":{"x":1}})", "", "\"x\" must be a string, found number");
}

TEST(SafetensorsTest, TensorFields) {
  ExpectBad(R"({"a":7})", "", "tensor \"a\": expected an object");
  ExpectBad(R"({"a":{"shape":[4],"data_offsets":[0,4]}})", kFour, "\"dtype\" is missing");
  ExpectBad(R"({"a":{"dtype":3,"shape":[4],"data_offsets":[0,4]}})", kFour,
            "\"dtype\" must be a string");
  ExpectBad(R"({"a":{"dtype":"F5","shape":[4],"data_offsets":[0,4]}})", kFour,
            "tensor \"a\": dtype \"F5\" is not supported", ErrorCode::kUnsupported);
  ExpectBad(R"({"a":{"dtype":"Q4_0","shape":[32],"data_offsets":[0,4]}})", kFour,
            "dtype \"Q4_0\" is not supported", ErrorCode::kUnsupported);
  ExpectBad(R"({"a":{"dtype":"U8","data_offsets":[0,4]}})", kFour, "\"shape\" to be an array");
  ExpectBad(R"({"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}})", kFour, "found -4");
  ExpectBad(R"({"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}})", kFour, "found 4.0");
  ExpectBad(R"({"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,4]}})", kFour,
            "extents");
}

TEST(SafetensorsTest, Offsets) {
  const auto header = [](const std::string& offsets) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + offsets + "}}";
  };
  ExpectBad(R"({"a":{"dtype":"U8","shape":[4]}})", kFour,
            "tensor \"a\": expected \"data_offsets\"");
  for (const char* offsets : {"[0]", "[0,2,4]", "[4,0]", "[-1,3]", "[0.0,4]", "{}"}) {
    ExpectBad(header(offsets), kFour, "0 <= begin <= end");
  }
  ExpectBad(header("[0,5]"), kFour, "end after the 4 bytes");
  ExpectBad(header("[9223372036854775803,9223372036854775807]"), kFour, "end after");
  ExpectBad(header("[0,3]"), kFour, "needs 4 bytes");
}

TEST(SafetensorsTest, ShapeOverflow) {
  ExpectBad(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}})", kFour,
            "tensor \"a\": the shape [4611686018427387904, 4] overflows");
  ExpectBad(R"({"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}})", "",
            "overflows");
}

TEST(SafetensorsTest, TensorsMustTileTheData) {
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}";
  };
  ExpectBad(two("[0,2]", "[1,3]"), "123", "tensor \"b\": overlap at byte 1");
  ExpectBad(two("[0,2]", "[0,2]"), "12", "overlap");
  ExpectBad(two("[0,2]", "[3,5]"), "12345", "tensor \"b\": hole at byte 3");
  ExpectBad(two("[1,3]", "[3,5]"), "12345", "tensor \"a\": hole at byte 1");
  ExpectBad(two("[0,2]", "[2,4]"), "12345", "1 bytes after the last tensor");
  ExpectBad("{}", "x", "1 bytes after the last tensor");
  ExpectBad(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
            R"("b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}})",
            kFour, "tensor \"b\": overlap at byte 1");
}

TEST(SafetensorsTest, OpenNamesTheFile) {
  const TempFolder folder;
  EXPECT_THAT(SafetensorsFile::Open(folder.File("none")), FailsWith(ErrorCode::kNotFound, "none"));
  EXPECT_THAT(SafetensorsFile::Open(folder.Write("e", "")), FailsWith(ErrorCode::kBadFormat, "/e"));
}

class ShardedTest : public ::testing::Test {
 protected:
  ShardedTest() {
    folder_.Write(
        "s-1", SafetensorsBytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "1"));
    folder_.Write(
        "s-2", SafetensorsBytes(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "2"));
  }
  File Open(const std::string& index) {
    return SafetensorsFile::OpenSharded(folder_.Write("index.json", index));
  }
  const TempFolder folder_;
};

TEST_F(ShardedTest, ReadsAllShardsInTheOrderOfTheirNames) {
  const File file = Open(R"({"metadata":{"total_size":2},"weight_map":{"b":"s-2","a":"s-1"}})");
  ASSERT_THAT(file, IsOk());
  ASSERT_EQ((*file)->entries().size(), 2U);
  EXPECT_EQ((*file)->entries()[0].name, "a");
  EXPECT_EQ((*file)->Find("b")->file_idx, 1);
  EXPECT_EQ((*file)->files()[1], folder_.File("s-2"));
}

// As transformers does, which reads every tensor of the files that the index names, and no size.
TEST_F(ShardedTest, ReadsTensorsThatTheIndexLeavesOutAndNoSize) {
  folder_.Write("s-2", SafetensorsBytes(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                        R"("c":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                                        "23"));
  const File file = Open(R"({"metadata":{"total_size":-7},"weight_map":{"b":"s-2","a":"s-1"}})");
  ASSERT_THAT(file, IsOk());
  EXPECT_NE((*file)->Find("c"), nullptr);
}

TEST_F(ShardedTest, RefusesAWrongIndex) {
  EXPECT_THAT(Open("{}"), FailsWith(ErrorCode::kBadFormat, "\"weight_map\""));
  EXPECT_THAT(Open(R"({"weight_map":[]})"), FailsWith(ErrorCode::kBadFormat, "\"weight_map\""));
  EXPECT_THAT(Open(R"({"weight_map":{}})"), FailsWith(ErrorCode::kBadFormat, "non-empty"));
  EXPECT_THAT(Open(R"({"weight_map":{"a":"s-3"}})"),
              FailsWith(ErrorCode::kNotFound, "the file s-3, which is not there"));
  EXPECT_THAT(Open(R"({"weight_map":{"a":"s-1","b":"s-1"}})"),
              FailsWith(ErrorCode::kBadFormat, "tensor \"b\" into s-1"));
  EXPECT_THAT(Open(R"({"weight_map":{"a":"s-2","b":"s-1"}})"),
              FailsWith(ErrorCode::kBadFormat, "does not have it"));
  for (const char* name : {R"("../s-1")", R"("/s-1")", R"("a\\b")", R"("..")", R"("")", "1"}) {
    EXPECT_THAT(Open(fmt::format(R"({{"weight_map":{{"a":{}}}}})", name)),
                FailsWith(ErrorCode::kBadFormat, "a file in the same folder"))
        << name;
  }
}

TEST_F(ShardedTest, RefusesATensorInTwoShards) {
  folder_.Write("s-2",
                SafetensorsBytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "2"));
  EXPECT_THAT(Open(R"({"weight_map":{"a":"s-1","b":"s-2"}})"),
              FailsWith(ErrorCode::kBadFormat, "tensor \"a\" is also in"));
}

}  // namespace
}  // namespace fairprune
