"use strict";
const box = document.getElementById("try");
const network = JSON.parse(box.dataset.network);
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const floats = (text) => new Float32Array(bytes(text).buffer);
const layers = network.layers.map(({ activation, weights, bias }) => ({ activation, weights: floats(weights), bias: floats(bias) }));
const [HEIGHT, WIDTH] = network.shape;

// The activations, as Keras defines them.
const each = (f) => (z) => z.map(f);
const ACTIVATIONS = {
  elu: each((v) => v > 0 ? v : Math.expm1(v)),
  leaky_relu: each((v) => v > 0 ? v : 0.2 * v),
  linear: each((v) => v),
  relu: each((v) => Math.max(v, 0)),
  selu: each((v) => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * Math.expm1(v))),
  sigmoid: each((v) => 1 / (1 + Math.exp(-v))),
  silu: each((v) => v / (1 + Math.exp(-v))),
  softmax: (z) => {
    const most = Math.max(...z);
    const e = z.map((v) => Math.exp(v - most));
    const sum = e.reduce((a, b) => a + b, 0);
    return e.map((v) => v / sum);
  },
  softplus: each((v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))),
  tanh: each(Math.tanh),
};

// The outputs of each layer for an image, whose pixels are numbers from 0 to 255.
function outputsOfLayers(pixels) {
  let x = Float64Array.from(pixels, (pixel) => network.divide_by_255 ? pixel / 255 : pixel);
  return layers.map(({ activation, weights, bias }) => {
    const units = bias.length;
    const z = Float64Array.from(bias);
    for (let i = 0; i < x.length; i++) {
      for (let j = 0; j < units; j++) z[j] += x[i] * weights[i * units + j];
    }
    x = ACTIVATIONS[activation](z);
    return x;
  });
}
const probabilities = (pixels) => outputsOfLayers(pixels).at(-1);

