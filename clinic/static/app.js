/* What every staff screen does with the keyboard. No screen needs it: links and forms work alone.

   data-keys="off"   on body: single keys are switched off (WCAG 2.1.4)
   data-key="n"      on a link, button or field: the key that follows, presses or focuses it; the hint for
                     screen readers (aria-keyshortcuts) is the author's to write
   data-list         on a table or list: j and k walk its rows, Enter opens the row's [data-open] link,
                     x ticks its checkbox; the row with the focus is remembered by tabindex
   data-open         on the main link of a row
   data-close        on the link or button that closes the panel; Escape presses it
   data-errors       on the summary of a form that was refused: it takes the focus
   data-autofocus    on the part of a swapped fragment that takes the focus
   data-row-enter    on a table of fields: Enter goes to the same column of the next row
   data-show-keys    on a button: shows all keys of the screen, as "?" does
   "g" goes to the bar, where a screen's first letter goes to it; "/" goes to the search field, Ctrl+Enter sends the form, Escape closes panel and menu. */
"use strict";

/* What only works with this file is not shown without it: .js-only in app.css. */
document.documentElement.classList.add("js");

const inField = (target) => target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
const visible = (element) => element.getClientRects().length > 0;

function press(key) {
  const element = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key && visible(each));
  if (!element || element.disabled) return false;
  if (element.matches("input, select, textarea")) element.focus();
  else element.click();
  return true;
}

/* ---- Lists ---- */

const rows = (list) => [...list.querySelectorAll("tbody tr, li")].filter((row) => row.querySelector("[data-open]"));

function walk(step) {
  const list = document.activeElement.closest("[data-list]") || document.querySelector("[data-list]");
  if (!list) return false;
  const all = rows(list);
  const here = all.indexOf(document.activeElement.closest("tr, li"));
  const marked = all.findIndex((row) => row.matches("[aria-selected=true], .on"));
  const from = here >= 0 ? here : Math.max(marked, step > 0 ? -1 : 0);
  const next = all[Math.min(Math.max(from + step, 0), all.length - 1)];
  if (!next) return false;
  all.forEach((row) => (row.tabIndex = -1));
  next.tabIndex = 0;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function inRow(key) {
  const row = document.activeElement.closest("[data-list] tr, [data-list] li");
  if (!row) return false;
  const part = row.querySelector(key === "x" ? "input[type=checkbox]" : "[data-open]");
  if (!part || document.activeElement.closest("a, button")) return false;
  part.click();
  return true;
}

/* ---- Keys ---- */

function closeSomething() {
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return true;
  }
  const close = document.querySelector("#panel [data-close]");
  if (!close) return false;
  close.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const target = event.target;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (closeSomething()) event.preventDefault();
    return;
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = target.closest("form");
    if (form) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-default]") || undefined);
    }
    return;
  }
  if (event.key === "Enter" && target.matches("[data-row-enter] input:not([type=checkbox])")) {
    event.preventDefault();
    nextRow(target);
    return;
  }
  if (event.altKey && !event.ctrlKey && !event.metaKey) {
    if (press("alt+" + event.key.toLowerCase())) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || inField(target) || document.body.dataset.keys === "off") return;
  const done =
    goInBar(target, event.key) ? true :
    event.key === "/" ? focusSearch() :
    event.key === "g" ? focusBar() :
    event.key === "?" ? showKeys() :
    event.key === "j" ? walk(1) :
    event.key === "k" ? walk(-1) :
    event.key === "Enter" || event.key === "x" ? inRow(event.key) :
    press(event.key);
  if (done) event.preventDefault();
});

function focusBar() {
  const link = document.querySelector(".bar-nav [aria-current], .bar-nav a");
  link?.focus();
  return Boolean(link);
}

/* In the bar a letter goes to the next link that begins with it, also to one under "More". */
function goInBar(target, key) {
  if (!target.closest(".bar-nav") || key.length !== 1) return false;
  const links = [...document.querySelectorAll(".bar-nav a")];
  const here = links.indexOf(target);
  const next = [...links.slice(here + 1), ...links.slice(0, here + 1)].find((link) => link.textContent.trim().toLowerCase().startsWith(key.toLowerCase()));
  if (!next) return false;
  const menu = next.closest("details");
  if (menu) menu.open = true;
  next.focus();
  return true;
}

function focusSearch() {
  const field = document.querySelector(".bar-search input[type=search]");
  if (!field) return false;
  field.focus();
  field.select();
  return true;
}

/* The keys of every screen stand in base.html; those of this screen are read off its links and buttons. */
function showKeys() {
  const dialog = document.querySelector("#keys");
  if (!dialog || dialog.open) return false;
  const here = [...document.querySelectorAll("[data-key]")].filter(visible).map((element) => {
    const row = document.createElement("div");
    const name = document.createElement("dt");
    const value = document.createElement("dd");
    const key = document.createElement("kbd");
    name.textContent = element.getAttribute("aria-label") || element.textContent.trim();
    key.textContent = element.dataset.key;
    value.append(key);
    row.append(name, value);
    return row;
  });
  dialog.querySelector("[data-keys-here]").replaceChildren(...here);
  dialog.showModal();
  return true;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) showKeys();
});

