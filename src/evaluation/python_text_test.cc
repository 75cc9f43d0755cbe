#include "evaluation/python_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "io/json.h"
#include "io/temp_folder.h"

namespace fairprune::python {
namespace {

TEST(PythonText, StripsWhatPythonCallsSpace) {
  EXPECT_EQ(Strip(" \t\n\u00A0\u2009x y\u3000\x1F"), "x y");
  EXPECT_EQ(StripLeft("\v\fx "), "x ");
  EXPECT_EQ(StripRight("\u200Bx\u0085"), "\u200Bx");  // a zero-width space is none
  EXPECT_EQ(Strip(" \n "), "");
}

TEST(PythonText, Cases) {
  EXPECT_EQ(Capitalize("éTUDE Bien"), "Étude bien");
  EXPECT_EQ(Capitalize("1ST"), "1st");
  EXPECT_EQ(Capitalize(""), "");
  EXPECT_EQ(LowerFirst("Élan Vital"), "élan Vital");
  EXPECT_EQ(Lower("ÄBC"), "äbc");
}

TEST(PythonText, CountsAndCuts) {
  EXPECT_EQ(NumCodePoints("aé€𝄞"), 4);
  EXPECT_EQ(DropLast("abé"), "ab");
  EXPECT_EQ(DropLast(""), "");
  EXPECT_EQ(Replace("aaa", "aa", "b"), "ba");
  EXPECT_EQ(NumSplitWords(" a  b\u00A0c\n"), 5);  // empty at both ends, as re.split has it
  EXPECT_EQ(NumSplitWords(""), 1);
}

TEST(PythonRandom, DrawsAsPythonDoes) {
  const Json golden =
      Json::parse(Slurp(std::string(FAIRPRUNE_TESTDATA) + "/evaluation/golden.json"));
  const Json& draws = golden.at("python_random");
  Random random(golden.at("seed").get<uint32_t>());
  for (const Json& value : draws.at("random")) EXPECT_EQ(random.NextDouble(), value.get<double>());
  for (const Json& sample : draws.at("sample_pool")) EXPECT_EQ(Json(random.Sample(30, 7)), sample);
  for (const Json& sample : draws.at("sample_set")) EXPECT_EQ(Json(random.Sample(1000, 6)), sample);
  for (const Json& choice : draws.at("choices")) {
    EXPECT_EQ(random.NextChoice(60), choice.get<size_t>());
  }
}

}  // namespace
}  // namespace fairprune::python
