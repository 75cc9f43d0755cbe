#include "compute/matmul.h"

#include <cstring>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <tuple>
#include <unordered_map>

#include "base/check.h"
#include "compute/row_ops.h"
#include "compute/row_product.h"

namespace fairprune::compute {
namespace {

using dnnl::memory;

constexpr int64_t kPackingRows = 256;  // the batch for which the packed layout is chosen

dnnl::engine& CpuEngine() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::data_type OneDnnType(WeightType type) {
  return type == WeightType::kF32 ? memory::data_type::f32 : memory::data_type::bf16;
}

dnnl::matmul::primitive_desc MakeDescription(const memory::desc& src, const memory::desc& weights,
                                             const memory::desc& dst) {
#if DNNL_VERSION_MAJOR >= 3
  return {CpuEngine(), src, weights, dst};
#else
  return {dnnl::matmul::desc(src, weights, dst), CpuEngine()};
#endif
}

// y = x W^T as oneDNN sees it: src [M, K], weights [K, C], dst [M, C].
dnnl::matmul::primitive_desc Describe(int64_t rows, int64_t inputs, int64_t outputs,
                                      WeightType type, const memory::desc& weights) {
  const memory::desc src({rows, inputs}, OneDnnType(type), memory::format_tag::ab);
  const memory::desc dst({rows, outputs}, memory::data_type::f32, memory::format_tag::ab);
  return MakeDescription(src, weights, dst);
}

}  // namespace

bool CpuHasFastBf16() {
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  if (isa == dnnl::cpu_isa::avx512_core_bf16 || isa == dnnl::cpu_isa::avx512_core_amx) return true;
#if DNNL_VERSION_MAJOR >= 3
  if (isa == dnnl::cpu_isa::avx512_core_fp16 || isa == dnnl::cpu_isa::avx512_core_amx_fp16) {
    return true;
  }
#endif
  return false;
}

const char* CpuIsaName() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx512_core:
      return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "avx512_core_amx";
    default:
      return "generic";
  }
}

int64_t BucketRows(int64_t rows) {
  if (rows <= 1) return 1;
  if (rows <= 16) {
    int64_t bucket = 2;
    while (bucket < rows) bucket *= 2;
    return bucket;
  }
  const int64_t step = rows <= 128 ? 16 : 64;
  return (rows + step - 1) / step * step;
}

struct PackedMatrix::Impl {
  int64_t outputs = 0, inputs = 0;
  bool plain = false;        // row-major [C, K], made by PackPlain
  memory::desc description;  // of the weights as oneDNN sees them, [K, C]
  memory data;
  AlignedBuffer<uint16_t> bf16_rows;  // of a plain bf16 matrix: what `data` points into
  Tensor owned;                       // of a kept plain f32 matrix: likewise
};

PackedMatrix::PackedMatrix() = default;
PackedMatrix::PackedMatrix(PackedMatrix&&) noexcept = default;
PackedMatrix& PackedMatrix::operator=(PackedMatrix&&) noexcept = default;
PackedMatrix::~PackedMatrix() = default;
int64_t PackedMatrix::outputs() const { return impl_ ? impl_->outputs : 0; }
int64_t PackedMatrix::inputs() const { return impl_ ? impl_->inputs : 0; }

struct MatmulContext::Impl {
  explicit Impl(WeightType t) : type(t), stream(CpuEngine()) {}

  enum class Form { kPacked, kPlain, kTransposed };
  // A primitive depends on the batch, the weight's shape and the form it has.
  using Key = std::tuple<int64_t, int64_t, int64_t, Form>;

  const dnnl::matmul& Primitive(const Key& key, const memory::desc& weight) {
    auto found = primitives.find(key);
    if (found == primitives.end()) {
      const auto [rows, inputs, outputs, form] = key;
      const auto description = Describe(rows, inputs, outputs, type, weight);
      found = primitives.emplace(key, dnnl::matmul(description)).first;
    }
    return found->second;
  }

  // dst [rows, outputs] = src [rows, inputs] times `weight` (oneDNN's [inputs, outputs]); src and
  // dst hold BucketRows(rows) rows.
  Status Execute(Form form, ConstMatrixView src, const memory& weight, MatrixView dst) {
    FP_CHECK(src.stride == src.cols && dst.stride == dst.cols, "Multiply: buffers must be dense");
    FP_CHECK(src.rows == dst.rows, "Multiply: shapes do not fit");
    if (src.rows == 0) return {};
    const int64_t rows = BucketRows(src.rows);
    try {
      void* input = const_cast<float*>(src.data);  // NOLINT: oneDNN reads it only
      if (type == WeightType::kBf16) {
        const auto size = static_cast<size_t>(rows * src.cols);
        if (bf16_input.size() < size) bf16_input = AlignedBuffer<uint16_t>(size);
        ConvertToBf16({src.data, size}, bf16_input.span());
        input = bf16_input.data();
      }
      const memory::desc from({rows, src.cols}, OneDnnType(type), memory::format_tag::ab);
      const memory::desc to({rows, dst.cols}, memory::data_type::f32, memory::format_tag::ab);
      Primitive({rows, src.cols, dst.cols, form}, weight.get_desc())
          .execute(stream, {{DNNL_ARG_SRC, memory(from, CpuEngine(), input)},
                            {DNNL_ARG_WEIGHTS, weight},
                            {DNNL_ARG_DST, memory(to, CpuEngine(), dst.data)}});
      stream.wait();
      return {};
    } catch (const dnnl::error& e) {
      return Fail(ErrorCode::kInternal, "oneDNN failed on a [{}, {}] x [{}, {}] product: {}", rows,
                  src.cols, src.cols, dst.cols, e.what());
    }
  }

