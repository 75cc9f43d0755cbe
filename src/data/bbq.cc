#include "data/bbq.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"

namespace fairprune {
namespace {

constexpr std::array<std::string_view, 10> kUnknownPhrases = {
    "Unknown",        "Cannot answer", "Can't be determined", "Cannot be determined",
    "Can't answer",   "Not known",     "Not enough info",     "Not enough information",
    "Not answerable", "Undetermined"};

// "Jamal Smith, F-Black" as the groups that it names, lower case: what answer_info says, with "_"
// between, cut at "_" after the spellings of the file are made alike.
std::vector<std::string> GroupsIn(std::string text) {
  for (const char* prefix : {"M", "F", "lowSES", "highSES"}) {
    text = ReplaceAll(text, std::string(prefix) + "-", std::string(prefix) + "_");
  }
  for (const char* word : {"low", "high"}) {
    text = ReplaceAll(text, std::string(word) + "SES", std::string(word) + " SES");
  }
  for (const char* word : {"Obese", "Disabled", "Trans"}) {
    text = ReplaceAll(text, std::string("non") + word, std::string("non ") + word);
  }
  if (text.find("woman") != std::string::npos) {
    text = ReplaceAll(text, "woman", "F_woman");
  } else {
    text = ReplaceAll(text, "man", "M_man");
  }
  text = AsciiLower(ReplaceAll(ReplaceAll(text, "girl", "F_girl"), "boy", "M_boy"));
  std::vector<std::string> groups;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('_', begin), text.size());
    groups.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return groups;
}

// One of the two people that a question is about.
struct Person {
  std::string answer;
  std::string stereotyped_group;  // of the item's stereotyped groups the one named; or empty
};

// The stereotyped group that a person of BBQ is of. Of several that answer_info names, the last:
// the names come first ("down's syndrome", "disabled"). Nothing where the file does not say.
Result<std::optional<std::string>> BbqStereotypedGroup(const Document& document,
                                                       const std::string& answer) {
  FP_ASSIGN_OR_RETURN(const std::vector<std::string> groups, BbqGroups(document, answer));
  if (groups.empty()) return std::optional<std::string>();
  FP_ASSIGN_OR_RETURN(const std::set<std::string> stereotyped, BbqStereotypedGroups(document));
  const auto last = std::find_if(groups.rbegin(), groups.rend(), [&](const std::string& group) {
    return stereotyped.contains(group);
  });
  return std::optional(last == groups.rend() ? std::string() : *last);
}

// Both people, or fewer where answer_info leaves one out.
Result<std::vector<Person>> BbqPeople(const Document& document) {
  std::vector<Person> people;
  size_t num_unknown = 0;
  for (const char* column : kBbqAnswers) {
    FP_ASSIGN_OR_RETURN(const std::string answer, TextField(document, column));
    if (IsBbqUnknown(answer)) {
      ++num_unknown;
      continue;
    }
    FP_ASSIGN_OR_RETURN(auto group, BbqStereotypedGroup(document, column));
    if (group) people.push_back({answer, *std::move(group)});
  }
  if (num_unknown != 1) {
    return Fail(ErrorCode::kBadFormat,
                "{}: expected one of ans0, ans1, ans2 to be a phrasing of \"unknown\", found {}",
                document.where, num_unknown);
  }
  return people;
}

// The first two answers; the third is "unknown".
Result<std::vector<Person>> EsbbqPeople(const Document& document) {
  std::vector<Person> people;
  FP_ASSIGN_OR_RETURN(const auto stereotyped, TextListField(document, "stereotyped_groups"));
  for (const char* column : {"ans0", "ans1"}) {
    FP_ASSIGN_OR_RETURN(std::string answer, TextField(document, column));
    FP_ASSIGN_OR_RETURN(std::string group, EsbbqGroup(document, column));
    if (std::ranges::find(stereotyped, group) == stereotyped.end()) group.clear();
    people.push_back({std::move(answer), std::move(group)});
  }
  return people;
}

// An edition: its columns, and the words that lm-evaluation-harness's requests put around a row.
struct Edition {
  const char* id;
  const char* index;
  const char* language;
  const char *before_context, *before_question, *before_answer;
  Result<std::vector<Person>> (*people)(const Document&);
};
constexpr Edition kBbq = {"example_id", "question_index", "en", "", "\n\nQ: ", "\nA:", &BbqPeople};
constexpr Edition kEsbbq = {
    "instance_id", "template_id", "es", "Contexto: ", "\nPregunta: ", "\nRespuesta:", &EsbbqPeople};
constexpr Edition kCabbq = {
    "instance_id", "template_id", "ca", "Context: ", "\nPregunta: ", "\nResposta:", &EsbbqPeople};

// EsBBQ and CaBBQ have the same columns and do not name their language; every Spanish question
// opens with an inverted mark, no Catalan one does.
const Edition& EditionOf(const Document& document, std::string_view question) {
  if (FindField(*document.fields, "question_index") != nullptr) return kBbq;
  return question.find("¿") != std::string_view::npos ? kEsbbq : kCabbq;
}

// A number or a text, which BBQ's question_index is.
Result<std::string> NumberOrText(const Document& document, const char* column) {
  const Json* found = FindField(*document.fields, column);
  if (found != nullptr && found->is_string()) return found->get<std::string>();
  FP_ASSIGN_OR_RETURN(const int64_t number, IntegerField(document, column));
  return fmt::format("{}", number);
}

// The row as a signed item; nothing where it cannot be one.
Result<std::optional<RawRecord>> ToItem(const Document& document) {
  FP_ASSIGN_OR_RETURN(const std::string condition, TextField(document, "context_condition"));
  if (condition != "ambig" && condition != "disambig") {
    return Fail(ErrorCode::kBadFormat,
                "{}: context_condition: expected ambig or disambig, found \"{}\"", document.where,
                condition);
  }
  if (condition == "disambig") return std::optional<RawRecord>();
  FP_ASSIGN_OR_RETURN(const bool negative, BbqAsksNegatively(document));
  FP_ASSIGN_OR_RETURN(const std::string context, TextField(document, "context"));
  FP_ASSIGN_OR_RETURN(const std::string question, TextField(document, "question"));
  FP_ASSIGN_OR_RETURN(const std::string category, TextField(document, "category"));
  const Edition& edition = EditionOf(document, question);
  FP_ASSIGN_OR_RETURN(const std::string id, NumberOrText(document, edition.id));
  FP_ASSIGN_OR_RETURN(const std::string index, NumberOrText(document, edition.index));
  FP_ASSIGN_OR_RETURN(const std::vector<Person> people, edition.people(document));
  if (people.size() != 2 || people[0].answer == people[1].answer ||
      people[0].stereotyped_group.empty() == people[1].stereotyped_group.empty()) {
    return std::optional<RawRecord>();
  }
  const Person& named = people[people[0].stereotyped_group.empty() ? 1 : 0];
  const Person& other = people[people[0].stereotyped_group.empty() ? 0 : 1];
  const std::string prompt = edition.before_context + context + edition.before_question + question +
                             edition.before_answer + " ";
  RawRecord record;
  record.fields = {TextOf("id", category + "-" + id),
                   TextOf("category", category),
                   TextOf("template_id", category + "-" + index),
                   TextOf("language", edition.language),
                   TextOf("target", named.stereotyped_group),
                   TextOf("contrast", "neg|nonneg"),
                   TextOf("group", negative ? "neg" : "nonneg"),
                   TextOf("stereotyped", prompt + (negative ? named : other).answer),
                   TextOf("anti_stereotyped", prompt + (negative ? other : named).answer)};
  return std::optional(std::move(record));
}

}  // namespace

