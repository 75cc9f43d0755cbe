// fairprune score: log-likelihoods of continuations and texts.
#include <fmt/core.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/engine_input.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "io/atomic_output.h"
#include "report/table.h"
#include "scoring/log_likelihood.h"

namespace fairprune {
namespace {

struct ScoreFlags {
  std::string model, requests, out;
  EngineFlags engine;
  bool force = false;
  bool json = false;
};

// The lines of the input, parsed, and what they ask for.
struct Requests {
  std::vector<Json> lines;
  std::vector<TextRequest> texts;
};

struct Summary {
  int64_t num_requests = 0, num_tokens = 0;
  double seconds = 0;
  std::string compute;
  int threads = 0;
  double tokens_per_second() const {
    return seconds > 0 ? static_cast<double>(num_tokens) / seconds : 0;
  }
};

// The string at `key`, or nullopt when the line has no such key.
Result<std::optional<std::string>> FindText(const Json& line, const char* key,
                                            const std::string& where) {
  const auto found = line.find(key);
  if (found == line.end()) return std::nullopt;
  if (!found->is_string()) {
    return Fail(ErrorCode::kBadFormat, "{}: \"{}\" must be a string, found {}", where, key,
                found->type_name());
  }
  return found->get<std::string>();
}

Result<TextRequest> ToRequest(const Json& line, const std::string& where) {
  if (!line.is_object()) {
    return Fail(ErrorCode::kBadFormat, "{}: expected an object, found {}", where, line.type_name());
  }
  FP_ASSIGN_OR_RETURN(std::optional<std::string> context, FindText(line, "context", where));
  FP_ASSIGN_OR_RETURN(std::optional<std::string> continuation,
                      FindText(line, "continuation", where));
  FP_ASSIGN_OR_RETURN(std::optional<std::string> text, FindText(line, "text", where));
  const bool is_pair = context && continuation && !text;
  const bool is_rolling = text && !context && !continuation;
  if (!is_pair && !is_rolling) {
    return Fail(ErrorCode::kBadFormat,
                "{}: expected \"context\" and \"continuation\", or \"text\" alone", where);
  }
  TextRequest request;
  request.name = where;
  request.rolling = is_rolling;
  if (is_rolling) {
    request.text = *std::move(text);
  } else {
    request.context = *std::move(context);
    request.continuation = *std::move(continuation);
  }
  return request;
}

Result<Requests> ReadRequests(const std::string& path) {
  const bool from_stdin = path == "-";
  const std::string source = from_stdin ? "standard input" : path;
  FP_ASSIGN_OR_RETURN(const std::string all, from_stdin ? ReadStandardInput() : ReadTextFile(path));
  Requests requests;
  int number = 0;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find('\n', begin), all.size());
    const std::string_view line(all.data() + begin, end - begin);
    const std::string where = fmt::format("{}:{}", source, ++number);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
      return Fail(ErrorCode::kBadFormat,
                  "{}: an empty line; every line must be a request, so that line N of the output "
                  "answers line N of the input",
                  where);
    }
    FP_ASSIGN_OR_RETURN(Json object, ParseJson(line, source, number));
    FP_ASSIGN_OR_RETURN(TextRequest request, ToRequest(object, where));
    requests.lines.push_back(std::move(object));
    requests.texts.push_back(std::move(request));
  }
  if (requests.lines.empty()) return Fail(ErrorCode::kBadFormat, "{}: has no requests", source);
  return requests;
}

