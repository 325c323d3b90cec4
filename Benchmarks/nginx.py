"""A web server of the benchmark's own: own configuration, own port, own process."""

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
    access_log off;
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
        location ^~ /.glare/ {{ deny all; }}
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """Serves `root` on loopback while it is entered."""

    def __init__(self, directory, root):
        self.directory, self.root = directory, root

    def __enter__(self):
        self.directory.mkdir()
        port = free_port()
        self.address = f"http://127.0.0.1:{port}/"
        # Root's workers would become somebody who may not read the workspace.
        user = "user root;" if os.geteuid() == 0 else ""
        configuration = self.directory / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(directory=self.directory, root=self.root, port=port, user=user))
        # The kernel ends it with us, whatever ends us.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "nginx", "-e", self.directory / "error.log", "-c", configuration],
            stdin=subprocess.DEVNULL)
        self.wait_until_it_listens(port)
        return self

    def wait_until_it_listens(self, port):
        for _ in range(100):
            if self.process.poll() is not None:
                sys.exit("nginx did not start: " + (self.directory / "error.log").read_text())
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        self.stop()
        sys.exit("nginx did not listen within five seconds")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def __exit__(self, *_):
        self.stop()
