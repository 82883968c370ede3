/* EDI: to the next finding, a file dropped on the list, printing. Links and forms work without it. */
"use strict";

/* The next finding below the one that has the focus, or below the top of the list; else the link's own address, which is
   the first one behind what is shown. */
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-next-finding]");
  if (link) {
    const all = [...document.querySelectorAll(".segment.has-finding")];
    const here = document.activeElement.closest?.(".segment.has-finding") || document.querySelector(".segment.is-here");
    const next = all[all.indexOf(here) + 1];
    if (!next) return;
    event.preventDefault();
    here?.classList.remove("is-here");
    next.classList.add("is-here");
    next.scrollIntoView({ block: "center" });
    next.focus({ preventScroll: true });
    return;
  }
  if (event.target.closest("[data-print]")) window.print();
});

/* A file dropped anywhere on the list is opened, and only looked at. */
const drop = document.querySelector("#drop");
if (drop) {
  const carries = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.body.classList.add("is-dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("is-dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.body.classList.remove("is-dropping");
    drop.elements.file.files = event.dataTransfer.files;
    if (drop.elements.file.files.length) drop.submit();
  });
}
