// What the report of a run shows, as plain data: the content of report.json, from which the page
// and the model card are made without the model (docs/report.md; docs/schemas/report.schema.json).
//
//   FP_ASSIGN_OR_RETURN(RunReport report, ReadRunReport("runs/a/report.json"));
//   FP_RETURN_IF_ERROR(WriteFileAtomically("runs/a/report.html", RunReportToHtml(report)));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fairprune {

inline constexpr int64_t kReportSchemaVersion = 1;

// Changes are shares of the value before: -0.4 is 40 % less. A number that is not defined is NaN
// here and null in the file.

// Items of one category of a set.
struct ReportCategory {
  std::string name;
  int64_t items = 0, clusters = 0;
  double before = 0, after = 0, change = 0, low = 0, high = 0;  // 95 % interval, not adjusted
  double p_holm = 1;                                            // over the set's categories
  std::string finding;  // "fell", "rose", "none"; of a file without: "untested", p_holm is NaN then
};

// Random choices of as many neurons, on a sample of the set.
struct ReportControls {
  int64_t items = 0;
  double chosen_change = 0;     // of the choice, on that sample
  std::vector<double> changes;  // [R], in the same order in every set; empty: not measured
};

// One held-out set.
struct ReportEffect {
  std::string name;
  std::string kind;  // "bias", "guarded", "words", "sides", "text"
  std::string unit;  // "nats", "nats per token"
  int64_t items = 0, clusters = 0;
  double before = 0, after = 0, change = 0, low = 0, high = 0;
  double p_holm = 1;
  std::string finding;  // "fell", "rose", "none": what the test says at alpha
  ReportControls controls;
  std::vector<ReportCategory> categories;
};

// One point of bias against perplexity.
struct ReportFrontierPoint {
  std::string method;  // "attribution", "activation", "random", …
  int64_t neurons = 0;
  std::string set;
  double bias_change = 0, low = 0, high = 0;  // the interval may be NaN
  double perplexity_change = 0;
};

struct ReportNeuron {
  int64_t layer = 0, neuron = 0;
  double score = 0;  // the plan's
};

struct ReportToken {
  std::string text;
  bool scored = false;           // false: what the wordings begin with in common
  double before = 0, after = 0;  // log-likelihood, nats; 0 where not scored
};

// One wording of an item, token by token.
struct ReportWording {
  std::string role;  // "stereotyped", "anti-stereotyped", "unrelated", "preferred", "other"
  double coefficient = 0;
  std::vector<ReportToken> tokens;
};

// An item's value is the sum of its wordings' log-likelihoods times their coefficients.
struct ReportItem {
  std::string set, id, category, target;
  double before = 0, after = 0;  // nats
  std::vector<ReportWording> wordings;
};

struct ReportSetChange {
  std::string set;
  int64_t items = 0;
  double change = 0;
};

// A neuron switched off alone: what that does to each bias, and the items that it drives most.
struct ReportNeuronEffect {
  int64_t layer = 0, neuron = 0;
  double score = 0;
  std::vector<ReportSetChange> changes;
  std::vector<ReportItem> items;
};

struct ReportTransferCell {
  std::string set, finding;
  double change = 0, low = 0, high = 0;
};
struct ReportTransferRow {
  std::string chosen_on;
  int64_t neurons = 0;
  std::vector<ReportTransferCell> cells;
};

// Mean activation difference of the held-out pairs at one site.
struct ReportLayerDifferences {
  std::string site;                   // "gate_proj", "up_proj", "down_proj_input"
  std::vector<double> before, after;  // [L]
};

// Differences of one category of pairs, by layer.
struct ReportCategoryDifferences {
  std::string category;
  std::vector<double> before;  // [L]
};

struct ReportPcaPoint {
  std::string token;
  bool second = false;  // of the second prompt
  double x = 0, y = 0;
};
struct ReportPca {
  std::string site;
  int64_t layer = 0;
  double explained_1 = 0, explained_2 = 0;  // shares of the variance
  std::vector<ReportPcaPoint> points;
};

struct ReportPictures {
  std::vector<ReportLayerDifferences> layers;
  std::vector<ReportCategoryDifferences> categories;  // at down_proj_input
  std::string prompt_1, prompt_2;                     // of the pair whose activations `pca` shows
  std::vector<ReportPca> pca;
};

// One figure of the model before and after.
struct ReportMeasure {
  std::string name, unit;
  double before = 0, after = 0;
};

// An input: a set of items, pairs, a text.
struct ReportInput {
  std::string name, role, source, sha256;
  int64_t choosing = 0, held_out = 0, skipped = 0;
};

struct ReportFact {
  std::string name, value;
};

struct RunReport {
  std::string fairprune_version;
  std::string model, model_hash;  // path as given, content hash
  std::string out;                // run folder, as given
  std::string command;            // that made it, as one would type it again
  std::string method, plan_method;
  std::string mode;  // "zero", "remove"
  int64_t num_layers = 0, num_neurons_per_layer = 0;
  int64_t neurons_asked = 0;
  double alpha = 0.05;
  std::vector<std::string> verdicts;  // sentences computed from the tests
  std::vector<ReportInput> inputs;
  std::vector<ReportEffect> effects;
  std::vector<ReportFrontierPoint> frontier;  // optional
  std::vector<ReportNeuron> neurons;          // as in the plan
  std::vector<ReportNeuronEffect> strongest;
  std::vector<ReportItem> improved, worsened;
  std::vector<ReportTransferRow> transfer;
  ReportPictures pictures;
  std::vector<ReportMeasure> measures;
  std::vector<ReportFact> settings;
  std::vector<ReportFact> machine;  // compute, threads, seconds, peak memory
};

// One JSON object, 1 space of indent; ParseRunReport gives the same report back.
std::string RunReportToJson(const RunReport& report);
// Errors: kBadFormat naming `source` and the place ("effects[2].low"), kUnsupported (another schema
// version).
Result<RunReport> ParseRunReport(std::string_view text, const std::string& source);
// Errors: kNotFound, kIo besides.
Result<RunReport> ReadRunReport(const std::string& path);

// The points of a file that `fairprune frontier --out` wrote, of the sets that should fall. Errors:
// kNotFound, kIo, kBadFormat (file and place), kMismatch (of a model with another content hash).
Result<std::vector<ReportFrontierPoint>> ReadFrontierFile(const std::string& path,
                                                          const std::string& model_hash);

// The one sentence on top: what happened to the biases, and what it cost.
std::string HeadlineOf(const RunReport& report);
// The whole page, one file that loads nothing (docs/report.md).
std::string RunReportToHtml(const RunReport& report);
// Markdown for the model's card on a hub.
std::string RunReportToModelCard(const RunReport& report);

// The chosen point of another run, for each bias set that both measured.
std::vector<ReportFrontierPoint> ChosenPoints(const RunReport& report);

}  // namespace fairprune
