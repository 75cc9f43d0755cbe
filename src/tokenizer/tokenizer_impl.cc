// Builds a tokenizer from its definition, and runs a text through its parts.
#include "tokenizer/tokenizer_impl.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace fairprune {
namespace {

// Longer words are cut where the model allows it, so that parts can be found in the cache.
constexpr size_t kMaxWholeBytes = 16;

// A component's spec; null when the document lacks it.
const Json& Member(const Json& document, const std::string& key) {
  static const Json kNull;
  const auto found = document.find(key);
  return found == document.end() ? kNull : *found;
}

// The ids that added tokens get: a token that the vocabulary has keeps its id, others are numbered
// behind the vocabulary in file order (what the tokenizers library does, whatever "id" says). Of
// tokens with the same content the last counts, special if any was; an empty one is passed over.
std::vector<AddedToken> NumberAddedTokens(const std::vector<AddedToken>& tokens,
                                          const SubwordModel& model, size_t vocabulary_size) {
  std::vector<AddedToken> numbered;
  std::unordered_map<std::string_view, size_t> seen;  // content → index in `numbered`
  auto next = static_cast<int32_t>(vocabulary_size);
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) continue;
    const auto [at, is_new] = seen.emplace(token.content, numbered.size());
    AddedToken made = token;
    if (is_new) {
      const std::optional<int32_t> id = model.Find(token.content);
      made.id = id ? *id : next++;
      numbered.push_back(std::move(made));
    } else {
      AddedToken& earlier = numbered[at->second];
      made.id = earlier.id;
      made.special = made.special || earlier.special;
      earlier = std::move(made);
    }
  }
  return numbered;
}

template <typename T>
void TrimOne(std::vector<T>& elements) {
  constexpr size_t kMaxKeptElements = size_t{1} << 18;
  if (elements.capacity() > kMaxKeptElements) std::vector<T>().swap(elements);
}

}  // namespace

void EncodeScratch::Trim() {
  constexpr size_t kMaxKeptBytes = size_t{1} << 20;
  TrimOne(text.pieces);
  TrimOne(text.next_pieces);
  TrimOne(text.ranges);
  text.owned.clear();
  model.Trim();
  TrimOne(segments);
  TrimOne(normalized_segments);
  if (normalized.capacity() > kMaxKeptBytes) std::string().swap(normalized);
}

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
  scratch->Trim();
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(scratch));
}

Result<std::unique_ptr<Tokenizer::Impl>> Tokenizer::Impl::Make(TokenizerDefinition from) {
  auto impl = std::make_unique<Impl>();
  impl->definition = std::move(from);
  const TokenizerDefinition& definition = impl->definition;
  const Json& document = *definition.document;
  const std::string& source = definition.source;
  const bool is_bpe = Member(Member(document, "model"), "type") == "BPE";
  FP_ASSIGN_OR_RETURN(impl->normalizer, MakeNormalizer(Member(document, "normalizer"), source));
  FP_ASSIGN_OR_RETURN(impl->pre_tokenizer,
                      MakePreTokenizer(Member(document, "pre_tokenizer"), source,
                                       {impl->normalizer.get(), is_bpe}));
  const bool raw_bytes = impl->pre_tokenizer.pieces_are_raw_bytes;
  FP_ASSIGN_OR_RETURN(impl->model, MakeSubwordModel(definition, raw_bytes));
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
  impl->description = raw_bytes ? "byte-level BPE" : is_bpe ? "BPE" : "Unigram";
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
    const bool begins = segment.text.data() == text.data();
    std::string_view normalized = segment.text;
    if (normalizer != nullptr) {
      FP_ASSIGN_OR_RETURN(normalized,
                          normalizer->Normalize(segment.text, scratch_memory.normalized));
    }
    if (!added.HasNormalized()) {
      FP_RETURN_IF_ERROR(EncodeSegment(normalized, begins, scratch_memory, out));
      continue;
    }
    scratch_memory.normalized_segments.clear();
    added.Split(normalized, true, scratch_memory.normalized_segments);
    for (const TextSegment& inner : scratch_memory.normalized_segments) {
      if (inner.id >= 0) {
        out.push_back(inner.id);
        continue;
      }
      const bool inner_begins = begins && inner.text.data() == normalized.data();
      FP_RETURN_IF_ERROR(EncodeSegment(inner.text, inner_begins, scratch_memory, out));
    }
  }
  return {};
}

Status Tokenizer::Impl::EncodeSegment(std::string_view text, bool begins,
                                      EncodeScratch& scratch_memory,
                                      std::vector<int32_t>& out) const {
  PreTokenizedText& pieces = scratch_memory.text;
  pieces.Reset(text, begins);
  if (pre_tokenizer.pre_tokenizer != nullptr) {
    FP_RETURN_IF_ERROR(pre_tokenizer.pre_tokenizer->Apply(pieces));
  }
  for (std::string_view word : pieces.pieces) {
    while (word.size() > kMaxWholeBytes) {
      const size_t num_bytes = model->IndependentPrefix(word);
      FP_RETURN_IF_ERROR(EncodeWord(word.substr(0, num_bytes), scratch_memory, out));
      word.remove_prefix(num_bytes);
    }
    if (!word.empty()) FP_RETURN_IF_ERROR(EncodeWord(word, scratch_memory, out));
  }
  return {};
}

Status Tokenizer::Impl::EncodeWord(std::string_view word, EncodeScratch& scratch_memory,
                                   std::vector<int32_t>& out) const {
  if (const WordCache::Hit hit = scratch_memory.cache.Find(word); hit.found) {
    out.insert(out.end(), hit.ids.begin(), hit.ids.end());
    return {};
  }
  const size_t begin = out.size();
  FP_RETURN_IF_ERROR(model->Encode(word, scratch_memory.model, out));
  scratch_memory.cache.Insert(word, std::span(out).subspan(begin));
  return {};
}

}  // namespace fairprune
