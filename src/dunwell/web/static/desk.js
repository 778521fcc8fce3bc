// Keys and panels of the desk. Every page works without this file: it only saves reaches.
"use strict";
(() => {
  const rows = () => Array.from(document.querySelectorAll("[data-row]"));
  const panel = () => document.getElementById("panel");
  let going = false;

  const here = () => document.activeElement && document.activeElement.closest("[data-row]");

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(here() || document.querySelector("[data-row].here"));
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
    all.forEach((row) => row.classList.toggle("here", row === next));
    if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function current() {
    const row = here() || document.querySelector("[data-row].here");
    if (row) return row;
    return document.querySelector("[data-customer]");
  }

  function act(verb) {
    const row = current();
    const customer = row && row.dataset.customer;
    if (!customer || !window.htmx) return false;
    const where = `/do/${verb}/${encodeURIComponent(customer)}`;
    window.htmx.ajax("GET", where, { target: "#panel", swap: "innerHTML" });
    return true;
  }

  function close() {
    const box = panel();
    if (!box || !box.innerHTML) return false;
    box.innerHTML = "";
    const row = document.querySelector("[data-row].here");
    if (row) row.focus();
    return true;
  }

  // A key of what is open, of the row one is on, or of the page outside its rows.
  function owned(key) {
    const wanted = `[data-own-key="${CSS.escape(key)}"]`;
    const box = panel();
    if (box && box.innerHTML) return box.querySelector(wanted);
    const row = here();
    if (row) return row.querySelector(wanted);
    return Array.from(document.querySelectorAll(wanted)).find((e) => !e.closest("[data-row]"));
  }

  // On a narrow screen the pages lie in one row: the one looked at comes into view.
  const page_ = document.querySelector(".rail [aria-current]");
  if (page_ && window.matchMedia("(max-width: 46rem)").matches) {
    page_.scrollIntoView({ inline: "center", block: "nearest" });
  }

  // A button says whether it acts on all lines or on the ticked ones.
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || event.target.name !== "line") return;
    const n = Array.from(form.elements).filter((e) => e.name === "line" && e.checked).length;
    for (const button of form.querySelectorAll("[data-all]")) {
      button.textContent = n ? `${button.dataset.some} ${n}` : button.dataset.all;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (close()) event.preventDefault();
      return;
    }
    const field = event.target.closest("input, textarea, select, [contenteditable]");
    if (field) return;
    if (going) {
      going = false;
      const door = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (door) { event.preventDefault(); door.click(); }
      return;
    }
    const own = owned(event.key);
    if (own) { event.preventDefault(); own.click(); return; }
    const keyed = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (event.key === "g") { going = true; setTimeout(() => { going = false; }, 1200); }
    else if (event.key === "/") { event.preventDefault(); document.getElementById("q").focus(); }
    else if (event.key === "?") { event.preventDefault(); document.getElementById("keys").showModal(); }
    else if (event.key === "j") { event.preventDefault(); move(1); }
    else if (event.key === "k") { event.preventDefault(); move(-1); }
    else if (event.key === "x") {
      const box = here() && here().querySelector("input[type=checkbox]");
      if (box) { event.preventDefault(); box.click(); }
    } else if (event.key === "Enter" && here() === event.target) {
      const link = event.target.querySelector("a[href]");
      if (link) { event.preventDefault(); link.click(); }
    } else if (event.key === "u") {
      const form = document.querySelector("[data-undo]");
      if (form) { event.preventDefault(); form.requestSubmit(); }
    } else if (keyed) {
      if (act(keyed.dataset.verb)) event.preventDefault();
      else if (keyed.href) { event.preventDefault(); keyed.click(); }
    }
  });

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("#panel [data-close]");
    if (closer) { event.preventDefault(); close(); return; }
    const verb = event.target.closest("a[data-verb]");
    if (verb && window.htmx && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      window.htmx.ajax("GET", verb.getAttribute("href"), { target: "#panel", swap: "innerHTML" });
    }
  });

  // A text is copied whole; without a clipboard the button stays away.
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value)
      .then(() => { button.textContent = button.dataset.done; });
  });

  // A finding leads to its line in the text.
  document.addEventListener("click", (event) => {
    const spot = event.target.closest("a[data-line]");
    const text = spot && document.getElementById("text");
    if (!text) return;
    event.preventDefault();
    const before = text.value.split("\n").slice(0, Number(spot.dataset.line) - 1);
    const at = before.reduce((n, row) => n + row.length + 1, 0) + Number(spot.dataset.column) - 1;
    text.focus();
    text.setSelectionRange(at, at);
    text.scrollTop = before.length * (text.scrollHeight / text.value.split("\n").length) - 80;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "panel") return;
    const first = event.target.querySelector(
      "[autofocus], input:not([type=hidden]), textarea, select, button");
    if (first) first.focus();
  });

  document.addEventListener("done", () => {
    const row = document.querySelector("[data-row].here");
    if (row) { row.classList.add("settled"); row.focus(); return; }
    window.htmx.ajax("GET", window.location.href, {
      target: "#main", select: "#main", swap: "outerHTML",
    });
  });
})();
