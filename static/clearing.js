/* The keyboard on the page of open lines. Without it every button, box and link does the same. */
(() => {
  const lines = [...document.querySelectorAll("[data-line]")];
  const book = document.querySelector("[data-book]");
  const help = document.querySelector(".keys");
  if (!lines.length) return;
  if (help) help.hidden = false;

  const ticked = () => document.querySelectorAll("input[name=ticked]:checked").length;
  const count = () => { if (book) book.querySelector("[data-count]").textContent = ticked() ? `(${ticked()})` : ""; };
  const here = () => lines.findIndex((line) => line.contains(document.activeElement));
  const go = (step) => {
    const at = here() < 0 ? (step > 0 ? 0 : lines.length - 1) : Math.min(Math.max(here() + step, 0), lines.length - 1);
    lines[at].focus();
    lines[at].scrollIntoView({ block: "nearest" });
  };
  const press = (name) => { const at = here(); if (at >= 0) lines[at].querySelector(name)?.click(); };
  const keys = {
    ArrowDown: () => go(1), j: () => go(1),
    ArrowUp: () => go(-1), k: () => go(-1),
    x: () => { press("input[name=ticked]"); go(1); },
    Enter: () => press("[data-accept]"),
    o: () => press("[data-other]"),
    b: () => { if (book && ticked()) book.click(); },
  };

  document.addEventListener("change", count);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
    const pressing = event.key === "Enter" && event.target.matches("button, a, summary");
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || typing || pressing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  count();
  lines[0].focus({ preventScroll: true });
})();
