/* Buttons marked data-print print the page. They are hidden until this script runs: without it they could do nothing. */
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
