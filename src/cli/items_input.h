// The signed items that a verb works on: files of the user, or sets that ship with the program.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/signed_items.h"

namespace fairprune {

struct ItemsFlags {
  std::vector<std::string> items;     // files or bundled:NAME; empty: the bundled sets
  std::vector<std::string> held_out;  // sets that are only measured, whole
  std::vector<std::string> guarded;   // protected contrasts; empty: the bundled ones
};
// --items, --held-out and --guard.
void AddItemsFlags(CLI::App* verb, ItemsFlags& flags);

struct ItemSet {
  std::string
      name;  // the file's name without folder and .json, .jsonl or .csv, or the bundled set's
  std::string source;  // the file's path, or "bundled:NAME"
  std::string sha256;  // of the file, or of the bundled items' wordings
  SignedSplit split;   // of a set that is only measured: all held out
};
// Whether signed items and protected contrasts of the language ship. Where a language has pairs
// only (Catalan), those of Spanish are taken.
bool HasBundledItems(const std::string& language);

// Without items: the bundled stereotypes and occupations of `language`, and in English the
// coreference sentences, which are measured only. Errors: those of ReadSignedItems;
// kInvalidArgument (an unknown bundled set, two sets of one name, nothing to choose on in any).
Result<std::vector<ItemSet>> LoadItemSets(const ItemsFlags& flags, const std::string& language);

struct GuardedContrasts {
  std::string name;  // the file's without its ending; of the bundled ones "knowledge", "context"
  std::string source, sha256;
  std::vector<ProtectedContrast> choose, held_out;
};
// A file without a `split` is divided by template, as signed items are. Errors: those of
// ReadProtectedContrasts; kInvalidArgument (an unknown bundled set, two sets of one name).
Result<std::vector<GuardedContrasts>> LoadGuarded(const ItemsFlags& flags,
                                                  const std::string& language);

}  // namespace fairprune
