// How long an idle thread of GCC's OpenMP runtime spins before it sleeps.
#pragma once

namespace fairprune {

// The runtime's own choice is some 20 ms. Our parallel sections are a hundred times shorter, and on
// a machine that others use too, a thread that spins for one that is not running costs more than it
// gains (docs/architecture.md, "Threads"). The runtime reads its environment before main starts, so
// this sets GOMP_SPINCOUNT and starts the program anew, once; a user's own GOMP_SPINCOUNT or
// OMP_WAIT_POLICY is left alone. Call it first in main.
void ShortenIdleSpin(char** argv);

}  // namespace fairprune
