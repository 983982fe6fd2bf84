/* A draft saves itself as one types. What could not be saved stays in the page, and in this browser, until it can be. */

const form = document.querySelector("form[data-draft]");
const status = document.querySelector("[data-draft-status]");
const words = form.dataset;
// Not `form.action`: a field of that name would stand in its place.
const WAIT = 1200;
const AGAIN = 15_000;
let timer = 0;
let saving = null;
let unsaved = false;
let wanted = 0;
/* What each rendering of the form has anew, and nobody typed. */
const isTyped = ([name]) => name !== "csrf_token" && name !== "submission" && name !== "seen";

/* The fields of the form but for files, which are sent as soon as they are chosen and not with what saves itself. */
function fields() {
  return [...new FormData(form)].filter(([, value]) => typeof value === "string");
}

/* The copy in this browser: kept from the first key until the server has said that it holds everything. */
function keepCopy() {
  const entries = fields().filter(isTyped);
  try {
    localStorage.setItem(words.copy, JSON.stringify(entries));
  } catch {
    // A browser that may not remember still has the page itself.
  }
}

function readCopy() {
  try {
    return JSON.parse(localStorage.getItem(words.copy));
  } catch {
    return null;
  }
}

function dropCopy() {
  try {
    localStorage.removeItem(words.copy);
  } catch {
    // Nothing was kept, then.
  }
}

function say(text, state) {
  status.textContent = text;
  status.dataset.draftStatus = state;
}

function later(wait = WAIT) {
  clearTimeout(timer);
  timer = setTimeout(save, wait);
}

async function post() {
  const sent = new FormData();
  fields().forEach(([name, value]) => sent.append(name, value));
  sent.set("autosave", "1");
  return fetch(form.getAttribute("action"), {
    method: "POST",
    body: sent,
    headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
    redirect: "manual",
  });
}

/* A new session has a new token: ask for it, so that somebody who signed in again elsewhere can simply go on. */
async function renewed() {
  const response = await fetch(words.token, { headers: { Accept: "application/json" }, redirect: "manual" });
  if (!response.ok) {
    return false;
  }
  const { token } = await response.json();
  for (const input of document.querySelectorAll("input[name='csrf_token']")) {
    input.value = token;
  }
  return true;
}

async function send() {
  let response = await post();
  if ((response.status === 400 || response.status === 401 || response.type === "opaqueredirect") && (await renewed())) {
    response = await post();
  }
  return response;
}

async function save() {
  clearTimeout(timer);
  if (saving) {
    await saving;
  }
  if (unsaved) {
    saving = once();
    await saving;
    saving = null;
  }
}

async function once() {
  const mine = wanted;
  say(words.saving, "saving");
  let response;
  try {
    response = await send();
  } catch {
    keepCopy();
    say(words.offline, "problem");
    later(AGAIN);
    return;
  }
  if (response.ok) {
    saved(await response.json(), mine);
  } else if (response.status === 409) {
    keepCopy();
    say(words.elsewhere, "problem");
  } else if (response.status === 422) {
    keepCopy();
    say(words.refused, "problem");
  } else if (response.status === 400 || response.status === 401 || response.type === "opaqueredirect") {
    keepCopy();
    say(words.signedOut, "problem");
    const link = Object.assign(document.createElement("a"), { href: words.signIn, target: "_blank", textContent: words.signInWord });
    status.append(" ", link);
    later(AGAIN);
  } else {
    keepCopy();
    say(words.failed, "problem");
    later(AGAIN);
  }
}

function saved(answer, mine) {
  if (answer.edit && answer.edit !== form.getAttribute("action")) {
    form.setAttribute("action", answer.edit);
    dropCopy();
    words.copy = answer.copy;
    history.replaceState(null, "", answer.edit);
  }
  if (form.elements.seen && answer.seen !== undefined) {
    form.elements.seen.value = answer.seen;
  }
  const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  say((answer.saved ?? words.saved).replace("{time}", time), "saved");
  const heading = document.querySelector("[data-draft-title]");
  heading.textContent = answer.title ?? heading.textContent;
  const needs = document.querySelector("[data-needs]");
  const renewed = new DOMParser().parseFromString(answer.needs ?? "", "text/html").body;
  if (needs && renewed.childElementCount) {
    needs.replaceChildren(...renewed.childNodes);
  }
  if (mine === wanted) {
    unsaved = false;
    dropCopy();
  } else {
    later();
  }
  form.dispatchEvent(new CustomEvent("draft-saved", { detail: answer }));
}

/* A file is sent as soon as it is chosen, after what was typed has been saved; the page comes back with the picture. */
async function sendFile() {
  await save();
  form.requestSubmit(form.querySelector("button[value='stay']"));
}

function changed(event) {
  if (event.target.type === "file") {
    if (event.type === "change" && event.target.files.length > 0) {
      sendFile();
    }
    return;
  }
  unsaved = true;
  wanted += 1;
  keepCopy();
  later();
}

form.addEventListener("input", changed);
form.addEventListener("change", changed);
form.addEventListener("rows-changed", changed);
addEventListener("online", () => unsaved && later(0));
addEventListener("focus", () => unsaved && status.dataset.draftStatus === "problem" && later(0));

/* A save on its way may be making the draft; the button waits for it, or there would be two. */
form.addEventListener("submit", async (event) => {
  clearTimeout(timer);
  if (saving) {
    event.preventDefault();
    await saving;
    form.requestSubmit(event.submitter);
    return;
  }
  // The page that comes back says whether it was kept; the copy goes once it has.
  unsaved = false;
});

/* What an earlier visit could not save is offered, and put back only when asked. A form that came back has all of it, */
/* perhaps written in another way. */
const found = document.querySelector("[data-draft-found]");
const copy = readCopy();
const now = fields().filter(isTyped);
if (copy && found && !("cameBack" in words) && JSON.stringify(copy.filter(isTyped)) !== JSON.stringify(now)) {
  found.hidden = false;
  found.querySelector("[data-put-back]").addEventListener("click", () => {
    const again = Object.assign(document.createElement("form"), { method: "post", action: form.getAttribute("action"), hidden: true });
    const kept = copy.filter((entry) => isTyped(entry) && entry[0] !== "autosave");
    const hidden = [...new FormData(form)].filter((entry) => !isTyped(entry));
    const mine = [...hidden, ["stay", "1"], ...kept];
    again.append(...mine.map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value })));
    document.body.append(again);
    again.submit();
  });
  found.querySelector("[data-throw-away]").addEventListener("click", () => {
    dropCopy();
    found.hidden = true;
    form.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  });
} else if (copy) {
  dropCopy();
}
