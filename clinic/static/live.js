/* Other people's changes appear by themselves and disturb nothing.

   #schedule          data-live: the address that says (by its ETag) how the shown days stand; data-stamp: how they
                      stood when they were drawn. A change fires "stale" on it, for which it fetches itself (outerMorph).
   [data-version]     in the panel, with data-appointment: the visit that stands there, and which version of it
   [data-stale]       the hidden line in the panel that says that somebody else changed this visit

   Nothing is asked while nobody looks, and nothing is drawn while an appointment is picked up. The panel is never
   drawn anew, so what is typed stays; the focus stays at its place even when the button of that place is another. */
"use strict";

(() => {
  const EVERY = 4000;
  let known = "";
  let asking = false;

  const schedule = () => document.querySelector("#schedule[data-live]");
  const held = () => document.querySelector(".appt.is-picked") !== null;
  const ours = (event) => event.detail.ctx?.sourceElement?.id === "schedule";

  async function ask() {
    const here = schedule();
    if (!here || asking || document.hidden || held()) return;
    asking = true;
    try {
      const answer = await fetch(here.dataset.live, { headers: { "If-None-Match": known || `"${here.dataset.stamp}"` } });
      if (answer.status === 204 && schedule() === here && !held()) {
        known = answer.headers.get("ETag");
        here.dispatchEvent(new Event("stale"));
      }
    } catch {
      /* Without a network the page stays as it is, and the next question finds out. */
    } finally {
      asking = false;
    }
  }

  /* What one stands on: a place by its time and provider, a card by its id. */
  const at = (element) => (element.id ? "#" + CSS.escape(element.id) : `[data-start="${element.dataset.start}"][data-provider="${element.dataset.provider}"]`);
  let stand = "";

  document.addEventListener("htmx:before:response", (event) => {
    if (!ours(event)) return;
    if (held()) {
      known = "";
      event.preventDefault();
      return;
    }
    const focused = document.activeElement?.closest("#schedule .slot, #schedule .appt");
    stand = focused ? at(focused) : "";
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (!ours(event)) return;
    const of = document.querySelector("#panel [data-version]");
    const card = of && document.getElementById(of.dataset.appointment);
    const changed = of && card?.dataset.version !== of.dataset.version && (card || !document.querySelector("#schedule [data-open]"));
    const note = of?.querySelector("[data-stale]");
    if (note && changed && note.hidden) {
      note.hidden = false;
      say(note.querySelector("b").textContent);
    }
    const again = stand && document.querySelector(`#schedule ${stand}`);
    if (again && again !== document.activeElement) {
      again.tabIndex = 0;
      again.focus({ preventScroll: true });
    }
  });

  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
})();
