"""A Hub of a test's own: an HTTP server on 127.0.0.1 with repositories in memory, which misbehaves as
it is told.

    hub = Hub()
    hub.add("org/tiny", {"config.json": b"{}", "model.safetensors": b"..."}, lfs={"model.safetensors"})
    hub.misbehave("/org/tiny/resolve/", [lambda handler: handler.refuse(500)])

`misbehave` takes a list of steps; each request whose path begins so uses up the first. `None` is a step
that behaves. Requests are recorded in `hub.requests` as (method path, headers).
"""

import hashlib
import http.server
import json
import threading
import urllib.parse


def git_sha1(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.serve()

    def do_GET(self):
        self.serve()

    def serve(self):
        hub = self.server.hub
        with hub.lock:
            hub.requests.append((f"{self.command} {self.path}", dict(self.headers)))
            step = None
            for prefix, steps in hub.steps:
                if self.path.startswith(prefix) and steps:
                    step = steps.pop(0)
                    break
        if step is not None:
            step(self)
        else:
            self.behave()

    def refuse(self, status, **headers):
        self.answer(status, b"a page that nobody reads", {k.replace("_", "-"): v for k, v in headers.items()})

    def redirect(self, location, status=302):
        self.answer(status, b"", {"Location": location})

    def answer(self, status, body, headers=(), length=None):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def content(self):
        """(repository, file's content) of a resolve path, or None."""
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        for name, repo in self.server.hub.repos.items():
            for revision in (repo["commit"], *repo["revisions"]):
                begin = f"/{name}/resolve/{revision}/"
                if path.startswith(begin) and path[len(begin):] in repo["files"]:
                    return repo, path[len(begin):]
        return None

    def behave(self, heed_range=True):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        for name, repo in self.server.hub.repos.items():
            begin = f"/api/models/{name}/revision/"
            if path.startswith(begin) and path[len(begin):] in (repo["commit"], *repo["revisions"]):
                self.answer(200, json.dumps(repo["listing"]).encode(), {"Content-Type": "application/json"})
                return
            if path == f"/api/models/{name}/tree/{repo['commit']}":  # huggingface_hub asks so
                entries = [{"type": "file", "path": one["rfilename"], "size": one["size"], "oid": one["blobId"]}
                           | ({"lfs": one["lfs"] | {"oid": one["lfs"]["sha256"]}} if "lfs" in one else {})
                           for one in repo["listing"]["siblings"]]
                self.answer(200, json.dumps(entries).encode(), {"Content-Type": "application/json"})
                return
        found = self.content()
        if found is None:
            self.refuse(404, X_Error_Code="RepoNotFound")
            return
        repo, file = found
        body = repo["files"][file]
        headers = {"ETag": f'"{repo["hashes"][file]}"', "X-Repo-Commit": repo["commit"],
                   "Accept-Ranges": "bytes"}
        wanted = self.headers.get("Range")
        if wanted and heed_range:
            first = int(wanted.removeprefix("bytes=").split("-")[0])
            if first >= len(body):
                self.answer(416, b"", {"Content-Range": f"bytes */{len(body)}"})
                return
            headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
            self.answer(206, body[first:], headers)
            return
        self.answer(200, body, headers)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that goes away is part of the test."""


class Hub:
    def __init__(self):
        self.repos, self.steps, self.requests = {}, [], []
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.hub = self
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def add(self, name, files, lfs=(), revisions=("main",), also_listed=()):
        hashes = {path: hashlib.sha256(content).hexdigest() if path in lfs else git_sha1(content)
                  for path, content in files.items()}
        siblings = []
        for path, content in files.items():
            sibling = {"rfilename": path, "size": len(content), "blobId": git_sha1(content)}
            if path in lfs:
                sibling["lfs"] = {"sha256": hashes[path], "size": len(content), "pointerSize": 134}
            siblings.append(sibling)
        commit = hashlib.sha1(json.dumps([name, hashes]).encode()).hexdigest()
        self.repos[name] = {"files": dict(files), "hashes": hashes, "commit": commit, "revisions": revisions,
                            "listing": {"id": name, "sha": commit, "siblings": siblings + list(also_listed)}}
        return self.repos[name]

    def misbehave(self, prefix, steps):
        self.steps.append((prefix, list(steps)))

    def fresh(self):
        """Forgets what was asked and how to misbehave."""
        with self.lock:
            self.steps.clear()
            self.requests.clear()

    def asked(self, part=""):
        with self.lock:
            return [(line, headers) for line, headers in self.requests if part in line]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
