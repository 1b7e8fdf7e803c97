// On a phone the navigation is wider than the screen: it is moved so that the place one is at can be seen.

(() => {
  "use strict";

  const here = document.querySelector(".mainnav [aria-current]");
  if (!here) return;
  const list = here.closest("ul");
  list.scrollLeft = here.offsetLeft - list.offsetLeft - (list.clientWidth - here.offsetWidth) / 2;
})();
