#include "cli/hub_input.h"

#include <filesystem>

#include "cli/interrupt.h"
#include "hub/fetch.h"
#include "report/table.h"

namespace fairprune {

Result<std::string> LocalModelPath(const std::string& model, Context& context) {
  if (!IsHubReference(model)) return model;
  FP_ASSIGN_OR_RETURN(const HubReference reference, ParseHubReference(model));
  FP_ASSIGN_OR_RETURN(const HubSettings settings, ReadHubSettings());
  CatchInterrupts();
  FetchCallbacks callbacks;
  constexpr int64_t kBytesPerStep = 1000;  // progress counts kB
  callbacks.progress = [&context](const std::string& file, int64_t done, int64_t total) {
    return context.Progress(fmt::format("fetching {}, kB", file), done / kBytesPerStep,
                            total / kBytesPerStep);
  };
  callbacks.warn = [&context](const std::string& message) { context.Warn(message); };
  callbacks.poll = [] { return CheckInterrupt(); };
  const Result<FetchedModel> fetched = FetchModel(reference, settings, callbacks);
  if (!fetched && InterruptSignal() != 0) {
    return Fail(ErrorCode::kInternal,
                "stopped by {}: what was fetched of {} is kept in {}, and the same command goes on "
                "from there",
                InterruptName(), reference.ToString(), settings.cache);
  }
  if (!fetched) return tl::unexpected(fetched.error());
  if (fetched->fetched_bytes > 0) {
    context.Info(fmt::format("fetched {} of {} (commit {}) into {}",
                             HumanBytes(fetched->fetched_bytes), reference.ToString(),
                             fetched->commit, settings.cache));
  }
  return fetched->path;
}

std::string ModelName(const std::string& model) {
  if (IsHubReference(model)) {
    const Result<HubReference> reference = ParseHubReference(model);
    if (reference) return reference->DefaultName();
  }
  std::filesystem::path path(model);
  if (!path.has_filename()) path = path.parent_path();
  return (path.extension() == ".gguf" ? path.stem() : path.filename()).string();
}

}  // namespace fairprune
