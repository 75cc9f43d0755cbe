// fairprune verify: whether a model or a run is what it says it is.
#include "surgery/verify.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/hub_input.h"
#include "cli/verbs.h"
#include "report/table.h"

namespace fairprune {
namespace {

struct VerifyFlags {
  std::string path;
  bool json = false;
};

const char* NameOf(Check::Verdict verdict) {
  switch (verdict) {
    case Check::Verdict::kHolds:
      return "ok";
    case Check::Verdict::kFails:
      return "FAILED";
    case Check::Verdict::kSkipped:
      return "skipped";
  }
  return "";
}

Result<Outcome> Verify(const VerifyFlags& flags, Context& context) {
  FP_ASSIGN_OR_RETURN(const std::string path, LocalModelPath(flags.path, context));
  FP_ASSIGN_OR_RETURN(const std::vector<Check> checks, VerifyFolder(path));
  const bool ok = std::ranges::none_of(
      checks, [](const Check& check) { return check.verdict == Check::Verdict::kFails; });
  if (flags.json) {
    Json list = Json::array();
    for (const Check& check : checks) {
      const bool skipped = check.verdict == Check::Verdict::kSkipped;
      list.push_back(
          {{"check", check.name},
           {"ok", skipped ? Json(nullptr) : Json(check.verdict == Check::Verdict::kHolds)},
           {"detail", check.detail}});
    }
    context.PrintJson("verify", {{"path", flags.path}, {"ok", ok}, {"checks", std::move(list)}});
  } else {
    Table table({{"check"}, {"result"}, {"detail"}});
    for (const Check& check : checks)
      table.AddRow({check.name, NameOf(check.verdict), check.detail});
    context.Print(Printout().Add(std::move(table)));
  }
  return ok ? Outcome::kSuccess : Outcome::kCheckFailed;
}

}  // namespace

void AddVerify(CLI::App& app, Context& context) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* verb = AddVerb(
      app, context,
      {.name = "verify",
       .summary = "Check a model or a run folder: manifest, hashes, shapes, NaN and infinity",
       .description = "Exit code 1 if a check fails.",
       .examples = {"fairprune verify pruned", "fairprune verify runs/a --json"}},
      [flags, &context] { return Verify(*flags, context); });
  verb->add_option("DIR", flags->path,
                   "A model's folder, a .gguf file, hf:ORG/NAME, or the folder of a run")
      ->required();
  AddTableFlags(verb, context, flags->json);
}

}  // namespace fairprune
