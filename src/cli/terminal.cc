#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "report/wrap.h"

namespace fairprune {
namespace {

size_t WidthOf(int stream) {
  if (isatty(stream) == 0) return kAnyWidth;
  if (const char* columns = std::getenv("COLUMNS")) {
    if (const long value = std::strtol(columns, nullptr, 10); value > 0) {
      return static_cast<size_t>(value);
    }
  }
  constexpr size_t kUsual = 80;
  winsize size = {};
  if (ioctl(stream, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

}  // namespace

size_t OutputWidth() { return WidthOf(STDOUT_FILENO); }

size_t ErrorWidth() { return WidthOf(STDERR_FILENO); }

bool ColorsErrors() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && (no_color == nullptr || *no_color == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

}  // namespace fairprune
