#include "evaluation/readers.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

class ReadersTest : public testing::Test {
 protected:
  // Reads files of the given contents, named f0, f1, … with `suffix`.
  Result<std::vector<Document>> Read(const std::vector<std::string>& contents,
                                     const std::string& suffix, const std::string& reader = "") {
    std::vector<std::string> paths;
    paths.reserve(contents.size());
    for (const std::string& content : contents) {
      paths.push_back(folder_.Write(fmt::format("f{}{}", paths.size(), suffix), content));
    }
    return ReadDocuments(paths, reader);
  }
  TempFolder folder_;
};

TEST_F(ReadersTest, JsonLinesListsAndCsv) {
  auto lines = Read({"{\"a\": 1}\n\n{\"a\": 2}\n"}, ".jsonl");
  ASSERT_THAT(lines, IsOk());
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ((*lines)[1].where, folder_.File("f0.jsonl:3"));
  auto list = Read({"[{\"a\": 1}, {\"a\": [3, {\"b\": \"x\"}]}]"}, ".json");
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ((*list)[1].where, folder_.File("f0.json: element 2"));
  EXPECT_EQ(*FindField(*(*list)[1].fields, "a.1.b"), "x");
  EXPECT_EQ(FindField(*(*list)[1].fields, "a.2"), nullptr);
  EXPECT_EQ(FindField(*(*list)[1].fields, "a.0.b"), nullptr);
  auto csv = Read({"\xEF\xBB\xBF,a\n0,\"x, \"\"y\"\"\"\n"}, ".csv");
  ASSERT_THAT(csv, IsOk());
  EXPECT_EQ((*csv)[0].fields->at("a"), "x, \"y\"");
  EXPECT_EQ((*csv)[0].where, folder_.File("f0.csv:2"));
}

TEST_F(ReadersTest, MalformedFilesNameFileAndLine) {
  EXPECT_THAT(Read({"{\"a\": 1}\n{\"a\": }\n"}, ".jsonl"),
              FailsWith(ErrorCode::kBadFormat, "f0.jsonl: line 2"));
  EXPECT_THAT(Read({"{\"a\": 1}\n7\n"}, ".jsonl"),
              FailsWith(ErrorCode::kBadFormat, "f0.jsonl:2: expected an object"));
  EXPECT_THAT(Read({"{}"}, ".json"), FailsWith(ErrorCode::kBadFormat, "expected a list"));
  EXPECT_THAT(Read({"[{}, 1]"}, ".json"), FailsWith(ErrorCode::kBadFormat, "element 2"));
  EXPECT_THAT(Read({"a,b\n1\n"}, ".csv"), FailsWith(ErrorCode::kBadFormat, "line 2"));
  EXPECT_THAT(Read({"\n"}, ".jsonl"), FailsWith(ErrorCode::kBadFormat, "no documents"));
  EXPECT_THAT(
      Read({"{\"a\": \"x\"}\n\xFF"}, ".jsonl"),
      FailsWith(ErrorCode::kBadFormat, "f0.jsonl: line 2: invalid UTF-8 at byte offset 11"));
  EXPECT_THAT(Read({"x"}, ".parquet"), FailsWith(ErrorCode::kInvalidArgument, "no form"));
  EXPECT_THAT(Read({"x"}, ".json", "yaml"), FailsWith(ErrorCode::kInvalidArgument, "no reader"));
  EXPECT_THAT(ReadDocuments({folder_.File("absent.json")}, ""),
              FailsWith(ErrorCode::kNotFound, "absent.json"));
}

TEST_F(ReadersTest, WikitextPagesBeginAtTheirHeadings) {
  auto pages =
      Read({" = A = \n x \n = = B = = \n y = \n = C \n = D = \n z \n"}, ".raw", "wikitext");
  ASSERT_THAT(pages, IsOk());
  ASSERT_EQ(pages->size(), 2U);
  EXPECT_EQ((*pages)[0].fields->at("page"), " = A = \n x \n = = B = = \n y = \n = C \n");
  EXPECT_EQ((*pages)[1].fields->at("page"), " = D = \n z \n");
  EXPECT_EQ((*pages)[1].where, folder_.File("f0.raw:6"));
}

