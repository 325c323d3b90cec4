"""An rsync daemon of the benchmark's own."""

import re

from nginx import free_port, start_server, stop_server

CONFIGURATION = """
pid file = {directory}/pid
log file = {directory}/log
use chroot = no
{user}
[images]
    path = {root}
    read only = yes
"""


class RsyncDaemon:
    """Serves `root` on loopback while it is entered. As a meter, reads what --stats told."""

    def __init__(self, directory, root, as_root):
        self.directory, self.root, self.as_root = directory, root, as_root

    def __enter__(self):
        self.directory.mkdir()
        port = free_port()
        self.address = f"rsync://127.0.0.1:{port}/images/"
        configuration = self.directory / "rsyncd.conf"
        # By default it becomes nobody, who may not read the workspace.
        user = "uid = 0\ngid = 0" if self.as_root else ""
        configuration.write_text(CONFIGURATION.format(directory=self.directory, root=self.root, user=user))
        self.process = start_server(
            ["rsync", "--daemon", "--no-detach", "--address=127.0.0.1", f"--port={port}",
             f"--config={configuration}"], port, self.directory / "log")
        return self

    def __exit__(self, *_):
        stop_server(self.process)

    def start(self):
        pass

    def stop(self, finished):
        """Both directions: the digests of the old image's blocks that the host sends are its price, too."""
        told = dict(re.findall(r"^Total bytes (sent|received): ([\d,]+)", finished.output, re.MULTILINE))
        sent, received = (int(told[which].replace(",", "")) for which in ("sent", "received"))
        return {"wire": sent + received, "asked": sent, "requests": 1}
