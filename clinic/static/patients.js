// A picture is sent as soon as it is chosen or taken; without this file the button does it.
"use strict";
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-send-when-chosen]");
  if (form && event.target.type === "file" && event.target.files.length) form.requestSubmit();
});
