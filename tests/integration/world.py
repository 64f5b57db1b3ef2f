"""A real office on a real SQLite file or PostgreSQL server, its people, and the way to play a case through.

A :class:`World` counts what it saw acknowledged and refused, so that the journal can be held against it.
``prepare`` clears whatever the office itself says is in the way; ``drive`` goes on until a stage is reached.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import servers
from checker import check
from servers import Server
from sqlmodel import SQLModel

from states.errors import NotAllowed, Obstacle, PeijianError
from states.facts import Case
from states.project import Stage, forward_edge
from workflow import administration, clock, holdings, intake, journal, queries, settings, store
from workflow.files import Files
from workflow.office import Office
from workflow.results import CaseView, DelegationLine, Done, Verification

CONFIG = Path(__file__).parents[2] / "config.yaml"
START = datetime(2021, 3, 1, 9, 0, tzinfo=clock.ZONE)
CASE = "ZDPT-2021-0001"
PARCEL = "370303101012GB90001"

NR, HOUSING, EDUCATION, COMMERCE = "natural_resources", "housing", "education_sports", "commerce"
HEALTH, CIVIL = "health", "civil_affairs"
ASSETS, OFFICE, TOWN = "state_assets", "leading_group_office", "nanding"
#: Designated for the canteen: none of the six.
DESIGNATED = "development_reform"

PLACES = {"F1": "地块西南角", "F2": "7#楼首层", "F3": "3#楼裙房1层", "F4": "5#楼首层"}
#: What the land-supply review fills in, by facility.
DEALS: dict[str, dict[str, Any]] = {
    "F1": {
        "mode": "developer_builds_free_handover", "ownership": "government", "handover": "建成后无偿移交",
        "recipient": "区教体局", "handover_days": 30,
    },
    "F2": {
        "mode": "developer_builds_and_holds", "ownership": "investor", "handover": "由建设单位自持",
        "ownership_reason": "市场化经营", "ownership_basis": "开发建设条件第6条",
    },
    "F3": {
        "mode": "developer_builds_common_part", "ownership": "all_owners", "handover": "随住宅同步交付",
        "ownership_reason": "全体业主共有", "ownership_basis": "《民法典》第二百七十四条",
    },
}  # fmt: skip
DEALS["F4"] = DEALS["F1"] | {"recipient": "区卫健局"}
#: Kind of paper -> its number.
PAPERS = {
    "planning_conditions": "张自然资条字〔2021〕901号",
    "development_conditions": "张住建条字〔2021〕901号",
    "land_supply_conditions": "张自然资供字〔2021〕901号",
    "deal_confirmation": "示例成交2021-901",
    "allocation_decision": "示例划拨2021-901",
    "handover_agreement": "张配套协〔2021〕901号",
    "land_contract": "淄博01-2021-0901 / 3703032021B00901",
    "construction_planning_permit": "建字第370303202190001号",
    "construction_permit": "370303202103150101",
    "presale_application": "示例预售申请2021-901",
    "completion_acceptance_report": "示例竣工验收2021-901",
    "completion_filing": "示例竣工备案2021-901",
    "comprehensive_acceptance_certificate": "张综验〔2021〕901号",
    "district_government_decision": "张政决〔2021〕901号",
}
AGREEMENT_TEXT = "配套设施产权移交和使用管理协议（示例）".encode()
DEVELOPER = {"developer": "淄博示例甲置业有限公司", "developer_code": "91370303TEXT00010B"}
UNITS = {"gfa": ("gfa_m2", 100), "site": ("site_m2", 100), "classes": ("classes", 1), "seats": ("seats", 1)}


def opening(case: str = CASE, parcel: str = PARCEL, **changes: Any) -> dict[str, Any]:
    """The fields of ``case open`` for a small project: one facility of each ownership, one of them a canteen."""
    plan = {"substitute_basis": "GB 50180-2018"}
    spare = ("management", "elderly", "health", "sports")
    return {
        "case": case,
        "project": "清禾家园（示例）",
        "kind": "commodity_housing",
        "town": TOWN,
        "parcel": parcel,
        "households": 900,
        "regulatory_plan": "南定片区控制性详细规划",
        "facilities": [
            {"facility": "F1", "subtype": "kindergarten", "gfa_m2": "2200", "classes": 6, "design": "独立出入口"},
            {"facility": "F2", "subtype": "convenience_store", "gfa_m2": "80.50", "design": "首层临街"},
            {"facility": "F3", "subtype": "community_canteen", "gfa_m2": "200", "seats": 80, "design": "厨房排烟"},
        ],
        "decisions": [
            {"category": "education", "decision": "required", **plan},
            {"category": "commerce", "decision": "required", **plan},
            {"category": "canteen", "decision": "required"},
            *({"category": c, "decision": "not_required", "basis": "周边300米内已有", **plan} for c in spare),
        ],
        **changes,
    }


@dataclass
class World:
    """One office, the tokens of its people, and what they were told."""

    path: Path
    config: Path
    office: Office
    tokens: dict[str, str]
    moment: datetime = START
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    #: Where the database is a server's; ``path`` then only names a place for what lies beside it.
    server: Server | None = None
    url: str = ""

    def __post_init__(self) -> None:
        self.url = self.url or f"sqlite:///{self.path}"

    @property
    def stored(self) -> Path | str:
        """Where the judge reads the rows."""
        return self.url if self.server else self.path

    @classmethod
    def founded(cls, folder: Path, rehearsal: bool = False, server: Server | None = None) -> World:
        """A new database with a leader in every organisation, and clerks in three."""
        path, config = folder / "peijian.db", folder / "config.yaml"
        shutil.copyfile(CONFIG, config)
        url = server.new() if server else f"sqlite:///{path}"
        admin = administration.initialise(url, config, "root", None, START, rehearsal)
        assert admin
        world = cls(path, config, opened(url, config, path), {"admin": admin}, server=server, url=url)
        world.done[journal.OFFICE] += 1
        for organisation in settings.load(config).organisations:
            world.hire(organisation, organisation, "leader")
        for organisation in (NR, HOUSING, EDUCATION):
            world.hire(f"{organisation}.clerk", organisation, "clerk")
        return world

    def hire(self, name: str, organisation: str, level: str) -> None:
        self.office.now = lambda: self.moment
        self.tokens[name] = administration.add_account(self.office, self.tokens["admin"], name, organisation, level)
        self.done[journal.OFFICE] += 1

    def copied(self, folder: Path) -> World:
        """The same office in another folder, so that a case need not be played from the beginning again."""
        folder.mkdir(parents=True, exist_ok=True)
        path, config = folder / self.path.name, folder / self.config.name
        shutil.copyfile(self.config, config)
        if self.server:
            self.office.database.close()
            url = self.server.new(self.url)
        else:
            shutil.copyfile(self.path, path)
            url = f"sqlite:///{path}"
        office = opened(url, config, path)
        if self.office.files.folder.is_dir():
            shutil.copytree(self.office.files.folder, office.files.folder, dirs_exist_ok=True)
        other = World(path, config, office, dict(self.tokens), self.moment, server=self.server, url=url)
        other.done.update(self.done)
        other.refused.update(self.refused)
        other.office.now = lambda: other.moment
        return other

    def close(self) -> None:
        self.office.database.close()
        self.office.database.engine.dispose()

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What lies in the database, read past the program; ``?`` stands for a value."""
        if self.server:
            return [tuple(row.values()) for row in servers.rows(self.url, sql.replace("?", "%s"), *values)]
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return connection.execute(sql, values).fetchall()

    def dump(self) -> dict[str, list[str]]:
        """Every row of every table."""
        return {name: sorted(map(str, self.rows(f"SELECT * FROM {name}"))) for name in SQLModel.metadata.tables}

    def drop(self) -> None:
        """Close it for good, so that a server keeps no database of it."""
        self.close()
        if self.server:
            self.server.drop(self.url)

    def delegate(
        self, by: str, absent: str, deputy: str, first: int = 0, last: int = 0, *stages: str
    ) -> DelegationLine:
        """A delegation from so many days after today to so many."""
        days = ((self.moment + timedelta(days=number)).date().isoformat() for number in (first, last))
        terms = {"absent": absent, "deputy": deputy, "stages": stages, "document": "张办〔2021〕1号"}
        with self._counted():
            fields = {**terms, **dict(zip(("from_on", "to_on"), days, strict=True))}
            return administration.delegate(self.office, self.tokens[by], fields)

    def end_delegation(self, by: str, number: int) -> DelegationLine:
        with self._counted():
            return administration.end_delegation(self.office, self.tokens[by], number)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """What concerns no case, a minute after the last."""
        self.moment += timedelta(minutes=1)
        try:
            yield
        except NotAllowed:
            self.refused[journal.OFFICE] += 1
            raise
        self.done[journal.OFFICE] += 1

    # -- acting

    def do(self, by: str, command: str, /, **fields: Any) -> Done:
        """One action of an organisation (its leader), a minute after the last."""
        self.moment += timedelta(minutes=1)
        action = intake.build(command, {"case": CASE, **fields})
        try:
            done = self.office.perform(action, self.tokens[by])
        except NotAllowed as error:
            if error.code == "not_allowed":
                self.refused[action.case if self.look(action.case) else journal.OFFICE] += 1
            raise
        if not done.repeated:
            self.done[action.case] += 1
        return done

    def attempt(self, by: str, command: str, /, **fields: Any) -> Done | PeijianError:
        """The same, where a refusal is an answer too; anything but one of our own errors is a bug."""
        try:
            return self.do(by, command, **fields)
        except PeijianError as error:
            return error

    # -- looking

    def look(self, case: str = CASE) -> Case | None:
        with self.office.database.transaction() as tx:
            return store.load(tx, self.office.district, case)

    def case(self, case: str = CASE) -> Case:
        found = self.look(case)
        assert found is not None, case
        return found

    def view(self, case: str = CASE) -> CaseView:
        return queries.view(self.office, case)[0]

    def why(self, case: str = CASE) -> tuple[Obstacle, ...]:
        return self.view(case).obstacles

    def keys(self, case: str = CASE) -> set[str]:
        return {obstacle.key for obstacle in self.why(case)}

    def verified(self, checkpoint: dict[str, object] | None = None) -> Verification:
        """``journal verify`` without its reading of every stored configuration, which takes a third of a second."""
        with self.office.database.transaction() as tx:
            found = journal.verify(tx, self.office.district, checkpoint)
            beside = holdings.findings(tx, self.office.district, self.office.files)
        return found.model_copy(update={"findings": (*found.findings, *beside)})

    def violations(self) -> list[str]:
        """What the judge and the office's own verification find."""
        found = [f"verify: {finding.code} {finding.params}" for finding in self.verified().findings]
        return check(self.stored, self.done, self.refused) + found


