#include "cli/peak_memory.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "cli/interrupt.h"

namespace fairprune {

Result<std::optional<int64_t>> PeakMemoryOf(const std::function<Status()>& work) {
  const pid_t child = fork();
  if (child < 0) {
    return Fail(ErrorCode::kIo, "a process to measure memory in: {}", std::strerror(errno));
  }
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // not to go on alone
    int code = 1;
    try {
      if (work()) code = 0;
    } catch (...) {  // NOLINT(bugprone-empty-catch): the parent does the work as well, and says it
    }
    _exit(code);  // what this process has begun to print is the parent's to print
  }
  int status = 0;
  rusage usage{};
  pid_t ended = -1;
  do {
    ended = wait4(child, &status, 0, &usage);
  } while (ended < 0 && errno == EINTR);
  FP_RETURN_IF_ERROR(CheckInterrupt());
  if (ended != child) {
    return Fail(ErrorCode::kIo, "the process to measure memory in was lost: {}",
                std::strerror(errno));
  }
  if (WIFSIGNALED(status)) {
    return Fail(ErrorCode::kIo,
                "the process to measure memory in was killed by signal {}; is there memory enough?",
                WTERMSIG(status));
  }
  if (WEXITSTATUS(status) != 0) return std::optional<int64_t>();
  constexpr int64_t kKilobyte = 1024;  // the unit of Linux
  return std::optional<int64_t>(int64_t{usage.ru_maxrss} * kKilobyte);
}

}  // namespace fairprune
