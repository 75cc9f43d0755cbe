// The one thread pool of the process (OpenMP's, which oneDNN uses too).
#pragma once

#include <cstdint>
#include <functional>

namespace fairprune::compute {

// Threads used from now on by ParallelFor and by oneDNN; 0: all cores that the process may use.
// Returns the number in force. Takes effect for the whole process.
int SetNumThreads(int threads);
int NumThreads();

// Calls body(begin, end) on disjoint ranges that cover [0, n), one per thread and of equal size, so
// that each index is worked on by itself: results do not depend on the number of threads.
void ParallelFor(int64_t n, const std::function<void(int64_t begin, int64_t end)>& body);

// Calls body(index, thread) for every index of [0, n), handed out one at a time: for tasks of
// unequal size. `thread` is in [0, NumThreads()) and lets a task use its thread's scratch memory.
void ParallelTasks(int64_t n, const std::function<void(int64_t index, int thread)>& body);

}  // namespace fairprune::compute
