#include "surgery/tensor_edit.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "checkpoint/quantize.h"

namespace fairprune {
namespace {

using Sink = std::function<Status(std::span<const std::byte>)>;

constexpr size_t kPieceBytes = size_t{1} << 20;

int64_t RowsOf(const Shape& shape) { return shape.empty() ? 1 : shape[0]; }
int64_t ColsOf(const Shape& shape) {
  return shape.size() < 2 || shape[0] == 0 ? 1 : NumElements(shape) / shape[0];
}

// Collects rows and hands them on in pieces of about kPieceBytes.
class PieceWriter {
 public:
  explicit PieceWriter(const Sink& sink) : sink_(sink) {}
  // `size` zero bytes at the end of the piece, to be filled in by the caller before the next call.
  std::byte* Extend(size_t size) {
    piece_.resize(piece_.size() + size);
    return piece_.data() + piece_.size() - size;
  }
  Status FlushIfFull() { return piece_.size() >= kPieceBytes ? Flush() : Status{}; }
  Status Flush() {
    FP_RETURN_IF_ERROR(sink_(piece_));
    piece_.clear();
    return {};
  }

 private:
  const Sink& sink_;
  std::vector<std::byte> piece_;
};

// Calls `write_row(source_row, out)` for every row of the result that is no zero row.
template <typename WriteRow>
Status ForEachRow(const TensorEntry& entry, const TensorEdit& edit, size_t row_bytes,
                  const Sink& sink, const WriteRow& write_row) {
  const int64_t num_rows =
      edit.rows.empty() ? RowsOf(entry.shape) : static_cast<int64_t>(edit.rows.size());
  PieceWriter writer(sink);
  for (int64_t row = 0; row < num_rows; ++row) {
    const int64_t source = edit.rows.empty() ? row : edit.rows[static_cast<size_t>(row)];
    std::byte* out = writer.Extend(row_bytes);
    if (source >= 0) FP_RETURN_IF_ERROR(write_row(source, out));
    FP_RETURN_IF_ERROR(writer.FlushIfFull());
  }
  return writer.Flush();
}

size_t RowBytes(DType dtype, size_t cols) {
  const BlockLayout layout = LayoutOf(dtype);
  return cols / static_cast<size_t>(layout.elements) * static_cast<size_t>(layout.bytes);
}

// Same element type: bits are moved, never converted. Columns are those of plain types.
Status CopyRows(const TensorEntry& entry, const TensorEdit& edit, const Sink& sink) {
  const auto element = static_cast<size_t>(LayoutOf(entry.dtype).bytes);
  const auto cols = static_cast<size_t>(ColsOf(entry.shape));
  const size_t out_cols = edit.cols.empty() ? cols : edit.cols.size();
  const size_t row_bytes = RowBytes(entry.dtype, cols);
  return ForEachRow(
      entry, edit, RowBytes(entry.dtype, out_cols), sink, [&](int64_t row, std::byte* out) {
        const std::byte* source = entry.bytes.data() + static_cast<size_t>(row) * row_bytes;
        if (edit.cols.empty()) {
          std::memcpy(out, source, row_bytes);
          return Status{};
        }
        for (size_t i = 0; i < out_cols; ++i)
          if (edit.cols[i] >= 0)
            std::memcpy(out + i * element, source + static_cast<size_t>(edit.cols[i]) * element,
                        element);
        return Status{};
      });
}

// `out` plus what the mix makes of the row `read`; sums in f64.
void AddMix(const ColumnMix& mix, std::span<const float> read, std::span<float> out) {
  std::vector<double> sums(out.begin(), out.end());
  for (size_t i = 0; i < mix.taken.size(); ++i) {
    const double factor = read[static_cast<size_t>(mix.taken[i])];
    const float* weights = mix.weights.data() + i * out.size();
    for (size_t j = 0; j < out.size(); ++j) sums[j] += factor * weights[j];
  }
  std::ranges::transform(sums, out.begin(), [](double sum) { return static_cast<float>(sum); });
}

// Reads every row as f32, adds `edit.add` and writes it as `dtype`. A row of a block type is a
// whole number of blocks; a vector is read at once, since its rows are single elements.
Status ConvertRows(const TensorEntry& entry, const TensorEdit& edit, DType dtype,
                   const Sink& sink) {
  const auto cols = static_cast<size_t>(ColsOf(entry.shape));
  const size_t out_cols = edit.cols.empty() ? cols : edit.cols.size();
  std::vector<float> whole, read(cols), picked(out_cols);
  if (entry.shape.size() < 2) {
    whole.resize(static_cast<size_t>(RowsOf(entry.shape)));
    FP_RETURN_IF_ERROR(ReadAsF32(entry, 0, whole));
  }
  const auto convert_row = [&](int64_t row, std::byte* out) -> Status {
    if (!whole.empty()) {
      read[0] = whole[static_cast<size_t>(row)];
    } else {
      FP_RETURN_IF_ERROR(ReadAsF32(entry, row * static_cast<int64_t>(cols), read));
    }
    if (edit.add != 0)
      for (float& value : read) value += edit.add;
    if (edit.cols.empty()) return Quantize(read, dtype, entry.name, out);
    for (size_t i = 0; i < out_cols; ++i)
      picked[i] = edit.cols[i] < 0 ? 0.0f : read[static_cast<size_t>(edit.cols[i])];
    if (edit.mix != nullptr) AddMix(*edit.mix, read, picked);
    return Quantize(picked, dtype, entry.name, out);
  };
  return ForEachRow(entry, edit, RowBytes(dtype, out_cols), sink, convert_row);
}

// One part of a row, column by column, from two sources.
void MergeColumns(const std::byte* kept, const std::byte* taken, const std::vector<int64_t>& cols,
                  size_t element, std::byte* out) {
  for (const int64_t col : cols) {
    const std::byte* from = col < 0 ? taken + static_cast<size_t>(~col) * element
                                    : kept + static_cast<size_t>(col) * element;
    std::memcpy(out, from, element);
    out += element;
  }
}

Status WriteMerged(const TensorEntry& kept, const TensorEntry& taken, const TensorMerge& merge,
                   const Sink& sink) {
  const auto element = static_cast<size_t>(LayoutOf(kept.dtype).bytes);
  const size_t kept_row = static_cast<size_t>(ColsOf(kept.shape)) * element;
  const size_t taken_row = static_cast<size_t>(ColsOf(taken.shape)) * element;
  const auto num_rows = static_cast<int64_t>(merge.rows.size());
  PieceWriter writer(sink);
  for (int64_t row = 0; row < (merge.cols.empty() ? num_rows : RowsOf(kept.shape)); ++row) {
    if (!merge.cols.empty()) {
      MergeColumns(kept.bytes.data() + static_cast<size_t>(row) * kept_row,
                   taken.bytes.data() + static_cast<size_t>(row) * taken_row, merge.cols, element,
                   writer.Extend(merge.cols.size() * element));
    } else {
      const int64_t source = merge.rows[static_cast<size_t>(row)];
      const std::byte* from = source < 0
                                  ? taken.bytes.data() + static_cast<size_t>(~source) * taken_row
                                  : kept.bytes.data() + static_cast<size_t>(source) * kept_row;
      std::memcpy(writer.Extend(kept_row), from, kept_row);
    }
    FP_RETURN_IF_ERROR(writer.FlushIfFull());
  }
  return writer.Flush();
}

}  // namespace

Shape EditedShape(const Shape& shape, const TensorEdit& edit) {
  FP_CHECK(edit.empty() || (!shape.empty() && shape.size() <= 2), "edits are of matrices");
  Shape edited = shape;
  if (!edit.rows.empty()) edited[0] = static_cast<int64_t>(edit.rows.size());
  if (!edit.cols.empty()) edited[1] = static_cast<int64_t>(edit.cols.size());
  return edited;
}

TensorToWrite EditToWrite(std::string name, const TensorEntry& entry, TensorEdit edit,
                          DType dtype) {
  const bool picks_in_blocks = LayoutOf(entry.dtype).elements > 1 && !edit.cols.empty();
  const bool copies =
      dtype == entry.dtype && edit.add == 0 && edit.mix == nullptr && !picks_in_blocks;
  FP_CHECK(
      edit.mix == nullptr || edit.mix->weights.size() == edit.mix->taken.size() * edit.cols.size(),
      "a mix is of the picked columns");
  FP_CHECK(copies || CanQuantize(dtype), "values are written in types that can be written");
  if (edit.empty() && dtype == entry.dtype)
    return ViewToWrite(std::move(name), dtype, entry.shape, entry.bytes);
  TensorToWrite result{.name = std::move(name), .dtype = dtype};
  result.shape = EditedShape(entry.shape, edit);
  FP_CHECK(result.shape.empty() || result.shape.back() % LayoutOf(dtype).elements == 0,
           "rows are whole blocks");
  result.produce = [&entry, edit = std::move(edit), dtype, copies](const Sink& sink) {
    return copies ? CopyRows(entry, edit, sink) : ConvertRows(entry, edit, dtype, sink);
  };
  return result;
}

TensorToWrite MergeToWrite(std::string name, const TensorEntry& kept, const TensorEntry& taken,
                           TensorMerge merge) {
  FP_CHECK(kept.dtype == taken.dtype && merge.rows.empty() != merge.cols.empty(),
           "a merge is of one type, along rows or along columns");
  TensorToWrite result{.name = std::move(name), .dtype = kept.dtype, .shape = kept.shape};
  if (merge.cols.empty()) {
    result.shape[0] = static_cast<int64_t>(merge.rows.size());
  } else {
    result.shape[1] = static_cast<int64_t>(merge.cols.size());
  }
  result.produce = [&kept, &taken, merge = std::move(merge)](const Sink& sink) {
    return WriteMerged(kept, taken, merge, sink);
  };
  return result;
}

}  // namespace fairprune
