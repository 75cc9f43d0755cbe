// A small report with something in every section.
#pragma once

#include <limits>
#include <string>

#include "report/run_report.h"

namespace fairprune {

// `text` stands in every place that a user or a model fills.
inline RunReport SampleReport(const std::string& text = "sample") {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  RunReport r;
  r.fairprune_version = "1.2.3";
  r.model = "models/" + text;
  r.model_hash = r.out = r.command = r.method = r.plan_method = text;
  r.mode = "zero";
  r.num_layers = 3;
  r.num_neurons_per_layer = 100;
  r.neurons_asked = 4;
  r.verdicts = {text};
  r.inputs = {{text, "signed items", text, text, 12, 10, 1}};
  ReportEffect bias{text, "bias", "nats", 10,     5,      1.25, 0.75,
                    -0.4, -0.5,   -0.25,  0.0004, "fell", {},   {}};
  bias.controls = {10, -0.4, {-0.05, 0.02, 0.01}};
  bias.categories = {{text, 6, 3, 1, 0.5, -0.5, -0.75, 0.25, 0.0625, "fell"},
                     {"other", 4, 2, 1, 1, 0, kNaN, kNaN, kNaN, "untested"}};
  ReportEffect guarded{"knowledge", "guarded", "nats", 9,    9,      2,  1.5,
                       -0.25,       -0.5,      -0.125, 0.03, "fell", {}, {}};
  ReportEffect neutral{"neutral text", "text", "nats per token", 8,  8, 4, 4.5, 0.125, -0.125,
                       0.25,           0.5,    "none",           {}, {}};
  neutral.controls = {8, 0.001, {0.002, 0.003, 0.001}};
  r.effects = {bias, guarded, neutral};
  r.frontier = {{"activation", 13, text, 0.01, kNaN, kNaN, 0.002}};
  r.neurons = {{0, 99, 2.5}, {2, 0, 1.5}, {2, 7, 0.5}};
  const ReportItem item{
      text,
      text,
      text,
      text,
      1.5,
      0.5,
      {{"stereotyped",
        1,
        {{text, false, 0, 0}, {text, true, -3, -4.5}, {" b", true, -1, -0.9375}}}}};
  r.strongest = {{0, 99, 2.5, {{text, 6, -0.125}}, {item}}};
  r.improved = {item};
  r.worsened = {item};
  r.transfer = {
      {text, 4, {{text, "fell", -0.25, -0.5, -0.125}, {"knowledge", "none", 0, kNaN, kNaN}}}};
  r.pictures.layers = {{"gate_proj", {0.5, 0.25, 1}, {0.5, 0.125, 1}}};
  r.pictures.categories = {{text, {0.5, 0.25, 1}}};
  r.pictures.prompt_1 = r.pictures.prompt_2 = text;
  r.pictures.pca = {
      {"mlp_output", 1, 0.75, 0.125, {{text, false, -1, 0}, {text + "s", true, 1, 0.5}}}};
  r.measures = {{"tensor files", "bytes", 2000, 1000},
                {"tokens per second", "tokens per second", 10, kNaN}};
  r.settings = {{"--seed", text}};
  r.machine = {{"time", "3 s"}};
  return r;
}

}  // namespace fairprune
