#include "cli/wait_policy.h"

#include <unistd.h>

#include <cstdlib>

namespace fairprune {

void ShortenIdleSpin(char** argv) {
#if defined(__linux__) && !defined(FAIRPRUNE_SANITIZED)
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  if (setenv("GOMP_SPINCOUNT", "2000", 0) != 0) return;
  execv("/proc/self/exe", argv);  // comes back only if it could not: then with the runtime's choice
#else
  static_cast<void>(argv);
#endif
}

}  // namespace fairprune
