// An evaluation that is cut off anywhere and goes on ends with the same bytes.
#include "evaluation/evaluate.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result_matchers.h"
#include "io/temp_folder.h"
#include "scoring/model_for_test.h"

namespace fairprune {
namespace {

constexpr const char* kChoices = R"({
  "task": "mine", "kind": "ability", "version": 1, "sources": ["mine.jsonl"],
  "forms": [{"columns": ["q", "c"], "context": "{q}", "choices": "{c}", "target": 0,
             "cluster": "{k}"}],
  "metrics": ["acc", "acc_norm"]
})";
constexpr const char* kPairs = R"({
  "task": "mine", "kind": "bias", "version": 1, "sources": ["mine.jsonl"], "delimiter": "",
  "forms": [{"columns": ["q", "c"], "choices": ["{q}", "{c.0}"]}],
  "scorer": "pairs", "next_token_divergence": true
})";
const Json kSettings = {{"model", "m"}, {"limit", 3}, {"tasks", {{"mine", {{"data", {"a"}}}}}}};

// Some of which share beginnings, of several lengths, for several forests.
std::string Questions(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    std::string text = "The cook of house ";
    for (int k = 0; k < 3 + i % 5; ++k) text += std::to_string(i * (k + 1) / 2) + " said that ";
    const Json choices = {"yes " + std::to_string(i), "no", "maybe, or not at all"};
    lines += Json({{"q", text}, {"c", choices}, {"k", "k" + std::to_string(i / 3)}}).dump() + "\n";
  }
  return lines;
}

class EvaluateTest : public testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    auto model = LoadModelForTest(kModelsForTest + "llama");
    ASSERT_THAT(model, IsOk());
    model_ = new ModelForTest(*std::move(model));
  }
  static void TearDownTestSuite() { delete model_; }

  Result<PreparedTask> Prepare(const char* text) {
    folder_.Write("mine.jsonl", Questions(40));
    FP_ASSIGN_OR_RETURN(const TaskFile file, ParseTaskFile(text, "m.json"));
    return PrepareTask(file.tasks[0], {.data_dir = folder_.path()});
  }

  std::string journal_path() const { return folder_.File("out.partial"); }

  // Runs the task into the journal; the `calls`-th call of the progress ends it (0: none does).
  // Returns the bytes of the samples.
  Result<std::string> Run(int calls, bool resume) {
    FP_ASSIGN_OR_RETURN(PreparedTask task, Prepare(GetParam()));
    FP_ASSIGN_OR_RETURN(EvalJournal journal, EvalJournal::Open(journal_path(), kSettings, resume));
    found_ = journal.num_items();
    ScoreItemsOptions options;
    options.journal = &journal;
    options.progress = [&](int64_t done, int64_t total) -> Status {
      EXPECT_LE(done, total);
      if (calls > 0 && --calls == 0) return Fail(ErrorCode::kInternal, "stopped");
      return {};
    };
    FP_ASSIGN_OR_RETURN(const auto scores,
                        ScoreItems(model_->engine, model_->tokenizer, task, options));
    FP_ASSIGN_OR_RETURN(const ScoredTask scored, AggregateTask(task, scores, 100));
    const std::string path = folder_.File("samples.jsonl");
    FP_RETURN_IF_ERROR(WriteSamples(path, task, scored, scores, true));
    FP_RETURN_IF_ERROR(journal.Remove());
    return Slurp(path) + ResultsJson({}, {scored.result}, {});
  }

  static ModelForTest* model_;
  TempFolder folder_;
  int64_t found_ = 0;  // items in the journal when the last run began
};
ModelForTest* EvaluateTest::model_ = nullptr;

