// RunReport as JSON and back: each struct names its fields once, and an archive reads or writes
// them.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "io/json.h"
#include "report/run_report.h"

namespace fairprune {
namespace {

class Writer {
 public:
  template <typename T>
  void operator()(const char* key, const T& value) {
    json_[key] = ToJson(value);
  }
  template <typename T>
  void Optional(const char* key, const T& value, const T& = {}) {
    (*this)(key, value);
  }
  Json Take() { return std::move(json_); }

 private:
  template <typename T>
  static Json ToJson(const T& value);
  Json json_ = Json::object();
};

class Reader {
 public:
  Reader(const Json& json, std::string place) : json_(&json), place_(std::move(place)) {
    if (!json.is_object()) Refuse(place_, "an object", json);
  }
  template <typename T>
  void operator()(const char* key, T& value) {
    if (!error_.empty()) return;
    const std::string at = place_.empty() ? key : place_ + "." + key;
    const auto found = json_->find(key);
    if (found == json_->end()) {
      error_ = at + ": missing";
      return;
    }
    Read(*found, at, value);
  }
  // A field that a file may leave out: `value` stays `absent` then.
  template <typename T>
  void Optional(const char* key, T& value, T absent = {}) {
    if (json_->contains(key)) {
      (*this)(key, value);
    } else {
      value = std::move(absent);
    }
  }
  const std::string& error() const { return error_; }

 private:
  void Refuse(const std::string& at, const char* expected, const Json& found) {
    error_ = at + ": expected " + expected + ", found " + found.type_name();
  }
  void Read(const Json& json, const std::string& at, std::string& value) {
    if (!json.is_string()) return Refuse(at, "a string", json);
    value = json.get<std::string>();
  }
  void Read(const Json& json, const std::string& at, bool& value) {
    if (!json.is_boolean()) return Refuse(at, "true or false", json);
    value = json.get<bool>();
  }
  void Read(const Json& json, const std::string& at, int64_t& value) {
    if (!json.is_number_integer()) return Refuse(at, "an integer", json);
    value = json.get<int64_t>();
  }
  void Read(const Json& json, const std::string& at, double& value) {
    if (json.is_null()) {
      value = std::numeric_limits<double>::quiet_NaN();
      return;
    }
    if (!json.is_number()) return Refuse(at, "a number or null", json);
    value = json.get<double>();
  }
  template <typename T>
  void Read(const Json& json, const std::string& at, std::vector<T>& values) {
    if (!json.is_array()) return Refuse(at, "a list", json);
    for (size_t i = 0; i < json.size() && error_.empty(); ++i) {
      Read(json[i], at + "[" + std::to_string(i) + "]", values.emplace_back());
    }
  }
  template <typename T>
  void Read(const Json& json, const std::string& at, T& value);

