#include "cli/model_input.h"

#include <filesystem>
#include <utility>

#include "cli/hub_input.h"

namespace fairprune {

Result<OpenedModel> OpenModel(const std::string& name, Context& context) {
  FP_ASSIGN_OR_RETURN(const std::string path, LocalModelPath(name, context));
  FP_ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(Model model, DescribeModel(checkpoint));
  OpenedModel opened{std::move(checkpoint), std::move(model), std::nullopt, {}};
  Result<Tokenizer> tokenizer = Tokenizer::FromCheckpoint(opened.checkpoint);
  if (!tokenizer) {
    const ErrorCode code = tokenizer.error().code;
    if (code != ErrorCode::kNotFound && code != ErrorCode::kUnsupported) {
      return tl::unexpected(tokenizer.error());
    }
    opened.no_tokenizer_reason = tokenizer.error().message;
    return opened;
  }
  if (tokenizer->vocabulary_size() > opened.model.config.vocab_size) {
    return Fail(
        ErrorCode::kMismatch,
        "{}: the tokenizer has ids up to {}, and the embedding has {} rows; is this another "
        "model's tokenizer?",
        path, tokenizer->vocabulary_size() - 1, opened.model.config.vocab_size);
  }
  opened.tokenizer = *std::move(tokenizer);
  return opened;
}

Result<const Tokenizer*> RequireTokenizer(const OpenedModel& opened) {
  if (opened.tokenizer) return &*opened.tokenizer;
  return Fail(ErrorCode::kNotFound, "{}", opened.no_tokenizer_reason);
}

Status RequireOneWidth(const OpenedModel& opened) {
  if (opened.model.config.layer_widths.empty()) return {};
  return Fail(ErrorCode::kUnsupported,
              "{}: its layers have different widths; neurons are chosen of models with one width: "
              "take the model that it was made of",
              opened.checkpoint.path());
}

Result<Tokenizer> OpenTokenizer(const std::string& name, Context& context) {
  FP_ASSIGN_OR_RETURN(const std::string path, LocalModelPath(name, context));
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    for (const char* candidate : {"tokenizer.json", "tokenizer.model"}) {
      const fs::path file = fs::path(path) / candidate;
      // With a config.json beside it, BOS and EOS come from the model's own files.
      if (fs::exists(file, ignored) && !fs::exists(fs::path(path) / "config.json", ignored)) {
        return Tokenizer::FromFile(file.string());
      }
    }
  } else if (const fs::path extension = fs::path(path).extension();
             extension == ".json" || extension == ".model") {
    return Tokenizer::FromFile(path);
  }
  FP_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(path));
  return Tokenizer::FromCheckpoint(checkpoint);
}

}  // namespace fairprune
