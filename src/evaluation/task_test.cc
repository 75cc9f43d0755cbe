#include "evaluation/task.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/result_matchers.h"
#include "data/signed_items.h"
#include "evaluation/catalog.h"
#include "evaluation/item.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

Document MakeDocument(Json fields) {
  return {std::make_shared<const Json>(std::move(fields)), "f.jsonl:4"};
}

Result<std::string> Render(const std::string& text, Json fields) {
  const TemplateMaps maps = {{"m", {{"a", "alpha"}}}};
  FP_ASSIGN_OR_RETURN(const TextTemplate parsed, TextTemplate::Parse(text, maps, "t"));
  return parsed.Render(MakeDocument(std::move(fields)));
}

TEST(TextTemplate, RendersColumnsThroughFilters) {
  const Json fields = {{"a", " x y_z "}, {"n", 3}, {"b", true}, {"l", {"p", "q"}}, {"k", "a"}};
  EXPECT_THAT(Render("{{{a}}}", fields), IsOkAndHolds("{ x y_z }"));
  EXPECT_THAT(Render("{n}{b}{l.1}", fields), IsOkAndHolds("3trueq"));
  EXPECT_THAT(Render("<{a|strip|before:_}|{a|after:_|rstrip}>", fields), IsOkAndHolds("<x y|z>"));
  EXPECT_THAT(Render("{a|strip|but_last_word}+{a|strip|last_word}", fields), IsOkAndHolds("x+y_z"));
  EXPECT_THAT(Render("{k|but_last_word}+{k|last_word}", fields), IsOkAndHolds("+a"));
  EXPECT_THAT(Render("{k|map:m|capitalize|drop_last}", fields), IsOkAndHolds("Alph"));
}

TEST(TextTemplate, RefusesWhatItCannotRender) {
  const Json fields = {{"a", "x"}, {"l", {"p"}}, {"f", 0.5}};
  EXPECT_THAT(Render("{b}", fields),
              FailsWith(ErrorCode::kBadFormat, "f.jsonl:4: no column \"b\"; there are: a, l, f"));
  EXPECT_THAT(Render("{l}", fields), FailsWith(ErrorCode::kBadFormat, "\"l\": expected a text"));
  EXPECT_THAT(Render("{f}", fields), FailsWith(ErrorCode::kBadFormat, "\"f\": expected a text"));
  EXPECT_THAT(Render("{a|before:_}", fields), FailsWith(ErrorCode::kBadFormat, "expected \"_\""));
  EXPECT_THAT(Render("{a|map:m}", fields), FailsWith(ErrorCode::kBadFormat, "not in the table"));
  EXPECT_THAT(Render("{a|map:o}", fields), FailsWith(ErrorCode::kBadFormat, "no table \"o\""));
  EXPECT_THAT(Render("{a|upper}", fields), FailsWith(ErrorCode::kBadFormat, "no filter \"upper\""));
  EXPECT_THAT(Render("{a", fields), FailsWith(ErrorCode::kBadFormat, "a single brace"));
  EXPECT_THAT(Render("a}", fields), FailsWith(ErrorCode::kBadFormat, "a single brace"));
  EXPECT_THAT(Render("{}", fields), FailsWith(ErrorCode::kBadFormat, "names no column"));
}

constexpr const char* kTask = R"({
  "task": "mine", "kind": "ability", "version": 1.5, "sources": ["mine.jsonl"],
  "forms": [{"columns": ["q", "c", "a"], "context": "{q}", "choices": "{c}", "target": "{a}"}],
  "metrics": ["acc", "acc_bytes"]
})";

// kTask with one key replaced; null removes it.
std::string Changed(const std::string& key, Json value) {
  Json task = Json::parse(kTask);
  task[key] = std::move(value);
  if (task[key].is_null()) task.erase(key);
  return task.dump();
}

TEST(ParseTaskFile, RefusesByName) {
  ASSERT_THAT(ParseTaskFile(kTask, "m.json"), IsOk());
  const auto fails = [](const std::string& text, const std::string& why) {
    EXPECT_THAT(ParseTaskFile(text, "m.json"), FailsWith(ErrorCode::kBadFormat, why));
  };
  fails("{", "m.json");
  fails(Changed("metric", "acc"), "unknown key \"metric\"");
  fails(Changed("metrics", {"f1"}), "there is no \"f1\"");
  fails(Changed("metrics", nullptr), "no \"metrics\"");
  fails(Changed("scorer", "f1"), "there is no \"f1\"");
  fails(Changed("scorer", "rolling"), "does not fit");
  fails(Changed("scorer", "crows_pairs"), "has its own");
  fails(Changed("output", "text"), "output: expected");
  fails(Changed("kind", "skill"), "\"kind\" bias or ability");
  fails(Changed("version", nullptr), "version");
  fails(Changed("sources", Json::array({Json::array()})), "no file");
  fails(Changed("forms", Json::array({Json{{"context", "x"}}})), "form 1: no \"columns\"");
  fails(Changed("forms", Json::array({Json{{"columns", "q"}, {"choices", "{c"}, {"target", 0}}})),
        "form 1: choices: expected {COLUMN}");
  fails(Changed("forms", Json::array({Json{{"columns", "q"}, {"choices", "{c}"}}})), "a target");
  fails(Changed("few_shot", {{"sampler", "best"}, {"sources", {"x.jsonl"}}}), "sampler");
  fails(Changed("family", {{"task", 1}}), "family");
  fails(Changed("groups", Json::array({Json{{"group", "g"}}})), "has no member");
}