def opened(url: str, config: Path, path: Path) -> Office:
    """The office as a process of its own opens it; everything but a server's rows lies beside ``path``."""
    office = administration.open_office(url, config)
    office.files = Files(path.with_name(path.name + ".files"))
    return office


class Stuck(Exception):
    """There is no way on that these tests know."""


def push(world: World, case: str = CASE) -> Done | PeijianError:
    """Try to take the way forward, whatever stands in it."""
    try:
        return leave(world, case)
    except PeijianError as error:
        return error


# -- what clears what ------------------------------------------------------------------------------------


def prepare(world: World, case: str = CASE, but: Iterable[str] = ()) -> None:
    """Clear everything the office names, except the obstacles (``code:subject``) or subjects in ``but``."""
    skipped = set(but)
    for _ in range(12):
        waiting = [o for o in world.why(case) if not {o.key, o.code, o.subject} & skipped]
        # Sign-offs last, so that nothing they saw changes under them.
        first = [o for o in waiting if not o.code.startswith(_ANSWERS)]
        if not waiting:
            return
        for obstacle in first or waiting:
            _clear(world, world.case(case), obstacle)
    raise Stuck(f"not cleared: {sorted(world.keys(case))}")


_ANSWERS = ("sign_off", "objection", "rectification_open")


