#include "evaluation/item.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "evaluation/clean.h"
#include "evaluation/python_text.h"
#include "evaluation/scorer.h"
#include "io/hash.h"

namespace fairprune {
namespace {

constexpr std::string_view kBundled = "bundled:";

// A document's texts under its form, without few-shot examples.
struct Rendered {
  std::string context, continuation, text, group, cluster;
  std::vector<std::string> contexts, choices, labels;
  int64_t gold = -1;
};

Result<int64_t> RenderTarget(const TargetTemplate& target, const Document& document,
                             size_t num_choices) {
  int64_t gold = -1;
  if (target.constant) {
    gold = *target.constant;
  } else {
    FP_ASSIGN_OR_RETURN(const std::string value, target.value.Render(document));
    if (target.among) {
      FP_ASSIGN_OR_RETURN(const auto among, target.among->Render(document));
      const auto found = std::find(among.begin(), among.end(), value);
      if (found == among.end()) {
        return Fail(ErrorCode::kBadFormat, "{}: the answer \"{}\" is none of: {}", document.where,
                    value, fmt::join(among, ", "));
      }
      gold = found - among.begin();
    } else {
      const char* end = value.data() + value.size();
      const auto [rest, error] = std::from_chars(value.data(), end, gold);
      if (error != std::errc() || rest != end) {
        return Fail(ErrorCode::kBadFormat, "{}: expected the number of the answer, found \"{}\"",
                    document.where, value);
      }
    }
  }
  if (gold < 0 || gold >= static_cast<int64_t>(num_choices)) {
    return Fail(ErrorCode::kBadFormat, "{}: the answer is number {}, but there are {} choices",
                document.where, gold, num_choices);
  }
  return gold;
}

std::string Clean(const std::string& how, std::string text) {
  if (how == "wikihow") return CleanWikihow(text);
  if (how == "wikitext") return DetokenizeWikitext(text);
  return text;
}

class ItemBuilder {
 public:
  explicit ItemBuilder(const TaskDefinition& task) : task_(task) {}

  // `examples` stand before the document.
  Result<EvalItem> Build(const Document& document, int64_t doc, const std::string& examples) const {
    FP_ASSIGN_OR_RETURN(Rendered texts, Render(document));
    EvalItem item;
    item.doc = doc;
    item.document = document;
    const std::string before = task_.description + examples;
    const bool lacks_choices =
        (task_.output == TaskOutput::kMultipleChoice && texts.choices.empty()) ||
        (task_.output == TaskOutput::kMultipleContext && texts.contexts.empty());
    if (lacks_choices) return Fail(ErrorCode::kBadFormat, "{}: has no choices", document.where);
    switch (task_.output) {
      case TaskOutput::kMultipleChoice:
        item.contexts = {before + texts.context};
        for (const auto& choice : texts.choices) {
          item.continuations.push_back(task_.delimiter + choice);
        }
        break;
      case TaskOutput::kMultipleContext:
        for (const auto& context : texts.contexts) item.contexts.push_back(before + context);
        item.continuations = {task_.delimiter + texts.continuation};
        break;
      case TaskOutput::kContinuation:
        item.contexts = {before + texts.context};
        item.continuations = {texts.continuation};
        break;
      case TaskOutput::kRolling:
        item.text = std::move(texts.text);
        break;
    }
    item.choices = std::move(texts.choices);
    item.labels = std::move(texts.labels);
    item.group = std::move(texts.group);
    item.cluster = std::move(texts.cluster);
    item.gold = texts.gold;
    return item;
  }

  // A document with its answer, as a few-shot example.
  Result<std::string> Example(const Document& document) const {
    FP_ASSIGN_OR_RETURN(const Rendered texts, Render(document));
    const auto gold = static_cast<size_t>(texts.gold);
    std::string example;
    if (task_.output == TaskOutput::kMultipleContext) {
      example = texts.contexts[gold] + task_.delimiter + texts.continuation;
    } else if (task_.output == TaskOutput::kMultipleChoice) {
      example = texts.context + task_.delimiter + texts.choices[gold];
    } else {
      example = texts.context + task_.delimiter + texts.continuation;
    }
    return example + "\n\n";
  }

 private:
  Result<const TaskForm*> FindForm(const Document& document) const {
    for (const TaskForm& form : task_.forms) {
      const auto is_there = [&](const std::string& path) {
        return FindField(*document.fields, path) != nullptr;
      };
      if (std::all_of(form.columns.begin(), form.columns.end(), is_there)) return &form;
    }
    std::string expected;
    for (const TaskForm& form : task_.forms) {
      if (!expected.empty()) expected += "; or ";
      expected += fmt::format("{}", fmt::join(form.columns, ", "));
    }
    return Fail(ErrorCode::kBadFormat, "{}: expected the columns {}; found {}", document.where,
                expected, ColumnNames(document));
  }

