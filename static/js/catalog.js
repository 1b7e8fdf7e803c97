// Niceties of the search pages; without this file every form and link works as it stands.

(() => {
  "use strict";

  const wide = window.matchMedia("(min-width: 992px)");

  /** A category's box follows its members; 全选 and 全不选 tick in place. */
  function preparePicker(picker) {
    const some = picker.querySelector("#scope-some");
    const picked = picker.querySelector("[data-picked]");
    const groups = [...picker.querySelectorAll("[data-library-group]")].map((group) => ({
      box: group.querySelector("[data-group-box]"),
      members: [...group.querySelectorAll('input[name="library"]')],
    }));
    const members = groups.flatMap((group) => group.members);

    const show = () => {
      for (const { box, members } of groups) {
        const ticked = members.filter((member) => member.checked).length;
        box.checked = ticked === members.length;
        box.indeterminate = ticked > 0 && ticked < members.length;
      }
      const ticked = members.filter((member) => member.checked).length;
      picked.textContent = picked.textContent.replace(/\d+/, ticked);
    };
    const tick = (boxes, checked) => {
      for (const box of boxes) box.checked = checked;
      some.checked = true;
      show();
    };

    for (const group of groups) {
      // The members are sent one by one: with this script the box of a category is only a handle.
      group.box.removeAttribute("name");
      group.box.addEventListener("change", () => tick(group.members, group.box.checked));
      for (const member of group.members) member.addEventListener("change", show);
    }
    for (const button of picker.querySelectorAll("[data-pick]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        tick(members, button.dataset.pick === "all");
      });
    }
    show();
  }

  /** Rows of the advanced form come and go; they stay numbered from 1, as the server reads them. */
  function prepareClauses(list) {
    const add = list.parentElement.querySelector("[data-add-clause]");
    const rows = () => [...list.querySelectorAll("[data-clause]")];

    const renumber = () => {
      rows().forEach((row, index) => {
        const place = index + 1;
        row.querySelector("[data-place]").textContent = place;
        for (const field of row.querySelectorAll("select, input")) {
          const name = field.name.replace(/\d+$/, "");
          const label = row.querySelector(`label[for="${field.id}"]`);
          field.name = index ? name + place : name;
          field.id = field.id.replace(/\d+$/, place);
          label.htmlFor = field.id;
        }
        const remove = row.querySelector("[data-remove-clause]");
        if (remove) remove.hidden = rows().length <= 2;
      });
      add.hidden = rows().length >= Number(list.dataset.most);
    };

    add.addEventListener("click", () => {
      const row = rows().at(-1).cloneNode(true);
      for (const select of row.querySelectorAll("select")) select.selectedIndex = 0;
      const text = row.querySelector("input");
      text.value = "";
      list.append(row);
      renumber();
      text.focus();
    });
    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove-clause]");
      if (!button) return;
      const row = button.closest("[data-clause]");
      const before = row.previousElementSibling;
      row.remove();
      renumber();
      before.querySelector("input").focus();
    });
    renumber();
  }

  // On a phone the counts beside the results are folded; who unfolds them narrows perhaps more than once.
  let unfolded = false;

  function prepareNarrowing(details) {
    details.open = wide.matches || unfolded;
    details.addEventListener("toggle", () => {
      if (!wide.matches) unfolded = details.open;
    });
  }

  function prepare(root) {
    for (const picker of root.querySelectorAll("[data-library-picker]")) preparePicker(picker);
    for (const list of root.querySelectorAll("[data-clauses]")) prepareClauses(list);
    for (const details of root.querySelectorAll("[data-open-wide]")) prepareNarrowing(details);
  }

  /** After a page came in place of another one: the reading goes on at its heading, and its numbers are said. */
  function announce(page) {
    const heading = page.querySelector("h1");
    const said = page.querySelector("#result-count, .alert");
    if (heading) heading.focus({ preventScroll: true });
    document.getElementById("search-status").textContent = said ? said.textContent.trim().replace(/\s+/g, " ") : "";
  }

  prepare(document);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "search-page") prepare(event.target); // before anything of it is seen
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "search-page") announce(event.target);
  });
  // An answer that htmx would swallow (an error page, a closed connection) is shown by the browser itself.
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(failure, (event) => window.location.assign(event.detail.pathInfo.finalRequestPath));
  }
})();
