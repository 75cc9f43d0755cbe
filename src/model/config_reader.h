// Reads the keys of a config.json object and remembers which were asked for, so that those nobody
// asked for can be judged at the end. Internal to this room.
//
//   ConfigReader reader(json, "m/config.json");
//   FP_ASSIGN_OR_RETURN(config.hidden_size, reader.Int("hidden_size"));
//   FP_RETURN_IF_ERROR(reader.RefuseUnread());
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/json.h"

namespace fairprune {

class ConfigReader {
 public:
  // `object` must outlive the reader; `source` names it in errors.
  ConfigReader(const Json& object, std::string source);

  const std::string& source() const { return source_; }

  // nullptr when the key is absent or null. Counts as read.
  const Json* Find(const std::string& key) const;
  bool Has(const std::string& key) const { return Find(key) != nullptr; }
  // The key is there with the value null, which some classes tell from its absence.
  bool IsNull(const std::string& key) const;

  // Errors: kNotFound, kBadFormat (another type), naming the key. Absent and null are the same
  // to the forms with a default.
  Result<int64_t> Int(const std::string& key) const;
  Result<double> Double(const std::string& key) const;
  Result<std::string> String(const std::string& key) const;
  Result<int64_t> IntOr(const std::string& key, int64_t otherwise) const;
  Result<double> DoubleOr(const std::string& key, double otherwise) const;
  Result<bool> BoolOr(const std::string& key, bool otherwise) const;
  Result<std::string> StringOr(const std::string& key, const std::string& otherwise) const;
  // A list of numbers, whole or not. Errors: kNotFound, kBadFormat.
  Result<std::vector<double>> Doubles(const std::string& key) const;
  Result<std::vector<std::string>> Strings(const std::string& key) const;

  // A key whose default is a number and where null means "none" (0): a soft-cap; a window, of at
  // least one position (kBadFormat else).
  Result<double> DoubleOrNone(const std::string& key, double otherwise) const;
  Result<int64_t> WindowOr(const std::string& key, int64_t otherwise) const;

  // Refuses the first key that was not read and may change what the model computes: one of a list
  // of such keys with another value than its neutral one, or a key whose name speaks of such things
  // (docs/formats.md, "config.json") with another value than null or false. Errors: kUnsupported.
  Status RefuseUnread() const;
  // Refuses every key that was not read, null apart. Errors: kUnsupported.
  Status RefuseAnyUnread() const;

 private:
  const Json& object_;
  std::string source_;
  mutable std::set<std::string> read_;
};

// Whether a key of this name would change what a model computes, judged by its words alone.
bool SoundsLikeMathematics(std::string_view key);

}  // namespace fairprune
