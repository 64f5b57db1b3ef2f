"""``doctor`` tries every channel, says in both languages what is wrong with it, and never shows a secret."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
from pathlib import Path

from program import REPO, SCRIPT, Place

SECRET = "hunter2-never-shown"
CHANNELS = """
channels:
  files: {{ kind: folder, path: outbox }}
  mail:
    kind: smtp
    host: 127.0.0.1
    port: {port}
    security: none
    from_address: peijian@office.example
    from_name: "配建管理"
    username: peijian
    password_env: MAIL_PASSWORD
    timeout_seconds: 1
  locked: {{ kind: wecom, robots: {{ housing: {{ url_file: robot }} }} }}
  province: {{ kind: webhook, url: "http://127.0.0.1:{port}/", secret_env: NOT_SET }}
"""


def configured(place: Place) -> tuple[str, int]:
    """A configuration with good and broken channels beside the office; the port is one at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    text = (REPO / "config.yaml").read_text(encoding="utf-8").partition("\nchannels:\n")[0]
    path = Path(place.folder) / "channels.yaml"
    path.write_text(text + CHANNELS.format(port=port), encoding="utf-8")
    return str(path), port


def test_the_doctor_finds_each_broken_channel_in_both_languages(office: Place) -> None:
    config, port = configured(office)
    robot = Path(office.folder) / "robot"
    robot.write_text(SECRET)
    robot.chmod(0o644)
    for language, word in (("zh", "通道"), ("en", "Channel")):
        done = office.run("--config", config, "--lang", language, "doctor", env={"MAIL_PASSWORD": SECRET})
        assert done.exit == 7, done.text
        assert done.text.count(word) == 3
        unfolded = "".join(done.text.split())
        assert f"127.0.0.1:{port}" in unfolded and "NOT_SET" in unfolded and robot.name in unfolded
        assert SECRET not in done.text and "Traceback" not in done.text
    done = office.run("--config", config, "doctor", "--json", env={"MAIL_PASSWORD": SECRET})
    codes = [finding["code"] for finding in json.loads(done.out)]
    assert [code for code in codes if code.startswith("channel_")] == [
        "channel_unreachable", "channel_secret_open", "channel_secret_missing",
    ]  # fmt: skip
    assert SECRET not in done.text


def test_an_office_as_it_comes_needs_no_channel_set_up(office: Place) -> None:
    done = office.call("doctor")
    assert done.exit == 0, done.text


def test_a_scheduler_tells_of_broken_channels_when_it_starts_and_goes_on(office: Place) -> None:
    config, _ = configured(office)
    command = [str(SCRIPT), "--config", config, "--lang", "en", "scheduler", "--every", "600"]
    with subprocess.Popen(
        command, cwd=office.folder, env=office.environment("en", None), stderr=subprocess.PIPE, text=True
    ) as started:
        assert started.stderr is not None
        told: list[str] = []
        while not any("Going round" in line for line in told):
            told.append(started.stderr.readline())
            assert told[-1], told
        while not sqlite3.connect(office.database).execute("SELECT 1 FROM heartbeat").fetchall():
            assert started.poll() is None
        started.terminate()
        rest = started.stderr.read()
    assert started.returncode == 0
    assert "NOT_SET" in "".join(told) and "MAIL_PASSWORD" in "".join(told)
    assert "Traceback" not in rest
