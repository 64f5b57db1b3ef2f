"""Checks a dossier of Peijian where it lies, with nothing but Python 3.9: ``python3 verify.py``.

核验本卷宗：只需 Python 3.9 以上，在本文件夹中运行 ``python3 verify.py``。通过返回 0，发现问题返回 1。

What it can find: any file altered, missing or added; an entry of the journal altered, missing or out of
order; a document or a snapshot that is not the one the facts name; rows that are not those the last entry
vouches for. What nobody can find from the folder alone: that everything, this program included, was made anew.
Therefore compare the hash of the last entry, printed at the end, with a checkpoint that was kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys

MODULUS = 1 << 2048


def check(folder):
    """Yields (Chinese, English) for everything wrong with the dossier in ``folder``."""
    try:
        yield from check_sums(folder)
        index, facts = (json.loads(read(folder, name)) for name in ("index.json", "facts.json"))
        rows = {name: as_dicts(table) for name, table in facts["tables"].items()}
        entries = read(folder, "journal.jsonl").decode("utf-8").split("\n")[:-1]
        yield from check_journal(index, entries)
        yield from check_digest(facts, entries)
        yield from check_contents(folder, index, rows)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        yield f"卷宗无法读取：{error!r}", f"the dossier cannot be read: {error!r}"


def read(folder, name):
    with open(os.path.join(folder, *name.split("/")), "rb") as file:
        return file.read()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def as_dicts(table):
    return [{column: row[n] for n, column in enumerate(table["columns"])} for row in table["rows"]]


def check_sums(folder):
    """Every file is the one that was written, and there is no other."""
    try:
        lines = read(folder, "SHA256SUMS").decode("utf-8").split("\n")
    except (OSError, ValueError):
        lines = []
    if len(lines) < 2 or lines.pop() != "" or any(line[64:66] != "  " for line in lines):
        yield "SHA256SUMS 缺失或损坏", "SHA256SUMS is missing or damaged"
    listed = {line[66:]: line[:64] for line in lines}
    present = {
        os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
        for place, _, names in os.walk(folder)
        for name in names
    }
    for name in sorted(set(listed) - present):
        yield f"文件缺失：{name}", f"file missing: {name}"
    for name in sorted(present - set(listed) - {"SHA256SUMS"}):
        yield f"多出文件：{name}", f"file not listed: {name}"
    for name in sorted(present & set(listed)):
        if sha256(read(folder, name)) != listed[name]:
            yield f"文件已改动：{name}", f"file altered: {name}"


def check_journal(index, entries):
    """Each line is the text that was hashed; each entry names the hash of the one before."""
    previous = ""
    for number, line in enumerate(entries, 1):
        entry = json.loads(line)
        if (entry["district"], entry["subject"]) != (index["district"], index["case"]):
            yield f"第 {number} 条日志不属于本项目", f"entry {number} belongs to another case"
        if entry["entry"] != number:
            yield f"缺少第 {number} 条日志", f"entry {number} is missing"
            return
        if entry["previous"] != previous:
            yield f"第 {number} 条日志与上一条不衔接", f"entry {number} does not follow from the one before it"
        previous = sha256(line.encode("utf-8"))
    if (len(entries), previous) != (index["last_entry"], index["last_hash"]) or not entries:
        yield "日志末条与目录不符", "the journal does not end with the entry that the index names"


def check_digest(facts, entries):
    """The rows are those that the last entry vouches for: the sum of the hashes of all rows."""
    last = json.loads(entries[-1])
    if facts["scheme"] != 1 or last["scheme"] != 1:
        yield "摘要方案未知，无法核对", "the digest is of a scheme that this program does not know"
        return
    total = 0
    for name, table in facts["tables"].items():
        for position, values in enumerate(table["rows"], 1):
            text = json.dumps([name, position, values], ensure_ascii=False, separators=(",", ":"))
            total += int.from_bytes(hashlib.shake_256(text.encode("utf-8")).digest(256), "big")
    if f"{total % MODULUS:0512x}" != last["digest"]:
        yield "台账数据与末条日志不符", "the facts are not those that the last entry vouches for"


def check_contents(folder, index, rows):
    """Documents and snapshots are those that the facts name."""
    if [row["id"] for row in rows["cases"]] != [index["case"]]:
        yield "台账数据不属于本项目", "the facts belong to another case"
    for name, number, digest in named_files(rows):
        if not is_file(folder, index["files"].get(digest, ""), digest):
            yield f"{name} 第 {number} 行的附件与台账不符", f"{name}, row {number}: not the file that the facts name"
    for row in rows["sign_offs"]:
        if not is_file(folder, f"snapshots/{row['remit']}.json", row["remit"]):
            yield f"意见 {row['number']} 签署时所见内容不符", f"what sign-off {row['number']} saw is missing or altered"


def named_files(rows):
    for name, table in rows.items():
        for number, row in enumerate(table, 1):
            if row.get("file"):
                yield name, number, row["file"]


def is_file(folder, name, digest):
    try:
        return sha256(read(folder, name)) == digest
    except OSError:
        return False


def main():
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    folder = os.path.dirname(os.path.abspath(__file__))
    problems = list(check(folder))
    for chinese, english in problems:
        print(f"✗ {chinese} | {english}")
    if problems:
        print(f"核验未通过：{len(problems)} 处 | not in order: {len(problems)} problems")
        return 1
    index = json.loads(read(folder, "index.json"))
    print(f"✓ 核验通过 | in order: {index['case']}")
    print(f"  末条日志 | last entry: {index['last_entry']} {index['last_hash']}")
    print("  请与另存的检查点核对 | compare it with a checkpoint that was kept elsewhere")
    return 0


if __name__ == "__main__":
    sys.exit(main())
