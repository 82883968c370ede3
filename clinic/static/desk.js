/* Which appointment is open: the pressed one on the schedule, at once, while the server fetches its panel. */
"use strict";

document.addEventListener("click", (event) => {
  const appt = event.target.closest?.("#schedule .appt");
  if (!appt) return;
  for (const other of document.querySelectorAll('#schedule .appt[aria-pressed="true"]')) other.removeAttribute("aria-pressed");
  appt.setAttribute("aria-pressed", "true");
});

/* One column was drawn anew: a card that was open in another one is open no more. First of all, for the focus follows it. */
document.addEventListener("htmx:after:swap", () => {
  const open = document.querySelector("#panel-head")?.dataset.appointment;
  if (!open) return;
  for (const other of document.querySelectorAll('#schedule .appt[aria-pressed="true"]')) {
    if (other.id !== open) other.removeAttribute("aria-pressed");
  }
}, true);
