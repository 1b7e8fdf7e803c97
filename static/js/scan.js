// The scan field: keeps the focus, takes codes as fast as a scanner types them and sends them one after the other,
// also while the page changes. It is loaded in the head, before the first key. Without this file every form works as
// it stands, one page per scan.

(() => {
  "use strict";

  const AHEAD = "balis.scan.ahead"; // what was typed while the page changed, for the next page with a scan field
  const AHEAD_LASTS = 15000; // milliseconds
  const QUIET = 120; // milliseconds without a key: the scanner has finished its code
  const HALF_A_CODE = 1500; // milliseconds after which a half is somebody thinking, no scanner
  const waiting = []; // codes typed and not sent yet
  let early = ""; // keys that came before the field was there; a line per code
  let field = null;
  let leaving = false;
  let lastKey = 0;

  // --- what is typed goes into the field, wherever the focus is not in another one ----------------------

  document.addEventListener("keydown", (event) => {
    lastKey = performance.now();
    if (event.key === "Escape") field?.focus(); // back with one key, from wherever one has tabbed to
    const elsewhere = document.activeElement && document.activeElement !== document.body;
    if (elsewhere || event.ctrlKey || event.altKey || event.metaKey) return;
    const writes = event.key.length === 1 && event.key !== " "; // a blank turns the page
    if (field) {
      if (writes) field.focus();
    } else if (writes) {
      early += event.key;
    } else if (event.key === "Enter") {
      early += "\n";
    }
  });

  // A field that has the focus before this script has found it: its Enter must not break a code in two.
  document.addEventListener("submit", (event) => {
    if (field || !event.target.matches(".bo-scan-form")) return;
    const typed = event.target.querySelector(".bo-scan-entry input");
    event.preventDefault();
    early += `${typed.value}\n`;
    typed.value = "";
  });

  addEventListener("pagehide", () => {
    if (leaving && (waiting.length || field.value)) {
      const kept = { at: Date.now(), codes: waiting, half: field.value };
      sessionStorage.setItem(AHEAD, JSON.stringify(kept));
    }
  });

  addEventListener("DOMContentLoaded", () => {
    field = document.querySelector(".bo-scan-entry input[autofocus]");
    if (!field) return;
    takeFocus();
    // The theme hides parts of the page until its own script has run.
    document.addEventListener("alpine:initialized", () => requestAnimationFrame(takeFocus));
    takeAhead();
    const form = field.form;
    if (form.dataset.scan) {
      stay(form, document.querySelector(form.dataset.scan));
    } else {
      go(form);
    }
  });

  function takeFocus() {
    if (document.activeElement === document.body) field.focus();
  }

  /** The codes of the page before and the keys of this one, in their order; the last may be half a code. */
  function takeAhead() {
    const kept = JSON.parse(sessionStorage.getItem(AHEAD) ?? "null");
    sessionStorage.removeItem(AHEAD);
    const fresh = kept && Date.now() - kept.at < AHEAD_LASTS;
    const lines = `${fresh ? kept.half : ""}${early}${field.value}`.split("\n");
    field.value = lines.pop();
    waiting.push(...(fresh ? kept.codes : []), ...lines);
  }

  /** Keys typed while one page goes and the next comes are lost: nobody leaves in the middle of a code. */
  async function quiet() {
    for (;;) {
      const since = performance.now() - lastKey;
      if (since > (field.value ? HALF_A_CODE : QUIET)) return;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  // --- a page per scan: the form goes its ordinary way, codes that follow wait for the next page --------

  function go(form) {
    async function leave() {
      leaving = true;
      await quiet();
      const half = field.value;
      field.value = waiting.shift();
      form.submit();
      field.value = half;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      waiting.push(field.value);
      field.value = "";
      if (!leaving) leave();
    });
    if (waiting.length) leave();
  }

  // --- a page that stays: only the part below the field is renewed --------------------------------------

  function stay(form, live) {
    const ending = document.title.split(" | ").slice(-2).join(" | ");
    const broken = form.querySelector("[data-scan-broken]");
    const said = form.querySelector("[data-scan-said]"); // for screen readers: it stays, so its change is read out
    let busy = false;

    /** Show what came back, beside the field, which is never touched: the next code may be half typed. */
    function show(html, address) {
      const held = document.activeElement;
      live.innerHTML = html;
      const headline = live.querySelector("[data-title]")?.dataset.title;
      document.title = headline ? `${headline} | ${ending}` : ending;
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
        await quiet();
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

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = event.submitter?.name === "code" ? event.submitter.value : field.value;
      field.value = "";
      field.focus();
      if (broken.hidden || chosen) waiting.push(chosen);
      broken.hidden = true;
      if (!busy && !leaving) work();
    });
    if (waiting.length) work();
  }
})();
