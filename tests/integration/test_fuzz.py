"""The description of the service, taken at its word: thousands of requests, right and wrong, by every kind of account.

Each request is made by everybody. Whatever it is, the answer is one that the description knows; nobody gets in
without a good token; and whoever may not write has written nothing but the note that it was tried.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import schemathesis
from doors import ON_EVERY_ANSWER, Door, guarded
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.transport import Response
from schemathesis.python import asgi
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance
from world import CASE, HEALTH, HOUSING, NR, World, circulate, drive, opening

from service.openapi import document
from states.project import Stage
from workflow import administration
from workflow import settings as configuration

#: In how many parts it runs, so that several processes share the work.
PARTS = 4
#: Requests of an operation, right ones and wrong ones each; and in the long endpoint.
EACH, EACH_LONG = 7, 100
#: What all parts together make at least, in the short endpoint.
CALLS = 10_000

KNOWN_CASES = (CASE, "ZDPT-2021-0002", "ZDPT-2021-0003")
#: What is there, by the field that names it.
KNOWN = {"facility": "F1", "department": HOUSING, "category": "education", "kind": "handover_agreement", "to": NR}
READERS, STRANGERS = ("auditor",), ("closed", "revoked", "expired", "unknown", "nobody")
WRITERS = ("admin", NR, f"{NR}.clerk", HOUSING)
EVERYBODY = (*READERS, *STRANGERS, *WRITERS)
OPEN = {"/health", "/ready"}
CODES = {
    "closed": "account_closed", "revoked": "token_revoked", "expired": "token_expired", "unknown": "bad_token",
    "nobody": "no_account",
}  # fmt: skip


def _schema() -> Any:
    """The description without its security: who asks is our business here."""
    open_to_all = {name: value for name, value in document().items() if name != "security"}
    return schemathesis.openapi.from_dict(json.loads(json.dumps(open_to_all)))


OPERATIONS: list[APIOperation[Any, Any, Any, Any]] = [found.ok() for found in _schema().get_all_operations()]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An office with cases at three stages, and with everybody who asks."""
    folder = tmp_path_factory.mktemp("fuzz")
    with mock.patch.object(configuration, "parse", cache(configuration.parse)):
        world = World.founded(folder)
        drive(world, upto=Stage.ACCEPTANCE)
        for number, case in enumerate(KNOWN_CASES[1:], 2):
            world.do(NR, "case open", **opening(case, f"370303101012GB9000{number}"))
        circulate(world, KNOWN_CASES[1])
        for name in READERS + STRANGERS[:3]:
            world.hire(name, HEALTH, "auditor" if name in READERS else "leader")
        administration.close_account(world.office, world.tokens["admin"], "closed")
        administration.revoke_token(world.office, world.tokens["admin"], "revoked")
        ended, _ = administration.replace_token(world.office, world.tokens["admin"], "expired", "2021-03-31")
        world.tokens |= {"expired": ended, "unknown": "x" * 43}
        yield world
        world.close()


