// Before anything of Gradio's runs.
//
// What the server's gate refuses (s2s/page/gate.py) Gradio answers with a line of its own. Here the server's message is
// told to whoever listens to the event "refused": {en, zh}.
(() => {
  const { fetch } = window;
  window.fetch = async (...asked) => {
    const answer = await fetch(...asked);
    if (!answer.ok && /\/gradio_api\/(queue\/join|run\/)/.test(answer.url)) {
      const told = await answer.clone().json().catch(() => ({}));
      if (told.zh) window.dispatchEvent(new CustomEvent("refused", { detail: { en: told.detail, zh: told.zh } }));
    }
    return answer;
  };
})();

// The language that the visitor chose on this page, in place of the browser's.
// Gradio reads `navigator.language` once and offers no other way to set it. A classic script: modules run too late.
(() => {
  try {
    const chosen = localStorage.getItem("language");
    if (chosen === "en" || chosen === "zh-CN") Object.defineProperty(navigator, "language", { get: () => chosen });
  } catch {
    // Storage is forbidden here (a frame of another site): the browser's own language stays.
  }
})();
