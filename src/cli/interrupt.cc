#include "cli/interrupt.h"

#include <csignal>

namespace fairprune {
namespace {

volatile std::sig_atomic_t g_interrupt_signal = 0;

void NoteSignal(int signal) { g_interrupt_signal = signal; }

const char* NameOfSignal(int signal) { return signal == SIGINT ? "Ctrl-C (SIGINT)" : "SIGTERM"; }

}  // namespace

void CatchInterrupts() {
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction action = {};
    if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = NoteSignal;
    action.sa_flags = SA_RESTART | SA_RESETHAND;
    sigaction(signal, &action, nullptr);
  }
}

Status CheckInterrupt() {
  if (g_interrupt_signal == 0) return {};
  return Fail(ErrorCode::kInternal,
              "stopped by {}: nothing was written; the same command starts again", InterruptName());
}

const char* InterruptName() { return NameOfSignal(g_interrupt_signal); }

int InterruptSignal() { return g_interrupt_signal; }

}  // namespace fairprune
