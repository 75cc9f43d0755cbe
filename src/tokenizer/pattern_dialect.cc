// From Oniguruma's Ruby syntax to PCRE2's.
#include <cctype>
#include <optional>

#include "tokenizer/pattern.h"
#include "tokenizer/unicode_properties.h"

namespace fairprune {
namespace {

// PCRE2's `\s` also matches U+180E, and its `\w` lacks marks, letter numbers and connectors.
// Oniguruma's `\w` has Latin-1's superscript digits and fractions.
constexpr std::string_view kSpaceMembers = R"(\p{Z}\t-\r\x{85})";
constexpr std::string_view kMoreWordMembers =
    R"(\p{Pc}\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE}\x{24B6}-\x{24E9}\x{1F130}-\x{1F149})"
    R"(\x{1F150}-\x{1F169}\x{1F170}-\x{1F189})";

// A property as members of a set.
std::string Members(std::string_view property) {
  const std::optional<UnicodeProperty> found = FindUnicodeProperty(property);
  if (!found) return {};
  return std::string(found->known) + std::string(found->later);
}

const std::string& WordMembers() {
  static const std::string kMembers =
      Members("L") + Members("M") + Members("Nd") + Members("Nl") + std::string(kMoreWordMembers);
  return kMembers;
}

class Translator {
 public:
  explicit Translator(std::string_view in) : in_(in) {}

  Result<std::string> Run() {
    while (at_ < in_.size()) {
      if (in_[at_] == '\\') {
        FP_RETURN_IF_ERROR(Escape());
      } else if (in_class_) {
        FP_RETURN_IF_ERROR(ClassCharacter());
      } else {
        FP_RETURN_IF_ERROR(Character());
      }
    }
    return std::move(out_);
  }

 private:
  tl::unexpected<Error> Refuse(std::string_view construct) const {
    return Fail(ErrorCode::kUnsupported, "pattern '{}', offset {}: '{}' is not supported", in_, at_,
                construct);
  }

  bool StartsWith(std::string_view prefix) const {
    return in_.substr(at_, prefix.size()) == prefix;
  }

  void Copy(size_t num_bytes) {
    out_.append(in_.substr(at_, num_bytes));
    at_ += num_bytes;
  }

  // Something of `num_bytes` that stands for a set of characters.
  Status Set(std::string_view members, bool negated, size_t num_bytes) {
    if (in_class_ && negated) return Refuse(in_.substr(at_, num_bytes));
    if (!in_class_) out_.append(negated ? "[^" : "[");
    out_.append(members);
    if (!in_class_) out_.push_back(']');
    at_ += num_bytes;
    return {};
  }

  Status Shorthand(std::string_view members, bool negated) { return Set(members, negated, 2); }

  // `\p{Name}`, `\P{Name}`.
  Status Property(bool negated) {
    const size_t close = in_.find('}', at_);
    if (at_ + 2 >= in_.size() || in_[at_ + 2] != '{' || close == in_.npos) {
      return Refuse(in_.substr(at_, 2));
    }
    const std::string members = Members(in_.substr(at_ + 3, close - at_ - 3));
    if (members.empty()) return Refuse(in_.substr(at_, close + 1 - at_));
    return Set(members, negated, close + 1 - at_);
  }

  // `\x{1F}`: copies through the closing brace.
  Status Braced() {
    const size_t close = in_.find('}', at_);
    if (at_ + 2 >= in_.size() || in_[at_ + 2] != '{' || close == in_.npos) {
      return Refuse(in_.substr(at_, 2));
    }
    Copy(close + 1 - at_);
    return {};
  }

  Status UnicodeEscape() {
    const std::string_view digits = in_.substr(at_ + 2, 4);
    for (const char digit : digits) {
      if (std::isxdigit(static_cast<unsigned char>(digit)) == 0) return Refuse("\\u");
    }
    if (digits.size() != 4) return Refuse("\\u");
    out_.append("\\x{").append(digits).push_back('}');
    at_ += 6;
    return {};
  }

  Status Escape() {
    if (at_ + 1 >= in_.size()) return Refuse("\\ at the end");
    const char c = in_[at_ + 1];
    switch (c) {
      case 's':
      case 'S':
        return Shorthand(kSpaceMembers, c == 'S');
      case 'w':
      case 'W':
        return Shorthand(WordMembers(), c == 'W');
      case 'd':
      case 'D':
        return Shorthand(Members("Nd"), c == 'D');
      case 'p':
      case 'P':
        return Property(c == 'P');
      case 'x':
        return Braced();
      case 'u':
        return UnicodeEscape();
      case 'r':
      case 'n':
      case 't':
      case 'f':
        Copy(2);
        return {};
      default:
        break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0) return Refuse(in_.substr(at_, 2));
    Copy(2);
    return {};
  }

  Status ClassCharacter() {
    if (in_[at_] == '[') return Refuse("a set inside a set");
    if (StartsWith("&&")) return Refuse("&&");
    if (in_[at_] == ']') in_class_ = false;
    Copy(1);
    return {};
  }

  Status Group() {
    for (const std::string_view known : {"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:"}) {
      if (StartsWith(known)) {
        Copy(known.size());
        return {};
      }
    }
    // Elsewhere than in front, Ruby takes the alternatives that follow into the option's scope.
    if (StartsWith("(?i)") && at_ == 0) {
      Copy(4);
      return {};
    }
    if (StartsWith("(?") || StartsWith("(*")) return Refuse(in_.substr(at_, 3));
    Copy(1);
    return {};
  }

  Status Character() {
    if (in_[at_] == '(') return Group();
    if (in_[at_] == '[') {
      in_class_ = true;
      Copy(StartsWith("[^") ? 2 : 1);
      if (at_ < in_.size() && in_[at_] == ']') return Refuse("] as a set's first member");
      return {};
    }
    if (in_[at_] == '{') return Interval();
    Copy(1);
    return {};
  }

  // `{1,3}`; `{1,3}+` repeats an interval in Ruby and is possessive in PCRE2.
  Status Interval() {
    const size_t close = in_.find('}', at_);
    if (close == in_.npos) return Refuse("{");
    if (close + 1 < in_.size() && in_[close + 1] == '+') {
      return Refuse(in_.substr(at_, close + 2 - at_));
    }
    if (StartsWith("{,")) return Refuse("{,");
    Copy(close + 1 - at_);
    return {};
  }

  std::string_view in_;
  size_t at_ = 0;
  bool in_class_ = false;
  std::string out_;
};

}  // namespace

Result<std::string> TranslateOniguruma(std::string_view expression) {
  return Translator(expression).Run();
}

}  // namespace fairprune