def leave(world: World, case: str = CASE) -> Done:
    """Take the way forward."""
    facts = world.case(case)
    edge = forward_edge(facts.stage)
    if edge is None:
        raise Stuck(f"nothing leads out of {facts.stage}")
    return world.do(lead(facts), edge.action, case=case)


def lead(case: Case) -> str:
    """Who leads the present stage, as these tests know it; at handover and after, any competent department."""
    if case.stage in (Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.TERMINATED):
        return NR
    if case.stage in (Stage.HANDOVER, Stage.IN_USE):
        return competent(case, case.owed()[0].facility) or NR
    return HOUSING


def drive(world: World, case: str = CASE, upto: str = Stage.IN_USE) -> None:
    """Take a case forward until it stands in ``upto``; open it if there is none."""
    if world.look(case) is None:
        world.do(NR, "case open", **opening(case))
    while world.case(case).stage != upto:
        if upto == Stage.PRESALE and world.case(case).stage == Stage.CONSTRUCTION:
            ask_for_presale(world, case)
            return
        prepare(world, case)
        leave(world, case)


def ask_for_presale(world: World, case: str = CASE) -> None:
    """File the application and begin the consultation."""
    file_paper(world, "presale_application", case)
    world.do(HOUSING, "presale request", case=case, buildings="1#、2#楼", households=120)


