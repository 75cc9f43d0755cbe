// Reading and writing tokenizer.json.
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "tokenizer/definition.h"

namespace fairprune {

TokenizerDefinition::TokenizerDefinition() : document(std::make_unique<Json>()) {}
TokenizerDefinition::TokenizerDefinition(TokenizerDefinition&&) noexcept = default;
TokenizerDefinition& TokenizerDefinition::operator=(TokenizerDefinition&&) noexcept = default;
TokenizerDefinition::~TokenizerDefinition() = default;

namespace {

constexpr size_t kMaxDepth = 64;
// Tables are indexed by id; the largest vocabularies have some 10^6 tokens.
constexpr int64_t kMaxId = int64_t{1} << 24;

// Receives the parser's events. model.vocab (when it is an object) and model.merges go into the
// definition's tables; everything else becomes a document. An ordered object looks its keys up one
// by one, which a table of 10^5 tokens cannot afford.
class Reader : public nlohmann::json_sax<Json> {
 public:
  explicit Reader(TokenizerDefinition& definition) : definition_(definition) {}

  std::string error;

  bool null() override { return Value(nullptr); }
  bool boolean(bool value) override { return Value(value); }
  bool number_integer(number_integer_t value) override { return Integer(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<int64_t>::max())) {
      return Value(value);
    }
    return Integer(static_cast<int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return Value(value); }
  bool binary(binary_t&) override { return Refuse("binary value"); }

  bool string(string_t& value) override {
    if (!in_table_) return Value(std::move(value));
    if (table_ != "merges") return Refuse("model.vocab: an id is not an integer");
    if (table_depth_ == 2) {
      pair_.push_back(std::move(value));
      return true;
    }
    return MergeLine(value);
  }

  bool start_object(std::size_t) override {
    if (in_table_) return Refuse("model." + table_ + ": unexpected object");
    if (AtTable("vocab")) {
      EnterTable("vocab");
      return true;
    }
    return Open(Json::object());
  }

  bool key(string_t& value) override {
    key_ = std::move(value);
    if (in_table_) return seen_.insert(key_).second || Refuse("duplicate token '" + key_ + "'");
    return !stack_.back()->contains(key_) || Refuse("duplicate key '" + key_ + "'");
  }

  bool end_object() override {
    if (in_table_) return LeaveTable();
    if (stack_.back() == model_) model_ = nullptr;
    stack_.pop_back();
    return true;
  }

  bool start_array(std::size_t) override {
    if (in_table_) {
      if (table_ != "merges" || table_depth_ != 1) {
        return Refuse("model." + table_ + ": unexpected array");
      }
      table_depth_ = 2;
      pair_.clear();
      return true;
    }
    if (AtTable("merges")) {
      EnterTable("merges");
      return true;
    }
    return Open(Json::array());
  }

  bool end_array() override {
    if (in_table_ && table_depth_ == 2) {
      table_depth_ = 1;
      if (pair_.size() != 2) return Refuse("model.merges: a merge is not a pair");
      definition_.merges.emplace_back(std::move(pair_[0]), std::move(pair_[1]));
      return true;
    }
    if (in_table_) return LeaveTable();
    stack_.pop_back();
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& cause) override {
    error = fmt::format("byte {}: {}", position, cause.what());
    return false;
  }

 private:
  bool Refuse(std::string why) {
    error = std::move(why);
    return false;
  }

  // Whether the value that begins now is the member `name` of the document's "model".
  bool AtTable(std::string_view name) const {
    return stack_.size() == 2 && model_ != nullptr && stack_.back() == model_ && key_ == name;
  }

  void EnterTable(std::string name) {
    in_table_ = true;
    table_ = std::move(name);
    table_depth_ = 1;
    (*model_)[table_] = nullptr;  // keeps the member's place
  }

  bool LeaveTable() {
    in_table_ = false;
    return true;
  }

