/* Choices of a form marked data-choices, filters of the search or what counts for peers, are applied at once, in place,
   so that the focus stays where it is. Without this file, the button of the form does the same with a new page. */

const form = document.querySelector("[data-choices]");
const WAIT = 250;
let turn = 0;
let shown = location.pathname + location.search;
let timer = 0;

document.addEventListener("change", ({ target }) => {
  if (target.form !== form || target.type === "search") {
    return;
  }
  // An address may name several kinds, which stand as hidden fields; whoever chooses one means that one.
  if (target.type === "radio") {
    for (const field of [...form.elements].filter(({ type, name }) => type === "hidden" && name === target.name)) {
      field.remove();
    }
  }
  clearTimeout(timer);
  // A number is often stepped several times.
  timer = setTimeout(() => apply(address(), change(target)), target.type === "number" ? WAIT : 0);
});
form.addEventListener("submit", (event) => {
  // Enter in a number applies it, as leaving it does.
  if (form.dataset.choices === "submit" || document.activeElement.type === "number") {
    event.preventDefault();
    clearTimeout(timer);
    apply(address()).then(() => {
      // The button below many choices leads to what they bring.
      if (event.submitter?.matches("[data-to-results]")) {
        summary().focus();
      }
    });
  }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-apply]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    // What is named like the link takes its place; else the count tells what there is now.
    apply(link.href, "", link.id ? null : summary());
  }
});
/* Not for a link within the page, which is told as a step back as well. */
addEventListener("popstate", () => shown !== location.pathname + location.search && location.reload());
centre();

/* On a phone a map is wider than the page: the city asked about comes into its middle. */
function centre() {
  const here = document.querySelector(".map-scroll .here-mark");
  const seen = here?.closest(".map-scroll");
  if (seen) {
    const [ring, frame] = [here, seen].map((part) => part.getBoundingClientRect());
    seen.scrollLeft += ring.left + ring.width / 2 - frame.left - frame.width / 2;
  }
}

/* The shortest address that asks the same: nothing empty, nothing as usual, a challenge with how severe it is. */
function address() {
  const given = new FormData(form);
  const query = new URLSearchParams();
  for (const [name, value] of given) {
    const field = form.elements.namedItem(name);
    const usual = (field instanceof RadioNodeList ? field[0] : field).dataset.usual;
    const isNothing = value === "" || value === usual || name.startsWith("severity.");
    // The hidden "none" tells that no challenge is ticked, where none is.
    if (!isNothing && !(value === "none" && given.getAll(name).length > 1)) {
      const severity = given.get(`severity.${value}`);
      query.append(name, severity ? `${value}:${severity}` : value);
    }
  }
  const asked = String(query).replaceAll("%3A", ":");
  return asked ? `${form.action}?${asked}` : form.action;
}

function summary() {
  return document.querySelector("[data-summary]");
}

/* What a choice changed, for whoever cannot see it. */
function change(target) {
  const words = status().dataset[target.checked ? "added" : "removed"];
  return words && target.type === "checkbox" ? `${words} ${target.labels[0].querySelector("span").textContent.trim()}.` : "";
}

function status() {
  return document.querySelector("[data-status]");
}

/* Show another address in place: what has the focus keeps it, and stays where it is on the screen. */
async function apply(url, changed = "", focus = null) {
  const mine = ++turn;
  const response = await fetch(url).catch(() => null);
  const text = response?.ok ? await response.text().catch(() => null) : null;
  if (mine !== turn) {
    return;
  }
  if (text === null) {
    location.assign(url);
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  const folds = [...document.querySelectorAll("[data-live] details[id]")].map(({ id, open }) => [id, open]);
  const focused = document.activeElement;
  const before = focused.getBoundingClientRect().top;
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (fresh) {
      part.replaceChildren(...fresh.childNodes);
    }
  }
  centre();
  for (const [id, open] of folds) {
    document.getElementById(id)?.toggleAttribute("open", open);
  }
  const again = focus ?? (focused.id ? document.getElementById(focused.id) : null);
  again?.focus({ preventScroll: true });
  if (again && !focus) {
    // Whatever changed above it must not move it; inside a sheet the sheet scrolls.
    const scrolled = again.closest("[aria-modal] .facets-body") ?? document.scrollingElement;
    scrolled.scrollTop += again.getBoundingClientRect().top - before;
  }
  status().textContent = `${changed} ${summary().textContent.trim()}`.trim();
  document.title = page.title;
  history.pushState(null, "", url);
  shown = location.pathname + location.search;
}

/* On a phone the filters are a sheet over the page: the focus stays inside, Escape closes it. */
const sheet = document.querySelector("[data-sheet]");
const narrow = matchMedia("(max-width: 57.99rem)");
let opener = null;
let covered = [];

function openSheet(from) {
  opener = from;
  sheet.setAttribute("role", "dialog");
  sheet.setAttribute("aria-modal", "true");
  covered = [];
  for (let part = sheet; part !== document.body; part = part.parentElement) {
    covered.push(...[...part.parentElement.children].filter((other) => other !== part && !other.inert && !other.matches("[data-status]")));
  }
  for (const part of covered) {
    part.inert = true;
  }
  sheet.focus();
}

function closeSheet(to) {
  sheet.setAttribute("role", "region");
  sheet.removeAttribute("aria-modal");
  for (const part of covered) {
    part.inert = false;
  }
  to?.focus({ preventScroll: true });
  to?.scrollIntoView({ block: "nearest" });
}

function isOpen() {
  return sheet.hasAttribute("aria-modal");
}

document.addEventListener("click", (event) => {
  const opening = event.target.closest("[data-open-sheet]");
  const closing = event.target.closest("[data-close-sheet]");
  if (opening && narrow.matches) {
    event.preventDefault();
    openSheet(opening);
  } else if (closing && isOpen()) {
    event.preventDefault();
    closeSheet(closing.classList.contains("button") ? summary() : opener);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOpen() && !event.defaultPrevented) {
    event.preventDefault();
    closeSheet(opener);
  }
});
narrow.addEventListener("change", () => isOpen() && closeSheet(null));
