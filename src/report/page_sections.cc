// Sections of figures: what was measured, the frontier, transfer, activations, cost, method.
#include "report/page_sections.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/charts.h"
#include "report/html.h"
#include "report/table.h"

namespace fairprune {
namespace {

std::string Figure(const std::string& svg, const std::string& caption_html,
                   const std::string& class_names = "") {
  if (svg.empty()) return "";
  return fmt::format("<figure{}>{}{}</figure>\n",
                     class_names.empty() ? "" : fmt::format(" class=\"{}\"", class_names), svg,
                     caption_html.empty() ? "" : "<figcaption>" + caption_html + "</figcaption>");
}

std::string RandomText(const ReportEffect& effect) {
  if (effect.controls.changes.empty()) return "not measured";
  const Range range = MiddleNineTenths(effect.controls.changes);
  return PercentRange(range.low, range.high);
}

std::string EffectTable(const RunReport& report) {
  HtmlTable table(
      "Every figure before and after, on held-out items. p is adjusted for all sets (Holm). Random "
      "choices: the middle nine tenths of their changes, on a sample of the items.",
      {"Measured", "Kind", "#Items", "#Before", "#After", "#Change", "#95 % interval", "#p",
       "#Random choices"});
  for (const ReportEffect& e : report.effects) {
    table.AddRow({{Isolated(e.name), false, {}},
                  Cell(e.kind),
                  NumberCell(WithThousands(e.items)),
                  NumberCell(Number(e.before, 4)),
                  NumberCell(Number(e.after, 4)),
                  NumberCell(SignedPercent(e.change)),
                  NumberCell(PercentRange(e.low, e.high)),
                  {PValueText(e.p_holm), true, {}},
                  NumberCell(RandomText(e))});
  }
  return table.ToHtml();
}

IntervalRow RowOf(const ReportEffect& effect) {
  const Range random = MiddleNineTenths(effect.controls.changes);
  return {
      effect.name, effect.change, effect.low, effect.high, OutcomeOf(effect.kind, effect.finding),
      random.low,  random.high};
}

std::string CategoriesOf(const ReportEffect& effect, size_t index) {
  if (effect.categories.size() < 2) return "";
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  std::vector<IntervalRow> rows;
  HtmlTable table(effect.name + ", by category", {"Category", "#Items", "#Before", "#After",
                                                  "#Change", "#95 % interval", "#p (Holm)"});
  for (const ReportCategory& c : effect.categories) {
    rows.push_back({c.name.empty() ? "(none)" : c.name, c.change, c.low, c.high,
                    OutcomeOf(effect.kind, c.finding), kNaN, kNaN});
    table.AddRow({{Isolated(c.name.empty() ? "(none)" : c.name), false, {}},
                  NumberCell(WithThousands(c.items)),
                  NumberCell(Number(c.before, 4)),
                  NumberCell(Number(c.after, 4)),
                  NumberCell(SignedPercent(c.change)),
                  NumberCell(PercentRange(c.low, c.high)),
                  {PValueText(c.p_holm), true, {}}});
  }
  return fmt::format(
      "<div><h3>{}</h3>\n{}<details><summary>The same as a table</summary>\n{}</details></div>\n",
      Isolated(effect.name),
      Figure(IntervalChart(fmt::format("categories-{}", index), effect.name + " by category", rows,
                           BoundOf(rows)),
             ""),
      table.ToHtml());
}

std::string InputsTable(const RunReport& report) {
  HtmlTable table(report.method == "plan"
                      ? "The data. The plan was given; this run chose nothing."
                      : "The data. What is held out took no part in the choice.",
                  {"Data", "Role", "Source", "#For choosing", "#Held out", "#Left out", "SHA-256"});
  for (const ReportInput& input : report.inputs) {
    const bool counted = input.choosing + input.held_out > 0;
    table.AddRow(
        {{Isolated(input.name), false, {}},
         Cell(input.role),
         {Isolated(input.source), false, {}},
         NumberCell(counted ? WithThousands(input.choosing) : ""),
         NumberCell(counted ? WithThousands(input.held_out) : ""),
         NumberCell(input.skipped > 0 ? WithThousands(input.skipped) : ""),
         {fmt::format("<span class=\"hash\">{}</span>", EscapeHtml(input.sha256)), false, {}}});
  }
  std::string html = table.ToHtml();
  if (std::ranges::any_of(report.inputs, [](const auto& input) { return input.skipped > 0; })) {
    html +=
        "<p class=\"muted\">Left out: the tokens of one wording begin with all of the other's, so "
        "that nothing is there to compare.</p>\n";
  }
  return html;
}

std::string MeasureText(const ReportMeasure& measure, double value) {
  if (!std::isfinite(value)) return "not measured";
  if (measure.unit == "bytes") return HumanBytes(static_cast<int64_t>(value));
  if (measure.unit == "count") return WithThousands(static_cast<int64_t>(value));
  if (measure.unit == "tokens per second") return Number(value, 0);
  return Number(value, measure.unit == "nats" || measure.unit == "activation" ? 5 : 3);
}

std::string FactsTable(const std::string& caption, const std::vector<ReportFact>& facts) {
  if (facts.empty()) return "";
  HtmlTable table(caption, {"Setting", "Value"});
  for (const ReportFact& fact : facts) {
    table.AddRow({Cell(fact.name), {Isolated(fact.value), false, {}}});
  }
  return table.ToHtml();
}

}  // namespace

std::string OutcomeOf(const std::string& kind, const std::string& finding) {
  if (finding != "fell" && finding != "rose") return "none";
  const bool fell = finding == "fell";
  if (kind == "guarded") return fell ? "bad" : "none";
  return fell ? "good" : "bad";
}

std::string FindingText(const std::string& finding) {
  return finding == "none" ? "no measurable effect" : finding;
}

std::string NeuronsText(const RunReport& report) {
  const int64_t all = report.num_layers * report.num_neurons_per_layer;
  const auto taken = std::ssize(report.neurons);
  return fmt::format(
      "{} of {} neurons ({:.2f} %)", WithThousands(taken), WithThousands(all),
      all == 0 ? 0.0 : 100.0 * static_cast<double>(taken) / static_cast<double>(all));
}

std::string ListedText(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  }
  return text;
}

