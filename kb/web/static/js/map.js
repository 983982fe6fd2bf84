/* The map: zooms, pans, filters and opens cards in place. Circles come from the server for each frame; without this file
   they are links and the filters a form. One finger scrolls the page and moves the map sideways, two move and zoom it. */

const WORLD = 1000;
const MAX_ZOOM = 7;
const container = document.querySelector("[data-map]");
const card = container.querySelector(".map-card");
const help = container.querySelector("#map-help");
const form = document.querySelector("[data-map-filters]");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const HEIGHT = Number(container.dataset.height);
const part = (name, root = document) => root.querySelector(`[data-part="${name}"]`);

let frame;
let drawnWidth;
let opened = null;
let moving = 0;
let waiting = 0;
const requests = {};
let shownQuery = location.search;

/* The frame */

const svg = () => [...container.querySelectorAll("svg.map")].find((drawing) => drawing.getClientRects().length);
const marks = () => [...svg().querySelectorAll("[data-marks] .mark")];
const isNarrow = () => svg().classList.contains("map-narrow");
const zoomOf = (width) => Math.log2(WORLD / width);
const point = (mark) => mark.transform.baseVal.getItem(0).matrix;

function start() {
  const { x, y, width, height } = svg().viewBox.baseVal;
  frame = { x: x + width / 2, y: y + height / 2, width, shape: height / width };
  drawnWidth = width;
  const map = container.querySelector(".map-window");
  map.tabIndex = 0;
  map.setAttribute("aria-describedby", "map-help");
  help.hidden = false;
  limitTabs();
}

function bounded({ x, y, width, shape }) {
  const wide = Math.min(Math.max(width, WORLD / 2 ** MAX_ZOOM), WORLD);
  const high = wide * shape;
  const inside = (value, size, all) => (size >= all ? all / 2 : Math.min(Math.max(value, size / 2), all - size / 2));
  return { x: inside(x, wide, WORLD), y: inside(y, high, HEIGHT), width: wide, shape };
}

function show(next) {
  frame = bounded(next);
  const { x, y, width, shape } = frame;
  svg().setAttribute("viewBox", [x - width / 2, y - (width * shape) / 2, width, width * shape].map((n) => n.toFixed(3)).join(" "));
  // Circles keep their size on the screen until the server has drawn those of the new frame.
  for (const mark of marks()) {
    const { e, f } = point(mark);
    mark.setAttribute("transform", `translate(${e} ${f}) scale(${width / drawnWidth})`);
  }
}

function move(next) {
  cancelAnimationFrame(moving);
  const from = frame;
  const to = bounded({ ...frame, ...next });
  const began = performance.now();
  const step = (now) => {
    const done = calm.matches ? 1 : Math.min(Math.max(now - began, 0) / 260, 1);
    const eased = 1 - (1 - done) ** 3;
    const width = from.width * (to.width / from.width) ** eased;
    const share = from.width === to.width ? eased : (from.width - width) / (from.width - to.width);
    show({ ...to, x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share, width });
    if (done < 1) {
      moving = requestAnimationFrame(step);
    } else {
      settle();
    }
  };
  step(began);
}

function zoomed(factor, { x, y }) {
  const width = bounded({ ...frame, width: frame.width / factor }).width;
  const share = width / frame.width;
  return { ...frame, x: x + (frame.x - x) * share, y: y + (frame.y - y) * share, width };
}

const zoomBy = (factor, around = frame) => move(zoomed(factor, around));

function reset() {
  fetchPage(withoutFrame(location.href));
}

/* What the server draws for the frame */

const query = () => withoutFrame(location.href).searchParams;

function frameQuery() {
  const chosen = query();
  chosen.set("x", frame.x.toFixed(2));
  chosen.set("y", frame.y.toFixed(2));
  chosen.set("zoom", zoomOf(frame.width).toFixed(2));
  return chosen;
}

function withoutFrame(href) {
  const url = new URL(href);
  for (const name of ["x", "y", "zoom"]) {
    url.searchParams.delete(name);
  }
  url.hash = "";
  return url;
}

function settle() {
  clearTimeout(waiting);
  waiting = setTimeout(draw, 120);
}

async function draw() {
  const chosen = frameQuery();
  history.replaceState(null, "", `${location.pathname}?${chosen}`);
  shownQuery = location.search;
  if (isNarrow()) {
    chosen.set("narrow", "1");
  }
  const width = frame.width;
  const piece = await load(`${container.dataset.circles}?${chosen}`, "circles");
  if (!piece) {
    return;
  }
  const focused = container.contains(document.activeElement) && document.activeElement.closest?.(".mark");
  const was = focused && point(focused);
  svg().querySelector("[data-marks]").replaceWith(document.adoptNode(piece.querySelector("[data-marks]")));
  drawnWidth = width;
  show(frame);
  limitTabs();
  say(piece.querySelector("[data-in-view]").textContent.trim());
  highlight();
  if (focused) {
    (nearest(was) ?? container.querySelector(".map-window")).focus({ preventScroll: true });
  }
}