// Draw pixels from 0, white, to 255, black.
function paint(canvas, pixels) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(WIDTH, HEIGHT);
  pixels.forEach((pixel, i) => image.data.set([255 - pixel, 255 - pixel, 255 - pixel, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

const rows = network.labels.map((name) => {
  const row = document.getElementById("probabilities").insertRow();
  const label = document.createElement("th");
  label.scope = "row";
  label.textContent = name;
  row.append(label);
  row.insertCell().append(document.createElement("span"));
  row.insertCell().className = "number";
  return row;
});

const round = (p) => p > 0.99995 && p < 1 ? "above 0.9999" : p.toFixed(4);

function show(pixels, context = "") {
  const start = performance.now();
  const all = outputsOfLayers(pixels);
  const outputs = all.at(-1);
  const milliseconds = performance.now() - start;
  paint(document.getElementById("picture"), pixels);
  if (layers.length > 1) showUnits(all[0]);
  const best = outputs.indexOf(Math.max(...outputs));
  rows.forEach((row, i) => {
    row.className = i === best ? "best" : "";
    row.querySelector("span").style.width = `${100 * Math.min(Math.max(outputs[i], 0), 1)}%`;
    row.cells[2].textContent = outputs[i].toFixed(4);
  });
  document.getElementById("answer").value =
    `${network.labels[best]}, with probability ${round(outputs[best])}${context}. Computed in ${milliseconds.toFixed(1)} ms.`;
}

// The units of the first layer that react most to the picture: blue weights want ink, red ones want none.
function showUnits(reactions) {
  const { weights } = layers[0];
  const strongest = [...reactions.keys()].sort((a, b) => reactions[b] - reactions[a]).slice(0, 12);
  document.getElementById("units").replaceChildren(...strongest.map((unit) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: WIDTH, height: HEIGHT, title: `unit ${unit}: ${reactions[unit].toFixed(2)}` });
    const context = canvas.getContext("2d");
    const image = context.createImageData(WIDTH, HEIGHT);
    const of = (pixel) => weights[pixel * reactions.length + unit];
    let most = 0;
    for (let i = 0; i < WIDTH * HEIGHT; i++) most = Math.max(most, Math.abs(of(i)));
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      const pale = 255 * (1 - Math.abs(of(i)) / most);
      image.data.set(of(i) > 0 ? [pale, pale, 255, 255] : [255, pale, pale, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }));
}

function showNothing() {
  document.getElementById("units")?.replaceChildren();
  document.getElementById("answer").value = "Draw something, or choose an example.";
  for (const row of rows) {
    row.className = "";
    row.querySelector("span").style.width = 0;
    row.cells[2].textContent = "";
  }
  paint(document.getElementById("picture"), new Uint8Array(WIDTH * HEIGHT));
}

for (const correct of [true, false]) {
  const line = document.createElement("div");
  for (const { index, label, predicted, pixels } of network.examples.filter((e) => (e.label === e.predicted) === correct)) {
    const button = document.createElement("button");
    const picture = document.createElement("canvas");
    [button.type, picture.width, picture.height] = ["button", WIDTH, HEIGHT];
    picture.setAttribute("aria-hidden", "true");
    paint(picture, bytes(pixels));
    button.append(picture, network.labels[label]);
    button.title = `test image ${index}`;
    button.className = correct ? "" : "misread";
    button.addEventListener("click", () => show(bytes(pixels), correct ? ": correct" : `: wrong, it is ${network.labels[label]}`));
    line.append(button);
  }
  document.getElementById("examples").append(line);
}

// Ink on the paper, from 0 to 1, as MNIST's images: fitted into 20 × 20 by averages over areas, then with its centre of
// mass in the middle of 28 × 28. Returns pixels from 0 to 255, or null without ink.
function prepare(ink, side) {
  let [left, top, right, bottom] = [side, side, 0, 0];
  ink.forEach((value, i) => {
    if (value < 0.05) return;
    const [x, y] = [i % side, Math.floor(i / side)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
  });
  if (right <= left) return null;
  const step = Math.max(right - left, bottom - top) / 20; // of the paper's pixels for one of the small ones
  const [width, height] = [right - left, bottom - top].map((length) => Math.max(Math.round(length / step), 1));
  const small = new Float64Array(width * height);
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      let [sum, area] = [0, 0];
      for (let y = Math.floor(top + v * step); y < top + (v + 1) * step; y++) {
        for (let x = Math.floor(left + u * step); x < left + (u + 1) * step; x++) {
          const share = overlap(x, left + u * step, step) * overlap(y, top + v * step, step);
          area += share;
          if (x < side && y < side) sum += share * ink[y * side + x];
        }
      }
      small[v * width + u] = sum / area;
    }
  }
  let [mass, massX, massY] = [0, 0, 0];
  small.forEach((value, i) => {
    mass += value;
    massX += value * (i % width);
    massY += value * Math.floor(i / width);
  });
  const [moveX, moveY] = [Math.round(14 - massX / mass), Math.round(14 - massY / mass)];
  const pixels = new Uint8Array(28 * 28);
  small.forEach((value, i) => {
    const [x, y] = [i % width + moveX, Math.floor(i / width) + moveY];
    if (x >= 0 && x < 28 && y >= 0 && y < 28) pixels[y * 28 + x] = Math.round(255 * value);
  });
  return pixels;
}

// How much of the pixel from `pixel` to `pixel + 1` is in a stretch.
function overlap(pixel, start, length) {
  return Math.min(pixel + 1, start + length) - Math.max(pixel, start);
}

const paper = document.getElementById("paper");
if (paper) {
  const side = paper.width;
  const strokes = []; // lists of points
  const [SIZE, PEN, DOT] = [200, 24, 20]; // of a drawing when it is prepared; no drawing counts as smaller than a dot
  let [pen, isDown, usesKeys] = [[side / 2, side / 4], false, false];
  const context = paper.getContext("2d", { willReadFrequently: true });

  // Draw the strokes, each point moved by `move`, with a pen of this width.
  function trace(context, width, move = (point) => point) {
    context.clearRect(0, 0, side, side);
    Object.assign(context, { lineWidth: width, lineCap: "round", lineJoin: "round" });
    for (const points of strokes) {
      context.beginPath();
      context.moveTo(...move(points[0]));
      for (const point of [points[0], ...points]) context.lineTo(...move(point));
      context.stroke();
    }
  }

  // The strokes as ink, all drawings equally large and with the same pen, as on the forms that MNIST's images come from:
  // a pen as wide as the paper's would fill a small drawing.
  const copy = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const copied = copy.getContext("2d", { willReadFrequently: true });
  function inkOfStrokes() {
    const [xs, ys] = [0, 1].map((axis) => strokes.flat().map((point) => point[axis]));
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = (SIZE - PEN) / Math.max(right - left, bottom - top, DOT);
    trace(copied, PEN, ([x, y]) => [side / 2 + scale * (x - (left + right) / 2), side / 2 + scale * (y - (top + bottom) / 2)]);
    const ink = Float32Array.from({ length: side * side });
    copied.getImageData(0, 0, side, side).data.forEach((value, i) => { if (i % 4 === 3) ink[(i - 3) / 4] = value / 255; });
    return ink;
  }

  function update() {
    trace(context, 22);
    const pixels = strokes.length ? prepare(inkOfStrokes(), side) : null;
    if (pixels) show(pixels); else showNothing();
    if (usesKeys) {
      context.save();
      Object.assign(context, { lineWidth: 3, strokeStyle: "#D55E00", fillStyle: "#D55E00" });
      context.beginPath();
      context.arc(...pen, 11, 0, 2 * Math.PI);
      context.stroke();
      if (isDown) context.fill();
      context.restore();
    }
  }

  const clear = () => {
    strokes.length = 0;
    isDown = false;
    update();
  };
  const place = (event) => {
    const frame = paper.getBoundingClientRect();
    return [(event.clientX - frame.left) * side / frame.width, (event.clientY - frame.top) * side / frame.height];
  };
  paper.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    paper.setPointerCapture(event.pointerId);
    [isDown, usesKeys] = [true, false];
    strokes.push([place(event)]);
    update();
  });
  paper.addEventListener("pointermove", (event) => {
    if (!isDown || usesKeys) return;
    strokes.at(-1).push(...(event.getCoalescedEvents?.() ?? []).map(place), place(event));
    update();
  });
  for (const end of ["pointerup", "pointercancel"]) paper.addEventListener(end, () => { isDown = usesKeys && isDown; });
  paper.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!move && ![" ", "Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    usesKeys = true;
    if (move) {
      pen = pen.map((value, i) => Math.min(Math.max(value + 7 * move[i], 11), side - 11));
      if (isDown) strokes.at(-1).push(pen);
      update();
    } else if (event.key === " ") {
      isDown = !isDown;
      if (isDown) strokes.push([pen]);
      update();
    } else {
      clear();
    }
  });
  paper.addEventListener("blur", () => {
    [usesKeys, isDown] = [false, false];
    update();
  });
  document.getElementById("clear").addEventListener("click", clear);
}
box.hidden = false;
showNothing();
