// The alphabet of byte-level tokenizers (GPT-2): each of the 256 bytes has one printable character.
// Printable Latin-1 bytes stand for themselves; the others take U+0100 onwards, in byte order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fairprune {

// Character of each byte, as a code point below U+0144.
const std::array<uint16_t, 256>& ByteToCharacter();

// "Ġthe" for " the".
std::string BytesToAlphabet(std::string_view bytes);
// " the" for "Ġthe"; nullopt if a character is not of the alphabet. `text` is valid UTF-8.
std::optional<std::string> AlphabetToBytes(std::string_view text);

}  // namespace fairprune
