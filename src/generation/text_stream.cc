#include "generation/text_stream.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace fairprune {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
// The first bytes of a character decode to one U+FFFD, or to one for each.
constexpr int kMostUnfinished = 3;

// Bytes of `text` that later ids leave as they are.
size_t WholeBytes(std::string_view text) {
  for (int i = 0; i < kMostUnfinished && text.ends_with(kReplacement); ++i) {
    text.remove_suffix(kReplacement.size());
  }
  return text.size();
}

}  // namespace

TextStream::TextStream(const Tokenizer& tokenizer, std::span<const int32_t> prompt)
    : tokenizer_(tokenizer), window_(prompt.begin(), prompt.end()) {}

Result<std::string> TextStream::WindowText() const {
  return tokenizer_.Decode(window_, /*skip_special=*/true);
}

Result<std::string> TextStream::Push(int32_t id) {
  if (!started_) {
    FP_ASSIGN_OR_RETURN(told_, WindowText());
    started_ = true;
  }
  window_.push_back(id);
  FP_ASSIGN_OR_RETURN(std::string text, WindowText());
  if (!text.starts_with(told_)) {  // Decode takes back what has been told: go on behind it
    window_ = {id};
    told_.clear();
    last_whole_ = 0;
    FP_ASSIGN_OR_RETURN(text, WindowText());
  }
  const size_t end = std::max(told_.size(), WholeBytes(text));
  std::string piece = text.substr(told_.size(), end - told_.size());
  const bool whole = end == text.size();
  text.resize(end);
  told_ = std::move(text);
  if (whole) FP_RETURN_IF_ERROR(MoveWindow());
  return piece;
}

// Nothing is held back. The ids since the step before that can say so stay, if they have a text of
// their own: the first token of a text may lose its space, which is not to befall the next one.
Status TextStream::MoveWindow() {
  const auto recent = std::span<const int32_t>(window_).subspan(last_whole_);
  FP_ASSIGN_OR_RETURN(std::string text, tokenizer_.Decode(recent, /*skip_special=*/true));
  if (text.empty()) return {};
  window_.assign(recent.begin(), recent.end());
  told_ = std::move(text);
  last_whole_ = window_.size();
  return {};
}

Result<std::string> TextStream::Finish() {
  FP_ASSIGN_OR_RETURN(std::string text, WindowText());
  if (!started_ || !text.starts_with(told_)) return std::string();
  std::string rest = text.substr(told_.size());
  told_ = std::move(text);
  return rest;
}

}  // namespace fairprune
