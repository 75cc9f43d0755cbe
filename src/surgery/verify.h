// Whether a model, or the folder of a run, is what it says it is.
//
//   FP_ASSIGN_OR_RETURN(std::vector<Check> checks, VerifyFolder("runs/a"));
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace fairprune {

struct Check {
  enum class Verdict { kHolds, kFails, kSkipped };
  std::string name;  // "hashes"
  Verdict verdict = Verdict::kHolds;
  std::string detail;  // what was looked at, or what is wrong and where
};

// `path`: a Hugging Face folder, a GGUF file, or a run folder (manifest.json, model/, plan.json,
// undo.safetensors). docs/cli.md, "verify", lists the checks. A check that fails is no error.
// Errors: kNotFound (nothing is there), kIo.
Result<std::vector<Check>> VerifyFolder(const std::string& path);

}  // namespace fairprune
