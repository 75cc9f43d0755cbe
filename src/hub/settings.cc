#include "hub/settings.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/text.h"

namespace fairprune {
namespace {

// The variable's value without white space around it; empty if it is not set.
std::string Value(const Environment& environment, const char* name) {
  const std::string text = environment(name).value_or("");
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool IsTrue(const std::string& value) {
  const std::string lower = AsciiLower(value);
  return lower == "1" || lower == "true" || lower == "yes" || lower == "on";
}

Result<int> Seconds(const Environment& environment, const char* name, int fallback) {
  const std::string value = Value(environment, name);
  if (value.empty()) return fallback;
  int seconds = 0;
  const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  constexpr int kMostSeconds = 86400;
  if (error != std::errc() || stop != value.data() + value.size() || seconds < 1 ||
      seconds > kMostSeconds) {
    return Fail(ErrorCode::kInvalidArgument, "{}: expected seconds from 1 to {}, found '{}'", name,
                kMostSeconds, value);
  }
  return seconds;
}

std::string WithHome(const Environment& environment, const std::string& path) {
  if (path != "~" && !path.starts_with("~/")) return path;
  return Value(environment, "HOME") + path.substr(1);
}

Result<std::string> CacheFolder(const Environment& environment) {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    const std::string cache = Value(environment, name);
    if (!cache.empty()) return WithHome(environment, cache);
  }
  if (const std::string home = Value(environment, "HF_HOME"); !home.empty()) {
    return WithHome(environment, home) + "/hub";
  }
  if (const std::string cache = Value(environment, "XDG_CACHE_HOME"); !cache.empty()) {
    return cache + "/huggingface/hub";
  }
  const std::string home = Value(environment, "HOME");
  if (!home.empty()) return home + "/.cache/huggingface/hub";
  return Fail(ErrorCode::kInvalidArgument,
              "HOME is not set, so there is no place for models of the Hub; set HF_HOME");
}

}  // namespace

Result<HubSettings> ReadHubSettings(const Environment& environment) {
  HubSettings settings;
  if (const std::string endpoint = Value(environment, "HF_ENDPOINT"); !endpoint.empty()) {
    if (!endpoint.starts_with("https://") && !endpoint.starts_with("http://")) {
      return Fail(ErrorCode::kInvalidArgument,
                  "HF_ENDPOINT: expected an address that begins with https:// or http://, found "
                  "'{}'",
                  endpoint);
    }
    settings.endpoint = endpoint.substr(0, endpoint.find_last_not_of('/') + 1);
  }
  FP_ASSIGN_OR_RETURN(settings.cache, CacheFolder(environment));
  settings.token = Value(environment, "HF_TOKEN");
  // It becomes part of a header: nothing may end that header early.
  const auto is_plain = [](char c) { return c > 0x20 && c < 0x7F; };
  if (!std::ranges::all_of(settings.token, is_plain)) {
    return Fail(ErrorCode::kInvalidArgument,
                "HF_TOKEN: has a character that no token has (a space, a line's end, …)");
  }
  settings.offline = IsTrue(Value(environment, "HF_HUB_OFFLINE"));
  FP_ASSIGN_OR_RETURN(settings.connect_seconds,
                      Seconds(environment, "HF_HUB_ETAG_TIMEOUT", settings.connect_seconds));
  FP_ASSIGN_OR_RETURN(settings.stall_seconds,
                      Seconds(environment, "HF_HUB_DOWNLOAD_TIMEOUT", settings.stall_seconds));
  return settings;
}

Result<HubSettings> ReadHubSettings() {
  return ReadHubSettings([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return value;
  });
}

}  // namespace fairprune
