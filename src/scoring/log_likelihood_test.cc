#include "scoring/log_likelihood.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result_matchers.h"
#include "checkpoint/checkpoint.h"
#include "io/json.h"
#include "model/model.h"
#include "scoring/model_for_test.h"

namespace fairprune {
namespace {

using Ids = std::vector<int32_t>;
using ::testing::ElementsAre;

constexpr int32_t kBos = 1;  // "<s>" of the fixture's tokenizer

MATCHER_P2(IsRequest, ids, first_scored, "") {
  return arg.ids == ids && arg.first_scored == first_scored;
}

class RequestEncoderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = LoadModelForTest(kModelsForTest + "llama");
    ASSERT_THAT(loaded, IsOk());
    model_.emplace(*std::move(loaded));
  }
  RequestEncoder Encoder(int64_t max_length = 128) const {
    auto encoder = RequestEncoder::Create(model_->tokenizer, max_length);
    EXPECT_THAT(encoder, IsOk());
    return *std::move(encoder);
  }
  Ids Encode(const std::string& text) const { return model_->tokenizer.Encode(text).value(); }
  static Ids Joined(Ids a, const Ids& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  }
  std::optional<ModelForTest> model_;
};

TEST_F(RequestEncoderTest, ContinuationFollowsTheContext) {
  EXPECT_THAT(Encoder().EncodePair("Hello", " world"),
              IsOkAndHolds(IsRequest(Encode("Hello world"), 5)));
}

TEST_F(RequestEncoderTest, TrailingSpaceOfTheContextMovesToTheContinuation) {
  EXPECT_THAT(Encoder().EncodePair("Hello ", "world"),
              IsOkAndHolds(IsRequest(Encode("Hello world"), 5)));
  EXPECT_THAT(Encoder().EncodePair("Hello  ", "  world"),
              IsOkAndHolds(IsRequest(Encode("Hello    world"), 5)));
}