// Scores every request and puts `ll` and `greedy` on its line.
Result<Summary> ScoreAll(const ScoreFlags& flags, Requests& requests, Context& context) {
  FP_ASSIGN_OR_RETURN(const OpenedModel opened, OpenModel(flags.model, context));
  FP_ASSIGN_OR_RETURN(const Tokenizer* tokenizer, RequireTokenizer(opened));
  FP_ASSIGN_OR_RETURN(const Engine engine, LoadEngine(opened, flags.engine));
  const auto start = std::chrono::steady_clock::now();
  const Result<std::vector<TextScore>> scores = ScoreTexts(
      engine, *tokenizer, requests.texts, {.progress = context.ProgressOf("scoring requests")});
  if (!scores) {
    // A text that the user's file holds is bad input, not wrong usage.
    const Error& error = scores.error();
    const bool is_usage = error.code == ErrorCode::kInvalidArgument;
    return Fail(is_usage ? ErrorCode::kMismatch : error.code, "{}", error.message);
  }
  Summary summary;
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  summary.num_requests = static_cast<int64_t>(scores->size());
  summary.compute = NameOf(engine.compute());
  summary.threads = engine.threads();
  for (size_t i = 0; i < scores->size(); ++i) {
    const TextScore& score = (*scores)[i];
    summary.num_tokens += score.num_tokens;
    requests.lines[i]["ll"] = score.log_likelihood_nats;
    if (!requests.texts[i].rolling) requests.lines[i]["greedy"] = score.greedy;
  }
  return summary;
}

void PrintSummary(const Summary& summary, const ScoreFlags& flags, Context& context) {
  if (flags.json) {
    context.PrintJson("score", {{"model", flags.model},
                                {"requests", summary.num_requests},
                                {"scored_tokens", summary.num_tokens},
                                {"seconds", summary.seconds},
                                {"scored_tokens_per_second", summary.tokens_per_second()},
                                {"compute", summary.compute},
                                {"threads", summary.threads},
                                {"out", flags.out}});
    return;
  }
  context.Info(
      fmt::format("{} requests, {} scored tokens in {:.1f} s ({:.0f} tokens/s, {}, {} "
                  "threads)",
                  WithThousands(summary.num_requests), WithThousands(summary.num_tokens),
                  summary.seconds, summary.tokens_per_second(), summary.compute, summary.threads));
}

Result<Outcome> Score(const ScoreFlags& flags, Context& context) {
  const bool to_stdout = flags.out == "-";
  if (to_stdout && flags.json) {
    return Fail(ErrorCode::kInvalidArgument,
                "--json prints its summary on standard output, where --out - puts the results");
  }
  if (!to_stdout) FP_RETURN_IF_ERROR(CheckMayWrite(flags.out, flags.force));
  FP_ASSIGN_OR_RETURN(Requests requests, ReadRequests(flags.requests));
  CatchInterrupts();
  std::optional<AtomicFile> file;  // opened first: a folder that is not there shows at once
  if (!to_stdout) {
    FP_ASSIGN_OR_RETURN(file, AtomicFile::Create(flags.out));
  }
  FP_ASSIGN_OR_RETURN(const Summary summary, ScoreAll(flags, requests, context));
  for (const Json& line : requests.lines) {
    const std::string text = DumpJson(line, -1) + "\n";
    if (to_stdout) {
      context.Print(text);
    } else {
      FP_RETURN_IF_ERROR(file->Write(text));
    }
  }
  if (file) FP_RETURN_IF_ERROR(file->Commit());
  PrintSummary(summary, flags, context);
  return Outcome::kSuccess;
}

}  // namespace

void AddScore(CLI::App& app, Context& context) {
  auto flags = std::make_shared<ScoreFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "score",
       .summary = "Log-likelihoods of continuations and texts, as lm-evaluation-harness has them",
       .description =
           "Each line of the requests is {\"context\": …, \"continuation\": …} or {\"text\": …}. "
           "The output has the same lines with \"ll\", the log-likelihood in nats, and for a "
           "continuation \"greedy\", whether each of its tokens is the likeliest. A text is "
           "scored whole, in windows of the model's length.",
       .examples = {"fairprune score model.gguf --requests requests.jsonl --out scored.jsonl",
                    "fairprune score models/llama --requests - --out - < requests.jsonl"}},
      [flags, &context] { return Score(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  verb->add_option("--requests", flags->requests, "JSON lines to score; -: standard input")
      ->required();
  verb->add_option("--out", flags->out, "JSON lines to write; -: standard output")->required();
  AddEngineFlags(verb, flags->engine);
  verb->add_flag("--force", flags->force, "Replace the output if it is there");
  AddJsonFlag(verb, flags->json);
}

}  // namespace fairprune
