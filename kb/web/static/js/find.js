/* A search form whose results come while one types; without this, its button asks for the same page. */

const WAIT = 200;

for (const form of document.querySelectorAll("form[data-find]")) {
  const input = form.querySelector("input[type=search]");
  let timer = 0;
  let asked = 0;
  input.addEventListener("input", soon);
  /* On a slow line somebody may have typed before this was here. */
  if (input.value !== input.defaultValue) {
    soon();
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(find, WAIT);
  }

  async function find() {
    const mine = ++asked;
    const address = new URL(location.pathname, location.origin);
    address.searchParams.set("q", input.value);
    try {
      const answer = await fetch(address);
      if (!answer.ok || mine !== asked) {
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.getElementById(form.dataset.find);
      if (mine === asked && found) {
        document.getElementById(form.dataset.find).replaceChildren(...found.children);
      }
    } catch {
      /* The button still works. */
    }
  }
}
