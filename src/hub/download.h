// One file of the Hub into the cache: resumed, and checked before anyone sees it.
#pragma once

#include <string>

#include "base/result.h"
#include "hub/cache.h"
#include "hub/fetch.h"
#include "hub/http.h"
#include "hub/settings.h"

namespace fairprune {

struct HubConnection {
  HttpClient client;
  const HubSettings* settings = nullptr;
  const FetchCallbacks* callbacks = nullptr;
  const HubReference* reference = nullptr;
};

// One GET with the settings' token and limits; repeated after 408, 429, 500, 502, 503, 504 and
// broken connections, later each time, or when the server says. An answer of another status is
// returned. `offset`, if given, says where each attempt begins; one that brings the transfer
// further than those before does not count. Errors: kIo (the last attempt failed too; `what` in
// front), those of the callbacks.
Result<HttpAnswer> GetPatiently(HubConnection& connection, HttpRequest request,
                                const std::string& what,
                                const std::function<int64_t()>& offset = nullptr);

// The error of an answer that is neither 200 nor 206.
tl::unexpected<Error> RefusedBy(const HubConnection& connection, const HttpAnswer& answer,
                                const std::string& what);

// Fetches the content of `file` at `commit` to its place in blobs/. Returns how many bytes came
// over the net. Errors: kMismatch (size or hash; nothing is kept), kIo, as GetPatiently.
Result<int64_t> DownloadBlob(HubConnection& connection, const HubCache& cache,
                             const std::string& commit, const HubFile& file);

}  // namespace fairprune