TEST(ParseTaskFile, FamiliesFillInTheirNames) {
  Json task = Json::parse(kTask);
  task["family"] = {{{"task", "m_x"}, {"part", "x"}, {"in", "g"}},
                    {{"task", "m_y"}, {"part", "y"}}};
  task["title"] = "Part ${part}";
  task["groups"] = Json::array({Json{{"group", "g"}, {"metrics", {"acc"}}}});
  const auto file = ParseTaskFile(task.dump(), "m.json");
  ASSERT_THAT(file, IsOk());
  ASSERT_EQ(file->tasks.size(), 2U);
  EXPECT_EQ(file->tasks[1].name, "m_y");
  EXPECT_EQ(file->tasks[1].title, "Part y");
  EXPECT_EQ(file->groups[0].members, std::vector<std::string>{"m_x"});
}

TEST(TaskCatalog, HasEveryTaskAndSelectsByPattern) {
  const auto catalog = TaskCatalog::Bundled();
  ASSERT_THAT(catalog, IsOk());
  const auto count = [&](const std::string& name) {
    const auto selection = catalog->Select({name});
    return selection ? selection->tasks.size() : 0;
  };
  EXPECT_EQ(count("mmlu"), 57U);
  EXPECT_EQ(count("mmlu_stem"), 19U);
  EXPECT_EQ(count("esbbq"), 10U);
  EXPECT_EQ(count("crows_pairs_english_*"), 9U);
  EXPECT_EQ(count("*"), catalog->tasks().size());
  EXPECT_EQ(catalog->Select({"mmlu"})->groups.size(), 5U);
  EXPECT_EQ(catalog->Select({"mmlu"})->groups.back()->name, "mmlu");
  EXPECT_THAT(catalog->Select({"arc_esay"}),
              FailsWith(ErrorCode::kInvalidArgument, "nearest name is \"arc_easy\""));
}

TEST(TaskCatalog, TakesAUsersFile) {
  const TempFolder folder;
  auto catalog = TaskCatalog::Bundled();
  ASSERT_THAT(catalog, IsOk());
  EXPECT_THAT(catalog->AddFile(folder.Write("m.json", kTask)), IsOk());
  EXPECT_THAT(catalog->Select({"mine"}), IsOk());
  EXPECT_THAT(catalog->AddFile(folder.Write("n.json", Changed("task", "piqa"))),
              FailsWith(ErrorCode::kMismatch, "a task \"piqa\" already"));
}

class PrepareTaskTest : public testing::Test {
 protected:
  Result<PreparedTask> Prepare(const std::string& data, PrepareOptions options = {}) {
    folder_.Write("mine.jsonl", data);
    options.data_dir = folder_.path();
    FP_ASSIGN_OR_RETURN(const TaskFile file, ParseTaskFile(task_, "m.json"));
    return PrepareTask(file.tasks[0], options);
  }
  TempFolder folder_;
  std::string task_ = kTask;
};

TEST_F(PrepareTaskTest, TakesTheFirstDocuments) {
  const auto task = Prepare(R"({"q": "Q", "c": ["x", "y"], "a": 1}
{"q": "R", "c": ["x"], "a": "0"}
)",
                            {.limit = 1});
  ASSERT_THAT(task, IsOk());
  EXPECT_EQ(task->num_documents, 2);
  ASSERT_EQ(task->items.size(), 1U);
  EXPECT_EQ(task->items[0].gold, 1);
  EXPECT_EQ(task->items[0].Request(1).continuation, " y");
  EXPECT_EQ(task->files[0].sha256.size(), 64U);
}

TEST_F(PrepareTaskTest, ErrorsNameFileLineAndColumn) {
  const auto fails = [&](const std::string& line, const std::string& why) {
    EXPECT_THAT(Prepare("{\"q\": \"Q\", \"c\": [\"x\"], \"a\": 0}\n" + line),
                FailsWith(ErrorCode::kBadFormat, "mine.jsonl:2: " + why));
  };
  fails(R"({"q": "Q", "c": ["x"]})", "expected the columns q, c, a; found q, c");
  fails(R"({"q": null, "c": ["x"], "a": 0})", "column \"q\": expected a text, found null");
  fails(R"({"q": "Q", "c": "x", "a": 0})", "column \"c\": expected a list, found string");
  fails(R"({"q": "Q", "c": ["x"], "a": 1})", "the answer is number 1, but there are 1 choices");
  fails(R"({"q": "Q", "c": ["x"], "a": "B"})", "expected the number of the answer, found \"B\"");
}

