"""The command line: python -m s2s VERB. One line in, one line out, so that it works in pipes.

Exit codes: 0 fine, 2 the user's mistake (one clear message, no traceback), 1 anything else.
"""

import sys
from typing import Annotated

import typer

from s2s.cli.comparing import compare, exposure, grid
from s2s.cli.linking import align
from s2s.cli.listening import transcribe
from s2s.cli.making import emergence, prepare, train
from s2s.cli.sharing import export, pull, push, push_space
from s2s.cli.talking import chat
from s2s.cli.using import evaluate, measure, plot, translate
from s2s.errors import S2SError
from s2s.models import find_models

app = typer.Typer(
    help="Attention Seq2Seq models that can be seen at work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for verb in (
    translate,
    transcribe,
    chat,
    evaluate,
    plot,
    align,
    prepare,
    train,
    compare,
    grid,
    emergence,
    exposure,
    export,
    pull,
    push,
    push_space,
):
    app.command()(verb)
app.command(name="benchmark")(measure)


@app.command()
def models() -> None:
    """List the checkpoints at hand: name, languages, description."""
    for name, description in find_models().items():
        languages = f"{description.source_language}→{description.target_language}"
        print(f"{name}\t{languages}\t{description.description}")


@app.command()
def serve(
    replicas: Annotated[int, typer.Option(help="Processes that search, behind Ray Serve; 0: the page's own.")] = 0,
) -> None:
    """Start the page (settings: the environment variables S2S_…, see README)."""
    from s2s.page import launch_page  # Gradio takes seconds to load; the other verbs do without it

    launch_page(replicas)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except S2SError as error:
        print(f"s2s: {error}", file=sys.stderr)
        sys.exit(2)
