// Owner and views of dense row-major tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace fairprune {

using Shape = std::vector<int64_t>;

// Product of the extents; 1 for a scalar.
int64_t NumElements(const Shape& shape);
// "[2, 3]"
std::string ToString(const Shape& shape);

// A view of a row-major f32 matrix; the owner is named where it is made. `stride` is the distance
// between rows in elements (>= cols).
struct MatrixView {
  float* data = nullptr;
  int64_t rows = 0, cols = 0, stride = 0;
  float* row(int64_t i) const { return data + i * stride; }
  std::span<float> row_span(int64_t i) const { return {row(i), static_cast<size_t>(cols)}; }
};
struct ConstMatrixView {
  const float* data = nullptr;
  int64_t rows = 0, cols = 0, stride = 0;
  ConstMatrixView() = default;
  ConstMatrixView(const float* d, int64_t r, int64_t c, int64_t s)
      : data(d), rows(r), cols(c), stride(s) {}
  ConstMatrixView(const MatrixView& m)  // NOLINT(google-explicit-constructor): a view widens
      : data(m.data), rows(m.rows), cols(m.cols), stride(m.stride) {}
  const float* row(int64_t i) const { return data + i * stride; }
  std::span<const float> row_span(int64_t i) const { return {row(i), static_cast<size_t>(cols)}; }
};

// 64-byte aligned, move-only storage of `size` elements, uninitialised unless zeroed.
template <typename T>
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  explicit AlignedBuffer(size_t size) : size_(size) {
    const size_t bytes = (size * sizeof(T) + 63) / 64 * 64;
    data_.reset(static_cast<T*>(std::aligned_alloc(64, bytes == 0 ? 64 : bytes)));
    FP_CHECK(data_ != nullptr, "out of memory");
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  size_t size() const { return size_; }
  std::span<T> span() { return {data_.get(), size_}; }
  std::span<const T> span() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T, Free> data_;
  size_t size_ = 0;
};

// An owned f32 tensor, row-major, 64-byte aligned, move-only.
class Tensor {
 public:
  Tensor() = default;
  // Uninitialised.
  explicit Tensor(Shape shape)
      : shape_(std::move(shape)), buffer_(static_cast<size_t>(NumElements(shape_))) {}
  static Tensor Zeros(Shape shape);

  const Shape& shape() const { return shape_; }
  int64_t size() const { return static_cast<int64_t>(buffer_.size()); }
  float* data() { return buffer_.data(); }
  const float* data() const { return buffer_.data(); }
  std::span<float> span() { return buffer_.span(); }
  std::span<const float> span() const { return buffer_.span(); }
  // The tensor as a matrix of its last extent's columns.
  MatrixView matrix();
  ConstMatrixView matrix() const;

 private:
  Shape shape_;
  AlignedBuffer<float> buffer_;
};

}  // namespace fairprune
