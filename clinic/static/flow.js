/* The flow board by keyboard. Everything it does can be clicked, and works as plain forms.

   [data-press="r"]   a key of the foot: presses what the marked card (or the one that is open) offers under
                      [data-act="r"]; u and l open their question in the panel
   .flow-card         arrows walk: up and down in a station, left and right to the next one
   The board draws itself anew every few seconds: the marked card keeps the focus, wherever it moved. */
"use strict";

(() => {
  const ASKS = { u: "undo", l: "leave" };
  let marked = "";

  const card = () => document.activeElement.closest(".flow-card") || document.getElementById(marked) || document.querySelector(".flow-card[aria-current]");
  const name = (one) => one.querySelector(".flow-who").textContent;

  document.addEventListener("focusin", (event) => {
    const one = event.target.closest(".flow-card");
    if (one) marked = one.id;
  });

  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-press]")?.dataset.press;
    if (key) press(key);
    const opened = event.target.closest(".flow-who");
    if (opened) mark(opened.closest(".flow-card"));
  });

  function mark(one) {
    for (const other of document.querySelectorAll(".flow-card[aria-current]")) other.removeAttribute("aria-current");
    one.setAttribute("aria-current", "true");
  }

  function press(key) {
    const one = card();
    if (!one) return say("Mark a patient first, with J and K.");
    const part = one.querySelector(`[data-act="${key}"]`);
    if (part) return part.click();
    if (!ASKS[key]) return say(`${name(one)}: that is not the next step.`);
    const address = new URL(one.querySelector(".flow-who").getAttribute("hx-get"), location.href);
    address.searchParams.set("do", ASKS[key]);
    mark(one);
    htmx.ajax("GET", address.pathname + address.search, { target: "#panel", swap: "outerHTML" });
  }

  document.addEventListener("keydown", (event) => {
    const one = event.target.matches?.(".flow-card") ? event.target : null;
    if (!one || event.ctrlKey || event.altKey || event.metaKey) return;
    const lists = [...document.querySelectorAll(".flow-list")].map((list) => [...list.children]).filter((list) => list.length);
    const column = lists.findIndex((list) => list.includes(one));
    const row = lists[column]?.indexOf(one);
    const next = {
      ArrowDown: () => lists[column][row + 1],
      ArrowUp: () => lists[column][row - 1],
      ArrowRight: () => lists[column + 1]?.[Math.min(row, lists[column + 1].length - 1)],
      ArrowLeft: () => lists[column - 1]?.[Math.min(row, lists[column - 1].length - 1)],
    }[event.key]?.();
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });

  /* A card that changed its station was taken out and put in again: the focus goes with it. */
  document.addEventListener("htmx:after:swap", () => {
    const open = document.querySelector("#panel-open")?.value;
    if (open) {
      const one = document.getElementById(`v-${open}`);
      if (one) mark(one);
    }
    if (!marked || (document.activeElement !== document.body && document.activeElement !== null)) return;
    document.getElementById(marked)?.focus({ preventScroll: true });
  });
})();
