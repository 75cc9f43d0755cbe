#include "io/toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace fairprune {
namespace {

using testing::ElementsAre;

// "table/key=value,value" of each entry.
std::vector<std::string> Flat(std::string_view text) {
  const auto entries = ParseToml(text, "f.toml");
  if (!entries) return {entries.error().message};
  std::vector<std::string> lines;
  for (const TomlEntry& entry : *entries) {
    std::string line = entry.table + "/" + entry.key + "=";
    for (const TomlValue& value : entry.values) {
      line += (value.type == TomlType::kString ? "'" + value.text + "'" : value.text) + ";";
    }
    lines.push_back(line);
  }
  return lines;
}

TEST(TomlTest, ReadsTablesKeysAndValues) {
  EXPECT_THAT(Flat("# first\r\nthreads = 2 # two\r\n\r\n[run]\nneurons=1_000\n"
                   "alpha = -5e-2\nforce = true\n\"out\" = 'C:\\new'\n[ pairs . generate ]\nx = 1"),
              ElementsAre("/threads=2;", "run/neurons=1000;", "run/alpha=-0.05;", "run/force=true;",
                          "run/out='C:\\new';", "pairs.generate/x=1;"));
}

TEST(TomlTest, KeepsTheFormOfNumbers) {
  EXPECT_THAT(Flat("a = 8\nb = 8.0\nc = 0x10\nd = 0.1\ne = 9007199254740993"),
              ElementsAre("/a=8;", "/b=8.0;", "/c=16;", "/d=0.1;", "/e=9007199254740993;"));
}

TEST(TomlTest, ReadsTheOtherFormsOfTables) {
  EXPECT_THAT(Flat("run.x = 1\npairs = {generate = {y = 'z'}}\nw = 2"),
              ElementsAre("/w=2;", "run/x=1;", "pairs.generate/y='z';"));
  EXPECT_THAT(Flat("[run]\n[a.b]\n"), ElementsAre("run/=", "a.b/="));
}

TEST(TomlTest, ReadsListsOverLines) {
  EXPECT_THAT(Flat("a = [ # why\n  \"x # y\", 'z',\n]\nb=[]\nc = [1,2]"),
              ElementsAre("/a='x # y';'z';", "/b=", "/c=1;2;"));
}

TEST(TomlTest, KnowsTheLine) {
  const auto entries = ParseToml("a = [\n1,\n2]\n\nb = 1\n", "f.toml");
  ASSERT_THAT(entries, IsOk());
  EXPECT_EQ((*entries)[0].line, 1);
  EXPECT_EQ((*entries)[1].line, 5);
}

TEST(TomlTest, ReadsEscapes) {
  EXPECT_THAT(Flat(R"(a = "q\"\\ \t \u00e9\U0001F600")"), ElementsAre("/a='q\"\\ \t é😀';"));
}

TEST(TomlTest, WritesWhatItReads) {
  const std::string text = "a \"quoted\" \\ line\nwith \x01 and é";
  const auto entries = ParseToml("a = " + TomlString(text), "f.toml");
  ASSERT_THAT(entries, IsOk());
  EXPECT_EQ(entries->front().values.front().text, text);
}

struct Malformed {
  const char *text, *message;
};

class TomlErrorTest : public testing::TestWithParam<Malformed> {};

TEST_P(TomlErrorTest, NamesTheLine) {
  EXPECT_THAT(ParseToml(GetParam().text, "f.toml"),
              FailsWith(ErrorCode::kBadFormat, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, TomlErrorTest,
    testing::Values(Malformed{"\n\na", "f.toml:3: cannot read the key-value pair"},
                    Malformed{"x = 1\na = b\n",
                              "f.toml:2: cannot read the value: could not "
                              "determine value type (in 'a = b')"},
                    Malformed{"a = 1 2", "f.toml:1: "}, Malformed{"a = \"x", "f.toml:1: "},
                    Malformed{"a = 1\na = 2",
                              "f.toml:2: cannot read the key-value pair: cannot "
                              "redefine existing integer 'a' (in 'a = 2')"},
                    Malformed{"[r]\n[r]", "f.toml:2: "}, Malformed{"[r", "f.toml:1: "},
                    Malformed{"\na = \"\xff\"", "f.toml:2: "},
                    Malformed{"\n[[r]]\nb = 1", "f.toml:2: 'r' is a list of tables, expected"},
                    Malformed{"a = [[1]]", "f.toml:1: 'a' is a list of lists, expected a string"},
                    Malformed{"a = [\n1,\n{b = 1}]", "f.toml:3: 'a' is a list of tables"},
                    Malformed{"a = 1979-05-27", "f.toml:1: 'a' is a date or a time, expected"},
                    Malformed{"a = [07:32:00]", "f.toml:1: 'a' is a date or a time, expected"},
                    Malformed{"a = -inf",
                              "f.toml:1: 'a' is inf or nan, expected a string, a "
                              "finite number"},
                    Malformed{"a = nan", "f.toml:1: 'a' is inf or nan"}));

TEST(TomlTest, EveryPrefixIsReadOrRefused) {
  const std::string text = "a = [\"x\\u00e9\", 'y', 1.5] # c\n[r.s]\nb = true\nc = \"q\\n\"\n";
  for (size_t size = 0; size <= text.size(); ++size) {
    const auto entries = ParseToml(text.substr(0, size), "f.toml");
    if (entries) continue;
    EXPECT_EQ(entries.error().code, ErrorCode::kBadFormat);
  }
}

}  // namespace
}  // namespace fairprune