TEST_F(ReadersTest, StereosetsOriginalForm) {
  const auto cluster = [](const std::string& labels) {
    std::string sentences;
    for (const char label : labels) {
      const std::string name = label == 's'   ? "stereotype"
                               : label == 'a' ? "anti-stereotype"
                                              : "unrelated";
      sentences +=
          fmt::format("{}{{\"id\": \"1\", \"sentence\": \"is {}\", \"gold_label\": \"{}\"}}",
                      sentences.empty() ? "" : ", ", label, name);
    }
    return "{\"id\": \"7\", \"target\": \"cook\", \"bias_type\": \"gender\", \"context\": \"c\", "
           "\"sentences\": [" +
           sentences + "]}";
  };
  const std::string file = "{\"version\": \"1\", \"data\": {\"intersentence\": [" + cluster("usa") +
                           "], \"intrasentence\": [" + cluster("asu") + "]}}";
  auto documents = Read({file}, ".json", "stereoset_dev");
  ASSERT_THAT(documents, IsOk());
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ((*documents)[0].fields->at("type"), "intersentence");
  for (const Document& document : *documents) {
    EXPECT_EQ(document.fields->at("stereotype"), "is s");
    EXPECT_EQ(document.fields->at("anti-stereotype"), "is a");
    EXPECT_EQ(document.fields->at("unrelated"), "is u");
    EXPECT_EQ(document.fields->at("target"), "cook");
  }
  const std::string broken = "{\"data\": {\"intersentence\": [" + cluster("us") + "]}}";
  EXPECT_THAT(Read({broken}, ".json", "stereoset_dev"),
              FailsWith(ErrorCode::kBadFormat,
                        "data.intersentence: element 1: no column "
                        "\"sentences.2.gold_label\""));
}

TEST_F(ReadersTest, WinobiasLinesArePaired) {
  auto pairs = Read({"1 [The cook] knew [he] won.\r\n\nThe [a 's] is [his] .\n",
                     "1 [The cook] knew [she] won.\nThe [a 's] is [her] .\n"},
                    ".txt", "winobias");
  ASSERT_THAT(pairs, IsOk());
  ASSERT_EQ(pairs->size(), 2U);
  EXPECT_EQ((*pairs)[0].fields->at("pro"), "The cook knew he won.");
  EXPECT_EQ((*pairs)[0].fields->at("anti"), "The cook knew she won.");
  EXPECT_EQ((*pairs)[0].fields->at("occupation"), "cook");
  EXPECT_EQ((*pairs)[1].fields->at("pro"), "The a 's is his .");
  EXPECT_EQ((*pairs)[1].where, folder_.File("f0.txt:3"));
  EXPECT_THAT(Read({"a\nb\n", "c\n"}, ".txt", "winobias"),
              FailsWith(ErrorCode::kMismatch, "has 2 sentences"));
  EXPECT_THAT(Read({"a\n", "[a]\n"}, ".txt", "winobias"),
              FailsWith(ErrorCode::kMismatch, "the same sentence"));
  EXPECT_THAT(Read({"a\n"}, ".txt", "winobias"),
              FailsWith(ErrorCode::kInvalidArgument, "two files"));
}

TEST_F(ReadersTest, WinogenderTakesTheMajoritysPronounFirst) {
  const std::string stats =
      "occupation\tbergsma_pct_female\tbls_pct_female\tbls_year\n"
      "nurse\t9.1\t90.4\t2015\ncook\t1\t20\t2015\n";
  const std::string sentences =
      "sentid\tsentence\n"
      "nurse.guest.0.male.txt\the nurse\nnurse.guest.0.female.txt\tshe nurse\n"
      "nurse.guest.0.neutral.txt\tthey nurse\n"
      "cook.guest.1.female.txt\tshe cook\ncook.guest.1.male.txt\the cook\n";
  auto pairs = Read({sentences, stats}, ".tsv", "winogender");
  ASSERT_THAT(pairs, IsOk());
  ASSERT_EQ(pairs->size(), 2U);
  EXPECT_EQ((*pairs)[0].fields->at("pro"), "she nurse");
  EXPECT_EQ((*pairs)[0].fields->at("anti"), "he nurse");
  EXPECT_EQ((*pairs)[0].fields->at("refers_to"), "occupation");
  EXPECT_EQ((*pairs)[1].fields->at("pro"), "he cook");
  EXPECT_EQ((*pairs)[1].fields->at("refers_to"), "participant");
  EXPECT_THAT(Read({"id\ttext\n", stats}, ".tsv", "winogender"),
              FailsWith(ErrorCode::kBadFormat, "f0.tsv:1: expected the columns sentid, sentence"));
  EXPECT_THAT(Read({"sentid\tsentence\na.b.male\tx\n", stats}, ".tsv", "winogender"),
              FailsWith(ErrorCode::kBadFormat, "f0.tsv:2: sentid"));
  EXPECT_THAT(Read({"sentid\tsentence\nking.b.0.male.txt\tx\n", stats}, ".tsv", "winogender"),
              FailsWith(ErrorCode::kMismatch, "\"king\" is not in"));
  EXPECT_THAT(Read({"sentid\tsentence\ncook.b.0.male.txt\tx\n", stats}, ".tsv", "winogender"),
              FailsWith(ErrorCode::kBadFormat, "no female sentence"));
}

}  // namespace
}  // namespace fairprune
