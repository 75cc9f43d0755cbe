#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "io/temp_folder.h"
#include "selection/plan.h"

namespace fairprune {
namespace {

using ::testing::HasSubstr;

const std::string kHash(64, 'a');

Plan MakePlan() {
  return {.model_hash = kHash,
          .model_path = "models/\"tiny\" é",
          .num_layers = 2,
          .num_neurons_per_layer = 8,
          .method = "fairness(bias_weight=0.8, importance=MAW)}",
          .neurons = {{1, 7, 0.1}, {0, 0, static_cast<double>(0.3F)}, {1, 0, -2.5e-300}}};
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// The plan's text with one change, and what the reader says to it.
Result<Plan> ParseChanged(const std::string& from, const std::string& to) {
  return ParsePlan(Replaced(PlanToJson(MakePlan()), from, to), "p.json");
}

TEST(PlanJsonTest, ReadsBackWhatItWrote) {
  EXPECT_THAT(ParsePlan(PlanToJson(MakePlan()), "p.json"), IsOkAndHolds(MakePlan()));
  Plan empty = MakePlan();
  empty.neurons.clear();
  EXPECT_THAT(ParsePlan(PlanToJson(empty), "p.json"), IsOkAndHolds(empty));
}

TEST(PlanJsonTest, WritesOneNeuronALine) {
  EXPECT_THAT(PlanToJson(MakePlan()),
              HasSubstr("  \"neurons\": [\n"
                        "    {\"layer\": 1, \"neuron\": 7, \"score\": 0.1},\n"));
}

TEST(PlanJsonTest, ReadsFiles) {
  const TempFolder folder;
  const std::string path = folder.Write("plan.json", PlanToJson(MakePlan()));
  EXPECT_THAT(ReadPlan(path), IsOkAndHolds(MakePlan()));
  EXPECT_THAT(ReadPlan(folder.Write("cut.json", "{")),
              FailsWith(ErrorCode::kBadFormat, folder.File("cut.json")));
  EXPECT_THAT(ReadPlan(folder.File("none.json")),
              FailsWith(ErrorCode::kNotFound, folder.File("none.json")));
}

TEST(PlanJsonTest, RefusesOtherDocuments) {
  EXPECT_THAT(ParsePlan("[]", "p.json"), FailsWith(ErrorCode::kBadFormat, "schema_version"));
  EXPECT_THAT(ParsePlan("{}", "p.json"), FailsWith(ErrorCode::kBadFormat, "schema_version"));
  EXPECT_THAT(ParsePlan("{\"schema_version\": 1}", "p.json"),
              FailsWith(ErrorCode::kBadFormat, "p.json: no key 'model_hash'"));
}

TEST(PlanJsonTest, RefusesOtherVersions) {
  EXPECT_THAT(ParseChanged("\"schema_version\": 1", "\"schema_version\": 2"),
              FailsWith(ErrorCode::kUnsupported, "p.json: schema_version is 2"));
  EXPECT_THAT(ParseChanged("\"schema_version\": 1", "\"schema_version\": \"1\""),
              FailsWith(ErrorCode::kBadFormat, "'schema_version' is \"1\""));
}

TEST(PlanJsonTest, RefusesBadHeads) {
  const auto fails = [](const std::string& part) {
    return FailsWith(ErrorCode::kBadFormat, "p.json: " + part);
  };
  EXPECT_THAT(ParseChanged("\"method\"", "\"methods\""), fails("unknown key 'methods'"));
  EXPECT_THAT(ParseChanged(kHash, kHash.substr(1)), fails("'model_hash' is 'aaa"));
  EXPECT_THAT(ParseChanged(kHash, std::string(64, 'A')), fails("'model_hash' is 'AAA"));
  EXPECT_THAT(ParseChanged("\"num_layers\": 2", "\"num_layers\": 0"), fails("'num_layers' is 0"));
  EXPECT_THAT(ParseChanged("\"num_layers\": 2", "\"num_layers\": 2.5"),
              fails("'num_layers' is 2.5"));
  EXPECT_THAT(ParseChanged("\"num_layers\": 2", "\"num_layers\": 99999999999999999999"),
              fails("'num_layers' is 1e+20"));
  EXPECT_THAT(ParseChanged("\"num_layers\": 2", "\"num_layers\": 18446744073709551615"),
              fails("'num_layers' is 18446744073709551615"));
  EXPECT_THAT(ParseChanged("\"models/", "4, \"x\": \""), fails("unknown key 'x'"));
  EXPECT_THAT(ParsePlan("{\"schema_version\": 1, \"model_hash\": \"" + kHash +
                            "\", \"model_path\": 4, \"num_layers\": 1, "
                            "\"num_neurons_per_layer\": 1, \"method\": \"\", \"neurons\": []}",
                        "p.json"),
              fails("'model_path' is number, expected a string"));
  EXPECT_THAT(ParsePlan("{\"schema_version\": 1, \"model_hash\": \"" + kHash +
                            "\", \"model_path\": \"\", \"num_layers\": 1, "
                            "\"num_neurons_per_layer\": 1, \"method\": \"\", \"neurons\": {}}",
                        "p.json"),
              fails("'neurons' is object, expected a list"));
}

TEST(PlanJsonTest, RefusesBadNeurons) {
  const auto fails = [](const std::string& part) {
    return FailsWith(ErrorCode::kBadFormat, "p.json: " + part);
  };
  const std::string second = "{\"layer\": 0, \"neuron\": 0";
  EXPECT_THAT(ParseChanged(second, "{\"layer\": 2, \"neuron\": 0"),
              fails("neurons[1]: 'layer' is 2, expected an integer from 0 to 1"));
  EXPECT_THAT(ParseChanged(second, "{\"layer\": -1, \"neuron\": 0"),
              fails("neurons[1]: 'layer' is -1"));
  EXPECT_THAT(ParseChanged(second, "{\"layer\": 0, \"neuron\": 8"),
              fails("neurons[1]: 'neuron' is 8, expected an integer from 0 to 7"));
  EXPECT_THAT(ParseChanged(second, "{\"layer\": 0"), fails("neurons[1]: no key 'neuron'"));
  EXPECT_THAT(ParseChanged(second, "{\"why\": 1, \"layer\": 0, \"neuron\": 0"),
              fails("neurons[1]: unknown key 'why'"));
  EXPECT_THAT(ParseChanged("\"score\": 0.1", "\"score\": null"),
              fails("neurons[0]: 'score' is null, expected a finite number"));
  EXPECT_THAT(ParseChanged("{\"layer\": 1, \"neuron\": 7, \"score\": 0.1}", "7"),
              fails("neurons[0]: expected an object, found number"));
  EXPECT_THAT(ParseChanged(second, "{\"layer\": 1, \"neuron\": 7"),
              fails("neurons[0] and neurons[1] are both layer 1, neuron 7"));
}

TEST(PlanJsonTest, KeepsWholeLayersAndWhatFillsUp) {
  Plan plan = MakePlan();
  plan.num_layers = 4;
  plan.layers = {2, 3};
  plan.num_filled = 2;
  EXPECT_THAT(ParsePlan(PlanToJson(plan), "p.json"), IsOkAndHolds(plan));
  const auto fails = [&](const std::string& from, const std::string& to, const std::string& part) {
    EXPECT_THAT(ParsePlan(Replaced(PlanToJson(plan), from, to), "p.json"),
                FailsWith(ErrorCode::kBadFormat, "p.json: " + part));
  };
  for (const char* bad : {"[3, 2]", "[2, 2]", "[4]", "[-1]", "[0, 1, 2, 3]", "[2.5]", "2"})
    fails("[2, 3]", bad, "'layers' is");
  fails("[2, 3]", "[1]", "neuron 7 of layer 1 is planned, and the whole layer");
  fails("\"filled\": 2", "\"filled\": 4", "'filled' is 4, expected an integer from 0 to 3");
}

TEST(CheckPlanFitsTest, AcceptsItsModelOnly) {
  const Plan plan = MakePlan();
  EXPECT_THAT(CheckPlanFits(plan, kHash, 2, 8), IsOk());
  EXPECT_THAT(CheckPlanFits(plan, std::string(64, 'b'), 2, 8),
              FailsWith(ErrorCode::kMismatch, "bbbb"));
  EXPECT_THAT(CheckPlanFits(plan, kHash, 3, 8),
              FailsWith(ErrorCode::kMismatch, "for 2 layers of 8 neurons"));
  EXPECT_THAT(CheckPlanFits(plan, kHash, 2, 9), FailsWith(ErrorCode::kMismatch, "has 2 of 9"));
}

}  // namespace
}  // namespace fairprune
