#include <algorithm>
#include <iterator>
#include <string_view>

#include "scoring/log_likelihood.h"

namespace fairprune {
namespace {

// Length of the white-space character that ends at `end`, as Python's str.isspace sees it; 0: none.
size_t SpaceBefore(std::string_view text, size_t end) {
  if (end == 0) return 0;
  const auto last = static_cast<unsigned char>(text[end - 1]);
  if (last == ' ' || (last >= 0x09 && last <= 0x0D) || (last >= 0x1C && last <= 0x1F)) return 1;
  static constexpr std::string_view kTwo[] = {"\u0085", "\u00A0"};
  static constexpr std::string_view kThree[] = {
      "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007",
      "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};
  const std::string_view head = text.substr(0, end);
  for (const std::string_view space : kTwo) {
    if (head.ends_with(space)) return 2;
  }
  for (const std::string_view space : kThree) {
    if (head.ends_with(space)) return 3;
  }
  return 0;
}

size_t LengthWithoutTrailingSpace(std::string_view text) {
  size_t end = text.size();
  while (const size_t length = SpaceBefore(text, end)) end -= length;
  return end;
}

}  // namespace

Result<RequestEncoder> RequestEncoder::Create(const Tokenizer& tokenizer, int64_t max_length) {
  const auto prefix = tokenizer.bos_id() ? tokenizer.bos_id() : tokenizer.eos_id();
  if (!prefix) {
    return Fail(
        ErrorCode::kUnsupported,
        "the tokenizer has neither a BOS nor an EOS token, so a text without context cannot "
        "be scored");
  }
  const int32_t ids[] = {*prefix};
  FP_ASSIGN_OR_RETURN(std::string text, tokenizer.Decode(ids));
  return RequestEncoder(tokenizer, max_length, *prefix, std::move(text));
}

Result<std::vector<int32_t>> RequestEncoder::Encode(const std::string& text) const {
  const bool has_prefix = !prefix_text_.empty() && text.starts_with(prefix_text_);
  return tokenizer_->Encode(text, {.add_special = !has_prefix});
}

Result<TokenRequest> RequestEncoder::Join(const std::vector<int32_t>& context,
                                          const std::vector<int32_t>& continuation) const {
  if (continuation.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "the continuation has no token of its own");
  }
  if (static_cast<int64_t>(continuation.size()) > max_length_) {
    return Fail(ErrorCode::kInvalidArgument,
                "the continuation has {} tokens, the model takes at most {}", continuation.size(),
                max_length_);
  }
  TokenRequest request;
  request.ids = context;
  request.ids.insert(request.ids.end(), continuation.begin(), continuation.end());
  const auto limit = static_cast<size_t>(max_length_ + 1);
  if (request.ids.size() > limit) {
    request.ids.erase(request.ids.begin(), request.ids.end() - static_cast<std::ptrdiff_t>(limit));
  }
  request.first_scored = static_cast<int32_t>(request.ids.size() - continuation.size());
  return request;
}

Result<TokenRequest> RequestEncoder::EncodePair(const std::string& context,
                                                const std::string& continuation) const {
  if (context.empty()) {
    FP_ASSIGN_OR_RETURN(std::vector<int32_t> ids, tokenizer_->Encode(continuation));
    if (!ids.empty() && ids.front() == prefix_id_) ids.erase(ids.begin());
    return Join({prefix_id_}, ids);
  }
  const size_t cut = LengthWithoutTrailingSpace(context);
  FP_ASSIGN_OR_RETURN(std::vector<int32_t> ids, Encode(context.substr(0, cut)));
  FP_ASSIGN_OR_RETURN(const std::vector<int32_t> whole, Encode(context + continuation));
  if (ids.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the context is white space only and gives no token; use an empty context");
  }
  const size_t num_context = std::min(ids.size(), whole.size());
  return Join(ids, {whole.begin() + static_cast<std::ptrdiff_t>(num_context), whole.end()});
}

Result<std::vector<TokenRequest>> RequestEncoder::EncodeRolling(const std::string& text) const {
  FP_ASSIGN_OR_RETURN(const std::vector<int32_t> ids, Encode(text));
  std::vector<TokenRequest> windows;
  const auto total = static_cast<int64_t>(ids.size());
  for (int64_t done = 0; done < total;) {
    const int64_t predicted = std::min(max_length_, total - done);
    const int64_t end = done + predicted;
    TokenRequest window;
    if (done == 0) {
      window.ids.push_back(prefix_id_);
      window.ids.insert(window.ids.end(), ids.begin(), ids.begin() + end);
    } else {
      window.ids.assign(ids.begin() + (end - max_length_ - 1), ids.begin() + end);
    }
    window.first_scored = static_cast<int32_t>(static_cast<int64_t>(window.ids.size()) - predicted);
    windows.push_back(std::move(window));
    done = end;
  }
  return windows;
}

namespace {

// The windows of all requests, and which request each belongs to.
struct EncodedTexts {
  std::vector<TokenRequest> windows;
  std::vector<size_t> owner;  // of each window
};

Result<EncodedTexts> EncodeTexts(const RequestEncoder& encoder,
                                 const std::vector<TextRequest>& requests) {
  EncodedTexts texts;
  for (size_t i = 0; i < requests.size(); ++i) {
    const TextRequest& request = requests[i];
    const std::string name = request.name.empty() ? fmt::format("request {}", i + 1) : request.name;
    if (request.rolling) {
      auto windows = encoder.EncodeRolling(request.text);
      if (!windows) return WithContext(windows.error(), name);
      std::move(windows->begin(), windows->end(), std::back_inserter(texts.windows));
    } else {
      auto pair = encoder.EncodePair(request.context, request.continuation);
      if (!pair) return WithContext(pair.error(), name);
      texts.windows.push_back(*std::move(pair));
    }
    texts.owner.resize(texts.windows.size(), i);
  }
  return texts;
}

// Puts windows' scores together; a text's windows may be finished in any order, and are added in
// their own.
class TextScores {
 public:
  TextScores(const std::vector<size_t>& owner, size_t num_texts)
      : owner_(owner), first_(num_texts + 1, 0), missing_(num_texts, 0) {
    for (const size_t text : owner) ++missing_[text];
    for (size_t text = 0; text < num_texts; ++text) {
      first_[text + 1] = first_[text] + missing_[text];
    }
    windows_.resize(owner.size());
  }

