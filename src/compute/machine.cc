#include "compute/machine.h"

#include <omp.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>

namespace fairprune::compute {
namespace {

// What stands behind "key" and a colon on the first line that begins so; empty if none does.
std::string_view FieldOf(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (const size_t colon = line.find(':');
        line.starts_with(key) && colon != std::string_view::npos &&
        line.find_last_not_of(" \t", colon - 1) + 1 == key.size()) {
      const size_t begin = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
      return line.substr(begin);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

bool HasWord(std::string_view list, std::string_view word) {
  for (size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) return true;
  }
  return false;
}

// The number that `text` begins with; 0 if it begins with none.
int64_t NumberAt(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Processor ParseProcessor(std::string_view cpuinfo) {
  Processor processor;
  processor.name = FieldOf(cpuinfo, "model name");
  std::string_view flags = FieldOf(cpuinfo, "flags");
  if (flags.empty()) flags = FieldOf(cpuinfo, "Features");
  for (const std::string_view feature : kProcessorFeatures) {
    if (HasWord(flags, feature)) processor.features.emplace_back(feature);
  }
  return processor;
}

Memory ParseMemory(std::string_view meminfo) {
  constexpr int64_t kUnit = 1024;
  return {NumberAt(FieldOf(meminfo, "MemTotal")) * kUnit,
          NumberAt(FieldOf(meminfo, "MemAvailable")) * kUnit};
}

Processor ReadProcessor() {
  Processor processor = ParseProcessor(ReadFile("/proc/cpuinfo"));
  processor.cores = omp_get_num_procs();
  return processor;
}

Memory ReadMemory() {
  Memory memory = ParseMemory(ReadFile("/proc/meminfo"));
  // A container's limit; "max" or no such file: none.
  const int64_t limit = NumberAt(ReadFile("/sys/fs/cgroup/memory.max"));
  if (limit <= 0 || limit >= memory.total_bytes) return memory;
  const int64_t used = NumberAt(ReadFile("/sys/fs/cgroup/memory.current"));
  memory.total_bytes = limit;
  memory.available_bytes = std::min(memory.available_bytes, std::max<int64_t>(0, limit - used));
  return memory;
}

Result<double> MeasureProductRate(WeightType type, const ProductShape& shape, double seconds) {
  using Clock = std::chrono::steady_clock;
  MatmulContext context(type);
  const int64_t rows = BucketRows(shape.rows);
  const Tensor x = Tensor::Zeros({rows, shape.inputs});
  Tensor y({rows, shape.outputs});
  const Tensor weight = Tensor::Zeros({shape.outputs, shape.inputs});
  FP_ASSIGN_OR_RETURN(const PackedMatrix packed, context.Pack(weight.matrix()));
  // The first product makes the kernel.
  FP_RETURN_IF_ERROR(context.Multiply(x.matrix(), packed, y.matrix()));
  const double operations = 2.0 * static_cast<double>(rows) * static_cast<double>(shape.inputs) *
                            static_cast<double>(shape.outputs);
  const auto begin = Clock::now();
  double elapsed = 0;
  double count = 0;
  do {
    FP_RETURN_IF_ERROR(context.Multiply(x.matrix(), packed, y.matrix()));
    ++count;
    elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
  } while (elapsed < seconds);
  return count * operations / elapsed;
}

}  // namespace fairprune::compute
