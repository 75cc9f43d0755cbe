// Files as every verb takes them on the command line.
#pragma once

#include <string>

#include "base/result.h"

namespace fairprune {

// Standard input to its end. Errors: kIo.
Result<std::string> ReadStandardInput();

// kExists when there is something at `path` that --force was not given for.
Status CheckMayWrite(const std::string& path, bool force);

}  // namespace fairprune
