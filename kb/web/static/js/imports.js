// How far an import is: asked for soon, then every other second, and shown in place; when it is done, the page comes anew.
const SLOWEST_MS = 2000;
let wait = 250;

function later() {
  setTimeout(look, wait);
  wait = Math.min(2 * wait, SLOWEST_MS);
}

async function look() {
  const here = document.querySelector("[data-progress]");
  if (!here) return;
  try {
    const answer = await fetch(here.dataset.progress, { redirect: "manual" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-progress]");
    if (!answer.ok || !now) {
      window.location.assign(here.dataset.progress);
      return;
    }
    here.querySelector("progress").value = now.querySelector("progress").value;
    const said = now.querySelector("[role=status]").textContent.trim();
    const status = here.querySelector("[role=status]");
    if (status.textContent.trim() !== said) status.textContent = said;
  } catch {
    // The network is away for a moment; ask again.
  }
  later();
}

later();
