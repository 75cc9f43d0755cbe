#!/usr/bin/env python3
"""Tests of check_includes.py: each forbidden include is found, and a clean tree passes."""

import pathlib
import tempfile
import unittest

import check_includes

CLEAN = {
    "CMakeLists.txt": "set(FAIRPRUNE_ROOMS\n  base io\n  report)\n",
    "src/base/CMakeLists.txt": "fairprune_room(base SOURCES a.cc)\n",
    "src/base/a.h": "#include <string>\n",
    "src/base/a.cc": '#include "base/a.h"\n',
    "src/io/CMakeLists.txt": "fairprune_room(io SOURCES b.cc DEPS base LIBS x)\n",
    "src/io/b.h": '#include "base/a.h"\n',
    "src/io/b.cc": '#include "io/b.h"\n#include <nlohmann/json.hpp>\n',
    "src/report/CMakeLists.txt": "fairprune_room(report DEPS base)\n",
    "src/report/c.h": '#include "base/a.h"\n',
    "src/cli/CMakeLists.txt": "add_executable(x main.cc)\n",
    "src/cli/main.cc": '#include "report/c.h"\n#include <CLI/App.hpp>\n',
}


class CheckIncludesTest(unittest.TestCase):
    def messages(self, changes):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**CLEAN, **changes}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return check_includes.check(root)[1]

    def test_clean_tree_passes(self):
        self.assertEqual(self.messages({}), [])

    def test_finds_each_forbidden_include(self):
        for changes, part in [
            ({"src/base/a.h": '#include "io/b.h"\n'}, "room base must not include io"),
            ({"src/base/a_test.cc": '#include "io/b.h"\n'}, "room base must not include io"),
            ({"src/report/c.h": '  #  include "cli/d.h"\n', "src/cli/d.h": ""}, "not include cli"),
            ({"src/report/c.h": '#include "io/b.h"\n'}, "io is not among the DEPS"),
            ({"src/io/b.h": '#include "a.h"\n'}, "does not start with a room"),
            ({"src/io/b.h": '#include "base/gone.h"\n'}, "does not exist"),
            ({"src/io/b.h": "#include <nlohmann/json.hpp>\n"}, "is for .cc files"),
            ({"src/io/b.cc": "#include <oneapi/dnnl/dnnl.hpp>\n"}, "belongs to compute"),
            ({"src/io/b.cc": "#include <CLI/App.hpp>\n"}, "belongs to cli"),
            ({"src/attic/e.h": ""}, "not a room"),
            ({"src/base/a.h": "struct A {\n};\n", "src/io/b.h": "class A final : B {\n};\n"},
             "src/io/b.h: A is also the name of a type in src/base/a.h"),
            ({"src/io/CMakeLists.txt": "fairprune_room(io DEPS base report)\n"}, "not before it"),
        ]:
            with self.subTest(changes=changes):
                messages = self.messages(changes)
                self.assertEqual(len(messages), 1, messages)
                self.assertIn(part, messages[0])


if __name__ == "__main__":
    unittest.main()
