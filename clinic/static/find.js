/* Arrow keys between a search field and what it found: [data-find="#results"] on the field names where that is.
   Down leaves the field for the first line, Up from the first line comes back, Enter opens (it is a link). */
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const field = document.querySelector("[data-find]");
  const results = field && document.querySelector(field.dataset.find);
  if (!results) return;
  const links = [...results.querySelectorAll("[data-open]")];
  const here = links.indexOf(document.activeElement);
  if (document.activeElement !== field && here < 0) return;
  const next = here + (event.key === "ArrowDown" ? 1 : -1);
  const target = next < 0 ? field : links[Math.min(next, links.length - 1)];
  if (!target) return;
  event.preventDefault();
  target.focus();
});