TEST_P(EvaluateTest, StoppedAtEveryStepItGoesOnToTheSameBytes) {
  const auto whole = Run(0, false);
  ASSERT_THAT(whole, IsOk());
  EXPECT_FALSE(std::filesystem::exists(journal_path()));
  int64_t most_found = 0;
  bool stopped = true;
  for (int calls = 1; stopped; ++calls) {
    ASSERT_LT(calls, 1000);
    const auto first = Run(calls, false);
    stopped = !first.has_value();
    if (!stopped) {
      EXPECT_EQ(*first, *whole);
      break;
    }
    const auto second = Run(0, true);
    ASSERT_THAT(second, IsOk());
    EXPECT_EQ(*second, *whole) << "stopped at step " << calls;
    most_found = std::max(most_found, found_);
  }
  EXPECT_EQ(most_found, 40);  // the last stop was after the last item
}

TEST_P(EvaluateTest, AJournalCutAnywhereGoesOnToTheSameBytes) {
  const auto whole = Run(0, false);
  ASSERT_THAT(whole, IsOk());
  for (int calls = 1; calls < 1000; ++calls) {  // the fullest journal there is
    std::filesystem::remove_all(journal_path());
    if (Run(calls, false)) break;
    std::filesystem::copy(journal_path(), folder_.File("kept"),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
  }
  const std::string settings = Slurp(folder_.File("kept/settings.json"));
  const std::string lines = Slurp(folder_.File("kept/scores.jsonl"));
  ASSERT_GT(lines.size(), 1000U);
  for (size_t cut = 0; cut < lines.size(); cut += 397) {
    folder_.Write("out.partial/settings.json", settings);
    folder_.Write("out.partial/scores.jsonl", lines.substr(0, cut));
    const auto resumed = Run(0, true);
    ASSERT_THAT(resumed, IsOk()) << cut;
    ASSERT_EQ(*resumed, *whole) << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, EvaluateTest, testing::Values(kChoices, kPairs),
                         [](const auto& test) { return test.index == 0 ? "choices" : "pairs"; });

TEST(EvalJournal, RefusesOtherSettingsByName) {
  const TempFolder folder;
  const std::string path = folder.File("j");
  ASSERT_THAT(EvalJournal::Open(path, kSettings, false), IsOk());
  EXPECT_THAT(EvalJournal::Open(path, kSettings, false), FailsWith(ErrorCode::kExists, "j:"));
  EXPECT_THAT(EvalJournal::Open(path, kSettings, true), IsOk());
  const auto refuses = [&](const char* at, const Json& value, const std::string& why) {
    Json other = kSettings;
    other[Json::json_pointer(at)] = value;
    EXPECT_THAT(EvalJournal::Open(path, other, true), FailsWith(ErrorCode::kMismatch, why));
  };
  refuses("/model", "n", "model: \"m\" then, \"n\" now");
  refuses("/limit", 4, "limit: 3 then, 4 now");
  refuses("/tasks/mine/data/0", "b", "tasks.mine.data: [\"a\"] then, [\"b\"] now");
  refuses("/tasks/other", 1, "tasks.other: now only");
}

TEST(EvalJournal, TwoProcessesDoNotShareOne) {
  const TempFolder folder;
  const auto first = EvalJournal::Open(folder.File("j"), kSettings, false);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(EvalJournal::Open(folder.File("j"), kSettings, true),
              FailsWith(ErrorCode::kExists, "another process is at work"));
}

TEST(EvalJournal, MalformedLinesAreNamed) {
  const TempFolder folder;
  const auto fails = [&](const std::string& lines, const std::string& why) {
    folder.Write("j/settings.json", kSettings.dump());
    folder.Write("j/scores.jsonl", lines);
    EXPECT_THAT(EvalJournal::Open(folder.File("j"), kSettings, true),
                FailsWith(ErrorCode::kBadFormat, why));
  };
  fails("{\"task\": \"t\", \"doc\": 1}\n", "scores.jsonl:1: expected the list \"scores\"");
  fails("{\"task\": \"t\", \"doc\": 1, \"scores\": [[1, 2]]}\n", "expected [nats, greedy, tokens]");
}

}  // namespace
}  // namespace fairprune
