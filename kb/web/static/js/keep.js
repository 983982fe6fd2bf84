/* The short list: kept in this browser, counted in the head of every page, carried by the address of its own page. */

const STORE = "citypeers.shortlist";
const MOST = 30;
const KINDS = ["initiative", "city"];
const link = document.querySelector("[data-shortlist]");
const words = link.dataset;
const here = location.pathname === link.pathname;
const status = Object.assign(document.createElement("span"), { className: "visually-hidden" });
status.setAttribute("role", "status");
document.body.append(status);

function read() {
  try {
    const held = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return held.filter((entry) => Array.isArray(entry) && KINDS.includes(entry[0]) && typeof entry[1] === "string");
  } catch {
    return [];
  }
}

function write(list) {
  try {
    localStorage.setItem(STORE, JSON.stringify(list));
  } catch {
    // A browser that may not remember still has the list's address.
  }
  paint();
}

function at(list, kind, slug) {
  return list.findIndex((entry) => entry[0] === kind && entry[1] === slug);
}

function address(list) {
  return list.length ? `${link.pathname}?${new URLSearchParams(list)}` : link.pathname;
}

function paint() {
  const list = read();
  link.href = address(list);
  link.querySelector("[data-shortlist-count]").textContent = list.length ? String(list.length) : "";
  for (const found of document.querySelectorAll("a[data-keep]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = found.className;
    Object.assign(button.dataset, found.dataset);
    button.replaceChildren(...found.childNodes);
    found.replaceWith(button);
  }
  for (const button of document.querySelectorAll("button[data-keep]")) {
    const kept = at(list, button.dataset.keep, button.dataset.slug) >= 0;
    if (button.getAttribute("aria-pressed") !== String(kept)) {
      button.setAttribute("aria-pressed", String(kept));
      button.querySelector("[data-keep-word]").textContent = kept ? words.keptWord : words.keepWord;
    }
  }
  const offer = document.querySelector("[data-shortlist-offer]");
  if (offer) {
    const mine = shown();
    offer.hidden = mine.length === 0 || mine.every(([kind, slug]) => at(list, kind, slug) >= 0);
  }
}

function shown() {
  return [...document.querySelectorAll("[data-drop]")].map((found) => [found.dataset.drop, found.dataset.slug]);
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  // Where the browser does not let a page copy, the address is selected for whoever reads.
  field.select();
  await navigator.clipboard.writeText(field.value).then(
    () => (status.textContent = button.textContent = button.dataset.copiedWord),
    () => {},
  );
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-keep]");
  const dropped = event.target.closest("[data-drop]");
  const copying = event.target.closest("button[data-copy]");
  if (copying) {
    copy(copying);
  } else if (button) {
    const list = read();
    const place = at(list, button.dataset.keep, button.dataset.slug);
    if (place >= 0) {
      write(list.toSpliced(place, 1));
    } else if (list.length >= MOST) {
      status.textContent = words.fullWord;
    } else {
      write([...list, [button.dataset.keep, button.dataset.slug]]);
    }
  } else if (dropped) {
    write(read().filter((entry) => entry[0] !== dropped.dataset.drop || entry[1] !== dropped.dataset.slug));
  } else if (event.target.closest("[data-shortlist-take]")) {
    const list = read();
    write([...list, ...shown().filter(([kind, slug]) => at(list, kind, slug) < 0)].slice(0, MOST));
  } else if (event.target.closest("[data-print]")) {
    print();
  }
});
addEventListener("storage", paint);

// An empty address of the list's own page means the list of this browser.
if (here && !location.search && read().length) {
  location.replace(address(read()));
}
for (const found of document.querySelectorAll("[data-print], button[data-copy]")) {
  found.hidden = found.hasAttribute("data-copy") && !navigator.clipboard;
}
paint();
// Pages renew parts of themselves, with links to keep in them.
new MutationObserver(() => {
  if (document.querySelector("a[data-keep]")) {
    paint();
  }
}).observe(document.querySelector("main"), { childList: true, subtree: true });
