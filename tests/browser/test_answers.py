"""The stream of answers that Gradio's client reads (assets/answers.js), between a client and a server of this file."""

import json

import pytest

from s2s.page.parts import ASSETS
from s2s.page.words import CHINESE, ENGLISH

# A server that answers when told, and a client that does with questions and answers what Gradio's does.
BOTH = """
const calls = [], heard = [], told = [];
window.fetch = (to) => new Promise((resolve, reject) => calls.push({ to: to.url ?? to, resolve, reject }));
window.addEventListener("refused", ({ detail }) => told.push(detail));
const turn = () => new Promise((resolve) => setTimeout(resolve, 100)); // a busy machine is slow with streams
const paths = () => calls.map(({ to }) => to.split("/").at(-1));
const json = (values, status = 200) => new Response(JSON.stringify(values), { status });
function stream() {
  let end = null;
  const body = new ReadableStream({ start: (opened) => (end = opened) });
  const say = (msg, event_id) =>
    end.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(event_id ? { msg, event_id } : { msg })}\\n\\n`));
  return { answer: new Response(body), say, close: () => end.close(), cut: () => end.error(new TypeError("cut")) };
}
async function ask() {
  const answer = await fetch("https://a.org/gradio_api/queue/join", { method: "POST" });
  const { event_id } = await answer.json();
  heard.push(event_id ? `noted ${event_id}` : "refused");
}
async function listen() {
  const answer = await fetch(new Request("https://a.org/gradio_api/queue/data"));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const { msg, event_id, success } = JSON.parse(chunk.value.slice(6));
    heard.push([msg, event_id, success].filter((each) => each !== undefined).join(" "));
  }
  heard.push("the end");
}
"""
BEGUN = """
ask();
calls[0].resolve(json({ event_id: "a" }));
await turn();
listen();
await turn();
const first = stream();
calls[1].resolve(first.answer);
await turn();
"""


@pytest.fixture
def talk(page):
    """Gives what the client has heard, which questions were sent on, and what listeners were told, after some lines."""
    page.goto("about:blank")
    words = json.dumps({"en": ENGLISH, "zh": CHINESE}).replace("<", "\\u003c")
    page.set_content(f'<script type="application/json" id="words">{words}</script>')
    script = (ASSETS / "answers.js").read_text(encoding="utf-8")

    def talk(lines):
        return page.evaluate(f"async () => {{ {BOTH}\n{script}\n{lines}; return [heard, paths(), told]; }}")

    yield talk
    page.goto("about:blank")


def test_an_answer_is_handed_on_when_its_question_is_noted(talk):
    heard, _, _ = talk(
        BEGUN
        + """
        ask();
        first.say("process_starts", "b");
        first.say("process_completed", "b");
        await turn();
        heard.push("nothing yet");
        calls[2].resolve(json({ event_id: "b" }));
        await turn();
        first.say("process_completed", "a");
        await turn();
        """
    )
    assert heard == [
        "noted a",
        "nothing yet",
        "noted b",
        "process_starts b",
        "process_completed b",
        "process_completed a",
    ]


def test_the_clients_stream_goes_on_where_the_servers_ends(talk):
    heard, asked, told = talk(
        BEGUN
        + """
        first.say("process_completed", "a");
        first.say("close_stream");
        ask();
        calls[2].resolve(json({ event_id: "b" }));
        await turn();
        first.close();
        await turn();
        const second = stream();
        calls[3].resolve(second.answer);
        second.say("process_completed", "b");
        second.say("close_stream");
        second.close();
        await turn();
        """
    )
    assert heard == ["noted a", "noted b", "process_completed a", "process_completed b"]
    assert asked == ["join", "data", "join", "data"]  # and none is read when nothing is due
    assert told == []


@pytest.mark.parametrize("end", ["first.cut()", "first.close()"])
def test_what_is_lost_with_the_line_is_told_at_once_and_the_next_question_opens_another(talk, end):
    heard, asked, told = talk(
        BEGUN
        + end
        + """
        await turn();
        ask();
        calls[2].resolve(json({ event_id: "b" }));
        await turn();
        const second = stream();
        calls[3].resolve(second.answer);
        second.say("process_completed", "b");
        await turn();
        """
    )
    assert heard == ["noted a", "process_completed a false", "noted b", "process_completed b"]
    assert asked == ["join", "data", "join", "data"]
    assert told == [{"en": ENGLISH["lost"], "zh": CHINESE["lost"]}]


def test_a_question_that_does_not_reach_the_server_is_told_and_holds_nothing_up(talk):
    heard, _, told = talk(
        BEGUN
        + """
        const asked = ask().catch(() => heard.push("not sent"));
        first.say("process_completed", "a");
        await turn();
        heard.push("nothing yet");
        calls[2].reject(new TypeError("no line"));
        await turn();
        """
    )
    assert heard[:2] == ["noted a", "nothing yet"]
    assert set(heard[2:]) == {"not sent", "process_completed a"}
    assert told == [{"en": ENGLISH["lost"], "zh": CHINESE["lost"]}]


def test_a_refusal_is_told_in_both_languages(talk):
    heard, _, told = talk(
        """
        ask();
        calls[0].resolve(json({ detail: "Full.", zh: "满了。" }, 503));
        await turn();
        """
    )
    assert heard == ["refused"]
    assert told == [{"en": "Full.", "zh": "满了。"}]
