#include "report/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace fairprune {
namespace {

TEST(TableTest, AlignsColumnsAndLeavesNoTrailingSpace) {
  Table table({{"name"}, {"count", Align::kRight}, {"note"}});
  table.AddRow({"a", "1"});
  table.AddRow({"longer", "1,000", "x"});
  EXPECT_EQ(table.ToText(),
            "name    count  note\n"
            "------  -----  ----\n"
            "a           1\n"
            "longer  1,000  x\n");
  EXPECT_EQ(table.num_rows(), 2u);
}

TEST(TableTest, WithoutTitlesHasNoRule) {
  Table table({{}, {}});
  table.AddRow({"layers", "30"});
  table.AddRow({"", ""});
  EXPECT_EQ(table.ToText(), "layers  30\n\n");
}

TEST(TableTest, EmptyTableIsItsTitles) { EXPECT_EQ(Table({{"a"}}).ToText(), "a\n-\n"); }

TEST(TableTest, AlignsByWhatIsSeen) {
  Table table({{"language"}, {"n"}});
  table.AddRow({"español", "1"});
  table.AddRow({"日本語", "2"});
  EXPECT_EQ(table.ToText(),
            "language  n\n"
            "--------  -\n"
            "español   1\n"
            "日本語    2\n");
}

TEST(TableTest, WrapsTitlesAndLeftColumnsToTheWidth) {
  Table table({{"change if removed", Align::kRight}, {"what it is"}, {"n", Align::kRight}});
  table.AddRow({"-0.12", "a neuron that does many things", "12"});
  table.AddRow({"+1.00", "short", "3"});
  EXPECT_EQ(table.ToText(34),
            " change  what it is              n\n"
            "     if\n"
            "removed\n"
            "-------  ---------------------  --\n"
            "  -0.12  a neuron that does     12\n"
            "         many things\n"
            "  +1.00  short                   3\n");
}

TEST(TableTest, BreaksWordsOnlyWhereItMust) {
  Table table({{"a"}, {"b"}});
  table.AddRow({"one two", "abcdefghijklmno"});
  EXPECT_EQ(table.ToText(20),
            "a    b\n"
            "---  ---------------\n"
            "one  abcdefghijklmno\n"
            "two\n");
  EXPECT_EQ(table.ToText(15),
            "a    b\n"
            "---  ----------\n"
            "one  abcdefghij\n"
            "two  klmno\n");
}

TEST(TableTest, RightColumnsStayWhole) {
  Table table({{"a", Align::kRight}, {"b", Align::kRight}});
  table.AddRow({"12345678", "12345678"});
  EXPECT_EQ(table.ToText(5), table.ToText());
}

TEST(DisplayWidthTest, CountsWideCombiningAndInvalid) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);  // e with a combining acute accent
  EXPECT_EQ(DisplayWidth("漢"), 2u);
  EXPECT_EQ(DisplayWidth("a\xff"
                         "b"),
            3u);
}

TEST(WithThousandsTest, GroupsDigits) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(1000), "1,000");
  EXPECT_EQ(WithThousands(-134515008), "-134,515,008");
  EXPECT_EQ(WithThousands(std::numeric_limits<int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(HumanBytesTest, PicksTheUnit) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(999), "999 B");
  EXPECT_EQ(HumanBytes(1500), "1.5 kB");
  EXPECT_EQ(HumanBytes(999'960), "1.0 MB");
  EXPECT_EQ(HumanBytes(98'362'432), "98.4 MB");
  EXPECT_EQ(HumanBytes(5'000'000'000'000'000), "5000.0 TB");
}

TEST(TableTest, LeavesRepeatedGroupsEmptyInTextOnly) {
  Table table({{.title = "task", .groups = true}, {.title = "n", .groups = true}, {"metric"}});
  table.AddRow({"a", "1", "acc"});
  table.AddRow({"a", "1", "ppl"});
  table.AddRow({"a", "2", "ppl"});
  table.AddRow({"b", "2", "ppl"});
  EXPECT_EQ(table.ToText(),
            "task  n  metric\n----  -  ------\na     1  acc\n         ppl\n      2  ppl\nb     2  "
            "ppl\n");
  EXPECT_EQ(table.ToCsv(), "task,n,metric\na,1,acc\na,1,ppl\na,2,ppl\nb,2,ppl\n");
}

TEST(TableTest, CsvQuotesWhatItMust) {
  Table table({{"a, b"}, {"c", Align::kRight}});
  table.AddRow({"say \"x\"", "1"});
  table.AddRow({"two\nlines", " 2"});
  table.AddRow({});
  table.AddRow({"plain é"});
  EXPECT_EQ(table.ToCsv(), "\"a, b\",c\n\"say \"\"x\"\"\",1\n\"two\nlines\",2\nplain é,\n");
}

TEST(TableTest, CsvNumbersHaveNoThousands) {
  Table table({{""}});
  for (const char* cell : {"1,234,567", "-1,234.5", "12,34", "1,2345", "1,234 to 2,000", "1234,567",
                           ",123", "1,234.", "x,123", "1,234,56"}) {
    table.AddRow({cell});
  }
  EXPECT_EQ(table.ToCsv(),
            "1234567\n-1234.5\n\"12,34\"\n\"1,2345\"\n\"1,234 to "
            "2,000\"\n\"1234,567\"\n\",123\"\n1234.\n\"x,123\"\n\"1,234,56\"\n");
}

TEST(TableTest, MarkdownShowsCellsAsTheyAre) {
  Table table({{"a|b"}, {"n", Align::kRight}});
  table.AddRow({"<x> *y* `z`", "1,234"});
  table.AddRow({"two\nlines"});
  EXPECT_EQ(table.ToMarkdown(),
            "| a\\|b | n |\n| --- | ---: |\n| \\<x> \\*y\\* \\`z\\` | 1,234 |\n| two<br>lines |  "
            "|\n");
}

TEST(PrintoutTest, TextShowsAllTheRestTables) {
  Table table({{}, {}});
  table.AddRow({"k", "v"});
  Printout inner;
  inner.Add(table).Add("after\n");
  const Printout printout = Printout().Add("before\n").Add(table).Add(inner);
  EXPECT_EQ(printout.Render(TableFormat::kText), "before\nk  v\nk  v\nafter\n");
  EXPECT_EQ(printout.Render(TableFormat::kCsv), "k,v\n\nk,v\n");
  EXPECT_EQ(printout.Render(TableFormat::kMarkdown),
            "|  |  |\n| --- | --- |\n| k | v |\n\n|  |  |\n| --- | --- |\n| k | v |\n");
  EXPECT_EQ(Printout().Add("text").Render(TableFormat::kCsv), "");
}

}  // namespace
}  // namespace fairprune