function nextRow(field) {
  const cell = field.closest("td");
  const row = cell.closest("tr");
  let below = row.nextElementSibling || row.parentElement.nextElementSibling?.querySelector("tr");
  while (below) {
    const next = below.children[cell.cellIndex]?.querySelector("input:not([type=hidden], [type=checkbox])");
    if (next) return next.focus(), next.select();
    below = below.nextElementSibling || below.parentElement.nextElementSibling?.querySelector("tr");
  }
}

/* ---- Where the focus returns ---- */

/* What opened the panel, as a selector: closing it is a link to the page without it. */
let opener = "";
const RETURN = "clinic-return-focus";

document.addEventListener("click", (event) => {
  const opens = event.target.closest("[hx-target='#panel']");
  if (opens && !opens.closest("#panel")) {
    opener = opens.id ? "#" + CSS.escape(opens.id) : opens.value ? `[name="${opens.name}"][value="${CSS.escape(opens.value)}"]` : "";
  }
  const closes = event.target.closest("#panel [data-close]");
  if (!closes || closes.hasAttribute("hx-get")) return;
  const pressed = document.querySelector(".appt[aria-pressed=true]");
  const wanted = opener && document.querySelector(opener) ? opener : pressed ? "#" + CSS.escape(pressed.id) : "";
  sessionStorage.setItem(RETURN, wanted);
}, true);

document.addEventListener("DOMContentLoaded", () => {
  const wanted = sessionStorage.getItem(RETURN);
  sessionStorage.removeItem(RETURN);
  if (wanted) document.querySelector(wanted)?.focus({ preventScroll: true });
});

/* ---- After an answer ---- */

function takeFocus(root) {
  const find = (wanted) => (root.matches?.(wanted) ? root : root.querySelector(wanted));
  const element = find("[data-errors]") || find("[data-autofocus]");
  if (!element) return;
  if (!element.matches("a, button, input, select, textarea, [tabindex]")) element.tabIndex = -1;
  element.focus();
}

document.addEventListener("DOMContentLoaded", () => takeFocus(document));
document.addEventListener("htmx:after:swap", (event) => {
  const named = event.detail.ctx?.target;
  // An answer that names its own place (HX-Retarget) leaves a selector here, not an element.
  const target = typeof named === "string" ? document.querySelector(named) : named;
  const root = target?.isConnected ? target : document.getElementById(target?.id);
  if (root) takeFocus(root);
});

/* 5xx is never swapped in: what is on the screen stays, and the line under the bar says so, in the server's words
   where they are ours (errors/_error.html, sent to #flash) and not those of something between us. */
document.addEventListener("htmx:response:error", (event) => {
  const { response, text } = event.detail.ctx;
  if (response.status < 500) return;
  const flash = document.querySelector("#flash");
  if (flash && response.headers.get("HX-Retarget") === "#flash") flash.innerHTML = text;
  else warn("Not saved.", "Something went wrong on our side. What you typed is still here.");
});
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx) warn("No answer.", "The server cannot be reached. What you typed is still here; try again in a moment.");
});

/* What the line under the bar says is of the step before: it is over when the next one is sent without a new page. */
document.addEventListener("submit", (event) => {
  if (event.target.matches("[hx-post]")) document.querySelector("#flash")?.replaceChildren();
});

function warn(title, text) {
  const flash = document.querySelector("#flash");
  if (!flash) return;
  const note = document.createElement("div");
  const head = document.createElement("b");
  note.className = "note note-danger";
  head.textContent = title;
  note.append(head, " " + text);
  flash.replaceChildren(note);
}

/* The session ended, and a request of this page was the first to hear of it: a form that somebody was filling in is
   sent as it is. The server keeps what was typed until the same person has signed in again, and changes nothing. */
document.addEventListener("htmx:before:response", (event) => {
  const { sourceElement, response, request } = event.detail.ctx;
  if (response.status !== 401 || !response.headers.get("HX-Redirect")) return;
  const own = sourceElement.closest("#main form[method=post]");
  const form = own || [...document.querySelectorAll("#main form[method=post]")].find(typedInto);
  if (!form) return;
  event.preventDefault();
  const button = own && request.submitter;
  if (button?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
  HTMLFormElement.prototype.submit.call(form);
});

function typedInto(form) {
  return [...form.elements].some((field) =>
    field.matches("input:not([type=hidden], [type=checkbox], [type=radio]), textarea") && field.value !== field.defaultValue);
}

/* What a choice asks for opens with it: the subscriber of a plan that is not the patient's own, who else pays. */
document.addEventListener("change", (event) => {
  const { form, name, value } = event.target;
  const part = name && form?.querySelector(`details[data-part-of="${CSS.escape(name)}"]`);
  if (part) part.open = part.dataset.when ? value === part.dataset.when : value !== part.dataset.unless;
});

/* A click outside closes the menu; the server announces with HX-Trigger: {"announce": {"text": "…"}}. */
document.addEventListener("click", (event) => {
  const menu = document.querySelector("details.menu[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});
document.addEventListener("announce", (event) => say(event.detail.text));

function say(text) {
  const live = document.querySelector("#live");
  if (live) live.textContent = text;
}
