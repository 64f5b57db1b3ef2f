"""A remote command beside a bare click program: what it costs to start, ask a warm server and show the answer.

A server runs on this machine with a database of its own. Every sign-off that was timed is withdrawn again, so that
every round asks the same. All run interleaved; the median counts.

Run: ``python benchmarks/remote.py`` (after the README's installation).
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from states.errors import PeijianError
from workflow import administration, intake, rehearsal, settings

ROUNDS = 25
CASE = "ZDPT-2020-0001"
PEIJIAN = str(Path(sys.executable).with_name("peijian"))


def prepare(folder: Path) -> tuple[Path, str]:
    """A database whose case stands in its first round, and the token of a department that is asked."""
    script, config = rehearsal.load(rehearsal.shipped()["qinghe"]), settings.locate(None, {})
    path, start = folder / "peijian.db", script.steps[0].at
    admin = administration.initialise(str(path), config, "admin", None, start)
    office = administration.open_office(str(path), config)
    office.now = lambda: start
    people = [(a.name, a.organisation, a.level) for a in script.accounts]
    tokens = {name: administration.add_account(office, admin, name, *of) for name, *of in people}
    for step in script.steps:
        if step.do not in rehearsal.QUESTIONS:
            office.now = lambda moment=step.at: moment  # type: ignore[misc]
            fields = {"case": CASE, **step.fields, **rehearsal._files(step)}
            with suppress(PeijianError):  # what the script expects to be refused
                office.perform(intake.build(step.do, fields), tokens[step.by])
        if step.do == "case circulate":
            break
    return path, tokens["health"]


def serve(path: Path) -> tuple[subprocess.Popen[str], str]:
    """A server on a free port, and its address."""
    command = [PEIJIAN, "serve", "--port", "0", "--database", str(path), "--per-second", "10000", "--at-once", "10000"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    for line in process.stderr:
        if found := re.search(r"http://[\d.:]+", line):
            return process, found[0]
    raise SystemExit("the server does not start")


def run(folder: Path) -> None:
    path, token = prepare(folder)
    process, address = serve(path)
    bare = folder / "bare.py"
    bare.write_text("import click\n@click.group()\ndef main(): pass\n@main.command()\ndef one(): pass\nmain()\n")
    sign = [PEIJIAN, "--server", address, "sign", CASE, "--verdict", "agree"]
    commands = {
        "bare click program": [sys.executable, str(bare), "one"],
        "peijian --help": [PEIJIAN, "--help"],
        "remote sign": sign,
        "": [PEIJIAN, "--server", address, "withdraw", CASE, "--reason", "-"],
        "remote case list": [PEIJIAN, "--server", address, "case", "list"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    environment = os.environ | {"PEIJIAN_TOKEN": token, "PEIJIAN_LANG": "zh"}
    try:
        for number in range(ROUNDS + 2):
            for name, command in commands.items():
                begun = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
                if number > 1:  # the first warm the server up
                    times[name].append(time.perf_counter() - begun)
    finally:
        process.terminate()
        process.communicate()
    floor = statistics.median(times["bare click program"])
    for name, found in ((name, found) for name, found in times.items() if name):
        median = statistics.median(found)
        print(f"{name}: {median * 1000:.0f} ms, {median / floor:.2f} ×")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="peijian-benchmark-") as name:
        run(Path(name))