TEST_F(RequestEncoderTest, EveryWhiteSpaceOfPythonMoves) {
  // Its bytes are no tokens of the fixture (whose alphabet is ASCII): what is left of the context
  // is.
  for (const char* space : {" ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\x1c",
                            "\x1d",   "\x1e",   "\x1f",   "\u0085", "\u00a0", "\u1680", "\u2000",
                            "\u2003", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"}) {
    const auto request = Encoder().EncodePair(std::string("Hello") + space + " \n", "world");
    ASSERT_THAT(request, IsOk());
    EXPECT_EQ(request->first_scored, 5) << "U+" << DumpJson(Json(space));
  }
  // Not white space: zero width space, Mongolian vowel separator, a byte order mark.
  const size_t plain = Encode("Hello").size();
  for (const char* other : {"\u200b", "\u180e", "\ufeff"}) {
    const std::string context = std::string("Hello") + other;
    const auto request = Encoder().EncodePair(context, " world");
    ASSERT_THAT(request, IsOk());
    EXPECT_EQ(static_cast<size_t>(request->first_scored), Encode(context).size());
    EXPECT_GE(Encode(context).size(), plain);
  }
}

TEST_F(RequestEncoderTest, AMergeAcrossTheBoundaryKeepsTheContextsOwnIds) {
  // "t" + "h" is one token ("th"): the whole has as many ids as the context, so nothing is left.
  EXPECT_THAT(Encoder().EncodePair("t", "h"),
              FailsWith(ErrorCode::kInvalidArgument, "continuation has no token"));
  Ids expected = Encode("t");
  expected.push_back(Encode("e").front());
  EXPECT_THAT(Encoder().EncodePair("t", "he"), IsOkAndHolds(IsRequest(expected, 1)));
}

TEST_F(RequestEncoderTest, EmptyContextBecomesThePrefixToken) {
  EXPECT_EQ(Encoder().prefix_id(), kBos);
  EXPECT_THAT(Encoder().EncodePair("", "Hello"),
              IsOkAndHolds(IsRequest(Joined({kBos}, Encode("Hello")), 1)));
  // A continuation that begins with the prefix gives it away: it is not there twice.
  EXPECT_THAT(Encoder().EncodePair("", "<s>Hello"),
              IsOkAndHolds(IsRequest(Joined({kBos}, Encode("Hello")), 1)));
}

TEST_F(RequestEncoderTest, WhatCannotBeScoredIsRefused) {
  EXPECT_THAT(Encoder().EncodePair("Hello", ""),
              FailsWith(ErrorCode::kInvalidArgument, "continuation has no token"));
  EXPECT_THAT(Encoder().EncodePair("", ""),
              FailsWith(ErrorCode::kInvalidArgument, "continuation has no token"));
  EXPECT_THAT(Encoder().EncodePair(" \n", "Hello"),
              FailsWith(ErrorCode::kInvalidArgument, "white space only"));
  EXPECT_THAT(Encoder(4).EncodePair("", "Hello"),
              FailsWith(ErrorCode::kInvalidArgument, "5 tokens, the model takes at most 4"));
  EXPECT_THAT(Encoder(5).EncodePair("", "Hello"), IsOk());
}

TEST_F(RequestEncoderTest, LongRequestsLoseTheirBeginning) {
  const Ids whole = Encode("Hello world");
  // max_length + 1 ids stay: the last one is a target only.
  EXPECT_THAT(Encoder(7).EncodePair("Hello", " world"),
              IsOkAndHolds(IsRequest(Ids(whole.end() - 8, whole.end()), 2)));
  EXPECT_THAT(Encoder(6).EncodePair("Hello", " world"),
              IsOkAndHolds(IsRequest(Ids(whole.end() - 7, whole.end()), 1)));
}

TEST_F(RequestEncoderTest, RollingWindowsOfFour) {
  // Ten tokens, four positions: ([prefix], 1-4), ([4], 5-8), ([6, 7, 8], 9-10).
  const Ids t = Encode("abcdefgijk");
  ASSERT_EQ(t.size(), 10U);
  EXPECT_THAT(Encoder(4).EncodeRolling("abcdefgijk"),
              IsOkAndHolds(ElementsAre(IsRequest(Ids{kBos, t[0], t[1], t[2], t[3]}, 1),
                                       IsRequest(Ids{t[3], t[4], t[5], t[6], t[7]}, 1),
                                       IsRequest(Ids{t[5], t[6], t[7], t[8], t[9]}, 3))));
  EXPECT_THAT(Encoder(4).EncodeRolling("abcd"),
              IsOkAndHolds(ElementsAre(IsRequest(Ids{kBos, t[0], t[1], t[2], t[3]}, 1))));
  EXPECT_THAT(Encoder(4).EncodeRolling("ab"),
              IsOkAndHolds(ElementsAre(IsRequest(Ids{kBos, t[0], t[1]}, 1))));
  EXPECT_THAT(Encoder(4).EncodeRolling(""), IsOkAndHolds(ElementsAre()));
}

// A tokenizer whose post-processor puts <s> in front.
Result<Tokenizer> BosTokenizer(const TempFolder& folder) {
  FP_ASSIGN_OR_RETURN(Json json, ReadJsonFile(kModelsForTest + "llama/tokenizer.json"));
  const Json special = {{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}};
  json["post_processor"]["single"].insert(json["post_processor"]["single"].begin(), special);
  json["post_processor"]["special_tokens"] = {
      {"<s>", {{"id", "<s>"}, {"ids", {kBos}}, {"tokens", {"<s>"}}}}};
  std::ofstream(folder.path() + "/tokenizer.json") << DumpJson(json);
  std::filesystem::copy_file(kModelsForTest + "llama/tokenizer_config.json",
                             folder.path() + "/tokenizer_config.json");
  return Tokenizer::FromFile(folder.path() + "/tokenizer.json");
}

TEST_F(RequestEncoderTest, BosOfTheTemplateIsAddedOnceAndPredictedInRollingTexts) {
  const TempFolder folder;
  const auto tokenizer = BosTokenizer(folder);
  ASSERT_THAT(tokenizer, IsOk());
  ASSERT_TRUE(tokenizer->adds_bos());
  const auto encoder = RequestEncoder::Create(*tokenizer, 128);
  ASSERT_THAT(encoder, IsOk());
  const Ids with_bos = Joined({kBos}, Encode("Hello world"));
  EXPECT_THAT(encoder->EncodePair("Hello", " world"), IsOkAndHolds(IsRequest(with_bos, 6)));
  // Already there as text: no second one.
  EXPECT_THAT(encoder->EncodePair("<s>Hello", " world"), IsOkAndHolds(IsRequest(with_bos, 6)));
  // White space alone leaves the BOS as context.
  EXPECT_THAT(encoder->EncodePair(" ", "a"),
              IsOkAndHolds(IsRequest(Joined({kBos}, Encode(" a")), 1)));
  EXPECT_THAT(encoder->EncodeRolling("ab"),
              IsOkAndHolds(ElementsAre(IsRequest(Joined({kBos, kBos}, Encode("ab")), 1))));
}

class ScoreTest : public RequestEncoderTest {};

TEST_F(ScoreTest, EqualsLogSoftmaxOfTheLogits) {
  const Ids ids = Encode("Hello world");
  const auto logits = AllLogits(model_->engine, ids);
  ASSERT_THAT(logits, IsOk());
  const auto scores = ScoreTokens(model_->engine, {{ids, 3}});
  ASSERT_THAT(scores, IsOk());
  const TokenScore& score = scores->front();
  ASSERT_EQ(score.token_nats.size(), ids.size() - 3);
  double sum = 0;
  bool greedy = true;
  for (size_t p = 3; p < ids.size(); ++p) {
    const auto row = logits->matrix().row_span(static_cast<int64_t>(p) - 1);
    double total = 0;
    for (const float x : row) total += std::exp(static_cast<double>(x));
    const double expected = row[static_cast<size_t>(ids[p])] - std::log(total);
    EXPECT_NEAR(score.token_nats[p - 3], expected, 1e-4);
    sum += expected;
    greedy &= std::max_element(row.begin(), row.end()) - row.begin() == ids[p];
  }
  EXPECT_NEAR(score.log_likelihood_nats, sum, 2e-4);
  EXPECT_EQ(score.greedy, greedy);
}

TEST_F(ScoreTest, TheLikeliestContinuationIsGreedy) {
  Ids ids = Encode("Hello");
  const auto first = static_cast<int32_t>(ids.size());
  for (int step = 0; step < 3; ++step) {
    const auto logits = AllLogits(model_->engine, ids);
    ASSERT_THAT(logits, IsOk());
    const auto row = logits->matrix().row_span(static_cast<int64_t>(ids.size()) - 1);
    ids.push_back(static_cast<int32_t>(std::max_element(row.begin(), row.end()) - row.begin()));
  }
  Ids other = ids;
  other[ids.size() - 2] = (other[ids.size() - 2] + 1) % 96;  // one token in the middle
  const auto scores = ScoreTokens(model_->engine, {{ids, first}, {other, first}});
  ASSERT_THAT(scores, IsOk());
  EXPECT_TRUE((*scores)[0].greedy);
  EXPECT_FALSE((*scores)[1].greedy);
}

// Many requests that share beginnings, in no order, with repetitions.
std::vector<TokenRequest> ManyRequests() {
  std::vector<TokenRequest> requests;
  uint32_t state = 7;
  for (int i = 0; i < 60; ++i) {
    TokenRequest request;
    request.ids = {kBos, 40 + i % 3, 50 + i % 5};
    for (int j = 0; j < 3 + i % 29; ++j) {
      state = state * 1664525U + 1013904223U;
      request.ids.push_back(static_cast<int32_t>(3 + (state >> 16) % 90));
    }
    request.first_scored = 1 + i % static_cast<int>(request.ids.size() - 1);
    requests.push_back(request);
    if (i % 7 == 0) requests.push_back(request);
  }
  return requests;
}

TEST_F(ScoreTest, ABatchGivesWhatOneByOneGives) {
  const std::vector<TokenRequest> requests = ManyRequests();
  int64_t last_done = 0;
  ScoreOptions options;
  options.progress = [&](int64_t done, int64_t total) {
    EXPECT_GE(done, last_done);
    EXPECT_EQ(total, static_cast<int64_t>(requests.size()));
    last_done = done;
    return Status();
  };
  const auto together = ScoreTokens(model_->engine, requests, options);
  ASSERT_THAT(together, IsOk());
  EXPECT_EQ(last_done, static_cast<int64_t>(requests.size()));
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto alone = ScoreTokens(model_->engine, {requests[i]});
    ASSERT_THAT(alone, IsOk());
    EXPECT_NEAR((*together)[i].log_likelihood_nats, alone->front().log_likelihood_nats, 1e-3) << i;
    EXPECT_EQ((*together)[i].greedy, alone->front().greedy) << i;
    EXPECT_EQ((*together)[i].token_nats.size(), alone->front().token_nats.size());
  }
}

