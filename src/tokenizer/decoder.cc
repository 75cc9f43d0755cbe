#include "tokenizer/decoder.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

// Tokens become the bytes that they spell; a token with a character outside the alphabet stays as
// it is (an added token with a space, say). Bytes of all tokens are read as UTF-8 together.
class ByteLevelDecoder : public Decoder {
 public:
  std::vector<std::string> Decode(std::vector<std::string> tokens) const override {
    std::string bytes;
    for (const std::string& token : tokens) {
      const std::optional<std::string> spelled = AlphabetToBytes(token);
      bytes += spelled ? *spelled : token;
    }
    return {Utf8Lossy(bytes)};
  }
};

class SequenceDecoder : public Decoder {
 public:
  explicit SequenceDecoder(std::vector<std::unique_ptr<Decoder>> steps)
      : steps_(std::move(steps)) {}

  std::vector<std::string> Decode(std::vector<std::string> tokens) const override {
    for (const auto& step : steps_) tokens = step->Decode(std::move(tokens));
    return tokens;
  }

 private:
  std::vector<std::unique_ptr<Decoder>> steps_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> MakeDecoder(const Json& spec, const std::string& source) {
  if (spec.is_null()) return std::unique_ptr<Decoder>();
  FP_ASSIGN_OR_RETURN(const std::string type, GetString(spec, "type", source + ": decoder"));
  if (type == "ByteLevel") return std::make_unique<ByteLevelDecoder>();
  if (type != "Sequence") {
    return Fail(ErrorCode::kUnsupported, "{}: decoder '{}' is not supported", source, type);
  }
  const auto list = spec.find("decoders");
  if (list == spec.end() || !list->is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: decoder Sequence: no 'decoders' array", source);
  }
  std::vector<std::unique_ptr<Decoder>> steps;
  for (const Json& member : *list) {
    FP_ASSIGN_OR_RETURN(auto step, MakeDecoder(member, source));
    if (step != nullptr) steps.push_back(std::move(step));
  }
  return std::make_unique<SequenceDecoder>(std::move(steps));
}

}  // namespace fairprune
