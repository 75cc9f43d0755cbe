// A small tokenizer with every kind of added token, and one tokenizer per component, against what
// the tokenizers library gave (tools/make_tokenizer_fixtures.py).
#include "tokenizer/tokenizer.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/result_matchers.h"
#include "io/json.h"

namespace fairprune {
namespace {

const std::string kFolder = FAIRPRUNE_TESTDATA "/tokenizer/";

Json ReadOrDie(const std::string& path) {
  auto json = ReadJsonFile(path);
  EXPECT_THAT(json, IsOk());
  return json ? *std::move(json) : Json();
}

// A tokenizer.json written for one test.
class TemporaryJson {
 public:
  explicit TemporaryJson(const Json& document) {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(info->test_suite_name()) + "." + info->name();
    for (char& c : name) c = c == '/' ? '_' : c;
    folder_ = std::filesystem::path(::testing::TempDir()) / ("fairprune_" + name);
    std::filesystem::create_directories(folder_);
    std::ofstream(path(), std::ios::binary) << DumpJson(document);
  }
  ~TemporaryJson() { std::filesystem::remove_all(folder_); }
  std::string path() const { return (folder_ / "tokenizer.json").string(); }
  Result<Tokenizer> Load() const { return Tokenizer::FromFile(path()); }

 private:
  std::filesystem::path folder_;
};

TEST(TokenizerTest, GivesTheExpectedIdsAndTexts) {
  const auto tokenizer = Tokenizer::FromFile(kFolder + "tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  for (const Json& row : ReadOrDie(kFolder + "expected.json")) {
    if (!row.contains("text")) continue;
    const auto text = row.at("text").get<std::string>();
    const auto plain = row.at("plain").get<std::vector<int32_t>>();
    EXPECT_THAT(tokenizer->Encode(text), IsOkAndHolds(plain)) << text;
    EXPECT_THAT(tokenizer->Encode(text, {.add_special = true}),
                IsOkAndHolds(row.at("special").get<std::vector<int32_t>>()))
        << text;
    EXPECT_THAT(tokenizer->Decode(plain), IsOkAndHolds(row.at("decoded").get<std::string>()));
    EXPECT_THAT(tokenizer->Decode(plain, true),
                IsOkAndHolds(row.at("decoded_skip").get<std::string>()));
  }
}

TEST(TokenizerTest, DecodesEveryIdOnItsOwn) {
  const auto tokenizer = Tokenizer::FromFile(kFolder + "tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  const Json expected = ReadOrDie(kFolder + "expected.json").back().at("each_id_decoded");
  ASSERT_EQ(tokenizer->vocabulary_size(), static_cast<int32_t>(expected.size()));
  for (int32_t id = 0; id < tokenizer->vocabulary_size(); ++id) {
    EXPECT_THAT(tokenizer->Decode(std::vector{id}),
                IsOkAndHolds(expected.at(static_cast<size_t>(id)).get<std::string>()))
        << id;
  }
}

TEST(TokenizerTest, EveryComponentGivesTheExpectedIds) {
  const Json base = ReadOrDie(kFolder + "tokenizer.json");
  const Json rows = ReadOrDie(kFolder + "expected.json");
  for (const Json& component : ReadOrDie(kFolder + "components.json")) {
    Json document = base;
    const Json& changes = component.at("changes");
    document["normalizer"] = changes.at("normalizer");
    document["pre_tokenizer"] = changes.at("pre_tokenizer");
    document["model"]["ignore_merges"] = changes.at("ignore_merges");
    auto& merges = document["model"]["merges"].get_ref<Json::array_t&>();
    merges.resize(changes.at("num_merges").get<size_t>());
    const auto tokenizer = TemporaryJson(document).Load();
    ASSERT_THAT(tokenizer, IsOk()) << component.at("name");
    for (size_t i = 0; i < component.at("ids").size(); ++i) {
      const auto text = rows.at(i).at("text").get<std::string>();
      EXPECT_THAT(tokenizer->Encode(text),
                  IsOkAndHolds(component.at("ids").at(i).get<std::vector<int32_t>>()))
          << component.at("name") << ": " << rows.at(i).at("text");
    }
  }
}

TEST(TokenizerTest, MergesMayBeLinesOrPairs) {
  Json document = ReadOrDie(kFolder + "tokenizer.json");
  for (Json& merge : document["model"]["merges"]) {
    if (merge.is_array()) {
      merge = merge.at(0).get<std::string>() + " " + merge.at(1).get<std::string>();
    }
  }
  const auto lines = TemporaryJson(document).Load();
  const auto pairs = Tokenizer::FromFile(kFolder + "tokenizer.json");
  ASSERT_THAT(lines, IsOk());
  ASSERT_THAT(pairs, IsOk());
  const std::string text = "The nurse said that she would call.";
  EXPECT_THAT(lines->Encode(text), IsOkAndHolds(*pairs->Encode(text)));
}

TEST(TokenizerTest, AnswersAboutTokens) {
  const auto tokenizer = Tokenizer::FromFile(kFolder + "tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  EXPECT_EQ(tokenizer->bos_id(), tokenizer->TokenId("<|begin|>"));
  EXPECT_EQ(tokenizer->eos_id(), tokenizer->TokenId("<|end|>"));
  EXPECT_TRUE(tokenizer->bos_id().has_value());
  EXPECT_TRUE(tokenizer->adds_bos());
  EXPECT_EQ(tokenizer->TokenText(*tokenizer->TokenId("Ġ")), "Ġ");
  EXPECT_EQ(tokenizer->TokenText(-1), std::nullopt);
  EXPECT_EQ(tokenizer->TokenText(tokenizer->vocabulary_size()), std::nullopt);
  EXPECT_EQ(tokenizer->TokenId("no such token"), std::nullopt);
  EXPECT_THAT(tokenizer->description(), ::testing::StartsWith("byte-level BPE from "));
}

TEST(TokenizerTest, SavesTheBytesItWasReadFrom) {
  const auto tokenizer = Tokenizer::FromFile(kFolder + "tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  EXPECT_THAT(tokenizer->ToTokenizerJson(),
              IsOkAndHolds(*ReadTextFile(kFolder + "tokenizer.json")));
  EXPECT_THAT(tokenizer->ToTokenizerConfigJson(),
              IsOkAndHolds(*ReadTextFile(kFolder + "tokenizer_config.json")));
}

TEST(TokenizerTest, RefusesWhatIsNoTextAndNoId) {
  const auto tokenizer = Tokenizer::FromFile(kFolder + "tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  EXPECT_THAT(tokenizer->Encode("ab\xFF"), FailsWith(ErrorCode::kInvalidArgument, "byte 2"));
  EXPECT_THAT(tokenizer->Encode("\xED\xA0\x80"), FailsWith(ErrorCode::kInvalidArgument, "byte 0"));
  EXPECT_THAT(tokenizer->Decode(std::vector<int32_t>{-1}),
              FailsWith(ErrorCode::kInvalidArgument, "id -1"));
  EXPECT_THAT(tokenizer->Decode(std::vector{tokenizer->vocabulary_size()}),
              FailsWith(ErrorCode::kInvalidArgument, "not in the vocabulary"));
  EXPECT_THAT(Tokenizer::FromFile(kFolder + "absent.json"),
              FailsWith(ErrorCode::kNotFound, "absent.json"));
}

TEST(TokenizerTest, LongWordsTakeLinearTime) {
  const auto tokenizer = Tokenizer::FromFile(kFolder + "tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  const auto start = std::chrono::steady_clock::now();
  for (const char* unit : {"a", "ab", "é", " ", "\n", "the"}) {
    std::string text;
    while (text.size() < 1'000'000) text += unit;
    const auto ids = tokenizer->Encode(text);
    ASSERT_THAT(ids, IsOk()) << unit;
    EXPECT_THAT(tokenizer->Decode(*ids), IsOkAndHolds(text)) << unit;
  }
  // A quadratic merge of 10^6 symbols would take hours.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(2));
}

TEST(TokenizerTest, ThreadsGetTheSameIds) {
  const auto tokenizer = Tokenizer::FromFile(kFolder + "tokenizer.json");
  ASSERT_THAT(tokenizer, IsOk());
  const Json rows = ReadOrDie(kFolder + "expected.json");
  std::vector<std::thread> threads;
  std::vector<int> num_wrong(4, 0);
  for (size_t t = 0; t < num_wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 20; ++round) {
        for (const Json& row : rows) {
          if (!row.contains("text")) continue;
          const auto ids = tokenizer->Encode(row.at("text").get<std::string>());
          if (!ids || *ids != row.at("plain").get<std::vector<int32_t>>()) ++num_wrong[t];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(num_wrong, ::testing::Each(0));
}

struct Malformed {
  const char* name;
  const char* pointer;  // where to put `value`
  const char* value;    // JSON
  ErrorCode code;
  const char* message;
};

class MalformedTokenizerTest : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedTokenizerTest, IsRefusedByName) {
  Json document = ReadOrDie(kFolder + "tokenizer.json");
  document[Json::json_pointer(GetParam().pointer)] = Json::parse(GetParam().value);
  EXPECT_THAT(TemporaryJson(document).Load(), FailsWith(GetParam().code, GetParam().message));
}

constexpr auto kUnsupported = ErrorCode::kUnsupported;
constexpr auto kBadFormat = ErrorCode::kBadFormat;
constexpr auto kNotFound = ErrorCode::kNotFound;

INSTANTIATE_TEST_SUITE_P(
    All, MalformedTokenizerTest,
    ::testing::Values(
        Malformed{"Model", "/model/type", R"("WordPiece")", kUnsupported, "WordPiece"},
        Malformed{"NoModel", "/model", "1", kBadFormat, "no 'model' object"},
        Malformed{"Normalizer", "/normalizer", R"({"type": "Precompiled"})", kUnsupported,
                  "normalizer 'Precompiled'"},
        Malformed{"NormalizerOption", "/normalizer", R"({"type": "NFC", "fast": true})",
                  kUnsupported, "normalizer NFC: option 'fast' (true) is not known"},
        Malformed{"Strip", "/normalizer", R"({"type": "Strip", "strip_left": true})", kNotFound,
                  "strip_right"},
        Malformed{"Prepend", "/normalizer", R"({"type": "Prepend"})", kNotFound, "prepend"},
        Malformed{"Replace", "/normalizer", R"({"type": "Replace", "content": "x"})", kBadFormat,
                  "normalizer Replace: 'pattern'"},
        Malformed{"NormalizerSequence", "/normalizer", R"({"type": "Sequence"})", kBadFormat,
                  "normalizers"},
        Malformed{"PreTokenizer", "/pre_tokenizer", R"({"type": "BertPreTokenizer"})", kUnsupported,
                  "pre_tokenizer 'BertPreTokenizer'"},
        Malformed{"PreTokenizerOption", "/pre_tokenizer",
                  R"({"type": "Digits", "individual_digits": true, "width": 3})", kUnsupported,
                  "pre_tokenizer Digits: option 'width' (3)"},
        Malformed{"Metaspace", "/pre_tokenizer", R"({"type": "Metaspace", "replacement": "__"})",
                  kBadFormat, "'replacement' is '__'; expected one character"},
        Malformed{"MetaspaceScheme", "/pre_tokenizer",
                  R"({"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"})",
                  kUnsupported, "prepend_scheme 'last'"},
        Malformed{"MetaspacePrefix", "/pre_tokenizer",
                  R"({"type": "Metaspace", "replacement": "_", "add_prefix_space": false})",
                  kBadFormat, "add_prefix_space is false"},
        Malformed{"MetaspaceFirst", "/pre_tokenizer",
                  R"({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
                      {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first"}]})",
                  kUnsupported, "'first' is not supported behind this normalizer"},
        Malformed{"PreTokenizerNoType", "/pre_tokenizer", "{}", kNotFound, "type"},
        Malformed{"Pattern", "/pre_tokenizer/pretokenizers/0/pattern", R"({"Regex": "(a"})",
                  kBadFormat, "offset 2"},
        Malformed{"PatternConstruct", "/pre_tokenizer/pretokenizers/0/pattern",
                  R"({"Regex": "a\\b"})", kUnsupported, "'\\b'"},
        Malformed{"PatternKind", "/pre_tokenizer/pretokenizers/0/pattern", R"({"Glob": "*"})",
                  kUnsupported, "Glob"},
        Malformed{"Behavior", "/pre_tokenizer/pretokenizers/0/behavior", R"("Odd")", kUnsupported,
                  "behavior 'Odd'"},
        Malformed{"PostProcessor", "/post_processor", R"({"type": "BertProcessing"})", kUnsupported,
                  "post_processor 'BertProcessing'"},
        Malformed{"TemplateToken", "/post_processor/processors/1/special_tokens", "{}", kBadFormat,
                  "no ids for special token '<|begin|>'"},
        Malformed{"TemplateWithoutText", "/post_processor/processors/1/single", "[]", kUnsupported,
                  "0 times"},
        Malformed{"Decoder", "/decoder", R"({"type": "WordPiece"})", kUnsupported,
                  "decoder 'WordPiece'"},
        Malformed{"DecoderOption", "/decoder", R"({"type": "Fuse", "with": ","})", kUnsupported,
                  "decoder Fuse: option 'with'"},
        Malformed{"DecoderStrip", "/decoder",
                  R"({"type": "Strip", "content": " ", "start": -1, "stop": 0})", kBadFormat,
                  "decoder Strip: start -1"},
        Malformed{"Version", "/version", R"("2.0")", kUnsupported, "version \"2.0\""},
        Malformed{"TopLevel", "/extra", "1", kUnsupported, "option 'extra' (1)"},
        Malformed{"ModelOption", "/model/max_len", "8", kUnsupported, "option 'max_len'"},
        Malformed{"Pieces", "/model/vocab", R"([["a", 0.5], ["b"]])", kBadFormat,
                  "not a [token, score] pair"},
        Malformed{"PieceOrder", "/model/vocab", R"([[0.5, "a"]])", kBadFormat,
                  "not a [token, score] pair"},
        Malformed{"Dropout", "/model/dropout", "0.1", kUnsupported, "dropout 0.1"},
        Malformed{"Prefix", "/model/continuing_subword_prefix", R"("##")", kUnsupported,
                  "continuing_subword_prefix"},
        Malformed{"Suffix", "/model/end_of_word_suffix", R"("</w>")", kUnsupported,
                  "end_of_word_suffix"},
        Malformed{"ByteFallback", "/model/byte_fallback", "1", kBadFormat, "byte_fallback"},
        Malformed{"MergeOfNothing", "/model/merges/0", R"(["zz", "qq"])", kBadFormat, "'zz'"},
        Malformed{"MergeOfThree", "/model/merges/0", R"(["a", "b", "c"])", kBadFormat,
                  "not a pair"},
        Malformed{"MergeLine", "/model/merges/0", R"("a b c")", kBadFormat, "two tokens"},
        Malformed{"MergeNumber", "/model/merges/0", "7", kBadFormat, "not a string"},
        Malformed{"VocabularyText", "/model/vocab/a", R"("x")", kBadFormat, "not an integer"},
        Malformed{"VocabularyNegative", "/model/vocab/a", "-4", kBadFormat, "out of range"},
        Malformed{"VocabularyHuge", "/model/vocab/a", "2000000000", kBadFormat, "out of range"},
        Malformed{"VocabularyObject", "/model/vocab/a", "{}", kBadFormat, "unexpected object"},
        Malformed{"AddedTokens", "/added_tokens", "{}", kBadFormat, "added_tokens"},
        Malformed{"AddedTokenOption", "/added_tokens/0/colour", "1", kUnsupported,
                  "option 'colour'"},
        Malformed{"AddedTokenNoContent", "/added_tokens/0", R"({"id": 1})", kNotFound, "content"}),
    [](const auto& test) { return test.param.name; });

TEST(TokenizerJsonTest, RefusesBrokenDocuments) {
  const std::string good = *ReadTextFile(kFolder + "tokenizer.json");
  const auto load = [](const std::string& text) {
    const auto folder = std::filesystem::path(::testing::TempDir()) / "fairprune_broken_tokenizer";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "tokenizer.json", std::ios::binary) << text;
    return Tokenizer::FromFile((folder / "tokenizer.json").string());
  };
  EXPECT_THAT(load(""), FailsWith(kBadFormat, "tokenizer.json: byte"));
  EXPECT_THAT(load("[]"), FailsWith(kBadFormat, "not a JSON object"));
  EXPECT_THAT(load("{}"), FailsWith(kBadFormat, "no 'model' object"));
  EXPECT_THAT(load(good.substr(0, good.size() / 2)), FailsWith(kBadFormat, "byte"));
  EXPECT_THAT(load(R"({"model": {"vocab": {"a": 0, "a": 1}}})"),
              FailsWith(kBadFormat, "duplicate token 'a'"));
  EXPECT_THAT(load(R"({"version": 1, "version": 1})"),
              FailsWith(kBadFormat, "duplicate key 'version'"));
  EXPECT_THAT(load(std::string(100, '[')), FailsWith(kBadFormat, "too deeply"));
}

}  // namespace
}  // namespace fairprune