def _unanswered(case: Case) -> list[int]:
    here = [i for i in case.items if case.stage == Stage.ACCEPTANCE and i.visit == case.visit]
    return [i.item for i in here if not i.answer]


def circulate(world: World, case: str = CASE) -> None:
    """Open a round, whichever way one opens now; nothing if one is open."""
    facts = world.case(case)
    if facts.round_is_open:
        return
    waiting = _unanswered(facts)
    if waiting:
        answers = [{"item": number, "answer": "已按要求整改"} for number in waiting]
        world.do(HOUSING, "acceptance report", case=case, answers=answers)
    else:
        world.do(lead(facts), "case circulate", case=case)


def sign(world: World, department: str, case: str = CASE, verdict: str = "agree", **fields: Any) -> Done:
    """A complete sign-off of one department; at the acceptance every own facility is judged good."""
    return world.do(department, "sign", **signature(world, department, case, verdict, **fields))


def signature(
    world: World, department: str, case: str = CASE, verdict: str = "agree", good: bool = True, **fields: Any
) -> dict[str, Any]:
    """The fields of a sign-off with everything its verdict needs."""
    facts = world.case(case)
    needed: dict[str, Any] = {
        "agree": {},
        "agree_with_conditions": {"conditions": [condition(world, facts.stage)]},
        "object": {"reason": "规模不足", "basis": "专项规划", "requested_change": "调整规模"},
        "not_involved": {"reason": "无本部门设施"},
    }[verdict]
    if facts.stage == Stage.ACCEPTANCE:
        own = [f.facility for f in facts.owed() if competent(facts, f.facility) == department]
        needed["judgements"] = [{"facility": f, "built_in_place": good, "meets_standard": good} for f in own]
    return {"case": case, "verdict": verdict, **needed, **fields}


SCAN = "盖章回复（示例）".encode()


def letter(world: World, department: str, verdict: str = "agree", number: str = "1", **fields: Any) -> dict[str, Any]:
    """The fields of a sign-off that the lead records for a department from a stamped letter of today."""
    paper = {"letter": f"示例复函〔2021〕{number}号", "letter_on": world.moment.date().isoformat()}
    paper["scan"] = {"name": "复函.pdf", "content": SCAN}
    return {**signature(world, department, verdict=verdict), "on_behalf_of": department, **paper, **fields}


def lift(world: World, obstacle: str, by: str = HOUSING) -> Done:
    """A decision on an obstacle."""
    return world.do(by, "decide", obstacle=obstacle, document="示例决〔2021〕1号", reason="已研究")