std::string Section(const std::string& id, const std::string& title, const std::string& body) {
  if (body.empty()) return "";
  return fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-h\">\n<h2 id=\"{0}-h\">{1}</h2>\n{2}"
      "</section>\n",
      id, title, body);
}

std::string CardsHtml(const RunReport& report) {
  if (report.effects.empty()) return "";
  std::string html = "<ul class=\"cards\">\n";
  for (const ReportEffect& e : report.effects) {
    const char* arrow = e.finding == "fell" ? "▼ " : e.finding == "rose" ? "▲ " : "";
    html += fmt::format(
        "<li class=\"card {}\"><p class=\"name\">{} <span class=\"muted\">({})</span></p>"
        "<p class=\"value\">{}</p><p class=\"note\"><span aria-hidden=\"true\">{}</span>{}; 95 % "
        "interval {}</p></li>\n",
        OutcomeOf(e.kind, e.finding), Isolated(e.name), EscapeHtml(e.kind), SignedPercent(e.change),
        arrow, FindingText(e.finding), PercentRange(e.low, e.high));
  }
  return html + "</ul>\n";
}

std::string MeasuredSection(const RunReport& report) {
  std::vector<IntervalRow> rows;
  rows.reserve(report.effects.size());
  for (const ReportEffect& e : report.effects) rows.push_back(RowOf(e));
  std::string body =
      "<p>Each set is measured on the same held-out items with and without the neurons. A "
      "<em>bias</em> is how much likelier the model finds the stereotyped wording; it should fall. "
      "A <em>guarded</em> preference should stay, and so should the loss of its right "
      "<em>words</em> and of neutral <em>text</em>. The preference for one of two <em>sides</em> "
      "as such (<em>he</em> over <em>she</em>, whomever a sentence is about) should not grow "
      "either way; its change is given as a share of an item's mean absolute preference. The data "
      "are listed under <a href=\"#method\">Method</a>.</p>\n";
  if (!rows.empty()) {
    body += Figure(IntervalChart("effects", "Change of each figure", rows),
                   "Points: change without the neurons, with its 95 % interval (BCa bootstrap over "
                   "clusters). Blue: as wished, orange: not, grey: not told from chance. Grey "
                   "bands: what random choices of as many neurons do.",
                   "narrow");
    body += EffectTable(report);
  }
  std::string categories;
  for (size_t i = 0; i < report.effects.size(); ++i)
    categories += CategoriesOf(report.effects[i], i);
  if (!categories.empty()) {
    body +=
        "<h3>By category</h3>\n<p>A mean can stand still while its categories move apart. "
        "Coloured where the test says so, adjusted (Holm) for the categories of the set; the "
        "intervals are not adjusted.</p>\n<div class=\"multiples\">\n" +
        categories + "</div>\n";
  }
  return Section("measured", "What was measured", body);
}

