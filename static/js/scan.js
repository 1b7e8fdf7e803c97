// The scan field: keeps the focus, takes codes as fast as a scanner types them and sends them one after the other.
// Without this file the form works as it stands, one page per scan.

(() => {
  "use strict";

  // The theme hides the page until its own script has run, and a hidden field cannot have the focus.
  const first = document.querySelector(".bo-scan-entry input[autofocus]");
  const takeFocus = () => {
    if (document.activeElement === document.body) first?.focus();
  };
  takeFocus();
  document.addEventListener("alpine:initialized", () => requestAnimationFrame(takeFocus));
  // Back to the field with one key, from wherever one has tabbed to.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") first?.focus();
  });

  const form = document.querySelector("form[data-scan]");
  if (!form) return;
  const field = form.querySelector("input[name=code]");
  const live = document.querySelector(form.dataset.scan);
  const ending = document.title;
  const broken = form.querySelector("[data-scan-broken]");
  const waiting = [];
  let busy = false;

  /** Show what came back, beside the field, which is never touched: the next code may be half typed. */
  function show(html, address) {
    const held = document.activeElement;
    live.innerHTML = html;
    const headline = live.querySelector("[data-title]")?.dataset.title;
    document.title = headline ? `${headline} | ${ending.split(" | ").slice(-2).join(" | ")}` : ending;
    history.replaceState(null, "", address);
    if (!held || !held.isConnected || held === document.body) field.focus();
  }

  /** One entry: a redirect of the same page brings the new state, any other page is opened. */
  async function send(body) {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Scan": "1" } });
    const here = new URL(answer.url).pathname === location.pathname;
    if (!answer.ok || !here) {
      location.assign(answer.url);
      return false;
    }
    show(await answer.text(), answer.url);
    return true;
  }

  async function work() {
    busy = true;
    while (waiting.length) {
      const code = waiting.shift();
      const body = new FormData(form); // with the tick and the number of what was scanned before
      body.set("code", code);
      try {
        if (!(await send(body))) return;
      } catch {
        waiting.unshift(code); // the line is broken: nothing is lost, Enter tries again
        broken.hidden = false;
        break;
      }
    }
    busy = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = event.submitter?.name === "code" ? event.submitter.value : field.value;
    field.value = "";
    field.focus();
    if (broken.hidden || chosen) waiting.push(chosen);
    broken.hidden = true;
    if (!busy) work();
  });
})();
