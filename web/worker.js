/* worker.js - the thread in which a model thinks: hrm.wasm and its calls. hrm.js starts it and
 * speaks with it; nothing else should. Runs in browsers and in Node.js.
 *
 * It is sent {call: "open", module, file}, then any of {call: "read" | "check" | "solve", args}, one
 * at a time. It answers {step, probabilities} as often as a solve has steps, then {value} or
 * {error}; {broken} where the module itself has failed, which hrm.js ends the worker for. */
"use strict";

(async () => {
  const inNode = typeof process == "object" && process.versions && process.versions.node;
  const port = inNode ? (await import("node:worker_threads")).parentPort : self;
  let exports, model, wanted = null;

  const bytesAt = (at, size) => new Uint8Array(exports.memory.buffer, at, size);
  const text = (at, size) => new TextDecoder().decode(bytesAt(at, size));

  /* What the module, or this file, says no to. */
  class Refusal {
    constructor(told) { Object.assign(this, told); }
  }

  /* The JSON that a pointer of the module leads to, which is freed; where it is 0, the failure. */
  function take(at) {
    if (!at) throw new Refusal(take(exports.error()));
    const all = new Uint8Array(exports.memory.buffer);
    const value = JSON.parse(text(at, all.indexOf(0, at) - at));
    exports.free(at);
    return value;
  }

  function alloc(size) {
    const at = exports.alloc(size);
    if (!at) throw new Refusal({code: "memory", message: `out of memory for ${size} bytes`});
    return at;
  }

  /* What fn does with a text in the module's memory, a zero behind it. */
  function lend(string, fn) {
    const bytes = new TextEncoder().encode(string), at = alloc(bytes.length + 1);
    bytesAt(at, bytes.length).set(bytes);
    bytesAt(at + bytes.length, 1)[0] = 0;
    try {
      return fn(at);
    } finally {
      exports.free(at);
    }
  }

  /* The model of a file, which is never whole in memory but the module's. */
  async function load(file) {
    const at = alloc(file.size), reader = file.stream().getReader();
    for (let to = at, part; !(part = await reader.read()).done; to += part.value.length) bytesAt(to, part.value.length).set(part.value);
    try {
      return exports.load(at, file.size);
    } finally {
      exports.free(at);
    }
  }

  const imports = {
    hrm: {
      step(json, size, probabilities, count) {
        const message = {step: JSON.parse(text(json, size))};
        if (wanted.probabilities) message.probabilities = new Float32Array(exports.memory.buffer, probabilities, count).slice();
        port.postMessage(message);
        return 1;
      },
      now: () => performance.now()
    }
  };

  const calls = {
    async open({module, file}) {
      exports = (await WebAssembly.instantiate(module, imports)).exports;
      exports._initialize();
      model = await load(file);
      return model ? take(exports.describe(model)) : take(0);
    },
    read: puzzle => lend(puzzle, at => take(exports.read(model, at))).puzzle,
    check: (puzzle, answer) => lend(puzzle, p => lend(answer, a => take(exports.check(model, p, a)))),
    solve(puzzle, options) {
      wanted = options;
      exports.begin(model);
      for (const [name, value] of Object.entries(options.set))
        if (!lend(name, at => exports.set(model, at, Number(value)))) take(0);
      const begun = performance.now(), answer = lend(puzzle, at => take(exports.solve(model, at)));
      return {...answer, seconds: (performance.now() - begun) / 1000};
    }
  };

  async function answer(message) {
    try {
      port.postMessage({value: await (message.call == "open" ? calls.open(message) : calls[message.call](...message.args))});
    } catch (e) {
      if (e instanceof Refusal) port.postMessage({error: {...e}});
      else port.postMessage({broken: String(e)});
    }
  }
  if (inNode) port.on("message", answer);
  else port.onmessage = e => answer(e.data);
})();