std::string FrontierSection(const RunReport& report) {
  std::string charts;
  for (const ReportEffect& e : report.effects) {
    if (e.kind != "bias") continue;
    charts += Figure(FrontierChart(report, e), Isolated(e.name));
  }
  if (charts.empty()) return "";
  std::string body =
      "<p>Down is less bias, right is a dearer text. The blue diamond is the choice, with its 95 % "
      "interval; rings are random choices of as many neurons per layer and of like cost";
  body += report.frontier.empty() ? ".</p>\n"
                                  : "; smaller marks joined by a line are methods at several "
                                    "sizes, named beside their last point.</p>\n";
  body += "<div class=\"multiples\">\n" + charts + "</div>\n";
  if (report.frontier.empty()) {
    body += fmt::format(
        "<p class=\"muted\">Other methods and sizes are not drawn: they were not measured. "
        "<code>fairprune frontier {0} --out frontier.json</code>, then <code>fairprune report {1} "
        "--frontier frontier.json</code> adds them; <code>--compare OTHER_RUN</code> adds the "
        "choice "
        "of another run.</p>\n",
        EscapeHtml(report.model), EscapeHtml(report.out));
  } else {
    HtmlTable table("The points of other methods and sizes",
                    {"Method", "#Neurons", "Bias", "#Change of bias", "#95 % interval",
                     "#Change of perplexity"});
    for (const ReportFrontierPoint& p : report.frontier) {
      table.AddRow({Cell(p.method),
                    NumberCell(WithThousands(p.neurons)),
                    {Isolated(p.set), false, {}},
                    NumberCell(SignedPercent(p.bias_change)),
                    NumberCell(PercentRange(p.low, p.high)),
                    NumberCell(SignedPercent(p.perplexity_change, 2))});
    }
    body += "<details><summary>The points as a table</summary>\n" + table.ToHtml() + "</details>\n";
  }
  return Section("frontier", "Bias against perplexity", body);
}

std::string TransferSection(const RunReport& report) {
  if (report.transfer.empty()) return "";
  std::vector<std::string> titles = {"Chosen on", "#Neurons"};
  for (const ReportTransferCell& cell : report.transfer.front().cells)
    titles.push_back("#" + cell.set);
  HtmlTable table("Change of every held-out set; ▼ and ▲ mark those that a test tells from chance.",
                  titles);
  for (const ReportTransferRow& row : report.transfer) {
    std::vector<HtmlCell> cells = {{Isolated(row.chosen_on), false, {}},
                                   NumberCell(WithThousands(row.neurons))};
    for (const ReportTransferCell& cell : row.cells) {
      const auto effect = std::ranges::find(report.effects, cell.set, &ReportEffect::name);
      const std::string kind = effect == report.effects.end() ? "bias" : effect->kind;
      const std::string outcome = OutcomeOf(kind, cell.finding);
      const char* mark = cell.finding == "fell" ? "▼ " : cell.finding == "rose" ? "▲ " : "";
      cells.push_back(
          {fmt::format("<span title=\"95 % interval {}\">{}{}</span>",
                       PercentRange(cell.low, cell.high), mark, SignedPercent(cell.change)),
           true, outcome == "none" ? "" : outcome});
    }
    table.AddRow(cells);
  }
  return Section("transfer", "Transfer",
                 "<p>Neurons chosen on one set alone, measured on all: how far a bias found in one "
                 "kind of item is the bias of another.</p>\n" +
                     table.ToHtml());
}

