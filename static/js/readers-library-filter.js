// Narrows the list of libraries while one types; without JavaScript the 筛选 button does the same on the server.
(() => {
  const form = document.querySelector("[data-library-filter]");
  const list = document.querySelector("[data-library-list]");
  if (!form || !list) return;
  const input = form.querySelector("input[type=search]");
  const nothing = list.querySelector("[data-library-none]");
  const wordsOf = (text) =>
    text.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}_\s]/gu, "").split(/\s+/).filter(Boolean);

  const narrow = () => {
    const words = wordsOf(input.value);
    let shown = 0;
    for (const group of list.querySelectorAll("[data-library-group]")) {
      let inGroup = 0;
      for (const row of group.querySelectorAll("[data-library-key]")) {
        const matches = words.every((word) => row.dataset.libraryKey.includes(word));
        row.hidden = !matches;
        // A choice that is out of sight must not be sent.
        if (!matches) row.querySelector("input").checked = false;
        inGroup += matches ? 1 : 0;
      }
      group.hidden = inGroup === 0;
      group.querySelector("[data-library-count]").textContent = inGroup;
      shown += inGroup;
    }
    if (nothing) nothing.hidden = shown > 0;
  };

  input.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => {
    // The whole list is on the page unless the server has narrowed it already.
    if (new URLSearchParams(location.search).get("q")) return;
    event.preventDefault();
    narrow();
  });
})();
