// A small evaluation folder, written as eval writes it, for this room's tests.
#pragma once

#include <string>
#include <vector>

#include "evaluation/figure.h"
#include "io/json.h"
#include "io/temp_folder.h"

namespace fairprune {

struct TestMetric {
  std::string name, figure;
  std::vector<MetricValue> values;
};

struct TestTask {
  std::string name;
  std::vector<TestMetric> metrics;
  std::vector<std::string> clusters;  // empty: none
};

// results.json of tasks and of the group "all" over them, with the metrics `of_group`.
Json ResultsForTest(const std::vector<TestTask>& tasks,
                    const std::vector<std::string>& of_group = {});

// Returns the folder's path.
std::string WriteFolderForTest(const TempFolder& folder, const std::string& name,
                               const std::vector<TestTask>& tasks, const Json& results);

}  // namespace fairprune
