/* A city's field remembers which place was chosen, and forgets it as soon as something else is typed. */

document.addEventListener("suggestion", (event) => {
  const holder = event.target.closest("[data-place]");
  if (holder) {
    event.preventDefault();
    const { id, label, kind_label: where } = event.detail;
    event.target.value = label;
    holder.querySelector("[data-place-chosen]").value = `place:${id}`;
    holder.querySelector("[data-place-where]").textContent = where;
    holder.querySelector("[data-place-choices]")?.remove();
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
document.addEventListener("input", (event) => {
  const holder = event.target.closest("[data-place]");
  if (holder && event.target.matches("[role='combobox']")) {
    holder.querySelector("[data-place-chosen]").value = "";
    holder.querySelector("[data-place-where]").textContent = "";
  }
});