std::string ActivationsSection(const RunReport& report) {
  const ReportPictures& pictures = report.pictures;
  std::string charts;
  for (const ReportLayerDifferences& site : pictures.layers) {
    charts += Figure(LayerDifferencesChart(site), "");
  }
  if (charts.empty()) return "";
  std::string body =
      "<p>How far activations differ between the two prompts of a held-out pair (which differ in "
      "one "
      "attribute): the published measure. A neuron whose activation differs need not be one that "
      "drives the output; these pictures describe, the verdict does not rest on them.</p>\n"
      "<div class=\"multiples\">\n" +
      charts +
      "</div>\n<p class=\"muted\">Bars: before; blue line: after. Mean over pairs and "
      "neurons.</p>\n";
  std::string more;
  if (!pictures.categories.empty()) {
    more += Figure(
        CategoryHeatmap(pictures.categories),
        "Mean difference at the input of down_proj, by category of pairs and layer, before.");
  }
  size_t index = 0;
  for (const ReportPca& pca : pictures.pca) {
    more += Figure(PcaChart(pca, fmt::format("pca-{}", index++)), "");
  }
  if (!pictures.pca.empty()) {
    body += fmt::format(
        "<p>Principal components of one pair: {} (circles) against {} (diamonds); lines join "
        "tokens "
        "at the same place.</p>\n",
        Isolated("“" + pictures.prompt_1 + "”"), Isolated("“" + pictures.prompt_2 + "”"));
  }
  if (!more.empty()) body += "<div class=\"multiples\">\n" + more + "</div>\n";
  return Section("activations", "Activations of paired prompts", body);
}

std::string CostSection(const RunReport& report) {
  if (report.measures.empty()) return "";
  HtmlTable table("The model before and after", {"Measured", "#Before", "#After", "#Change"});
  for (const ReportMeasure& m : report.measures) {
    const bool compared = std::isfinite(m.before) && std::isfinite(m.after) && m.before != 0 &&
                          m.unit != "tokens per second";
    table.AddRow({Cell(m.name), NumberCell(MeasureText(m, m.before)),
                  NumberCell(MeasureText(m, m.after)),
                  NumberCell(!compared             ? ""
                             : m.after == m.before ? "unchanged"
                                                   : SignedPercent(m.after / m.before - 1, 2))});
  }
  std::string body = table.ToHtml();
  if (report.mode == "zero") {
    body +=
        "<p>Zeroed neurons keep their place: the model has as many parameters and is as fast as "
        "before; <code>--mode remove</code> cuts them out. Files that grew hold quantised weights "
        "written in full.</p>\n";
  }
  body += FactsTable("The run itself", report.machine);
  return Section("cost", "Cost", body);
}

std::string MethodSection(const RunReport& report) {
  const std::string method = "<code>" + EscapeHtml(report.plan_method) + "</code>";
  const std::string origin = report.method == "plan"
                                 ? "Given as a plan, made by " + method +
                                       ": whether held-out items took part in making it is not "
                                       "known to this run"
                                 : "Chosen by " + method;
  std::string body = fmt::format(
      "<p>{}. Changes are shares of the value before; intervals are 95 % "
      "BCa "
      "bootstraps over clusters of items that are not independent; p comes from exchanging before "
      "and after, cluster by cluster, and is adjusted by Holm's method over all sets; a finding "
      "needs p &lt; {}. docs/methods.md of fairprune has every formula and its source.</p>\n",
      origin, report.alpha);
  body += InputsTable(report) + FactsTable("Settings", report.settings);
  body += fmt::format(
      "<h3>Reproduce</h3>\n<pre><code>{}</code></pre>\n<p>The model's content hash is <span "
      "class=\"hash\">{}</span>; fairprune {}. The same command on the same inputs gives the same "
      "neurons.</p>\n<h3>Undo</h3>\n<pre><code>fairprune restore {}/model --undo "
      "{}/undo.safetensors --out ORIGINAL</code></pre>\n<p>The weights come back byte for "
      "byte.</p>\n",
      EscapeHtml(report.command), EscapeHtml(report.model_hash),
      EscapeHtml(report.fairprune_version), EscapeHtml(report.out), EscapeHtml(report.out));
  body +=
      "<h3>Limits</h3>\n<ul class=\"plain\">\n"
      "<li>The sets are templates and sentences about some groups in one language. A bias that "
      "they "
      "do not ask about is not measured, and may be there.</li>\n"
      "<li>Preferences between given wordings are measured, not what the model writes by "
      "itself.</li>\n"
      "<li>“No measurable effect” means that these items cannot tell the change from chance; it is "
      "no proof that nothing changed.</li>\n"
      "<li>A neuron may carry a bias and knowledge at once: look at what was lost above.</li>\n"
      "<li>Less bias in these figures does not make the model fair or fit for a "
      "purpose.</li>\n</ul>\n";
  return Section("method", "Method, limits, and how to undo", body);
}

}  // namespace fairprune
