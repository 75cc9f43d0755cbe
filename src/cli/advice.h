// What a user can do about an error.
#pragma once

#include <string>

#include "base/result.h"

namespace fairprune {

// One sentence for the line after the error's message; empty where the message itself says it
// (kExists). `command`: "fairprune run". Looks at the file system for names near to one that is not
// there.
std::string AdviceFor(const Error& error, const std::string& command);

}  // namespace fairprune
