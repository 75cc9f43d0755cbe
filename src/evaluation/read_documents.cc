#include <nlohmann/json.hpp>

#include "data/pairs.h"
#include "data/records.h"
#include "evaluation/document.h"
#include "evaluation/readers.h"
#include "io/hash.h"

namespace fairprune {
namespace {

Result<std::vector<Document>> ReadJsonLines(const SourceText& source) {
  std::vector<Document> documents;
  FP_RETURN_IF_ERROR(ForEachLine(source.text, [&](std::string_view line, int number) -> Status {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return {};
    FP_ASSIGN_OR_RETURN(Document document, ParseDocument(line, source.path, number));
    documents.push_back(std::move(document));
    return {};
  }));
  return documents;
}

Result<std::vector<Document>> ReadJsonList(const SourceText& source) {
  FP_ASSIGN_OR_RETURN(Json list, ParseJson(source.text, source.path));
  if (!list.is_array()) {
    return Fail(ErrorCode::kBadFormat, "{}: expected a list of objects, found {}", source.path,
                list.type_name());
  }
  std::vector<Document> documents;
  for (Json& object : list) {
    const std::string where = fmt::format("{}: element {}", source.path, documents.size() + 1);
    if (!object.is_object()) {
      return Fail(ErrorCode::kBadFormat, "{}: expected an object, found {}", where,
                  object.type_name());
    }
    documents.push_back({std::make_shared<const Json>(std::move(object)), where});
  }
  return documents;
}

Result<std::vector<Document>> ReadCsv(const SourceText& source) {
  FP_ASSIGN_OR_RETURN(const std::vector<RawRecord> records,
                      ReadCsvRecords(source.text, source.path));
  std::vector<Document> documents;
  for (const RawRecord& record : records) {
    Json object = Json::object();
    for (const RawField& field : record.fields) object[field.name] = field.text;
    documents.push_back(MakeDocument(std::move(object), source.path, record.line));
  }
  return documents;
}

Result<std::vector<Document>> FromPairs(const std::vector<PromptPair>& pairs,
                                        const std::string& source) {
  std::vector<Document> documents;
  for (const PromptPair& pair : pairs) {
    Json object = {{"id", pair.id},
                   {"category", pair.category},
                   {"template_id", pair.template_id},
                   {"prompt_1", pair.prompt_1},
                   {"prompt_2", pair.prompt_2}};
    documents.push_back({std::make_shared<const Json>(std::move(object)),
                         fmt::format("{}: pair {}", source, pair.id)});
  }
  return documents;
}

// Whole paragraphs, until a passage has enough bytes: one text would be one item, of which nothing
// could be said how sure its perplexity is.
std::vector<Document> CutIntoPassages(const std::string& text, const std::string& source) {
  constexpr size_t kEnoughBytes = 3000;
  std::vector<Document> documents;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = text.find("\n\n", std::min(begin + kEnoughBytes, text.size()));
    end = end == std::string::npos ? text.size() : end + 2;
    Json object = {{"page", text.substr(begin, end - begin)}};
    documents.push_back({std::make_shared<const Json>(std::move(object)),
                         fmt::format("{}: passage {}", source, documents.size() + 1)});
    begin = end;
  }
  return documents;
}

Result<std::vector<Document>> ReadPromptPairs(const SourceText& source) {
  FP_ASSIGN_OR_RETURN(const std::vector<PromptPair> pairs, ParsePairs(source.text, source.path));
  return FromPairs(pairs, source.path);
}

// A reader of one file at a time.
using FileReader = Result<std::vector<Document>> (*)(const SourceText&);

Result<FileReader> FindFileReader(const std::string& reader, const std::string& path) {
  if (reader == "wikitext") return &ReadWikitext;
  if (reader == "stereoset_dev") return &ReadStereosetDev;
  if (reader == "prompt_pairs") return &ReadPromptPairs;
  if (!reader.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "no reader \"{}\"; there are: prompt_pairs, stereoset_dev, wikitext, winobias, "
                "winogender",
                reader);
  }
  if (path.ends_with(".jsonl")) return &ReadJsonLines;
  if (path.ends_with(".json")) return &ReadJsonList;
  if (path.ends_with(".csv")) return &ReadCsv;
  return Fail(ErrorCode::kInvalidArgument,
              "{}: no form is known by this name; name it .jsonl, .json or .csv", path);
}

Result<SourceText> ReadSource(const std::string& path) {
  FP_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  FP_ASSIGN_OR_RETURN(const std::string_view checked, CheckUtf8(text, path));
  return SourceText{path, std::string(checked)};
}

}  // namespace

Result<std::vector<Document>> ReadDocuments(const std::vector<std::string>& paths,
                                            const std::string& reader) {
  std::vector<SourceText> sources;
  for (const std::string& path : paths) {
    FP_ASSIGN_OR_RETURN(SourceText source, ReadSource(path));
    sources.push_back(std::move(source));
  }
  if (reader == "winobias") return ReadWinobias(sources);
  if (reader == "winogender") return ReadWinogender(sources);
  std::vector<Document> documents;
  for (const SourceText& source : sources) {
    FP_ASSIGN_OR_RETURN(const FileReader read, FindFileReader(reader, source.path));
    FP_ASSIGN_OR_RETURN(std::vector<Document> read_here, read(source));
    if (read_here.empty()) {
      return Fail(ErrorCode::kBadFormat, "{}: has no documents", source.path);
    }
    std::move(read_here.begin(), read_here.end(), std::back_inserter(documents));
  }
  return documents;
}

Result<std::vector<Document>> BundledDocuments(const std::string& name) {
  if (name == "bundled:neutral_en") {
    FP_ASSIGN_OR_RETURN(const std::string text, BundledText());
    return CutIntoPassages(text, name);
  }
  if (!name.starts_with("bundled:pairs_")) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "no source \"{}\"; there are bundled:pairs_en, bundled:pairs_es, bundled:pairs_ca and "
        "bundled:neutral_en",
        name);
  }
  FP_ASSIGN_OR_RETURN(const std::vector<PromptPair> pairs,
                      BundledPairs(name.substr(std::string_view("bundled:pairs_").size())));
  return FromPairs(pairs, name);
}

Result<std::string> BundledHash(const std::string& name) {
  FP_ASSIGN_OR_RETURN(const std::vector<Document> documents, BundledDocuments(name));
  std::string all;
  for (const Document& document : documents) all += DumpJson(*document.fields, -1) + "\n";
  return Sha256(all);
}

}  // namespace fairprune
