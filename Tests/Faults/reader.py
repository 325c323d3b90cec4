"""Reads a repository or a cache as its readers do, by what docs/repository-format.md says, and tells what is
torn, what is there, and what is left over. It has nothing of Glare's own code.

  reader.py repository DIRECTORY|URL     one look at all that a catalogue leads to, as JSON
  reader.py cache DIRECTORY              one look at a cache
  reader.py serve                        such looks, one after another: a line `["repository", "PLACE"]`
        on standard input, and one with what was seen on standard output
  reader.py watch STOP THREADS GRACE KIND PLACE...
        looks at them over and over until the file STOP is there; a catalogue that was read must
        lead to the right bytes for GRACE seconds
"""

import collections, hashlib, http.client, json, os, random, sys, threading, time, urllib.parse

PIECE = 1 << 20


class Directory:
    """`known` are digests of one look, at a place where nothing moves: a name and its version are one file."""

    def __init__(self, root, known=None):
        self.root, self.known = root, known

    def read(self, path):
        with open(os.path.join(self.root, path), "rb") as file:
            return file.read()

    def digest(self, path):
        with open(os.path.join(self.root, path), "rb") as file:
            status = os.fstat(file.fileno())
            stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if self.known is not None and stamp in self.known:
                return self.known[stamp]
            result = hashlib.sha256()
            while piece := file.read(PIECE):
                result.update(piece)
        if self.known is not None:
            self.known[stamp] = result.hexdigest()
        return result.hexdigest()


class Server:
    def __init__(self, address):
        self.host = urllib.parse.urlsplit(address).netloc

    def read(self, path):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request("GET", "/" + urllib.parse.quote(path))
            answer = connection.getresponse()
            # Raises IncompleteRead where it ends before its Content-Length.
            body = answer.read()
        finally:
            connection.close()
        if answer.status == 404:
            raise FileNotFoundError(path)
        if answer.status != 200:
            raise OSError(f"{path}: status {answer.status}")
        return body

    def digest(self, path):
        return hashlib.sha256(self.read(path)).hexdigest()


def place(text, known=None):
    return Server(text) if text.startswith("http:") else Directory(text, known)


def referenced(source, catalogue, torn):
    """What a catalogue leads to: path and SHA-256 of each file."""
    files = {}
    for row in catalogue["images"]:
        name, reference = row["name"], row["record"]
        path = f"catalogue/{reference['sha256']}.json"
        files[path] = reference["sha256"]
        try:
            record = json.loads(source.read(path))
        except (OSError, ValueError, http.client.HTTPException) as error:
            torn.append(f"{path}: {error!r}")
            continue
        if row["current"] not in [version["id"] for version in record["versions"]]:
            torn.append(f"{path}: its current version is not among its versions")
        for version in record["versions"]:
            stem = f"{name}-{version['id']}"
            files[f"archive/{stem}"] = version["sha256"]
            transfer = version.get("transfer") or {}
            parts = [("zst", transfer.get("frames")), ("manifest", transfer.get("manifest"))]
            parts += [("delta", delta["content"]) for delta in transfer.get("deltas") or []]
            for ending, content in parts:
                if content:
                    files[f"transfer/{stem}.{content['sha256'][:16]}.{ending}"] = content["sha256"]
    return files


def catalogue_of(source):
    try:
        return json.loads(source.read("images.json"))
    except FileNotFoundError:
        return None


def check(source, files, torn):
    for path, sha256 in files.items():
        try:
            found = source.digest(path)
        except (OSError, http.client.HTTPException) as error:
            torn.append(f"{path}: {error!r}")
            continue
        if found != sha256:
            torn.append(f"{path}: its SHA-256 is {found}, and {sha256} was meant")


def versions_in(source, torn):
    """What stands in `archive/`, whole; the name says the content."""
    whole, archive = {}, os.path.join(source.root, "archive")
    for name in sorted(os.listdir(archive) if os.path.isdir(archive) else []):
        stem = name[-32:]
        if name == "SHA256SUMS" or len(name) < 34:
            continue
        sha256 = source.digest("archive/" + name)
        # The original's ids are an MD5.
        if stem == sha256[:32] or stem == hashlib.md5(source.read("archive/" + name)).hexdigest():
            whole[name] = sha256
        else:
            torn.append(f"archive/{name}: its content is another")
    return whole


def temporary(root, *directories):
    found = []
    for directory in directories:
        path = os.path.join(root, ".glare", directory)
        found += [f".glare/{directory}/{name}" for name in os.listdir(path)] if os.path.isdir(path) else []
    return sorted(found)