/* A newer request of its kind stops one that is under way; the kinds are "page", "circles" and "card". */
async function load(url, kind) {
  requests[kind]?.abort();
  requests[kind] = new AbortController();
  try {
    const response = await fetch(url, { signal: requests[kind].signal });
    if (!response.ok) {
      throw new Error(response.statusText);
    }
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch (problem) {
    if (problem.name !== "AbortError") {
      say(container.dataset.failed);
    }
    return null;
  }
}

function say(text) {
  container.querySelector("p[data-in-view]").textContent = text;
}

/* The keyboard goes to the circles that are seen: those of the margin wait for the map to be moved there. */
function limitTabs() {
  const seen = svg().getBoundingClientRect();
  for (const mark of marks()) {
    const { left, right, top, bottom } = mark.querySelector("circle").getBoundingClientRect();
    const isSeen = (left + right) / 2 > seen.left && (left + right) / 2 < seen.right && (top + bottom) / 2 > seen.top && (top + bottom) / 2 < seen.bottom;
    mark.setAttribute("tabindex", isSeen ? "0" : "-1");
  }
}

function nearest({ e, f }) {
  const far = (mark) => Math.hypot(point(mark).e - e, point(mark).f - f);
  return marks().sort((one, other) => far(one) - far(other))[0];
}

/* Filters and continents: the page that a link or the form leads to, put in the place of this one's */

async function fetchPage(url, isBack = false) {
  const page = await load(url, "page");
  if (!page) {
    return;
  }
  // Of what was shown before.
  requests.circles?.abort();
  requests.card?.abort();
  if (!isBack) {
    history.pushState(null, "", url);
  }
  shownQuery = location.search;
  closeCard(false);
  document.title = page.title;
  for (const name of ["areas", "map", "table", "clear"]) {
    part(name).replaceChildren(...part(name, page).childNodes);
  }
  part("count").textContent = part("count", page).textContent.trim();
  const fresh = page.querySelector("[data-map-filters]");
  for (const field of form.querySelectorAll("select")) {
    field.value = fresh.querySelector(`[name="${field.name}"]`).value;
  }
  form.querySelector("[name=area]")?.remove();
  const area = fresh.querySelector("[name=area]");
  if (area) {
    form.prepend(area);
  }
  start();
  say("");
}

const fold = document.querySelector("[data-fold]");
const roomy = matchMedia("(min-width: 64rem)");
const unfold = () => (fold.open = roomy.matches);
roomy.addEventListener("change", unfold);
unfold();
form.querySelector("[data-submit]").hidden = true;
form.addEventListener("change", ({ target }) => {
  const data = new FormData(form);
  const url = new URL(form.action);
  for (const [name, value] of data) {
    if (value) {
      url.searchParams.set(name, value);
    }
  }
  // A region has a frame of its own; other filters keep what is looked at.
  if (target.name !== "region" && new URLSearchParams(location.search).has("zoom")) {
    for (const name of ["x", "y", "zoom"]) {
      url.searchParams.set(name, frameQuery().get(name));
    }
  }
  fetchPage(url);
});

// A link to another part of the page changes the address too, and the page stays.
addEventListener("popstate", () => location.search !== shownQuery && fetchPage(new URL(location.href), true));

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('[data-part="areas"] a, [data-clear]');
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    const text = link.textContent;
    fetchPage(link.href).then(() => {
      const again = [...part("areas").querySelectorAll("a")].find((other) => other.textContent === text);
      (again ?? form.querySelector("select")).focus();
    });
  }
});

/* Circles and the card */

async function openCard(mark) {
  const chosen = query();
  for (const slug of mark.dataset.cities.split(" ")) {
    chosen.append("city", slug);
  }
  const piece = await load(`${container.dataset.card}?${chosen}`, "card");
  if (!piece) {
    return;
  }
  opened = mark.dataset.cities;
  card.replaceChildren(...piece.body.childNodes);
  card.hidden = false;
  card.scrollTop = 0;
  highlight();
  if (getComputedStyle(card).position === "fixed") {
    container.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  } else {
    uncover(mark);
  }
  card.querySelector(".map-card-title").focus({ preventScroll: true });
}

function closeCard(hasFocus = true) {
  if (card.hidden) {
    return;
  }
  card.hidden = true;
  card.replaceChildren();
  const mark = marks().find((candidate) => candidate.dataset.cities === opened);
  opened = null;
  highlight();
  if (hasFocus) {
    (mark ?? container.querySelector(".map-window")).focus({ preventScroll: true });
  }
}