  const Json* json_;
  std::string place_, error_;
};

template <typename T, typename U>
concept Is = std::is_same_v<std::remove_const_t<T>, U>;

// Visit(archive, x) names the fields of x, for either archive.
template <typename Archive, Is<ReportCategory> T>
void Visit(Archive& field, T& x) {
  field("name", x.name), field("items", x.items), field("clusters", x.clusters);
  field("before", x.before), field("after", x.after);
  field("change", x.change), field("low", x.low), field("high", x.high);
  field.Optional("p_holm", x.p_holm, std::numeric_limits<double>::quiet_NaN());
  field.Optional("finding", x.finding, std::string("untested"));
}
template <typename Archive, Is<ReportControls> T>
void Visit(Archive& field, T& x) {
  field("items", x.items), field("chosen_change", x.chosen_change), field("changes", x.changes);
}
template <typename Archive, Is<ReportEffect> T>
void Visit(Archive& field, T& x) {
  field("set", x.name), field("kind", x.kind), field("unit", x.unit);
  field("items", x.items), field("clusters", x.clusters);
  field("before", x.before), field("after", x.after);
  field("change", x.change), field("low", x.low), field("high", x.high);
  field("p_holm", x.p_holm), field("finding", x.finding);
  field("controls", x.controls), field("categories", x.categories);
}
template <typename Archive, Is<ReportFrontierPoint> T>
void Visit(Archive& field, T& x) {
  field("method", x.method), field("neurons", x.neurons), field("set", x.set);
  field("bias_change", x.bias_change), field("low", x.low), field("high", x.high);
  field("perplexity_change", x.perplexity_change);
}
template <typename Archive, Is<ReportNeuron> T>
void Visit(Archive& field, T& x) {
  field("layer", x.layer), field("neuron", x.neuron), field("score", x.score);
}
template <typename Archive, Is<ReportToken> T>
void Visit(Archive& field, T& x) {
  field("text", x.text), field("scored", x.scored);
  field("before_nats", x.before), field("after_nats", x.after);
}
template <typename Archive, Is<ReportWording> T>
void Visit(Archive& field, T& x) {
  field("role", x.role), field("coefficient", x.coefficient), field("tokens", x.tokens);
}
template <typename Archive, Is<ReportItem> T>
void Visit(Archive& field, T& x) {
  field("set", x.set), field("id", x.id), field("category", x.category), field("target", x.target);
  field("before_nats", x.before), field("after_nats", x.after), field("wordings", x.wordings);
}
template <typename Archive, Is<ReportSetChange> T>
void Visit(Archive& field, T& x) {
  field("set", x.set), field("items", x.items), field("change", x.change);
}
template <typename Archive, Is<ReportNeuronEffect> T>
void Visit(Archive& field, T& x) {
  field("layer", x.layer), field("neuron", x.neuron), field("score", x.score);
  field("changes", x.changes), field("items", x.items);
}
template <typename Archive, Is<ReportTransferCell> T>
void Visit(Archive& field, T& x) {
  field("set", x.set), field("finding", x.finding);
  field("change", x.change), field("low", x.low), field("high", x.high);
}
template <typename Archive, Is<ReportTransferRow> T>
void Visit(Archive& field, T& x) {
  field("chosen_on", x.chosen_on), field("neurons", x.neurons), field("cells", x.cells);
}
template <typename Archive, Is<ReportLayerDifferences> T>
void Visit(Archive& field, T& x) {
  field("site", x.site), field("before", x.before), field("after", x.after);
}
template <typename Archive, Is<ReportCategoryDifferences> T>
void Visit(Archive& field, T& x) {
  field("category", x.category), field("before", x.before);
}
template <typename Archive, Is<ReportPcaPoint> T>
void Visit(Archive& field, T& x) {
  field("token", x.token), field("second", x.second), field("x", x.x), field("y", x.y);
}
template <typename Archive, Is<ReportPca> T>
void Visit(Archive& field, T& x) {
  field("site", x.site), field("layer", x.layer);
  field("explained_1", x.explained_1), field("explained_2", x.explained_2);
  field("points", x.points);
}
template <typename Archive, Is<ReportPictures> T>
void Visit(Archive& field, T& x) {
  field("layers", x.layers), field("categories", x.categories);
  field("prompt_1", x.prompt_1), field("prompt_2", x.prompt_2), field("pca", x.pca);
}
template <typename Archive, Is<ReportMeasure> T>
void Visit(Archive& field, T& x) {
  field("name", x.name), field("unit", x.unit), field("before", x.before), field("after", x.after);
}
template <typename Archive, Is<ReportInput> T>
void Visit(Archive& field, T& x) {
  field("name", x.name), field("role", x.role), field("source", x.source);
  field("sha256", x.sha256), field("choosing", x.choosing), field("held_out", x.held_out);
  field("skipped", x.skipped);
}
template <typename Archive, Is<ReportFact> T>
void Visit(Archive& field, T& x) {
  field("name", x.name), field("value", x.value);
}
template <typename Archive, Is<RunReport> T>
void Visit(Archive& field, T& x) {
  field("fairprune_version", x.fairprune_version);
  field("model", x.model), field("model_hash", x.model_hash), field("out", x.out);
  field("command", x.command), field("method", x.method), field("plan_method", x.plan_method);
  field("mode", x.mode), field("num_layers", x.num_layers);
  field("num_neurons_per_layer", x.num_neurons_per_layer);
  field("neurons_asked", x.neurons_asked), field("alpha", x.alpha), field("verdicts", x.verdicts);
  field("inputs", x.inputs), field("effects", x.effects), field.Optional("frontier", x.frontier);
  field("neurons", x.neurons), field("strongest", x.strongest);
  field("improved", x.improved), field("worsened", x.worsened);
  field("transfer", x.transfer), field("pictures", x.pictures), field("measures", x.measures);
  field("settings", x.settings), field("machine", x.machine);
}

// What is read of a file of `fairprune frontier`; it has more fields than these.
struct FrontierFileSet {
  std::string name, kind;
  double change = 0, low = 0, high = 0;
};
struct FrontierFilePoint {
  std::string method;
  int64_t neurons = 0;
  double perplexity_change = 0;
  std::vector<FrontierFileSet> sets;
};
struct FrontierFileModel {
  std::string content_hash;
};
struct FrontierFile {
  int64_t schema_version = 0;
  FrontierFileModel model;
  std::vector<FrontierFilePoint> points;
};
template <typename Archive, Is<FrontierFileSet> T>
void Visit(Archive& field, T& x) {
  field("name", x.name), field("kind", x.kind);
  field("change", x.change), field("low", x.low), field("high", x.high);
}
template <typename Archive, Is<FrontierFilePoint> T>
void Visit(Archive& field, T& x) {
  field("method", x.method), field("neurons", x.neurons);
  field("perplexity_change", x.perplexity_change), field("sets", x.sets);
}
template <typename Archive, Is<FrontierFileModel> T>
void Visit(Archive& field, T& x) {
  field("content_hash", x.content_hash);
}
template <typename Archive, Is<FrontierFile> T>
void Visit(Archive& field, T& x) {
  field("schema_version", x.schema_version), field("model", x.model), field("points", x.points);
}

template <typename T>
inline constexpr bool kIsVector = false;
template <typename T>
inline constexpr bool kIsVector<std::vector<T>> = true;

template <typename T>
Json Writer::ToJson(const T& value) {
  if constexpr (kIsVector<T>) {
    Json list = Json::array();
    for (const auto& element : value) list.push_back(ToJson(element));
    return list;
  } else if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string>) {
    Writer writer;
    Visit(writer, value);
    return writer.Take();
  } else {
    return value;
  }
}

template <typename T>
void Reader::Read(const Json& json, const std::string& at, T& value) {
  Reader reader(json, at);
  if (reader.error().empty()) Visit(reader, value);
  error_ = reader.error();
}

}  // namespace

