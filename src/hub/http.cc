#include "hub/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "base/version.h"

namespace fairprune {
namespace {

constexpr int kMaxRedirects = 10;

// A header's value for a message: printable ASCII, cut.
std::string Printable(std::string_view text) {
  constexpr size_t kMaxBytes = 200;
  std::string line;
  for (const char c : text.substr(0, kMaxBytes)) line += c >= 0x20 && c < 0x7F ? c : '?';
  return line;
}

std::optional<int64_t> LeadingInteger(std::string_view text) {
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return std::nullopt;
  return value;
}

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

Url ParseUrl(const std::string& text) {
  Url url(curl_url());
  if (url != nullptr && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    url.reset();
  }
  return url;
}

std::string PartOf(const Url& url, CURLUPart part) {
  char* text = nullptr;
  const unsigned flags = part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// Scheme, host and port: what a token may be shown to.
std::string OriginOf(const Url& url) {
  return AsciiLower(PartOf(url, CURLUPART_SCHEME) + "://" + PartOf(url, CURLUPART_HOST) + ":" +
                    PartOf(url, CURLUPART_PORT));
}

// One exchange with one server, as the callbacks see it.
struct Exchange {
  CURL* curl = nullptr;
  const HttpRequest* request = nullptr;
  HttpAnswer answer;
  std::string location;
  bool begun = false;
  Status failed;

  bool Keep(Status status) {
    if (status) return true;
    failed = std::move(status);
    return false;
  }
};

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {  // of this answer, after an interim one
    exchange.answer = {};
    exchange.location.clear();
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  const std::string name = AsciiLower(line.substr(0, colon));
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
  if (name == "location") exchange.location = value;
  if (name == "x-error-code") exchange.answer.error_code = Printable(value);
  if (name == "retry-after") exchange.answer.retry_after_s = LeadingInteger(value).value_or(-1);
  if (name == "content-range" && value.starts_with("bytes ")) {
    exchange.answer.range_begin = LeadingInteger(value.substr(6)).value_or(-1);
  }
  return line.size();
}

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const size_t bytes = size * count;
  long status = 0;
  curl_easy_getinfo(exchange.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200 && status != 206)
    return bytes;  // what a page of an error says is not looked at
  exchange.answer.status = static_cast<int>(status);
  const HttpRequest& request = *exchange.request;
  if (!exchange.begun) {
    exchange.begun = true;
    if (request.begin && !exchange.Keep(request.begin(exchange.answer))) return 0;
  }
  if (request.write && !exchange.Keep(request.write(std::as_bytes(std::span(data, bytes))))) {
    return 0;
  }
  return bytes;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (!exchange.request->poll) return 0;
  return exchange.Keep(exchange.request->poll()) ? 0 : 1;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

HeaderList HeadersOf(const HttpRequest& request, bool with_token) {
  HeaderList headers;
  const auto add = [&](const std::string& line) {
    // On success the list's first element stays what it was, or is the new one.
    curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
    if (longer == nullptr) return;
    (void)headers.release();
    headers.reset(longer);
  };
  if (with_token && !request.token.empty()) add("Authorization: Bearer " + request.token);
  if (request.offset > 0) add(fmt::format("Range: bytes={}-", request.offset));
  return headers;
}

}  // namespace

struct HttpClient::Impl {
  CURL* curl = nullptr;

  Impl() {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready == CURLE_OK) curl = curl_easy_init();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (curl != nullptr) curl_easy_cleanup(curl);
  }

  void SetOptions(const HttpRequest& request, const std::string& url, const HeaderList& headers,
                  Exchange& exchange) const {
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, ("fairprune/" + std::string(Version())).c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(request.connect_seconds));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_seconds));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, OnProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
  }

  // One request to one server; its answer is in `exchange`.
  Status Perform(const HttpRequest& request, const std::string& url, bool with_token,
                 Exchange& exchange) const {
    exchange.curl = curl;
    exchange.request = &request;
    const HeaderList headers = HeadersOf(request, with_token);
    SetOptions(request, url, headers, exchange);
    const CURLcode code = curl_easy_perform(curl);
    if (!exchange.failed) return exchange.failed;
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    exchange.answer.status = static_cast<int>(status);
    if (code != CURLE_OK) {
      exchange.answer.status = 0;
      exchange.answer.broken = Printable(curl_easy_strerror(code));
    } else if (!exchange.begun && (status == 200 || status == 206) && request.begin) {
      return request.begin(exchange.answer);  // an empty body
    }
    return {};
  }
};

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpAnswer> HttpClient::Get(const HttpRequest& request) {
  if (impl_->curl == nullptr) return Fail(ErrorCode::kIo, "libcurl could not be started");
  Url url = ParseUrl(request.url);
  if (url == nullptr) return Fail(ErrorCode::kInvalidArgument, "{}: is no address", request.url);
  const std::string origin = OriginOf(url);
  const bool secure = origin.starts_with("https:");
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    const std::string address = PartOf(url, CURLUPART_URL);
    Exchange exchange;
    FP_RETURN_IF_ERROR(impl_->Perform(request, address, OriginOf(url) == origin, exchange));
    const int status = exchange.answer.status;
    const bool redirected =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (!redirected) return exchange.answer;
    const std::string where = Printable(exchange.location);
    // Relative to where we are.
    if (exchange.location.empty() ||
        curl_url_set(url.get(), CURLUPART_URL, exchange.location.c_str(), 0) != CURLUE_OK) {
      return Fail(ErrorCode::kIo, "{}: redirected ({}) to '{}', which is no address", request.url,
                  status, where);
    }
    const std::string scheme = AsciiLower(PartOf(url, CURLUPART_SCHEME));
    if (scheme != "https" && (scheme != "http" || secure)) {
      return Fail(ErrorCode::kIo, "{}: redirected to '{}', which is not followed from {}",
                  request.url, where, secure ? "https" : "http");
    }
  }
  return Fail(ErrorCode::kIo, "{}: redirected more than {} times", request.url, kMaxRedirects);
}

std::string UrlEncode(std::string_view text, bool keep_slash) {
  std::string url;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain || (c == '/' && keep_slash)) {
      url += c;
    } else {
      url += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return url;
}

}  // namespace fairprune
