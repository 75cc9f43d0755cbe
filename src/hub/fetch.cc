#include "hub/fetch.h"

#include "hub/cache.h"
#include "hub/download.h"
#include "hub/listing.h"
#include "io/json.h"

namespace fairprune {
namespace {

// More than the largest listing by far: a server that sends without end fills no memory.
constexpr size_t kMostListingBytes = size_t{64} << 20;

Result<HubListing> AskForListing(HubConnection& connection) {
  const HubReference& reference = *connection.reference;
  HttpRequest request;
  request.url =
      fmt::format("{}/api/models/{}/revision/{}?blobs=true", connection.settings->endpoint,
                  reference.repo, UrlEncode(reference.revision, false));
  std::string text;
  const std::string what = reference.ToString();
  request.begin = [&](const HttpAnswer&) -> Status {
    text.clear();
    return {};
  };
  request.write = [&](std::span<const std::byte> bytes) -> Status {
    if (text.size() + bytes.size() > kMostListingBytes) {
      return Fail(ErrorCode::kBadFormat, "{}: the listing of its files is too long", what);
    }
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  FP_ASSIGN_OR_RETURN(const HttpAnswer answer, GetPatiently(connection, request, what));
  if (answer.status != 200) return RefusedBy(connection, answer, what);
  return ParseHubListing(text, request.url);
}

Status Provide(HubConnection& connection, const HubCache& cache, const std::string& commit,
               const HubFile& file, FetchedModel& model) {
  if (cache.HasLink(commit, file)) return {};
  if (!cache.HasBlob(file)) {
    FP_ASSIGN_OR_RETURN(const int64_t bytes, DownloadBlob(connection, cache, commit, file));
    model.fetched_bytes += bytes;
  }
  return cache.Link(commit, file);
}

// What is in the cache, for when the Hub is not asked or does not answer.
Result<FetchedModel> FromCache(const HubReference& reference, const HubCache& cache,
                               bool with_tokenizer) {
  const std::optional<std::string> commit = cache.CommitOf(reference.revision);
  const std::optional<std::string> path =
      commit ? cache.FindModel(reference, *commit, with_tokenizer) : std::nullopt;
  if (path) return FetchedModel{.path = *path, .commit = *commit};
  return Fail(ErrorCode::kNotFound,
              "{}: HF_HUB_OFFLINE is set, and {} does not hold all of the model; fetch it once "
              "without",
              reference.ToString(), cache.folder());
}

Result<FetchedModel> FromHub(HubConnection& connection, const HubCache& cache,
                             const HubListing& listing) {
  const HubReference& reference = *connection.reference;
  FP_ASSIGN_OR_RETURN(const HubChoice choice, ChooseHubFiles(listing, reference));
  FetchedModel model;
  model.commit = listing.commit;
  model.path = cache.SnapshotPath(listing.commit, choice.path);
  for (const HubFile& file : choice.files) {
    FP_RETURN_IF_ERROR(Provide(connection, cache, listing.commit, file, model));
  }
  if (choice.index != nullptr) {
    const std::string index = cache.SnapshotPath(listing.commit, choice.index->path);
    FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(index));
    FP_ASSIGN_OR_RETURN(const std::vector<HubFile> shards,
                        ShardsOf(text, *choice.index, listing, index));
    for (const HubFile& shard : shards) {
      FP_RETURN_IF_ERROR(Provide(connection, cache, listing.commit, shard, model));
    }
  }
  // Only now: a revision never leads to a snapshot that is not whole.
  FP_RETURN_IF_ERROR(cache.WriteRef(reference.revision, listing.commit));
  return model;
}

}  // namespace

Result<FetchedModel> FetchModel(const HubReference& reference, const HubSettings& settings,
                                const FetchCallbacks& callbacks) {
  const HubCache cache(settings.cache, reference.repo);
  if (settings.offline) return FromCache(reference, cache, false);
  if (IsCommit(reference.revision)) {
    Result<FetchedModel> cached = FromCache(reference, cache, true);
    if (cached) return cached;
  }
  HubConnection connection;
  connection.settings = &settings;
  connection.callbacks = &callbacks;
  connection.reference = &reference;
  const Result<HubListing> listing = AskForListing(connection);
  if (listing) return FromHub(connection, cache, *listing);
  if (listing.error().code != ErrorCode::kIo) return tl::unexpected(listing.error());
  Result<FetchedModel> cached = FromCache(reference, cache, false);
  if (!cached) return tl::unexpected(listing.error());
  if (callbacks.warn) {
    callbacks.warn(fmt::format("{}; using what was fetched before (commit {})",
                               listing.error().message, cached->commit));
  }
  return cached;
}

}  // namespace fairprune
