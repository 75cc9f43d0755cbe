#include "compute/parallel.h"

#include <omp.h>

#include <algorithm>

namespace fairprune::compute {
namespace {

int DefaultThreads() {
  static const int threads = omp_get_num_procs();
  return threads;
}

}  // namespace

int SetNumThreads(int threads) {
  omp_set_num_threads(threads > 0 ? threads : DefaultThreads());
  return NumThreads();
}

int NumThreads() { return omp_get_max_threads(); }

void ParallelFor(int64_t n, const std::function<void(int64_t, int64_t)>& body) {
  const int64_t threads = std::min<int64_t>(NumThreads(), n);
  if (threads <= 1) {
    if (n > 0) body(0, n);
    return;
  }
#pragma omp parallel for schedule(static, 1) num_threads(static_cast<int>(threads))
  for (int64_t t = 0; t < threads; ++t) body(n * t / threads, n * (t + 1) / threads);
}

void ParallelTasks(int64_t n, const std::function<void(int64_t, int)>& body) {
#pragma omp parallel for schedule(dynamic, 1)
  for (int64_t i = 0; i < n; ++i) body(i, omp_get_thread_num());
}

}  // namespace fairprune::compute
