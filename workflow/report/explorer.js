
// The chart of time over size. The box has its data; without this script it stays hidden, and the picture below serves.
const explorer = document.getElementById("explorer");
if (explorer) {
  const chart = JSON.parse(explorer.dataset.chart);
  const [LEFT, RIGHT, TOP, BOTTOM] = [76, 24, 34, 64];
  let [width, height] = [0, 0];
  const BASELINES = { "": "time of a call", naive: "speed-up over loops over an ndarray", naive_list: "speed-up over loops over lists" };
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    Object.assign(element, attributes);
    element.append(...children);
    return element;
  };
  const draw = (name, attributes, text = "") => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };
  const digits = (value) => Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });
  const seconds = (value) => {
    const [factor, unit] = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]].find(([f]) => value >= f) ?? [1e-9, "ns"];
    return `${digits(value / factor)} ${unit}`;
  };
  const ratio = (value) => `${digits(value)}×`;

  const choose = (label, entries) => {
    const select = make("select", {}, ...entries.map(([value, text]) => make("option", { value, textContent: text })));
    select.addEventListener("change", update);
    controls.append(make("label", {}, label, select));
    return select;
  };
  const controls = make("div", { className: "choices" });
  const operation = choose("Operation", Object.entries(chart.operations).map(([name, { label }]) => [name, label]));
  const baseline = choose("Show", Object.entries(BASELINES));
  const scale = choose("Axes", [["log", "logarithmic"], ["linear", "linear"]]);
  const boxes = make("fieldset", {}, make("legend", { className: "hidden", textContent: "Implementations" }));
  for (const [name, { colour, marker: kind, label }] of Object.entries(chart.implementations)) {
    const box = make("input", { type: "checkbox", value: name, checked: true });
    box.addEventListener("change", update);
    const key = draw("svg", { class: "key", width: 18, height: 18 });
    key.append(marker(kind, 9, 9, { fill: colour }));
    boxes.append(make("label", {}, box, key, label));
  }
  const svg = draw("svg", { role: "group", "font-size": 13, "font-family": "system-ui, sans-serif" });
  const output = make("output", {});
  explorer.append(controls, boxes, svg, output);
  explorer.hidden = false;
  operation.value = "add_relu" in chart.operations ? "add_relu" : operation.value;
  new ResizeObserver(update).observe(explorer);

  // A scale from values to pixels, and its ticks.
  function axis(values, from, to) {
    const logarithmic = scale.value === "log";
    if (logarithmic) {
      const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)) + 1e-9)];
      const place = (value) => from + (to - from) * (Math.log10(value) - low) / (high - low || 1);
      const step = Math.ceil((high - low) / (width < 600 ? 5 : 9));
      return { place, ticks: Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => 10 ** (low + i * step)) };
    }
    const most = Math.max(...values);
    const power = 10 ** Math.floor(Math.log10(most));
    const step = [0.1, 0.2, 0.5, 1, 2, 5].map((f) => f * power).find((s) => most / s <= 6) ?? power;
    const high = Math.ceil(most / step - 1e-9) * step;
    return { place: (value) => from + (to - from) * value / high, ticks: Array.from({ length: Math.round(high / step) + 1 }, (_, i) => i * step) };
  }

  function marker(kind, x, y, attributes) {
    const r = 6;
    const corners = { s: [[-1, -1], [1, -1], [1, 1], [-1, 1]], D: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]], "^": [[0, -1.2], [1.2, 1], [-1.2, 1]],
      P: [[-0.5, -1.2], [0.5, -1.2], [0.5, -0.5], [1.2, -0.5], [1.2, 0.5], [0.5, 0.5], [0.5, 1.2], [-0.5, 1.2], [-0.5, 0.5], [-1.2, 0.5], [-1.2, -0.5], [-0.5, -0.5]],
      v: [[0, 1.2], [1.2, -1], [-1.2, -1]], "<": [[-1.2, 0], [1, -1.2], [1, 1.2]], ">": [[1.2, 0], [-1, -1.2], [-1, 1.2]] }[kind];
    return corners
      ? draw("polygon", { points: corners.map(([a, b]) => `${x + r * a},${y + r * b}`).join(" "), ...attributes })
      : draw("circle", { cx: x, cy: y, r, ...attributes });
  }

  function update() {
    width = explorer.clientWidth;
    height = Math.max(Math.min(0.55 * width, 480), 320);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    const isTime = baseline.value === "";
    const form = isTime ? seconds : ratio;
    const shown = new Set([...boxes.querySelectorAll("input:checked")].map((box) => box.value));
    const all = chart.points[operation.value][baseline.value] ?? {};
    const series = Object.keys(chart.implementations).filter((name) => shown.has(name) && all[name]).map((name) => [name, all[name]]);
    for (const box of boxes.querySelectorAll("input")) box.parentElement.hidden = !all[box.value];
    const { label: name, step, notebook } = chart.operations[operation.value];
    svg.replaceChildren();
    svg.setAttribute("aria-label", `${BASELINES[baseline.value]} of ${name} over its size`);
    const points = series.flatMap(([, rows]) => rows);
    if (!points.length) {
      output.textContent = "Nothing to show: choose an implementation.";
      return;
    }
    const x = axis(points.map((row) => row[0]), LEFT, width - RIGHT);
    const y = axis(points.flatMap((row) => row.slice(2, 5)), height - BOTTOM, TOP);
    for (const tick of x.ticks) {
      svg.append(draw("line", { x1: x.place(tick), x2: x.place(tick), y1: TOP, y2: height - BOTTOM, stroke: "#dddddd" }));
      svg.append(draw("text", { x: x.place(tick), y: height - BOTTOM + 20, "text-anchor": "middle" }, Number(tick).toLocaleString("en", { notation: "compact" }).replace("K", "k")));
    }
    for (const tick of y.ticks) {
      svg.append(draw("line", { x1: LEFT, x2: width - RIGHT, y1: y.place(tick), y2: y.place(tick), stroke: "#dddddd" }));
      svg.append(draw("text", { x: LEFT - 8, y: y.place(tick) + 5, "text-anchor": "end" }, tick ? form(tick) : "0"));
    }
    const atNotebook = x.place(notebook);
    svg.append(draw("line", { x1: atNotebook, x2: atNotebook, y1: TOP, y2: height - BOTTOM, stroke: "#666666", "stroke-dasharray": "3 4" }));
    svg.append(draw("text", { x: (LEFT + width - RIGHT) / 2, y: height - 12, "text-anchor": "middle" }, `${step}s of a call`));
    svg.append(draw("text", { x: 0, y: 14 }, BASELINES[baseline.value]));
    for (const [name, rows] of series) {
      const { colour, marker: kind, label } = chart.implementations[name];
      svg.append(draw("polyline", { points: rows.map((row) => `${x.place(row[0])},${y.place(row[2])}`).join(" "), fill: "none", stroke: colour, "stroke-width": 2 }));
      for (const [steps, shape, value, low, high, stable] of rows) {
        svg.append(draw("line", { x1: x.place(steps), x2: x.place(steps), y1: y.place(low), y2: y.place(high), stroke: colour, "stroke-width": 2 }));
        const text = `${label}, ${shape}, ${steps.toLocaleString("en")} ${step}s: ${form(value)} (${form(low)} to ${form(high)})${stable ? "" : ", not stable"}`;
        const mark = marker(kind, x.place(steps), y.place(value), { class: "mark", fill: stable ? colour : "#ffffff", stroke: colour, "stroke-width": 2,
          tabindex: -1, role: "img", "aria-label": text, "data-implementation": name, "data-shape": shape, "data-value": value });
        for (const event of ["pointerenter", "focus", "click"]) mark.addEventListener(event, () => { output.textContent = text; });
        svg.append(mark);
      }
    }
    svg.querySelector(".mark").setAttribute("tabindex", 0);
    output.textContent = `${points.length} measurements. Filled marks: stable. Dotted: the notebook's size.`;
  }

  // One stop of the tab key for all marks; the arrow keys move between them.
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const marks = [...svg.querySelectorAll(".mark")];
    const next = marks[(marks.indexOf(document.activeElement) + step + marks.length) % marks.length];
    for (const mark of marks) mark.setAttribute("tabindex", mark === next ? 0 : -1);
    next.focus();
  });
}
