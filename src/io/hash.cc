#include "io/hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/check.h"
#include "io/mapped_file.h"

namespace fairprune {

namespace {

// A hash over pieces.
class Hasher {
 public:
  explicit Hasher(const EVP_MD* kind = EVP_sha256()) : context_(EVP_MD_CTX_new()) {
    FP_CHECK(context_ != nullptr, "out of memory");
    FP_CHECK(EVP_DigestInit_ex(context_.get(), kind, nullptr) == 1, "OpenSSL offers the hash");
  }

  void Add(std::span<const std::byte> bytes) {
    FP_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "hashing works");
  }

  // Lower-case hexadecimal.
  std::string Finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
    unsigned int size = 0;
    const int ok = EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    FP_CHECK(ok == 1 && size <= digest.size(), "hashing ends");
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      hex.push_back(kDigits[digest[i] >> 4]);
      hex.push_back(kDigits[digest[i] & 15]);
    }
    return hex;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

// Piece by piece, so that a checkpoint of many gigabytes does not fill the memory.
std::string HashPieces(const MappedFile& file, Hasher& hasher) {
  constexpr size_t kPieceBytes = size_t{16} << 20;
  for (std::span<const std::byte> rest = file.bytes(); !rest.empty();) {
    const std::span<const std::byte> piece = rest.first(std::min(rest.size(), kPieceBytes));
    rest = rest.subspan(piece.size());
    file.Prefetch(rest.first(std::min(rest.size(), kPieceBytes)));
    hasher.Add(piece);
    file.Release(piece);
  }
  return hasher.Finish();
}

}  // namespace

std::string Sha256(std::span<const std::byte> bytes) {
  Hasher hasher;
  hasher.Add(bytes);
  return hasher.Finish();
}

std::string Sha256(std::string_view text) { return Sha256(std::as_bytes(std::span(text))); }

Result<std::string> Sha256File(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  Hasher hasher;
  return HashPieces(file, hasher);
}

Result<std::string> GitBlobSha1File(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  Hasher hasher(EVP_sha1());
  std::string header = fmt::format("blob {}", file.bytes().size());
  header += '\0';
  hasher.Add(std::as_bytes(std::span(header)));
  return HashPieces(file, hasher);
}

}  // namespace fairprune