TEST_F(ScoreTest, SeveralMasksTogetherGiveWhatEachAloneGives) {
  const std::vector<TokenRequest> requests = ManyRequests();
  NeuronMask one(2, 64);
  one.Remove(1, 7);
  NeuronMask other(2, 64);
  other.Remove(0, 9);
  const NeuronMask* const masks[] = {&one, nullptr, &other};
  const auto together = ScoreTokensUnderMasks(model_->engine, requests, masks);
  ASSERT_THAT(together, IsOk());
  ASSERT_EQ(together->size(), 3U);
  for (size_t m = 0; m < 3; ++m) {
    const auto alone = ScoreTokens(model_->engine, requests, {.mask = masks[m]});
    ASSERT_THAT(alone, IsOk());
    for (size_t i = 0; i < requests.size(); ++i) {
      EXPECT_EQ((*together)[m][i].token_nats, (*alone)[i].token_nats) << m << " " << i;
      EXPECT_EQ((*together)[m][i].greedy, (*alone)[i].greedy) << m << " " << i;
    }
  }
}

TEST_F(ScoreTest, AnErrorOfTheProgressEndsIt) {
  const JobProgress progress = [](int64_t, int64_t) -> Status {
    return Fail(ErrorCode::kInternal, "enough");
  };
  EXPECT_THAT(ScoreTokens(model_->engine, ManyRequests(), {.progress = progress}),
              FailsWith(ErrorCode::kInternal, "enough"));
}

