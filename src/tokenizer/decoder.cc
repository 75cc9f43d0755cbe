#include "tokenizer/decoder.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/component_spec.h"
#include "tokenizer/metaspace.h"
#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

using Tokens = std::vector<std::string>;

// Tokens become the bytes that they spell; a token with a character outside the alphabet stays as
// it is (an added token with a space, say). Bytes of all tokens are read as UTF-8 together.
class ByteLevelDecoder : public Decoder {
 public:
  Result<Tokens> Decode(Tokens tokens) const override {
    std::string bytes;
    for (const std::string& token : tokens) {
      const std::optional<std::string> spelled = AlphabetToBytes(token);
      bytes += spelled ? *spelled : token;
    }
    return Tokens{Utf8Lossy(bytes)};
  }
};

class ReplaceDecoder : public Decoder {
 public:
  ReplaceDecoder(Pattern pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}

  Result<Tokens> Decode(Tokens tokens) const override {
    std::string replaced;
    for (std::string& token : tokens) {
      FP_ASSIGN_OR_RETURN(const bool changed, pattern_.Replace(token, content_, replaced));
      if (changed) token = replaced;
    }
    return tokens;
  }

 private:
  Pattern pattern_;
  std::string content_;
};

// The byte of a token "<0xE2>". The library reads the two characters as a number with an optional
// sign, so that "<0x+2>" is a byte too.
std::optional<char> ByteOfToken(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  int value = 0;
  for (size_t i = 3; i < 5; ++i) {
    const char c = token[i];
    if (i == 3 && c == '+') continue;
    const bool is_digit = c >= '0' && c <= '9';
    const bool is_upper = c >= 'A' && c <= 'F';
    if (!is_digit && !is_upper && !(c >= 'a' && c <= 'f')) return std::nullopt;
    value = value * 16 + (is_digit ? c - '0' : is_upper ? c - 'A' + 10 : c - 'a' + 10);
  }
  return static_cast<char>(value);
}

// Runs of byte tokens become the text that they spell, or one U+FFFD per token.
class ByteFallbackDecoder : public Decoder {
 public:
  Result<Tokens> Decode(Tokens tokens) const override {
    Tokens out;
    std::string bytes;
    const auto flush = [&] {
      if (bytes.empty()) return;
      if (FindInvalidUtf8(bytes) == bytes.npos) {
        out.push_back(bytes);
      } else {
        out.insert(out.end(), bytes.size(), "\xEF\xBF\xBD");
      }
      bytes.clear();
    };
    for (std::string& token : tokens) {
      if (const std::optional<char> byte = ByteOfToken(token)) {
        bytes.push_back(*byte);
        continue;
      }
      flush();
      out.push_back(std::move(token));
    }
    flush();
    return out;
  }
};

class FuseDecoder : public Decoder {
 public:
  Result<Tokens> Decode(Tokens tokens) const override {
    std::string text;
    for (const std::string& token : tokens) text += token;
    return Tokens{std::move(text)};
  }
};

// Takes up to `start` characters `content` from the front of each token and up to `stop` from its
// end.
class StripDecoder : public Decoder {
 public:
  StripDecoder(std::string content, size_t start, size_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}

  Result<Tokens> Decode(Tokens tokens) const override {
    for (std::string& token : tokens) {
      std::string_view rest = token;
      for (size_t i = 0; i < start_ && rest.starts_with(content_); ++i) {
        rest.remove_prefix(content_.size());
      }
      for (size_t i = 0; i < stop_ && rest.ends_with(content_); ++i) {
        rest.remove_suffix(content_.size());
      }
      token = std::string(rest);
    }
    return tokens;
  }

 private:
  std::string content_;
  size_t start_;
  size_t stop_;
};

// The replacement becomes a space, except that the first token's are left out if the scheme put
// one there.
class MetaspaceDecoder : public Decoder {
 public:
  explicit MetaspaceDecoder(const MetaspaceOptions& options)
      : replacement_(options.replacement),
        drops_first_(options.prepend != MetaspaceOptions::Prepend::kNever) {}

