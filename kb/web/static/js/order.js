/* Lists that are put in order: the buttons keep the focus where it was, rows can be dragged, minutes are saved in place,
   and what was done is announced. Without this the same buttons send the same forms. */

const list = document.querySelector("[data-order]");
const status = document.createElement("p");
status.className = "visually-hidden";
status.setAttribute("role", "status");

if (list) {
  list.after(status);
  list.addEventListener("submit", pressed);
  list.addEventListener("dragstart", lifted);
  list.addEventListener("dragover", over);
  list.addEventListener("drop", dropped);
  list.addEventListener("dragend", () => shown(null));
  /* Figures in a row are marked with the mouse; the row is not dragged then. */
  list.addEventListener("pointerdown", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) {
      row.draggable = !event.target.closest("input");
    }
  });
  list.addEventListener("change", (event) => event.target.closest("[data-minutes]")?.requestSubmit());
  arm();
}

let held = null;

function arm() {
  for (const row of list.children) {
    row.draggable = true;
  }
}

function pressed(event) {
  if (event.target.matches("[data-minutes]")) {
    event.preventDefault();
    save(event.target);
    return;
  }
  const direction = event.target.dataset.move;
  if (!direction) {
    return;
  }
  event.preventDefault();
  send(event.target.closest("[data-row]"), direction, direction);
}

function lifted(event) {
  held = event.target.closest("[data-row]");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", held.id);
  held.classList.add("is-held");
}

function over(event) {
  const row = event.target.closest("[data-row]");
  if (held && row) {
    event.preventDefault();
    shown(row === held ? null : row);
  }
}

function dropped(event) {
  event.preventDefault();
  const row = event.target.closest("[data-row]");
  if (held && row && row !== held) {
    send(held, [...list.children].indexOf(row), null);
  }
  shown(null);
}

/* Show where the row would go; with null, nowhere. */
function shown(row) {
  for (const one of list.children) {
    one.classList.toggle("is-target", one === row);
    if (row === null) {
      one.classList.remove("is-held");
    }
  }
}

async function send(row, to, direction) {
  const token = list.querySelector("[name=csrf_token]").value;
  const page = await sent(row.dataset.row, { csrf_token: token, version: list.dataset.version, to });
  if (!page || renew(page).querySelector("[role=alert]")) {
    return;
  }
  const moved = document.getElementById(row.id);
  const place = [...list.children].indexOf(moved) + 1;
  status.textContent = list.dataset.order.replace("{number}", place).replace("{total}", list.children.length);
  const button = moved.querySelector(`[data-move="${direction}"] button`) ?? moved.querySelector("[data-move] button");
  if (direction) {
    button?.focus();
  }
}

/* Save the minutes of a row, unless they are what was saved. */
async function save(form) {
  const input = form.querySelector("[name=minutes]");
  if (input.value === input.defaultValue || form.ariaBusy) {
    return;
  }
  form.ariaBusy = "true";
  const page = await sent(form.action, Object.fromEntries(new FormData(form)));
  const focused = list.contains(document.activeElement) ? document.activeElement.id : "";
  if (!page || renew(page).querySelector("[role=alert]")) {
    return;
  }
  const fresh = document.getElementById(input.id);
  if (fresh.ariaInvalid) {
    fresh.focus();
    return;
  }
  status.textContent = list.dataset.length;
  document.getElementById(focused)?.focus();
}

/* The page that answers a form, or nothing: then that page is shown instead of this one. */
async function sent(url, fields) {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields) }).catch(() => null);
  const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page?.querySelector("[data-order]")) {
    return page;
  }
  location.assign(answer?.ok ? answer.url : location.href);
  return null;
}

/* Show the list as it is now, and what could not be done: the page tells that once. */
function renew(page) {
  const fresh = page.querySelector("[data-order]");
  const told = document.getElementById("told");
  told.replaceChildren(...page.getElementById("told").children);
  Object.assign(list.dataset, fresh.dataset);
  list.replaceChildren(...fresh.children);
  document.getElementById("length").replaceWith(page.getElementById("length"));
  for (const form of document.querySelectorAll("input[name=version]")) {
    if (!list.contains(form)) {
      form.value = fresh.dataset.version;
    }
  }
  arm();
  return told;
}
