/* Charts: each figure marked data-chart holds a table; when it comes into view, ECharts draws the table's numbers and
   the table folds. Without this file, without ECharts, or where the reader saves data, the table stays as it is. */

const script = document.querySelector("script[data-echarts]");
const figures = [...document.querySelectorAll("[data-chart]")];
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const UPRIGHT = 280;
const LINE = { wide: 30, narrow: 42 };
const LABEL = { wide: 270, narrow: 140 };
let library;

if (!navigator.connection?.saveData) {
  const seen = new IntersectionObserver((entries) => {
    for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
      seen.unobserve(target);
      draw(target);
    }
  });
  for (const figure of figures) {
    // The room is made now, so that nothing jumps when the chart comes.
    const drawing = figure.querySelector("[data-drawing]");
    drawing.hidden = false;
    drawing.style.blockSize = `${figure.dataset.chart === "upright" ? UPRIGHT : (rows(figure).length + 0.5) * LINE[room(drawing)]}px`;
    figure.querySelector("details").open = false;
    seen.observe(figure);
  }
}

function room(drawing) {
  return drawing.clientWidth < 480 ? "narrow" : "wide";
}

function rows(figure) {
  return [...figure.querySelectorAll("tbody tr")].map((row) => ({
    label: row.querySelector("th").textContent.trim(),
    count: Number(row.dataset.count),
    written: row.querySelector("td.num").textContent.trim(),
    colour: row.dataset.colour,
    url: row.querySelector("th a")?.href,
  }));
}

async function draw(figure) {
  const drawing = figure.querySelector("[data-drawing]");
  const table = figure.querySelector("details");
  library ??= import(script.dataset.echarts);
  const echarts = await library.catch(() => null);
  if (!echarts) {
    drawing.hidden = true;
    table.open = true;
    return;
  }
  const chart = echarts.init(drawing, null, { renderer: "svg" });
  const data = rows(figure);
  const show = () => chart.setOption(option(figure, drawing, data), true);
  show();
  figure.dataset.drawn = "";
  chart.on("click", ({ dataIndex }) => data[dataIndex].url && location.assign(data[dataIndex].url));
  dark.addEventListener("change", show);
  new ResizeObserver(() => {
    chart.resize();
    show();
  }).observe(drawing);
  addEventListener("beforeprint", () => (table.open = true));
}

function option(figure, drawing, data) {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const upright = figure.dataset.chart === "upright";
  const fromRight = document.documentElement.dir === "rtl";
  const text = { color: token("--ink"), fontFamily: token("--sans"), fontSize: 14 };
  const names = {
    type: "category",
    data: data.map(({ label }) => label),
    inverse: upright ? fromRight : true,
    position: upright ? "bottom" : fromRight ? "right" : "left",
    axisLine: { lineStyle: { color: token("--rule-strong") } },
    axisTick: { show: false },
    axisLabel: upright
      ? { ...text, color: token("--ink-soft") }
      : { ...text, width: LABEL[room(drawing)], overflow: "break", lineHeight: 16, interval: 0 },
  };
  const counts = {
    type: "value",
    inverse: !upright && fromRight,
    position: upright && fromRight ? "right" : undefined,
    minInterval: 1,
    axisLabel: { show: upright, ...text, color: token("--ink-soft") },
    splitLine: { show: upright, lineStyle: { color: token("--rule") } },
  };
  return {
    animation: !calm.matches,
    animationDuration: 400,
    aria: { enabled: true, label: { description: drawing.dataset.drawing } },
    grid: {
      top: 12,
      bottom: upright ? 28 : 4,
      left: upright ? 36 : fromRight ? 40 : 8,
      right: upright ? 12 : fromRight ? 8 : 40,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    textStyle: { fontFamily: text.fontFamily },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: token("--leaf"),
      borderColor: token("--rule-strong"),
      textStyle: text,
      formatter: ({ dataIndex }) => `${data[dataIndex].label}: ${data[dataIndex].written}`,
    },
    xAxis: upright ? names : counts,
    yAxis: upright ? counts : names,
    series: {
      type: "bar",
      barMaxWidth: upright ? 30 : 16,
      data: data.map(({ count, colour, url }) => ({
        value: count,
        cursor: url ? "pointer" : "default",
        itemStyle: { color: colour ?? token("--accent") },
      })),
      label: {
        show: !upright,
        position: fromRight ? "left" : "right",
        ...text,
        color: token("--ink-soft"),
        formatter: ({ dataIndex }) => data[dataIndex].written,
      },
    },
  };
}
