#include "data/winobias.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.h"

namespace fairprune {
namespace {

constexpr std::array<std::string_view, 4> kHis = {"he", "him", "his", "himself"};
constexpr std::array<std::string_view, 4> kHers = {"she", "her", "hers", "herself"};
constexpr std::string_view kProName = "pro_stereotyped_type";
constexpr std::string_view kAntiName = "anti_stereotyped_type";

bool IsHis(std::string_view word) { return std::ranges::find(kHis, word) != kHis.end(); }
bool IsHers(std::string_view word) { return std::ranges::find(kHers, word) != kHers.end(); }

struct Sentence {
  std::string text, occupation, pronoun;
  int line = 0;
};

std::string WithoutArticle(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  for (const std::string_view article : {"the ", "a ", "an "}) {
    if (name.starts_with(article)) return std::string(name.substr(article.size()));
  }
  return std::string(name);
}

// "12 [The cook] saw that [he] …" without number and brackets, and what stood in these.
Sentence ParseSentence(std::string_view line, int number) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const size_t digits = line.find_first_not_of("0123456789");
  if (digits > 0 && digits != std::string_view::npos && line[digits] == ' ') {
    line.remove_prefix(digits + 1);
  }
  Sentence sentence;
  sentence.line = number;
  std::string mark;
  for (const char c : line) {
    if (c == '[') {
      mark.clear();
    } else if (c == ']') {
      mark = AsciiLower(mark);
      std::string& part = IsHis(mark) || IsHers(mark) ? sentence.pronoun : sentence.occupation;
      if (part.empty()) part = WithoutArticle(mark);
    } else {
      sentence.text += c;
      mark += c;
    }
  }
  return sentence;
}

Result<std::vector<Sentence>> ParseSentences(const SourceText& source) {
  std::vector<Sentence> sentences;
  FP_RETURN_IF_ERROR(ForEachLine(source.text, [&](std::string_view line, int number) -> Status {
    Sentence sentence = ParseSentence(line, number);
    if (!sentence.text.empty()) sentences.push_back(std::move(sentence));
    return {};
  }));
  return sentences;
}

// The anti-stereotyped file beside the pro-stereotyped one.
Result<SourceText> ReadSibling(const std::string& pro) {
  const std::filesystem::path path(pro);
  std::string name = path.filename().string();
  if (name.starts_with(kAntiName)) {
    name.replace(0, kAntiName.size(), kProName);
    return Fail(ErrorCode::kInvalidArgument,
                "{}: the anti-stereotyped half of WinoBias; give {}, beside which it is read", pro,
                (path.parent_path() / name).string());
  }
  name.replace(0, kProName.size(), kAntiName);
  const std::string sibling = (path.parent_path() / name).string();
  Result<std::string> text = ReadTextFile(sibling);
  if (!text) {
    return Fail(text.error().code, "{}: its anti-stereotyped half is read from {} as well: {}", pro,
                sibling, text.error().message);
  }
  FP_ASSIGN_OR_RETURN(const std::string_view checked, CheckUtf8(*text, sibling));
  return SourceText{sibling, std::string(checked)};
}

}  // namespace

Result<std::vector<WinobiasPair>> PairWinobias(const SourceText& pro, const SourceText& anti) {
  FP_ASSIGN_OR_RETURN(const auto fitting, ParseSentences(pro));
  FP_ASSIGN_OR_RETURN(const auto contrary, ParseSentences(anti));
  if (fitting.size() != contrary.size() || fitting.empty()) {
    return Fail(ErrorCode::kMismatch, "{} has {} sentences, {} has {}; expected the same number",
                pro.path, fitting.size(), anti.path, contrary.size());
  }
  std::vector<WinobiasPair> pairs;
  for (size_t i = 0; i < fitting.size(); ++i) {
    const Sentence& sentence = fitting[i];
    if (sentence.text == contrary[i].text) {
      return Fail(ErrorCode::kMismatch, "{}:{} and {}:{} have the same sentence", pro.path,
                  sentence.line, anti.path, contrary[i].line);
    }
    pairs.push_back(
        {sentence.text, contrary[i].text, sentence.occupation, sentence.pronoun, sentence.line});
  }
  return pairs;
}

bool IsWinobiasPath(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  return name.starts_with(kProName) || name.starts_with(kAntiName);
}

Result<std::vector<RawRecord>> ReadWinobiasRecords(const SourceText& pro) {
  FP_ASSIGN_OR_RETURN(const SourceText anti, ReadSibling(pro.path));
  FP_ASSIGN_OR_RETURN(const std::vector<WinobiasPair> pairs, PairWinobias(pro, anti));
  std::vector<RawRecord> records;
  for (const WinobiasPair& pair : pairs) {
    if (pair.occupation.empty() || pair.pronoun.empty()) {
      return Fail(ErrorCode::kBadFormat,
                  "{}:{}: expected an occupation and a pronoun in brackets, as in \"[The cook] saw "
                  "that [he] …\"",
                  pro.path, pair.line);
    }
    RawRecord record{pair.line, pair.line, {}};
    record.fields = {TextOf("id", fmt::format("line-{}", pair.line)),
                     TextOf("category", "Gender"),
                     TextOf("language", "en"),
                     TextOf("target", pair.occupation),
                     TextOf("contrast", "he|she"),
                     TextOf("group", IsHis(pair.pronoun) ? "he" : "she"),
                     TextOf("stereotyped", pair.pro),
                     TextOf("anti_stereotyped", pair.anti)};
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace fairprune
