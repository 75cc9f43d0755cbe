#include "cli/item_warnings.h"

#include <fmt/format.h>

namespace fairprune {

void WarnOfSkipped(const std::string& name, const std::string& items, const std::string& first,
                   Context& context) {
  context.Warn(
      fmt::format("{}: {} items left out, of which one wording's tokens begin with all of the "
                  "other's (the first: {})",
                  name, items, first));
}

void WarnOfOneSided(const std::string& name, const std::vector<std::string>& contrasts,
                    Context& context) {
  if (contrasts.empty()) return;
  context.Warn(
      fmt::format("{}: the items of {} contrasts favour one side only (the first: {}): they "
                  "cannot be balanced",
                  name, contrasts.size(), contrasts.front()));
}

}  // namespace fairprune
