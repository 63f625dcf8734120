"""A W&B server in this process, with as much of the protocol as `wandb sync` needs.

It keeps what runs are told, so that a check can compare it with what was logged:

    with Backend() as backend:
        subprocess.run([..., "wandb", "sync", folder], env=os.environ | backend.environment())
        backend.runs["abcd1234"].history

History lines are kept at the offset that the client names, as the real server does,
and the next sync of the run is told how many there are.
"""

import dataclasses
import gzip
import http.server
import json
import threading


@dataclasses.dataclass
class Run:
    """What the server knows of one run."""

    project: str
    entity: str
    name: str | None = None  # display name
    config: dict = dataclasses.field(default_factory=dict)
    history: list = dataclasses.field(default_factory=list)  # a dict per row
    summary: dict = dataclasses.field(default_factory=dict)
    exit_code: int | None = None
    requests: list = dataclasses.field(default_factory=list)  # file_stream bodies


class Backend(http.server.ThreadingHTTPServer):
    """Listens on a free port of this machine while it is entered."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.runs = {}
        self.lock = threading.Lock()

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()

    def environment(self):
        """Variables that send a wandb process here."""
        return {
            "WANDB_BASE_URL": f"http://127.0.0.1:{self.server_port}",
            "WANDB_API_KEY": "0" * 40,
            "WANDB_ERROR_REPORTING": "false",
        }


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one request; self.server is the Backend."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer({})

    def do_PUT(self):
        self.body()
        self.answer({})

    def do_POST(self):
        body = self.body()
        with self.server.lock:
            if self.path.endswith("/graphql"):
                self.answer({"data": self.graphql(json.loads(body))})
            elif self.path.endswith("/file_stream"):
                self.file_stream(self.path.split("/")[-2], json.loads(body))
                self.answer({"exitcode": None, "limits": {}})
            else:
                self.answer({})

    def body(self):
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return gzip.decompress(data) if self.headers.get("Content-Encoding") == "gzip" else data

    def answer(self, what):
        data = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def graphql(self, request):
        """Answers the one mutation that matters, and says of all else that there is nothing."""
        if request.get("operationName") == "UpsertBucket":
            return {"upsertBucket": self.upsert(request["variables"])}
        if request.get("operationName") == "RunResumeStatus":
            return {"model": self.resumed(request["variables"]["name"])}
        if "iewer" in request.get("operationName", ""):
            user = {"id": "u", "entity": "me", "username": "me", "flags": "{}", "teams": {"edges": []}}
            return {"viewer": user}
        return {
            "serverInfo": {"cliVersionInfo": {}, "latestLocalVersionInfo": None, "features": []},
            "createRunFiles": {"runID": "x", "uploadHeaders": [], "files": []},
        }

    def upsert(self, told):
        key = told["name"]
        inserted = key not in self.server.runs
        if inserted:
            self.server.runs[key] = Run(told.get("project") or "uncategorized", told.get("entity") or "me")
        run = self.server.runs[key]
        run.name = told.get("displayName") or run.name
        if told.get("config"):
            run.config = {k: v["value"] for k, v in json.loads(told["config"]).items()}
        project = {"id": "P", "name": run.project, "entity": {"id": "E", "name": run.entity}}
        bucket = {
            "id": "B" + key, "name": key, "displayName": run.name, "description": None, "config": "{}",
            "sweepName": None, "project": project, "historyLineCount": len(run.history),
        }
        return {"bucket": bucket, "inserted": inserted}

    def resumed(self, key):
        """What a run is told that another process has begun."""
        run = self.server.runs.get(key)
        if run is None:
            return None
        tail = json.dumps([json.dumps(run.history[-1])] if run.history else [])
        bucket = {
            "id": "B" + key, "name": key, "displayName": run.name, "summaryMetrics": json.dumps(run.summary),
            "logLineCount": 0, "historyLineCount": len(run.history), "eventsLineCount": 0, "historyTail": tail,
            "eventsTail": "[]", "config": json.dumps({k: {"value": v} for k, v in run.config.items()}),
            "tags": [], "notes": None, "wandbConfig": json.dumps({"t": 1}),
        }
        return {"id": "P", "name": run.project, "entity": {"id": "E", "name": run.entity}, "bucket": bucket}

    def file_stream(self, key, told):
        run = self.server.runs[key]
        run.requests.append(told)
        files = told.get("files") or {}
        if chunk := files.get("wandb-history.jsonl"):
            rows = [json.loads(line) for line in chunk["content"]]
            run.history[chunk["offset"] : chunk["offset"] + len(rows)] = rows
        if chunk := files.get("wandb-summary.json"):
            run.summary = json.loads(chunk["content"][-1])
        if told.get("complete"):
            run.exit_code = told.get("exitcode")
