"""What README and docs show is what happens: every block is played, every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from cpsl_dev.cli.main import cpsl
from cpsl_dev.debug.routes import ROUTES
from cpsl_dev.tui.actions import ACTIONS, COMMANDS
from cpsl_dev.tui.key_names import key_name
from tests.docs.blocks import Block, read_blocks
from tests.docs.playing import REPOSITORY, Page

DOCS = REPOSITORY / "docs"
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    REPOSITORY / "CHANGELOG.md",
    *sorted(DOCS.glob("*.md")),
]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@by_page
def test_every_block_does_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    blocks = read_blocks(page)
    fences = re.findall(r"^ *```", page.read_text("utf-8"), re.MULTILINE)
    assert len(fences) == 2 * len([block for block in blocks if block.language is not None])

    played = []
    with Page(tmp_path) as project:
        if page.name == "README.md":
            project.use_examples()
        for block in blocks:
            project.play(block)
            played.append(block)

    assert played == blocks


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    blocks = [block for page in PAGES for block in read_blocks(page)]
    left_out = [block.place.partition(":")[0] for block in blocks if block.kind == "not"]

    assert len(blocks) > 60
    assert left_out == NOT_RUN


# A page that leaves a block out is named here, once for each.
NOT_RUN = [
    "README.md",
    "CONTRIBUTING.md",
    "architecture.md",
    "architecture.md",
    "debugging.md",
    "debugging.md",
    "quickstart.md",
]


@by_page
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = [link for link in _LINK.findall(page.read_text("utf-8")) if "://" not in link]

    wrong = [target for target in targets if not _is_there(page, target)]

    assert not wrong


def _is_there(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return False
    return not anchor or anchor in {_anchor(title) for title in _HEADING.findall(file.read_text())}


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_every_page_is_listed_in_the_index() -> None:
    listed = set(_LINK.findall((DOCS / "index.md").read_text("utf-8")))

    assert {page.name for page in DOCS.glob("*.md")} - {"index.md"} <= listed


def test_the_page_of_commands_names_every_command_and_option() -> None:
    text = (DOCS / "cli-and-keys.md").read_text("utf-8")
    context = click.Context(cpsl)
    names = {f"cpsl {name}" for name in cpsl.list_commands(context)}
    for name in cpsl.list_commands(context):
        command = cpsl.get_command(context, name)
        assert command is not None
        options = [item for item in command.params if isinstance(item, click.Option)]
        names |= {spelling for option in options for spelling in option.opts}

    assert not {name for name in names if f"`{name}" not in text}


def test_the_page_of_commands_names_every_option_of_dev_with_its_variable() -> None:
    text = (DOCS / "cli-and-keys.md").read_text("utf-8")
    command = cpsl.get_command(click.Context(cpsl), "dev")
    assert command is not None
    variables = {str(item.envvar) for item in command.params if item.envvar}

    assert len(variables) > 10
    assert not {name for name in variables if f"`{name}`" not in text}


def test_the_page_of_keys_names_every_action_with_its_keys() -> None:
    text = (DOCS / "cli-and-keys.md").read_text("utf-8")
    listed = [action for action in ACTIONS if action.keys and action.is_listed]
    actions = [(action.title, key_name(action.keys)) for action in listed]

    missing = [pair for pair in actions if not re.search(_row(pair[1], pair[0]), text)]

    assert not missing


def test_the_page_of_keys_names_every_slash_command() -> None:
    text = (DOCS / "cli-and-keys.md").read_text("utf-8")

    assert not [command.usage for command in COMMANDS if f"`{command.usage}`" not in text]


def _row(keys: str, title: str) -> str:
    shown = keys.replace("^", "ctrl+").lower() if len(keys) > 1 else keys
    return rf"\|[^|]*`{re.escape(shown)}`[^|]*\| {re.escape(title)}"


def test_the_page_of_the_endpoint_names_every_route() -> None:
    text = (DOCS / "debug-endpoint.md").read_text("utf-8")

    assert not [route for route in ROUTES if f"`{route.method} {route.path}" not in text]


def test_the_page_of_the_endpoint_names_every_kind_of_event() -> None:
    text = (DOCS / "debug-endpoint.md").read_text("utf-8")
    source = "".join(path.read_text("utf-8") for path in (REPOSITORY / "cpsl_dev").rglob("*.py"))
    groups = (
        "server|reload|worker|boot|session|message|turn|reply|notification|block|data|output|log"
        "|client|stream|store"
    )
    kinds = set(re.findall(rf'(?:record|_say|_draft|tx\.record)\(\s*"((?:{groups})\.\w+)"', source))

    assert len(kinds) > 15
    assert not {kind for kind in kinds if f"`{kind}`" not in text}


def test_a_block_without_a_comment_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nprint()\n```\n", "utf-8")

    with pytest.raises(ValueError, match=r"page\.md:1: the block has no test comment"):
        read_blocks(page)


def test_a_block_that_does_not_end_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- test: python -->\n```python\nprint()\n", "utf-8")

    with pytest.raises(ValueError, match=r"page\.md:2: the block does not end"):
        read_blocks(page)


@pytest.mark.parametrize(
    ("kind", "argument", "text", "match"),
    [
        ("chat", "", "you: hello\napp: Goodbye.\n", "hello"),
        ("run", "", "$ cpsl send hello\nGoodbye.\n", "echo hello"),
        ("answer", "", '{"status": "down"}\n', "not 'down'"),
        ("http", "404", "GET /health\n", "200, not 404"),
        ("patch", "app.py", "-nothing of the kind\n+something\n", "does not fit"),
        ("patch", "app.py fails", '-name="echo"\n+name="other"\n', "does not fit"),
        ("python", "", "raise SystemExit(3)\n", "page"),
        ("output", "", "nothing\n", "page"),
        ("pytest", "test_it.py", "def test_it(): assert False\n", "1 failed"),
        ("pytest", "test_none.py", "x = 1\n", "no tests ran"),
        ("not", "run: why", "", "say why"),
        ("nonsense", "", "", "no test of kind"),
    ],
)
def test_a_page_that_shows_what_is_not_so_is_noticed(
    tmp_path: Path, kind: str, argument: str, text: str, match: str
) -> None:
    (tmp_path / "app.py").write_text(_ECHO, "utf-8")
    wrong = _block(kind, argument, text)

    before = {"answer": ("http", "GET /health\n"), "output": ("python", "print('something')\n")}
    with Page(tmp_path) as project:
        if kind in before:
            project.play(_block(before[kind][0], "200", before[kind][1]))
        with pytest.raises(AssertionError, match=match):
            project.play(wrong)


def _block(kind: str, argument: str, text: str) -> Block:
    return Block(
        page=Path("page"), line=1, kind=kind, argument=argument, language="text", text=text
    )


_ECHO = """
import cpsl

app = cpsl.App(name="echo", image=cpsl.Image())


@app.message()
async def handle(session: cpsl.Session, msg: cpsl.Message) -> None:
    await session.reply(f"echo {msg.text}")
"""