  Result<Rendered> Render(const Document& original) const {
    FP_ASSIGN_OR_RETURN(const TaskForm* form, FindForm(original));
    std::vector<std::pair<std::string, std::string>> members;
    for (const auto& [name, text] : form->set) {
      FP_ASSIGN_OR_RETURN(std::string value, text.Render(original));
      members.emplace_back(name, std::move(value));
    }
    const Document document = members.empty() ? original : WithFields(original, members);
    Rendered texts;
    FP_ASSIGN_OR_RETURN(texts.context, form->context.Render(document));
    FP_ASSIGN_OR_RETURN(texts.continuation, form->continuation.Render(document));
    FP_ASSIGN_OR_RETURN(texts.text, form->text.Render(document));
    FP_ASSIGN_OR_RETURN(texts.group, form->group.Render(document));
    if (form->cluster.ColumnsAreIn(document)) {
      FP_ASSIGN_OR_RETURN(texts.cluster, form->cluster.Render(document));
    }
    texts.context = Clean(form->clean, std::move(texts.context));
    texts.text = Clean(form->clean, std::move(texts.text));
    if (form->contexts) {
      FP_ASSIGN_OR_RETURN(texts.contexts, form->contexts->Render(document));
    }
    if (form->labels) {
      FP_ASSIGN_OR_RETURN(texts.labels, form->labels->Render(document));
    }
    if (form->choices) {
      FP_ASSIGN_OR_RETURN(texts.choices, form->choices->Render(document));
    } else if (task_.scorer == "bbq") {
      FP_ASSIGN_OR_RETURN(texts.choices, BbqChoices(document));
    }
    for (std::string& choice : texts.choices) choice = Clean(form->clean, std::move(choice));
    const size_t num_choices = texts.contexts.size() + texts.choices.size();
    if (num_choices > 0 && form->target.present) {
      FP_ASSIGN_OR_RETURN(texts.gold, RenderTarget(form->target, document, num_choices));
    }
    return texts;
  }

  const TaskDefinition& task_;
};

struct ReadSource {
  std::vector<Document> documents;
  std::vector<DataFile> files;
};

// The first source whose first file is there; all its files must be.
Result<ReadSource> ReadFirstSource(const std::vector<TaskSource>& sources,
                                   const std::string& data_dir, const std::string& what) {
  std::string looked_for;
  for (const TaskSource& source : sources) {
    ReadSource read;
    const std::string& first = source.files.front();
    if (first.starts_with(kBundled)) {
      FP_ASSIGN_OR_RETURN(read.documents, BundledDocuments(first));
      FP_ASSIGN_OR_RETURN(std::string hash, BundledHash(first));
      read.files.push_back({first, std::move(hash)});
      return read;
    }
    looked_for +=
        fmt::format("{}{}", looked_for.empty() ? "" : ", or ", fmt::join(source.files, " and "));
    std::error_code ignored;
    const std::string first_path = fmt::format("{}/{}", data_dir, first);
    if (data_dir.empty() || !std::filesystem::exists(first_path, ignored)) continue;
    std::vector<std::string> paths;
    paths.reserve(source.files.size());
    for (const std::string& file : source.files) {
      paths.push_back(fmt::format("{}/{}", data_dir, file));
    }
    FP_ASSIGN_OR_RETURN(read.documents, ReadDocuments(paths, source.reader));
    for (const std::string& path : paths) {
      FP_ASSIGN_OR_RETURN(std::string hash, Sha256File(path));
      read.files.push_back({path, std::move(hash)});
    }
    return read;
  }
  if (data_dir.empty()) {
    return Fail(ErrorCode::kNotFound, "{} needs data: give its folder with --data; looked for {}",
                what, looked_for);
  }
  return Fail(ErrorCode::kNotFound, "{}: no data for {}; looked for {}", data_dir, what,
              looked_for);
}

Status KeepOnly(const TaskDefinition& task, std::vector<Document>& documents) {
  if (!task.keep) return {};
  std::vector<Document> kept;
  for (Document& document : documents) {
    FP_ASSIGN_OR_RETURN(const std::string value, task.keep->value.Render(document));
    if (task.keep->Keeps(value)) kept.push_back(std::move(document));
  }
  documents = std::move(kept);
  return {};
}

// Gives the examples that stand before each document, in order of the documents: drawing them
// advances the generator.
class ExampleSource {
 public:
  static Result<ExampleSource> Open(const TaskDefinition& task, const PrepareOptions& options,
                                    std::vector<DataFile>& files) {
    ExampleSource source(options);
    if (options.num_fewshot == 0) return source;
    if (!task.few_shot) {
      return Fail(ErrorCode::kUnsupported, "{} takes no few-shot examples", task.name);
    }
    source.few_shot_ = *task.few_shot;
    FP_ASSIGN_OR_RETURN(ReadSource read, ReadFirstSource(task.few_shot->sources, options.data_dir,
                                                         "the few-shot examples of " + task.name));
    FP_RETURN_IF_ERROR(KeepOnly(task, read.documents));
    const ItemBuilder builder(task);
    for (const Document& document : read.documents) {
      FP_ASSIGN_OR_RETURN(std::string example, builder.Example(document));
      source.examples_.push_back(std::move(example));
    }
    const auto needed =
        static_cast<size_t>(options.num_fewshot + (source.few_shot_.skips_self ? 1 : 0));
    if (source.examples_.size() < needed) {
      return Fail(ErrorCode::kMismatch,
                  "{}: {} few-shot examples asked for, {} documents needed, {} found", task.name,
                  options.num_fewshot, needed, source.examples_.size());
    }
    source.documents_ = std::move(read.documents);
    std::move(read.files.begin(), read.files.end(), std::back_inserter(files));
    return source;
  }

