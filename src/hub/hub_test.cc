#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/result_matchers.h"
#include "hub/cache.h"
#include "hub/http.h"
#include "hub/listing.h"
#include "hub/reference.h"
#include "hub/settings.h"
#include "io/temp_folder.h"

namespace fairprune {
namespace {

const std::string kCommit(40, 'c');
const std::string kSha1(40, '1');
const std::string kSha256(64, '2');

// "REPO REVISION PATH", or the error.
std::string Parsed(const std::string& text) {
  const Result<HubReference> reference = ParseHubReference(text);
  if (!reference) return "error";
  return reference->repo + " " + reference->revision + " " + reference->path;
}

TEST(HubReferenceTest, HasRepositoryRevisionAndPath) {
  EXPECT_EQ(Parsed("hf:org/name"), "org/name main ");
  EXPECT_EQ(Parsed("hf://org/name/"), "org/name main ");
  EXPECT_EQ(Parsed("hf:org/name@v1.0"), "org/name v1.0 ");
  EXPECT_EQ(Parsed("hf:org/n.a-me_1/a.gguf"), "org/n.a-me_1 main a.gguf");
  EXPECT_EQ(Parsed("hf:org/name@dev/q/a b.gguf"), "org/name dev q/a b.gguf");
  EXPECT_EQ(Parsed("hf:org/name@refs/pr/12/a.gguf"), "org/name refs/pr/12 a.gguf");
  EXPECT_EQ(Parsed("hf:org/name@feature%2Fx/a.gguf"), "org/name feature/x a.gguf");
  EXPECT_EQ(Parsed("hf:org/name/file@2.gguf"), "org/name main file@2.gguf");
}

TEST(HubReferenceTest, RefusesWhatWouldLeaveTheCache) {
  for (const char* text :
       {"org/name", "hf:", "hf:name", "hf:/name", "hf:org/", "hf:../name", "hf:org/..",
        "hf:o g/name", "hf:org/na--me", "hf:-org/name", "hf:org/name@", "hf:org/name@..",
        "hf:org/name@%2Fx", "hf:org/name@a%2F..%2Fb", "hf:org/name/../x", "hf:org/name/a//b",
        "hf:org/name/a\\b", "hf:org/name/a\nb"}) {
    EXPECT_EQ(Parsed(text), "error") << text;
  }
}

TEST(HubReferenceTest, PrintsAndNames) {
  EXPECT_EQ(ParseHubReference("hf:org/name@refs/pr/1/q/a.gguf")->ToString(),
            "hf:org/name@refs%2Fpr%2F1/q/a.gguf");
  EXPECT_EQ(ParseHubReference("hf:org/name")->DefaultName(), "name");
  EXPECT_EQ(ParseHubReference("hf:org/name/q/a.gguf")->DefaultName(), "a");
}

TEST(HubSettingsTest, CacheFollowsHuggingFacesVariables) {
  std::map<std::string, std::string> variables = {{"HOME", "/h"}};
  const auto read = [&] {
    return ReadHubSettings([&](const char* name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    });
  };
  EXPECT_EQ(read()->cache, "/h/.cache/huggingface/hub");
  EXPECT_EQ(read()->endpoint, "https://huggingface.co");
  EXPECT_FALSE(read()->offline);
  variables["XDG_CACHE_HOME"] = "/x";
  EXPECT_EQ(read()->cache, "/x/huggingface/hub");
  variables["HF_HOME"] = "~/hf";
  EXPECT_EQ(read()->cache, "/h/hf/hub");
  variables["HF_HUB_CACHE"] = "/c";
  EXPECT_EQ(read()->cache, "/c");
  variables["HF_ENDPOINT"] = "https://mirror/hub//";
  variables["HF_HUB_OFFLINE"] = "ON";
  variables["HF_TOKEN"] = " hf_x\n";
  EXPECT_EQ(read()->endpoint, "https://mirror/hub");
  EXPECT_TRUE(read()->offline);
  EXPECT_EQ(read()->token, "hf_x");
  variables["HF_TOKEN"] = "hf_x\r\nCookie: y";
  EXPECT_THAT(read(), FailsWith(ErrorCode::kInvalidArgument, "HF_TOKEN"));
  variables["HF_TOKEN"] = "";
  variables["HF_HUB_ETAG_TIMEOUT"] = "0";
  EXPECT_THAT(read(), FailsWith(ErrorCode::kInvalidArgument, "HF_HUB_ETAG_TIMEOUT"));
}

// A listing of these files, in LFS if they are weights.
HubListing ListingOf(const std::vector<std::string>& paths) {
  HubListing listing{.commit = kCommit, .files = {}};
  for (const std::string& path : paths) {
    listing.files.push_back({.path = path, .size = 1, .hash = kSha1});
  }
  return listing;
}

// The paths of what is chosen, with "|" between, and what to open after "=>"; or the error.
std::string Chosen(const std::vector<std::string>& paths, const std::string& name) {
  const HubListing listing = ListingOf(paths);
  const Result<HubChoice> choice = ChooseHubFiles(listing, *ParseHubReference(name));
  if (!choice) return "error: " + choice.error().message;
  std::string text;
  for (const HubFile& file : choice->files) text += file.path + "|";
  return text + "=>" + choice->path + (choice->index != nullptr ? " and more" : "");
}

TEST(HubListingTest, ChoosesWhatAModelNeeds) {
  EXPECT_EQ(Chosen({"model.safetensors", "config.json", "pytorch_model.bin", "tokenizer.json",
                    "onnx/model.onnx", "training_args.bin", "README.md", "LICENSE"},
                   "hf:o/n"),
            "config.json|tokenizer.json|LICENSE|model.safetensors|=>");
  EXPECT_EQ(Chosen({"config.json", "model.safetensors.index.json", "a.safetensors"}, "hf:o/n"),
            "config.json|model.safetensors.index.json|=> and more");
  EXPECT_EQ(Chosen({"sub/config.json", "sub/model.safetensors", "config.json"}, "hf:o/n/sub"),
            "sub/config.json|sub/model.safetensors|=>sub");
  EXPECT_EQ(Chosen({"a.gguf", "README.md"}, "hf:o/n"), "a.gguf|=>a.gguf");
  EXPECT_EQ(Chosen({"a-00002-of-00002.gguf", "a-00001-of-00002.gguf"}, "hf:o/n"),
            "a-00002-of-00002.gguf|a-00001-of-00002.gguf|=>a-00001-of-00002.gguf");
  EXPECT_EQ(Chosen({"a-00001-of-00002.gguf", "a-00002-of-00002.gguf", "b.gguf"}, "hf:o/n/b.gguf"),
            "b.gguf|=>b.gguf");
}

TEST(HubListingTest, ReadsSizesAndHashesAndLeavesOutWhatItCannotCheck) {
  const std::string text = R"({"sha": ")" + kCommit + R"(", "siblings": [
        {"rfilename": "a", "size": 3, "blobId": ")" +
                           kSha1 + R"("},
        {"rfilename": "b", "size": 9, "blobId": ")" +
                           kSha1 + R"(", "lfs": {"sha256": ")" + kSha256 +
                           R"(", "size": 7}},
        {"rfilename": "no-hash", "size": 3},
        {"rfilename": "no-size", "blobId": ")" +
                           kSha1 + R"("},
        {"rfilename": "bad-lfs", "size": 3, "blobId": ")" +
                           kSha1 + R"(", "lfs": {"sha256": "../x"}},
        {"rfilename": "../up", "size": 3, "blobId": ")" +
                           kSha1 + R"("},
        {"rfilename": "a", "size": 4, "blobId": ")" +
                           kSha1 + R"("}]})";
  const Result<HubListing> listing = ParseHubListing(text, "test");
  ASSERT_THAT(listing, IsOk());
  ASSERT_EQ(listing->files.size(), 2u);
  EXPECT_EQ(listing->files[0].size, 3);
  EXPECT_EQ(listing->files[1].size, 7);
  EXPECT_EQ(listing->files[1].hash, kSha256);
}

