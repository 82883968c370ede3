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

/* "Book anyway" and "Book beside it" answer what was said about one place: another place is simply booked. */
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("#panel form [name=day], #panel form [name=time], #panel form [name=provider], #panel form [name=visit_type], #panel form [name=minutes]")) return;
  const button = event.target.form.querySelector("[data-default][data-plain]");
  if (button) button.textContent = button.dataset.plain;
});

/* Where the page still offers to take something back, closing the panel clears it in place: the offer stays. */
document.addEventListener("click", (event) => {
  const close = event.target.closest?.("#panel a[data-close]:not([hx-get])");
  if (!close || !document.querySelector("#last form") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (new URL(close.href).pathname !== location.pathname) return;
  event.preventDefault();
  history.replaceState(history.state, "", close.href);
  document.querySelector("#panel").replaceChildren();
  const pressed = document.querySelector('#schedule .appt[aria-pressed="true"]');
  pressed?.removeAttribute("aria-pressed");
  const wanted = sessionStorage.getItem("clinic-return-focus");
  sessionStorage.removeItem("clinic-return-focus");
  (wanted && document.querySelector(wanted) || pressed)?.focus({ preventScroll: true });
});
