// Before anything of Gradio's runs: the language that the visitor chose on this page, in place of the browser's.
// Gradio reads `navigator.language` once and offers no other way to set it. A classic script: modules run too late.
(() => {
  try {
    const chosen = localStorage.getItem("language");
    if (chosen === "en" || chosen === "zh-CN") Object.defineProperty(navigator, "language", { get: () => chosen });
  } catch {
    // Storage is forbidden here (a frame of another site): the browser's own language stays.
  }
})();