def look_at_repository(text):
    source, torn = place(text, {}), []
    catalogue = catalogue_of(source)
    files = referenced(source, catalogue, torn) if catalogue else {}
    check(source, files, torn)
    seen = {"torn": torn, "serial": catalogue["serial"] if catalogue else 0, "listed": {}, "current": {}}
    for path in files:
        if path.startswith("archive/"):
            seen["listed"].setdefault(path[8:-33], []).append(path[-32:])
    if isinstance(source, Server):
        names = [row["name"] for row in catalogue["images"]] if catalogue else []
        for name in names:
            seen["current"][name] = source.digest(name)
        return seen
    root = source.root
    seen["versions"] = versions_in(source, torn)
    for name in sorted(os.listdir(root)):
        path = os.path.join(root, name)
        if os.path.islink(path):
            try:
                seen["current"][name] = source.digest(name)
            except OSError as error:
                torn.append(f"{name}: {error!r}")
            if os.readlink(path)[8:] not in seen["versions"]:
                torn.append(f"{name}: leads to {os.readlink(path)}, which is not whole")
    seen["headings"] = {
        name[:-3]: [line[3:35] for line in source.read(name).decode().splitlines() if line.startswith("# [")]
        for name in os.listdir(root) if name.endswith(".md")
    }
    meant = set(files) | {"archive/SHA256SUMS"}
    if catalogue:
        meant.add(f"catalogue/{hashlib.sha256(source.read('images.json')).hexdigest()}.json")
    seen["unnamed"] = sorted(
        f"{directory}/{name}" for directory in ("archive", "catalogue", "transfer")
        if os.path.isdir(os.path.join(root, directory)) for name in os.listdir(os.path.join(root, directory))
        if f"{directory}/{name}" not in meant)
    seen["temporary"] = temporary(root, "tmp", "deltas")
    return seen


def look_at_cache(root):
    source, torn, seen = Directory(root, {}), [], {"current": {}, "serial": 0, "listed": {}}
    seen["versions"] = versions_in(source, torn)
    for name in sorted(os.listdir(root)):
        path = os.path.join(root, name)
        if name.startswith("."):
            continue
        if name == "images.json":
            try:
                seen["serial"] = json.loads(source.read(name))["serial"]
            except (ValueError, KeyError) as error:
                torn.append(f"{name}: {error!r}")
        elif os.path.isfile(path) and not name.endswith(".minisig"):
            seen["current"][name] = source.digest(name)
            if seen["current"][name] not in seen["versions"].values():
                torn.append(f"{name}: its content is no version of the archive")
    return seen | {"torn": torn, "headings": {}, "unnamed": [], "temporary": temporary(root, "tmp", "partial")}


class Watch:
    """Readers that never stop."""

    def __init__(self, stop, grace, kind, places):
        self.stop, self.grace, self.kind, self.places = stop, grace, kind, places
        self.seen, self.lock = collections.Counter(), threading.Lock()

    def note(self, what):
        with self.lock:
            self.seen[what] += 1

    def catalogue(self, source):
        """Reads a catalogue, and what it leads to at any later moment of its grace time."""
        start, torn = time.monotonic(), []
        catalogue = catalogue_of(source)
        if catalogue is None:
            return
        files = list(referenced(source, catalogue, torn).items())
        random.shuffle(files)
        for path, sha256 in files:
            if self.grace:
                time.sleep(random.random() * self.grace / len(files))
            if self.grace and time.monotonic() - start > self.grace:
                return
            wrong = []
            check(source, {path: sha256}, wrong)
            # What took longer than the grace time proves nothing.
            if wrong and (not self.grace or time.monotonic() - start <= self.grace):
                torn += wrong
        for line in torn:
            self.note(line)
        self.note("whole" if not torn else "torn")

    def names(self, source):
        """Reads every image by its name; its whole content must have been published."""
        for name in sorted(os.listdir(source.root)):
            if name.startswith(".") or "." in name or name in ("archive", "catalogue", "transfer", "SHA256SUMS"):
                continue
            try:
                found = source.digest(name)
            except OSError as error:
                self.note(f"{name}: {error!r}")
                continue
            self.note("whole" if os.path.exists(os.path.join(self.stop + ".known", found)) else f"{name}: {found}")

    def run(self, text):
        source = place(text)
        while not os.path.exists(self.stop):
            try:
                (self.names if self.kind == "names" else self.catalogue)(source)
            except Exception as error:
                self.note(f"{text}: {error!r}")
            time.sleep(0.01)


def watch(stop, threads, grace, kind, *places):
    watch = Watch(stop, float(grace), kind, places)
    running = [
        threading.Thread(target=watch.run, args=(places[index % len(places)],)) for index in range(int(threads))
    ]
    for thread in running:
        thread.start()
    print("ready", flush=True)
    for thread in running:
        thread.join()
    return watch.seen


LOOKS = {"repository": look_at_repository, "cache": look_at_cache}


def serve():
    for line in sys.stdin:
        kind, text = json.loads(line)
        try:
            seen = LOOKS[kind](text)
        except Exception as error:
            seen = {"failed": repr(error)}
        print(json.dumps(seen), flush=True)


WAYS = LOOKS | {"watch": watch, "serve": serve}
result = WAYS[sys.argv[1]](*sys.argv[2:])
if result is not None:
    print(json.dumps(result))
