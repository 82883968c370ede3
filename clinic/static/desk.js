/* Which appointment is open: the pressed one on the schedule, at once, while the server fetches its panel. */
"use strict";

document.addEventListener("click", (event) => {
  const appt = event.target.closest?.("#schedule .appt");
  if (!appt) return;
  for (const other of document.querySelectorAll('#schedule .appt[aria-pressed="true"]')) other.removeAttribute("aria-pressed");
  appt.setAttribute("aria-pressed", "true");
});

/* A column or the schedule was drawn anew: the card whose visit stands in the panel is the open one. First of all, for
   the focus follows it. */
document.addEventListener("htmx:after:swap", () => {
  const open = document.querySelector("#panel-head")?.dataset.appointment;
  if (!open) return;
  for (const other of document.querySelectorAll('#schedule .appt[aria-pressed="true"]')) {
    if (other.id !== open) other.removeAttribute("aria-pressed");
  }
  document.getElementById(open)?.setAttribute("aria-pressed", "true");
}, true);