TEST_F(PrepareTaskTest, SaysWhatItLookedFor) {
  const auto file = ParseTaskFile(kTask, "m.json");
  ASSERT_THAT(file, IsOk());
  EXPECT_THAT(PrepareTask(file->tasks[0], {}),
              FailsWith(ErrorCode::kNotFound, "mine needs data: give its folder with --data"));
  EXPECT_THAT(PrepareTask(file->tasks[0], {.data_dir = folder_.path()}),
              FailsWith(ErrorCode::kNotFound, "looked for mine.jsonl"));
}

TEST_F(PrepareTaskTest, FewShotExamplesAreRefusedWhereThereAreNone) {
  const std::string data = "{\"q\": \"Q\", \"c\": [\"x\"], \"a\": 0}\n";
  EXPECT_THAT(Prepare(data, {.num_fewshot = 1}),
              FailsWith(ErrorCode::kUnsupported, "mine takes no few-shot examples"));
  task_ = Changed("few_shot", {{"sampler", "first_n"}, {"sources", {"mine.jsonl"}}});
  EXPECT_THAT(Prepare(data, {.num_fewshot = 2}),
              FailsWith(ErrorCode::kMismatch, "2 few-shot examples asked for"));
  EXPECT_THAT(Prepare(data, {.num_fewshot = 1}), IsOk());
}

TEST(BundledTasks, NeedNoData) {
  const auto catalog = TaskCatalog::Bundled();
  ASSERT_THAT(catalog, IsOk());
  for (const std::string name : {"pairs_en", "pairs_es", "pairs_ca", "neutral_en"}) {
    const auto task = PrepareTask(*catalog->Select({name})->tasks[0], {});
    ASSERT_THAT(task, IsOk());
    EXPECT_GE(task->items.size(), 1U);
    EXPECT_EQ(task->files[0].path, "bundled:" + name);
  }
}

// The wordings of a signed item are the requests of the task on the same row.
void CheckRequests(const TaskDefinition& task, const std::string& data_dir,
                   const std::string& path) {
  const auto prepared = PrepareTask(task, {.data_dir = data_dir});
  ASSERT_THAT(prepared, IsOk());
  std::set<std::string> requests;
  const EvalItem& item = prepared->items[0];
  for (size_t i = 0; i < item.choices.size(); ++i) {
    const TextRequest request = item.Request(i);
    requests.insert(request.context + request.continuation);
  }
  const auto items = ReadSignedItems(path);
  ASSERT_THAT(items, IsOk());
  ASSERT_EQ(items->size(), 1U);
  EXPECT_TRUE(requests.contains(items->front().stereotyped)) << items->front().stereotyped;
  EXPECT_TRUE(requests.contains(items->front().anti_stereotyped));
}

TEST(BundledTasks, AskAsSignedItemsDo) {
  TempFolder folder;
  constexpr const char* kShared =
      R"("question_polarity": "neg", "context_condition": "ambig", "category": "Age",
 "question_type": "n/a", "stereotyped_groups": ["old"],
 "answer_info": {"ans0": ["x", "old"], "ans1": ["y", "nonOld"], "ans2": ["z", "unknown"]},
 "additional_metadata": {"stereotyped_groups": ["old"]},
 "context": "X and Y met.", "ans0": "X", "ans1": "Y", "ans2": "Unknown", "label": 2})";
  const auto write = [&](const std::string& name, const std::string& fields) {
    std::string row = "{" + fields + ", " + kShared;
    std::replace(row.begin(), row.end(), '\n', ' ');
    folder.Write(name, row + "\n");
  };
  write("bbq.jsonl", R"("example_id": 1, "question_index": "2", "question": "Who?")");
  write("esbbq_Age.jsonl", R"("instance_id": 1, "template_id": 2, "question": "¿Quién?")");
  write("cabbq_Age.jsonl", R"("instance_id": 1, "template_id": 2, "question": "Qui?")");
  const auto catalog = TaskCatalog::Bundled();
  ASSERT_THAT(catalog, IsOk());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"bbq_age", "bbq.jsonl"}, {"esbbq_age", "esbbq_Age.jsonl"}, {"cabbq_age", "cabbq_Age.jsonl"}};
  for (const auto& [task, file] : cases) {
    CheckRequests(*catalog->Select({task})->tasks[0], folder.path(), folder.File(file));
  }
}

}  // namespace
}  // namespace fairprune
