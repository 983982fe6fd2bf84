/* Filters of the search page: a choice is applied at once, in place, so that the focus stays where it is.
   Without this file, the button of the form does the same with a new page. */

const form = document.getElementById("search");
let turn = 0;

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-filter]")) {
    apply();
  }
});
// On a phone the filters cover the results: the line beneath them folds them away again.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-fold-filters]")) {
    event.preventDefault();
    document.getElementById("facets-fold").open = false;
    const title = document.getElementById("results-title");
    title.focus({ preventScroll: true });
    title.scrollIntoView();
  }
});
addEventListener("popstate", () => location.reload());

function address() {
  const pairs = [...new FormData(form)].filter(([name, value]) => value !== "" && !(name === "sort" && value === "relevance"));
  const query = new URLSearchParams(pairs).toString();
  return query ? `${form.action}?${query}` : form.action;
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
  const unfolded = [...document.querySelectorAll(".facets details[open]")].map((details) => details.id);
  const focused = document.activeElement?.id;
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (fresh) {
      part.replaceChildren(...fresh.childNodes);
    }
  }
  for (const id of unfolded) {
    document.getElementById(id)?.setAttribute("open", "");
  }
  document.getElementById(focused)?.focus();
  document.querySelector("[data-status]").textContent = document.getElementById("results-title").textContent.trim();
  document.title = page.title;
  history.pushState(null, "", url);
}
