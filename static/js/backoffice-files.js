// unfold looks for a text field beside every file input, and fails where the input stands alone, as ours do.
function leaveFileInputsAlone() {
  for (const input of document.querySelectorAll("input[type=file]")) {
    const around = input.parentNode.parentNode.parentNode;
    if (!around.querySelector("input[type=text]")) input.hasChangeListener = true;
  }
}
document.addEventListener("DOMContentLoaded", () => {
  leaveFileInputsAlone();
  new MutationObserver(leaveFileInputsAlone).observe(document.body, { childList: true, subtree: true });
});
