// The sections of the report page, each a pure function of the report; empty where there is nothing
// to show.
#pragma once

#include <string>
#include <vector>

#include "report/run_report.h"

namespace fairprune {

// "good", "bad" or "none": whether a finding is what one wants of a set of that kind.
std::string OutcomeOf(const std::string& kind, const std::string& finding);
// "fell", "rose", "no measurable effect".
std::string FindingText(const std::string& finding);
// "128 of 46,080 neurons (0.28 %)".
std::string NeuronsText(const RunReport& report);
// "a", "a and b", "a, b and c".
std::string ListedText(const std::vector<std::string>& parts);
// "<section id=…><h2>…</h2>…</section>"; empty for an empty body.
std::string Section(const std::string& id, const std::string& title, const std::string& body);

std::string CardsHtml(const RunReport& report);
std::string MeasuredSection(const RunReport& report);
std::string FrontierSection(const RunReport& report);
std::string NeuronsSection(const RunReport& report);
std::string StrongestSection(const RunReport& report);
std::string ItemsSection(const RunReport& report);
std::string TransferSection(const RunReport& report);
std::string ActivationsSection(const RunReport& report);
std::string CostSection(const RunReport& report);
std::string MethodSection(const RunReport& report);

}  // namespace fairprune
