// fairprune diff: what differs between two models, tensor by tensor.
#include "surgery/diff.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "cli/hub_input.h"
#include "cli/verbs.h"
#include "report/table.h"

namespace fairprune {
namespace {

struct DiffFlags {
  std::string a, b;
  bool exit_code = false;
  bool json = false;
};

// "num_hidden_layers: 2 -> 3" for every value of config.json that differs.
std::vector<std::string> ConfigDifferences(const Checkpoint& a, const Checkpoint& b) {
  if (a.config() == nullptr || b.config() == nullptr) return {};
  const Json flat_a = a.config()->flatten(), flat_b = b.config()->flatten();
  const auto text = [](const Json& flat, const std::string& key) {
    return flat.contains(key) ? DumpJson(flat.at(key), -1) : "absent";
  };
  std::set<std::string> keys;
  for (const auto& [key, value] : flat_a.items()) keys.insert(key);
  for (const auto& [key, value] : flat_b.items()) keys.insert(key);
  std::vector<std::string> lines;
  for (const std::string& key : keys) {
    const std::string before = text(flat_a, key), after = text(flat_b, key);
    if (before != after) lines.push_back(fmt::format("{}: {} -> {}", key, before, after));
  }
  return lines;
}

Json FactsToJson(const TensorFacts& facts) {
  if (facts.dtype.empty()) return nullptr;
  return {{"dtype", facts.dtype}, {"shape", facts.shape}};
}

Json ToJson(const CheckpointDiff& diff, const std::vector<std::string>& config,
            const DiffFlags& flags) {
  Json tensors = Json::array();
  for (const TensorDifference& one : diff.differences)
    tensors.push_back({{"name", one.name},
                       {"a", FactsToJson(one.a)},
                       {"b", FactsToJson(one.b)},
                       {"elements_changed", one.elements_changed},
                       {"max_difference", one.max_difference},  // infinity: null
                       {"rows_changed", one.rows_changed},
                       {"cols_changed", one.cols_changed},
                       {"neurons", one.neurons}});
  Json neurons = Json::array();
  for (size_t layer = 0; layer < diff.neurons.size(); ++layer)
    if (!diff.neurons[layer].empty())
      neurons.push_back({{"layer", layer}, {"neurons", diff.neurons[layer]}});
  return {{"a", flags.a},
          {"b", flags.b},
          {"tensors_compared", diff.tensors_compared},
          {"config", config},
          {"tensors", std::move(tensors)},
          {"neurons", std::move(neurons)}};
}

std::string Change(const std::string& a, const std::string& b) {
  if (a == b) return a;
  return fmt::format("{} -> {}", a.empty() ? "none" : a, b.empty() ? "none" : b);
}

std::string ShapeText(const TensorFacts& facts) {
  return facts.dtype.empty() ? "" : ToString(facts.shape);
}

Table TensorTable(const CheckpointDiff& diff) {
  Table table({{"tensor"},
               {"dtype"},
               {"shape"},
               {"changed", Align::kRight},
               {"largest", Align::kRight},
               {"rows", Align::kRight},
               {"columns", Align::kRight}});
  for (const TensorDifference& one : diff.differences) {
    std::vector<std::string> cells = {one.name, Change(one.a.dtype, one.b.dtype),
                                      Change(ShapeText(one.a), ShapeText(one.b))};
    if (one.a.shape == one.b.shape && !one.a.dtype.empty() && !one.b.dtype.empty()) {
      cells.push_back(WithThousands(one.elements_changed));
      cells.push_back(fmt::format("{:.3g}", one.max_difference));
      cells.push_back(WithThousands(one.rows_changed));
      cells.push_back(WithThousands(one.cols_changed));
    }
    table.AddRow(std::move(cells));
  }
  return table;
}

Table NeuronTable(const CheckpointDiff& diff) {
  constexpr size_t kShown = 16;
  Table table({{"layer", Align::kRight}, {"neurons", Align::kRight}, {"which"}});
  for (size_t layer = 0; layer < diff.neurons.size(); ++layer) {
    const std::vector<int32_t>& all = diff.neurons[layer];
    if (all.empty()) continue;
    const auto shown = static_cast<ptrdiff_t>(std::min(all.size(), kShown));
    std::string which = fmt::format("{}", fmt::join(all.begin(), all.begin() + shown, " "));
    if (all.size() > kShown) which += " ...";
    table.AddRow({std::to_string(layer), std::to_string(all.size()), std::move(which)});
  }
  return table;
}

Printout ToPrintout(const CheckpointDiff& diff, const std::vector<std::string>& config) {
  std::string text =
      fmt::format("{} of {} tensors differ\n", WithThousands(std::ssize(diff.differences)),
                  WithThousands(diff.tensors_compared));
  for (const std::string& line : config) text += "config.json " + line + "\n";
  Printout printout;
  printout.Add(std::move(text));
  if (!diff.differences.empty()) printout.Add("\n").Add(TensorTable(diff));
  Table neurons = NeuronTable(diff);
  if (neurons.num_rows() > 0) printout.Add("\n").Add(std::move(neurons));
  return printout;
}

Result<Outcome> Diff(const DiffFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(const std::string path_a, LocalModelPath(flags.a, context));
  FP_ASSIGN_OR_RETURN(const std::string path_b, LocalModelPath(flags.b, context));
  FP_ASSIGN_OR_RETURN(const Checkpoint a, Checkpoint::Open(path_a));
  FP_ASSIGN_OR_RETURN(const Checkpoint b, Checkpoint::Open(path_b));
  FP_ASSIGN_OR_RETURN(const Model model_a, DescribeModel(a));
  FP_ASSIGN_OR_RETURN(const Model model_b, DescribeModel(b));
  FP_ASSIGN_OR_RETURN(const CheckpointDiff diff, DiffCheckpoints({a, model_a}, {b, model_b}));
  const std::vector<std::string> config = ConfigDifferences(a, b);
  if (flags.json) {
    context.PrintJson("diff", ToJson(diff, config, flags));
  } else {
    context.Print(ToPrintout(diff, config));
  }
  const bool same = diff.differences.empty() && config.empty();
  return flags.exit_code && !same ? Outcome::kCheckFailed : Outcome::kSuccess;
}

}  // namespace

void AddDiff(CLI::App& app, Context& context) {
  auto flags = std::make_shared<DiffFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "diff",
       .summary = "Show what differs between two models, tensor by tensor",
       .description = "The models may be of different formats; weights are compared by what they "
                      "mean, as f32.",
       .examples = {"fairprune diff models/llama pruned", "fairprune diff model.gguf pruned --json",
                    "fairprune diff models/llama restored --exit-code"}},
      [flags, &context] { return Diff(*flags, context); });
  verb->add_option("A", flags->a, kModelHelp)->required();
  verb->add_option("B", flags->b, "The other model")->required();
  verb->add_flag("--exit-code", flags->exit_code, "Exit with 1 if anything differs");
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