@dataclass
class Judge:
    """Asks for somebody, and holds the answer against the description."""

    world: World
    door: Door
    calls: Counter[str] = field(default_factory=Counter)
    #: what each stranger was told, whatever was asked
    told: dict[str, set[bytes]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    def ask(self, case: Case, name: str) -> Response:
        token = self.world.tokens.get(name)
        session = asgi.get_client(self.door.app)
        headers = {"Authorization": f"Bearer {token}"} if token else None
        response = case.call(base_url="http://testserver", session=session, headers=headers)
        self.calls[name] += 1
        self.statuses[response.status_code] += 1
        case.validate_response(response, excluded_checks=[positive_data_acceptance])
        self._always(response)
        if name in STRANGERS and case.operation.path not in OPEN:
            self._nothing_told(response, name)
        return response

    def _always(self, response: Response) -> None:
        assert response.status_code < 500, response.text
        assert ON_EVERY_ANSWER.keys() | {"x-request-id"} <= response.headers.keys()
        if response.status_code >= 400:
            assert response.headers["content-type"] == ["application/problem+json"]
            assert response.json()["status"] == response.status_code

    def _nothing_told(self, response: Response, name: str) -> None:
        assert (response.status_code, response.json()["error"]) == (401, CODES[name]), response.request.url
        self.told.setdefault(name, set()).add(response.content)


def can_be_wrong(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Whether a request can say more than what it is about, which may be any text."""
    return bool(operation.query or operation.headers or operation.body)


def drawn(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, number: int) -> list[Case]:
    """So many requests, or all that there are; every other one about a case that is there."""
    found: list[Case] = []

    @settings(
        max_examples=number, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        if len(found) % 2:
            _put_in_place(case, KNOWN_CASES[len(found) // 2 % len(KNOWN_CASES)])
        found.append(case)

    collect()
    return found


def _put_in_place(case: Case, known: str) -> None:
    """Let it be about what is there, so that it comes further than the first look."""
    if "case" in case.path_parameters:
        case.path_parameters["case"] = known
    fields = case.body.get("fields", case.body) if isinstance(case.body, dict) else {}
    if isinstance(fields, dict):
        fields |= {name: KNOWN[name] for name in KNOWN.keys() & fields.keys() if isinstance(fields[name], str)}


def written(world: World) -> dict[str, Any]:
    """Every row and file, but for what is noted of refused attempts."""
    rows = world.dump()
    noted = world.rows("SELECT * FROM journal WHERE outcome = 'refused'")
    rows["journal"] = sorted(set(rows["journal"]) - set(map(str, noted)))
    return {**rows, "files": sorted(world.office.files.names())}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_request_by_everybody(
    busy: World, memory_folder: Path, part: int, mode: GenerationMode, long_form: bool
) -> None:
    world = busy.copied(memory_folder)
    judge = Judge(world, Door(guarded(world)))
    asked = [o for o in OPERATIONS if mode == GenerationMode.POSITIVE or can_be_wrong(o)]
    for operation in asked[part::PARTS]:
        cases = drawn(operation, mode, EACH_LONG if long_form else EACH)
        before = written(world)
        for name in READERS + STRANGERS:
            for case in cases:
                judge.ask(case, name)
        assert written(world) == before, operation.label
        for name in WRITERS:
            for case in cases:
                judge.ask(case, name)
    assert world.verified().findings == ()
    assert judge.told.keys() == set(STRANGERS) and all(len(told) == 1 for told in judge.told.values())
    assert {401, 422} | ({200, 403, 404} if mode == GenerationMode.POSITIVE else set()) <= judge.statuses.keys()
    assert judge.calls.keys() == set(EVERYBODY) and len(set(judge.calls.values())) == 1
    assert judge.calls.total() >= CALLS / (2 * PARTS), judge.calls
    judge.door.runner.close()
    world.close()


#: What is done, in this order, each by somebody who may: the words of the command, what it is about, and the fields.
DONE: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (HOUSING, "sign", KNOWN_CASES[1], {"verdict": "agree"}),
    (HOUSING, "withdraw", KNOWN_CASES[1], {"reason": "示例"}),
    (HOUSING, "sign", KNOWN_CASES[1], {"verdict": "object", "reason": "示例", "basis": "示例",
                                     "requested_change": "示例"}),
    (NR, "facility/amend", KNOWN_CASES[1], {"facility": "F1", "gfa_m2": "2300", "reason": "示例"}),
    (NR, "case/circulate", KNOWN_CASES[2], {}),
    (NR, "document/add", KNOWN_CASES[2], {"kind": "planning_conditions", "reference": "示例〔2021〕1号",
                                           "issued_on": "2021-03-01"}),
    (NR, "case/suspend", KNOWN_CASES[2], {"reason": "示例"}),
    (NR, "case/resume", KNOWN_CASES[2], {"reason": "示例"}),
    (HOUSING, "form/check", "", {"action": "sign", "known": {"case": KNOWN_CASES[1]}}),
    ("admin", "account/add", "new", {"organisation": HEALTH, "level": "clerk", "expires": "2099-12-31"}),
    ("admin", "account/address", "new", {"address": "new@office.example"}),
    ("admin", "account/token", "new", {}),
    ("admin", "account/token", "new", {"revoke": True}),
    ("admin", "account/close", "new", {}),
    (HOUSING, "delegation/add", "", {"absent": HOUSING, "deputy": f"{HOUSING}.clerk", "from_on": "2021-03-01",
                                     "to_on": "2099-12-31", "document": "示例〔2021〕2号"}),
    (HOUSING, "delegation/end", "1", {}),
)  # fmt: skip


def test_what_is_done_is_answered_as_described(busy: World, memory_folder: Path) -> None:
    """Tried first where it can be tried; drawn requests seldom come so far."""
    world = busy.copied(memory_folder)
    judge = Judge(world, Door(guarded(world)))
    by_path = {operation.path.partition("/{")[0]: operation for operation in OPERATIONS}
    for name, words, about, fields in DONE:
        operation = by_path[f"/v1/{words}"]
        place = {operation.path.rpartition("{")[2][:-1]: about} if about else {}
        for query in ({"dry_run": "true"}, {}) if "dry_run" in operation.query else ({},):
            case = operation.Case(path_parameters=place, query=query, body=fields, media_type="application/json")
            before = written(world)
            answer = judge.ask(case, name)
            assert answer.status_code == 200, (words, answer.text)
            assert (written(world) == before) == (query != {} or words == "form/check"), words
    assert judge.calls.total() >= len(DONE) + 7, "actions were tried first"
    judge.door.runner.close()
    world.close()
