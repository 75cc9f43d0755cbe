#include "tokenizer/unigram_model.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/component_spec.h"
#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

// What an unknown character costs beyond the least probable token.
constexpr double kUnknownPenalty = 10.0;

}  // namespace

Result<UnigramModel> UnigramModel::Make(const TokenizerDefinition& definition) {
  UnigramModel model;
  model.source_ = definition.source;
  const std::string place = definition.source + ": model Unigram";
  const Json& spec = definition.document->at("model");
  FP_RETURN_IF_ERROR(CheckMembers(spec, {"unk_id", "byte_fallback", "vocab", "merges"}, place));
  const auto& vocabulary = definition.vocabulary;
  if (definition.scores.size() != vocabulary.size()) {
    return Fail(ErrorCode::kBadFormat,
                "{}: {} tokens with {} scores; expected [token, score] pairs", place,
                vocabulary.size(), definition.scores.size());
  }
  model.scores_ = definition.scores;
  std::vector<std::pair<std::string_view, int32_t>> entries;
  entries.reserve(vocabulary.size());
  double least = std::numeric_limits<double>::infinity();
  for (size_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view token = vocabulary[id].first;
    if (vocabulary[id].second != static_cast<int32_t>(id)) {
      return Fail(ErrorCode::kBadFormat, "{}: token {} has id {}", place, id,
                  vocabulary[id].second);
    }
    model.vocabulary_[token] = static_cast<int32_t>(id);
    entries.emplace_back(token, static_cast<int32_t>(id));
    least = std::min(least, model.scores_[id]);
  }
  model.unknown_score_ = least - kUnknownPenalty;
  model.trie_ = ByteTrie(std::move(entries));
  if (spec.contains("unk_id") && !spec.at("unk_id").is_null()) {
    FP_ASSIGN_OR_RETURN(const int64_t id, GetInt(spec, "unk_id", place));
    if (id < 0 || static_cast<size_t>(id) >= vocabulary.size()) {
      return Fail(ErrorCode::kBadFormat, "{}: unk_id {} is not in the vocabulary of {}", place, id,
                  vocabulary.size());
    }
    model.unknown_id_ = static_cast<int32_t>(id);
  }
  FP_ASSIGN_OR_RETURN(const bool byte_fallback, BoolOr(spec, "byte_fallback", false, place));
  for (size_t byte = 0; byte < 256; ++byte) {
    const auto id = model.Find(fmt::format("<0x{:02X}>", byte));
    model.byte_fallback_[byte] = byte_fallback ? id.value_or(-1) : -1;
  }
  return model;
}

std::optional<int32_t> UnigramModel::Find(std::string_view token) const {
  const auto found = vocabulary_.find(token);
  if (found == vocabulary_.end()) return std::nullopt;
  return found->second;
}

Status UnigramModel::FindBestPaths(std::string_view word, std::vector<BestPath>& paths) const {
  paths.assign(word.size() + 1, BestPath{});
  for (size_t at = 0; at < word.size();) {
    const double score_here = paths[at].score;
    const size_t num_bytes = DecodeAt(word, at).num_bytes;
    const auto reach = [&](size_t end, double score, int32_t id) {
      BestPath& path = paths[end];
      if (path.begin < 0 || score > path.score) path = {score, static_cast<int32_t>(at), id};
    };
    bool is_token = false;  // the character on its own
    trie_.ForEachPrefix(word.substr(at), [&](size_t length, int32_t id) {
      reach(at + length, scores_[static_cast<size_t>(id)] + score_here, id);
      is_token = is_token || length == num_bytes;
    });
    if (!is_token) {
      const double score = unknown_score_ + score_here;
      const BestPath& path = paths[at + num_bytes];
      if (unknown_id_ < 0 && (path.begin < 0 || score > path.score)) {
        return Fail(ErrorCode::kInvalidArgument,
                    "text to encode: '{}' is not in the vocabulary of {}, which has no unk_id",
                    word.substr(at, num_bytes), source_);
      }
      reach(at + num_bytes, score, unknown_id_);
    }
    at += num_bytes;
  }
  return {};
}

void UnigramModel::AppendPiece(std::string_view piece, std::vector<int32_t>& out) const {
  if (const auto id = Find(piece)) {
    out.push_back(*id);
    return;
  }
  const auto has_id = [&](char byte) { return byte_fallback_[static_cast<uint8_t>(byte)] >= 0; };
  if (!std::all_of(piece.begin(), piece.end(), has_id)) {
    out.push_back(unknown_id_);
    return;
  }
  for (const char byte : piece) out.push_back(byte_fallback_[static_cast<uint8_t>(byte)]);
}

Status UnigramModel::Encode(std::string_view word, ModelScratch& scratch,
                            std::vector<int32_t>& out) const {
  std::vector<BestPath>& paths = scratch.paths;
  FP_RETURN_IF_ERROR(FindBestPaths(word, paths));
  std::vector<int32_t>& ends = scratch.reversed;  // of the pieces, from the last to the first
  ends.clear();
  bool previous_unknown = false;
  for (auto end = static_cast<int32_t>(word.size()); end > 0;) {
    const BestPath& path = paths[static_cast<size_t>(end)];
    // Adjacent unknown pieces are one; the unknown token's own text counts as unknown.
    const bool unknown = path.id == unknown_id_ && unknown_id_ >= 0;
    if (!(unknown && previous_unknown)) ends.push_back(end);
    previous_unknown = unknown;
    end = path.begin;
  }
  size_t begin = 0;
  for (auto end = ends.rbegin(); end != ends.rend(); ++end) {
    AppendPiece(word.substr(begin, static_cast<size_t>(*end) - begin), out);
    begin = static_cast<size_t>(*end);
  }
  return {};
}

}  // namespace fairprune
