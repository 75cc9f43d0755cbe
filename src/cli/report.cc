// fairprune report: the page of a run, made again from its data.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/report_files.h"
#include "cli/verbs.h"
#include "io/atomic_output.h"

namespace fairprune {
namespace {

struct ReportFlags {
  std::string folder;
  std::vector<std::string> compare;
  std::string frontier;
  bool json = false;
};

// A run folder, or a report.json itself.
std::string DataPathOf(const std::string& path) {
  return path.ends_with(".json") ? path : path + "/report.json";
}

Result<Outcome> Report(const ReportFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(RunReport report, ReadRunReport(flags.folder + "/report.json"));
  if (!flags.frontier.empty()) {
    FP_ASSIGN_OR_RETURN(report.frontier, ReadFrontierFile(flags.frontier, report.model_hash));
  }
  for (const std::string& path : flags.compare) {
    FP_ASSIGN_OR_RETURN(const RunReport other, ReadRunReport(DataPathOf(path)));
    if (other.model_hash != report.model_hash) {
      return Fail(ErrorCode::kMismatch,
                  "{}: is of another model ({}, content hash {}) than {} ({}, {}): their figures "
                  "cannot be drawn together",
                  path, other.model, other.model_hash, flags.folder, report.model,
                  report.model_hash);
    }
    const std::vector<ReportFrontierPoint> points = ChosenPoints(other);
    for (const ReportFrontierPoint& point : points) {
      const bool there = std::ranges::any_of(report.frontier, [&](const ReportFrontierPoint& p) {
        return p.method == point.method && p.neurons == point.neurons && p.set == point.set;
      });
      if (!there) report.frontier.push_back(point);
    }
  }
  FP_RETURN_IF_ERROR(WriteReportFiles(flags.folder, report));
  if (flags.json) {
    context.PrintJson("report", {{"folder", flags.folder},
                                 {"headline", HeadlineOf(report)},
                                 {"files", {"report.json", "report.html", "MODEL_CARD.md"}},
                                 {"frontier_points", report.frontier.size()}});
  } else {
    context.Print(fmt::format("{}\nWritten: {}/report.html and MODEL_CARD.md\n", HeadlineOf(report),
                              flags.folder));
  }
  return Outcome::kSuccess;
}

}  // namespace

Status WriteReportFiles(const std::string& folder, const RunReport& report) {
  FP_RETURN_IF_ERROR(WriteFileAtomically(folder + "/report.json", RunReportToJson(report)));
  FP_RETURN_IF_ERROR(WriteFileAtomically(folder + "/report.html", RunReportToHtml(report)));
  return WriteFileAtomically(folder + "/MODEL_CARD.md", RunReportToModelCard(report));
}

void AddReport(CLI::App& app, Context& context) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App* verb =
      AddVerb(app, context,
              {.name = "report",
               .summary = "Make a run's report.html and MODEL_CARD.md again from its report.json",
               .description =
                   "Needs no model. With --compare the choices of other runs of the same model, "
                   "such as one "
                   "by the published method, are drawn beside this run's, and kept in report.json.",
               .examples = {"fairprune report runs/smollm2",
                            "fairprune report runs/smollm2 --frontier frontier.json",
                            "fairprune report runs/smollm2 --compare runs/activation"}},
              [flags, &context] { return Report(*flags, context); });
  verb->add_option("RUN", flags->folder, "Folder that `run` wrote")->required();
  verb->add_option("--frontier", flags->frontier,
                   "Points that `fairprune frontier --out` wrote; they replace those of before");
  verb->add_option("--compare", flags->compare,
                   "Other run folders of the same model, to draw their choices too");
  AddJsonFlag(verb, flags->json);
}

}  // namespace fairprune
