"""One command line that works for every command, with who types it and when: for the tests that try them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sheets
from program import CONFIG, EXAMPLE, Command, Completed, Place

from workflow import clock

OBJECTION = ("--verdict", "object", "--reason", "面积不足", "--basis", "供地条件", "--requested-change", "整改")
JUDGED = ("--judgement", "facility=P1-F4; built_in_place=yes; meets_standard=no")
ITEM = "facility=P1-F4; department=health; fact=面积不足; basis=供地条件; requirement=补足面积; deadline=2030-01-01"


@dataclass(frozen=True)
class Example:
    """``before`` are commands that make it possible, each with who types it."""

    command: Command
    by: str | None = None
    moment: str = "planning_joint_review"
    exit: int = 0
    before: tuple[tuple[str, Command], ...] = ()
    files: Mapping[str, str | bytes] = field(default_factory=dict)

    def prepared(self, place: Place) -> None:
        for name, content in self.files.items():
            place.write(name, content)
        for by, command in self.before:
            done = place.call(*command, token=by)
            assert done.exit == 0, (command, done.text)


def example(line: str, by: str | None = None, moment: str = "planning_joint_review", **more: object) -> Example:
    """``line`` is split at blanks, and ``options`` follow."""
    options = more.pop("options", ())
    assert isinstance(options, tuple)
    return Example((*line.split(), *options), by, moment, **more)  # type: ignore[arg-type]


_SIGNED_AGAINST = ("health", ("sign", "{case}", *OBJECTION, *JUDGED))
_ORDERED = ("housing", ("acceptance", "order", "{case}", "--reference", "张住建改字〔2022〕1号", "--item", ITEM))
_APPLIED = (
    "housing",
    ("document", "add", "{case}", "presale_application", "示例预售2021-9", "--issued-on", "2021-10-01"),
)
_RESTING = ("nr", ("case", "suspend", "{case}", "--reason", "等待批复"))

SCAN = {"scan.pdf": "盖章回复（示例）"}
_LETTER = ("--for", "education_sports", "--letter", "示例函1号", "--letter-on", "2020-08-01", "--file", "scan.pdf")
_RECORDED = ("nr", ("sign", "{case}", *_LETTER, "--verdict", "agree"))
_DRAFTED = ("housing_clerk", ("sign", "{case}", "--verdict", "agree"))
CHANGE = ("--facility", "facility=P1-F6; location=5#楼首层西侧", "--reason", "方案调整", "--document", "示例变1号")
PROPOSED = ("housing", ("change", "propose", "{case}", *CHANGE))
_CONSENTED = tuple(
    (by, ("change", "consent", "{case}", "1", "--verdict", "agree")) for by in ("nr", "housing", "commerce")
)


def calendar_file(year: int, **changes: str) -> dict[str, str]:
    """A year of the calendar as it is imported; ``changes`` are its other keys as they are written."""
    written = {"year": str(year), "source": "示例通知", "final": "true", "off": "[]", "worked": "[]", **changes}
    return {"year.yaml": "".join(f"{key}: {value}\n" for key, value in written.items())}


_DAYS = ("--from", "2026-01-01", "--to", "2099-12-31", "--document", "A-1")
DELEGATED = ("housing", ("delegation", "add", "--absent", "housing", "--deputy", "housing_clerk", *_DAYS))

BACKED_UP = ("admin", ("backup", "backup.tar"))
RESTORED = ("admin", ("restore", "backup.tar", "--database", "new.db"))

#: What has no end, and tests of its own (``test_serving.py``).
ENDLESS = ("serve",)

#: Every other command that works, by its path.
EXAMPLES: dict[str, Example] = {
    "demo": example("demo", moment="new"),
    "rehearse": example("rehearse yunling", moment="new"),
    "init": example("init"),
    "login": example("login --forget"),
    "whoami": example("whoami", "auditor"),
    "doctor": example("doctor"),
    "inbox": example("inbox", "nr"),
    "remind preview": example("remind preview --until 2099-01-01"),
    "remind run": example("remind run"),
    "remind list": example("remind list --failed"),
    "remind retry": example("remind retry --all", "admin"),
    "remind resume": example("remind resume --database new.db", "admin", before=(BACKED_UP, RESTORED)),
    "scheduler": example("scheduler --once"),
    "account add": example("account add somebody --org health --level clerk", "admin"),
    "account list": example("account list", "admin"),
    "account address": example("account address health health@example.com", "admin"),
    "account token": example("account token health --expires 2099-12-31", "admin"),
    "account close": example("account close auditor", "admin"),
    "config accept": example("config accept", "admin"),
    "backup": example("backup backup.tar", "admin"),
    "restore": example("restore backup.tar --database new.db", before=(BACKED_UP,)),
    "calendar show": example("calendar show 2026"),
    "calendar import": example("calendar import year.yaml", "admin", files=calendar_file(2027)),
    "calendar check": example(
        "calendar check",
        moment="new",
        files=calendar_file(clock.now().year),
        before=(("admin", ("calendar", "import", "year.yaml")),),
    ),
    "delegation add": example("delegation add --absent housing --deputy housing_clerk", "housing", options=_DAYS),
    "delegation list": example("delegation list", before=(DELEGATED,)),
    "delegation end": example("delegation end 1", "admin", before=(DELEGATED,)),
    "case open": example(f"case open {EXAMPLE}", "nr", "new"),
    "case import": example(
        "case import projects.xlsx --confirm", "housing", "new", files={"projects.xlsx": sheets.book()}
    ),
    "case list": example("case list"),
    "case show": example("case show {case}", moment="stale"),
    "case why": example("case why {case}", moment="objection", exit=3),
    "case plan": example("case plan {case}"),
    "case clock": example("case clock {case}", moment="in_use"),
    "case thread": example("case thread {case}", moment="in_use"),
    "case history": example("case history {case}", moment="in_use"),
    "case dossier": example("case dossier {case} --output dossier", moment="in_use"),
    "case schedule": example("case schedule --output schedule.xlsx"),
    "case diagram": example("case diagram {case}"),
    "case amend": example("case amend {case} --households 1700 --reason 更正", "nr"),
    "case circulate": example("case circulate {case}", "nr", "stale"),
    "case advance": example("case advance {case}", "nr", "planning_joint_review:ready"),
    "case return": example("case return {case} --reason 退回", "nr"),
    "case reopen": example("case reopen {case} --reason 调整", "nr", "land_supply_joint_review"),
    "case land-deal-failed": example("case land-deal-failed {case} --reason 流拍", "nr", "handover_agreement"),
    "case suspend": example("case suspend {case} --reason 等待批复", "nr"),
    "case resume": example("case resume {case} --reason 已批复", "nr", before=(_RESTING,)),
    "case terminate": example("case terminate {case} --reason 项目取消", "nr"),
    "case adopt-config": example(
        "case adopt-config {case} --reason 配置更新",
        "nr",
        files={"config.yaml": CONFIG.read_text(encoding="utf-8") + "\n# newer\n"},
        before=(("admin", ("config", "accept")),),
    ),
    "facility add": example("facility add {case} P1-F10 fitness_facility", "nr"),
    "facility amend": example("facility amend {case} P1-F1 --gfa-m2 3240 --classes 9 --reason 调整", "nr"),
    "facility remove": example("facility remove {case} P1-F9 --reason 合并", "nr"),
    "facility decide": example(
        "facility decide {case} canteen --decision not_required --basis 周边已有 --substitute-basis 示例", "nr"
    ),
    "facility designate": example(
        "facility designate {case} P1-F9 --department civil_affairs --document 张配套办〔2020〕4号",
        "leading_group_office",
    ),
    "facility drawings": example(
        "facility drawings {case} P1-F4 --gfa-m2 180 --location-as-required", "housing", "construction_permit"
    ),
    "facility progress": example("facility progress {case} P1-F4 --percent 50", "health", "under_construction"),
    "facility measure": example(
        "facility measure {case} P1-F4 --gfa-m2 181.5 --location-as-required", "housing", "completion_joint_acceptance"
    ),
    "facility hand-over": example(
        "facility hand-over {case} P1-F4 --deed 示例移交1 --recipient 区卫健局 --user 卫生服务站",
        "health",
        "property_handover",
    ),
    "facility register": example(
        "facility register {case} P1-F4 --title 鲁（2023）淄博张店区不动产权第0009999号 --ownership government",
        "health",
        "property_handover",
    ),
    "facility asset-entry": example(
        "facility asset-entry {case} P1-F4 --entry 示例资产9", "state_assets", "property_handover"
    ),
    "sign": example("sign {case} --verdict agree --text 同意", "education"),
    "issue": example("issue {case}", "housing", "completion_joint_acceptance", before=(_DRAFTED,)),
    "contest": example("contest {case} --reason 并非我局意见", "education", before=(_RECORDED,), files=SCAN),
    "decide": example(
        "decide {case} sign_off_missing:health --document 张配套办〔2020〕8号 --reason 逾期未回复",
        "leading_group_office",
    ),
    "change propose": example("change propose {case}", "housing", "construction_permit", options=CHANGE),
    "change consent": example(
        "change consent {case} 1 --verdict agree", "commerce", "construction_permit", before=(PROPOSED,)
    ),
    "change apply": example("change apply {case} 1", "housing", "construction_permit", before=(PROPOSED, *_CONSENTED)),
    "change withdraw": example(
        "change withdraw {case} 1 --reason 不再调整", "housing", "construction_permit", before=(PROPOSED,)
    ),
    "withdraw": example("withdraw {case} --reason 重新研究", "education", "objection"),
    "condition discharge": example("condition discharge {case} 1 --note 已落实", "civil", "objection"),
    "limit extend": example(
        "limit extend {case} L02 --by 5 --reason 需补充论证 --document 张自然资延〔2020〕1号", "nr"
    ),
    "duty list": example("duty list", "civil_affairs"),
    "duty done": example("duty done L33 --document 张民〔2020〕9号", "civil_affairs"),
    "hear": example("hear {case} --kind public --capacity 居民代表 --opinion oppose --text 担心噪声", "nr"),
    "answer": example("answer {case} 4 --disposition noted --reply 已记录", "nr", "objection"),
    "document add": example(
        "document add {case} planning_conditions 张自然资条字〔2020〕901号 --issued-on 2020-08-14 --file paper.txt",
        "nr",
        files={"paper.txt": "规划条件（示例）"},
    ),
    "document list": example("document list {case}", moment="in_use"),
    "document get": example("document get {case} {file}", moment="in_use"),
    "paper letter": example("paper letter {case} --department health --output paper.docx"),
    "paper sheet": example("paper sheet {case} --output paper.docx"),
    "paper form": example("paper form {case} --department health --output paper.docx"),
    "presale request": example(
        "presale request {case} --buildings 1#–6#楼 --households 840",
        "housing",
        "under_construction",
        before=(_APPLIED,),
    ),
    "presale clear": example("presale clear {case}", "housing", "presale_consultation:ready"),
    "presale withdraw": example("presale withdraw {case} --reason 建设单位撤回", "housing", "presale_consultation"),
    "acceptance trigger": example("acceptance trigger {case}", "housing", "under_construction:ready"),
    "acceptance order": example(
        "acceptance order {case} --reference 张住建改字〔2022〕1号",
        "housing",
        "completion_joint_acceptance",
        options=("--item", ITEM),
        before=(_SIGNED_AGAINST,),
    ),
    "acceptance report": example(
        "acceptance report {case}",
        "housing",
        "completion_joint_acceptance",
        options=("--answer", "item=1; answer=已补足"),
        before=(_SIGNED_AGAINST, _ORDERED),
    ),
    "acceptance certify": example("acceptance certify {case}", "housing", "completion_joint_acceptance:ready"),
    "acceptance revoke": example("acceptance revoke {case} --reason 发现问题", "housing", "property_handover"),
    "journal show": example("journal show"),
    "journal verify": example("journal verify"),
    "journal checkpoint": example("journal checkpoint"),
    "lifecycle check": example("lifecycle check"),
    "lifecycle diagram": example("lifecycle diagram"),
    "lifecycle table": example("lifecycle table"),
    "lifecycle actions": example("lifecycle actions"),
    "lifecycle rules": example("lifecycle rules"),
}


def perform(example: Example, place: Place, *more: str, **settings: object) -> Completed:
    """Prepare and run an example here; ``more`` are further options."""
    example.prepared(place)
    command = tuple(word.replace("{file}", str(_document_with_file(place))) for word in example.command)
    return place.call(*command, *more, token=example.by, **settings)  # type: ignore[arg-type]


def _document_with_file(place: Place) -> int:
    if not place.database.exists():
        return 0
    found = [row for row in place.contents()["documents"] if any(str(cell).endswith(".txt") for cell in row)]
    if not found:
        return 0
    listed = place.call("document", "list", "{case}", "--json").json()
    return next(paper["number"] for paper in listed if paper["filename"])
