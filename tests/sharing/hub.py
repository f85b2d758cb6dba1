"""A stand-in for the hub's HTTP interface, as far as models are pushed and downloaded by it.

It keeps repositories in memory. Files that the hub keeps as large ones are sent and stored apart
from the commit, as there. Whoever has no token may see public repositories alone.
"""

import base64
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_stand_in"


class Hub(ThreadingHTTPServer):
    """Repositories by name: whether private, branches and tags to commits, commits to files."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories = {}
        self.large = {}
        self.asked = []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def files(self, name, revision="main"):
        repository = self.repositories[name]
        return repository["commits"][repository["refs"].get(revision, revision)]


@contextmanager
def running_hub():
    hub = Hub()
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    routes = (
        ("POST", r"/api/validate-yaml", "accept"),
        ("POST", r"/api/repos/create", "create"),
        ("POST", r"/api/models/(\w+/[\w.-]+)/preupload/(\w+)", "preupload"),
        ("POST", r"/(\w+/[\w.-]+)\.git/info/lfs/objects/batch", "batch"),
        ("PUT", r"/large/(\w+)", "store"),
        ("POST", r"/api/models/(\w+/[\w.-]+)/commit/(\w+)", "commit"),
        ("GET", r"/api/models/(\w+/[\w.-]+)(?:/revision/(\w+))?", "describe"),
        ("GET", r"/api/models/(\w+/[\w.-]+)/tree/(\w+)", "tree"),
        ("(?:HEAD|GET)", r"/(\w+/[\w.-]+)/resolve/(\w+)/(.+)", "resolve"),
    )

    def handle_one(self):
        path = unquote(urlsplit(self.path).path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(f"{self.command} {path}")
        for command, route, name in self.routes:
            found = re.fullmatch(route, path)
            if found and re.fullmatch(command, self.command):
                return getattr(self, name)(body, *found.groups())
        return self.answer(404, {"error": f"no route {self.command} {path}"})

    do_GET = do_HEAD = do_POST = do_PUT = handle_one  # noqa: N815

    def log_message(self, *_):
        pass

    def answer(self, status, content=b"", **headers):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for key, value in {"Content-Length": len(data), **headers}.items():
            self.send_header(key.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    @property
    def known(self):
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def seen(self, name):
        """The repository; None, after an answer, where it is none or not to be seen."""
        found = self.server.repositories.get(name)
        if found is None or (found["private"] and not self.known):
            self.answer(401, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
            return None
        return found

    def accept(self, _):
        self.answer(200, {"errors": [], "warnings": []})

    def create(self, body):
        asked = json.loads(body)
        if not self.known:
            return self.answer(401, {"error": "Invalid credentials"})
        name = f"{asked['organization']}/{asked['name']}"
        there = name in self.server.repositories
        if not there:
            private = asked.get("private") or asked.get("visibility") == "private"
            self.server.repositories[name] = {"private": private, "refs": {}, "commits": {}}
        return self.answer(409 if there else 200, {"url": f"{self.server.address}/{name}"})

    def preupload(self, body, name, _):
        if self.seen(name) is None:
            return
        large = ".safetensors"
        self.answer(200, {
            "files": [
                {"path": each["path"], "shouldIgnore": False,
                 "uploadMode": "lfs" if each["path"].endswith(large) else "regular"}
                for each in json.loads(body)["files"]
            ]
        })  # fmt: skip

    def batch(self, body, _):
        self.answer(200, {
            "transfer": "basic",
            "objects": [
                {**each, "actions": {"upload": {"href": f"{self.server.address}/large/{oid}"}}}
                for each in json.loads(body)["objects"]
                if (oid := each["oid"])
            ],
        })  # fmt: skip

    def store(self, body, oid):
        assert hashlib.sha256(body).hexdigest() == oid
        self.server.large[oid] = body
        self.answer(200)

    def commit(self, body, name, branch):
        repository = self.seen(name)
        if repository is None:
            return
        files = dict(repository["commits"].get(repository["refs"].get(branch), {}))
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.server.large[value["oid"]]
        oid = hashlib.sha1(body).hexdigest()
        repository["commits"][oid] = files
        repository["refs"][branch] = oid
        self.answer(200, {
            "commitUrl": f"{self.server.address}/{name}/commit/{oid}", "commitOid": oid,
            "success": True,
        })  # fmt: skip

    def describe(self, _, name, revision="main"):
        repository = self.seen(name)
        if repository is None:
            return
        sha = repository["refs"].get(revision or "main", revision)
        if sha not in repository["commits"]:
            self.answer(404, {"error": "Invalid rev"}, X_Error_Code="RevisionNotFound")
            return
        files = [{"rfilename": path} for path in repository["commits"][sha]]
        self.answer(200, {"id": name, "sha": sha, "siblings": files, "tags": [], "private": False})

    def tree(self, _, name, revision):
        repository = self.seen(name)
        if repository is not None:
            files = repository["commits"][revision]
            self.answer(200, [
                {"type": "file", "path": path, "size": len(data), "oid": _git(data)}
                for path, data in files.items()
            ])  # fmt: skip

    def resolve(self, _, name, revision, path):
        repository = self.seen(name)
        if repository is not None:
            sha = repository["refs"].get(revision, revision)
            data = repository["commits"][sha][path]
            self.answer(200, data, ETag=f'"{_git(data)}"', X_Repo_Commit=sha)


def _git(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
