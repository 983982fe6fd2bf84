/* Suggestions while typing: a combobox (ARIA 1.2) around each search field marked with data-suggest. A suggestion leads
   to its page, unless whoever listens for "suggestion" on the field does something else with it. */

const WAIT = 150;

let boxes = 0;

function setUp(part) {
  for (const box of part.querySelectorAll("[data-suggest]")) {
    combobox(box, box.querySelector("input"), `suggestions-${boxes}`);
    boxes += 1;
  }
}

setUp(document);
document.addEventListener("row-added", (event) => setUp(event.target));

function combobox(box, input, id) {
  const list = Object.assign(document.createElement("ul"), { id, className: "suggestions", hidden: true });
  const status = Object.assign(document.createElement("span"), { className: "visually-hidden" });
  let options = [];
  let chosen = -1;
  let timer = 0;
  let asked = 0;

  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  status.setAttribute("role", "status");
  for (const [name, value] of [
    ["role", "combobox"],
    ["aria-autocomplete", "list"],
    ["aria-expanded", "false"],
    ["aria-controls", id],
  ]) {
    input.setAttribute(name, value);
  }
  box.append(list, status);

  function close() {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    chosen = index;
    for (const [place, option] of [...list.children].entries()) {
      option.setAttribute("aria-selected", String(place === index));
    }
    if (index < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      input.setAttribute("aria-activedescendant", list.children[index].id);
    }
  }

  function take(suggestion) {
    const event = new CustomEvent("suggestion", { bubbles: true, cancelable: true, detail: suggestion });
    if (input.dispatchEvent(event)) {
      location.assign(along(suggestion.url));
    } else {
      close();
    }
  }

  /* In a form that says so, what else is chosen there goes along to the page of the suggestion. */
  function along(address) {
    const url = new URL(address, location.href);
    if (input.form?.matches("[data-suggest-along]")) {
      for (const [name, value] of new FormData(input.form)) {
        if (name !== input.name) {
          url.searchParams.append(name, value);
        }
      }
    }
    return url;
  }

  function show(suggestions) {
    options = suggestions;
    list.replaceChildren(
      ...options.map((suggestion, place) => {
        const option = Object.assign(document.createElement("li"), { id: `${id}-${place}` });
        const kind = Object.assign(document.createElement("span"), { className: "quiet", textContent: suggestion.kind_label });
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.append(suggestion.label, kind);
        option.addEventListener("mousedown", (event) => event.preventDefault());
        option.addEventListener("click", () => take(suggestion));
        return option;
      }),
    );
    choose(-1);
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(options.length > 0));
    status.textContent = options.length
      ? JSON.parse(box.dataset.suggestSome)[options.length - 1]
      : box.dataset.suggestNone;
  }

  async function ask() {
    const typed = input.value.trim();
    const turn = ++asked;
    if (typed.length < 2) {
      close();
      return;
    }
    const url = new URL(box.dataset.suggest, location.href);
    url.searchParams.set("q", typed);
    const response = await fetch(url).catch(() => null);
    if (response?.ok && turn === asked && document.activeElement === input) {
      show((await response.json()).suggestions);
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  }

  input.addEventListener("input", soon);
  /* On a slow line somebody may have typed before this was here. */
  if (input.value !== input.defaultValue) {
    soon();
  }
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    /* The keys of an input method (Japanese, Chinese) choose signs; Safari sends the last one, code 229, after it. */
    if (event.isComposing || event.keyCode === 229) {
      return;
    }
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      take(options[chosen]);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const places = options.length + 1;
      choose(((chosen + 1 + step + places) % places) - 1);
    }
  });
}
