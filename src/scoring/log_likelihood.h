// Log-likelihoods of token sequences and texts, with lm-evaluation-harness's rules for joining
// context and continuation (its version 0.4.13, models/huggingface.py, causal models).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "forward/engine.h"
#include "scoring/progress.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

// log p(ids[i] | ids[<i]) is summed for i in [first_scored, ids.size()).
struct TokenRequest {
  std::vector<int32_t> ids;
  int32_t first_scored = 1;  // >= 1
};

struct TokenScore {
  double log_likelihood_nats = 0;
  bool greedy = true;             // every scored token is the argmax at its position
  std::vector<float> token_nats;  // log p of each scored token
};

struct ScoreOptions {
  const NeuronMask* mask = nullptr;
  JobProgress progress;  // in requests
};

// For jobs that are interrupted and go on later. Forests are the same whatever is known already, so
// that a job in two parts gives the bits that it gives in one.
template <typename Score>
struct ResumeOptions {
  // Of each request whether its score is known; empty: none is. A forest all of whose requests are
  // known is not run. Scores of known requests mean nothing in the result.
  std::vector<uint8_t> known;
  // Called once for each request that is not known, as soon as its last forest was run. An error
  // stops the job, which returns it.
  std::function<Status(size_t request, const Score& score)> finished;
};

// Runs requests through prefix forests of about Engine::preferred_batch_nodes nodes (up to four
// times as many where all share a long beginning), all in one Engine::RunAll. Results come in the
// order of the requests; how requests are put together depends on them and the model's
// long_sequence_limit alone. Softmax sums are compute::LogSumExp's. Errors: kInvalidArgument
// (nothing scored, an id out of range; naming the request by its number, from 1), those of
// Engine::RunAll.
Result<std::vector<TokenScore>> ScoreTokens(const Engine& engine,
                                            const std::vector<TokenRequest>& requests,
                                            const ScoreOptions& options = {},
                                            const ResumeOptions<TokenScore>& resume = {});

// The same under each of `masks` (nullptr: none), in one RunAll over all of them: for a streaming
// engine as cheap in readings of the weights as one. result[m][i]: request i under masks[m].
Result<std::vector<std::vector<TokenScore>>> ScoreTokensUnderMasks(
    const Engine& engine, const std::vector<TokenRequest>& requests,
    std::span<const NeuronMask* const> masks, const JobProgress& progress = {});

// One request of the harness: (context, continuation), or a rolling text.
struct TextRequest {
  std::string context, continuation;
  bool rolling = false;
  std::string text;  // rolling
  std::string name;  // for errors ("requests.jsonl:7"); empty: "request N", from 1
};

struct TextScore {
  double log_likelihood_nats = 0;
  bool greedy = false;  // of (context, continuation) requests
  int64_t num_tokens = 0;
};

// How texts become ids. The prefix token stands before texts without a context: BOS, or EOS for a
// tokenizer without BOS. `max_length`: positions of the model.
class RequestEncoder {
 public:
  // Errors: kUnsupported (a tokenizer with neither BOS nor EOS), those of Tokenizer.
  static Result<RequestEncoder> Create(const Tokenizer& tokenizer, int64_t max_length);

  // Trailing white space of the context moves to the continuation; the pair is encoded as a whole
  // and cut after the context's own number of ids; an empty context becomes the prefix token; what
  // is longer than max_length + 1 ids loses its beginning. Errors: kInvalidArgument (empty
  // continuation, context of white space only, continuation longer than the model), those of
  // Tokenizer::Encode.
  Result<TokenRequest> EncodePair(const std::string& context,
                                  const std::string& continuation) const;

  // Consecutive windows of at most max_length predicted ids, the first after the prefix token, the
  // last one reaching back so that its context is as long as the model allows.
  Result<std::vector<TokenRequest>> EncodeRolling(const std::string& text) const;

  int32_t prefix_id() const { return prefix_id_; }

 private:
  RequestEncoder(const Tokenizer& tokenizer, int64_t max_length, int32_t prefix_id,
                 std::string prefix_text)
      : tokenizer_(&tokenizer),
        max_length_(max_length),
        prefix_id_(prefix_id),
        prefix_text_(std::move(prefix_text)) {}
  Result<std::vector<int32_t>> Encode(const std::string& text) const;
  Result<TokenRequest> Join(const std::vector<int32_t>& context,
                            const std::vector<int32_t>& continuation) const;

  const Tokenizer* tokenizer_;
  int64_t max_length_;
  int32_t prefix_id_;
  std::string prefix_text_;
};

// Errors name the request.
Result<std::vector<TextScore>> ScoreTexts(const Engine& engine, const Tokenizer& tokenizer,
                                          const std::vector<TextRequest>& requests,
                                          const ScoreOptions& options = {},
                                          const ResumeOptions<TextScore>& resume = {});

}  // namespace fairprune
