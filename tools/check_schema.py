#!/usr/bin/env python3
"""Checks JSON files against the schemas in docs/schemas.

    check_schema.py report.schema.json FILE.json ...

Knows the words that those schemas use: type, const, enum, pattern, minimum, required, properties,
additionalProperties, items, $ref (to $defs, or to another file of that folder). A word that it does not
know is an error, so that no rule is passed over.
"""

import json
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "docs" / "schemas"
NOTES = {"$schema", "$id", "$defs", "title", "description"}
TYPES = {"string": str, "integer": int, "number": (int, float), "object": dict, "array": list,
         "boolean": bool, "null": type(None)}


def is_type(value, name):
    if isinstance(value, bool) and name != "boolean":
        return False
    return isinstance(value, TYPES[name])


class Schema:
    def __init__(self, name):
        self.root = json.loads((FOLDER / name).read_text(encoding="utf-8"))

    def resolve(self, rule):
        if "$ref" not in rule:
            return self, rule
        target = rule["$ref"]
        if target.startswith("#/$defs/"):
            return self, self.root["$defs"][target[len("#/$defs/"):]]
        other = Schema(target)
        return other, other.root

    def check(self, value, rule, place):
        """Yields a message for everything that breaks the rule."""
        owner, rule = self.resolve(rule)
        known = {"type", "const", "enum", "pattern", "minimum", "required", "properties",
                 "additionalProperties", "items"} | NOTES
        if set(rule) - known:
            sys.exit(f"unknown words in a schema: {sorted(set(rule) - known)}")
        kinds = rule.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(is_type(value, kind) for kind in kinds):
            yield f"{place}: expected {' or '.join(kinds)}, found {json.dumps(value)[:60]}"
            return
        if "const" in rule and value != rule["const"]:
            yield f"{place}: expected {rule['const']}, found {value!r}"
        if "enum" in rule and value not in rule["enum"]:
            yield f"{place}: {value!r} is none of {rule['enum']}"
        if "pattern" in rule and not re.search(rule["pattern"], value):
            yield f"{place}: {value!r} is not of the form {rule['pattern']}"
        if "minimum" in rule and value < rule["minimum"]:
            yield f"{place}: {value} is below {rule['minimum']}"
        if isinstance(value, dict):
            properties = rule.get("properties", {})
            yield from (f"{place}: no {key!r}" for key in rule.get("required", []) if key not in value)
            for key, part in value.items():
                more = rule.get("additionalProperties", True)
                if key in properties:
                    yield from owner.check(part, properties[key], f"{place}.{key}")
                elif more is False:
                    yield f"{place}: {key!r} is not in the schema"
                elif isinstance(more, dict):
                    yield from owner.check(part, more, f"{place}.{key}")
        if isinstance(value, list) and "items" in rule:
            for index, part in enumerate(value):
                yield from owner.check(part, rule["items"], f"{place}[{index}]")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    schema = Schema(sys.argv[1])
    failed = False
    for name in sys.argv[2:]:
        value = json.loads(pathlib.Path(name).read_text(encoding="utf-8"))
        messages = list(schema.check(value, schema.root, "$"))
        failed = failed or bool(messages)
        print("\n".join([f"{name}: {message}" for message in messages]
                        or [f"{name}: as {sys.argv[1]} says"]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
