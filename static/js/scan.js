// The scan field: keeps the focus, takes codes as fast as a scanner types them and sends them one after the other,
// also while the page changes. Without this file every form works as it stands, one page per scan.

(() => {
  "use strict";

  const field = document.querySelector(".bo-scan-entry input[autofocus]");
  if (!field) return;
  const form = field.form;
  const AHEAD = "balis.scan.ahead"; // what was typed while the page changed, for the next page with a scan field
  const AHEAD_LASTS = 15000; // milliseconds
  const waiting = []; // codes typed and not sent yet
  let leaving = false;

  // --- the focus ------------------------------------------------------------------------------------

  // The theme hides the page until its own script has run, and a hidden field cannot have the focus.
  const takeFocus = () => {
    if (document.activeElement === document.body) field.focus();
  };
  takeFocus();
  document.addEventListener("alpine:initialized", () => requestAnimationFrame(takeFocus));
  // Back to the field with one key, from wherever one has tabbed to.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") field.focus();
  });

  // --- typed ahead ------------------------------------------------------------------------------------

  addEventListener("pagehide", () => {
    if (leaving && (waiting.length || field.value)) {
      const kept = { at: Date.now(), codes: waiting, half: field.value };
      sessionStorage.setItem(AHEAD, JSON.stringify(kept));
    }
  });

  /** The codes typed on the page before; the half of a code stands in the field already, its rest is being typed. */
  function takeAhead() {
    const kept = JSON.parse(sessionStorage.getItem(AHEAD) ?? "null");
    sessionStorage.removeItem(AHEAD);
    if (!kept || Date.now() - kept.at > AHEAD_LASTS) return;
    waiting.push(...kept.codes);
    field.value = kept.half + field.value;
  }

  // --- a page per scan: the form goes its ordinary way, codes that follow wait for the next page --------

  function submitPage(event) {
    if (leaving) {
      event.preventDefault();
      waiting.push(field.value);
      field.value = "";
      return;
    }
    leaving = true;
    setTimeout(() => (field.value = "")); // it is on its way; what is typed now is the next one
  }

  // --- a page that stays: only the part below the field is renewed --------------------------------------

  const live = form.dataset.scan && document.querySelector(form.dataset.scan);
  const ending = document.title;
  const broken = form.querySelector("[data-scan-broken]");
  const said = form.querySelector("[data-scan-said]"); // for screen readers: it stays, so its change is read out
  let busy = false;

  /** Show what came back, beside the field, which is never touched: the next code may be half typed. */
  function show(html, address) {
    const held = document.activeElement;
    live.innerHTML = html;
    const headline = live.querySelector("[data-title]")?.dataset.title;
    document.title = headline ? `${headline} | ${ending.split(" | ").slice(-2).join(" | ")}` : ending;
    said.textContent = "";
    requestAnimationFrame(() => {
      said.textContent = headline ?? live.querySelector("[data-said]")?.textContent.trim() ?? "";
    });
    history.replaceState(null, "", address);
    if (!held || !held.isConnected || held === document.body) field.focus();
  }

  /** One entry: a redirect of the same page brings the new state, any other page is opened. */
  async function send(code) {
    const body = new FormData(form); // with the tick and the number of what was scanned before
    body.set("code", code);
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Scan": "1" } });
    if (answer.status >= 500) throw new Error(answer.statusText);
    if (answer.ok && new URL(answer.url).pathname === location.pathname) {
      show(await answer.text(), answer.url);
    } else {
      leaving = true;
      location.assign(answer.url);
    }
  }

  async function work() {
    busy = true;
    while (waiting.length && !leaving) {
      const code = waiting.shift();
      try {
        await send(code);
      } catch {
        waiting.unshift(code); // the line is broken: nothing is lost, Enter tries again
        broken.hidden = false;
        break;
      }
    }
    busy = false;
  }

  function submitPart(event) {
    event.preventDefault();
    const chosen = event.submitter?.name === "code" ? event.submitter.value : field.value;
    field.value = "";
    field.focus();
    if (broken.hidden || chosen) waiting.push(chosen);
    broken.hidden = true;
    if (!busy && !leaving) work();
  }

  form.addEventListener("submit", live ? submitPart : submitPage);
  takeAhead();
  if (live && waiting.length) {
    work();
  } else if (waiting.length) {
    const half = field.value;
    field.value = waiting.shift();
    form.requestSubmit();
    setTimeout(() => (field.value = half));
  }
})();
