// The files of a report in a run folder.
#pragma once

#include <string>

#include "base/result.h"
#include "report/run_report.h"

namespace fairprune {

// Writes report.json, report.html and MODEL_CARD.md, each whole or not at all, over what is there.
// Errors: kIo.
Status WriteReportFiles(const std::string& folder, const RunReport& report);

}  // namespace fairprune
