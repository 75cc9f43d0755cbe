// fairprune tokenize: texts to token ids, and back.
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/files.h"
#include "cli/model_input.h"
#include "cli/verbs.h"

namespace fairprune {
namespace {

struct TokenizeOptions {
  std::string model;
  std::string texts;  // empty: standard input
  bool lines = false;
  bool special = false;
  bool decode = false;
  bool skip_special = false;
  bool json = false;
};

struct Input {
  std::string source;  // for messages
  std::string text;
};

Result<Input> ReadInput(const std::string& path) {
  if (!path.empty()) {
    FP_ASSIGN_OR_RETURN(std::string text, ReadTextFile(path));
    return Input{path, std::move(text)};
  }
  FP_ASSIGN_OR_RETURN(std::string text, ReadStandardInput());
  return Input{"standard input", std::move(text)};
}

// One text per line; the last line may lack its '\n'.
std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// Parses a JSON list whose elements must satisfy `is_wanted`; `wanted` names them in errors.
Result<Json> ParseList(const Input& input, bool (*is_wanted)(const Json&), const char* wanted) {
  FP_ASSIGN_OR_RETURN(Json list, ParseJson(input.text, input.source));
  if (!list.is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: expected a JSON list of {}, found {}", input.source,
                wanted, list.type_name());
  }
  for (size_t i = 0; i < list.size(); ++i) {
    if (!is_wanted(list[i])) {
      return Fail(ErrorCode::kBadFormat, "{}: element {} is not one of the {} expected",
                  input.source, i, wanted);
    }
  }
  return list;
}

bool IsIdList(const Json& value) {
  if (!value.is_array()) return false;
  for (const Json& id : value) {
    // Larger numbers do not fit the ids' type; the tokenizer checks its own range.
    if (!id.is_number_integer() || id < 0 || id > INT32_MAX) return false;
  }
  return true;
}

Result<std::vector<std::string>> ReadTexts(const Input& input, bool lines) {
  if (lines) return SplitLines(input.text);
  FP_ASSIGN_OR_RETURN(const Json list,
                      ParseList(
                          input, [](const Json& v) { return v.is_string(); }, "strings"));
  return list.get<std::vector<std::string>>();
}

Result<Json> Encode(const Tokenizer& tokenizer, const Input& input,
                    const TokenizeOptions& options) {
  FP_ASSIGN_OR_RETURN(const std::vector<std::string> texts, ReadTexts(input, options.lines));
  Json out = Json::array();
  for (size_t i = 0; i < texts.size(); ++i) {
    // Only a --lines input can hold it: JSON is checked as it is read.
    if (const size_t at = FindInvalidUtf8(texts[i]); at != std::string::npos) {
      return Fail(ErrorCode::kBadFormat, "{}:{}: byte {} is not valid UTF-8", input.source, i + 1,
                  at + 1);
    }
    const Result<std::vector<int32_t>> ids =
        tokenizer.Encode(texts[i], {.add_special = options.special});
    if (!ids) return WithContext(ids.error(), fmt::format("{}: text {}", input.source, i));
    out.push_back(*ids);
  }
  return out;
}

Result<Json> Decode(const Tokenizer& tokenizer, const Input& input,
                    const TokenizeOptions& options) {
  FP_ASSIGN_OR_RETURN(const Json lists, ParseList(input, IsIdList, "lists of token ids"));
  Json out = Json::array();
  for (size_t i = 0; i < lists.size(); ++i) {
    const auto ids = lists[i].get<std::vector<int32_t>>();
    const Result<std::string> text = tokenizer.Decode(ids, options.skip_special);
    if (!text) {
      // An id that the user's file holds is bad input, not wrong usage.
      const ErrorCode code = text.error().code == ErrorCode::kInvalidArgument ? ErrorCode::kMismatch
                                                                              : text.error().code;
      return Fail(code, "{}: list {}: {}", input.source, i, text.error().message);
    }
    out.push_back(*text);
  }
  return out;
}

// A list with one element per line, or (compact) all in one.
std::string ListToText(const Json& list, bool compact) {
  if (compact || list.empty()) return DumpJson(list, -1) + "\n";
  std::string out = "[";
  for (size_t i = 0; i < list.size(); ++i) {
    out += (i == 0 ? "\n" : ",\n") + DumpJson(list[i], -1);
  }
  return out + "\n]\n";
}

Result<Outcome> Tokenize(const TokenizeOptions& options, Context& context) {
  FP_ASSIGN_OR_RETURN(const Tokenizer tokenizer, OpenTokenizer(options.model, context));
  if (options.texts.empty() && isatty(STDIN_FILENO) != 0) {
    context.Info("reading standard input (end it with Ctrl-D)");
  }
  FP_ASSIGN_OR_RETURN(const Input input, ReadInput(options.texts));
  FP_ASSIGN_OR_RETURN(const Json list, options.decode ? Decode(tokenizer, input, options)
                                                      : Encode(tokenizer, input, options));
  context.Print(ListToText(list, options.json));
  return Outcome::kSuccess;
}

}  // namespace

void AddTokenize(CLI::App& app, Context& context) {
  auto options = std::make_shared<TokenizeOptions>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "tokenize",
       .summary = "Turn texts into token ids, or ids into texts",
       .description =
           "Reads a JSON list of strings and prints a JSON list of id lists, one text per line.\n"
           "With --decode it reads id lists and prints strings.",
       .examples = {"fairprune tokenize model.gguf --texts texts.json",
                    "echo '[\"Hello world\"]' | fairprune tokenize tokenizer.json --special",
                    "fairprune tokenize model.gguf --lines < book.txt > ids.json",
                    "fairprune tokenize model.gguf --decode < ids.json"}},
      [options, &context] { return Tokenize(*options, context); });
  verb->add_option("MODEL", options->model,
                   "A model (folder or .gguf), or a tokenizer.json or tokenizer.model alone")
      ->required();
  verb->add_option("--texts", options->texts, "Read this file instead of standard input");
  CLI::Option* lines =
      verb->add_flag("--lines", options->lines, "The input is plain text, one text per line");
  CLI::Option* special = verb->add_flag("--special", options->special,
                                        "Add the special tokens that the model puts around a text");
  CLI::Option* decode = verb->add_flag("--decode", options->decode, "Ids in, texts out");
  verb->add_flag("--skip-special", options->skip_special, "With --decode: leave out special tokens")
      ->needs(decode);
  decode->excludes(lines)->excludes(special);
  verb->add_flag("--json", options->json, "Print the list on one line");
}

}  // namespace fairprune
