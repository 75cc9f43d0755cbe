// Which tokens begin and end a text, and what the files beside a tokenizer say about it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairprune {

struct SpecialTokens {
  std::optional<int32_t> bos;
  std::optional<int32_t> eos;
};

using TokenLookup = std::function<std::optional<int32_t>(std::string_view)>;

// Looks in `folder` at tokenizer_config.json and special_tokens_map.json (bos_token, eos_token: a
// string or {"content": …}), then at config.json and generation_config.json (bos_token_id,
// eos_token_id: a number, or a list whose first counts). The first file that has the key decides; a
// null there means none. Files that do not exist are passed over. What no file says is as in
// `fallback`. Errors: kIo, kBadFormat.
Result<SpecialTokens> ReadSpecialTokens(const std::string& folder, const TokenLookup& lookup,
                                        const SpecialTokens& fallback = {});

}  // namespace fairprune
