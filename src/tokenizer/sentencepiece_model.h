// A SentencePiece model file (tokenizer.model): the protocol buffer ModelProto of
// sentencepiece_model.proto, as far as tokenizing needs it.
//
//   ModelProto      1 pieces (repeated SentencePiece), 2 trainer_spec, 3 normalizer_spec,
//                   5 denormalizer_spec
//   SentencePiece   1 piece, 2 score, 3 type
//   TrainerSpec     3 model_type, 24 treat_whitespace_as_suffix, 35 byte_fallback,
//                   40–43 unk, bos, eos, pad id, 45–48 unk, bos, eos, pad piece
//   NormalizerSpec  1 name, 2 precompiled_charsmap, 3 add_dummy_prefix,
//                   4 remove_extra_whitespaces, 5 escape_whitespaces
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fairprune {

enum class PieceType {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

struct SentencePiece {
  std::string text;  // valid UTF-8, not empty
  float score = 0;
  PieceType type = PieceType::kNormal;
};

// The defaults are those of the format: a field that a file leaves out has them.
struct SentencePieceModel {
  enum class Type { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };

  std::vector<SentencePiece> pieces;  // by id; each text once
  Type type = Type::kUnigram;
  bool byte_fallback = false;
  bool treat_whitespace_as_suffix = false;
  int32_t unk_id = 0;  // -1, here and below: there is none
  int32_t bos_id = 1;
  int32_t eos_id = 2;
  int32_t pad_id = -1;
  std::string unk_piece = "<unk>";
  std::string bos_piece = "<s>";
  std::string eos_piece = "</s>";
  std::string pad_piece = "<pad>";

  std::string normalizer_name;
  std::string precompiled_charsmap;  // empty: characters stay as they are
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
  std::string denormalizer_charsmap;  // empty: decoded text stays as it is
};

// Parses the bytes of such a file; `source` names them in errors. Fields that are not listed above
// are passed over. Errors: kBadFormat (source, offset, field, what was expected), kUnsupported (a
// piece type or model type beyond those above).
Result<SentencePieceModel> ParseSentencePieceModel(std::string_view content,
                                                   const std::string& source);

}  // namespace fairprune
