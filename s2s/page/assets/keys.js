// Ctrl+Enter or Cmd+Enter in the text box presses the button, as people are used to from other translators.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("#source")) {
    event.preventDefault();
    document.querySelector("#go").click();
  }
});
