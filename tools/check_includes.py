#!/usr/bin/env python3
"""Checks that a room includes only rooms before it, as CMakeLists.txt orders them.

    check_includes.py [ROOT]

The order is FAIRPRUNE_ROOMS of ROOT/CMakeLists.txt, then cli. Further rules: project headers are
included as "room/file.h" and exist; what a room includes is among the DEPS of its CMakeLists.txt, its
own tests aside; some libraries belong to one room, and the JSON parser's full header to .cc files. No
two headers define a type of one name: the linker would keep the members of one of them for both.
"""

import pathlib
import re
import sys

# Header (a regular expression) -> the rooms that may include it.
LIBRARY_ROOMS = {
    r"(oneapi/)?dnnl.*|omp\.h": {"compute"},
    r"CLI/.*": {"cli"},
    r"Eigen/.*": {"statistics", "surgery"},
    r"openssl/.*": {"io"},
    r"curl/.*": {"hub"},
    r"toml\+\+/.*": {"io"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


TYPE = re.compile(r"^(?:struct|class|enum class) (\w+)\b(?!::)[^;{]*\{", re.MULTILINE)


def repeated_types(source_root):
    """Yields a message for each type that a header defines after another one did."""
    first = {}
    for path in sorted(source_root.rglob("*.h")):
        for name in TYPE.findall(path.read_text(encoding="utf-8")):
            here = path.relative_to(source_root.parent)
            if first.setdefault(name, here) != here:
                yield f"{here}: {name} is also the name of a type in {first[name]}"


def read_rooms(root):
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    match = re.search(r"set\(FAIRPRUNE_ROOMS\s+([^)]*)\)", text)
    if not match:
        sys.exit(f"{root / 'CMakeLists.txt'}: no set(FAIRPRUNE_ROOMS ...)")
    return match[1].split() + ["cli"]


def read_deps(room_folder):
    """The DEPS of fairprune_room(); None for a room without that call (cli may use all)."""
    path = room_folder / "CMakeLists.txt"
    if not path.exists():
        return None
    match = re.search(r"fairprune_room\(([^)]*)\)", path.read_text(encoding="utf-8"))
    if not match:
        return None
    deps, inside = set(), False
    for word in match[1].split():
        if word in ("SOURCES", "DEPS", "LIBS", "TESTS", "TEST_LIBS"):
            inside = word == "DEPS"
        elif inside:
            deps.add(word)
    return deps


def check_file(path, room, rooms, deps, source_root):
    """Yields a message for each forbidden include of one file."""
    is_test = path.stem.endswith("_test") or path.stem.endswith("_matchers")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        where = f"{path.relative_to(source_root.parent)}:{number}"
        own, outside = match[1], match[2]
        if own:
            target = own.split("/")[0]
            if target not in rooms:
                yield f'{where}: "{own}" does not start with a room'
            elif not (source_root / own).exists():
                yield f'{where}: "{own}" does not exist'
            elif rooms.index(target) > rooms.index(room):
                yield f"{where}: room {room} must not include {target}, which comes after it"
            elif deps is not None and target != room and target not in deps and not is_test:
                yield f"{where}: {target} is not among the DEPS of src/{room}/CMakeLists.txt"
            continue
        for pattern, allowed in LIBRARY_ROOMS.items():
            if re.fullmatch(pattern, outside) and room not in allowed:
                yield f"{where}: <{outside}> belongs to {', '.join(sorted(allowed))}"
        if outside == "nlohmann/json.hpp" and path.suffix == ".h":
            yield f"{where}: <{outside}> is for .cc files; headers include io/json.h"


def check(root):
    """Returns (number of files looked at, list of messages)."""
    rooms, source_root, files, messages = read_rooms(root), root / "src", 0, []
    for folder in sorted(path for path in source_root.iterdir() if path.is_dir()):
        if folder.name not in rooms:
            messages.append(f"src/{folder.name}: not a room of CMakeLists.txt")
            continue
        deps = read_deps(folder)
        for dep in sorted(deps or ()):
            if dep not in rooms or rooms.index(dep) >= rooms.index(folder.name):
                messages.append(f"src/{folder.name}/CMakeLists.txt: DEPS {dep} is not before it")
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".cc", ".h"):
                files += 1
                messages += check_file(path, folder.name, rooms, deps, source_root)
    return files, messages + list(repeated_types(source_root))


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    files, messages = check(root.resolve())
    print("\n".join(messages + [f"{files} files, {len(messages)} faults"]))
    return 1 if messages or not files else 0


if __name__ == "__main__":
    sys.exit(main())
