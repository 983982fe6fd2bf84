/* A suggested goal is taken in place: its box is ticked, and where it came from is remembered. A target brings its goal. */

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name='accept']");
  if (!button) {
    return;
  }
  const form = button.closest("form");
  const code = button.value;
  const box = document.getElementById(`${code.includes(".") ? "targets" : "goals"}-${code}`);
  if (!box) {
    return;
  }
  event.preventDefault();
  const goal = document.getElementById(`goals-${code.split(".")[0]}`);
  if (goal && goal !== box && !goal.checked) {
    goal.checked = true;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "accepted", value: goal.value }));
  }
  box.checked = true;
  box.closest("details")?.setAttribute("open", "");
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "accepted", value: code }));
  const item = button.closest("li");
  const next = item.nextElementSibling ?? item.previousElementSibling;
  item.remove();
  (next?.querySelector("button") ?? box).focus();
  box.dispatchEvent(new Event("change", { bubbles: true }));
});
