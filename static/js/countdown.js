// Shows how long a request can still be cancelled. The deadline itself is in the text; this only counts down.
"use strict";

for (const note of document.querySelectorAll("[data-deadline]")) {
  const deadline = Date.parse(note.dataset.deadline);
  const remaining = note.querySelector("[data-remaining]");
  const holder = note.querySelector("[data-countdown]");
  const show = () => {
    const seconds = Math.max(0, Math.round((deadline - Date.now()) / 1000));
    remaining.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    holder.hidden = seconds === 0;
    if (seconds === 0) clearInterval(timer);
  };
  const timer = setInterval(show, 1000);
  show();
}
