// A model of the Hugging Face Hub, on disk: fetched where it is not there yet.
//
//   FP_ASSIGN_OR_RETURN(const HubReference reference, ParseHubReference("hf:ORG/NAME"));
//   FP_ASSIGN_OR_RETURN(const HubSettings settings, ReadHubSettings());
//   FP_ASSIGN_OR_RETURN(const FetchedModel model, FetchModel(reference, settings, {}));
//   FP_ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::Open(model.path));
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "hub/reference.h"
#include "hub/settings.h"

namespace fairprune {

struct FetchedModel {
  std::string path;    // the snapshot's folder, or a file in it
  std::string commit;  // 40 hexadecimal digits
  int64_t fetched_bytes = 0;
};

struct FetchCallbacks {
  // Bytes of one file, as they arrive; what was there from an earlier try counts as done. An error
  // ends the transfer; what has arrived stays for the next try.
  std::function<Status(const std::string& file, int64_t done, int64_t total)> progress;
  std::function<void(const std::string& message)> warn;
  // Called at least once a second while anything is waited for; an error ends it.
  std::function<Status()> poll;
};

// Asks the Hub what the revision holds, fetches what is needed and not in the cache, and checks
// every file's size and hash. Without a network, a model that is in the cache is used, with a
// warning. A commit whose model is in the cache is used without asking. Errors: kNotFound (401, 403
// and 404 too), kUnsupported and kInvalidArgument (nothing, or too much, to choose from; see
// ChooseHubFiles), kMismatch (size or hash), kBadFormat (an answer that is none of a Hub), kIo.
Result<FetchedModel> FetchModel(const HubReference& reference, const HubSettings& settings,
                                const FetchCallbacks& callbacks);

}  // namespace fairprune
