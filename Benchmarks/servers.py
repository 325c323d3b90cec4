"""The two web servers that bench-serve compares, without an access log, and what they cost."""

import os
import subprocess
from pathlib import Path

from nginx import free_port, start_server, stop_server

CONFIGURATION = """
daemon off;
pid {directory}/pid;
error_log {directory}/error.log;
{user}
worker_processes auto;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {root};
    }}
}}
"""


class Server:
    def processes(self):
        """The process and its children."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def processor_time(self):
        """In seconds, of all processes so far."""
        ticks = 0
        for process in self.processes():
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self, what="VmRSS"):
        """In bytes; `VmHWM` is the most so far."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1]) * 1024
        return 0

    def __exit__(self, *_):
        stop_server(self.process)


class NginxServe(Server):
    def __init__(self, directory, root):
        self.directory, self.root = directory, root

    def __enter__(self):
        self.directory.mkdir()
        self.port = free_port()
        user = "user root;" if os.geteuid() == 0 else ""
        configuration = self.directory / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(directory=self.directory, root=self.root, port=self.port, user=user))
        errors = self.directory / "error.log"
        self.process = start_server(["nginx", "-e", errors, "-c", configuration], self.port, errors)
        return self


class GlareServe(Server):
    def __init__(self, binary, directory, root):
        self.binary, self.directory, self.root = binary, directory, root

    def __enter__(self):
        self.port, self.admin_port = free_port(), free_port()
        self.process = start_server(
            [self.binary, "serve", "--quiet", "-d", self.root, "--port", str(self.port),
             "--admin-listen", f"127.0.0.1:{self.admin_port}"],
            self.port, self.directory / "no.log")
        return self

    def connections(self):
        """As /metrics tells."""
        text = subprocess.run(
            ["curl", "--silent", "--fail", f"http://127.0.0.1:{self.admin_port}/metrics"],
            check=True, capture_output=True, text=True).stdout
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("glare_http_connections "))
