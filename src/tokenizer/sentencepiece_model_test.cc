#include "tokenizer/sentencepiece_model.h"

#include <limits>

#include "base/result_matchers.h"
#include "tokenizer/wire_for_test.h"

namespace fairprune {
namespace {

std::string SmallModel() {
  return WirePiece("<unk>", 0, 2) + WirePiece("<s>", 0, 3) + WirePiece("a", -1.5F, 1);
}

TEST(SentencePieceModelTest, ReadsPiecesAndSpecs) {
  const std::string trainer = WireInt(3, 2) + WireInt(24, 1) + WireInt(35, 1) + WireInt(40, 2) +
                              WireInt(41, -1) + WireInt(42, 1) + WireInt(43, 0) +
                              WireBytes(45, "U") + WireBytes(46, "B") + WireBytes(47, "E") +
                              WireBytes(48, "P");
  const std::string normalizer = WireBytes(1, "nmt_nfkc") + WireBytes(2, "map") + WireInt(3, 0) +
                                 WireInt(4, 0) + WireInt(5, 0);
  const auto model =
      ParseSentencePieceModel(SmallModel() + WireBytes(2, trainer) + WireBytes(3, normalizer) +
                                  WireBytes(5, WireBytes(2, "back")),
                              "t.model");
  ASSERT_THAT(model, IsOk());
  ASSERT_EQ(model->pieces.size(), 3u);
  EXPECT_EQ(model->pieces[0].type, PieceType::kUnknown);
  EXPECT_EQ(model->pieces[2].text, "a");
  EXPECT_EQ(model->pieces[2].score, -1.5F);
  EXPECT_EQ(model->type, SentencePieceModel::Type::kBpe);
  EXPECT_TRUE(model->treat_whitespace_as_suffix);
  EXPECT_TRUE(model->byte_fallback);
  EXPECT_EQ(model->unk_id, 2);
  EXPECT_EQ(model->bos_id, -1);
  EXPECT_EQ(model->eos_id, 1);
  EXPECT_EQ(model->pad_id, 0);
  EXPECT_EQ(model->unk_piece + model->bos_piece + model->eos_piece + model->pad_piece, "UBEP");
  EXPECT_EQ(model->normalizer_name, "nmt_nfkc");
  EXPECT_EQ(model->precompiled_charsmap, "map");
  EXPECT_FALSE(model->add_dummy_prefix);
  EXPECT_FALSE(model->remove_extra_whitespaces);
  EXPECT_FALSE(model->escape_whitespaces);
  EXPECT_EQ(model->denormalizer_charsmap, "back");
}

TEST(SentencePieceModelTest, WhatIsLeftOutHasTheFormatsDefaults) {
  const auto model = ParseSentencePieceModel(
      WireBytes(1, WireBytes(1, "x")) + WirePiece("y", 0, 1) + WirePiece("z", 0, 1), "t.model");
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->pieces[0].type, PieceType::kNormal);
  EXPECT_EQ(model->pieces[0].score, 0);
  EXPECT_EQ(model->type, SentencePieceModel::Type::kUnigram);
  EXPECT_EQ(model->unk_id, 0);
  EXPECT_EQ(model->bos_id, 1);
  EXPECT_EQ(model->eos_id, 2);
  EXPECT_EQ(model->pad_id, -1);
  EXPECT_TRUE(model->add_dummy_prefix);
  EXPECT_TRUE(model->remove_extra_whitespaces);
  EXPECT_TRUE(model->escape_whitespaces);
}

TEST(SentencePieceModelTest, PassesOverOtherFields) {
  const std::string other = WireInt(9, 5) + WireFloat(10, 1) + WireBytes(4, "self test") +
                            WireTag(11, 1) + std::string(8, 'x');
  const auto model = ParseSentencePieceModel(
      SmallModel() + other + WireBytes(2, other + WireInt(42, 1)) + WireBytes(3, WireInt(20, 1)),
      "t.model");
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->pieces.size(), 3u);
}

struct Broken {
  const char* name;
  std::string content;
  const char* message;
};

TEST(SentencePieceModelTest, MalformedFilesAreRefusedByTheirPlace) {
  const std::string good = SmallModel();
  const std::string inf(WireFloat(2, std::numeric_limits<float>::infinity()));
  const std::vector<Broken> cases = {
      {"empty", "", "no pieces"},
      {"cut in a tag", good + "\x80", "offset 42: a field's tag is cut off"},
      {"cut in a length", good + "\x0A", "offset 43: a length is cut off"},
      {"cut in a piece", good.substr(0, good.size() - 1), "is the file cut off"},
      {"cut in a value", good + WireTag(9, 5) + "ab", "a value of 4 bytes is cut off"},
      {"length beyond everything", "\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", "but only 0"},
      {"long varint", good + WireTag(9, 0) + std::string(10, '\xFF'), "more than 64 bits"},
      {"field 0", good + WireTag(0, 0), "field number 0"},
      {"group", good + WireTag(9, 3), "wire type 3"},
      {"piece as a number", WireInt(1, 7), "a piece (field 1) is a varint; expected a length"},
      {"text as a number", WireBytes(1, WireInt(1, 7)), "a piece's text (field 1) is a varint"},
      {"score as a number", WireBytes(1, WireInt(2, 7)), "expected four bytes"},
      {"type as text", WireBytes(1, WireBytes(3, "n")), "a piece's type (field 3)"},
      {"trainer as a number", good + WireInt(2, 7), "trainer_spec (field 2)"},
      {"normalizer as a number", good + WireInt(3, 7), "normalizer_spec (field 3)"},
      {"denormalizer as a number", good + WireInt(5, 7), "denormalizer_spec (field 5)"},
      {"id that is no int32", good + WireBytes(2, WireInt(41, int64_t{1} << 40)), "32 bits"},
      {"flag as text", good + WireBytes(3, WireBytes(3, "yes")), "add_dummy_prefix (field 3)"},
      {"invalid text", WirePiece("\xFF", 0, 1), "a piece's text is not valid UTF-8"},
      {"empty piece", good + WirePiece("", 0, 1), "piece 3 is empty"},
      {"duplicate", good + WirePiece("a", 0, 1), "pieces 2 and 3 are the same: 'a'"},
      {"score", good + WireBytes(1, WireBytes(1, "b") + inf), "piece 3 ('b') is not a finite"},
      {"id beyond", good + WireBytes(2, WireInt(41, 3)), "bos_id is 3; there are 3 pieces"}};
  for (const Broken& broken : cases) {
    EXPECT_THAT(ParseSentencePieceModel(broken.content, "t.model"),
                FailsWith(ErrorCode::kBadFormat, broken.message))
        << broken.name;
  }
  EXPECT_THAT(ParseSentencePieceModel(good + WirePiece("b", 0, 7), "t.model"),
              FailsWith(ErrorCode::kUnsupported, "piece type 7"));
  EXPECT_THAT(ParseSentencePieceModel(good + WireBytes(2, WireInt(3, 9)), "t.model"),
              FailsWith(ErrorCode::kUnsupported, "model_type 9"));
}

TEST(SentencePieceModelTest, EveryBeginningOfAFileIsAnErrorOrAModel) {
  const std::string whole = SmallModel() + WireNormalizer(true);
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto model = ParseSentencePieceModel(whole.substr(0, size), "t.model");
    if (!model) {
      EXPECT_THAT(model, FailsWith(ErrorCode::kBadFormat, "t.model"));
    }
  }
}

}  // namespace
}  // namespace fairprune
