/* A page with several forms: what was typed in the others is there again when the page comes back from one of them. */

/* A form that is refused comes back at its own address, below that of the page. */
const STORE = `citypeers.unsent ${location.pathname.replace(/(\/desk\/\w+\/\d+).*/, "$1")}`;
const main = document.querySelector("main");
const controls = () => [...main.querySelectorAll("form[method=post] :is(textarea, select, input[type=text])")];
/* Several forms for comments have a field of one name; their ids differ. Other names say what the field is about. */
const called = (control) => (control.name === "text" ? control.id : control.name);

function isChanged(control) {
  if (control instanceof HTMLSelectElement) {
    const first = Math.max(0, [...control.options].findIndex((option) => option.defaultSelected));
    return control.selectedIndex !== first;
  }
  return control.value !== control.defaultValue;
}

function bringBack() {
  const kept = new Map(JSON.parse(sessionStorage.getItem(STORE) ?? "[]"));
  sessionStorage.removeItem(STORE);
  for (const control of controls().filter((each) => kept.has(called(each)) && !isChanged(each))) {
    control.value = kept.get(called(control));
    control.closest("details")?.setAttribute("open", "");
  }
}

main.addEventListener("submit", (event) => {
  const others = controls().filter((control) => control.form !== event.target && isChanged(control));
  try {
    sessionStorage.setItem(STORE, JSON.stringify(others.map((control) => [called(control), control.value])));
  } catch {
    // A browser that may not remember sends the one form, as without this script.
  }
});

try {
  bringBack();
} catch {
  // Nothing was kept, or it cannot be read.
}
