#include "tokenizer/sentencepiece_model.h"

#include <cmath>
#include <unordered_map>

#include "tokenizer/wire_reader.h"

namespace fairprune {
namespace {

Result<PieceType> ReadPieceType(const WireReader& reader, const WireField& field) {
  FP_ASSIGN_OR_RETURN(const int32_t type, reader.Int32(field, "a piece's type"));
  if (type < 1 || type > 6) {
    return Fail(ErrorCode::kUnsupported,
                "{}: offset {}: piece type {} is not supported (1 to 6 are)", reader.source(),
                field.offset, type);
  }
  return static_cast<PieceType>(type);
}

Result<SentencePiece> ReadPiece(WireReader reader) {
  SentencePiece piece;
  while (!reader.AtEnd()) {
    FP_ASSIGN_OR_RETURN(const WireField field, reader.Next());
    if (field.number == 1) {
      FP_ASSIGN_OR_RETURN(piece.text, reader.Text(field, "a piece's text"));
    } else if (field.number == 2) {
      FP_ASSIGN_OR_RETURN(piece.score, reader.Float(field, "a piece's score"));
    } else if (field.number == 3) {
      FP_ASSIGN_OR_RETURN(piece.type, ReadPieceType(reader, field));
    }
  }
  return piece;
}

Status ReadModelType(const WireReader& reader, const WireField& field, SentencePieceModel& model) {
  FP_ASSIGN_OR_RETURN(const int32_t type, reader.Int32(field, "trainer_spec.model_type"));
  if (type < 1 || type > 4) {
    return Fail(ErrorCode::kUnsupported, "{}: model_type {} is not supported", reader.source(),
                type);
  }
  model.type = static_cast<SentencePieceModel::Type>(type);
  return {};
}

Status ReadTrainerSpec(WireReader reader, SentencePieceModel& model) {
  while (!reader.AtEnd()) {
    FP_ASSIGN_OR_RETURN(const WireField field, reader.Next());
    const auto read_int = [&](int32_t& to, std::string_view what) -> Status {
      FP_ASSIGN_OR_RETURN(to, reader.Int32(field, what));
      return {};
    };
    const auto read_bool = [&](bool& to, std::string_view what) -> Status {
      FP_ASSIGN_OR_RETURN(to, reader.Bool(field, what));
      return {};
    };
    const auto read_text = [&](std::string& to, std::string_view what) -> Status {
      FP_ASSIGN_OR_RETURN(to, reader.Text(field, what));
      return {};
    };
    Status status;
    switch (field.number) {
      case 3:
        status = ReadModelType(reader, field, model);
        break;
      case 24:
        status = read_bool(model.treat_whitespace_as_suffix, "treat_whitespace_as_suffix");
        break;
      case 35:
        status = read_bool(model.byte_fallback, "trainer_spec.byte_fallback");
        break;
      case 40:
        status = read_int(model.unk_id, "trainer_spec.unk_id");
        break;
      case 41:
        status = read_int(model.bos_id, "trainer_spec.bos_id");
        break;
      case 42:
        status = read_int(model.eos_id, "trainer_spec.eos_id");
        break;
      case 43:
        status = read_int(model.pad_id, "trainer_spec.pad_id");
        break;
      case 45:
        status = read_text(model.unk_piece, "trainer_spec.unk_piece");
        break;
      case 46:
        status = read_text(model.bos_piece, "trainer_spec.bos_piece");
        break;
      case 47:
        status = read_text(model.eos_piece, "trainer_spec.eos_piece");
        break;
      case 48:
        status = read_text(model.pad_piece, "trainer_spec.pad_piece");
        break;
      default:
        break;
    }
    FP_RETURN_IF_ERROR(std::move(status));
  }
  return {};
}

Status ReadNormalizerSpec(WireReader reader, SentencePieceModel& model) {
  while (!reader.AtEnd()) {
    FP_ASSIGN_OR_RETURN(const WireField field, reader.Next());
    if (field.number == 1) {
      FP_ASSIGN_OR_RETURN(model.normalizer_name, reader.Text(field, "normalizer_spec.name"));
    } else if (field.number == 2) {
      FP_ASSIGN_OR_RETURN(model.precompiled_charsmap, reader.Bytes(field, "precompiled_charsmap"));
    } else if (field.number == 3) {
      FP_ASSIGN_OR_RETURN(model.add_dummy_prefix, reader.Bool(field, "add_dummy_prefix"));
    } else if (field.number == 4) {
      FP_ASSIGN_OR_RETURN(model.remove_extra_whitespaces,
                          reader.Bool(field, "remove_extra_whitespaces"));
    } else if (field.number == 5) {
      FP_ASSIGN_OR_RETURN(model.escape_whitespaces, reader.Bool(field, "escape_whitespaces"));
    }
  }
  return {};
}

Status ReadDenormalizerSpec(WireReader reader, SentencePieceModel& model) {
  while (!reader.AtEnd()) {
    FP_ASSIGN_OR_RETURN(const WireField field, reader.Next());
    if (field.number != 2) continue;
    FP_ASSIGN_OR_RETURN(model.denormalizer_charsmap,
                        reader.Bytes(field, "denormalizer_spec.precompiled_charsmap"));
  }
  return {};
}

Status CheckPieces(const SentencePieceModel& model, const std::string& source) {
  if (model.pieces.empty()) {
    return Fail(ErrorCode::kBadFormat, "{}: no pieces; is this a SentencePiece model?", source);
  }
  std::unordered_map<std::string_view, size_t> seen;
  for (size_t i = 0; i < model.pieces.size(); ++i) {
    const SentencePiece& piece = model.pieces[i];
    if (piece.text.empty()) return Fail(ErrorCode::kBadFormat, "{}: piece {} is empty", source, i);
    if (!std::isfinite(piece.score)) {
      return Fail(ErrorCode::kBadFormat, "{}: the score of piece {} ('{}') is not a finite number",
                  source, i, piece.text);
    }
    const auto [first, is_new] = seen.emplace(piece.text, i);
    if (!is_new) {
      return Fail(ErrorCode::kBadFormat, "{}: pieces {} and {} are the same: '{}'", source,
                  first->second, i, piece.text);
    }
  }
  struct Id {
    std::string_view name;
    int32_t value;
  };
  for (const Id id : {Id{"unk_id", model.unk_id}, Id{"bos_id", model.bos_id},
                      Id{"eos_id", model.eos_id}, Id{"pad_id", model.pad_id}}) {
    if (id.value >= 0 && static_cast<size_t>(id.value) >= model.pieces.size()) {
      return Fail(ErrorCode::kBadFormat, "{}: trainer_spec.{} is {}; there are {} pieces", source,
                  id.name, id.value, model.pieces.size());
    }
  }
  return {};
}

}  // namespace

Result<SentencePieceModel> ParseSentencePieceModel(std::string_view content,
                                                   const std::string& source) {
  SentencePieceModel model;
  WireReader reader(content, source);
  while (!reader.AtEnd()) {
    FP_ASSIGN_OR_RETURN(const WireField field, reader.Next());
    if (field.number == 1) {
      FP_RETURN_IF_ERROR(reader.Bytes(field, "a piece"));
      FP_ASSIGN_OR_RETURN(SentencePiece piece, ReadPiece(reader.Message(field)));
      model.pieces.push_back(std::move(piece));
    } else if (field.number == 2) {
      FP_RETURN_IF_ERROR(reader.Bytes(field, "trainer_spec"));
      FP_RETURN_IF_ERROR(ReadTrainerSpec(reader.Message(field), model));
    } else if (field.number == 3) {
      FP_RETURN_IF_ERROR(reader.Bytes(field, "normalizer_spec"));
      FP_RETURN_IF_ERROR(ReadNormalizerSpec(reader.Message(field), model));
    } else if (field.number == 5) {
      FP_RETURN_IF_ERROR(reader.Bytes(field, "denormalizer_spec"));
      FP_RETURN_IF_ERROR(ReadDenormalizerSpec(reader.Message(field), model));
    }
  }
  FP_RETURN_IF_ERROR(CheckPieces(model, source));
  return model;
}

}  // namespace fairprune