  WeightType type;
  dnnl::stream stream;
  std::map<Key, dnnl::matmul> primitives;
  AlignedBuffer<uint16_t> bf16_input;  // [BucketRows(M), K]
};

MatmulContext::MatmulContext(WeightType type) : impl_(std::make_unique<Impl>(type)) {}
MatmulContext::MatmulContext(MatmulContext&&) noexcept = default;
MatmulContext& MatmulContext::operator=(MatmulContext&&) noexcept = default;
MatmulContext::~MatmulContext() = default;
WeightType MatmulContext::type() const { return impl_->type; }

Result<PackedMatrix> MatmulContext::Pack(ConstMatrixView weight) {
  FP_CHECK(weight.stride == weight.cols, "Pack: the weight must be dense");
  try {
    const memory::desc any({weight.cols, weight.rows}, OneDnnType(impl_->type),
                           memory::format_tag::any);
    const auto description = Describe(kPackingRows, weight.cols, weight.rows, impl_->type, any);
    const memory::desc source({weight.cols, weight.rows}, memory::data_type::f32,
                              memory::format_tag::ba);
    PackedMatrix packed;
    packed.impl_ = std::make_unique<PackedMatrix::Impl>();
    packed.impl_->outputs = weight.rows;
    packed.impl_->inputs = weight.cols;
    packed.impl_->description = description.weights_desc();
    packed.impl_->data = memory(packed.impl_->description, CpuEngine());
    memory from(source, CpuEngine(), const_cast<float*>(weight.data));  // NOLINT: read only
    dnnl::reorder(from, packed.impl_->data).execute(impl_->stream, from, packed.impl_->data);
    impl_->stream.wait();
    return packed;
  } catch (const dnnl::error& e) {
    return Fail(ErrorCode::kUnsupported, "oneDNN cannot pack a {} x {} weight on this CPU ({}): {}",
                weight.rows, weight.cols, CpuIsaName(), e.what());
  }
}

Result<PackedMatrix> MatmulContext::PackPlain(ConstMatrixView weight) {
  FP_CHECK(weight.stride == weight.cols, "PackPlain: the weight must be dense");
  try {
    PackedMatrix packed;
    packed.impl_ = std::make_unique<PackedMatrix::Impl>();
    packed.impl_->outputs = weight.rows;
    packed.impl_->plain = true;
    packed.impl_->inputs = weight.cols;
    packed.impl_->description =
        memory::desc({weight.cols, weight.rows}, OneDnnType(impl_->type), memory::format_tag::ba);
    void* data = const_cast<float*>(weight.data);  // NOLINT: oneDNN's memory is never written
    if (impl_->type == WeightType::kBf16) {
      const auto size = static_cast<size_t>(weight.rows * weight.cols);
      packed.impl_->bf16_rows = AlignedBuffer<uint16_t>(size);
      ConvertToBf16({weight.data, size}, packed.impl_->bf16_rows.span());
      data = packed.impl_->bf16_rows.data();
    }
    packed.impl_->data = memory(packed.impl_->description, CpuEngine(), data);
    return packed;
  } catch (const dnnl::error& e) {
    return Fail(ErrorCode::kUnsupported, "oneDNN cannot use a {} x {} weight on this CPU ({}): {}",
                weight.rows, weight.cols, CpuIsaName(), e.what());
  }
}

std::span<const uint16_t> MatmulContext::Bf16Rows(const PackedMatrix& matrix) {
  return matrix.impl_->bf16_rows.span();
}

Result<PackedMatrix> MatmulContext::KeepPlain(Tensor weight) {
  FP_ASSIGN_OR_RETURN(PackedMatrix packed, PackPlain(weight.matrix()));
  // The rows do not move with their owner.
  if (impl_->type == WeightType::kF32) packed.impl_->owned = std::move(weight);
  return packed;
}

Status MatmulContext::Multiply(ConstMatrixView x, const PackedMatrix& weight, MatrixView y) {
  FP_CHECK(x.cols == weight.inputs() && y.cols == weight.outputs(), "Multiply: shapes do not fit");
  const bool plain = weight.impl_->plain;
  if (plain && x.rows == 1) {  // oneDNN takes twice as long for that (2.6.3, AVX512)
    if (impl_->type == WeightType::kF32) {
      const auto* rows = static_cast<const float*>(weight.impl_->data.get_data_handle());
      RowProduct(x.row_span(0), rows, y.row_span(0));
      return {};
    }
    if (x.cols % 2 == 0) {
      RowProductBf16(x.row_span(0), weight.impl_->bf16_rows.data(), y.row_span(0));
      return {};
    }
  }
  const Impl::Form form = plain ? Impl::Form::kPlain : Impl::Form::kPacked;
  return impl_->Execute(form, x, weight.impl_->data, y);
}

Status MatmulContext::MultiplyTransposed(ConstMatrixView y, const PackedMatrix& weight,
                                         MatrixView x) {
  FP_CHECK(x.cols == weight.inputs() && y.cols == weight.outputs(),
           "MultiplyTransposed: shapes do not fit");
  FP_CHECK(weight.impl_->plain, "MultiplyTransposed: the weight must be plain");
  const memory::desc rows({weight.outputs(), weight.inputs()}, OneDnnType(impl_->type),
                          memory::format_tag::ab);
  const memory transposed(rows, CpuEngine(), weight.impl_->data.get_data_handle());
  return impl_->Execute(Impl::Form::kTransposed, y, transposed, x);
}

}  // namespace fairprune::compute