std::string RunReportToJson(const RunReport& report) {
  Writer writer;
  writer("schema_version", kReportSchemaVersion);
  Visit(writer, report);
  return DumpJson(writer.Take(), 1) + "\n";
}

Result<RunReport> ParseRunReport(std::string_view text, const std::string& source) {
  FP_ASSIGN_OR_RETURN(const Json json, ParseJson(text, source));
  int64_t version = 0;
  Reader reader(json, "");
  if (reader.error().empty()) reader("schema_version", version);
  if (reader.error().empty() && version != kReportSchemaVersion) {
    return Fail(ErrorCode::kUnsupported, "{}: schema_version is {}, this program reads {}", source,
                version, kReportSchemaVersion);
  }
  RunReport report;
  if (reader.error().empty()) Visit(reader, report);
  if (!reader.error().empty()) {
    return Fail(ErrorCode::kBadFormat, "{}: {}", source, reader.error());
  }
  return report;
}

Result<RunReport> ReadRunReport(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParseRunReport(text, path);
}

Result<std::vector<ReportFrontierPoint>> ReadFrontierFile(const std::string& path,
                                                          const std::string& model_hash) {
  FP_ASSIGN_OR_RETURN(const Json json, ReadJsonFile(path));
  FrontierFile file;
  Reader reader(json, "");
  if (reader.error().empty()) Visit(reader, file);
  if (!reader.error().empty()) {
    return Fail(ErrorCode::kBadFormat, "{}: {}; expected a file of `fairprune frontier --out`",
                path, reader.error());
  }
  if (file.model.content_hash != model_hash) {
    return Fail(ErrorCode::kMismatch,
                "{}: is of a model with content hash {}, the run of one with {}", path,
                file.model.content_hash, model_hash);
  }
  std::vector<ReportFrontierPoint> points;
  for (const FrontierFilePoint& point : file.points) {
    for (const FrontierFileSet& set : point.sets) {
      if (set.kind != "bias") continue;
      points.push_back({point.method, point.neurons, set.name, set.change, set.low, set.high,
                        point.perplexity_change});
    }
  }
  return points;
}

}  // namespace fairprune
