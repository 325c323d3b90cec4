"""Other ways to bring an image to a host. Each publishes the images once, and updates or fetches one."""

from content import BLOCK, copy, empty, empty_directory, require_same
from comparison import Side
from program import run, run_shell


class Peer:
    """A host has `seed`, an older image, and makes `output`."""

    def __init__(self, bench):
        self.bench = bench
        self.meter = bench.server

    def side(self, target, output, seed=None, prepare=lambda: None, action=None):
        """`prepare` comes after our own preparations; `action` may do more than the fetching."""
        def prepare_all():
            self.prepare(output, seed)
            prepare()

        def fetch():
            return self.fetch(target.name, output, seed)

        def check():
            require_same(output, target, self.name)
            empty(output)

        return Side(self.name, meter=self.meter, prepare=prepare_all, check=check,
                    action=(lambda: action(fetch)) if action else fetch)

    def prepare(self, output, seed):
        empty(output)
        output.parent.mkdir(parents=True, exist_ok=True)

    def published(self, name):
        """Address of what the peer publishes for hosts."""
        return f"{self.bench.server.address}{self.folder}/{name}"


class Desync(Peer):
    name, folder = "desync", "desync"

    def publish(self):
        self.directory = self.bench.serve(self.folder)
        (self.directory / "store").mkdir()
        for image in self.bench.images():
            self.make(image, self.directory)

    def make(self, image, directory):
        return run(self.bench.settings.desync, "make", "-s", directory / "store",
                   directory / f"{image.name}.caibx", image)

    def fetch(self, name, output, seed):
        # Its index of the old image stays on a host, next to the image.
        seeds = ["--seed", f"{self.directory / seed.name}.caibx:{seed}"] if seed else []
        return run(self.bench.settings.desync, "extract", *seeds, "-s", self.published("store"),
                   self.published(f"{name}.caibx"), output)


class Casync(Peer):
    name, folder = "casync", "casync"

    def publish(self):
        self.directory = self.bench.serve(self.folder)
        for image in self.bench.images():
            self.make(image, self.directory)

    def make(self, image, directory):
        return run("casync", "make", f"--store={directory}/store", directory / f"{image.name}.caibx", image)

    def fetch(self, name, output, seed):
        seeds = [f"--seed={seed}"] if seed else []
        return run("casync", "extract", *seeds, "--seed-output=no", f"--store={self.published('store')}",
                   self.published(f"{name}.caibx"), output)


class Zsync(Peer):
    name, folder = "zsync", "plain"

    def publish(self):
        for image in self.bench.plain_images():
            run("zsyncmake", "-q", "-b", BLOCK, "-u", image.name, "-o", f"{image}.zsync", image)

    def fetch(self, name, output, seed):
        return run_shell('cd "$1" && zsync -q -i "$2" -o "$3" "$4"',
                         output.parent, seed, output.name, self.published(f"{name}.zsync"))


class Rsync(Peer):
    name, folder = "rsync -z (zstd)", "plain"

    def __init__(self, bench):
        super().__init__(bench)
        self.meter = bench.rsyncd

    def publish(self):
        self.bench.plain_images()

    def prepare(self, output, seed):
        super().prepare(output, seed)
        copy(seed, output)

    def fetch(self, name, output, seed):
        return run("rsync", "-z", "--compress-choice=zstd", "--sparse", "--ignore-times", "--stats",
                   f"{self.bench.rsyncd.address}{name}", output)


class Wget(Peer):
    name, folder = "wget of the plain file", "plain"

    def publish(self):
        self.bench.plain_images()

    def fetch(self, name, output, seed):
        return run("wget", "--quiet", "-O", output, self.published(name))


class CurlZstd(Peer):
    name, folder = "curl | zstd -d", "plain"

    def publish(self):
        for image in self.bench.plain_images():
            run("zstd", "-3", "-T2", "-q", "-f", image, "-o", f"{image}.zst")

    def fetch(self, name, output, seed):
        return run_shell('curl --silent --show-error --fail "$1" | zstd -d -q -f -o "$2"',
                         self.published(f"{name}.zst"), output)


def patch_size(base, target, directory):
    """Bytes of zstd's own patch between files of the blocks that are not zero; it gives the target back."""
    empty_directory(directory)
    patch, back = directory / "patch", directory / "back"
    run("zstd", "-9", "--long=30", "-q", f"--patch-from={base}", target, "-o", patch)
    run("zstd", "-d", "--long=30", "-q", f"--patch-from={base}", patch, "-o", back)
    require_same(back, target, "zstd --patch-from")
    size = patch.stat().st_size
    empty(directory)
    return size
