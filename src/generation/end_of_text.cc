#include "generation/end_of_text.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "io/json.h"

namespace fairprune {
namespace {

Status AddId(int64_t id, const std::string& source, std::set<int32_t>& ids) {
  if (id < 0 || id > std::numeric_limits<int32_t>::max()) {
    return Fail(ErrorCode::kBadFormat, "{}: the end of text is token {}: expected an id", source,
                id);
  }
  ids.insert(static_cast<int32_t>(id));
  return {};
}

// "eos_token_id" of an object: absent, null, a number or a list of them.
Status AddFromJson(const Json& object, const std::string& source, std::set<int32_t>& ids) {
  if (!object.is_object()) return {};
  const auto found = object.find("eos_token_id");
  if (found == object.end() || found->is_null()) return {};
  const Json list = found->is_array() ? *found : Json::array({*found});
  for (const Json& id : list) {
    if (!id.is_number_integer()) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: \"eos_token_id\" must be a number or a list of them, found {}", source,
                  found->type_name());
    }
    FP_RETURN_IF_ERROR(AddId(id.get<int64_t>(), source, ids));
  }
  return {};
}

}  // namespace

Result<std::vector<int32_t>> EndOfTextIds(const Checkpoint& checkpoint,
                                          const Tokenizer* tokenizer) {
  std::set<int32_t> ids;
  if (tokenizer != nullptr && tokenizer->eos_id()) ids.insert(*tokenizer->eos_id());
  if (checkpoint.config() != nullptr) {
    FP_RETURN_IF_ERROR(AddFromJson(*checkpoint.config(), checkpoint.path() + "/config.json", ids));
  }
  if (const std::string path = checkpoint.SideFile("generation_config.json"); !path.empty()) {
    FP_ASSIGN_OR_RETURN(const Json generation, ReadJsonFile(path));
    FP_RETURN_IF_ERROR(AddFromJson(generation, path, ids));
  }
  if (const GgufFile* gguf = checkpoint.gguf(); gguf != nullptr) {
    for (const char* name : {"eos", "eot", "eom"}) {
      const std::string key = std::string("tokenizer.ggml.") + name + "_token_id";
      if (!gguf->Has(key)) continue;
      FP_ASSIGN_OR_RETURN(const int64_t id, gguf->Int(key));
      FP_RETURN_IF_ERROR(AddId(id, checkpoint.path(), ids));
    }
  }
  return std::vector<int32_t>(ids.begin(), ids.end());
}

}  // namespace fairprune
