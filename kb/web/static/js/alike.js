/* "This may exist already", while the title is typed; without this file the page says it after the first step. */

const WAIT = 400;

for (const part of document.querySelectorAll("[data-alike]")) {
  const form = part.closest("form");
  let timer = 0;
  let asked = 0;

  async function look() {
    const turn = ++asked;
    const title = form.elements[part.dataset.alikeField].value.trim();
    const url = new URL(part.dataset.alike, location.href);
    url.searchParams.set("title", title);
    for (const chosen of form.querySelectorAll("[data-place-chosen]")) {
      url.searchParams.append("city", chosen.value);
    }
    // Not followed to the page where people sign in, which would end the session of the one that they have opened.
    const response = title.length < 4 ? null : await fetch(url, { redirect: "manual" }).catch(() => null);
    if (turn === asked) {
      const page = new DOMParser().parseFromString(response?.ok ? await response.text() : "", "text/html");
      if (turn === asked) {
        part.replaceChildren(...page.body.childNodes);
      }
    }
  }

  form.addEventListener("input", (event) => {
    if (event.target.name === part.dataset.alikeField) {
      clearTimeout(timer);
      timer = setTimeout(look, WAIT);
    }
  });
}
