#!/usr/bin/env python3
"""Models by name: the program against a Hub that this test starts and that misbehaves.

    test_hub.py --program BUILD/fairprune --testdata DIR
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from server import Hub

PROGRAM = TESTDATA = None
TOKEN = "hf_a-token-that-nobody-may-see"
WEIGHTS = "model.safetensors"


class HubTest(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.home = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fairprune-hub-")))
        self.hub = Hub()
        stack.callback(self.hub.close)
        folder = TESTDATA / "models" / "llama"
        self.files = {path.name: path.read_bytes() for path in folder.iterdir()
                      if path.suffix in (".json", ".safetensors") and "logits" not in path.name}
        self.files = {name: content for name, content in self.files.items()
                      if name in ("config.json", "generation_config.json", WEIGHTS, "tokenizer.json",
                                  "tokenizer_config.json")}
        self.repo = self.hub.add("org/tiny", self.files | {
            "README.md": b"read me", "pytorch_model.bin": b"pickled", "onnx/model.onnx": b"other",
            "code.py": b"import os"}, lfs={WEIGHTS, "pytorch_model.bin"}, revisions=("main", "v1", "refs/pr/3"))
        self.folder = self.home / "hub" / "models--org--tiny"

    def environment(self, **changes):
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("HF_", "HUGGINGFACE_")) and not name.lower().endswith("_proxy")}
        return clean | {"HF_HOME": str(self.home), "HF_ENDPOINT": self.hub.endpoint, "GOMP_SPINCOUNT": "2000"} | changes

    def run_program(self, *arguments, **changes):
        return subprocess.run([PROGRAM, *arguments], env=self.environment(**changes), capture_output=True,
                              text=True, timeout=60, check=False)

    def inspect(self, name, **changes):
        """The content hash of the model."""
        done = self.run_program("inspect", name, "--json", **changes)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["content_hash"]

    def refused(self, name, code, *parts, **changes):
        done = self.run_program("inspect", name, **changes)
        self.assertEqual(done.returncode, code, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertNotIn(TOKEN, done.stdout + done.stderr)
        return done.stderr

    @property
    def local_hash(self):
        done = self.run_program("inspect", str(TESTDATA / "models" / "llama"), "--json")
        return json.loads(done.stdout)["content_hash"]

    def blob(self, name):
        return self.folder / "blobs" / self.repo["hashes"][name]


class Fetching(HubTest):
    def test_fetches_what_is_needed_into_the_hubs_layout(self):
        self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)
        commit = self.repo["commit"]
        self.assertEqual((self.folder / "refs" / "main").read_text(), commit)
        snapshot = self.folder / "snapshots" / commit
        self.assertEqual({path.name for path in snapshot.iterdir()}, set(self.files))
        for name, content in self.files.items():
            link = snapshot / name
            self.assertEqual(os.readlink(link), f"../../blobs/{self.repo['hashes'][name]}")
            self.assertEqual(link.read_bytes(), content)
        self.assertEqual({path.name for path in (self.folder / "blobs").iterdir()},
                         {self.repo["hashes"][name] for name in self.files})
        # Asked again only whether anything is new.
        self.hub.fresh()
        self.inspect("hf:org/tiny@main")
        self.assertEqual(len(self.hub.asked()), 1)
        # A commit that is here is not asked for at all; neither is anything offline.
        self.hub.fresh()
        self.inspect(f"hf:org/tiny@{commit}")
        self.inspect("hf:org/tiny", HF_HUB_OFFLINE="1")
        self.assertEqual(self.hub.asked(), [])

    def test_revisions(self):
        self.inspect("hf:org/tiny@v1")
        self.inspect("hf:org/tiny@refs/pr/3")
        self.inspect("hf:org/tiny@refs%2Fpr%2F3")
        self.assertEqual((self.folder / "refs" / "refs" / "pr" / "3").read_text(), self.repo["commit"])
        self.refused("hf:org/tiny@v2", 3, "404", "'v2'")

    def test_a_new_commit_is_fetched_and_what_is_the_same_is_not(self):
        self.inspect("hf:org/tiny")
        self.hub.fresh()
        self.repo = self.hub.add("org/tiny", self.files | {"generation_config.json": b'{"eos_token_id": 1}'},
                                 lfs={WEIGHTS})
        self.inspect("hf:org/tiny")
        self.assertEqual([line.split("/")[-1] for line, _ in self.hub.asked("/resolve/")], ["generation_config.json"])
        self.assertEqual((self.folder / "refs" / "main").read_text(), self.repo["commit"])

    def test_without_a_network_what_was_fetched_is_used(self):
        self.refused("hf:org/tiny", 3, "HF_HUB_OFFLINE", "fetch it once", HF_HUB_OFFLINE="yes")
        self.inspect("hf:org/tiny")
        self.hub.misbehave("/", [lambda handler: handler.refuse(503, Retry_After="0")] * 5)
        done = self.run_program("inspect", "hf:org/tiny")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("using what was fetched before", done.stderr)
        self.inspect("hf:org/tiny", HF_ENDPOINT="http://127.0.0.1:9", HF_HUB_ETAG_TIMEOUT="1")

    def test_gguf_files(self):
        gguf = TESTDATA / "models" / "gguf" / "llama-f32.gguf"
        content = gguf.read_bytes()
        self.hub.add("org/one", {"one.gguf": content, "README.md": b"x"}, lfs={"one.gguf"})
        self.hub.add("org/two", {"q/a.gguf": content, "b.gguf": content, "c.gguf": content}, lfs={"b.gguf"})
        local = self.run_program("inspect", str(gguf), "--json")
        wanted = json.loads(local.stdout)["content_hash"]
        self.assertEqual(self.inspect("hf:org/one"), wanted)
        self.assertEqual(self.inspect("hf:org/two/b.gguf"), wanted)
        self.assertEqual(self.inspect("hf:org/two@main/q/a.gguf"), wanted)
        self.assertEqual(self.inspect("hf:org/two/q"), wanted)
        self.assertEqual(self.inspect("hf:org/one", HF_HUB_OFFLINE="1"), wanted)
        self.refused("hf:org/two", 2, "several GGUF files (b.gguf, c.gguf)", "hf:org/two/b.gguf")
        self.refused("hf:org/two/d.gguf", 3, "no such file", "b.gguf")

    def test_gguf_in_several_files(self):
        parts = {path.name: path.read_bytes() for path in (TESTDATA / "models" / "gguf_split").glob("*.gguf")}
        self.hub.add("org/parts", parts | {"README.md": b"x"}, lfs=set(parts))
        first = TESTDATA / "models" / "gguf_split" / min(parts)
        wanted = json.loads(self.run_program("inspect", str(first), "--json").stdout)["content_hash"]
        self.assertEqual(self.inspect(f"hf:org/parts/{min(parts)}"), wanted)
        self.assertEqual(self.inspect("hf:org/parts"), wanted)

    def test_other_verbs_take_names(self):
        text = self.home / "texts.json"
        text.write_text('["Hello"]')
        done = self.run_program("tokenize", "hf:org/tiny", "--texts", str(text), "--json")
        self.assertEqual((done.returncode, done.stdout), (0, "[[42,71,78,78,81]]\n"), done.stderr)
        done = self.run_program("diff", "hf:org/tiny", str(TESTDATA / "models" / "llama"), "--exit-code")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_program("verify", "hf:org/tiny")
        self.assertEqual(done.returncode, 0, done.stderr)
        plan, out = self.home / "plan.json", self.home / "pruned"
        pairs = self.home / "pairs.csv"
        pairs.write_text("id,prompt_1,prompt_2\na,The young tenant rang,The old tenant rang\n")
        for arguments in (["analyze", "hf:org/tiny", "--pairs", str(pairs), "--out", str(self.home / "a")],
                          ["select", str(self.home / "a"), "--count", "4", "--out", str(plan)],
                          ["prune", "hf:org/tiny", "--plan", str(plan), "--out", str(out)]):
            done = self.run_program(*arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((out / WEIGHTS).is_symlink() or (out / "tokenizer.json").is_symlink())
        self.assertEqual((out / "tokenizer.json").read_bytes(), self.files["tokenizer.json"])

    def test_weights_in_several_files(self):
        folder = TESTDATA / "models" / "sharded"
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        self.hub.add("org/sharded", files, lfs={name for name in files if name.startswith("model-")})
        wanted = json.loads(self.run_program("inspect", str(folder), "--json").stdout)["content_hash"]
        self.assertEqual(self.inspect("hf:org/sharded"), wanted)
        self.assertEqual(self.inspect("hf:org/sharded", HF_HUB_OFFLINE="1"), wanted)

    def test_an_index_is_not_trusted(self):
        index = {"weight_map": {"a": "x-1.safetensors", "b": "x-2.safetensors"}}
        files = {name: content for name, content in self.files.items() if name != WEIGHTS}
        for shard, wrong in (("x-2.safetensors", None), ("../x-2.safetensors", "which is no name"),
                             ("/etc/passwd.safetensors", "which is no name"), ("gone.safetensors", "does not hold")):
            index["weight_map"]["b"] = shard
            self.hub.add("org/many", files | {"model.safetensors.index.json": json.dumps(index).encode(),
                                              "x-1.safetensors": b"1", "x-2.safetensors": b"2",
                                              "x-3.safetensors": b"3"})
            self.hub.fresh()
            message = self.refused("hf:org/many", 3)  # these shards hold no tensors
            got = {line.split("/")[-1] for line, _ in self.hub.asked("/resolve/")}
            self.assertNotIn("x-3.safetensors", got)
            if wrong:
                self.assertIn(wrong, message)
            else:
                self.assertLessEqual({"x-1.safetensors", "x-2.safetensors"}, got)

    def test_two_processes_fetch_once(self):
        slow = lambda handler: (time.sleep(0.5), handler.behave())
        self.hub.misbehave(f"/org/tiny/resolve/{self.repo['commit']}/{WEIGHTS}", [slow])
        both = [subprocess.Popen([PROGRAM, "inspect", "hf:org/tiny"], env=self.environment(),
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
        for process in both:
            _, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, errors)
        self.assertEqual(len(self.hub.asked(f"/{WEIGHTS}")), 1)


class Refusals(HubTest):
    def test_names(self):
        for name in ("hf:", "hf:tiny", "hf:org/", "hf:../tiny", "hf:org/ti ny", "hf:org/tiny@", "hf:org/tiny@../x",
                     "hf:org/tiny/../../x", "hf:org/a--b"):
            self.refused(name, 2, "hf:ORG/NAME")
        self.assertEqual(self.hub.asked(), [])

    def test_settings(self):
        self.refused("hf:org/tiny", 2, "HF_ENDPOINT", HF_ENDPOINT="ftp://hub")
        self.refused("hf:org/tiny", 2, "HF_HUB_DOWNLOAD_TIMEOUT", HF_HUB_DOWNLOAD_TIMEOUT="soon")
        self.refused("hf:org/tiny", 2, "HF_TOKEN", HF_TOKEN=TOKEN + "\nX: y")

    def test_statuses(self):
        for status, code, parts, token in (
                (401, 3, ("401 (RepoNotFound)", "set HF_TOKEN"), None),
                (401, 3, ("does not accept the token",), TOKEN),
                (403, 3, ("403 (GatedRepo)", f"{self.hub.endpoint}/org/tiny"), TOKEN),
                (404, 3, ("404 (RevisionNotFound)",), None),
                (410, 4, ("410",), None)):
            self.hub.fresh()
            error = {401: "RepoNotFound", 403: "GatedRepo", 404: "RevisionNotFound"}.get(status, "")
            self.hub.misbehave("/api/", [lambda handler: handler.refuse(status, X_Error_Code=error)])
            self.refused("hf:org/tiny", code, *parts, **({"HF_TOKEN": token} if token else {}))
            self.assertEqual(len(self.hub.asked()), 1)

    def test_statuses_of_a_file(self):
        self.hub.misbehave("/org/tiny/resolve/", [lambda handler: handler.refuse(403, X_Error_Code="GatedRepo")])
        self.refused("hf:org/tiny", 3, "403 (GatedRepo)", "accept its conditions")
        self.assertFalse((self.folder / "refs").exists())

    def test_a_server_that_is_overloaded_is_asked_again(self):
        again = lambda status: lambda handler: handler.refuse(status, Retry_After="0")
        self.hub.misbehave("/api/", [again(429), again(500)])
        self.hub.misbehave("/org/tiny/resolve/", [again(503), again(504), again(502)])
        self.inspect("hf:org/tiny")

    def test_but_not_for_ever(self):
        self.hub.misbehave("/api/", [lambda handler: handler.refuse(500, Retry_After="0")] * 9)
        self.refused("hf:org/tiny", 4, "the answer 500 (5 attempts)")
        self.assertEqual(len(self.hub.asked()), 5)

    def test_answers_that_are_no_listing(self):
        for body in (b"", b"<html>", b"[]", b"{}", b'{"sha": "../../x", "siblings": []}',
                     json.dumps({"sha": "a" * 40, "siblings": 3}).encode()):
            self.hub.fresh()
            self.hub.misbehave("/api/", [lambda handler, body=body: handler.answer(200, body)])
            self.refused("hf:org/tiny", 3, "/api/models/org/tiny")

    def test_file_names_of_the_net_are_not_trusted(self):
        evil = [{"rfilename": name, "size": 1, "blobId": "0" * 40}
                for name in ("../evil", "/var/evil", "a/../../evil", "a\\..\\evil", "", "a//b", "LICENSE\n")]
        evil += [{"rfilename": "LICENSE", "size": 1, "blobId": "../../../evil"},
                 {"rfilename": "NOTICE", "size": -1, "blobId": "0" * 40}, 7]
        self.hub.add("org/tiny", self.files, lfs={WEIGHTS}, also_listed=evil)
        self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)
        names = [path.name for path in self.home.rglob("*")]
        self.assertNotIn("evil", names)
        self.assertNotIn("LICENSE", names)
        self.refused("hf:org/tiny/LICENSE", 3, "no such file")

    def test_repositories_without_a_model(self):
        self.hub.add("org/none", {"README.md": b"x"})
        self.refused("hf:org/none", 3, "looked for config.json")
        self.hub.add("org/pickled", {"config.json": b"{}", "pytorch_model.bin": b"x"})
        self.refused("hf:org/pickled", 3, "pickled weights")


class Redirects(HubTest):
    def setUp(self):
        super().setUp()
        self.other = Hub()
        self.addCleanup(self.other.close)
        self.other.repos = self.hub.repos

    def test_the_token_stays_with_the_hub(self):
        move = lambda handler: handler.redirect(self.other.endpoint + handler.path)
        self.hub.misbehave("/org/tiny/resolve/", [move] * 9)
        self.inspect("hf:org/tiny", HF_TOKEN=TOKEN)
        self.assertTrue(self.other.asked("/resolve/"))
        for _, headers in self.hub.asked():
            self.assertEqual(headers["Authorization"], f"Bearer {TOKEN}")
        for _, headers in self.other.asked():
            self.assertNotIn("Authorization", headers)
        # Another name of the same machine and port is another host too.
        shutil.rmtree(self.folder)
        self.hub.fresh()
        port = self.hub.endpoint.rsplit(":", 1)[1]
        self.hub.misbehave("/api/", [lambda handler: handler.redirect(f"http://localhost:{port}{handler.path}")])
        self.inspect("hf:org/tiny", HF_TOKEN=TOKEN)
        with_token = ["Authorization" in headers for _, headers in self.hub.asked("/api/")]
        self.assertEqual(with_token, [True, False])

    def test_a_repository_that_moved(self):
        # As the Hub answers for a renamed repository: relative, with the same host.
        self.hub.add("org/new", self.files, lfs={WEIGHTS})
        self.repo["listing"]["sha"] = self.hub.repos["org/new"]["commit"]
        move = lambda handler: handler.redirect(handler.path.replace("org/tiny", "org/new"), 307)
        self.hub.misbehave("/api/models/org/tiny", [move])
        self.hub.misbehave("/org/tiny/resolve/", [move] * 9)
        self.assertEqual(self.inspect("hf:org/tiny", HF_TOKEN=TOKEN), self.local_hash)
        for _, headers in self.hub.asked("org/new"):
            self.assertIn("Authorization", headers)

    def test_what_is_not_followed(self):
        for location, part in (("file:///etc/passwd", "not followed"), ("ftp://127.0.0.1/x", "not followed"),
                               ("", "no address"), ("http://[", "no address")):
            self.hub.fresh()
            self.hub.misbehave("/api/", [lambda handler, to=location: handler.redirect(to)])
            self.refused("hf:org/tiny", 4, part)
        self.hub.fresh()
        self.hub.misbehave("/api/", [lambda handler: handler.redirect(handler.path)] * 20)
        self.refused("hf:org/tiny", 4, "more than 10 times")


class Transfers(HubTest):
    def setUp(self):
        super().setUp()
        self.path = f"/org/tiny/resolve/{self.repo['commit']}/{WEIGHTS}"
        self.content = self.files[WEIGHTS]
        self.half = len(self.content) // 2

    def ranges(self):
        return [headers.get("Range") for _, headers in self.hub.asked(self.path)]

    def leave(self, content):
        self.blob(WEIGHTS).parent.mkdir(parents=True, exist_ok=True)
        self.blob(WEIGHTS).with_name(self.blob(WEIGHTS).name + ".incomplete").write_bytes(content)

    def test_a_body_that_ends_early_goes_on(self):
        def truncated(handler):
            handler.answer(200, self.content[:self.half], length=len(self.content))
            handler.close_connection = True
        self.hub.misbehave(self.path, [truncated])
        self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)
        self.assertEqual(self.ranges(), [None, f"bytes={self.half}-"])

    def test_an_earlier_try_is_continued(self):
        self.leave(self.content[:self.half])
        self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)
        self.assertEqual(self.ranges(), [f"bytes={self.half}-"])

    def test_a_server_without_ranges(self):
        self.leave(self.content[:self.half])
        self.hub.misbehave(self.path, [lambda handler: handler.behave(heed_range=False)])
        self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)

    def test_a_range_that_begins_elsewhere(self):
        self.leave(self.content[:self.half])
        wrong = lambda handler: handler.answer(206, self.content[7:],
                                               {"Content-Range": f"bytes 7-{len(self.content) - 1}/{len(self.content)}"})
        self.hub.misbehave(self.path, [wrong])
        self.refused("hf:org/tiny", 3, f"asked for bytes from {self.half} on, and the answer begins at 7")
        self.assertFalse(self.blob(WEIGHTS).exists())
        self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)

    def test_416(self):
        self.leave(self.content[:self.half])
        self.hub.misbehave(self.path, [lambda handler: handler.refuse(416)])
        self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)
        self.assertEqual(self.ranges(), [f"bytes={self.half}-", None])

    def test_leftovers_of_something_else_are_fetched_anew(self):
        for leftover in (b"x" * self.half, b"x" * len(self.content), b"x" * (len(self.content) + 5)):
            with self.subTest(len(leftover)):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.leave(leftover)
                self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)

    def test_a_file_that_is_not_what_the_listing_says(self):
        for name, kind in ((WEIGHTS, "SHA-256"), ("config.json", "git hash")):
            changed = bytearray(self.files[name])
            changed[-3] ^= 1
            shutil.rmtree(self.folder, ignore_errors=True)
            self.hub.fresh()
            self.hub.misbehave(self.path.replace(WEIGHTS, name),
                               [lambda handler, body=bytes(changed): handler.answer(200, body)])
            self.refused("hf:org/tiny", 3, f"{name}: what arrived has the {kind}", "nothing was kept")
            self.assertFalse(self.blob(name).exists())
            self.assertEqual(list(self.folder.rglob("*.incomplete")), [])
            self.assertFalse((self.folder / "refs" / "main").exists())
        self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)

    def test_more_and_less_than_the_listing_says(self):
        self.hub.misbehave(self.path, [lambda handler: handler.answer(200, self.content + b"more")])
        self.refused("hf:org/tiny", 3, "more arrives than")
        self.hub.fresh()
        self.hub.misbehave(self.path, [lambda handler: handler.answer(200, b"")])
        self.refused("hf:org/tiny", 3, "0 bytes arrived")
        self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)

    def test_a_server_that_stalls(self):
        def stalls(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(self.content)))
            handler.end_headers()
            handler.wfile.write(self.content[:self.half])
            handler.wfile.flush()
            time.sleep(4)
        self.hub.misbehave(self.path, [stalls])
        self.assertEqual(self.inspect("hf:org/tiny", HF_HUB_DOWNLOAD_TIMEOUT="1"), self.local_hash)
        self.assertEqual(self.ranges(), [None, f"bytes={self.half}-"])

    def test_ctrl_c_keeps_what_arrived(self):
        def drips(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(self.content)))
            handler.end_headers()
            with contextlib.suppress(OSError):
                for begin in range(0, len(self.content), 1000):
                    handler.wfile.write(self.content[begin:begin + 1000])
                    handler.wfile.flush()
                    time.sleep(0.2)
        self.hub.misbehave(self.path, [drips])
        process = subprocess.Popen([PROGRAM, "inspect", "hf:org/tiny"], env=self.environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        incomplete = self.blob(WEIGHTS).with_name(self.blob(WEIGHTS).name + ".incomplete")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not (incomplete.exists() and incomplete.stat().st_size > 1000):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130, errors)
        self.assertIn("goes on from there", errors)
        kept = incomplete.stat().st_size
        self.assertGreater(kept, 1000)
        self.assertEqual(self.inspect("hf:org/tiny"), self.local_hash)
        self.assertEqual(self.ranges(), [None, f"bytes={kept}-"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--testdata", type=pathlib.Path, required=True)
    options, rest = parser.parse_known_args()
    PROGRAM, TESTDATA = str(options.program.resolve(strict=True)), options.testdata.resolve(strict=True)
    unittest.main(argv=[sys.argv[0], *rest])
