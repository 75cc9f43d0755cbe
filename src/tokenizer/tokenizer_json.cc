// Reading and writing tokenizer.json.
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "tokenizer/component_spec.h"
#include "tokenizer/definition.h"

namespace fairprune {

TokenizerDefinition::TokenizerDefinition() : document(std::make_unique<Json>()) {}
TokenizerDefinition::TokenizerDefinition(TokenizerDefinition&&) noexcept = default;
TokenizerDefinition& TokenizerDefinition::operator=(TokenizerDefinition&&) noexcept = default;
TokenizerDefinition::~TokenizerDefinition() = default;

namespace {

constexpr size_t kMaxDepth = 64;
// Tables are indexed by id; the largest vocabularies have some 10^6 tokens.
constexpr int64_t kMaxId = int64_t{1} << 22;

// Receives the parser's events. model.vocab (an object of ids, or an array of [token, score]) and
// model.merges go into the definition's tables; everything else becomes a document. An ordered
// object looks its keys up one by one, which a table of 10^5 tokens cannot afford.
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
  bool number_float(number_float_t value, const string_t&) override {
    return table_ == Table::kPieces ? Score(value) : Value(value);
  }
  bool binary(binary_t&) override { return Refuse("binary value"); }

  bool string(string_t& value) override {
    if (table_ == Table::kNone) return Value(std::move(value));
    if (table_ == Table::kVocabulary) return Refuse("model.vocab: an id is not an integer");
    if (depth_ == 2) {
      pair_.push_back(std::move(value));
      return true;
    }
    if (table_ == Table::kMerges) return MergeLine(value);
    return Refuse(kNoPiece);
  }

  bool start_object(std::size_t) override {
    if (table_ != Table::kNone) return Refuse("model." + TableName() + ": unexpected object");
    if (AtMember("vocab")) return EnterTable(Table::kVocabulary);
    return Open(Json::object());
  }

  bool key(string_t& value) override {
    key_ = std::move(value);
    if (table_ != Table::kNone) {
      return seen_.insert(key_).second || Refuse("duplicate token '" + key_ + "'");
    }
    return !stack_.back()->contains(key_) || Refuse("duplicate key '" + key_ + "'");
  }

  bool end_object() override {
    if (table_ != Table::kNone) return LeaveTable();
    if (stack_.back() == model_) model_ = nullptr;
    stack_.pop_back();
    return true;
  }

  bool start_array(std::size_t) override {
    if (table_ != Table::kNone) {
      if (table_ == Table::kVocabulary || depth_ != 1) {
        return Refuse("model." + TableName() + ": unexpected array");
      }
      depth_ = 2;
      pair_.clear();
      num_scores_ = 0;
      return true;
    }
    if (AtMember("vocab")) return EnterTable(Table::kPieces);
    if (AtMember("merges")) return EnterTable(Table::kMerges);
    return Open(Json::array());
  }

  bool end_array() override {
    if (table_ != Table::kNone && depth_ == 2) {
      depth_ = 1;
      return table_ == Table::kMerges ? AddMerge() : AddPiece();
    }
    if (table_ != Table::kNone) return LeaveTable();
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

  enum class Table { kNone, kVocabulary, kPieces, kMerges };
  static constexpr const char* kNoPiece = "model.vocab: an entry is not a [token, score] pair";

  // Whether the value that begins now is the member `name` of the document's "model".
  bool AtMember(std::string_view name) const {
    return stack_.size() == 2 && model_ != nullptr && stack_.back() == model_ && key_ == name;
  }

  std::string TableName() const { return table_ == Table::kMerges ? "merges" : "vocab"; }

  bool EnterTable(Table table) {
    table_ = table;
    depth_ = 1;
    (*model_)[TableName()] = nullptr;  // keeps the member's place
    return true;
  }

  bool LeaveTable() {
    table_ = Table::kNone;
    return true;
  }

  bool Integer(int64_t value) {
    if (table_ == Table::kNone) return Value(value);
    if (table_ == Table::kPieces) return Score(static_cast<double>(value));
    if (table_ == Table::kMerges) return Refuse("model.merges: a merge is not a string");
    if (value < 0 || value > kMaxId) {
      return Refuse(fmt::format("model.vocab: id {} of '{}' is out of range", value, key_));
    }
    definition_.vocabulary.emplace_back(key_, static_cast<int32_t>(value));
    return true;
  }

  bool Score(double value) {
    if (depth_ != 2 || pair_.size() != 1) return Refuse(kNoPiece);
    score_ = value;
    ++num_scores_;
    return true;
  }

  bool AddPiece() {
    if (pair_.size() != 1 || num_scores_ != 1) return Refuse(kNoPiece);
    const auto id = static_cast<int64_t>(definition_.vocabulary.size());
    if (id > kMaxId) return Refuse("model.vocab: too many tokens");
    definition_.vocabulary.emplace_back(std::move(pair_[0]), static_cast<int32_t>(id));
    definition_.scores.push_back(score_);
    return true;
  }

  bool AddMerge() {
    if (pair_.size() != 2) return Refuse("model.merges: a merge is not a pair");
    definition_.merges.emplace_back(std::move(pair_[0]), std::move(pair_[1]));
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
    if (table_ != Table::kNone) return Refuse("model." + TableName() + ": unexpected value");
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
  Table table_ = Table::kNone;
  int depth_ = 0;                  // of arrays in the table
  std::vector<std::string> pair_;  // strings of the inner array
  double score_ = 0.0;
  int num_scores_ = 0;
  std::unordered_set<std::string> seen_;
};

Result<AddedToken> ParseAddedToken(const Json& spec, const std::string& source) {
  AddedToken token;
  FP_RETURN_IF_ERROR(CheckMembers(
      spec, {"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"}, source));
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

Status CheckTopLevel(const TokenizerDefinition& definition) {
  const Json& document = *definition.document;
  FP_RETURN_IF_ERROR(CheckMembers(document,
                                  {"version", "truncation", "padding", "added_tokens", "normalizer",
                                   "pre_tokenizer", "post_processor", "decoder", "model"},
                                  definition.source));
  const auto version = document.find("version");
  if (version == document.end() || *version == "1.0") return {};
  return Fail(ErrorCode::kUnsupported, "{}: version {} is not supported (\"1.0\" is)",
              definition.source, DumpJson(*version, -1));
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
  FP_RETURN_IF_ERROR(CheckTopLevel(definition));
  FP_RETURN_IF_ERROR(TakeAddedTokens(definition));
  return definition;
}

}  // namespace fairprune
