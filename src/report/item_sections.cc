// Sections of items and neurons: where the neurons sit, what the strongest do, which items changed.
#include <algorithm>
#include <cmath>

#include "report/charts.h"
#include "report/html.h"
#include "report/page_sections.h"
#include "report/table.h"

namespace fairprune {
namespace {

// Degrees of a token's change, in nats.
constexpr double kDegrees[] = {0.05, 0.25, 1.0};

std::string DegreeClass(double change) {
  int degree = 0;
  for (const double limit : kDegrees) degree += std::abs(change) >= limit ? 1 : 0;
  return degree == 0 ? "" : fmt::format("{}{}", change > 0 ? 'u' : 'd', degree);
}

// A token's text with its marks of line ends made visible.
std::string TokenText(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    if (c == '\n') {
      shown += "⏎";
    } else {
      shown += c;
    }
  }
  return EscapeHtml(shown);
}

std::string TokensHtml(const ReportWording& wording) {
  std::string html;
  for (const ReportToken& token : wording.tokens) {
    if (!token.scored) {
      html += fmt::format("<span class=\"c\">{}</span>", TokenText(token.text));
      continue;
    }
    const double change = token.after - token.before;
    const std::string degree = DegreeClass(change);
    html += fmt::format("<span class=\"k{}{}\" title=\"{} to {} nats ({}{})\">{}</span>",
                        degree.empty() ? "" : " ", degree, Number(token.before, 2),
                        Number(token.after, 2), change > 0 ? "+" : "", Number(change, 2),
                        TokenText(token.text));
  }
  return html;
}

std::string WordingHtml(const ReportWording& wording) {
  double before = 0;
  double after = 0;
  for (const ReportToken& token : wording.tokens) {
    if (!token.scored) continue;
    before += token.before;
    after += token.after;
  }
  return fmt::format(
      "<div class=\"wording\"><div class=\"role\">{}</div><div class=\"tokens\"><bdi>{}</bdi></div>"
      "<div class=\"sum\">log-likelihood {} to {} nats</div></div>\n",
      EscapeHtml(wording.role), TokensHtml(wording), Number(before, 2), Number(after, 2));
}

std::string ItemHtml(const ReportItem& item, const char* level) {
  std::string about = item.category;
  if (!item.target.empty() && item.target != item.category) {
    about += (about.empty() ? "" : ", ") + item.target;
  }
  const double change = item.after - item.before;
  std::string html = fmt::format(
      "<div class=\"item\"><{0}>{1} <span class=\"muted\">{2}{3}{4}</span><br>preference {5} to "
      "{6} "
      "nats ({7}{8})</{0}>\n",
      level, Isolated(item.set), about.empty() ? "" : "· ", Isolated(about),
      item.id.empty() ? "" : " · " + Isolated(item.id), Number(item.before, 2),
      Number(item.after, 2), change > 0 ? "+" : "", Number(change, 2));
  for (const ReportWording& wording : item.wordings) html += WordingHtml(wording);
  return html + "</div>\n";
}

std::string TokenLegend() {
  return "<ul class=\"legend\" aria-label=\"Colours of tokens\">"
         "<li><span class=\"k d3\">less likely</span> by 1 nat or more</li>"
         "<li><span class=\"k d2\">less</span> 0.25</li><li><span class=\"k d1\">less</span> "
         "0.05</li>"
         "<li><span class=\"k u1\">more</span> 0.05</li><li><span class=\"k u2\">more</span> "
         "0.25</li>"
         "<li><span class=\"k u3\">more likely</span> by 1 nat or more</li>"
         "<li><span class=\"c\">grey: what the wordings share, not scored</span></li></ul>\n";
}

std::string ItemList(const std::vector<ReportItem>& items, const char* level) {
  std::string html;
  for (const ReportItem& item : items) html += ItemHtml(item, level);
  return html;
}

}  // namespace

std::string NeuronsSection(const RunReport& report) {
  if (report.neurons.empty()) return "";
  std::string body = fmt::format(
      "<p>{} were taken, by <code>{}</code>. Every mark is a neuron, darker for a higher score; "
      "bars "
      "count those of a layer.</p>\n<figure>{}</figure>\n",
      NeuronsText(report), EscapeHtml(report.plan_method), NeuronMap(report));
  std::vector<std::string> layers(static_cast<size_t>(report.num_layers));
  std::vector<int64_t> counts(layers.size(), 0);
  for (const ReportNeuron& n : report.neurons) {
    if (n.layer < 0 || n.layer >= report.num_layers) continue;
    const auto i = static_cast<size_t>(n.layer);
    layers[i] += (counts[i]++ == 0 ? "" : " ") + std::to_string(n.neuron);
  }
  HtmlTable table("The neurons of each layer, strongest first",
                  {"Layer", "#Taken", "#Share of the layer", "Neurons"});
  for (size_t i = 0; i < layers.size(); ++i) {
    if (counts[i] == 0) continue;
    const double share = static_cast<double>(counts[i]) /
                         static_cast<double>(std::max<int64_t>(1, report.num_neurons_per_layer));
    table.AddRow({Cell(std::to_string(i)), NumberCell(WithThousands(counts[i])),
                  NumberCell(fmt::format("{:.2f} %", 100 * share)), Cell(layers[i])});
  }
  body += "<details><summary>All neurons as a table</summary>\n" + table.ToHtml() + "</details>\n";
  return Section("neurons", "Where the neurons sit", body);
}

std::string StrongestSection(const RunReport& report) {
  if (report.strongest.empty()) return "";
  std::vector<std::string> titles = {"Neuron", "#Score"};
  for (const ReportSetChange& change : report.strongest.front().changes) {
    titles.push_back("#" + change.set);
  }
  HtmlTable table(
      "What each does when it alone is switched off: change of the preference on a sample "
      "of held-out items.",
      titles);
  std::string items;
  for (const ReportNeuronEffect& n : report.strongest) {
    const std::string name = fmt::format("layer {}, neuron {}", n.layer, n.neuron);
    std::vector<HtmlCell> cells = {Cell(name), NumberCell(fmt::format("{:.3g}", n.score))};
    for (const ReportSetChange& change : n.changes) {
      cells.push_back(NumberCell(SignedPercent(change.change)));
    }
    table.AddRow(cells);
    if (n.items.empty()) continue;
    items += fmt::format("<h3>{}</h3>\n{}", EscapeHtml("Layer" + name.substr(5)),
                         ItemList(n.items, "h4"));
  }
  std::string body = table.ToHtml();
  if (!items.empty()) {
    body +=
        "<p>The held-out items whose stereotyped preference falls most when the neuron alone is "
        "off. Values of a token show on hover.</p>\n" +
        TokenLegend() + items;
  }
  return Section("strongest", "The strongest neurons, and what they drive", body);
}

std::string ItemsSection(const RunReport& report) {
  if (report.improved.empty() && report.worsened.empty()) return "";
  std::string body =
      "<p>Single held-out items with all chosen neurons off: for a bias the preference for the "
      "stereotyped wording, for a guarded set the preference for the right one. They are extremes, "
      "picked because they changed most.</p>\n" +
      TokenLegend();
  if (!report.improved.empty()) {
    body += "<h3>Changed most, as wished</h3>\n" + ItemList(report.improved, "h4");
  }
  if (!report.worsened.empty()) {
    body += "<h3>Got worse</h3>\n" + ItemList(report.worsened, "h4");
  }
  return Section("items", "Items that changed most, and items that got worse", body);
}

}  // namespace fairprune
