/* One box that ticks all the others of the page. */

const all = document.querySelector("#choose-all");

if (all) {
  document.querySelector("[data-choose-all]").hidden = false;
  all.addEventListener("change", () => {
    for (const box of document.querySelectorAll("input[name='choose']")) {
      box.checked = all.checked;
    }
  });
}