function highlight() {
  for (const mark of marks()) {
    mark.classList.toggle("mark-open", mark.dataset.cities === opened);
  }
}

function uncover(mark) {
  const [circle, over, window] = [mark, card, svg()].map((one) => one.getBoundingClientRect());
  if (circle.right + 8 < over.left || circle.left - 8 > over.right) {
    return;
  }
  const free = (window.left + over.left) / 2;
  const beside = over.left - window.left > window.right - over.right ? free : (over.right + window.right) / 2;
  const unit = frame.width / window.width;
  move({ x: frame.x + ((circle.left + circle.right) / 2 - beside) * unit });
}

function activate(mark) {
  const view = new URL(mark.href.baseVal, location.href).searchParams;
  const zoom = Number(view.get("zoom"));
  if (mark.classList.contains("mark-several") && zoom > zoomOf(frame.width) + 0.05) {
    move({ x: Number(view.get("x")), y: Number(view.get("y")), width: WORLD / 2 ** zoom });
  } else {
    openCard(mark);
  }
}

card.addEventListener("click", ({ target }) => {
  if (target.closest("[data-close]")) {
    closeCard();
  }
});

const steps = { in: () => zoomBy(2), out: () => zoomBy(0.5), reset };

container.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }
  const step = event.target.closest("[data-step]");
  const mark = event.target.closest(".mark");
  if (step || mark) {
    event.preventDefault();
  }
  if (step) {
    steps[step.dataset.step]();
  } else if (mark && !dragged) {
    activate(mark);
  }
});

/* Keys */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

container.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    closeCard();
    return;
  }
  if (event.altKey || event.ctrlKey || event.metaKey || card.contains(event.target)) {
    return;
  }
  const arrow = ARROWS[event.key];
  if (arrow) {
    move({ x: frame.x + arrow[0] * frame.width * 0.2, y: frame.y + arrow[1] * frame.width * frame.shape * 0.2 });
  } else if (event.key === "+" || event.key === "=") {
    zoomBy(2);
  } else if (event.key === "-" || event.key === "_") {
    zoomBy(0.5);
  } else {
    return;
  }
  event.preventDefault();
});

/* Pointers */

const pointers = new Map();
let dragged = false;

const spot = ({ clientX, clientY }) => {
  const place = new DOMPoint(clientX, clientY).matrixTransform(svg().getScreenCTM().inverse());
  return { x: place.x, y: place.y };
};
const middle = () => {
  const all = [...pointers.values()];
  const sum = (name) => all.reduce((total, one) => total + one[name], 0) / all.length;
  const apart = all.length > 1 ? Math.hypot(all[0].clientX - all[1].clientX, all[0].clientY - all[1].clientY) : 0;
  return { clientX: sum("clientX"), clientY: sum("clientY"), apart };
};
const surface = container.querySelector('[data-part="map"]');

surface.addEventListener("pointerdown", (event) => {
  if (event.button === 0) {
    if (!pointers.size) {
      dragged = false;
    }
    pointers.set(event.pointerId, event);
    cancelAnimationFrame(moving);
  }
});

addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) {
    return;
  }
  if (!dragged && pointers.size === 1 && Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY) < 6) {
    return;
  }
  dragged = true;
  const old = middle();
  pointers.set(event.pointerId, event);
  const now = middle();
  const from = spot(old);
  const width = old.apart && now.apart ? (frame.width * old.apart) / now.apart : frame.width;
  const share = bounded({ ...frame, width }).width / frame.width;
  // Up and down, one finger scrolls the page.
  const to = event.pointerType === "touch" && pointers.size === 1 ? { x: spot(now).x, y: from.y } : spot(now);
  show({ ...frame, x: from.x - (to.x - frame.x) * share, y: from.y - (to.y - frame.y) * share, width });
});

for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, (event) => {
    if (pointers.delete(event.pointerId) && !pointers.size && dragged) {
      settle();
      // The click that follows a drag is none.
      setTimeout(() => (dragged = false));
    }
  });
}

surface.addEventListener("dragstart", (event) => event.preventDefault());
surface.addEventListener("touchmove", (event) => event.touches.length > 1 && event.preventDefault(), { passive: false });
surface.addEventListener(
  "wheel",
  (event) => {
    if (event.ctrlKey) {
      event.preventDefault();
      show(zoomed(Math.exp(-event.deltaY / 150), spot(event)));
      settle();
    }
  },
  { passive: false },
);
surface.addEventListener("dblclick", (event) => {
  if (!event.target.closest(".mark")) {
    event.preventDefault();
    zoomBy(2, spot(event));
  }
});

let narrow = isNarrow();
addEventListener("resize", () => {
  if (isNarrow() !== narrow) {
    narrow = isNarrow();
    show(frame);
    settle();
  }
});

start();
