// Models that are named on the Hugging Face Hub, as the files that a verb opens.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/context.h"

namespace fairprune {

// `model` as it is; of "hf:ORG/NAME…" the folder or file in the Hub's cache, fetched if it is not
// there, with progress. Errors: those of ParseHubReference, ReadHubSettings and FetchModel;
// CheckInterrupt's.
Result<std::string> LocalModelPath(const std::string& model, Context& context);

// What a result of `model` may be called: the file's name without .gguf, the folder's, or the
// repository's.
std::string ModelName(const std::string& model);

}  // namespace fairprune
