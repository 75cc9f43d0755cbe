// Writing tokenizer.json.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "tokenizer/definition.h"

namespace fairprune {
namespace {

// Appends without looking for the key: an ordered object's own insertion is linear in its size.
void AppendMember(Json::object_t& object, const std::string& key, Json value) {
  object.emplace_back(key, std::move(value));
}

Json AddedTokensToJson(std::vector<AddedToken> tokens) {
  std::sort(tokens.begin(), tokens.end(),
            [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  Json list = Json::array();
  for (const AddedToken& token : tokens) {
    list.push_back({{"id", token.id},
                    {"content", token.content},
                    {"single_word", token.single_word},
                    {"lstrip", token.lstrip},
                    {"rstrip", token.rstrip},
                    {"normalized", token.normalized},
                    {"special", token.special}});
  }
  return list;
}

// A Unigram's vocabulary: [token, score] pairs in the order of their ids.
Json PiecesToJson(const TokenizerDefinition& definition) {
  Json pieces = Json::array();
  for (size_t id = 0; id < definition.vocabulary.size(); ++id) {
    pieces.push_back(Json::array({definition.vocabulary[id].first, definition.scores[id]}));
  }
  return pieces;
}

Json VocabularyToJson(const TokenizerDefinition& definition) {
  auto by_id = definition.vocabulary;
  std::stable_sort(by_id.begin(), by_id.end(),
                   [](const auto& a, const auto& b) { return a.second < b.second; });
  Json vocabulary = Json::object();
  for (const auto& [token, id] : by_id) {
    AppendMember(vocabulary.get_ref<Json::object_t&>(), token, id);
  }
  return vocabulary;
}

}  // namespace

std::string WriteTokenizerJson(const TokenizerDefinition& definition) {
  Json document = *definition.document;
  document["added_tokens"] = AddedTokensToJson(definition.added_tokens);
  Json& model = document["model"];
  if (model.value("type", "") == "Unigram") {
    model["vocab"] = PiecesToJson(definition);
    return DumpJson(document, 2);
  }
  model["vocab"] = VocabularyToJson(definition);
  Json merges = Json::array();
  for (const auto& [left, right] : definition.merges) merges.push_back(Json::array({left, right}));
  model["merges"] = std::move(merges);
  return DumpJson(document, 2);
}

}  // namespace fairprune
