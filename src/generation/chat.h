// A question to a model that was taught the ChatML form of conversations.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tokenizer/tokenizer.h"

namespace fairprune {

// "<|im_start|>system\n…<|im_end|>\n<|im_start|>user\n…<|im_end|>\n<|im_start|>assistant\n"; an
// empty `system` leaves its part out. A model's own chat template is not read. Errors: kUnsupported
// (a tokenizer without these two tokens: the model knows another form).
Result<std::string> ChatMlPrompt(const Tokenizer& tokenizer, std::string_view system,
                                 std::string_view user);

}  // namespace fairprune