  // Whether that was the text's last window.
  bool Add(size_t window, const TokenScore& score) {
    windows_[window] = {score.log_likelihood_nats, score.greedy, std::ssize(score.token_nats)};
    return --missing_[owner_[window]] == 0;
  }

  bool IsEmpty(size_t text) const { return first_[text] == first_[text + 1]; }

  TextScore Of(size_t text) const {
    TextScore sum;
    for (size_t w = first_[text]; w < first_[text + 1]; ++w) {
      sum.log_likelihood_nats += windows_[w].log_likelihood_nats;
      sum.num_tokens += windows_[w].num_tokens;
      sum.greedy = windows_[w].greedy;
    }
    return sum;
  }

 private:
  const std::vector<size_t>& owner_;
  std::vector<size_t> first_;    // [texts + 1], into windows_
  std::vector<size_t> missing_;  // [texts], windows to come
  std::vector<TextScore> windows_;
};

}  // namespace

Result<std::vector<TextScore>> ScoreTexts(const Engine& engine, const Tokenizer& tokenizer,
                                          const std::vector<TextRequest>& requests,
                                          const ScoreOptions& options,
                                          const ResumeOptions<TextScore>& resume) {
  FP_ASSIGN_OR_RETURN(const RequestEncoder encoder,
                      RequestEncoder::Create(tokenizer, engine.config().max_position_embeddings));
  FP_ASSIGN_OR_RETURN(const EncodedTexts texts, EncodeTexts(encoder, requests));
  TextScores scores(texts.owner, requests.size());
  ResumeOptions<TokenScore> windows;
  for (const size_t text : texts.owner) {
    if (!resume.known.empty()) windows.known.push_back(resume.known[text]);
  }
  windows.finished = [&](size_t window, const TokenScore& score) -> Status {
    const size_t text = texts.owner[window];
    if (!scores.Add(window, score) || !resume.finished) return {};
    return resume.finished(text, scores.Of(text));
  };
  FP_RETURN_IF_ERROR(ScoreTokens(engine, texts.windows, options, windows));
  std::vector<TextScore> results;
  results.reserve(requests.size());
  for (size_t text = 0; text < requests.size(); ++text) {
    const bool is_known = !resume.known.empty() && resume.known[text] != 0;
    results.push_back(scores.Of(text));
    // A text without a token is finished without a window.
    if (!is_known && resume.finished && scores.IsEmpty(text)) {
      FP_RETURN_IF_ERROR(resume.finished(text, results.back()));
    }
  }
  return results;
}

}  // namespace fairprune
