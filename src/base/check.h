// FP_CHECK(condition, "why"): stops the program on a programmer's mistake (never on a bad input).
#pragma once

#include <cstdio>
#include <cstdlib>

#define FP_CHECK(condition, why)                                                                   \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      std::fprintf(stderr, "%s:%d: check failed: %s (%s)\n", __FILE__, __LINE__, #condition, why); \
      std::abort();                                                                                \
    }                                                                                              \
  } while (false)
