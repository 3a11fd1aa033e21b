"""LocalStack Lambda runtime executor without Docker: one child process per execution environment.

The executor serves the public AWS Lambda Runtime API (2018-06-01) on a loopback port. The child is a runtime client
(bootstrap.mjs) that polls /next, runs the handler and posts the response. Node.js functions only.
"""
import json
import logging
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

LOG = logging.getLogger(__name__)
HERE = Path(__file__).parent
INIT_LIMIT_S = 10


class StartupError(Exception):
    def __init__(self, payload: bytes):
        super().__init__(payload.decode("utf-8", "replace")[:500])
        self.payload = payload


class ProcessRuntimeExecutor(RuntimeExecutor):
    def __init__(self, id, function_version):
        super().__init__(id, function_version)
        self._events: queue.Queue = queue.Queue()
        self._ready = threading.Event()
        self._init_error: bytes | None = None
        self._result: queue.Queue = queue.Queue()
        self._current: str | None = None
        self._proc = None
        self._server = None
        self._env: dict[str, str] = {}
        self._log = tempfile.NamedTemporaryFile(prefix=f"ls-lambda-{id[:8]}-", suffix=".log")
        self._tmp = tempfile.mkdtemp(prefix=f"ls-lambda-{id[:8]}-")

    def _runtime_api(executor):  # noqa: N805
        class RuntimeApi(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *a):
                pass

            def _reply(self, code, body=b"", headers=()):
                self.send_response(code)
                for k, v in headers:
                    self.send_header(k, v)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if not self.path.endswith("/runtime/invocation/next"):
                    return self._reply(404)
                executor._ready.set()
                ev = executor._events.get()
                if ev is None:
                    return self._reply(410)
                self._reply(200, ev["payload"].encode(), [
                    ("Content-Type", "application/json"),
                    ("Lambda-Runtime-Aws-Request-Id", ev["invoke-id"]),
                    ("Lambda-Runtime-Invoked-Function-Arn", ev["invoked-function-arn"]),
                    ("Lambda-Runtime-Deadline-Ms", str(ev["deadline"])),
                    ("Lambda-Runtime-Trace-Id", ev["trace-id"]),
                ])

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path.endswith("/runtime/init/error"):
                    executor._init_error = body
                    executor._ready.set()
                elif self.path.endswith("/response") or self.path.endswith("/error"):
                    rid = self.path.split("/")[-2]
                    if rid != executor._current:
                        return self._reply(400, b'{"errorType":"InvalidRequestID"}')
                    executor._result.put((rid, body, self.path.endswith("/error")))
                else:
                    return self._reply(404)
                self._reply(202, b'{"status":"OK"}')

        return RuntimeApi

    def _command(self):
        runtime = self.function_version.config.runtime or ""
        if not runtime.startswith("nodejs"):
            raise LambdaRuntimeException(f"runtime {runtime} is not supported by the process executor")
        heap_mb = max(64, self.function_version.config.memory_size * 9 // 10)
        return [os.environ.get("LS_NODE", "node"), f"--max-old-space-size={heap_mb}", str(HERE / "bootstrap.mjs")]

    def _spawn(self):
        self._ready.clear()
        self._init_error = None
        self._proc = subprocess.Popen(
            self._command(), cwd=self._task_root, env=self._env,
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True,
        )
        started = time.monotonic()
        while not self._ready.wait(0.02):
            if self._proc.poll() is not None:
                raise StartupError(json.dumps({
                    "errorType": "Runtime.ExitError",
                    "errorMessage": f"RequestId: {self.id} Error: Runtime exited with error: exit status {self._proc.returncode}",
                }).encode())
            if time.monotonic() - started > INIT_LIMIT_S:
                self._kill()
                raise StartupError(b'{"errorType":"Sandbox.Timedout","errorMessage":"init timed out"}')
        if self._init_error is not None:
            self._kill()
            raise StartupError(self._init_error)

    def _kill(self):
        p, self._proc = self._proc, None
        if p and p.poll() is None:
            p.kill()
            p.wait(5)
        # Wakes a thread that still waits in /next for the dead child.
        self._events.put(None)
        time.sleep(0.05)
        self._events = queue.Queue()

    def start(self, env_vars):
        code = self.function_version.config.code
        self._task_root = str(code.get_unzipped_code_location())
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._runtime_api())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        env = {k: str(v) for k, v in env_vars.items()}
        env.update(
            PATH=os.environ.get("PATH", "/usr/bin:/bin"), HOME=self._tmp, TMPDIR=self._tmp, LANG="en_US.UTF-8",
            LAMBDA_TASK_ROOT=self._task_root, LAMBDA_RUNTIME_DIR=str(HERE),
            AWS_LAMBDA_RUNTIME_API="127.0.0.1:%d" % self._server.server_address[1],
        )
        env.setdefault("AWS_EXECUTION_ENV", f"AWS_Lambda_{self.function_version.config.runtime}")
        env["TZ"] = "UTC"
        self._env = env
        try:
            self._spawn()
        except StartupError as e:
            # The type that the assignment service expects of the Docker executor.
            from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException

            raise StatusErrorException("Environment startup failed", payload=e.payload) from e

    def stop(self):
        self._kill()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        shutil.rmtree(self._tmp, ignore_errors=True)

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def invoke(self, payload):
        rid = payload["invoke-id"]
        timeout = int(self.function_version.config.timeout)
        mark = os.path.getsize(self._log.name)
        begin = time.monotonic()
        if self._proc is None or self._proc.poll() is not None:
            self._spawn()
        self._current = rid
        self._events.put({**payload, "deadline": int(time.time() * 1000) + timeout * 1000})
        body, is_error = None, True
        while body is None:
            try:
                _, body, is_error = self._result.get(timeout=0.05)
            except queue.Empty:
                if time.monotonic() - begin > timeout:
                    self._kill()
                    body = json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {rid} Error: Task timed out after {timeout:.2f} seconds"}).encode()
                elif self._proc.poll() is not None:
                    rc = self._proc.returncode
                    self._kill()
                    body = json.dumps({"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {rid} Error: Runtime exited with error: exit status {rc}"}).encode()
        self._current = None
        ms = (time.monotonic() - begin) * 1000
        version = self.function_version.id.qualifier
        logs = f"START RequestId: {rid} Version: {version}\n" + self._tail(mark) + (
            f"END RequestId: {rid}\nREPORT RequestId: {rid}\tDuration: {ms:.2f} ms\tBilled Duration: {int(ms)+1} ms\t"
            f"Memory Size: {self.function_version.config.memory_size} MB\tMax Memory Used: {self.function_version.config.memory_size} MB\t\n")
        return InvocationResult(rid, body, is_error=is_error, logs=logs)

    def _tail(self, start):
        with open(self._log.name, errors="replace") as f:
            f.seek(start)
            return f.read()

    def get_logs(self):
        return self._tail(0)

    @classmethod
    def prepare_version(cls, function_version):
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass
