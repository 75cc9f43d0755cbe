#include "io/json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

TEST(ParseJsonTest, KeepsOrderAndTypes) {
  auto json = ParseJson(R"({"b": 1, "a": [1.5, true, null, "x", {}], "c": -2})", "t");
  ASSERT_THAT(json, IsOk());
  EXPECT_EQ(DumpJson(*json, -1), R"({"b":1,"a":[1.5,true,null,"x",{}],"c":-2})");
}

TEST(ParseJsonTest, ReadsScalarsAndNumbersAtTheLimits) {
  EXPECT_EQ(ParseJson("7", "t")->get<int>(), 7);
  EXPECT_EQ(ParseJson("18446744073709551615", "t")->get<uint64_t>(), UINT64_MAX);
  EXPECT_EQ(ParseJson(" \"x\" ", "t")->get<std::string>(), "x");
}

TEST(ParseJsonTest, DuplicateKeysNameTheirPlace) {
  EXPECT_THAT(ParseJson("{\"a\": 1,\n \"b\": {\"a\": 1, \"a\": 2}}", "c.json"),
              FailsWith(ErrorCode::kBadFormat, "c.json: line 2, column 18: duplicate key \"a\""));
  EXPECT_THAT(ParseJson(R"({"a": {"x": 1}, "b": {"x": 1}})", "t"), IsOk());
  // The same key in two spellings.
  EXPECT_THAT(ParseJson(R"({"a": 1, "\u0061": 2})", "t"),
              FailsWith(ErrorCode::kBadFormat, "duplicate key \"a\""));
}

TEST(ParseJsonTest, SyntaxErrorsNameTheirPlace) {
  EXPECT_THAT(ParseJson("{\n \"a\": nope}", "c.json"),
              FailsWith(ErrorCode::kBadFormat, "c.json: line 2, column 8"));
  EXPECT_THAT(ParseJson("[1,]", "p.jsonl", 12),
              FailsWith(ErrorCode::kBadFormat, "p.jsonl: line 12, column 4"));
  EXPECT_THAT(ParseJson("{} {}", "t"), FailsWith(ErrorCode::kBadFormat, "column 4"));
  EXPECT_THAT(ParseJson("", "t"), FailsWith(ErrorCode::kBadFormat, "found nothing"));
  EXPECT_THAT(ParseJson("\"abc", "t"), FailsWith(ErrorCode::kBadFormat, "t: line 1"));
}

TEST(ParseJsonTest, RefusesInvalidUtf8) {
  EXPECT_THAT(ParseJson("{\"a\": \"\xff\"}", "t"),
              FailsWith(ErrorCode::kBadFormat, "t: line 1, column 8: invalid UTF-8 (byte 0xFF)"));
  EXPECT_THAT(ParseJson(R"("\ud800")", "t"), FailsWith(ErrorCode::kBadFormat, "surrogate"));
}

TEST(ParseJsonTest, RefusesNonFiniteNumbers) {
  for (const char* text : {"NaN", "Infinity", "[-Infinity]", "1e999"}) {
    EXPECT_THAT(ParseJson(text, "t"), FailsWith(ErrorCode::kBadFormat, "t: line 1")) << text;
  }
}

TEST(ParseJsonTest, BoundsTheDepth) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_THAT(ParseJson(nested(256), "t"), IsOk());
  EXPECT_THAT(ParseJson(nested(257), "t"),
              FailsWith(ErrorCode::kBadFormat, "column 257: nested deeper than 256 levels"));
  EXPECT_THAT(ParseJson(std::string(10000000, '['), "t"),
              FailsWith(ErrorCode::kBadFormat, "nested deeper"));
}

TEST(ParseJsonTest, ALargeVocabularyTakesLinearTime) {
  std::string text = "{\"t\":0";
  for (int i = 0; i < 200000; ++i) text += fmt::format(",\"token{}\":{}", i, i);
  text += "}";
  const auto start = std::chrono::steady_clock::now();
  ASSERT_THAT(ParseJson(text, "t"), IsOk());
  // A search per key would take minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(DumpJsonTest, ReplacesWhatJsonCannotSay) {
  Json json;
  json["a"] = "\xff";
  json["b"] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(DumpJson(json, -1), "{\"a\":\"\uFFFD\",\"b\":null}");
}

TEST(ReadJsonFileTest, NamesTheFile) {
  const TempFolder folder;
  EXPECT_THAT(ReadJsonFile(folder.Write("a.json", "{\"x\": 1}")), IsOk());
  EXPECT_THAT(ReadJsonFile(folder.File("none.json")), FailsWith(ErrorCode::kNotFound, "none.json"));
  EXPECT_THAT(ReadJsonFile(folder.Write("b.json", "{")),
              FailsWith(ErrorCode::kBadFormat, "b.json: line 1, column 2"));
}

TEST(TypedAccessTest, ReturnsOrNamesSourceAndKey) {
  const Json json = *ParseJson(
      R"({"i": 3, "d": 0.5, "s": "x", "b": true, "big": 9223372036854775808})", "c.json");
  EXPECT_THAT(GetInt(json, "i", "c.json"), IsOkAndHolds(3));
  EXPECT_THAT(GetDouble(json, "d", "c.json"), IsOkAndHolds(0.5));
  EXPECT_THAT(GetDouble(json, "i", "c.json"), IsOkAndHolds(3.0));
  EXPECT_THAT(GetString(json, "s", "c.json"), IsOkAndHolds(std::string("x")));
  EXPECT_THAT(GetBool(json, "b", "c.json"), IsOkAndHolds(true));
  EXPECT_THAT(GetInt(json, "z", "c.json"),
              FailsWith(ErrorCode::kNotFound, "c.json: the key \"z\" is missing"));
  EXPECT_THAT(GetInt(json, "d", "c.json"),
              FailsWith(ErrorCode::kBadFormat, "\"d\" must be a 64-bit integer, found 0.5"));
  EXPECT_THAT(GetInt(json, "big", "c.json"), FailsWith(ErrorCode::kBadFormat, "64-bit integer"));
  EXPECT_THAT(GetDouble(json, "s", "c.json"), FailsWith(ErrorCode::kBadFormat, "a number"));
  EXPECT_THAT(GetString(json, "i", "c.json"), FailsWith(ErrorCode::kBadFormat, "a string"));
  EXPECT_THAT(GetBool(json, "i", "c.json"), FailsWith(ErrorCode::kBadFormat, "true or false"));
  EXPECT_THAT(GetInt(Json::array(), "i", "c.json"), FailsWith(ErrorCode::kBadFormat, "an object"));
}

TEST(ParseJsonTest, RefusesZeroBytesAndWhatTheyWouldHide) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {"{}\0"sv, "{\"a\":1}\n\0{\"b\":2}"sv, "\0"sv, "\"a\0b\""sv}) {
    EXPECT_THAT(ParseJson(text, "x.json"), FailsWith(ErrorCode::kBadFormat, "a zero byte"));
  }
  EXPECT_THAT(ParseJson("{\"a\":1}\n\0"sv, "x.json"),
              FailsWith(ErrorCode::kBadFormat, "x.json: line 2, column 1"));
  EXPECT_THAT(ParseJson(R"("\u0000")", "x.json"), IsOk()) << "escaped, it is a character";
}

}  // namespace
}  // namespace fairprune
