/* The public page as the draft would make it, beside the form, renewed whenever the draft is saved. It lies in a shadow
   tree of its own, so that neither its ids nor its headings mix with those of the form. */

const panel = document.querySelector("[data-preview]");
const toggle = document.querySelector("[data-preview-toggle]");
const form = document.querySelector("form[data-draft]");
const columns = panel.closest(".desk-columns");
const root = panel.attachShadow({ mode: "open" });
const style = document.querySelector("link[rel='stylesheet']").cloneNode();
const holder = document.createElement("div");
holder.className = "preview-holder";
root.append(style, holder);
let address = panel.dataset.preview;

async function show() {
  if (panel.hidden || !address) {
    return;
  }
  const response = await fetch(address, { headers: { Accept: "text/html" }, redirect: "manual" }).catch(() => null);
  if (response?.ok) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    holder.replaceChildren(...page.querySelector("main").childNodes);
    for (const link of holder.querySelectorAll("a[href]")) {
      link.target = "_blank";
    }
  }
}

form.addEventListener("draft-saved", (event) => {
  address = event.detail.preview ?? address;
  show();
});
toggle.addEventListener("click", (event) => {
  event.preventDefault();
  panel.hidden = !panel.hidden;
  toggle.setAttribute("aria-expanded", String(!panel.hidden));
  columns.classList.toggle("desk-preview-open", !panel.hidden);
  show();
});
toggle.setAttribute("aria-expanded", "false");
document.querySelector("[data-preview-switch]").hidden = false;
