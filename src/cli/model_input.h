// Opening what the user named on the command line: a model with its tokenizer, or a tokenizer.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "cli/context.h"
#include "model/model.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

// A checkpoint, its description and its tokenizer. `model` views `checkpoint`: keep them together.
struct OpenedModel {
  Checkpoint checkpoint;
  Model model;
  std::optional<Tokenizer> tokenizer;
  std::string no_tokenizer_reason;  // why `tokenizer` is empty
};

// A model whose tokenizer is missing or of an unknown kind opens without one; one whose vocabulary
// does not fit the embedding is kMismatch. `model` may be a name of the Hub (hf:ORG/NAME). Errors:
// those of LocalModelPath, Checkpoint::Open and DescribeModel.
Result<OpenedModel> OpenModel(const std::string& model, Context& context);

// The tokenizer, or the error that says why there is none.
Result<const Tokenizer*> RequireTokenizer(const OpenedModel& opened);

// kUnsupported for a model whose layers have different widths: it can be run, not be chosen from.
Status RequireOneWidth(const OpenedModel& opened);

// `model`: tokenizer.json, tokenizer.model, a folder that holds one, a .gguf file, or a name of the
// Hub. Weights are not looked at.
Result<Tokenizer> OpenTokenizer(const std::string& model, Context& context);

}  // namespace fairprune
