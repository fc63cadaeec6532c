// Before anything of Gradio's runs: what its client asks the server, and the stream that the answers come in.
//
// Gradio's server ends that stream whenever no answer is due, and its client then takes what it has not noted down for
// lost: an answer that came before its own question was out of the way, a question asked at that very moment. It reports
// a broken connection, or waits for ever. So the client gets one stream that does not end. Behind it, one of the
// server's is read whenever an answer is due, and what comes is handed on when no question is on its way.
//
// What the server refuses (s2s/page/gate.py), and answers that are lost because the line broke, are told to whoever
// listens to the event "refused": {en, zh}.
(() => {
  const { fetch } = window;
  const due = new Set(); // questions that are not answered yet
  const early = new Set(); // questions that were answered before the server had said what they are called
  const held = []; // messages for the client
  let asking = 0; // questions on their way
  let isRead = false; // whether a stream of the server's is
  let address = null; // of that stream
  let client = null; // the end of the client's stream that is written to

  window.fetch = (...asked) => {
    const to = asked[0].url ?? String(asked[0]);
    if (to.includes("/gradio_api/queue/join")) return ask(asked);
    if (to.includes("/gradio_api/queue/data")) return listen(asked);
    return to.includes("/gradio_api/run/") ? run(asked) : fetch(...asked);
  };

  /** A question whose answer comes in the stream. */
  async function ask(asked) {
    asking += 1;
    let isAsked = false;
    const end = () => {
      if (isAsked) return;
      isAsked = true;
      asking -= 1;
      pass();
      read();
    };
    try {
      const answer = await fetch(...asked);
      const text = await answer.clone().text();
      refuse(answer, text);
      const event = answer.ok && JSON.parse(text).event_id;
      if (event && !early.delete(event)) due.add(event);
      // The client notes the question down as soon as it has read this.
      answer.json = async () => {
        setTimeout(end);
        return JSON.parse(text);
      };
      setTimeout(end, 1000);
      return answer;
    } catch (error) {
      end();
      tellLost(); // the question never reached the server
      throw error;
    }
  }

  /** A question that is answered at once. */
  async function run(asked) {
    const answer = await fetch(...asked);
    if (!answer.ok) refuse(answer, await answer.clone().text());
    return answer;
  }

  function refuse(answer, text) {
    if (answer.ok || !text.includes('"zh"')) return;
    const { detail: en, zh } = JSON.parse(text);
    tell({ en, zh });
  }

  function tell(detail) {
    window.dispatchEvent(new CustomEvent("refused", { detail }));
  }

  /** The client opens its stream. */
  async function listen(asked) {
    address = asked;
    const body = new ReadableStream({ start: (end) => (client = end) });
    pass();
    read();
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  /** Reads a stream of the server's to its end. */
  async function read() {
    if (isRead || !client || !due.size) return;
    isRead = true;
    try {
      const [to, settings] = address;
      const answer = await fetch(to instanceof Request ? new Request(to.url, { headers: to.headers }) : to, settings);
      if (!answer.ok) throw new Error(answer.statusText);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      let taken = 0;
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        const blocks = (text + chunk.value).split("\n\n");
        text = blocks.pop();
        blocks.forEach(take);
        taken += blocks.length;
      }
      if (!taken) throw new Error("nothing came");
    } catch {
      lose();
    }
    isRead = false;
    read(); // something may have been asked while it ended
  }

  function take(block) {
    const message = JSON.parse(block.replace(/^data: ?/, ""));
    if (message.msg === "close_stream") return;
    if (message.msg === "process_completed" && !due.delete(message.event_id)) early.add(message.event_id);
    if (!message.event_id && message.msg !== "heartbeat") due.clear(); // an error of the stream itself
    hand(message);
  }

  /** The line broke: what was asked is not answered any more. */
  function lose() {
    if (!due.size) return;
    for (const event of due) {
      hand({ msg: "process_completed", event_id: event, success: false, output: { error: "", visible: false } });
    }
    due.clear();
    tellLost();
  }

  function tellLost() {
    const words = JSON.parse(document.querySelector("script#words").textContent);
    tell({ en: words.en.lost, zh: words.zh.lost });
  }

  function hand(message) {
    held.push(message);
    pass();
  }

  function pass() {
    if (asking || !client) return;
    const encoder = new TextEncoder();
    for (const message of held.splice(0)) client.enqueue(encoder.encode(`data: ${JSON.stringify(message)}\n\n`));
  }
})();
