// Runs where Gradio mounts a part (s2s/page/parts.py) and hands it to the modules, which may not be loaded yet.
// Events that Python may listen to are named here: "ask", "show", "take", "reopen", "look", "fetch", "settle".
(window.arrivedParts ??= []).push({ element, props, watch, trigger });
