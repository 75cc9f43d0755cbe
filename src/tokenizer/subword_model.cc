#include "tokenizer/subword_model.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/bpe_model.h"
#include "tokenizer/unigram_model.h"

namespace fairprune {
namespace {

// Words of this many symbols leave their memory for the next.
constexpr size_t kMaxKeptElements = size_t{1} << 16;

template <typename T>
void TrimOne(std::vector<T>& elements) {
  if (elements.capacity() > kMaxKeptElements) std::vector<T>().swap(elements);
}

}  // namespace

void ModelScratch::Trim() {
  TrimOne(ids);
  TrimOne(merges);
  TrimOne(symbols);
  TrimOne(heap);
  TrimOne(paths);
  TrimOne(reversed);
}

Result<std::unique_ptr<SubwordModel>> MakeSubwordModel(const TokenizerDefinition& definition,
                                                       bool words_are_raw_bytes) {
  const Json& spec = definition.document->at("model");
  const auto type = spec.find("type");
  if (type != spec.end() && *type == "BPE") {
    FP_ASSIGN_OR_RETURN(BpeModel made, BpeModel::Make(definition, words_are_raw_bytes));
    return std::make_unique<BpeModel>(std::move(made));
  }
  if (type != spec.end() && *type == "Unigram") {
    FP_ASSIGN_OR_RETURN(UnigramModel made, UnigramModel::Make(definition));
    return std::make_unique<UnigramModel>(std::move(made));
  }
  return Fail(ErrorCode::kUnsupported, "{}: model {} is not supported (BPE and Unigram are)",
              definition.source, type == spec.end() ? "without 'type'" : DumpJson(*type, -1));
}

}  // namespace fairprune
