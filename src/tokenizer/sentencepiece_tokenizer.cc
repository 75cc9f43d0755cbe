#include "tokenizer/sentencepiece_tokenizer.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "tokenizer/merges_from_scores.h"
#include "tokenizer/sentencepiece_model.h"
#include "tokenizer/tokenizer_settings.h"

namespace fairprune {
namespace {

// Nothing that is left out here may change an id or a decoded text.
Status CheckSupported(const SentencePieceModel& model, const std::string& path) {
  const auto refuse = [&](std::string_view what) {
    return Fail(ErrorCode::kUnsupported, "{}: {} is not supported", path, what);
  };
  if (model.type == SentencePieceModel::Type::kWord) return refuse("model_type WORD");
  if (model.type == SentencePieceModel::Type::kChar) return refuse("model_type CHAR");
  if (!model.precompiled_charsmap.empty()) {
    return refuse("normalizer '" + model.normalizer_name + "', which changes characters,");
  }
  if (!model.denormalizer_charsmap.empty()) return refuse("a denormalizer");
  if (model.remove_extra_whitespaces) return refuse("remove_extra_whitespaces");
  if (!model.escape_whitespaces) return refuse("escape_whitespaces false");
  if (model.treat_whitespace_as_suffix) return refuse("treat_whitespace_as_suffix");
  return {};
}

Result<bool> IsGemma(const TokenizerSettings& settings, const std::string& path) {
  constexpr std::array<std::string_view, 5> kGeneric = {"", "LlamaTokenizer", "CodeLlamaTokenizer",
                                                        "PreTrainedTokenizer", "TokenizersBackend"};
  const std::string& name = settings.tokenizer_class;
  if (name == "GemmaTokenizer") return true;
  if (std::find(kGeneric.begin(), kGeneric.end(), name) != kGeneric.end()) return false;
  return Fail(ErrorCode::kUnsupported,
              "{}: tokenizer_class '{}' of the tokenizer_config.json beside it is not supported "
              "(LlamaTokenizer, CodeLlamaTokenizer, GemmaTokenizer, PreTrainedTokenizerFast are)",
              path, name);
}

Status CheckBytePieces(const SentencePieceModel& model, const std::string& path) {
  const auto num_bytes =
      std::count_if(model.pieces.begin(), model.pieces.end(),
                    [](const SentencePiece& piece) { return piece.type == PieceType::kByte; });
  if (!model.byte_fallback || num_bytes == 256) return {};
  return Fail(ErrorCode::kBadFormat, "{}: byte_fallback with {} byte pieces; expected 256", path,
              num_bytes);
}

Status WriteTables(const SentencePieceModel& model, TokenizerParts& parts) {
  TokenizerDefinition& definition = parts.definition;
  std::vector<std::string_view> texts;
  std::vector<float> scores;
  for (size_t i = 0; i < model.pieces.size(); ++i) {
    const SentencePiece& piece = model.pieces[i];
    const auto id = static_cast<int32_t>(i);
    definition.vocabulary.emplace_back(piece.text, id);
    texts.push_back(piece.text);
    scores.push_back(piece.score);
    if (piece.type != PieceType::kControl && piece.type != PieceType::kUserDefined &&
        piece.type != PieceType::kUnknown) {
      continue;
    }
    AddedToken added;
    added.id = id;
    added.content = piece.text;
    added.special = piece.type != PieceType::kUserDefined;
    definition.added_tokens.push_back(std::move(added));
  }
  if (model.type == SentencePieceModel::Type::kUnigram) {
    definition.scores.assign(scores.begin(), scores.end());
    return {};
  }
  FP_ASSIGN_OR_RETURN(definition.merges, MergesFromScores(texts, scores, definition.source));
  return {};
}

std::optional<int32_t> IdOrNone(int32_t id) {
  return id < 0 ? std::nullopt : std::optional<int32_t>(id);
}

}  // namespace

Result<TokenizerParts> ReadSentencePieceTokenizer(std::string_view content,
                                                  const std::string& path) {
  FP_ASSIGN_OR_RETURN(const SentencePieceModel model, ParseSentencePieceModel(content, path));
  FP_RETURN_IF_ERROR(CheckSupported(model, path));
  FP_RETURN_IF_ERROR(CheckBytePieces(model, path));
  const std::string folder = FolderOf(path);
  FP_ASSIGN_OR_RETURN(const TokenizerSettings settings, ReadTokenizerSettings(folder));
  FP_ASSIGN_OR_RETURN(const bool is_gemma, IsGemma(settings, path));
  TokenizerParts parts;
  parts.definition.source = path;
  FP_RETURN_IF_ERROR(WriteTables(model, parts));
  FP_RETURN_IF_ERROR(AddTokensOfSettings(settings, parts.definition));
  parts.unknown = IdOrNone(model.unk_id);
  parts.padding = IdOrNone(model.pad_id);
  FP_ASSIGN_OR_RETURN(parts.special,
                      ReadSpecialTokens(folder, LookupIn(parts.definition),
                                        {IdOrNone(model.bos_id), IdOrNone(model.eos_id)}));
  SetEnds(settings.add_bos_token.value_or(true), settings.add_eos_token.value_or(false), parts);
  parts.folder_settings = settings.text;
  SentencePieceSpec spec;
  spec.is_unigram = model.type == SentencePieceModel::Type::kUnigram;
  spec.byte_fallback = model.byte_fallback;
  spec.adds_prefix = !is_gemma && settings.add_prefix_space.value_or(model.add_dummy_prefix);
  spec.legacy = is_gemma || settings.legacy.value_or(true);
  WriteSentencePieceDocument(spec, parts);
  return parts;
}

}  // namespace fairprune
