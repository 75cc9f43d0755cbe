#include "comparison/folder_for_test.h"

#include <nlohmann/json.hpp>

namespace fairprune {
namespace {

Json ValueForTest(const MetricValue& value) {
  return value.size() == 1 ? Json(value[0]) : Json(value);
}

}  // namespace

Json ResultsForTest(const std::vector<TestTask>& tasks, const std::vector<std::string>& of_group) {
  Json results = {{"program", "fairprune"},
                  {"model", {{"path", "m"}, {"sha256", "00"}}},
                  {"config", {{"compute", "f32"}, {"limit", nullptr}, {"fewshot_seed", 1}}},
                  {"groups", Json::object()},
                  {"group_subtasks", Json::object()}};
  for (const TestTask& task : tasks) {
    const size_t size = task.metrics[0].values.size();
    for (const TestMetric& metric : task.metrics) {
      MetricValues values;
      for (const MetricValue& value : metric.values) {
        if (!value.empty()) values.push_back(value);
      }
      results["results"][task.name][metric.name + ",none"] =
          FigureOf(FigureNamed(metric.figure), values);
      results["figures"][task.name][metric.name] = metric.figure;
      results["higher_is_better"][task.name][metric.name] = true;
    }
    results["versions"][task.name] = 1.0;
    results["n-shot"][task.name] = 0;
    results["n-samples"][task.name] = {{"original", 100}, {"effective", size}};
    results["task_hashes"][task.name] = "aa";
    results["data"][task.name] = Json::array({{{"path", "f"}, {"sha256", "bb"}}});
    if (!of_group.empty()) results["group_subtasks"]["all"].push_back(task.name);
  }
  for (const std::string& metric : of_group) results["groups"]["all"][metric + ",none"] = 0;
  return results;
}

std::string WriteFolderForTest(const TempFolder& folder, const std::string& name,
                               const std::vector<TestTask>& tasks, const Json& results) {
  for (const TestTask& task : tasks) {
    std::string lines;
    for (size_t i = 0; i < task.metrics[0].values.size(); ++i) {
      Json line = {{"doc", i}};
      if (!task.clusters.empty()) line["cluster"] = task.clusters[i];
      line["metrics"] = Json::object();
      for (const TestMetric& metric : task.metrics) {
        if (!metric.values[i].empty()) {
          line["metrics"][metric.name] = ValueForTest(metric.values[i]);
        }
      }
      lines += DumpJson(line, -1) + "\n";
    }
    folder.Write(name + "/samples_" + task.name + ".jsonl", lines);
  }
  folder.Write(name + "/results.json", DumpJson(results));
  return folder.File(name);
}

}  // namespace fairprune
