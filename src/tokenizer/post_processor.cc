#include "tokenizer/post_processor.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "tokenizer/component_spec.h"

namespace fairprune {
namespace {

// Ids of one special token of the template's "special_tokens" table.
Status AppendSpecial(const Json& table, const std::string& name, const std::string& source,
                     std::vector<int32_t>& out) {
  const auto entry = table.find(name);
  if (entry == table.end() || !entry->is_object() || !entry->contains("ids") ||
      !entry->at("ids").is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: no ids for special token '{}'", source, name);
  }
  for (const Json& id : entry->at("ids")) {
    if (!id.is_number_integer() || id < 0 || id > std::numeric_limits<int32_t>::max()) {
      return Fail(ErrorCode::kBadFormat, "{}: special token '{}': an id is not an integer", source,
                  name);
    }
    out.push_back(id.get<int32_t>());
  }
  return {};
}

Status AddTemplate(const Json& spec, const std::string& source, PostProcessor& processor) {
  FP_RETURN_IF_ERROR(CheckMembers(spec, {"single", "pair", "special_tokens"}, source));
  if (processor.has_template) {
    // The library takes the parts that the first one made for several texts.
    return Fail(ErrorCode::kUnsupported, "{}: a second one is not supported", source);
  }
  processor.has_template = true;
  const auto single = spec.find("single");
  const auto table = spec.find("special_tokens");
  if (single == spec.end() || !single->is_array() || table == spec.end() || !table->is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: no 'single' array or 'special_tokens' object", source);
  }
  std::vector<int32_t> before;
  std::vector<int32_t> after;
  int num_texts = 0;
  for (const Json& piece : *single) {
    if (piece.is_object() && piece.contains("Sequence")) {
      FP_ASSIGN_OR_RETURN(const std::string text, GetString(piece.at("Sequence"), "id", source));
      if (text != "A") {
        return Fail(ErrorCode::kBadFormat, "{}: 'single' holds the text '{}'; expected A", source,
                    text);
      }
      ++num_texts;
      continue;
    }
    if (!piece.is_object() || !piece.contains("SpecialToken")) {
      return Fail(ErrorCode::kBadFormat, "{}: 'single' holds neither Sequence nor SpecialToken",
                  source);
    }
    FP_ASSIGN_OR_RETURN(const std::string name, GetString(piece.at("SpecialToken"), "id", source));
    FP_RETURN_IF_ERROR(AppendSpecial(*table, name, source, num_texts == 0 ? before : after));
  }
  if (num_texts != 1) {
    return Fail(ErrorCode::kUnsupported, "{}: 'single' holds the text {} times; expected once",
                source, num_texts);
  }
  processor.before.insert(processor.before.begin(), before.begin(), before.end());
  processor.after.insert(processor.after.end(), after.begin(), after.end());
  return {};
}

Status Add(const Json& spec, const std::string& source, PostProcessor& processor) {
  FP_ASSIGN_OR_RETURN(const std::string type, GetString(spec, "type", source));
  if (type == "ByteLevel") {
    return CheckMembers(spec, {"add_prefix_space", "trim_offsets", "use_regex"},
                        source + " " + type);
  }
  if (type == "TemplateProcessing") return AddTemplate(spec, source + " " + type, processor);
  return Fail(ErrorCode::kUnsupported, "{} '{}' is not supported", source, type);
}

}  // namespace

Result<PostProcessor> MakePostProcessor(const Json& spec, const std::string& source) {
  PostProcessor processor;
  if (spec.is_null()) return processor;
  const std::string place = source + ": post_processor";
  FP_ASSIGN_OR_RETURN(const auto steps, FlattenSequence(spec, "processors", place));
  for (const Json* step : steps) FP_RETURN_IF_ERROR(Add(*step, place, processor));
  return processor;
}

}  // namespace fairprune