  bool Integer(int64_t value) {
    if (!in_table_) return Value(value);
    if (table_ != "vocab") return Refuse("model.merges: a merge is not a string");
    if (value < 0 || value > kMaxId) {
      return Refuse(fmt::format("model.vocab: id {} of '{}' is out of range", value, key_));
    }
    definition_.vocabulary.emplace_back(key_, static_cast<int32_t>(value));
    return true;
  }

  bool MergeLine(const std::string& line) {
    const size_t space = line.find(' ');
    if (space == line.npos || line.find(' ', space + 1) != line.npos) {
      return Refuse("model.merges: '" + line + "' is not two tokens with a space between");
    }
    definition_.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
    return true;
  }

  template <typename T>
  bool Value(T&& value) {
    if (in_table_) return Refuse("model." + table_ + ": unexpected value");
    Place(Json(std::forward<T>(value)));
    return true;
  }

  Json* Place(Json value) {
    if (stack_.empty()) {
      *definition_.document = std::move(value);
      return definition_.document.get();
    }
    Json& parent = *stack_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }

  bool Open(Json container) {
    if (stack_.size() >= kMaxDepth) return Refuse("nested too deeply");
    const bool is_model = stack_.size() == 1 && key_ == "model" && container.is_object();
    stack_.push_back(Place(std::move(container)));
    if (is_model) model_ = stack_.back();
    return true;
  }

  TokenizerDefinition& definition_;
  std::vector<Json*> stack_;
  Json* model_ = nullptr;
  std::string key_;
  bool in_table_ = false;
  std::string table_;
  int table_depth_ = 0;
  std::vector<std::string> pair_;
  std::unordered_set<std::string> seen_;
};

Result<AddedToken> ParseAddedToken(const Json& spec, const std::string& source) {
  AddedToken token;
  FP_ASSIGN_OR_RETURN(const int64_t id, GetInt(spec, "id", source));
  if (id < 0 || id > kMaxId) {
    return Fail(ErrorCode::kBadFormat, "{}: id {} is out of range", source, id);
  }
  token.id = static_cast<int32_t>(id);
  FP_ASSIGN_OR_RETURN(token.content, GetString(spec, "content", source));
  FP_ASSIGN_OR_RETURN(token.single_word, GetBool(spec, "single_word", source));
  FP_ASSIGN_OR_RETURN(token.lstrip, GetBool(spec, "lstrip", source));
  FP_ASSIGN_OR_RETURN(token.rstrip, GetBool(spec, "rstrip", source));
  FP_ASSIGN_OR_RETURN(token.normalized, GetBool(spec, "normalized", source));
  FP_ASSIGN_OR_RETURN(token.special, GetBool(spec, "special", source));
  return token;
}

Status TakeAddedTokens(TokenizerDefinition& definition) {
  Json& document = *definition.document;
  const auto list = document.find("added_tokens");
  if (list == document.end() || list->is_null()) return {};
  if (!list->is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: added_tokens is not an array", definition.source);
  }
  for (const Json& spec : *list) {
    FP_ASSIGN_OR_RETURN(AddedToken token,
                        ParseAddedToken(spec, definition.source + ": added_tokens"));
    definition.added_tokens.push_back(std::move(token));
  }
  *list = nullptr;
  return {};
}

}  // namespace

Result<TokenizerDefinition> ParseTokenizerJson(std::string_view text, const std::string& source) {
  TokenizerDefinition definition;
  definition.source = source;
  Reader reader(definition);
  if (!Json::sax_parse(text.begin(), text.end(), &reader)) {
    return Fail(ErrorCode::kBadFormat, "{}: {}", source, reader.error);
  }
  if (!definition.document->is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: not a JSON object", source);
  }
  const auto model = definition.document->find("model");
  if (model == definition.document->end() || !model->is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: no 'model' object; is this a tokenizer.json?", source);
  }
  FP_RETURN_IF_ERROR(TakeAddedTokens(definition));
  return definition;
}

}  // namespace fairprune
