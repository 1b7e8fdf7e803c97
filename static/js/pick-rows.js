// Lists with boxes to tick: all of the page at once, and how many are ticked. Without scripts one ticks one by one.
document.addEventListener("DOMContentLoaded", () => {
  const boxes = [...document.querySelectorAll(".bo-pick")];
  const count = document.querySelector("[data-picked-count]");
  const all = document.querySelector("[data-pick-all]");
  if (!boxes.length || !count || !all) return;
  const nothing = count.textContent;
  const show = () => {
    const picked = boxes.filter((box) => box.checked).length;
    count.textContent = picked ? `✓ ${picked}` : nothing;
    all.setAttribute("aria-pressed", String(picked === boxes.length));
  };
  all.hidden = false;
  all.addEventListener("click", () => {
    const tick = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = tick;
    show();
  });
  for (const box of boxes) box.addEventListener("change", show);
  show();
});
