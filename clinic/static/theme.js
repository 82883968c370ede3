/* Light or dark as the computer is set, until a person chooses. Runs before anything is drawn, so that nothing flashes;
   without it the page is light. */
"use strict";

(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => (document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light");
  follow();
  dark.addEventListener("change", follow);
})();
