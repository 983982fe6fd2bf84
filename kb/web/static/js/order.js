/* Lists that are put in order: the buttons keep the focus where it was, rows can be dragged, and moves are announced.
   Without this the same buttons send the same forms. */

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
  arm();
}

let held = null;

function arm() {
  for (const row of list.children) {
    row.draggable = true;
  }
}

function pressed(event) {
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
  const body = new URLSearchParams({ csrf_token: token, version: list.dataset.version, to });
  let answer;
  try {
    answer = await fetch(row.dataset.row, { method: "POST", body });
  } catch {
    answer = null;
  }
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const fresh = page?.querySelector("[data-order]");
  if (!fresh) {
    location.assign(answer?.url ?? location.href);
    return;
  }
  /* Why it was not moved, if it was not: the page tells it once. */
  const told = document.getElementById("told");
  told.replaceChildren(...page.getElementById("told").children);
  list.dataset.version = fresh.dataset.version;
  list.replaceChildren(...fresh.children);
  for (const form of document.querySelectorAll("input[name=version]")) {
    form.value = fresh.dataset.version;
  }
  arm();
  if (told.querySelector("[role=alert]")) {
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
