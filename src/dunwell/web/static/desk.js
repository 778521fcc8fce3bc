// Keys and panels of the desk. Every page works without this file: it only saves reaches.
"use strict";
(() => {
  const rows = () => Array.from(document.querySelectorAll("[data-row]"));
  const panel = () => document.getElementById("panel");
  let going = false;
  let aside = null; // a form that was left with something typed in it
  let settling = null; // the page being read anew: what is typed meanwhile waits for it

  // What is being done in the panel; a word that something is done is not.
  const open = () => {
    const box = panel();
    return box && box.innerHTML.trim() && !box.querySelector(".done") ? box : null;
  };

  const here = () => document.activeElement && document.activeElement.closest("[data-row]");

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(here() || document.querySelector("[data-row].here"));
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
    stand(next);
  }

  // Be on a row, and on no other.
  function stand(row) {
    rows().forEach((other) => other.classList.toggle("here", other === row));
    if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  const spot = () => `row ${window.location.pathname}${window.location.search}`;

  // Where one is on a list is kept for coming back to it.
  function keepPlace(row) {
    const at = { customer: row.dataset.customer || "", n: rows().indexOf(row) };
    window.sessionStorage.setItem(spot(), JSON.stringify(at));
  }

  // The row of a customer, or whatever stands in its place by now.
  function rowOf(customer, n) {
    const all = rows();
    const same = customer ? all.filter((row) => row.dataset.customer === customer) : [];
    const near = same.sort((a, b) => Math.abs(all.indexOf(a) - n) - Math.abs(all.indexOf(b) - n));
    return near[0] || all[Math.min(Math.max(n, 0), all.length - 1)];
  }

  function comeBack() {
    const came = window.performance.getEntriesByType("navigation")[0];
    const kept = window.sessionStorage.getItem(spot());
    if (!kept || !came || came.type === "navigate") return;
    const { customer, n } = JSON.parse(kept);
    const row = rowOf(customer, n);
    if (row) stand(row);
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
    begin(`/do/${verb}/${encodeURIComponent(customer)}`);
    return true;
  }

  // Open a form beside the page: as it was left, where something is typed in it already.
  function begin(where) {
    if (aside && aside.where === where.split("?")[0]) { takeUp(); return; }
    window.htmx.ajax("GET", where, { target: "#panel", swap: "innerHTML" });
  }

  const typed = (form) => Array.from(form.elements).some((e) => {
    if (["hidden", "submit", "button", "fieldset"].includes(e.type)) return false;
    if (e.type === "checkbox" || e.type === "radio") return e.checked !== e.defaultChecked;
    const first = e.options && (Array.from(e.options).find((o) => o.defaultSelected) || e.options[0]);
    return e.value !== (e.options ? first && first.value : e.defaultValue);
  });

  function close() {
    const box = panel();
    if (!box || !box.innerHTML.trim()) return false;
    const form = box.querySelector("form.act");
    if (form && ("typed" in form.dataset || typed(form))) {
      aside = { form, where: form.getAttribute("action") };
      box.replaceChildren(document.getElementById("put-aside").content.cloneNode(true));
    } else {
      box.replaceChildren();
    }
    const row = document.querySelector("[data-row].here");
    if (row) row.focus();
    return true;
  }

  // Go on with what was left.
  function takeUp() {
    if (!aside) return;
    const { form } = aside;
    aside = null;
    panel().replaceChildren(form);
    const last = Array.from(form.querySelectorAll("textarea, input:not([type=hidden])"));
    (last.find((e) => e.value) || last[0] || form).focus();
  }

  // A key of what is open, of the row one is on, or of the page outside its rows.
  function owned(key) {
    const wanted = `[data-own-key="${CSS.escape(key)}"]`;
    const box = open();
    if (box) return box.querySelector(wanted);
    const row = here() || document.querySelector("[data-row].here");
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
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form.act:not(.answer)");
      if (form) { event.preventDefault(); form.requestSubmit(form.querySelector("button.main")); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (close()) event.preventDefault();
      return;
    }
    const field = event.target.closest("input, textarea, select, [contenteditable]");
    if (field) return;
    if (settling) {
      event.preventDefault();
      const again = new KeyboardEvent("keydown", { key: event.key, bubbles: true, cancelable: true });
      settling.then(() => document.activeElement.dispatchEvent(again));
      return;
    }
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
      const undo = panel().querySelector("[data-undo], [data-take-up]")
        || document.querySelector("[data-undo]");
      if (undo) event.preventDefault();
      if (undo && undo.matches("form")) undo.requestSubmit();
      else if (undo) undo.click();
    } else if (keyed) {
      if (act(keyed.dataset.verb)) event.preventDefault();
      else if (keyed.href) { event.preventDefault(); keyed.click(); }
    }
  });

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("#panel [data-close]");
    if (closer) { event.preventDefault(); close(); return; }
    if (event.target.closest("[data-take-up]")) { takeUp(); return; }
    const row = event.target.closest("[data-row]");
    if (row) { keepPlace(row); rows().forEach((r) => r.classList.toggle("here", r === row)); }
    const verb = event.target.closest("a[data-verb]");
    if (verb && window.htmx && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      begin(verb.getAttribute("href"));
    }
  });

  // A text is copied whole; without a clipboard the button stays away.
  function copies(part) {
    for (const button of part.querySelectorAll("[data-copy]")) {
      button.hidden = !navigator.clipboard;
    }
  }
  copies(document);
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
    copies(event.target);
    if (event.target.querySelector(".done")) return;
    const first = event.target.querySelector(
      "[autofocus], input:not([type=hidden]), textarea, select, button");
    if (first) first.focus();
  });

  // Something is done, or undone, about a customer: the page is read anew, ticks stay, and one is
  // on that customer's row again, or on the one that took its place.
  document.addEventListener("done", (event) => {
    const was = document.querySelector("[data-row].here");
    const n = was ? rows().indexOf(was) : -1;
    const customer = event.detail.customer || (was && was.dataset.customer) || "";
    const ticked = new Set(Array.from(
      document.querySelectorAll("#main input[name=line]:checked"), (box) => box.value));
    aside = null;
    document.querySelectorAll(".said").forEach((said) => said.remove());
    const read = window.htmx.ajax("GET", window.location.href, {
      target: "#main", select: "#main", swap: "outerHTML",
    });
    const over = () => { settling = null; };
    settling = read.then(() => {
      const boxes = Array.from(document.querySelectorAll("#main input[name=line]"));
      const again = boxes.filter((box) => ticked.has(box.value));
      again.forEach((box) => { box.checked = true; });
      if (again.length) again[0].dispatchEvent(new Event("change", { bubbles: true }));
      const row = n < 0 ? null : rowOf(customer, n);
      if (row && !open()) stand(row);
    }).then(over, over);
  });

  comeBack();
})();