def propose(world: World, **terms: Any) -> Done:
    """A change request by the lead of the stage; smaller F1 unless something else is said."""
    said = terms or {"facilities": [{"facility": "F1", "gfa_m2": "2000"}]}
    return world.do(lead(world.case()), "change propose", reason="方案调整", document="示例变〔2021〕1号", **said)


#: Whom a change of the government's kindergarten concerns.
CONCERNED = (NR, HOUSING, EDUCATION, ASSETS)


def consent(world: World, change: int = 1, but: Iterable[str] = ()) -> None:
    for department in CONCERNED:
        if department not in but:
            world.do(department, "change consent", change=change, verdict="agree")


def condition(world: World, stage: str, due: str | None = None) -> dict[str, Any]:
    """A condition due at the next stage of the main path (or at ``due``)."""
    path = [s for s in Stage if s not in (Stage.PRESALE, Stage.IN_USE, Stage.TERMINATED)]
    ahead = [s for s in path if list(Stage).index(s) > list(Stage).index(Stage(stage))]
    day = (world.moment + timedelta(days=20)).date().isoformat()
    return {
        "text": "补充现状图",
        "responsible": "建设单位",
        "due_on": day,
        "due_stage": due or next(iter(ahead), stage),
    }


def competent(case: Case, facility: str) -> str | None:
    found = case.facility(facility)
    by_kind = {"kindergarten": EDUCATION, "convenience_store": COMMERCE, "health_service_station": HEALTH}
    return found.designated or by_kind.get(found.subtype)


def file_paper(world: World, kind: str, case: str = CASE, by: str | None = None, **fields: Any) -> Done:
    """File a paper dated today, by somebody who may."""
    issuers = {
        "development_conditions": HOUSING, "construction_planning_permit": NR, "construction_permit": HOUSING,
        "district_government_decision": "district_office",
    }  # fmt: skip
    filed = {"kind": kind, "reference": PAPERS[kind], "issued_on": world.moment.date().isoformat()}
    if kind == "handover_agreement":
        filed["file"] = {"name": "协议.txt", "content": AGREEMENT_TEXT}
    return world.do(by or issuers.get(kind) or lead(world.case(case)), "document add", case=case, **(filed | fields))


def scales(case: Case, facility: str) -> dict[str, Any]:
    """The scale a facility's requirement asks for, as an action gives it."""
    terms = case.requirement(facility)
    named = ((name, factor, getattr(terms, measure)) for measure, (name, factor) in UNITS.items())
    return {name: value if factor == 1 else f"{value / factor:.2f}" for name, factor, value in named if value}


def survey(world: World, command: str, facility: str, case: str = CASE, **changes: Any) -> Done:
    """Drawings or a measurement exactly as required, but for ``changes``."""
    found = {"location_as_required": True, **scales(world.case(case), facility), **changes}
    return world.do(HOUSING, command, case=case, facility=facility, **found)


def _clear(world: World, case: Case, obstacle: Obstacle) -> None:
    name, subject, detail = obstacle.code, obstacle.subject, dict(obstacle.detail)
    if name in _CLEAR:
        _CLEAR[name](world, case, subject, detail)
    elif name.startswith(_ANSWERS):
        circulate(world, case.id)
        sign(world, obstacle.who[0], case.id)
    elif name in ("drawings_missing", "drawings_short", "drawings_moved"):
        survey(world, "facility drawings", subject, case.id)
    elif name in ("measurement_missing", "measured_short", "built_elsewhere"):
        survey(world, "facility measure", subject, case.id)
    else:
        raise Stuck(f"nothing clears {obstacle}")


def _particular(world: World, case: Case, facility: str, detail: dict[str, str]) -> None:
    wanted = detail["particular"]
    if wanted in ("location", "scale", "design"):
        given: dict[str, Any] = {"location": PLACES[facility]}
        given |= {"gfa_m2": "150"} if wanted == "scale" else {"design": "首层"} if wanted == "design" else {}
    else:
        given = {k: v for k, v in DEALS[facility].items() if getattr(case.requirement(facility), k) is None}
    if any(getattr(case.requirement(facility), k, None) is None for k in (*given, wanted)):
        world.attempt(NR, "facility amend", case=case.id, facility=facility, reason="补充", **given)


