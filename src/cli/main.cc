#include <fmt/core.h>

#include "base/version.h"

int main() { fmt::print("fairprune {}\n", fairprune::Version()); }
