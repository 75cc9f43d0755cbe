// Matrix products of the forward pass, on oneDNN: weights packed once into the layout that the CPU
// likes, primitives created once per shape.
//
//   MatmulContext context(WeightType::kF32);
//   PackedMatrix w = context.Pack(weight);         // weight [C, K]
//   context.Multiply(x, w, y);                     // y = x W^T:  x [M, K], y [M, C]
//   context.MultiplyTransposed(dy, plain, dx);     // dx = dy W, for gradients
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "tensor/tensor.h"

namespace fairprune::compute {

enum class WeightType { kF32, kBf16 };

// Whether oneDNN multiplies bf16 natively on this CPU (AVX512-BF16 or AMX).
bool CpuHasFastBf16();
// "avx2", "avx512_core", "avx512_core_amx", …: the instruction set that oneDNN uses here.
const char* CpuIsaName();

// Rows to which a batch of M rows is padded, so that few distinct shapes occur: 1, 2, 4, 8, 16,
// then multiples of 16 up to 128, then of 64.
int64_t BucketRows(int64_t rows);

// A weight [C, K] in packed form. Move-only. Made by MatmulContext::Pack.
class PackedMatrix {
 public:
  PackedMatrix();
  PackedMatrix(PackedMatrix&&) noexcept;
  PackedMatrix& operator=(PackedMatrix&&) noexcept;
  ~PackedMatrix();
  int64_t outputs() const;  // C
  int64_t inputs() const;   // K
  bool empty() const { return impl_ == nullptr; }

 private:
  friend class MatmulContext;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Owns the primitive cache and the conversion scratch. One Multiply at a time.
class MatmulContext {
 public:
  explicit MatmulContext(WeightType type);
  MatmulContext(MatmulContext&&) noexcept;
  MatmulContext& operator=(MatmulContext&&) noexcept;
  ~MatmulContext();

  WeightType type() const;

  // Copies `weight` [C, K] into packed form. Errors: kUnsupported (no bf16 on this CPU).
  Result<PackedMatrix> Pack(ConstMatrixView weight);
  // As Pack, but keeps plain row-major [C, K] (f32: a view of `weight`, which must live on; bf16: a
  // converted copy that bf16_rows() gives access to): for an embedding that is also the head.
  Result<PackedMatrix> PackPlain(ConstMatrixView weight);
  // As PackPlain, and owns the rows: for weights that MultiplyTransposed needs as well.
  Result<PackedMatrix> KeepPlain(Tensor weight);
  // The rows of a plain bf16 matrix, [C, K] row-major; empty for others.
  static std::span<const uint16_t> Bf16Rows(const PackedMatrix& matrix);

  // y = x W^T. Both buffers must be dense (stride == cols) and readable/writable up to
  // BucketRows(x.rows) rows: the extra rows of y are overwritten with values of no meaning.
  Status Multiply(ConstMatrixView x, const PackedMatrix& weight, MatrixView y);

  // x = y W, the gradient of Multiply's input from that of its output; `weight` must be plain. x
  // and y as in Multiply.
  Status MultiplyTransposed(ConstMatrixView y, const PackedMatrix& weight, MatrixView x);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fairprune::compute
