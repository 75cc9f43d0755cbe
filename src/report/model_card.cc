// The report as a section of a model card: Markdown that a hub renders.
#include <fmt/core.h>

#include "base/text.h"
#include "report/html.h"
#include "report/page_sections.h"
#include "report/table.h"

namespace fairprune {
namespace {

// Plain text that Markdown shows as it is: what marks up, links or breaks a table is escaped, and
// what is HTML too.
std::string Plain(std::string_view text) {
  std::string out;
  for (const char c : EscapeHtml(text)) {
    if (c == '\n' || c == '\t') {
      out += ' ';
    } else {
      if (std::string_view("\\`*_[]|~").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

// Text in a fixed width. An element and no backquotes: between those, what looks like markup is
// left to the renderer.
std::string Code(std::string_view text) { return "<code>" + Plain(text) + "</code>"; }

// Where the neurons come from, and what "held out" means then.
std::string OriginOf(const RunReport& report) {
  const std::string version = Plain(report.fairprune_version);
  if (report.method == "plan") {
    return fmt::format(
        "given as a plan that {} made, and measured with fairprune {}. Every figure is of held-out "
        "items; whether they took part in making the plan is not known to this run.",
        Code(report.plan_method), version);
  }
  return fmt::format(
      "chosen by {} with fairprune {}. Every figure is of held-out items, which took no part in "
      "the "
      "choice.",
      Code(report.plan_method), version);
}

}  // namespace

std::string RunReportToModelCard(const RunReport& report) {
  std::string card = fmt::format(
      "## Bias: what was pruned, and what that changed\n\n{}\n\nThis model is {} without {}, "
      "{}\n\n",
      Plain(HeadlineOf(report)), Code(report.model), NeuronsText(report), OriginOf(report));
  card +=
      "| Measured | Kind | Items | Before | After | Change | 95 % interval | Finding |\n"
      "|---|---|--:|--:|--:|--:|--:|---|\n";
  for (const ReportEffect& e : report.effects) {
    card +=
        fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", Plain(e.name), Plain(e.kind),
                    WithThousands(e.items), Number(e.before, 4), Number(e.after, 4),
                    SignedPercent(e.change), PercentRange(e.low, e.high), FindingText(e.finding));
  }
  card += fmt::format(
      "\nBias: how much likelier the model finds the stereotyped wording, in nats. Guarded: a "
      "preference that should stay. Words: the loss of the right words of guarded contrasts, which "
      "should stay too. Sides: how much one of two sides is preferred as such, which should not "
      "grow either way; its change is a share of an item's mean absolute preference. A finding "
      "needs p < {} after Holm's adjustment.\n\n### Data\n\n",
      report.alpha);
  for (const ReportInput& input : report.inputs) {
    card += fmt::format(
        "- {} ({}): {}, {} for choosing, {} held out{}, SHA-256 {}\n", Plain(input.name),
        Plain(input.role), Plain(input.source), WithThousands(input.choosing),
        WithThousands(input.held_out),
        input.skipped > 0 ? fmt::format(", {} left out", WithThousands(input.skipped)) : "",
        Code(input.sha256));
  }
  card += fmt::format(
      "\n### Limits\n\nThe figures are of these sets, groups and languages alone. No measurable "
      "effect "
      "is no proof that nothing changed. Less bias in these figures does not make the model fair "
      "or "
      "fit for a purpose.\n\n### Reproduce\n\n<pre><code>{}</code></pre>\n\nContent hash of the "
      "original model: {}. "
      "The "
      "original weights come back byte for byte with `fairprune restore` and the run's "
      "`undo.safetensors`.\n",
      EscapeHtml(ReplaceAll(report.command, "\n", " ")), Code(report.model_hash));
  return card;
}

}  // namespace fairprune
