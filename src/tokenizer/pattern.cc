#include "tokenizer/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <utility>

#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

// Upper limit of the stack that compiled matching may use; it starts small and grows on demand.
constexpr size_t kJitStackStartBytes = 64 * 1024;
constexpr size_t kJitStackMaxBytes = 16 * 1024 * 1024;

std::string Pcre2Message(int code) {
  PCRE2_UCHAR buffer[256];
  pcre2_get_error_message(code, buffer, sizeof(buffer));
  return reinterpret_cast<const char*>(buffer);
}

struct CodeDeleter {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};

}  // namespace

struct MatchScratch::Impl {
  Impl()
      : data(pcre2_match_data_create(1, nullptr)),
        context(pcre2_match_context_create(nullptr)),
        stack(pcre2_jit_stack_create(kJitStackStartBytes, kJitStackMaxBytes, nullptr)) {
    if (context != nullptr && stack != nullptr) {
      pcre2_jit_stack_assign(context, nullptr, stack);
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    pcre2_jit_stack_free(stack);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
  }
  pcre2_match_data* data;
  pcre2_match_context* context;
  pcre2_jit_stack* stack;
};

MatchScratch::MatchScratch() : impl_(std::make_unique<Impl>()) {}
MatchScratch::MatchScratch(MatchScratch&&) noexcept = default;
MatchScratch& MatchScratch::operator=(MatchScratch&&) noexcept = default;
MatchScratch::~MatchScratch() = default;

struct Pattern::Impl {
  std::string literal;
  std::unique_ptr<pcre2_code, CodeDeleter> code;  // null for a literal
  bool has_jit = false;
};

Pattern::Pattern(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::FromRegex(std::string_view oniguruma_expression) {
  FP_ASSIGN_OR_RETURN(const std::string expression, TranslateOniguruma(oniguruma_expression));
  pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
  if (context == nullptr) return Fail(ErrorCode::kInternal, "PCRE2: out of memory");
  pcre2_set_newline(context, PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE error_offset = 0;
  auto impl = std::make_unique<Impl>();
  // PCRE2_MULTILINE: `^` and `$` are line anchors in Ruby syntax.
  impl->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                                 PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, &error, &error_offset,
                                 context));
  pcre2_compile_context_free(context);
  if (impl->code == nullptr) {
    return Fail(ErrorCode::kBadFormat, "pattern '{}' (as '{}'), offset {}: {}",
                oniguruma_expression, expression, error_offset, Pcre2Message(error));
  }
  impl->has_jit = pcre2_jit_compile(impl->code.get(), PCRE2_JIT_COMPLETE) == 0;
  return Pattern(std::move(impl));
}

Pattern Pattern::FromLiteral(std::string literal) {
  auto impl = std::make_unique<Impl>();
  impl->literal = std::move(literal);
  return Pattern(std::move(impl));
}

Status Pattern::Cover(std::string_view text, MatchScratch& scratch,
                      std::vector<TextRange>& ranges) const {
  if (text.empty()) return {};
  if (impl_->code != nullptr) return CoverByRegex(text, scratch, ranges);
  CoverByLiteral(text, ranges);
  return {};
}

Result<bool> Pattern::Replace(std::string_view text, std::string_view content,
                              std::string& out) const {
  if (impl_->code == nullptr) return ReplaceLiteral(text, content, out);
  static thread_local MatchScratch scratch;
  std::vector<TextRange> ranges;
  FP_RETURN_IF_ERROR(Cover(text, scratch, ranges));
  const auto is_match = [](const TextRange& range) { return range.is_match; };
  if (std::none_of(ranges.begin(), ranges.end(), is_match)) return false;
  out.clear();
  for (const TextRange& range : ranges) {
    out.append(range.is_match ? content : text.substr(range.begin, range.end - range.begin));
  }
  return true;
}

bool Pattern::ReplaceLiteral(std::string_view text, std::string_view content,
                             std::string& out) const {
  const std::string& literal = impl_->literal;
  size_t found = literal.empty() ? text.npos : text.find(literal);
  if (found == text.npos) return false;
  out.clear();
  out.reserve(text.size() + text.size() / 2);
  size_t done = 0;
  for (; found != text.npos; found = text.find(literal, done)) {
    out.append(text, done, found - done).append(content);
    done = found + literal.size();
  }
  out.append(text, done);
  return true;
}

Status Pattern::CoverByRegex(std::string_view text, MatchScratch& scratch,
                             std::vector<TextRange>& ranges) const {
  MatchScratch::Impl& memory = *scratch.impl_;
  if (memory.data == nullptr || memory.context == nullptr) {
    return Fail(ErrorCode::kInternal, "PCRE2: out of memory");
  }
  const auto subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(memory.data);
  size_t covered = 0;           // ranges end here
  size_t at = 0;                // search from here
  size_t last_end = text.npos;  // end of the last match
  while (at <= text.size()) {
    const int found = impl_->has_jit
                          ? pcre2_jit_match(impl_->code.get(), subject, text.size(), at,
                                            PCRE2_NO_UTF_CHECK, memory.data, memory.context)
                          : pcre2_match(impl_->code.get(), subject, text.size(), at,
                                        PCRE2_NO_UTF_CHECK, memory.data, memory.context);
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0) {
      return Fail(ErrorCode::kInternal, "PCRE2 gave up at byte {} of {}: {}", at, text.size(),
                  Pcre2Message(found));
    }
    const size_t begin = offsets[0];
    const size_t end = offsets[1];
    if (begin == end) {
      // An empty match right behind a match does not count; either way go on by one character.
      at = end < text.size() ? end + DecodeAt(text, end).num_bytes : end + 1;
      if (end == last_end) continue;
    } else {
      at = end;
    }
    last_end = end;
    if (covered != begin) ranges.push_back({covered, begin, false});
    ranges.push_back({begin, end, true});
    covered = end;
  }
  if (covered != text.size()) ranges.push_back({covered, text.size(), false});
  return {};
}

void Pattern::CoverByLiteral(std::string_view text, std::vector<TextRange>& ranges) const {
  size_t covered = 0;
  while (!impl_->literal.empty()) {
    const size_t begin = text.find(impl_->literal, covered);
    if (begin == text.npos) break;
    if (covered != begin) ranges.push_back({covered, begin, false});
    covered = begin + impl_->literal.size();
    ranges.push_back({begin, covered, true});
  }
  if (covered != text.size()) ranges.push_back({covered, text.size(), false});
}

}  // namespace fairprune
