/* Menus are details elements, which open without this; Escape and a click elsewhere close them. */

const MENUS = "details[data-menu][open]";

document.addEventListener("keydown", (event) => {
  const open = [...document.querySelectorAll(MENUS)].pop();
  if (event.key === "Escape" && !event.defaultPrevented && open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(MENUS)) {
    if (!menu.parentElement.contains(event.target)) {
      menu.open = false;
    }
  }
});
