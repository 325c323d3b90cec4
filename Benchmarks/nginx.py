"""A web server of the benchmark's own: own configuration, own port, own process, and its log."""

import os
import socket
import subprocess
import sys
import time

CONFIGURATION = """
daemon off;
pid {directory}/pid;
error_log {directory}/error.log;
{user}
worker_processes auto;
events {{}}
http {{
    log_format traffic '$request_length $bytes_sent $status $request_uri';
    access_log {directory}/access.log traffic;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        location ~ /\\.glare/ {{ deny all; }}
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server(command, port, log):
    """Returns when it listens. The kernel ends it with us, whatever ends us."""
    process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], stdin=subprocess.DEVNULL)
    for _ in range(100):
        if process.poll() is not None:
            sys.exit(f"{command[0]} did not start: {log.read_text() if log.exists() else ''}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.05)
    stop_server(process)
    sys.exit(f"{command[0]} did not listen within five seconds")


def stop_server(process):
    process.terminate()
    process.wait()


class Nginx:
    """Serves `root` on loopback while it is entered. As a meter, tells what its log says."""

    def __init__(self, directory, root):
        self.directory, self.root = directory, root
        self.log = directory / "access.log"

    def __enter__(self):
        self.directory.mkdir()
        port = free_port()
        self.address = f"http://127.0.0.1:{port}/"
        # Root's workers would become somebody who may not read the workspace.
        user = "user root;" if os.geteuid() == 0 else ""
        configuration = self.directory / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(directory=self.directory, root=self.root, port=port, user=user))
        errors = self.directory / "error.log"
        self.process = start_server(["nginx", "-e", errors, "-c", configuration], port, errors)
        return self

    def __exit__(self, *_):
        stop_server(self.process)

    def start(self):
        self.logged = self.settled_size()

    def stop(self, finished):
        """Bytes with their heads: `wire` to the host, `asked` from it."""
        self.settled_size()
        with self.log.open() as log:
            log.seek(self.logged)
            fields = [line.split(" ", 2) for line in log]
        return {
            "wire": sum(int(sent) for _, sent, _ in fields),
            "asked": sum(int(asked) for asked, _, _ in fields),
            "requests": len(fields),
        }

    def settled_size(self):
        """A request's line may come a moment after its last byte."""
        size = -1
        while size != (size := self.log.stat().st_size):
            time.sleep(0.1)
        return size