  std::string NextFor(const Document& document) {
    const auto count = static_cast<size_t>(num_fewshot_);
    if (count == 0) return {};
    std::vector<size_t> order(count);
    if (few_shot_.sampler == "first_n") {
      for (size_t i = 0; i < count; ++i) order[i] = i;
    } else {
      order = random_.Sample(examples_.size(), count + (few_shot_.skips_self ? 1 : 0));
      if (few_shot_.skips_self) {
        std::erase_if(order, [&](size_t i) { return *documents_[i].fields == *document.fields; });
        if (order.size() < count) order = DrawWithout(document, count);
        order.resize(count);
      }
    }
    std::string joined;
    for (const size_t index : order) joined += examples_[index];
    return joined;
  }

 private:
  explicit ExampleSource(const PrepareOptions& options)
      : num_fewshot_(options.num_fewshot), random_(options.seed) {}

  // After a draw that met the document more than once: from those that differ from it.
  std::vector<size_t> DrawWithout(const Document& document, size_t count) {
    std::vector<size_t> others;
    for (size_t i = 0; i < documents_.size(); ++i) {
      if (*documents_[i].fields != *document.fields) others.push_back(i);
    }
    std::vector<size_t> drawn;
    for (const size_t i : random_.Sample(others.size(), count)) drawn.push_back(others[i]);
    return drawn;
  }

  int64_t num_fewshot_;
  python::Random random_;
  FewShot few_shot_;
  std::vector<std::string> examples_;
  std::vector<Document> documents_;
};

// Every text with its length in front, so that no two lists of texts look alike.
std::string HashOf(const PreparedTask& prepared) {
  std::string hashes =
      fmt::format("{} {}", prepared.task.scorer, fmt::join(prepared.task.metrics, " "));
  for (const EvalItem& item : prepared.items) {
    std::string all = fmt::format("{} {} ", item.doc, item.gold);
    for (const auto& texts : {item.contexts, item.continuations, item.labels,
                              std::vector<std::string>{item.text, item.group, item.cluster}}) {
      all += fmt::format("{};", texts.size());
      for (const std::string& text : texts) all += fmt::format("{}:{}", text.size(), text);
    }
    hashes += Sha256(all);
  }
  return Sha256(hashes);
}

}  // namespace

size_t EvalItem::num_requests() const {
  return std::max<size_t>({contexts.size(), continuations.size(), 1});
}

TextRequest EvalItem::Request(size_t index) const {
  if (contexts.empty()) return {{}, {}, true, text, document.where};
  TextRequest request;
  request.context = contexts[contexts.size() == 1 ? 0 : index];
  request.continuation = continuations[continuations.size() == 1 ? 0 : index];
  request.name = fmt::format("{}: request {}", document.where, index + 1);
  return request;
}

Result<PreparedTask> PrepareTask(const TaskDefinition& task, const PrepareOptions& options) {
  PreparedTask prepared;
  prepared.task = task;
  prepared.num_fewshot = options.num_fewshot;
  FP_ASSIGN_OR_RETURN(ReadSource read, ReadFirstSource(task.sources, options.data_dir, task.name));
  prepared.files = std::move(read.files);
  FP_RETURN_IF_ERROR(KeepOnly(task, read.documents));
  if (read.documents.empty()) {
    return Fail(ErrorCode::kMismatch, "{}: no document of {} belongs to it", task.name,
                prepared.files.front().path);
  }
  prepared.num_documents = static_cast<int64_t>(read.documents.size());
  FP_ASSIGN_OR_RETURN(ExampleSource examples, ExampleSource::Open(task, options, prepared.files));
  const ItemBuilder builder(task);
  for (const Document& document : read.documents) {
    const auto doc = static_cast<int64_t>(prepared.items.size());
    if (options.limit > 0 && doc == options.limit) break;
    const std::string before = examples.NextFor(document);
    FP_ASSIGN_OR_RETURN(EvalItem item, builder.Build(document, doc, before));
    prepared.items.push_back(std::move(item));
  }
  // What a scorer reads of the documents must be there before anything is computed.
  FP_ASSIGN_OR_RETURN(const auto scorer, MakeScorer(task, prepared.items));
  for (EvalItem& item : prepared.items) {
    if (task.next_token_divergence) item.next_token_divergence = {0};
    const std::vector<TextScore> zeros(item.num_requests(), TextScore{0, false, 1});
    FP_RETURN_IF_ERROR(scorer->Score(item, zeros));
  }
  prepared.hash = HashOf(prepared);
  return prepared;
}

}  // namespace fairprune