std::span<const std::string_view> BbqUnknownPhrases() { return kUnknownPhrases; }

bool IsBbqUnknown(std::string_view answer) {
  return std::ranges::find(kUnknownPhrases, answer) != kUnknownPhrases.end();
}

Result<bool> BbqAsksNegatively(const Document& document) {
  FP_ASSIGN_OR_RETURN(const std::string polarity, TextField(document, "question_polarity"));
  if (polarity != "neg" && polarity != "nonneg") {
    return Fail(ErrorCode::kBadFormat,
                "{}: question_polarity: expected neg or nonneg, found \"{}\"", document.where,
                polarity);
  }
  return polarity == "neg";
}

Result<std::set<std::string>> BbqStereotypedGroups(const Document& document) {
  FP_ASSIGN_OR_RETURN(const auto named,
                      TextListField(document, "additional_metadata.stereotyped_groups"));
  std::set<std::string> stereotyped;
  for (const std::string& group : named) stereotyped.insert(AsciiLower(group));
  return stereotyped;
}

Result<std::vector<std::string>> BbqGroups(const Document& document, const std::string& answer) {
  FP_ASSIGN_OR_RETURN(const std::vector<std::string> info,
                      TextListField(document, "answer_info." + answer));
  const bool is_empty =
      std::all_of(info.begin(), info.end(), [](const std::string& part) { return part.empty(); });
  if (!is_empty) return GroupsIn(fmt::format("{}", fmt::join(info, "_")));
  FP_ASSIGN_OR_RETURN(const std::string text, TextField(document, answer));
  if (text.find("Latina") != std::string::npos) return GroupsIn("Latino");
  return std::vector<std::string>();
}

Result<std::string> EsbbqGroup(const Document& document, const std::string& answer) {
  const std::string column = "answer_info." + answer;
  FP_ASSIGN_OR_RETURN(const auto info, TextListField(document, column));
  if (info.empty()) {
    return Fail(ErrorCode::kBadFormat, "{}: column \"{}\" is empty", document.where, column);
  }
  std::string_view name = info.back();
  name.remove_prefix(name.rfind(',') + 1);  // npos + 1 is 0
  const size_t begin = std::min(name.find_first_not_of(" \t\r\n"), name.size());
  name.remove_prefix(begin);
  return std::string(name.substr(0, name.find_last_not_of(" \t\r\n") + 1));
}

bool IsBbq(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return false;
  const std::string_view row = text.substr(first, text.find('\n', first) - first);
  return row.find("\"question_polarity\"") != std::string_view::npos &&
         row.find("\"context_condition\"") != std::string_view::npos;
}

Result<std::vector<RawRecord>> ReadBbqRecords(std::string_view text, const std::string& source) {
  std::vector<RawRecord> records;
  FP_RETURN_IF_ERROR(ForEachLine(text, [&](std::string_view line, int number) -> Status {
    if (IsBlank(line)) return {};
    FP_ASSIGN_OR_RETURN(const Document document, ParseDocument(line, source, number));
    FP_ASSIGN_OR_RETURN(std::optional<RawRecord> record, ToItem(document));
    if (!record) return {};
    record->line = record->names_line = number;
    records.push_back(*std::move(record));
    return {};
  }));
  if (records.empty()) {
    return Fail(ErrorCode::kBadFormat,
                "{}: no row of BBQ has an ambiguous context and exactly one person of a "
                "stereotyped group; only those are signed items",
                source);
  }
  return records;
}

}  // namespace fairprune
