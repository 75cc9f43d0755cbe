// Ctrl-C and SIGTERM: a verb that runs a model ends at the next step, and takes back what it has
// begun to write.
#pragma once

#include "base/result.h"

namespace fairprune {

// From here on the first SIGINT or SIGTERM is noted only; a second one ends the program at once. A
// signal that the caller of the program ignores stays ignored. Call it before the output is begun.
void CatchInterrupts();

// An error once a signal was noted: return it, so that unfinished outputs are dropped.
Status CheckInterrupt();

// The signal that was noted; 0: none.
int InterruptSignal();
// "Ctrl-C (SIGINT)" or "SIGTERM", of the signal that was noted.
const char* InterruptName();

}  // namespace fairprune