TEST(HubListingTest, AnIndexNamesPlainFilesOfTheListing) {
  const HubListing listing = ListingOf({"sub/a.safetensors", "b.safetensors"});
  const HubFile index{.path = "sub/model.safetensors.index.json", .size = 1, .hash = kSha1};
  const auto shards = [&](const std::string& name) {
    return ShardsOf(R"({"weight_map": {"t": ")" + name + R"("}})", index, listing, "index");
  };
  const Result<std::vector<HubFile>> good = shards("a.safetensors");
  ASSERT_THAT(good, IsOk());
  EXPECT_EQ(good->front().path, "sub/a.safetensors");
  EXPECT_THAT(shards("b.safetensors"), FailsWith(ErrorCode::kNotFound, "does not hold"));
  EXPECT_THAT(shards("../b.safetensors"), FailsWith(ErrorCode::kBadFormat, "which is no name"));
  EXPECT_THAT(shards("a.py"), FailsWith(ErrorCode::kBadFormat, "which is no name"));
  EXPECT_THAT(ShardsOf("[]", index, listing, "index"),
              FailsWith(ErrorCode::kBadFormat, "weight_map"));
}

TEST(HubCacheTest, HasTheLayoutOfHuggingFaceHub) {
  const TempFolder temp;
  const HubCache cache(temp.File("hub"), "org/name");
  const HubFile file{.path = "q/a.gguf", .size = 3, .hash = kSha256};
  EXPECT_FALSE(cache.HasBlob(file));
  std::filesystem::create_directories(cache.folder() + "/blobs");
  temp.Write("hub/models--org--name/blobs/" + kSha256, "abc");
  EXPECT_TRUE(cache.HasBlob(file));
  EXPECT_FALSE(cache.HasLink(kCommit, file));
  ASSERT_THAT(cache.Link(kCommit, file), IsOk());
  ASSERT_THAT(cache.Link(kCommit, file), IsOk());  // again: the link is replaced
  EXPECT_TRUE(cache.HasLink(kCommit, file));
  EXPECT_EQ(std::filesystem::read_symlink(temp.File("hub") + "/models--org--name/snapshots/" +
                                          kCommit + "/q/a.gguf"),
            "../../../blobs/" + kSha256);
  EXPECT_EQ(cache.CommitOf("main"), std::nullopt);
  ASSERT_THAT(cache.WriteRef("main", kCommit), IsOk());
  EXPECT_EQ(cache.CommitOf("main"), kCommit);
  EXPECT_EQ(cache.CommitOf(kSha1), kSha1);
  const Result<HubReference> reference = ParseHubReference("hf:org/name/q/a.gguf");
  EXPECT_EQ(cache.FindModel(*reference, kCommit, true),
            cache.folder() + "/snapshots/" + kCommit + "/q/a.gguf");
  EXPECT_EQ(cache.FindModel(*ParseHubReference("hf:org/name"), kCommit, true), std::nullopt);
}

TEST(UrlTest, EncodesWhatHasAMeaning) {
  EXPECT_EQ(UrlEncode("a b/c?d#e%é", true), "a%20b/c%3Fd%23e%25%C3%A9");
  EXPECT_EQ(UrlEncode("refs/pr/1", false), "refs%2Fpr%2F1");
}

TEST(HttpClientTest, SaysWhyThereIsNoAnswer) {
  HttpClient client;
  HttpRequest request;
  request.url = "http://127.0.0.1:1/x";
  const Result<HttpAnswer> answer = client.Get(request);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->status, 0);
  EXPECT_NE(answer->broken, "");
  request.url = "http://[";
  EXPECT_THAT(client.Get(request), FailsWith(ErrorCode::kInvalidArgument, "no address"));
}

}  // namespace
}  // namespace fairprune
