/* The charge slip's keyboard: codes offered under a field, and the walk from finding to finding.

   [data-choices]   a field whose aria-controls names the list that the server fills while it is typed:
                    arrows walk the list, Enter or a click takes a code, Escape closes it
   [data-finding]   names the field that a finding speaks of: Alt+F goes from one to the next
   Without this file the same codes come as buttons under the field when the slip is checked. */
"use strict";

(() => {
  const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
  const optionsOf = (field) => [...(listOf(field)?.querySelectorAll("[role=option]") || [])];
  const current = (field) => optionsOf(field).find((each) => each.getAttribute("aria-selected") === "true");

  /* The sentence that stands where codes would, when none fits. */
  const nothing = (field) => listOf(field)?.matches("[data-nothing]:not([hidden])");

  function close(field) {
    const list = listOf(field);
    if (list) {
      list.hidden = true;
      list.replaceChildren();
      list.removeAttribute("role");
      list.removeAttribute("aria-label");
    }
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function tell(field) {
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    say(listOf(field).textContent);
  }

  function mark(field, option) {
    optionsOf(field).forEach((each) => each.setAttribute("aria-selected", String(each === option)));
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function walk(field, step) {
    const all = optionsOf(field);
    const here = all.indexOf(current(field));
    mark(field, all[(here + step + all.length) % all.length] || all[0]);
  }

  function take(field, option) {
    field.value = option.dataset.code;
    close(field);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /* Enter in a diagnosis goes to the next one, as in the table below it. */
  function nextDiagnosis(field) {
    const next = field.closest("li")?.nextElementSibling?.querySelector("[data-choices]");
    next?.focus();
    next?.select();
    return Boolean(next);
  }

  function nextFinding() {
    const marks = [...document.querySelectorAll("[data-finding]")];
    const fields = [...new Set(marks.map((each) => document.getElementById(each.dataset.finding)).filter(Boolean))];
    if (!fields.length) return;
    fields[(fields.indexOf(document.activeElement) + 1) % fields.length].focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.altKey && event.key.toLowerCase() === "f") {
      event.preventDefault();
      nextFinding();
      return;
    }
    const field = event.target.closest?.("[data-choices]");
    if (!field || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const open = optionsOf(field).length > 0;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) walk(field, event.key === "ArrowDown" ? 1 : -1);
    else if ((open || nothing(field)) && event.key === "Escape") close(field);
    else if (open && event.key === "Enter" && current(field)) take(field, current(field));
    else if (event.key === "Enter" && field.closest("li")) nextDiagnosis(field);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  /* The field keeps the focus, so that leaving it does not send the half-typed word first. */
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest(".choices")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest(".choices [role=option]");
    if (!option) return;
    event.preventDefault();
    const field = document.querySelector(`[aria-controls="${option.closest(".choices").id}"]`);
    take(field, option);
  });
  document.addEventListener("focusout", (event) => {
    const field = event.target.closest?.("[data-choices]");
    if (field) close(field);
  });
  document.addEventListener("htmx:after:swap", () => {
    document.querySelectorAll("[data-choices]").forEach((field) => {
      const open = optionsOf(field).length > 0 && document.activeElement === field;
      if (open) field.setAttribute("aria-expanded", "true");
      else if (document.activeElement === field && nothing(field)) tell(field);
      else close(field);
    });
  });
})();
