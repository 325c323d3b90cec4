"""The rows, printed as they are measured, in Markdown."""


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.2f} s"


def size(value):
    """Decimal, as bytes on a wire are counted."""
    if value < 10_000:
        return f"{value:.0f} B"
    return f"{value / 1e6:.2f} MB" if value < 1e8 else f"{value / 1e6:.1f} MB"


def memory(value):
    return f"{value / 2**20:.0f} MiB"


def count(value):
    return f"{value:.0f}"


class Table:
    WIDTHS = (66, 12, 34, 8, 12, 7)

    def __init__(self):
        self.reached, self.missed = 0, []

    def heading(self, text):
        print(f"\n{text}\n")
        self.line("what", "Glare", "beside", "ratio", "at most", "reached")
        self.line(*("-" * width for width in self.WIDTHS))

    def line(self, *cells):
        padded = (str(cell).ljust(width) for cell, width in zip(cells, self.WIDTHS))
        print("| " + " | ".join(padded) + " |", flush=True)

    def ratio(self, what, ours, name, theirs, unit, target=None):
        """Ours beside another's; without a target it is only told."""
        ratio = ours / theirs if theirs else float("inf")
        self.row(what, unit(ours), f"{name}: {unit(theirs)}", ratio, target)

    def limit(self, what, ours, limit, unit):
        """Ours beside a figure that it must not go beyond."""
        self.row(what, unit(ours), f"limit: {unit(limit)}", ours / limit, 1)

    def row(self, what, ours, beside, ratio, target):
        verdict = "" if target is None else "yes" if ratio <= target else "NO"
        if verdict == "yes":
            self.reached += 1
        elif verdict == "NO":
            self.missed.append(what)
        self.line(what, ours, beside, f"{ratio:.3f}", "" if target is None else f"{target:.3f}", verdict)

    def told(self, what, text):
        self.line(what, text, "", "", "", "")

    def remark(self, text):
        print(f"  {text}", flush=True)

    def finish(self):
        print(f"\nTargets reached: {self.reached} of {self.reached + len(self.missed)}")
        for what in self.missed:
            print(f"  missed: {what}")
