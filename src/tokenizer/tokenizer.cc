#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/tokenizer_impl.h"

namespace fairprune {
namespace {

// A component's spec; null when the document lacks it.
const Json& Member(const Json& document, const std::string& key) {
  static const Json kNull;
  const auto found = document.find(key);
  return found == document.end() ? kNull : *found;
}

// The ids that added tokens get: a token that the vocabulary has keeps its id, others are numbered
// behind the vocabulary in file order (what the tokenizers library does, whatever "id" says). A
// content that came before is passed over, and so is an empty one.
std::vector<AddedToken> NumberAddedTokens(const std::vector<AddedToken>& tokens,
                                          const BpeModel& model, size_t vocabulary_size) {
  std::vector<AddedToken> numbered;
  std::unordered_map<std::string_view, bool> seen;
  auto next = static_cast<int32_t>(vocabulary_size);
  for (const AddedToken& token : tokens) {
    if (token.content.empty() || !seen.emplace(token.content, true).second) continue;
    AddedToken made = token;
    made.id = model.Find(token.content).value_or(next);
    next = std::max(next, made.id + 1);
    numbered.push_back(std::move(made));
  }
  return numbered;
}

}  // namespace

std::unique_ptr<EncodeScratch> ScratchPool::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      auto scratch = std::move(free_.back());
      free_.pop_back();
      return scratch;
    }
  }
  return std::make_unique<EncodeScratch>();
}

void ScratchPool::GiveBack(std::unique_ptr<EncodeScratch> scratch) {
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(scratch));
}

Result<std::unique_ptr<Tokenizer::Impl>> Tokenizer::Impl::Make(TokenizerDefinition from) {
  auto impl = std::make_unique<Impl>();
  impl->definition = std::move(from);
  const TokenizerDefinition& definition = impl->definition;
  const Json& document = *definition.document;
  const std::string& source = definition.source;
  const Json& model = Member(document, "model");
  const Json& type = Member(model, "type");
  if (type != "BPE") {
    return Fail(ErrorCode::kUnsupported, "{}: model {} is not supported (BPE is)", source,
                type.is_null() ? "without 'type'" : DumpJson(type, -1));
  }
  FP_ASSIGN_OR_RETURN(impl->normalizer, MakeNormalizer(Member(document, "normalizer"), source));
  FP_ASSIGN_OR_RETURN(impl->pre_tokenizer,
                      MakePreTokenizer(Member(document, "pre_tokenizer"), source));
  FP_ASSIGN_OR_RETURN(BpeModel bpe,
                      BpeModel::Make(definition, impl->pre_tokenizer.pieces_are_raw_bytes));
  impl->model = std::move(bpe);
  FP_ASSIGN_OR_RETURN(impl->post_processor,
                      MakePostProcessor(Member(document, "post_processor"), source));
  FP_ASSIGN_OR_RETURN(impl->decoder, MakeDecoder(Member(document, "decoder"), source));
  FP_ASSIGN_OR_RETURN(impl->added,
                      AddedTokens::Make(NumberAddedTokens(definition.added_tokens, *impl->model,
                                                          definition.vocabulary.size()),
                                        impl->normalizer.get()));
  const auto name = [&](std::string_view text, int32_t id) {
    const auto at = static_cast<size_t>(id);
    if (at >= impl->texts.size()) impl->texts.resize(at + 1);
    impl->texts[at] = text;
  };
  for (const auto& [text, id] : definition.vocabulary) name(text, id);
  for (const AddedToken& token : impl->added.tokens()) {
    name(token.content, token.id);
    impl->added_ids.emplace(token.content, token.id);
  }
  impl->description = impl->pre_tokenizer.pieces_are_raw_bytes ? "byte-level BPE" : "BPE";
  return impl;
}

std::optional<int32_t> Tokenizer::Impl::Find(std::string_view token) const {
  const auto found = added_ids.find(token);
  if (found != added_ids.end()) return found->second;
  return model->Find(token);
}

Status Tokenizer::Impl::EncodeText(std::string_view text, EncodeScratch& scratch_memory,
                                   std::vector<int32_t>& out) const {
  scratch_memory.segments.clear();
  added.Split(text, false, scratch_memory.segments);
  for (const TextSegment& segment : scratch_memory.segments) {
    if (segment.id >= 0) {
      out.push_back(segment.id);
      continue;
    }
    std::string_view normalized = segment.text;
    if (normalizer != nullptr) {
      FP_ASSIGN_OR_RETURN(normalized,
                          normalizer->Normalize(segment.text, scratch_memory.normalized));
    }
    if (!added.HasNormalized()) {
      FP_RETURN_IF_ERROR(EncodeSegment(normalized, scratch_memory, out));
      continue;
    }
    scratch_memory.normalized_segments.clear();
    added.Split(normalized, true, scratch_memory.normalized_segments);
    for (const TextSegment& inner : scratch_memory.normalized_segments) {
      if (inner.id >= 0) {
        out.push_back(inner.id);
      } else {
        FP_RETURN_IF_ERROR(EncodeSegment(inner.text, scratch_memory, out));
      }
    }
  }
  return {};
}

Status Tokenizer::Impl::EncodeSegment(std::string_view text, EncodeScratch& scratch_memory,
                                      std::vector<int32_t>& out) const {
  PreTokenizedText& pieces = scratch_memory.text;
  pieces.Reset(text);
  if (pre_tokenizer.pre_tokenizer != nullptr) {
    FP_RETURN_IF_ERROR(pre_tokenizer.pre_tokenizer->Apply(pieces));
  }
  for (const std::string_view word : pieces.pieces) {
    if (const WordCache::Hit hit = scratch_memory.cache.Find(word); hit.found) {
      out.insert(out.end(), hit.ids.begin(), hit.ids.end());
      continue;
    }
    const size_t begin = out.size();
    model->Encode(word, scratch_memory.bpe, out);
    scratch_memory.cache.Insert(word, std::span(out).subspan(begin));
  }
  return {};
}

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<std::vector<int32_t>> Tokenizer::Encode(std::string_view text, EncodeOptions options) const {
  if (const size_t bad = FindInvalidUtf8(text); bad != text.npos) {
    return Fail(ErrorCode::kInvalidArgument, "text to encode: byte {} is not valid UTF-8", bad);
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
    const auto text = impl_->texts[static_cast<size_t>(id)];
    if (!text) continue;
    const AddedToken* added = skip_special ? impl_->added.Find(id) : nullptr;
    if (added != nullptr && added->special) continue;
    tokens.emplace_back(*text);
  }
  const bool joined_by_spaces = impl_->decoder == nullptr;
  if (impl_->decoder != nullptr) tokens = impl_->decoder->Decode(std::move(tokens));
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
