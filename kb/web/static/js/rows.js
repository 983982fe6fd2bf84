/* Rows are added and taken away in place; without this file the same buttons do it by way of the server. */

for (const group of document.querySelectorAll("[data-rows]")) {
  const blank = group.querySelector("template[data-blank]");
  const list = group.querySelector("[data-row-list]");
  let next = Number(group.dataset.next);

  group.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-add], button[data-remove]");
    if (!button || button.closest("[data-rows]") !== group) {
      return;
    }
    event.preventDefault();
    if (button.matches("[data-add]")) {
      const holder = document.createElement("template");
      holder.innerHTML = blank.innerHTML.replaceAll("__n__", String(next));
      next += 1;
      const row = holder.content.firstElementChild;
      list.append(row);
      row.querySelector("input:not([type=hidden]), select, textarea").focus();
      row.dispatchEvent(new CustomEvent("row-added", { bubbles: true }));
    } else {
      const row = button.closest("[data-row]");
      const neighbour = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (neighbour?.querySelector("button[data-remove]") ?? group.querySelector("button[data-add]")).focus();
    }
    group.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true }));
  });
}
