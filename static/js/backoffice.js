// Two things that the theme of the back office leaves undone; both again whenever it adds to the page.

// It looks for a text field beside every file input, and fails where the input stands alone, as ours do.
function leaveFileInputsAlone() {
  for (const input of document.querySelectorAll("input[type=file]")) {
    const around = input.parentNode.parentNode.parentNode;
    if (!around.querySelector("input[type=text]")) input.hasChangeListener = true;
  }
}

// The field that replaces a select with a search has no name for those who hear the page.
function nameSearchingSelects() {
  for (const box of document.querySelectorAll(".select2-container")) {
    const select = box.previousElementSibling;
    const label = select && select.id && document.querySelector(`label[for="${select.id}"]`);
    if (!label) continue;
    for (const part of box.querySelectorAll("[role=combobox], [role=textbox]")) {
      if (!part.hasAttribute("aria-label")) part.setAttribute("aria-label", label.textContent.trim());
    }
  }
}

function mend() {
  leaveFileInputsAlone();
  nameSearchingSelects();
}

document.addEventListener("DOMContentLoaded", () => {
  mend();
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
});
