/* page.js - the engine of the page where there is no service: app/serve/page.html with the module, models and
 * puzzles inside (make page). Stands in one script behind hrm.js, and gives the page what its service gives:
 * models, solve, random; and add, for model files of its visitor's. */

/* The bytes that base64 of gzip in an element is. */
async function unpack(id) {
  const text = atob(document.getElementById(id).textContent), packed = new Uint8Array(text.length);
  for (let i = 0; i < packed.length; i++) packed[i] = text.charCodeAt(i);
  return new Uint8Array(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

const ids = name => [...document.querySelectorAll(`script[data-${name}]`)].map(e => e.id);
const open = new Map(); /* models by name */
/* What all of them are loaded with: is made while the models are unpacked. */
const parts = unpack(hasSimd() ? "hrm.wasm" : "hrm-scalar.wasm").then(async wasm => ({wasm: await WebAssembly.compile(wasm),
  worker: URL.createObjectURL(new Blob([document.getElementById("worker.js").textContent], {type: "text/javascript"}))}));
async function load(name, source) {
  const model = await loadModel(source, await parts);
  if (open.has(name)) open.get(name).close();
  open.set(name, model);
  return {id: name, ...model.info};
}

/* Probabilities of what a cell may hold, as two hexadecimal digits each. */
function heatOfStep(info, step) {
  const from = info.symbols ? info.vocab - info.symbols : 0;
  let heat = "";
  for (let i = 0; i < info.cells; i++)
    for (let t = from; t < info.vocab; t++)
      heat += Math.round(255 * step.probabilities[i * info.vocab + t]).toString(16).padStart(2, "0");
  return heat;
}

window.engineInside = {
  models: () => Promise.all(ids("model").map(async id => load(id, await unpack(id)))),
  add: async file => load(file.name.replace(/\.safetensors$/, ""), file),

  async *solve(name, puzzle, signal) {
    const model = open.get(name), events = [];
    let wake = () => {}, over = false, failure = null;
    const progress = step => {
      step.heat = heatOfStep(model.info, step);
      delete step.probabilities;
      events.push([step.segment ? "segment" : "round", step]);
      wake();
    };
    model.solve(puzzle, {signal, progress, probabilities: true, seconds: 300})
      .then(answer => events.push(["answer", answer]), e => { failure = e; })
      .finally(() => { over = true; wake(); });
    while (!over || events.length) {
      if (events.length) yield events.shift();
      else await new Promise(done => { wake = done; });
    }
    if (failure) throw failure;
  },

  async random(task, rating) {
    const [low, high] = rating.split("-").map(Number), list = JSON.parse(document.getElementById("puzzles").textContent)
      .filter(p => p.task == task && p.rating >= low && (!high || p.rating <= high));
    if (!list.length) throw Error("none of this kind is here");
    return list[Math.floor(Math.random() * list.length)];
  }
};
