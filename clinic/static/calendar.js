/* Moving appointments on the schedule: by drag, by keyboard, by click. The server decides and draws.

   #schedule        what the answer replaces (outerMorph)
   .cal-body        data-start="2026-03-10T08:00" (its first row) and data-provider: a drop anywhere in the
                    column counts rows of 24 px, 15 minutes each, from there
   .slot            data-start, data-provider: a free place; a button or link that books when nothing is picked up
   .appt            id, data-start, data-provider, data-version, data-label ("CHEN, Bo"), draggable="true";
                    data-move-url only where the user may move it
   [data-pick]      on "Move" in the panel: the id of the appointment it picks up
   .pin             an .appt on the pinboard (#pins): a click or Enter picks it up, wherever its own day is
   #pin-form        posts an appointment that was dropped on #pins, or "p" on it
   #move-form       <form id="move-form" method="post" hx-post="" hx-target="#schedule" hx-swap="outerMorph"> with the
                    fields start, provider, version; its address comes from data-move-url

   Arrows walk free places and appointments, m picks up, p pins, Enter or a click on a place drops, Escape lets go.
   What happens is said in #live (say() of app.js). With body[data-keys=off] `m` is off; "Move" stays. */
"use strict";

(() => {
  const ROW = 24;
  const MINUTES = 15;
  let picked = null;
  // By which of its rows a card is dragged: it is put down by its first.
  let grip = 0;
  let answering = false;

  const later = (start, minutes) => {
    const at = new Date(start + "Z");
    at.setUTCMinutes(at.getUTCMinutes() + minutes);
    return at.toISOString().slice(0, 16);
  };
  const clock = (start) => {
    const [hour, minute] = start.slice(11, 16).split(":").map(Number);
    return `${hour % 12 || 12}:${String(minute).padStart(2, "0")}`;
  };

  function pick(appt) {
    letGo();
    if (!appt?.dataset.moveUrl) return false;
    picked = appt;
    appt.classList.add("is-picked");
    say(`${appt.dataset.label} picked up. Arrow keys to a place, Enter to drop, Escape to let go.`);
    return true;
  }

  /* From the pinboard one goes on among the places of the day. */
  function pickPin(pin) {
    if (!pick(pin)) return;
    const first = document.querySelector('#schedule .slot[tabindex="0"]') || document.querySelector("#schedule .slot");
    first?.focus({ preventScroll: true });
  }

  function carry(appt) {
    const form = document.querySelector("#pin-form");
    if (!form || !appt?.dataset.moveUrl) return false;
    letGo();
    form.action = appt.dataset.moveUrl.replace(/time$/, "pin");
    form.setAttribute("hx-post", form.action);
    form.requestSubmit();
    return true;
  }

  function letGo() {
    document.body.classList.remove("is-carrying");
    picked?.classList.remove("is-picked");
    document.querySelectorAll(".slot.is-over").forEach((slot) => slot.classList.remove("is-over"));
    picked = null;
  }

  function drop(start, provider) {
    const appt = picked;
    letGo();
    if (start === appt.dataset.start && provider === appt.dataset.provider && !appt.matches(".pin")) return;
    const form = document.querySelector("#move-form");
    form.action = appt.dataset.moveUrl;
    form.setAttribute("hx-post", appt.dataset.moveUrl);
    form.elements.start.value = start;
    form.elements.provider.value = provider;
    form.elements.version.value = appt.dataset.version;
    say(`Moving ${appt.dataset.label} to ${clock(start)}.`);
    // The panel's parts load themselves: an answer of theirs in between is not the answer to this move.
    const refocus = (event) => {
      if (event.detail.ctx?.sourceElement?.id !== form.id) return;
      document.removeEventListener("htmx:finally:request", refocus);
      (document.querySelector("#panel [data-errors]") || document.getElementById(appt.id.replace(/^p-/, "a-")))?.focus();
    };
    document.addEventListener("htmx:finally:request", refocus);
    form.requestSubmit();
  }

  const rowUnder = (event, element) => Math.floor((event.clientY - element.getBoundingClientRect().top) / ROW);

  /* Where the card would begin: the column's row under the pointer, or the free place when the column says nothing. */
  function place(event) {
    const column = event.target.closest(".cal-body[data-start]");
    if (column) {
      const row = Math.max(0, rowUnder(event, column) - grip);
      return [later(column.dataset.start, row * MINUTES), column.dataset.provider];
    }
    const slot = event.target.closest(".slot");
    return slot && [slot.dataset.start, slot.dataset.provider];
  }

  document.addEventListener("dragstart", (event) => {
    const appt = event.target.closest?.(".appt");
    if (!appt || !pick(appt)) return;
    grip = appt.matches(".pin") ? 0 : Math.max(0, rowUnder(event, appt));
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    // The pinboard shows itself once the drag has begun: a page that changes in this very event would end it.
    setTimeout(() => document.body.classList.toggle("is-carrying", picked !== null && !appt.matches(".pin")));
  });
  const slotAt = (start, provider) => {
    const column = [...document.querySelectorAll("#schedule .cal-body[data-start]")].find(
      (each) => each.dataset.provider === provider && each.dataset.start.slice(0, 10) === start.slice(0, 10));
    return [...(column?.querySelectorAll(".slot") || [])].find((slot) =>
      slot.dataset.start <= start && start < later(slot.dataset.start, slot.matches(".for-2") ? 2 * MINUTES : MINUTES));
  };
  const overPins = (event) => picked && !picked.matches(".pin") && event.target.closest?.("#pins");
  document.addEventListener("dragover", (event) => {
    if (overPins(event)) return event.preventDefault();
    const target = picked && place(event);
    if (!target) return;
    event.preventDefault();
    const over = slotAt(...target);
    document.querySelectorAll(".slot.is-over").forEach((slot) => slot.classList.toggle("is-over", slot === over));
    over?.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    if (overPins(event)) {
      event.preventDefault();
      carry(picked);
      return;
    }
    const target = picked && place(event);
    if (!target) return;
    event.preventDefault();
    // Put back on the row where it stood: a visit at five past stays there.
    const [start, provider] = target;
    const before = picked.dataset.start;
    const back = provider === picked.dataset.provider && start <= before && before < later(start, MINUTES);
    drop(back ? before : start, provider);
  });
  document.addEventListener("dragend", letGo);

  /* Before htmx and links hear of it: a click drops what is picked up. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pick]");
    if (button && pick(document.getElementById(button.dataset.pick))) {
      event.preventDefault();
      event.stopImmediatePropagation();
      picked.focus();
      return;
    }
    const pin = event.target.closest(".pin");
    if (pin) {
      event.preventDefault();
      event.stopImmediatePropagation();
      pickPin(pin);
      return;
    }
    const slot = picked && event.target.closest(".slot");
    if (!slot) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    drop(slot.dataset.start, slot.dataset.provider);
  }, true);

  /* Everything one can stand on in a column, from morning to evening. */
  const stops = (column) =>
    [...column.querySelectorAll(".slot[data-start], .appt[data-start]")].sort((a, b) => (a.dataset.start < b.dataset.start ? -1 : 1));

  function walk(from, key) {
    const columns = [...document.querySelectorAll("#schedule .cal-col")];
    const here = columns.indexOf(from.closest(".cal-col"));
    const sideways = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (!sideways) {
      const all = stops(columns[here]);
      return all[all.indexOf(from) + (key === "ArrowDown" ? 1 : -1)];
    }
    for (let i = here + sideways; columns[i]; i += sideways) {
      const all = stops(columns[i]);
      if (all.length) return all.filter((stop) => stop.dataset.start <= from.dataset.start).pop() || all[0];
    }
    return null;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && picked) {
      say(`${picked.dataset.label} stays where it was.`);
      letGo();
      event.preventDefault();
      return;
    }
    const stop = event.target.closest?.("#schedule .slot, #schedule .appt");
    if (!stop || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key.startsWith("Arrow")) {
      const next = walk(stop, event.key);
      event.preventDefault();
      if (!next) return;
      stop.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    } else if (event.key === "m" && document.body.dataset.keys !== "off" && stop.matches(".appt")) {
      if (pick(stop)) event.preventDefault();
    } else if (event.key === "p" && document.body.dataset.keys !== "off" && stop.matches(".appt")) {
      if (carry(stop)) event.preventDefault();
    } else if (event.key === "Enter" && picked && stop.matches(".slot")) {
      event.preventDefault();
      drop(stop.dataset.start, stop.dataset.provider);
    }
  }, true);

  /* Booked or moved from the panel: its form is gone, and the focus goes to the visit it was about. A part that loads
     itself may be answered in between, while the form still stands; whoever presses a key meanwhile chose himself. */
  document.addEventListener("htmx:after:swap", () => {
    if (!answering || document.activeElement !== document.body) return;
    const shown = document.querySelector("#schedule .appt[aria-pressed=true]");
    const refused = document.querySelector("#panel [data-errors]");
    (refused || shown)?.focus({ preventScroll: !refused });
    answering = false;
  });
  for (const chosen of ["keydown", "pointerdown"]) document.addEventListener(chosen, () => { answering = false; }, true);
  document.addEventListener("submit", (event) => {
    answering = Boolean(event.target.closest("#panel"));
  });
  /* Booked or moved to another day: its page came anew, and stands on the visit that it was asked for. */
  document.addEventListener("DOMContentLoaded", () => {
    const asked = new URLSearchParams(location.search).has("appointment");
    if (asked && document.activeElement === document.body) document.querySelector("#schedule .appt[aria-pressed=true]")?.focus();
  });
})();
