#include "io/hash.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "base/check.h"
#include "io/mapped_file.h"

namespace fairprune {

std::string Sha256(std::span<const std::byte> bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
  unsigned int size = 0;
  const int ok =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  FP_CHECK(ok == 1 && size == 32, "OpenSSL offers SHA-256");
  std::string hex;
  hex.reserve(64);
  for (unsigned int i = 0; i < size; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex.push_back(kDigits[digest[i] >> 4]);
    hex.push_back(kDigits[digest[i] & 15]);
  }
  return hex;
}

std::string Sha256(std::string_view text) { return Sha256(std::as_bytes(std::span(text))); }

Result<std::string> Sha256File(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  return Sha256(file.bytes());
}

}  // namespace fairprune