// Beyond a number of positions this model turns with other frequencies: a long request shares
// nothing with a short one that begins it.
TEST(LongSequenceTest, RequestsOnBothSidesOfTheLimitGiveWhatOneByOneGives) {
  const auto checkpoint = Checkpoint::Open(kModelsForTest + "phi3_longrope");
  ASSERT_THAT(checkpoint, IsOk());
  const auto model = DescribeModel(*checkpoint);
  ASSERT_THAT(model, IsOk());
  for (const bool stream : {false, true}) {
    const auto engine = Engine::Load(*model, {.stream = stream});
    ASSERT_THAT(engine, IsOk());
    const int64_t limit = engine->long_sequence_limit();
    ASSERT_GT(limit, 4);
    std::vector<TokenRequest> requests;
    for (const int64_t inputs : {limit - 2, limit + 1, limit, limit + 3, limit - 1}) {
      TokenRequest& request = requests.emplace_back();
      for (int64_t p = 0; p <= inputs; ++p) request.ids.push_back(static_cast<int32_t>(5 + p % 40));
    }
    const auto together = ScoreTokens(*engine, requests);
    ASSERT_THAT(together, IsOk());
    for (size_t i = 0; i < requests.size(); ++i) {
      const auto alone = ScoreTokens(*engine, {requests[i]});
      ASSERT_THAT(alone, IsOk());
      EXPECT_NEAR((*together)[i].log_likelihood_nats, alone->front().log_likelihood_nats, 1e-3)
          << i;
    }
    // The same ids, scored on either side of the limit.
    EXPECT_GT(std::abs((*together)[0].token_nats[3] - (*together)[1].token_nats[3]), 1e-3)
        << "both sides are alike: the test shows nothing";
  }
}

TEST_F(ScoreTest, MasksChangeScoresAndAnEmptyMaskDoesNot) {
  const std::vector<TokenRequest> requests = {{Encode("Hello world"), 1}};
  NeuronMask mask(2, 64);
  const auto plain = ScoreTokens(model_->engine, requests);
  const auto empty = ScoreTokens(model_->engine, requests, {.mask = &mask});
  mask.Remove(1, 7);
  const auto masked = ScoreTokens(model_->engine, requests, {.mask = &mask});
  ASSERT_THAT(plain, IsOk());
  ASSERT_THAT(empty, IsOk());
  ASSERT_THAT(masked, IsOk());
  EXPECT_EQ(plain->front().token_nats, empty->front().token_nats);
  EXPECT_NE(plain->front().token_nats, masked->front().token_nats);
}

TEST_F(ScoreTest, TextsGiveWhatTheirTokensGive) {
  const auto texts = ScoreTexts(
      model_->engine, model_->tokenizer,
      {{.context = "Hello", .continuation = " world"}, {.rolling = true, .text = "Hello world"}});
  ASSERT_THAT(texts, IsOk());
  const Ids ids = Encode("Hello world");
  const auto tokens = ScoreTokens(model_->engine, {{ids, 5}, {Joined({kBos}, ids), 1}});
  ASSERT_THAT(tokens, IsOk());
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR((*texts)[i].log_likelihood_nats, (*tokens)[i].log_likelihood_nats, 1e-4);
  }
  EXPECT_EQ((*texts)[0].num_tokens, 6);
  EXPECT_EQ((*texts)[1].num_tokens, 11);
}

