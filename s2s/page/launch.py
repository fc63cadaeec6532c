"""Builds the page and starts its server, hardened for the open internet."""

import os
import signal
from importlib.util import find_spec
from types import FrameType

import gradio as gr

from s2s.colours import ACCENT, INK
from s2s.errors import S2SError
from s2s.memory import use_few_arenas
from s2s.page import about, chapter, compare, engine, inside, programs, records, serving, tasks, train, translate
from s2s.page.limits import LIMITS
from s2s.page.parts import part
from s2s.page.sessions import Sessions
from s2s.page.settings import PageSettings
from s2s.page.words import ENGLISH, TRANSLATIONS, word

TABS = {
    "tab_translate": translate.build,
    "tab_inside": inside.build,
    "tab_compare": compare.build,
    "tab_tasks": tasks.build,
    "tab_train": train.build,
    "tab_about": about.build,
}
"""The screens by the word on their tab, in their order."""


GRADIO = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
}
"""Gradio tells nobody of this page, and makes no statistics: by default it does after every answer, of the last 10,000,
so that a server becomes slower with each of them."""


def build_page() -> gr.Blocks:
    """The whole page; models must be loaded before."""
    os.environ |= GRADIO
    page = gr.Blocks(title=ENGLISH["title"], fill_width=True, analytics_enabled=False)
    with page:
        with gr.Row(elem_id="head"):
            # One word of ours to a component: Gradio translates the first and shows the rest as they are.
            gr.HTML(f"<h1>{word('title')}</h1>", elem_id="title")
            part("header")
        gr.HTML(f"<p>{word('subtitle')}</p>", elem_classes="quiet")
        with gr.Tabs(elem_id="tabs"):
            for name, build in TABS.items():
                if name == "tab_tasks" and not tasks.has_tasks():
                    continue
                with gr.Tab(word(name), elem_id=name, id=name):
                    build()
        programs.offer()
        page.unload(train.leave)
    page.queue(max_size=engine.SETTINGS.waiting, default_concurrency_limit=engine.SETTINGS.workers, api_open=False)
    return page


def theme() -> gr.themes.Base:
    """Gradio's ground, with the system's own face, one accent and neutral greys."""
    face = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "PingFang SC", "Microsoft YaHei"]
    return gr.themes.Base(
        primary_hue=gr.themes.colors.blue,
        neutral_hue=gr.themes.colors.gray,
        font=[*face, "Noto Sans CJK SC", "Noto Sans Arabic", "Noto Sans Devanagari", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
    ).set(
        body_background_fill_dark="#10151d",  # the ground of the heatmap's dark colours
        button_primary_background_fill=ACCENT,
        button_primary_background_fill_hover=INK,
        button_primary_background_fill_dark=ACCENT,
        block_border_color="*border_color_primary",
    )


def _end(number: int, _frame: FrameType | None) -> None:
    """End as this signal ends a program, but leave nothing of a training or of replicas behind."""
    train.JOBS.close()
    engine.close()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def launch_page(replicas: int = 0) -> None:
    """Load the models, then serve the page until it is stopped; `replicas` as in `engine.load_models`."""
    records.write_lines()
    use_few_arenas()  # before anything starts a thread of its own
    try:
        engine.load_models(replicas)
        page = build_page()
        engine.open_to_visitors()
        signal.signal(signal.SIGTERM, _end)
        serve(page, engine.SETTINGS)
        if engine.SETTINGS.trainings:
            train.JOBS.warm_up()  # not before: it would outlive a page that cannot be served
        page.block_thread()
    finally:
        train.JOBS.close()
        engine.close()


def serve(page: gr.Blocks, settings: PageSettings) -> None:
    """Start the server of a page, which goes on in a thread until `page.close()`.

    Args:
        page: made by `build_page`.
        settings: of the server.

    Raises:
        S2SError: its port cannot be had.
    """
    sessions = Sessions(page)
    try:
        page.launch(
            server_port=settings.port,
            prevent_thread_lock=True,
            share=False,
            show_error=False,
            ssr_mode=False,
            max_file_size=LIMITS.body_bytes,  # there is no door for files
            allowed_paths=[],
            state_session_capacity=LIMITS.sessions,
            strict_cors=True,
            footer_links=[],
            enable_monitoring=False,
            mcp_server=find_spec("mcp") is not None,  # Gradio's extra `mcp`, which not every server has
            i18n=TRANSLATIONS,
            theme=theme(),
            app_kwargs={
                "docs_url": None,
                "redoc_url": None,
                "routes": [*serving.routes(), *chapter.routes(), *serving.watch_routes(page, settings)],
                "middleware": serving.middleware(page, settings, sessions),
                "lifespan": sessions.tidied,
            },
        )
    except OSError:
        raise S2SError(f"port {settings.port} is taken or may not be used: choose another one with S2S_PORT") from None
