/* Axe asks for the contrast of each text in a page, which is two thirds of its work. Here the same letters on the same
   ground are asked for once: what has passed is passed over from then on, in this page and in those after it. Whatever
   has not passed, and all text that lies over or under something that it is not within, axe looks at itself. */
(() => {
  const LETTERS = [
    "color", "font-size", "font-weight", "text-shadow",
    "-webkit-text-fill-color", "-webkit-text-stroke-width", "-webkit-text-stroke-color",
  ];
  const GROUND = ["background-color", "background-image", "opacity", "mix-blend-mode"];
  const NO_GROUND = "rgba(0, 0, 0, 0) none 1 normal";
  const PICTURES = ["IMG", "CANVAS", "OBJECT", "IFRAME", "VIDEO", "svg"];
  const FIELDS = ["INPUT", "SELECT", "TEXTAREA"];
  const rule = axe._audit.rules.find(({ id }) => id === "color-contrast");
  const check = axe._audit.checks["color-contrast"];
  const { matches } = rule;
  const { evaluate } = check;
  let passed, grounds, looks;

  function values(element, names) {
    const style = getComputedStyle(element);
    return names.map((name) => style.getPropertyValue(name)).join(" ");
  }

  /* What is painted in the page: each element with what it paints, and where. */
  function readGrounds() {
    const found = [...document.querySelectorAll("*")].map((element) => [
      element, PICTURES.includes(element.nodeName) ? element.nodeName : values(element, GROUND),
    ]);
    return found.filter(([, ground]) => ground !== NO_GROUND).map(([painted, ground]) => ({
      painted, ground, boxes: Array.from(painted.getClientRects(), ({ left, right, top, bottom }) => ({
        left: Math.floor(left), right: Math.floor(right), top: Math.floor(top), bottom: Math.floor(bottom),
      })),
    }));
  }

  function hasLetters(element) {
    return FIELDS.includes(element.nodeName)
      || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue.trim());
  }

  /* All that the contrast of a text depends on; null where something else is painted in its middle, as axe sees it. */
  function readLook(element) {
    const middles = axe.commons.dom.getVisibleChildTextRects(element).map(({ left, top, width, height }) => ({
      x: Math.floor(left + width / 2), y: Math.floor(top + height / 2),
    }));
    let look = values(element, LETTERS);
    for (const { painted, ground, boxes } of grounds) {
      let covered = false;
      let open = false;
      for (const { x, y } of middles) {
        if (boxes.some((box) => x >= box.left && x < box.right && y >= box.top && y < box.bottom)) covered = true;
        else open = true;
      }
      if (painted.contains(element)) look += `, ${ground} ${covered} ${open}`;
      else if (covered) return null;
    }
    return look;
  }

  /* A shadow tree is left to axe as a whole. */
  function isInShadow(element) {
    return element.shadowRoot || element.getRootNode() !== document;
  }

  function lookOf(element) {
    if (isInShadow(element)) return null;
    grounds ??= readGrounds();
    if (!looks.has(element)) looks.set(element, readLook(element));
    return looks.get(element);
  }

  rule.matches = function (element, ...rest) {
    if (!isInShadow(element) && !hasLetters(element)) return false;
    return !passed.has(lookOf(element)) && matches.call(this, element, ...rest);
  };

  check.evaluate = function (element, ...rest) {
    const look = lookOf(element);
    if (passed.has(look)) return true;
    let told;
    const data = (value) => {
      told = value;
      this.data(value);
    };
    const has = evaluate.call({ ...this, data }, element, ...rest);
    // What cannot be seen at the moment passes without a contrast.
    if (has && told.contrastRatio && look) passed.add(look);
    return has;
  };

  /* Run axe. `before` are the looks that have passed before; all that have, and each rule broken with an element. */
  window.findFaults = async (options, before) => {
    [passed, grounds, looks] = [new Set(before), null, new WeakMap()];
    const { violations } = await axe.run(options);
    return { faults: violations.map(({ id, nodes }) => [id, nodes[0].html]), passed: [...passed] };
  };
})();
