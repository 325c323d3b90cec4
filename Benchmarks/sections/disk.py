"""The update on real filesystems and a real disk, with nothing of it in memory before."""

import contextlib
import os
import tempfile
from pathlib import Path

from content import copy, empty
from peers import Desync, Rsync
from program import Finished, run
from table import seconds, size
from workspace import temporary_directory

FILESYSTEMS = {"ext4": ["mkfs.ext4", "-q", "-F"], "XFS with reflink": ["mkfs.xfs", "-q", "-f", "-m", "reflink=1"]}
# A file with holes: it takes what is written to it.
FILESYSTEM_SIZE = "16G"


def measure(bench):
    bench.table.heading("The same update on a disk, cold page cache; desync and rsync followed by sync -f")
    if "BENCH_MOUNTS" not in os.environ:
        bench.table.remark("left out: mounting needs root and a mount namespace")
        return
    parent = bench.settings.disk or Path(tempfile.gettempdir())
    for name, make in FILESYSTEMS.items():
        with temporary_directory(parent) as directory, mounted(make, directory) as mountpoint:
            for target in bench.pair.targets():
                update(bench, target, name, mountpoint)


@contextlib.contextmanager
def mounted(make, directory):
    """A new filesystem in a file. Detached at once, the device goes when it is unmounted; and all our
    mounts go with our mount namespace, so that neither stays behind us in any ending."""
    image, mountpoint = directory / "filesystem", directory / "mountpoint"
    mountpoint.mkdir()
    run("truncate", "-s", FILESYSTEM_SIZE, image)
    run(*make, image)
    # Past the page cache of the filesystem below, which would hold everything a second time.
    device = run("losetup", "--find", "--show", "--direct-io=on", image).output.strip()
    try:
        run("mount", device, mountpoint)
    finally:
        run("losetup", "--detach", device)
    try:
        yield mountpoint
    finally:
        run("umount", mountpoint)


class DiskMeter:
    """Tells what went to the device of a mounted filesystem, and came from it."""

    SECTOR = 512

    def __init__(self, mountpoint):
        self.mountpoint = mountpoint
        device = mountpoint.stat().st_dev
        self.statistics = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")

    def start(self):
        self.before = self.transferred()

    def stop(self, finished):
        # What was left for later counts too.
        run("sync", "-f", self.mountpoint)
        read, written = self.transferred()
        return {"read": read - self.before[0], "written": written - self.before[1]}

    def transferred(self):
        fields = self.statistics.read_text().split()
        return int(fields[2]) * self.SECTOR, int(fields[6]) * self.SECTOR


def update(bench, target, filesystem, mountpoint):
    def forget_pages():
        run("sync", "-f", mountpoint)
        Path("/proc/sys/vm/drop_caches").write_text("3")

    def durably(fetch):
        """Ours is on the disk when it ends."""
        fetched, synced = fetch(), run("sync", "-f", mountpoint)
        return Finished(fetched.seconds + synced.seconds, fetched.peak_memory, fetched.output)

    seed, cache = mountpoint / "base.raw", mountpoint / "cache"
    copy(bench.pair.base, seed)
    ours = bench.update(bench.repository(target), target, cache, prepare=forget_pages)
    theirs = [peer.side(target, mountpoint / "peer" / "disk.raw", seed, prepare=forget_pages, action=durably)
              for peer in bench.peers(Desync, Rsync)]
    for side in (ours, *theirs):
        side.meter = DiskMeter(mountpoint)
    results = bench.compare(ours, *theirs)
    empty(seed)
    empty(cache)

    what = f"base → {target.stem} on {filesystem}"
    glare = results.pop("glare")
    for name, peer in results.items():
        target_ratio = 1 if name == "desync" else None
        bench.table.ratio(f"{what}, time", glare.median("seconds"), name, peer.median("seconds"), seconds,
                          target_ratio)
        for counted in ("read", "written"):
            bench.table.ratio(f"{what}, bytes {counted}", glare.median(counted), name, peer.median(counted), size)
