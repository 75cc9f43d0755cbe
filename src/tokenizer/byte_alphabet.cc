#include "tokenizer/byte_alphabet.h"

#include "tokenizer/unicode.h"

namespace fairprune {
namespace {

constexpr uint16_t kNumCharacters = 0x144;  // 256 + the 68 bytes that are not printable Latin-1

std::array<uint16_t, 256> MakeByteToCharacter() {
  std::array<uint16_t, 256> characters{};
  uint16_t next = 0x100;
  for (uint16_t byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    characters[byte] = printable ? byte : next++;
  }
  return characters;
}

// Byte of each character, -1 for a character that is not of the alphabet.
const std::array<int16_t, kNumCharacters>& CharacterToByte() {
  static const std::array<int16_t, kNumCharacters> kBytes = [] {
    std::array<int16_t, kNumCharacters> bytes;
    bytes.fill(-1);
    for (int16_t byte = 0; byte < 256; ++byte) {
      bytes[ByteToCharacter()[static_cast<size_t>(byte)]] = byte;
    }
    return bytes;
  }();
  return kBytes;
}

}  // namespace

const std::array<uint16_t, 256>& ByteToCharacter() {
  static const std::array<uint16_t, 256> kCharacters = MakeByteToCharacter();
  return kCharacters;
}

std::string BytesToAlphabet(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) AppendUtf8(ByteToCharacter()[static_cast<uint8_t>(byte)], out);
  return out;
}

std::optional<std::string> AlphabetToBytes(std::string_view text) {
  const auto& bytes = CharacterToByte();
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeAt(text, at);
    if (c.value >= kNumCharacters || bytes[c.value] < 0) return std::nullopt;
    out.push_back(static_cast<char>(bytes[c.value]));
    at += c.num_bytes;
  }
  return out;
}

}  // namespace fairprune
