// The page as a whole: one file without scripts that loads nothing.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/charts.h"
#include "report/html.h"
#include "report/page_sections.h"
#include "report/page_style.h"
#include "report/table.h"

namespace fairprune {
namespace {

// "rose", "by 5.0 %" of a ReportEffect or a ReportCategory. Shares of a figure near 0 say little:
// "went", "from -0.01 to -0.50 nats".
struct Movement {
  std::string verb, amount;
};
template <typename Effect>
Movement MovementOf(const Effect& e) {
  if (std::abs(e.change) > 1) {
    return {"went", fmt::format("from {} to {} nats", Number(e.before, 2), Number(e.after, 2))};
  }
  return {e.finding, fmt::format("by {} %", Number(100 * std::abs(e.change), 1))};
}

template <typename Effect>
std::string Moved(const Effect& e) {
  const auto [verb, amount] = MovementOf(e);
  return fmt::format("{} {} {}", e.name, verb, amount);
}

// "a (x rose by 5.0 %, y rose by 1.0 %)" where categories of a set got worse and the set as a whole
// does not say so.
void AddWorseCategories(const ReportEffect& e, std::vector<std::string>& parts) {
  if (OutcomeOf(e.kind, e.finding) == "bad") return;
  std::string worse;
  for (const ReportCategory& c : e.categories) {
    if (OutcomeOf(e.kind, c.finding) != "bad") continue;
    worse += (worse.empty() ? "" : ", ") + Moved(c);
  }
  if (!worse.empty()) parts.push_back(fmt::format("{} ({})", e.name, worse));
}

// "lowered a by 4.0 % and b by 5.0 %", per finding of the biases.
std::string BiasClause(const RunReport& report) {
  std::vector<std::string> fell;
  std::vector<std::string> rose;
  std::vector<std::string> none;
  std::vector<std::string> within;
  for (const ReportEffect& e : report.effects) {
    if (e.kind != "bias") continue;
    AddWorseCategories(e, within);
    if (e.finding == "fell") fell.push_back(e.name + " " + MovementOf(e).amount);
    if (e.finding == "rose") rose.push_back(e.name + " " + MovementOf(e).amount);
    if (e.finding == "none") none.push_back(e.name);
  }
  std::vector<std::string> parts;
  if (!fell.empty()) parts.push_back("lowered bias on held-out items: " + ListedText(fell));
  if (!rose.empty()) parts.push_back("RAISED bias on held-out items: " + ListedText(rose));
  if (!none.empty()) parts.push_back("had no measurable effect on " + ListedText(none));
  if (!within.empty()) parts.push_back("RAISED it within " + ListedText(within));
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; it ") + part;
  return text;
}

std::string LossClause(const RunReport& report) {
  std::vector<std::string> lost;
  std::vector<std::string> within;
  for (const ReportEffect& e : report.effects) {
    if (e.kind == "bias") continue;
    AddWorseCategories(e, within);
    if (OutcomeOf(e.kind, e.finding) != "bad") continue;
    const std::string what = e.kind == "text" || e.kind == "words" ? "the loss of "
                             : e.kind == "sides"                   ? "the preference for a side of "
                                                                   : "";
    lost.push_back(what + Moved(e));
  }
  if (lost.empty() && within.empty()) return "nothing guarded measurably got worse";
  std::string text =
      lost.empty() ? "nothing guarded measurably got worse as a whole" : ListedText(lost);
  if (!within.empty()) text += ", but within " + ListedText(within);
  return text;
}

std::string NavHtml(const std::string& body) {
  struct Entry {
    const char* id;
    const char* name;
  };
  constexpr auto kEntries = std::to_array<Entry>({{"measured", "Measured"},
                                                  {"frontier", "Bias and perplexity"},
                                                  {"neurons", "Neurons"},
                                                  {"strongest", "Strongest"},
                                                  {"items", "Items"},
                                                  {"transfer", "Transfer"},
                                                  {"activations", "Activations"},
                                                  {"cost", "Cost"},
                                                  {"method", "Method and limits"}});
  std::string list;
  for (const Entry& entry : kEntries) {
    if (body.find(fmt::format("<section id=\"{}\"", entry.id)) == std::string::npos) continue;
    list += fmt::format("<li><a href=\"#{}\">{}</a></li>", entry.id, entry.name);
  }
  return "<nav aria-label=\"Contents\"><ul>" + list + "</ul></nav>\n";
}

std::string NameOf(const std::string& path) {
  std::string name = path;
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  return name.substr(name.find_last_of('/') + 1);
}

}  // namespace

std::string HeadlineOf(const RunReport& report) {
  if (report.neurons.empty()) return "No neuron was taken: the model is unchanged.";
  const std::string verb = report.mode == "remove" ? "Removing " : "Switching off ";
  const std::string bias = BiasClause(report);
  return verb + NeuronsText(report) + " " +
         (bias.empty() ? "was not measured on a bias with a direction" : bias) + "; " +
         LossClause(report) + ".";
}

std::vector<ReportFrontierPoint> ChosenPoints(const RunReport& report) {
  const auto text =
      std::ranges::find_if(report.effects, [](const ReportEffect& e) { return e.kind == "text"; });
  std::vector<ReportFrontierPoint> points;
  for (const ReportEffect& e : report.effects) {
    if (e.kind != "bias" || text == report.effects.end()) continue;
    points.push_back({report.method, std::ssize(report.neurons), e.name, e.change, e.low, e.high,
                      PerplexityChange(text->before, text->change)});
  }
  return points;
}

std::string RunReportToHtml(const RunReport& report) {
  std::string body;
  for (const auto section :
       {MeasuredSection, FrontierSection, NeuronsSection, StrongestSection, ItemsSection,
        TransferSection, ActivationsSection, CostSection, MethodSection}) {
    body += section(report);
  }
  std::string verdicts;
  for (const std::string& verdict : report.verdicts) {
    verdicts += "<p>" + EscapeHtml(verdict) + "</p>\n";
  }
  const std::string name = EscapeHtml(NameOf(report.model));
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; img-src data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"generator\" content=\"fairprune {}\">\n<title>{}: bias before and after "
      "pruning</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{}</style>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>\n<p "
      "class=\"eyebrow\">Bias "
      "report</p>\n<h1>{}</h1>\n<p class=\"verdict\">{}</p>\n{}{}</header>\n<main id=\"main\">\n"
      "<details><summary>The verdict in full</summary>\n{}</details>\n{}</main>\n<footer><p>Made "
      "by "
      "fairprune {} from report.json beside this file; <code>fairprune report {}</code> makes it "
      "again. This page loads nothing and runs no script.</p></footer>\n</body>\n</html>\n",
      EscapeHtml(report.fairprune_version), name, PageStyle(), name, EscapeHtml(HeadlineOf(report)),
      CardsHtml(report), NavHtml(body), verdicts, body, EscapeHtml(report.fairprune_version),
      EscapeHtml(report.out));
}

}  // namespace fairprune
