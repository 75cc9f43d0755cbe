#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "data/records.h"

namespace fairprune {
namespace {

TEST(Csv, ReadsQuotedFieldsAndLines) {
  const auto records = ReadCsvRecords(
      "a,b\r\n"
      "\"one, two\",\"say \"\"hi\"\"\"\r\n"
      "\r\n"
      "\"two\nlines\",\r\n"
      "last,x",
      "f.csv");
  ASSERT_THAT(records, IsOk());
  ASSERT_EQ(records->size(), 3u);
  EXPECT_EQ((*records)[0].fields[0].text, "one, two");
  EXPECT_EQ((*records)[0].fields[1].text, "say \"hi\"");
  EXPECT_EQ((*records)[0].line, 2);
  EXPECT_EQ((*records)[1].fields[0].text, "two\nlines");
  EXPECT_EQ((*records)[1].fields[1].text, "");
  EXPECT_EQ((*records)[1].line, 4);
  EXPECT_EQ((*records)[2].fields[0].name, "a");
  EXPECT_EQ((*records)[2].line, 6);
}

TEST(Csv, NoRecordsFromNothingOrFromAHeaderAlone) {
  EXPECT_THAT(ReadCsvRecords("", "f.csv"), IsOkAndHolds(::testing::SizeIs(0)));
  EXPECT_THAT(ReadCsvRecords("a,b\n\n", "f.csv"), IsOkAndHolds(::testing::SizeIs(0)));
}

struct BadCsv {
  const char* name;
  const char* text;
  const char* message;
};

class CsvErrorTest : public ::testing::TestWithParam<BadCsv> {};

TEST_P(CsvErrorTest, NamesFileAndLine) {
  EXPECT_THAT(ReadCsvRecords(GetParam().text, "f.csv"),
              FailsWith(ErrorCode::kBadFormat, GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Csv, CsvErrorTest,
    ::testing::Values(
        BadCsv{"TooFewFields", "a,b\n1,2\n3\n", "f.csv: line 3: expected 2 fields"},
        BadCsv{"TooManyFields", "a,b\n1,2,3\n", "f.csv: line 2: expected 2 fields"},
        BadCsv{"OpenQuote", "a,b\n1,2\n3,\"4\n5\n", "f.csv: line 3: a quoted field begins here"},
        BadCsv{"QuoteInBareField", "a,b\n1,2\"\n", "f.csv: line 2: a quote inside"},
        BadCsv{"TextAfterQuote", "a,b\n\"1\"x,2\n", "f.csv: line 2: text after the closing quote"},
        BadCsv{"TwoColumnsOfOneName", "a,a\n1,2\n",
               "f.csv: line 1: the column \"a\" appears twice"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace fairprune
