"""What docs/hub.md and docs/space.md say, tried word by word against the double."""

import re
import shlex

import pytest
from huggingface_hub import constants

from s2s.models import EMBEDDED
from s2s.page.settings import read_settings
from s2s.translator import Translator

DOCS = EMBEDDED.parent / "docs"
PIPE = re.compile(r'(?:echo "(?P<line>.*)" \| )?(?P<offline>HF_HUB_OFFLINE=1 )?python -m s2s (?P<command>.*)')


def section(guide, heading):
    """The commands of a section, as they stand."""
    text = (DOCS / guide).read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^    ((?:echo|python|HF_).*)$", text, flags=re.MULTILINE)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of somebody who follows the guide."""
    (tmp_path / "checkpoints").symlink_to(EMBEDDED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def follow(hub, logged_in, here, run, monkeypatch):
    """Runs the commands of a section one after the other; what each of them wrote, by command."""

    def call(guide, heading):
        written = {}
        for command in section(guide, heading):
            parts = PIPE.fullmatch(command)
            with monkeypatch.context() as patch:
                patch.setattr(constants, "HF_HUB_OFFLINE", bool(parts["offline"]))
                asked = len(hub.requests)
                code, output, said = run(*shlex.split(parts["command"]), stdin=f"{parts['line'] or ''}\n")
                assert code == 0, said
                assert output.strip(), command
                assert not parts["offline"] or len(hub.requests) == asked
            written[command] = output
        return written

    return call


@pytest.fixture
def published(follow):
    """The model of the guide, on the Hub."""
    return follow("hub.md", "Publish your model")


@pytest.fixture(scope="module")
def answer():
    """What the model of the guide makes of its line."""
    return Translator.load(EMBEDDED / "en-fr").translate("I love you.").target + "\n"


def test_publish_your_model(published, hub):
    repository = hub.repositories["ada/en-fr"]
    assert set(repository.branches) == {"main", "next"}
    assert [len(output.splitlines()) > 5 for output in published.values()] == [True, False, False]


def test_use_one(published, follow, answer, capsys):
    for output in follow("hub.md", "Use one").values():
        assert output == answer
    [code] = re.findall(r"```python\n(.*?)```", (DOCS / "hub.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    exec(code, {})
    assert capsys.readouterr().out == answer


def test_copy_one_to_a_folder(published, follow, here):
    follow("hub.md", "Copy one to a folder")
    assert {path.name for path in (here / "models").iterdir()} == {"en-fr", "en-fr-next"}


def test_use_it_offline(published, follow, answer):
    first, *others = follow("hub.md", "Use it offline").values()
    assert first.startswith("models/offline\t")
    assert others == [answer] * 2


def test_host_it_as_a_space(follow, hub, here):
    shown, written, sent, private = follow("space.md", "Host it as a Space").values()
    files = {line.split("\t")[0] for line in shown.splitlines() if "\t" in line}
    there = {path.relative_to(here / "spaces/seen") for path in (here / "spaces/seen").rglob("*") if path.is_file()}
    assert files == {path.as_posix() for path in there}
    assert (written, sent) == ("spaces/seen\n", f"{hub.url}/spaces/ada/seen\n")
    assert private == f"{hub.url}/spaces/ada/mine\n"
    assert hub.repositories["spaces/ada/mine"].private
    assert hub.repositories["spaces/ada/mine"].variables == {"S2S_MODELS": "ada/en-fr@next"}


def test_which_models_it_offers(monkeypatch):
    [setting] = re.findall(r"^    S2S_MODELS=(.*)$", (DOCS / "space.md").read_text(encoding="utf-8"), re.MULTILINE)
    monkeypatch.setenv("S2S_MODELS", setting)
    assert read_settings().models == ("ada/en-fr", "ada/en-fr@next")