TEST_F(ScoreTest, ATextLongerThanTheModelIsTheSumOfItsWindows) {
  const std::string text(300, 'x');  // one token per letter, 128 positions
  const auto texts =
      ScoreTexts(model_->engine, model_->tokenizer, {{.rolling = true, .text = text}});
  ASSERT_THAT(texts, IsOk());
  EXPECT_EQ(texts->front().num_tokens, 300);
  const auto windows = Encoder(128).EncodeRolling(text);
  ASSERT_THAT(windows, IsOk());
  ASSERT_EQ(windows->size(), 3U);
  const auto scores = ScoreTokens(model_->engine, *windows);
  ASSERT_THAT(scores, IsOk());
  double sum = 0;
  for (const TokenScore& score : *scores) sum += score.log_likelihood_nats;
  EXPECT_DOUBLE_EQ(texts->front().log_likelihood_nats, sum);
}

TEST_F(ScoreTest, BadRequestsAreNamed) {
  EXPECT_THAT(ScoreTokens(model_->engine, {{{1, 2}, 1}, {{1, 2}, 0}}),
              FailsWith(ErrorCode::kInvalidArgument, "request 2: scoring starts at 0"));
  EXPECT_THAT(ScoreTokens(model_->engine, {{{1, 2}, 2}}),
              FailsWith(ErrorCode::kInvalidArgument, "request 1: scoring starts at 2"));
  EXPECT_THAT(ScoreTokens(model_->engine, {{{}, 1}}),
              FailsWith(ErrorCode::kInvalidArgument, "request 1"));
  EXPECT_THAT(ScoreTokens(model_->engine, {{{1, 200, 3}, 1}}),
              FailsWith(ErrorCode::kInvalidArgument, "token id 200"));
  EXPECT_THAT(ScoreTokens(model_->engine, {{{1, 2, 200}, 1}}),
              FailsWith(ErrorCode::kInvalidArgument, "token id 200"));
  EXPECT_THAT(ScoreTexts(model_->engine, model_->tokenizer,
                         {{.context = "a", .continuation = "b"}, {.context = "a"}}),
              FailsWith(ErrorCode::kInvalidArgument, "request 2: the continuation"));
  EXPECT_THAT(ScoreTexts(model_->engine, model_->tokenizer, {{.context = "a", .name = "r:7"}}),
              FailsWith(ErrorCode::kInvalidArgument, "r:7: the continuation"));
  EXPECT_THAT(ScoreTokens(model_->engine, {}), IsOk());
}

// What lm-evaluation-harness 0.4.13 recorded for SmolLM2-135M-Instruct.
TEST(ScoreReferenceTest, EqualsTheHarness) {
  const char* path = std::getenv("FAIRPRUNE_SMOLLM2");
  if (path == nullptr) {
    GTEST_SKIP() << "FAIRPRUNE_SMOLLM2 is not set: the harness's log-likelihoods are not checked";
  }
  const std::string folder = std::string(FAIRPRUNE_SHARED) + "/reference/smollm2/lm_eval/";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << folder << " is absent: the harness's log-likelihoods are not checked";
  }
  std::vector<TextRequest> requests;
  std::vector<Json> expected;
  for (const char* task : {"copa", "crows_pairs_english", "winogrande", "lambada_openai",
                           "openbookqa", "arc_easy", "sciq"}) {
    std::ifstream file(folder + task + ".samples.jsonl");
    std::string line;
    for (int doc = 0; doc < 2 && std::getline(file, line); ++doc) {
      const auto item = ParseJson(line, task);
      ASSERT_THAT(item, IsOk());
      for (const Json& request : item->at("requests")) {
        requests.push_back({.context = request.at("context").get<std::string>(),
                            .continuation = request.at("continuation").get<std::string>(),
                            .name = task});
        expected.push_back(request);
      }
    }
  }
  ASSERT_GE(requests.size(), 35U);
  const auto model = LoadModelForTest(path);
  ASSERT_THAT(model, IsOk());
  const auto scores = ScoreTexts(model->engine, model->tokenizer, requests);
  ASSERT_THAT(scores, IsOk());
  for (size_t i = 0; i < requests.size(); ++i) {
    EXPECT_NEAR((*scores)[i].log_likelihood_nats, expected[i].at("ll").get<double>(), 1e-3)
        << requests[i].name << ": " << requests[i].continuation;
    EXPECT_EQ((*scores)[i].greedy, expected[i].at("greedy").get<bool>()) << requests[i].name;
  }
}

}  // namespace
}  // namespace fairprune
