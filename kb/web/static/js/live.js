/* A session that is being held: the page asks for what changed, and renews those parts; without this file it reloads. */

const root = document.querySelector("[data-live]");
const status = Object.assign(document.createElement("p"), { className: "visually-hidden" });
status.setAttribute("role", "status");
document.body.append(status);

const made = new WeakMap();
const every = Number(root?.dataset.every ?? 0);
const isWhole = root?.hasAttribute("data-whole") ?? false;
const mine = new Set((root?.dataset.mine ?? "").split(" ").filter(Boolean));
const SLOWEST = 15000;
let etag = "";
let version = -1;
let behind = 0;
let failures = 0;
let timer = 0;
let asking = null;
let onNow = "";

/* Renewing: parts by their ids; lists item by item. What somebody is typing in stays until they are done. */

function written(node) {
  return node.outerHTML.replaceAll(/name="csrf_token" value="[^"]*"/g, "");
}

function isBusy(node) {
  const typed = [...node.querySelectorAll("textarea, input:not([type='hidden']), select")];
  return typed.some((field) =>
    field === document.activeElement ||
    (field.matches("select")
      ? [...field.options].some((option) => option.selected !== option.defaultSelected && field.selectedIndex > 0)
      : field.value !== field.defaultValue));
}

function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const open of old.querySelectorAll("details[open][id]")) {
    const same = fresh.querySelector(`#${CSS.escape(open.id)}`);
    if (same) {
      same.open = true;
    }
  }
  old.replaceWith(fresh);
  if (focused) {
    (document.getElementById(focused) ?? fresh.querySelector("button, a"))?.focus({ preventScroll: true });
  }
}

function renewPart(old, fresh, force) {
  const now = written(fresh);
  if (made.get(old) === now) {
    return true;
  }
  if (!force && isBusy(old)) {
    return false;
  }
  made.set(fresh, now);
  replace(old, fresh);
  return true;
}

function renewList(old, fresh, force) {
  let done = true;
  // An item must not move away under a finger; it takes its place when nobody points at the list.
  const isStill = old.matches(":hover, :focus-within") && !force;
  const wanted = [...fresh.children];
  const ids = new Set(wanted.map((item) => item.id));
  for (const item of [...old.children]) {
    if (!ids.has(item.id)) {
      if (!force && isBusy(item)) {
        done = false;
      } else {
        item.remove();
      }
    }
  }
  wanted.forEach((item, place) => {
    const there = document.getElementById(item.id);
    if (there && old.contains(there)) {
      done = renewPart(there, item, force) && done;
    } else {
      there?.remove();
      made.set(item, written(item));
      old.append(item);
    }
    const now = document.getElementById(item.id);
    if (!isStill && old.children[place] !== now) {
      const focused = now.contains(document.activeElement) ? document.activeElement : null;
      old.insertBefore(now, old.children[place]);
      focused?.focus({ preventScroll: true });
    }
  });
  return done && !isStill;
}

function renew(page, { force = false, told = false } = {}) {
  const seen = Number(page.querySelector("[data-version]")?.dataset.version ?? version);
  if (seen < version) {
    // Another process, which has not looked yet.
    return true;
  }
  let done = true;
  for (const fresh of [...page.querySelectorAll("[data-part][id]")]) {
    const old = document.getElementById(fresh.id);
    if (old && (fresh.id !== "told" || told)) {
      done = renewPart(old, fresh, force) && done;
    }
  }
  for (const fresh of [...page.querySelectorAll("[data-list][id]")]) {
    const old = document.getElementById(fresh.id);
    if (old) {
      done = renewList(old, fresh, force) && done;
    }
  }
  if (seen > version && version >= 0) {
    renewOwn();
  }
  version = seen;
  paint();
  return done;
}

/* What only this reader has: votes and own questions. */

function press(button, isPressed) {
  button.setAttribute("aria-pressed", String(isPressed));
  button.querySelector("[data-word]").textContent = isPressed ? root.dataset.votedWord : root.dataset.voteWord;
}

function renewOwn() {
  if (root.dataset.own) {
    setTimeout(async () => {
      const response = await fetch(root.dataset.own, { cache: "no-store" }).catch(() => null);
      if (response?.ok) {
        document.getElementById("own").innerHTML = await response.text();
      }
    }, Math.random() * every);
  }
}

async function vote(form) {
  const key = form.dataset.vote;
  const button = form.querySelector("button");
  const back = mine.has(key);
  const count = button.querySelector("[data-count]");
  const before = count.textContent;
  const change = (isVoted, text) => {
    mine[isVoted ? "add" : "delete"](key);
    press(button, isVoted);
    count.textContent = text;
  };
  change(!back, /^\d+$/.test(before) ? String(Number(before) + (back ? -1 : 1)) : before);
  const body = new URLSearchParams({ question: key, ...(back ? { back: "1" } : {}) });
  const response = await fetch(form.action, {
    method: "POST",
    headers: { "X-CSRFToken": root.dataset.token, Accept: "application/json" },
    body,
  }).catch(() => null);
  if (!response?.ok) {
    change(back, before);
    const answer = await response?.json().catch(() => null);
    tell(answer?.error ?? document.querySelector("[data-connection]").dataset.lost);
  }
}

function tell(text) {
  const line = Object.assign(document.createElement("p"), { className: "notice notice-problem", textContent: text });
  line.setAttribute("role", "alert");
  document.getElementById("told")?.replaceChildren(line);
}

/* Asking for what changed. */

function later() {
  clearTimeout(timer);
  const slow = document.hidden && !isWhole ? 10 : 1;
  const pause = Math.min(every * slow * 2 ** Math.min(failures, 5), Math.max(SLOWEST, every));
  timer = setTimeout(ask, pause * (1 + Math.random() * 0.3));
}

