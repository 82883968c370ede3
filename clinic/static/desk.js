/* Which appointment is open: the pressed one on the schedule, at once, while the server fetches its panel. */
"use strict";

document.addEventListener("click", (event) => {
  const appt = event.target.closest?.("#schedule .appt");
  if (!appt) return;
  for (const other of document.querySelectorAll('#schedule .appt[aria-pressed="true"]')) other.removeAttribute("aria-pressed");
  appt.setAttribute("aria-pressed", "true");
});
