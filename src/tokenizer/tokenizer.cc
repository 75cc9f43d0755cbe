#include "tokenizer/tokenizer.h"

#include <limits>
#include <utility>

#include "tokenizer/tokenizer_impl.h"

namespace fairprune {

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::FromDefinition(TokenizerDefinition definition) {
  FP_ASSIGN_OR_RETURN(auto impl, Impl::Make(std::move(definition)));
  return Tokenizer(std::move(impl));
}

Result<std::vector<int32_t>> Tokenizer::Encode(std::string_view text, EncodeOptions options) const {
  if (const size_t bad = FindInvalidUtf8(text); bad != text.npos) {
    return Fail(ErrorCode::kInvalidArgument, "text to encode: byte {} is not valid UTF-8", bad);
  }
  if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max() / 4)) {
    return Fail(ErrorCode::kInvalidArgument,
                "text to encode: {} bytes; at most {} are encoded as one text", text.size(),
                std::numeric_limits<int32_t>::max() / 4);
  }
  const PostProcessor& around = impl_->post_processor;
  std::vector<int32_t> ids;
  if (options.add_special) ids = around.before;
  auto scratch = impl_->scratch.Take();
  Status status = impl_->EncodeText(text, *scratch, ids);
  impl_->scratch.GiveBack(std::move(scratch));
  FP_RETURN_IF_ERROR(std::move(status));
  if (options.add_special) ids.insert(ids.end(), around.after.begin(), around.after.end());
  return ids;
}

Result<std::string> Tokenizer::Decode(std::span<const int32_t> ids, bool skip_special) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const int32_t id : ids) {
    if (id < 0 || id >= vocabulary_size()) {
      return Fail(ErrorCode::kInvalidArgument, "id {} is not in the vocabulary of {}", id,
                  vocabulary_size());
    }
    const auto text = impl_->added.DecodedText(id, impl_->texts[static_cast<size_t>(id)]);
    if (!text || (skip_special && impl_->added.IsSpecial(*text))) continue;
    tokens.emplace_back(*text);
  }
  const bool joined_by_spaces = impl_->decoder == nullptr;
  if (impl_->decoder != nullptr) {
    FP_ASSIGN_OR_RETURN(tokens, impl_->decoder->Decode(std::move(tokens)));
  }
  std::string text;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (joined_by_spaces && i > 0) text.push_back(' ');
    text += tokens[i];
  }
  return text;
}

int32_t Tokenizer::vocabulary_size() const { return static_cast<int32_t>(impl_->texts.size()); }

std::optional<std::string> Tokenizer::TokenText(int32_t id) const {
  if (id < 0 || id >= vocabulary_size()) return std::nullopt;
  const auto text = impl_->texts[static_cast<size_t>(id)];
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<int32_t> Tokenizer::TokenId(std::string_view token) const {
  return impl_->Find(token);
}

std::optional<int32_t> Tokenizer::bos_id() const { return impl_->special.bos; }
std::optional<int32_t> Tokenizer::eos_id() const { return impl_->special.eos; }

bool Tokenizer::adds_bos() const {
  const auto& before = impl_->post_processor.before;
  return impl_->special.bos.has_value() && !before.empty() && before.back() == *impl_->special.bos;
}

std::string Tokenizer::description() const { return impl_->description; }

}  // namespace fairprune
