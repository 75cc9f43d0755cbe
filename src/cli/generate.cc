// fairprune generate: what a model says next, alone or beside another one.
#include "generation/generate.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/engine_input.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/model_input.h"
#include "cli/verbs.h"
#include "generation/agreement.h"
#include "generation/chat.h"
#include "generation/end_of_text.h"
#include "generation/text_stream.h"
#include "report/table.h"

namespace fairprune {
namespace {

struct GenerateFlags {
  std::string model, against, prompt, prompt_file, system;
  bool chat = false, ignore_end = false, json = false;
  int64_t max_tokens = 128;
  SamplingOptions sampling;
  EngineFlags engine;
};

// A model with the prompt as its tokenizer has it.
struct Speaker {
  std::string path;
  OpenedModel opened;
  Engine engine;
  std::vector<int32_t> prompt, end_ids;
};

struct Answer {
  Generated generated;
  std::string text;                // without the end of text
  std::optional<double> by_other;  // its log-likelihood by the other model
};

Result<std::string> ReadPrompt(const GenerateFlags& flags) {
  if (flags.prompt_file.empty()) return flags.prompt;
  if (flags.prompt_file != "-") return ReadTextFile(flags.prompt_file);
  return ReadStandardInput();
}

Status CheckFlags(const GenerateFlags& flags) {
  FP_RETURN_IF_ERROR(CheckSampling(flags.sampling));
  if (!flags.system.empty() && !flags.chat) {
    return Fail(ErrorCode::kInvalidArgument, "--system is a part of a conversation: add --chat");
  }
  return {};
}

Result<Speaker> MakeSpeaker(const std::string& path, const std::string& text,
                            const GenerateFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(OpenedModel opened, OpenModel(path, context));
  FP_ASSIGN_OR_RETURN(const Tokenizer* tokenizer, RequireTokenizer(opened));
  std::string prompt = text;
  if (flags.chat) {
    FP_ASSIGN_OR_RETURN(prompt, ChatMlPrompt(*tokenizer, flags.system, text));
  }
  FP_ASSIGN_OR_RETURN(auto ids, tokenizer->Encode(prompt, {.add_special = !flags.chat}));
  std::vector<int32_t> end_ids;
  if (!flags.ignore_end) {
    FP_ASSIGN_OR_RETURN(end_ids, EndOfTextIds(opened.checkpoint, tokenizer));
  }
  FP_ASSIGN_OR_RETURN(Engine engine, LoadEngine(opened, flags.engine));
  return Speaker{path, std::move(opened), std::move(engine), std::move(ids), std::move(end_ids)};
}

// "1 token"
std::string Tokens(int64_t count) {
  return fmt::format("{} token{}", WithThousands(count), count == 1 ? "" : "s");
}

// Whether the answers themselves are printed.
bool IsShown(const GenerateFlags& flags, const Context& context) {
  return !flags.json && context.table_format == TableFormat::kText;
}

// Printed as it comes, where it is shown.
Result<Answer> Speak(const Speaker& speaker, const GenerateFlags& flags, Context& context) {
  Answer answer;
  TextStream stream(*speaker.opened.tokenizer, speaker.prompt);
  const auto tell = [&](const std::string& piece) -> Status {
    answer.text += piece;
    return !IsShown(flags, context) || piece.empty() ? Status() : context.PrintNow(piece);
  };
  int64_t count = 0;
  GenerateOptions options{.sampling = flags.sampling,
                          .max_tokens = flags.max_tokens,
                          .end_ids = speaker.end_ids,
                          .on_token = [&](int32_t id) -> Status {
                            FP_ASSIGN_OR_RETURN(const std::string piece, stream.Push(id));
                            FP_RETURN_IF_ERROR(tell(piece));
                            ++count;
                            if (InterruptSignal() == 0) return {};
                            return Fail(ErrorCode::kInternal, "stopped by {} after {}",
                                        InterruptName(), Tokens(count));
                          }};
  FP_ASSIGN_OR_RETURN(answer.generated, Generate(speaker.engine, speaker.prompt, options));
  FP_ASSIGN_OR_RETURN(const std::string rest, stream.Finish());
  FP_RETURN_IF_ERROR(tell(rest));
  if (IsShown(flags, context)) context.Print("\n");
  return answer;
}

// "end of text"
std::string Words(StopReason reason) {
  std::string words(NameOf(reason));
  std::ranges::replace(words, '_', ' ');
  return words;
}

// Tokens per second behind the first one; 0: there are none.
double DecodeRate(const Generated& g) {
  const double seconds = g.seconds - g.first_token_seconds;
  return g.ids.size() < 2 || seconds <= 0 ? 0 : static_cast<double>(g.ids.size() - 1) / seconds;
}

void TellFigures(const Speaker& speaker, const Generated& g, Context& context) {
  const auto count = static_cast<double>(g.ids.size());
  context.Info(fmt::format(
      "{} behind {}, {}; the first after {:.2f} s, then {:.1f} tokens/s ({}, {} threads); "
      "log-likelihood {:.3f} nats, {:.3f} per token",
      Tokens(std::ssize(g.ids)), speaker.prompt.size(), Words(g.stopped), g.first_token_seconds,
      DecodeRate(g), NameOf(speaker.engine.compute()), speaker.engine.threads(),
      g.log_likelihood_nats, count > 0 ? g.log_likelihood_nats / count : 0.0));
}

// Log-likelihoods of each answer by the other model, where their ids are the same tokens.
Status Cross(const std::vector<Speaker>& speakers, std::vector<Answer>& answers) {
  for (size_t i = 0; i < 2; ++i) {
    const Speaker& other = speakers[1 - i];
    std::vector<int32_t> ids = speakers[i].prompt;
    ids.insert(ids.end(), answers[i].generated.ids.begin(), answers[i].generated.ids.end());
    if (speakers[i].prompt != other.prompt ||
        !SameTokens(*speakers[i].opened.tokenizer, *other.opened.tokenizer, ids)) {
      continue;
    }
    FP_ASSIGN_OR_RETURN(answers[i].by_other,
                        AnswerLogLikelihood(other.engine, other.prompt, answers[i].generated.ids));
  }
  return {};
}

// The text from byte `begin` on, up to 40 characters, in quotes.
std::string Quoted(const std::string& text, size_t begin, const Generated& g) {
  constexpr int kMost = 40;
  size_t end = begin;
  for (int i = 0; i < kMost && end < text.size(); ++i) {
    do ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
  }
  if (begin == text.size()) return fmt::format("({})", Words(g.stopped));
  return DumpJson(Json(text.substr(begin, end - begin)), -1) + (end < text.size() ? " …" : "");
}

// Bytes that two texts share, whole characters.
size_t SharedBytes(const std::string& a, const std::string& b) {
  size_t shared = 0;
  while (shared < a.size() && shared < b.size() && a[shared] == b[shared]) ++shared;
  const auto inside = [shared](const std::string& text) {
    return shared < text.size() && (static_cast<unsigned char>(text[shared]) & 0xC0) == 0x80;
  };
  if (!inside(a) && !inside(b)) return shared;
  while (shared > 0 && (static_cast<unsigned char>(a[--shared]) & 0xC0) == 0x80) {
  }
  return shared;
}

void PrintAgreement(const std::vector<Answer>& answers, Context& context) {
  const Answer& a = answers[0];
  const Answer& b = answers[1];
  const auto differ = FirstDifference(a.generated.ids, b.generated.ids);
  Printout printout;
  if (!differ) {
    printout.Add(fmt::format("\nThe same {}.\n\n", Tokens(std::ssize(a.generated.ids))));
  } else {
    const size_t shared = SharedBytes(a.text, b.text);
    printout.Add(fmt::format("\nThe same for {}, then\n  A  {}\n  B  {}\n\n", Tokens(*differ),
                             Quoted(a.text, shared, a.generated),
                             Quoted(b.text, shared, b.generated)));
  }
  Table table({{"answer"},
               {"tokens", Align::kRight},
               {"stopped"},
               {"nats by A", Align::kRight},
               {"nats by B", Align::kRight}});
  for (size_t i = 0; i < 2; ++i) {
    const Generated& g = answers[i].generated;
    const std::string own = fmt::format("{:.3f}", g.log_likelihood_nats);
    const auto& by_other = answers[i].by_other;
    const std::string other = by_other ? fmt::format("{:.3f}", *by_other) : "other tokens";
    table.AddRow({i == 0 ? "A" : "B", WithThousands(std::ssize(g.ids)), Words(g.stopped),
                  i == 0 ? own : other, i == 0 ? other : own});
  }
  context.Print(printout.Add(std::move(table)));
}

Json AnswerToJson(const Speaker& speaker, const Answer& answer, bool compared) {
  const Generated& g = answer.generated;
  Json json = {{"model", speaker.path},        {"text", answer.text},
               {"prompt_ids", speaker.prompt}, {"ids", g.ids},
               {"token_nats", g.token_nats},   {"log_likelihood", g.log_likelihood_nats},
               {"stopped", NameOf(g.stopped)}, {"first_token_seconds", g.first_token_seconds},
               {"seconds", g.seconds}};
  if (compared) {
    json["log_likelihood_by_other"] = answer.by_other ? Json(*answer.by_other) : Json(nullptr);
  }
  return json;
}

void PrintAsJson(const GenerateFlags& flags, const std::string& prompt,
                 const std::vector<Speaker>& speakers, const std::vector<Answer>& answers,
                 Context& context) {
  Json list = Json::array();
  for (size_t i = 0; i < answers.size(); ++i) {
    list.push_back(AnswerToJson(speakers[i], answers[i], answers.size() > 1));
  }
  Json json = {{"prompt", prompt},
               {"chat", flags.chat},
               {"max_tokens", flags.max_tokens},
               {"temperature", flags.sampling.temperature},
               {"top_k", flags.sampling.top_k},
               {"top_p", flags.sampling.top_p},
               {"seed", flags.sampling.seed},
               {"compute", NameOf(speakers.front().engine.compute())},
               {"threads", speakers.front().engine.threads()},
               {"answers", std::move(list)}};
  if (answers.size() > 1) {
    const auto differ = FirstDifference(answers[0].generated.ids, answers[1].generated.ids);
    json["first_difference"] = differ ? Json(*differ) : Json(nullptr);
  }
  context.PrintJson("generate", json);
}

Result<Outcome> GenerateVerb(const GenerateFlags& flags, Context& context) {
  FP_RETURN_IF_ERROR(CheckFlags(flags));
  FP_ASSIGN_OR_RETURN(const std::string prompt, ReadPrompt(flags));
  std::vector<std::string> paths = {flags.model};
  if (!flags.against.empty()) paths.push_back(flags.against);
  std::vector<Speaker> speakers;
  for (const std::string& path : paths) {
    FP_ASSIGN_OR_RETURN(Speaker speaker, MakeSpeaker(path, prompt, flags, context));
    speakers.push_back(std::move(speaker));
  }
  CatchInterrupts();
  const bool compared = speakers.size() > 1;
  std::vector<Answer> answers;
  for (const Speaker& speaker : speakers) {
    if (compared && IsShown(flags, context)) {
      context.Print(fmt::format("{}: {}\n", answers.empty() ? "A" : "\nB", speaker.path));
    }
    FP_ASSIGN_OR_RETURN(Answer answer, Speak(speaker, flags, context));
    answers.push_back(std::move(answer));
    TellFigures(speaker, answers.back().generated, context);
  }
  if (compared) FP_RETURN_IF_ERROR(Cross(speakers, answers));
  if (flags.json) {
    PrintAsJson(flags, prompt, speakers, answers, context);
  } else if (compared) {
    PrintAgreement(answers, context);
  }
  return Outcome::kSuccess;
}

}  // namespace

void AddGenerate(CLI::App& app, Context& context) {
  auto flags = std::make_shared<GenerateFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "generate",
       .summary = "What a model says next, alone or beside another one",
       .description =
           "Prints the text that the model puts behind the prompt, as it comes. Without "
           "--temperature it is the likeliest token at every step. --against prints a second "
           "model's text below, where the two part, and the log-likelihood of both texts by both "
           "models.",
       .examples = {"fairprune generate model.gguf --prompt 'The nurse said that'",
                    "fairprune generate model.gguf --against runs/a/model --prompt 'The nurse said "
                    "that' --max-tokens 40",
                    "fairprune generate model.gguf --chat --prompt 'Who is a good boss?' "
                    "--temperature 0.8 --top-p 0.95 --seed 3"}},
      [flags, &context] { return GenerateVerb(*flags, context); });
  verb->add_option("MODEL", flags->model, kModelHelp)->required();
  verb->add_option("--against", flags->against, "A second model, on the same prompt");
  CLI::Option_group* prompt = verb->add_option_group("Prompt");
  prompt->add_option("--prompt", flags->prompt, "The text to go on with");
  prompt->add_option("--prompt-file", flags->prompt_file,
                     "The same from a file, with its last line break; -: standard input");
  prompt->require_option(1);
  verb->add_option("--max-tokens", flags->max_tokens, "Tokens to generate at most")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30))
      ->capture_default_str();
  verb->add_option("--temperature", flags->sampling.temperature,
                   "Draw tokens, from logits divided by this; 0: take the likeliest")
      ->capture_default_str();
  verb->add_option("--top-k", flags->sampling.top_k, "Draw among so many; 0: all")
      ->capture_default_str();
  verb->add_option("--top-p", flags->sampling.top_p,
                   "Draw among the fewest likeliest tokens of at least this probability")
      ->capture_default_str();
  verb->add_option("--seed", flags->sampling.seed, "Of the draws")->capture_default_str();
  verb->add_flag("--chat", flags->chat,
                 "The prompt is a user's turn of a ChatML conversation (SmolLM2, Qwen)");
  verb->add_option("--system", flags->system, "The system's turn before it; with --chat");
  verb->add_flag("--ignore-end", flags->ignore_end, "Do not stop at the end of text");
  AddComputeFlags(verb, flags->engine);
  AddTableFlags(verb, context, flags->json);
  for (const char* name : {"--csv", "--markdown"}) {
    verb->get_option(name)->needs(verb->get_option("--against"));
  }
}

}  // namespace fairprune
