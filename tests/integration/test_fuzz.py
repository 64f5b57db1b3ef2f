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
#: Requests of an operation, right ones and wrong ones each; and in the long form.
EACH, EACH_LONG = 7, 100
#: What all parts together make at least, in the short form.
CALLS = 10_000

KNOWN_CASES = (CASE, "ZDPT-2021-0002", "ZDPT-2021-0003")
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
        ended = administration.replace_token(world.office, world.tokens["admin"], "expired", "2021-03-31")
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

    def ask(self, case: Case, name: str) -> None:
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

    def _always(self, response: Response) -> None:
        assert response.status_code < 500, response.text
        assert ON_EVERY_ANSWER.keys() | {"x-request-id"} <= response.headers.keys()
        if response.status_code >= 400:
            assert response.headers["content-type"] == ["application/problem+json"]
            assert response.json()["status"] == response.status_code

    def _nothing_told(self, response: Response, name: str) -> None:
        assert (response.status_code, response.json()["error"]) == (401, CODES[name])
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
        if "case" in case.path_parameters and len(found) % 2:
            case.path_parameters["case"] = KNOWN_CASES[len(found) // 2 % len(KNOWN_CASES)]
        found.append(case)

    collect()
    return found


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
