// Turns a plan into a checkpoint that Hugging Face transformers loads as it is.
//
//   FP_ASSIGN_OR_RETURN(PruneSummary summary,
//                       PruneCheckpoint(checkpoint, model, &tokenizer, plan, "out/model",
//                                       {.mode = PruneMode::kRemove, .round_to = 64}));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"
#include "model/model.h"
#include "selection/plan.h"
#include "surgery/write_progress.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

enum class PruneMode {
  kZero,    // same shapes; the neuron's rows of gate_proj and up_proj (and their bias entries) and
            // its column of down_proj are 0
  kRemove,  // rows and columns cut (docs/methods.md, "Removal")
};

enum class PruneWidths {
  kCommon,    // every layer keeps the same width
  kPerLayer,  // each layer loses what is planned in it; only in formats that can say so
};

struct Compensation;  // surgery/compensation.h

struct PruneOptions {
  PruneMode mode = PruneMode::kZero;
  PruneWidths widths = PruneWidths::kCommon;  // of kRemove
  int64_t round_to = 1;  // kRemove: the common width is a multiple of this, or the width as it was
  // kF32, kF16, kBF16. Default: each tensor keeps its own; quantised ones become f32, as
  // transformers reads them.
  std::optional<DType> dtype;
  bool force = false;  // replace an existing folder
  // kRemove, [L, F], high = remove first. Given: every planned neuron is cut, and layers that plan
  // fewer than the busiest layer lose further neurons by this score. Empty: only planned neurons
  // go, and those that the common width has no room to cut are zeroed in place.
  std::vector<float> fill_scores;
  int64_t max_shard_bytes = 5'000'000'000;  // tensors of one file; more than that: several files
  // Where the undo patch goes (surgery/undo.h), outside of the folder; empty: none is written.
  std::string undo_path;
  // What the kept columns of down_proj get, computed for this plan and these options; nullptr:
  // nothing.
  std::shared_ptr<const Compensation> compensation;
  // What the caller was asked to do, a JSON object that goes into fairprune.json as "options", with
  // "prune" as "command" (docs/formats.md); empty: none.
  std::string settings;
  WriteProgress progress;
};

struct PruneSummary {
  // Of the widest layer, where they differ.
  int64_t intermediate_size_before = 0, intermediate_size_after = 0;
  int64_t layers_before = 0, layers_after = 0;
  std::vector<int32_t> layers_removed;  // of the input, ascending
  std::vector<int64_t> widths_after;    // [layers_after]; empty: all are intermediate_size_after
  int64_t neurons_planned = 0;
  int64_t neurons_removed = 0;  // cut out of layers that stay
  int64_t neurons_zeroed = 0;   // set to 0 in place
  int64_t parameters_before = 0, parameters_after = 0;
  int64_t bytes_written = 0;                  // of all files
  std::vector<std::string> remarks;           // what the output cannot say: one sentence each
  std::vector<std::vector<int32_t>> removed;  // [L], cut, indices of the input, ascending
  std::vector<std::vector<int32_t>> zeroed;   // [L], set to 0, indices of the input, ascending
};

// Whether PruneCheckpoint may write there, for callers that compute something first. Errors: those
// of PruneCheckpoint about options and places.
Status CheckPruneOutput(const Checkpoint& checkpoint, const std::string& out_dir,
                        const PruneOptions& options);

// Writes `out_dir` (whole or absent): config.json, model.safetensors (or shards with an index), the
// tokenizer's files, fairprune.json with the provenance (docs/formats.md). `tokenizer` may be
// nullptr; a Hugging Face input's tokenizer files are copied as they are.
// Errors: kMismatch (plan for another model), kInvalidArgument (options, nothing would be left, a
// value beyond float16, an output that is, holds or lies in the input), kExists, kUnsupported
// (layers of different widths, which config.json cannot say), kIo.
Result<PruneSummary> PruneCheckpoint(const Checkpoint& checkpoint, const Model& model,
                                     const Tokenizer* tokenizer, const Plan& plan,
                                     const std::string& out_dir, const PruneOptions& options);

}  // namespace fairprune
