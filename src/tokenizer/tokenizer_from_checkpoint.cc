// Where a model's tokenizer comes from, and the files that a saved model carries.
#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/gguf_tokenizer.h"
#include "tokenizer/tokenizer_impl.h"

namespace fairprune {
namespace {

// `text_of` gives a token's text by its id.
template <typename TextOf>
Json ConfigOf(const SpecialTokens& special, std::optional<int32_t> unknown,
              std::optional<int32_t> padding, const TextOf& text_of) {
  const auto text = [&](std::optional<int32_t> id) -> Json {
    if (!id) return nullptr;
    return text_of(*id);
  };
  Json config = {{"bos_token", text(special.bos)},
                 {"clean_up_tokenization_spaces", false},
                 {"eos_token", text(special.eos)},
                 {"tokenizer_class", "PreTrainedTokenizerFast"}};
  if (unknown) config["unk_token"] = text(unknown);
  if (padding) config["pad_token"] = text(padding);
  return config;
}

}  // namespace

Result<Tokenizer> Tokenizer::FromCheckpoint(const Checkpoint& checkpoint) {
  if (checkpoint.format() == CheckpointFormat::kHuggingFace) {
    const std::string path = checkpoint.SideFile("tokenizer.json");
    if (path.empty()) {
      return Fail(ErrorCode::kNotFound, "{}: no tokenizer.json in the folder", checkpoint.path());
    }
    return FromFile(path);
  }
  FP_ASSIGN_OR_RETURN(GgufTokenizer from,
                      ReadGgufTokenizer(checkpoint.gguf()->metadata(), checkpoint.path()));
  const auto text_of = [&](int32_t id) {
    return from.definition.vocabulary[static_cast<size_t>(id)].first;
  };
  Json config = ConfigOf(from.special, from.unknown, from.padding, text_of);
  config["add_bos_token"] = from.adds_bos;
  config["add_eos_token"] = from.adds_eos;
  if (!from.chat_template.empty()) config["chat_template"] = from.chat_template;
  FP_ASSIGN_OR_RETURN(auto impl, Impl::Make(std::move(from.definition)));
  impl->special = from.special;
  impl->tokenizer_config_json = DumpJson(config);
  impl->description += " from the metadata of " + checkpoint.path();
  return Tokenizer(std::move(impl));
}

Result<std::string> Tokenizer::ToTokenizerJson() const {
  if (!impl_->tokenizer_json.empty()) return impl_->tokenizer_json;
  return WriteTokenizerJson(impl_->definition);
}

Result<std::string> Tokenizer::ToTokenizerConfigJson() const {
  if (!impl_->tokenizer_config_json.empty()) return impl_->tokenizer_config_json;
  return DumpJson(ConfigOf(impl_->special, std::nullopt, std::nullopt,
                           [&](int32_t id) { return TokenText(id).value_or(""); }));
}

}  // namespace fairprune
