/* Choices of a form marked data-choices, filters of the search or what counts for peers, are applied at once, in place,
   so that the focus stays where it is. Without this file, the button of the form does the same with a new page. */

const form = document.querySelector("[data-choices]");
const WAIT = 250;
let turn = 0;
let timer = 0;

document.addEventListener("change", ({ target }) => {
  if (target.form !== form || target.type === "search") {
    return;
  }
  // Who says how severe a challenge is has chosen it.
  const [, challenge] = target.name.match(/^severity\.(.+)/) ?? [];
  if (challenge) {
    document.getElementById(`challenge-${challenge}`).checked = true;
  }
  clearTimeout(timer);
  // A number is often stepped several times.
  timer = setTimeout(apply, target.type === "number" ? WAIT : 0);
});
form.addEventListener("submit", (event) => {
  if (form.dataset.choices === "submit") {
    event.preventDefault();
    clearTimeout(timer);
    apply();
  }
});
// On a phone the filters cover the results: the line beneath them folds them away again.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-fold-filters]")) {
    event.preventDefault();
    document.getElementById("facets-fold").open = false;
    const told = document.querySelector("[data-told]");
    told.focus({ preventScroll: true });
    told.scrollIntoView();
  }
});
addEventListener("popstate", () => location.reload());
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

async function apply() {
  const url = address();
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
  const unfolded = [...document.querySelectorAll("[data-live] details[open]")].map((details) => details.id);
  const focused = document.activeElement?.id;
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (fresh) {
      part.replaceChildren(...fresh.childNodes);
    }
  }
  centre();
  for (const id of unfolded) {
    document.getElementById(id)?.setAttribute("open", "");
  }
  document.getElementById(focused)?.focus({ preventScroll: true });
  document.querySelector("[data-status]").textContent = document.querySelector("[data-told]").textContent.trim();
  document.title = page.title;
  history.pushState(null, "", url);
}
