// Reading the members of one component of a tokenizer.json; for the .cc files of this room.
// `place` names the component in errors: "FILE: normalizer Replace".
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/json.h"
#include "tokenizer/pattern.h"

namespace fairprune {

// Refuses a member that is none of `known` ("type" is always known): kUnsupported, by name.
Status CheckMembers(const Json& spec, std::initializer_list<std::string_view> known,
                    const std::string& place);

// A boolean member with a default for when it is not there.
Result<bool> BoolOr(const Json& spec, const std::string& key, bool fallback,
                    const std::string& place);

// A member that is one character.
Result<std::string> GetCharacter(const Json& spec, const std::string& key,
                                 const std::string& place);

// The "pattern" member: {"String": …} or {"Regex": …}.
Result<Pattern> GetPattern(const Json& spec, const std::string& place);

// The steps of `spec` in order, nested Sequences (whose array is the member `key`) opened. They
// view `spec`.
Result<std::vector<const Json*>> FlattenSequence(const Json& spec, const std::string& key,
                                                 const std::string& place);

}  // namespace fairprune
