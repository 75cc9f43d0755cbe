// Where the Hub is, where its files are kept, and how it is asked: the environment variables of
// huggingface_hub, so that both share one cache.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"

namespace fairprune {

struct HubSettings {
  std::string endpoint = "https://huggingface.co";  // HF_ENDPOINT, without a `/` at its end
  std::string cache;         // HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub
  std::string token;         // HF_TOKEN; empty: none
  bool offline = false;      // HF_HUB_OFFLINE
  int connect_seconds = 10;  // HF_HUB_ETAG_TIMEOUT
  int stall_seconds = 10;    // HF_HUB_DOWNLOAD_TIMEOUT: a transfer without a byte for so long
  int attempts = 5;          // of a request that failed in a way that may pass
  int first_delay_ms = 500;  // before the second attempt; doubles, up to a minute
};

using Environment = std::function<std::optional<std::string>(const char* name)>;

// Errors: kInvalidArgument (a value that makes no sense, by its variable; a token's value is never
// part of a message).
Result<HubSettings> ReadHubSettings(const Environment& environment);
// The process's own environment.
Result<HubSettings> ReadHubSettings();

}  // namespace fairprune