async function ask() {
  clearTimeout(timer);
  asking?.abort();
  asking = new AbortController();
  const sent = Date.now();
  try {
    const response = await fetch(root.dataset.live, {
      cache: "no-store",
      headers: etag ? { "If-None-Match": etag } : {},
      signal: AbortSignal.any([asking.signal, AbortSignal.timeout(8000)]),
    });
    if (response.headers.has("X-Now")) {
      behind = Number(response.headers.get("X-Now")) - (sent + Date.now()) / 2;
    }
    if (response.status === 200) {
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (isWhole && !page.querySelector("[data-whole]")) {
        location.reload();
        return;
      }
      etag = renew(page) ? (response.headers.get("ETag") ?? "") : "";
    } else if ([401, 403, 404, 410].includes(response.status)) {
      location.reload();
      return;
    } else if (response.status !== 304) {
      throw new Error(String(response.status));
    }
    connected(true);
  } catch (problem) {
    if (problem.name === "AbortError") {
      return;
    }
    connected(false);
  }
  later();
}

function connected(isIn) {
  const line = document.querySelector("[data-connection]");
  if (isIn && failures > 1) {
    line.textContent = line.dataset.back;
    setTimeout(() => (line.textContent = ""), 3000);
  } else if (!isIn && failures === 1) {
    line.textContent = line.dataset.lost;
  }
  failures = isIn ? 0 : failures + 1;
}

/* Forms of the console: sent without leaving the page, so that what is being typed elsewhere stays. */

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  button?.setAttribute("aria-busy", "true");
  const response = await fetch(form.action, { method: "POST", body }).catch(() => null);
  button?.removeAttribute("aria-busy");
  const page = response && new DOMParser().parseFromString(await response.text(), "text/html");
  if (!page) {
    tell(document.querySelector("[data-connection]").dataset.lost);
    return;
  }
  if (!page.querySelector("[data-whole]")) {
    HTMLFormElement.prototype.submit.call(form);
    return;
  }
  const own = form.closest("[data-item], [data-part]");
  if (response.ok) {
    form.reset();
    if (own) {
      // What was typed has been sent, so this part may be renewed.
      own.querySelectorAll("details[open]").forEach((open) => (open.open = false));
      if (own.contains(document.activeElement) && document.activeElement !== button) {
        document.activeElement.blur();
      }
    }
  }
  etag = "";
  renew(page, { told: true });
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-vote]")) {
    event.preventDefault();
    vote(form);
  } else if (isWhole && form.method === "post" && root.contains(form)) {
    event.preventDefault();
    send(form, event.submitter);
  }
});

/* The clock counts on by itself; time that is nearly up, or is over, is said aloud, but not every second. */

function stopwatch(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

let lastSaid = "";

function tick() {
  const clock = document.querySelector("[data-clock]");
  if (!clock) {
    return;
  }
  const data = clock.dataset;
  const spent = data.zero ? Math.max(0, (Date.now() + behind - Number(data.zero)) / 1000) : Number(data.spent);
  const words = JSON.parse(data.words);
  clock.querySelector("[data-clock-spent]").textContent = stopwatch(spent);
  if (data.length === undefined) {
    clock.querySelector("[data-clock-figure]").textContent = stopwatch(spent);
    return;
  }
  const left = Math.ceil(Number(data.length) - spent);
  const isOver = left < 0;
  clock.classList.toggle("clock-over", isOver);
  clock.classList.toggle("clock-near", !isOver && left <= 60);
  clock.querySelector("[data-clock-figure]").textContent = stopwatch(Math.abs(left));
  clock.querySelector("[data-clock-words]").textContent = isOver ? words.over : words.left;
  const minutes = Math.floor(Math.abs(left) / 60);
  const isFull = Math.abs(left) % 60 === 0;
  const say = left === 0 ? words.up : isFull && isOver ? words.minutesOver[minutes] : isFull ? words.minutesLeft[minutes] : "";
  if (say && data.zero && say !== lastSaid) {
    status.textContent = say;
    lastSaid = say;
  }
}

/* Keys: one letter each, with a switch, and never while somebody types. */

const keys = document.querySelector("[data-keys]");

function hints() {
  for (const hint of document.querySelectorAll("[data-key-hint]")) {
    hint.hidden = !keys?.checked;
  }
}

if (keys) {
  document.querySelector("[data-keys-row]").hidden = false;
  keys.checked = localStorage.getItem("citypeers.keys") !== "off";
  keys.addEventListener("change", () => {
    localStorage.setItem("citypeers.keys", keys.checked ? "on" : "off");
    hints();
  });
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input:not([type='checkbox']), textarea, select, [contenteditable]");
    if (!keys.checked || isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) {
      return;
    }
    const button = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  });
}

function paint() {
  for (const form of document.querySelectorAll("[data-vote]")) {
    if (root.dataset.token) {
      press(form.querySelector("button"), mine.has(form.dataset.vote));
    }
  }
  const now = document.querySelector("[data-now]")?.dataset.now ?? "";
  if (onNow && now && now !== onNow && root.dataset.announce) {
    status.textContent = `${root.dataset.announce} ${now}`;
  }
  onNow = now;
  hints();
  tick();
}

if (root) {
  for (const node of document.querySelectorAll("[data-part][id], [data-list] > [id]")) {
    made.set(node, written(node));
  }
  version = Number(document.querySelector("[data-version]")?.dataset.version ?? -1);
  paint();
  setInterval(tick, 250);
  addEventListener("visibilitychange", () => document.hidden || ask());
  addEventListener("online", ask);
  later();
}