def _hear(world: World, case: Case, kind: str, detail: dict[str, str]) -> None:
    world.do(
        NR, "hear", case=case.id, kind=kind, capacity="代表", opinion="support", disposition="noted", reply="已记录"
    )


def _decide(world: World, case: Case, category: str, detail: dict[str, str]) -> None:
    listed = category in {f.category for f in case.owed()}
    decided = {"decision": "required"} if listed else {"decision": "not_required", "basis": "周边已有"}
    world.do(NR, "facility decide", case=case.id, category=category, substitute_basis="GB 50180-2018", **decided)


def _register(world: World, case: Case, facility: str, detail: dict[str, str]) -> None:
    ownership = case.requirement(facility).ownership
    number = int(facility[1:])
    title = "共有登记备注" if ownership == "all_owners" else f"鲁（2022）淄博张店区不动产权第{number:07d}号"
    by = competent(case, facility)
    assert by
    world.do(
        by, "facility register", case=case.id, facility=facility, title=title, holder="权利人", ownership=ownership
    )


def _hand_over(world: World, case: Case, facility: str, detail: dict[str, str]) -> None:
    by = competent(case, facility)
    assert by
    recipient = case.requirement(facility).recipient
    world.do(
        by,
        "facility hand-over",
        case=case.id,
        facility=facility,
        deed="示例交接1",
        recipient=recipient,
        user="使用单位",
    )


_CLEAR: dict[str, Callable[[World, Case, str, dict[str, str]], object]] = {
    "case_suspended": lambda w, c, s, d: w.do(lead(c), "case resume", case=c.id, reason="恢复"),
    "no_competent_department": lambda w, c, s, d: w.do(
        OFFICE, "facility designate", case=c.id, facility=s, department=DESIGNATED, document="张配套办〔2021〕3号"
    ),
    "category_undecided": _decide,
    "category_without_facility": _decide,
    "category_contradicted": _decide,
    "special_plan_missing": _decide,
    "particular_missing": _particular,
    "ownership_unjustified": lambda w, c, s, d: w.do(
        NR, "facility amend", case=c.id, facility=s, reason="补充", ownership_reason="约定", ownership_basis="合同"
    ),
    "below_standard": lambda w, c, s, d: w.do(
        NR, "facility amend", case=c.id, facility=s, reason="达标", gfa_m2=f"{int(d['minimum']) / 100:.2f}"
    ),
    "hearing_missing": _hear,
    "hearing_unanswered": lambda w, c, s, d: w.do(
        NR, "answer", case=c.id, hearing=int(s), disposition="noted", reply="已记录"
    ),
    "document_missing": lambda w, c, s, d: file_paper(w, s, c.id),
    "file_missing": lambda w, c, s, d: file_paper(w, s, c.id),
    "developer_missing": lambda w, c, s, d: w.do(
        NR,
        "case amend",
        case=c.id,
        **DEVELOPER,
        reason="受让",
    ),
    "condition_open": lambda w, c, s, d: w.do(
        c.conditions[int(s) - 1].department, "condition discharge", case=c.id, condition=int(s), note="已落实"
    ),
    "not_reported_built": lambda w, c, s, d: w.do(
        HOUSING, "facility progress", case=c.id, facility=s, percent=100, built=True
    ),
    "not_handed_over": _hand_over,
    "user_missing": _hand_over,
    "other_recipient": _hand_over,
    "asset_entry_missing": lambda w, c, s, d: w.do(
        ASSETS, "facility asset-entry", case=c.id, facility=s, entry="示例资产1"
    ),
    "title_missing": _register,
    "registration_note_missing": _register,
    "other_owner": _register,
    "holder_missing": _register,
    "held_by_developer": _register,
}