  Result<Tokens> Decode(Tokens tokens) const override {
    bool is_first = true;
    for (std::string& token : tokens) {
      const bool drop = is_first && drops_first_;
      std::string out;
      for (size_t at = 0; at < token.size();) {
        if (token.compare(at, replacement_.size(), replacement_) == 0) {
          if (!drop) out.push_back(' ');
          at += replacement_.size();
        } else {
          out.push_back(token[at++]);
        }
      }
      token = std::move(out);
      is_first = false;
    }
    return tokens;
  }

 private:
  std::string replacement_;
  bool drops_first_;
};

class SequenceDecoder : public Decoder {
 public:
  explicit SequenceDecoder(std::vector<std::unique_ptr<Decoder>> steps)
      : steps_(std::move(steps)) {}

  Result<Tokens> Decode(Tokens tokens) const override {
    for (const auto& step : steps_) {
      FP_ASSIGN_OR_RETURN(tokens, step->Decode(std::move(tokens)));
    }
    return tokens;
  }

 private:
  std::vector<std::unique_ptr<Decoder>> steps_;
};

using Made = Result<std::unique_ptr<Decoder>>;

Made MakeReplace(const Json& spec, const std::string& place) {
  FP_RETURN_IF_ERROR(CheckMembers(spec, {"pattern", "content"}, place));
  FP_ASSIGN_OR_RETURN(Pattern pattern, GetPattern(spec, place));
  FP_ASSIGN_OR_RETURN(std::string content, GetString(spec, "content", place));
  return std::make_unique<ReplaceDecoder>(std::move(pattern), std::move(content));
}

Made MakeStrip(const Json& spec, const std::string& place) {
  FP_RETURN_IF_ERROR(CheckMembers(spec, {"content", "start", "stop"}, place));
  FP_ASSIGN_OR_RETURN(std::string content, GetCharacter(spec, "content", place));
  FP_ASSIGN_OR_RETURN(const int64_t start, GetInt(spec, "start", place));
  FP_ASSIGN_OR_RETURN(const int64_t stop, GetInt(spec, "stop", place));
  if (start < 0 || stop < 0) {
    return Fail(ErrorCode::kBadFormat, "{}: start {} or stop {} is negative", place, start, stop);
  }
  return std::make_unique<StripDecoder>(std::move(content), static_cast<size_t>(start),
                                        static_cast<size_t>(stop));
}

Made MakeStep(const Json& spec, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const std::string type, GetString(spec, "type", source));
  const std::string place = source + " " + type;
  if (type == "Replace") return MakeReplace(spec, place);
  if (type == "Strip") return MakeStrip(spec, place);
  if (type == "Metaspace") {
    FP_ASSIGN_OR_RETURN(const MetaspaceOptions options, ReadMetaspaceOptions(spec, place));
    return std::make_unique<MetaspaceDecoder>(options);
  }
  if (type == "ByteLevel") {
    // Its options are those of the pre-tokenizer, without effect here.
    FP_RETURN_IF_ERROR(
        CheckMembers(spec, {"add_prefix_space", "trim_offsets", "use_regex"}, place));
    return std::make_unique<ByteLevelDecoder>();
  }
  if (type != "ByteFallback" && type != "Fuse") {
    return Fail(ErrorCode::kUnsupported, "{} '{}' is not supported", source, type);
  }
  FP_RETURN_IF_ERROR(CheckMembers(spec, {}, place));
  if (type == "Fuse") return std::make_unique<FuseDecoder>();
  return std::make_unique<ByteFallbackDecoder>();
}

}  // namespace

Result<std::unique_ptr<Decoder>> MakeDecoder(const Json& spec, const std::string& source) {
  if (spec.is_null()) return std::unique_ptr<Decoder>();
  const std::string place = source + ": decoder";
  FP_ASSIGN_OR_RETURN(const auto specs, FlattenSequence(spec, "decoders", place));
  std::vector<std::unique_ptr<Decoder>> steps;
  for (const Json* step : specs) {
    FP_ASSIGN_OR_RETURN(auto made, MakeStep(*step, place));
    steps.push_back(std::move(made));
  }
  return std::make_unique<SequenceDecoder>(std::move(steps));
}

}  // namespace fairprune
