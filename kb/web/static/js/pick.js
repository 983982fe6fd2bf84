/* A field with suggestions keeps the one that was chosen, instead of leading to its page. */

document.addEventListener("suggestion", (event) => {
  if (event.target.closest("[data-pick]")) {
    event.preventDefault();
    event.target.value = event.detail.label;
  }
});
