#include <nlohmann/json.hpp>

#include "base/version.h"
#include "evaluation/evaluate.h"
#include "io/atomic_output.h"

namespace fairprune {
namespace {

constexpr int kResultsSchemaVersion = 1;

// lm-eval's names: "acc,none" and "acc_stderr,none"; "none" is the name of its filter.
Json MetricsJson(const std::string& name, int64_t num_items,
                 const std::vector<MetricResult>& metrics) {
  Json object = {{"alias", name}, {"sample_len", num_items}};
  for (const MetricResult& metric : metrics) {
    object[metric.name + ",none"] = metric.value;
    Json& error = object[metric.name + "_stderr,none"];
    error = "N/A";
    if (metric.standard_error) error = *metric.standard_error;
  }
  return object;
}

Json HigherIsBetter(const std::vector<MetricResult>& metrics) {
  Json object = Json::object();
  for (const MetricResult& metric : metrics) object[metric.name] = metric.higher_is_better;
  return object;
}

// One number as a number, several as a list.
Json ValueJson(const MetricValue& value) {
  if (value.size() == 1) return value[0];
  return value;
}

}  // namespace

std::string ResultsJson(const EvaluationRun& run, const std::vector<TaskResult>& tasks,
                        const std::vector<GroupResult>& groups) {
  Json results = Json::object(), group_results = Json::object(), members = Json::object();
  Json versions = Json::object(), shots = Json::object(), better = Json::object();
  Json samples = Json::object(), data = Json::object();
  Json figures = Json::object(), hashes = Json::object();
  for (const TaskResult& task : tasks) {
    results[task.name] = MetricsJson(task.name, task.num_items, task.metrics);
    versions[task.name] = task.version;
    shots[task.name] = task.num_fewshot;
    better[task.name] = HigherIsBetter(task.metrics);
    for (const MetricResult& metric : task.metrics) figures[task.name][metric.name] = metric.figure;
    hashes[task.name] = task.hash;
    samples[task.name] = {{"original", task.num_documents}, {"effective", task.num_items}};
    for (const DataFile& file : task.files) {
      data[task.name].push_back({{"path", file.path}, {"sha256", file.sha256}});
    }
  }
  for (const GroupResult& group : groups) {
    members[group.name] = group.members;
    versions[group.name] = group.version;
    if (group.metrics.empty()) continue;
    group_results[group.name] = MetricsJson(group.name, group.num_items, group.metrics);
    better[group.name] = HigherIsBetter(group.metrics);
  }
  Json object = {{"schema_version", kResultsSchemaVersion},
                 {"command", "eval"},
                 {"program", "fairprune " + std::string(Version())},
                 {"model", {{"path", run.model}, {"sha256", run.model_sha256}}},
                 {"config",
                  {{"compute", run.compute},
                   {"threads", run.threads},
                   {"limit", run.limit > 0 ? Json(run.limit) : Json()},
                   {"num_fewshot", run.num_fewshot},
                   {"fewshot_seed", run.seed},
                   {"bootstrap_iters", run.bootstrap_iterations}}},
                 {"results", results},
                 {"groups", group_results},
                 {"group_subtasks", members},
                 {"versions", versions},
                 {"n-shot", shots},
                 {"higher_is_better", better},
                 {"n-samples", samples},
                 {"task_hashes", hashes},
                 {"figures", figures},
                 {"data", data}};
  if (!run.options.empty()) object["options"] = Json::parse(run.options, nullptr, false);
  return DumpJson(object) + "\n";
}

namespace {

Json RequestsJson(const EvalItem& item, std::span<const TextScore> scores) {
  Json requests = Json::array();
  for (size_t r = 0; r < scores.size(); ++r) {
    const TextRequest request = item.Request(r);
    const TextScore& score = scores[r];
    if (request.rolling) {
      requests.push_back({{"text", request.text}, {"ll", score.log_likelihood_nats}});
    } else {
      requests.push_back({{"context", request.context},
                          {"continuation", request.continuation},
                          {"ll", score.log_likelihood_nats},
                          {"greedy", score.greedy}});
    }
  }
  return requests;
}

Json SampleJson(const EvalItem& item, const std::vector<std::string>& names,
                const std::vector<MetricValue>& values) {
  Json metrics = Json::object();
  for (size_t m = 0; m < names.size(); ++m) {
    if (!values[m].empty()) metrics[names[m]] = ValueJson(values[m]);
  }
  Json line = {{"doc", item.doc}, {"where", item.document.where}};
  if (!item.group.empty()) line["group"] = item.group;
  if (!item.cluster.empty()) line["cluster"] = item.cluster;
  if (item.gold >= 0) line["target"] = item.gold;
  line["metrics"] = std::move(metrics);
  return line;
}

}  // namespace

Status WriteSamples(const std::string& path, const PreparedTask& task, const ScoredTask& scored,
                    const std::vector<TextScore>& scores, bool with_requests) {
  FP_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  size_t next = 0;
  for (size_t i = 0; i < task.items.size(); ++i) {
    const EvalItem& item = task.items[i];
    const size_t num_requests = item.num_requests();
    Json line = SampleJson(item, scored.metric_names, scored.values[i]);
    if (with_requests) {
      line["requests"] = RequestsJson(item, std::span(scores).subspan(next, num_requests));
    }
    next += num_requests;
    FP_RETURN_IF_ERROR(file.Write(DumpJson(line, -1) + "\n"));
  }
  return file.Commit();
}

}  // namespace fairprune
