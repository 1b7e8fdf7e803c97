// Niceties of the search page; without this file every form and link works as it stands.

(() => {
  "use strict";

  const wide = window.matchMedia("(min-width: 992px)");

  /** A category's box follows its members; ticking anything means "only these". */
  function preparePicker(form) {
    const all = form.querySelector("#scope-all");
    const some = form.querySelector("#scope-some");
    const groups = [...form.querySelectorAll("[data-library-group]")].map((group) => ({
      box: group.querySelector("[data-group-box]"),
      members: [...group.querySelectorAll('input[name="library"]')],
    }));

    const show = ({ box, members }) => {
      const ticked = members.filter((member) => member.checked).length;
      box.checked = ticked === members.length;
      box.indeterminate = ticked > 0 && ticked < members.length;
    };

    for (const group of groups) {
      // The members are sent one by one: with this script the box of a category is only a handle.
      group.box.removeAttribute("name");
      show(group);
      group.box.addEventListener("change", () => {
        for (const member of group.members) member.checked = group.box.checked;
        some.checked = true;
      });
      for (const member of group.members) {
        member.addEventListener("change", () => {
          show(group);
          some.checked = true;
        });
      }
    }
    all.addEventListener("change", () => {
      for (const group of groups) {
        for (const member of group.members) member.checked = false;
        show(group);
      }
    });
  }

  function prepare(root) {
    for (const form of root.querySelectorAll("[data-library-picker]")) preparePicker(form);
    for (const details of root.querySelectorAll("[data-open-wide]")) details.open = wide.matches;
  }

  prepare(document);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "search-page") prepare(event.target);
  });
  // An answer that htmx would swallow (an error page, a closed connection) is shown by the browser itself.
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(failure, (event) => window.location.assign(event.detail.pathInfo.finalRequestPath));
  }
})();
