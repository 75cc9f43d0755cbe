#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "checkpoint/safetensors.h"
#include "io/atomic_output.h"
#include "io/json.h"

namespace fairprune {
namespace {

constexpr size_t kAlignment = 8;

// The blocks of GGUF have 32 elements or more; of F4 and F6 up to four share bytes.
bool CanHold(DType dtype) { return LayoutOf(dtype).elements <= 4; }

// Bytes of one tensor; the shape and type are the caller's, hence kInvalidArgument.
Result<int64_t> NumBytes(const TensorToWrite& tensor, const std::string& path) {
  if (!CanHold(tensor.dtype)) {
    return Fail(ErrorCode::kInvalidArgument, "{}: tensor \"{}\": safetensors cannot hold {}", path,
                tensor.name, NameOf(tensor.dtype));
  }
  const BlockLayout layout = LayoutOf(tensor.dtype);
  int64_t product = layout.bytes;
  for (const int64_t extent : tensor.shape) {
    if (extent < 0 || __builtin_mul_overflow(product, extent, &product)) {
      return Fail(ErrorCode::kInvalidArgument, "{}: tensor \"{}\": impossible shape {}", path,
                  tensor.name, ToString(tensor.shape));
    }
  }
  if (NumElements(tensor.shape) % layout.elements != 0) {
    return Fail(ErrorCode::kInvalidArgument, "{}: tensor \"{}\": {} of {} are not whole bytes",
                path, tensor.name, ToString(tensor.shape), NameOf(tensor.dtype));
  }
  return product / layout.elements;
}

Result<std::string> BuildHeader(const std::string& path, const std::vector<TensorToWrite>& tensors,
                                const StringMap& metadata) {
  Json::object_t header;
  // Appended to the vector under the ordered map: its own insertion searches all keys each time.
  std::vector<std::pair<const std::string, Json>>& members = header;
  if (!metadata.empty()) members.emplace_back("__metadata__", Json(metadata));
  std::unordered_set<std::string> names = {"__metadata__"};
  int64_t offset = 0;
  for (const TensorToWrite& tensor : tensors) {
    if (!names.insert(tensor.name).second) {
      return Fail(ErrorCode::kInvalidArgument, "{}: two tensors named \"{}\"", path, tensor.name);
    }
    if (FindInvalidUtf8(tensor.name) != std::string::npos) {
      return Fail(ErrorCode::kInvalidArgument, "{}: a tensor's name is not UTF-8", path);
    }
    FP_ASSIGN_OR_RETURN(const int64_t num_bytes, NumBytes(tensor, path));
    int64_t end = 0;
    if (__builtin_add_overflow(offset, num_bytes, &end)) {
      return Fail(ErrorCode::kInvalidArgument, "{}: more than 2^63 bytes of tensors", path);
    }
    Json info = Json::object();
    info["dtype"] = NameOf(tensor.dtype);
    info["shape"] = tensor.shape;
    info["data_offsets"] = {offset, end};
    members.emplace_back(tensor.name, std::move(info));
    offset = end;
  }
  std::string text = DumpJson(Json(std::move(header)), -1);
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return text;
}

Status WriteTensor(AtomicFile& file, const TensorToWrite& tensor, const std::string& path) {
  FP_ASSIGN_OR_RETURN(const int64_t expected, NumBytes(tensor, path));
  int64_t written = 0;
  const auto sink = [&](std::span<const std::byte> piece) -> Status {
    written += static_cast<int64_t>(piece.size());
    if (written > expected) {
      return Fail(ErrorCode::kInvalidArgument, "{}: tensor \"{}\": expected {} bytes, got more",
                  path, tensor.name, expected);
    }
    return file.Write(piece);
  };
  FP_RETURN_IF_ERROR(tensor.produce(sink));
  if (written != expected) {
    return Fail(ErrorCode::kInvalidArgument, "{}: tensor \"{}\": expected {} bytes, got {}", path,
                tensor.name, expected, written);
  }
  return {};
}

}  // namespace

TensorToWrite ViewToWrite(std::string name, DType dtype, Shape shape,
                          std::span<const std::byte> bytes) {
  TensorToWrite tensor{std::move(name), dtype, std::move(shape), {}};
  tensor.produce = [bytes](const auto& sink) { return sink(bytes); };
  return tensor;
}

Status WriteSafetensors(const std::string& path, const std::vector<TensorToWrite>& tensors,
                        const StringMap& metadata) {
  FP_ASSIGN_OR_RETURN(const std::string header, BuildHeader(path, tensors, metadata));
  FP_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  const uint64_t header_bytes = header.size();
  FP_RETURN_IF_ERROR(file.Write(std::as_bytes(std::span(&header_bytes, 1))));
  FP_RETURN_IF_ERROR(file.Write(header));
  for (const TensorToWrite& tensor : tensors) {
    FP_RETURN_IF_ERROR(WriteTensor(file, tensor, path));
  }
  return file.Commit();
}

}  // namespace fairprune
