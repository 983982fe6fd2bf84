/* A field with suggestions keeps the one that was chosen, instead of leading to its page; of a city, its country too. */

document.addEventListener("suggestion", (event) => {
  const holder = event.target.closest("[data-pick]");
  if (holder) {
    event.preventDefault();
    event.target.value = event.detail.label;
    if (holder.dataset.pickCountry) {
      event.target.form.elements[holder.dataset.pickCountry].value = event.detail.country;
    }
  }
});
