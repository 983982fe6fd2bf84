/* Peers: a choice is applied at once, in place, with the shortest address; without this file the button does it. */

const form = document.querySelector("[data-peers]");
const WAIT = 250;
let turn = 0;
let timer = 0;

form.addEventListener("change", (event) => {
  if (event.target.matches("select[name^='severity.']")) {
    form.elements[`challenge-${event.target.name.slice("severity.".length)}`].checked = true;
  }
  clearTimeout(timer);
  timer = setTimeout(apply, WAIT);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  apply();
});
addEventListener("popstate", () => location.reload());

function address() {
  const given = new FormData(form);
  const query = new URLSearchParams({ place: given.get("place") });
  const challenges = given.getAll("challenge").filter((code) => code !== "none");
  for (const code of challenges.length ? challenges : ["none"]) {
    const severity = given.get(`severity.${code}`);
    query.append("challenge", severity ? `${code}:${severity}` : code);
  }
  for (const input of form.querySelectorAll("[data-default]")) {
    if (input.value !== "" && input.value !== input.dataset.default) {
      query.append(input.name, input.value);
    }
  }
  for (const region of given.getAll("without")) {
    query.append("without", region);
  }
  if (given.get("pool") !== "cities") {
    query.append("pool", given.get("pool"));
  }
  return `${form.action}?${String(query).replaceAll("%3A", ":")}`;
}

async function apply() {
  const url = address();
  const mine = ++turn;
  const response = await fetch(url).catch(() => null);
  if (mine !== turn) {
    return;
  }
  if (!response?.ok) {
    location.assign(url);
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (mine !== turn) {
    return;
  }
  const part = document.querySelector("[data-live='answer']");
  part.replaceChildren(...page.querySelector("[data-live='answer']").childNodes);
  // The form stays as it is, so that the focus does; only what it says of itself is renewed.
  for (const summary of form.querySelectorAll("details > summary")) {
    summary.textContent = page.getElementById(summary.parentElement.id).firstElementChild.textContent;
  }
  document.querySelector("[data-status]").textContent = document.getElementById("peers-summary").textContent.trim();
  history.pushState(null, "", url);
}
