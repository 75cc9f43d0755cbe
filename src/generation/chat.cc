#include "generation/chat.h"

#include <fmt/core.h>

namespace fairprune {

Result<std::string> ChatMlPrompt(const Tokenizer& tokenizer, std::string_view system,
                                 std::string_view user) {
  for (const char* token : {"<|im_start|>", "<|im_end|>"}) {
    if (tokenizer.TokenId(token)) continue;
    return Fail(ErrorCode::kUnsupported,
                "the tokenizer has no {}: the model does not know ChatML conversations; write its "
                "own form into the prompt",
                token);
  }
  std::string prompt;
  if (!system.empty()) prompt += fmt::format("<|im_start|>system\n{}<|im_end|>\n", system);
  return prompt + fmt::format("<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n", user);
}

}  // namespace fairprune
