// GET over HTTP(S): the one place that knows libcurl.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace fairprune {

// What a server answered, redirects followed. All texts come from the net: printable ASCII only,
// cut to a line.
struct HttpAnswer {
  int status = 0;              // 0: there was no whole answer, and `broken` says why
  std::string broken;          // the connection failed, stalled, or ended too early
  std::string error_code;      // the Hub's X-Error-Code ("GatedRepo")
  int64_t retry_after_s = -1;  // of a 429 or 503; -1: not said
  int64_t range_begin = -1;    // of a 206: where its body begins in the file
};

struct HttpRequest {
  std::string url;     // http:// or https://
  std::string token;   // sent to the url's own scheme, host and port alone; empty: none
  int64_t offset = 0;  // wanted from this byte on
  int connect_seconds = 10, stall_seconds = 10;
  // Called once before the body of a 200 or 206, then with its pieces. An error ends the request.
  std::function<Status(const HttpAnswer&)> begin;
  std::function<Status(std::span<const std::byte>)> write;
  // Called about once a second and with every piece; an error ends the request.
  std::function<Status()> poll;
};

class HttpClient {
 public:
  HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  // Follows at most ten redirects, to http and https alone, and never from https to http. Errors:
  // those of the callbacks; kIo (a redirect that is not followed), kInvalidArgument (the url).
  Result<HttpAnswer> Get(const HttpRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// `text` with every byte that has a meaning in a url as %XX; `/` stays if `keep_slash`.
std::string UrlEncode(std::string_view text, bool keep_slash);

}  // namespace fairprune
