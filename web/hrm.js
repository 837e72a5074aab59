/* hrm.js - models of hrm in browsers and in Node.js: loadModel gives a model that solves puzzles in
 * a worker of its own, or in several. docs/web.md is its guide, hrm.d.ts its types. */

const inNode = typeof process == "object" && Boolean(process.versions && process.versions.node);
/* A module of Node.js, which what bundles for browsers need not look for. */
const node = name => import(/* webpackIgnore: true */ /* @vite-ignore */ "node:" + name);

/** What went wrong. code: "argument", "format", "task", "memory", "unsupported", "version", "numeric",
 * "stopped", or "broken" where the module itself failed; option: the option that is wrong. */
export class HrmError extends Error {
  constructor({code, message, option}) {
    super(message);
    this.name = "HrmError";
    this.code = code;
    if (option) this.option = option;
  }
}

/* ---- what is loaded ---- */

/* A module of one instruction that needs SIMD. */
const SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);

/** Whether WebAssembly here has vectors; without them hrm-scalar.wasm runs, with the same answers. */
export const hasSimd = () => WebAssembly.validate(SIMD);

/* A URL, a Blob, a Response, or bytes as a Blob: workers read it as they start, and browsers keep it out of the
 * page's memory, large ones on a disk. A file may change there, so it is copied. */
async function blobOf(source) {
  source = await source;
  if (typeof source == "string" || source instanceof URL) {
    const base = inNode ? (await node("url")).pathToFileURL(process.cwd() + "/") : globalThis.document?.baseURI ?? location.href;
    const url = new URL(source, base);
    if (inNode && url.protocol == "file:") return new Blob([await (await node("fs/promises")).readFile(url)]);
    source = await fetch(url);
  }
  if (source instanceof Response) {
    if (!source.ok) throw new HrmError({code: "io", message: `${source.url}: ${source.status} ${source.statusText}`});
    return source.blob();
  }
  if (globalThis.File && source instanceof File) source = await source.arrayBuffer();
  if (source instanceof Blob) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return new Blob([source]);
  throw new TypeError("a model is a URL, a Blob, a Response, an ArrayBuffer or a typed array");
}

let compiled = null; /* a promise of the module beside this file */
async function moduleOf(wasm) {
  if (wasm instanceof WebAssembly.Module) return wasm;
  const compile = async source => WebAssembly.compile(await (await blobOf(source)).arrayBuffer());
  if (wasm) return compile(wasm);
  compiled ??= compile(hasSimd() ? new URL("./hrm.wasm", import.meta.url) : new URL("./hrm-scalar.wasm", import.meta.url));
  return compiled.catch(e => { compiled = null; throw e; });
}

async function startWorker(url) {
  const Thread = inNode ? (await node("worker_threads")).Worker : Worker;
  return url ? new Thread(url) : new Thread(new URL("./worker.js", import.meta.url));
}

/* ---- a worker ---- */

const stopped = signal => signal.reason ?? new DOMException("This operation was aborted", "AbortError");

/* One worker with the model, which does one call at a time. A call is stopped by ending the worker,
 * which is started again for the next one. */
class Lane {
  #parts; /* module, file, url */
  #worker = null;
  #call = null; /* what the worker does: resolve, reject, step */
  #turn = 0; /* of calls; what belongs to one before is not heard any more */
  isBusy = false;

  constructor(parts) { this.#parts = parts; }

  #end() {
    if (this.#worker) this.#worker.terminate();
    this.#worker = null;
  }
  #heard(message) {
    const call = this.#call;
    if (!call) return;
    if (message.step) {
      try {
        call.step(message);
      } catch (e) { this.stop(e); }
      return;
    }
    this.#call = null;
    if (this.#worker.unref) this.#worker.unref(); /* Node.js may end while nothing is asked */
    if (message.broken) {
      this.#end();
      call.reject(new HrmError({code: "broken", message: "the WebAssembly module failed: " + message.broken}));
    } else if (message.error) call.reject(new HrmError(message.error));
    else call.resolve(message.value);
  }
  #ask(message, step) {
    return new Promise((resolve, reject) => {
      this.#call = {resolve, reject, step};
      if (this.#worker.ref) this.#worker.ref();
      this.#worker.postMessage(message);
    });
  }
  /* Starts a worker; what the model is. */
  async #open(turn) {
    const {module, file, url} = this.#parts, worker = await startWorker(url);
    if (turn != this.#turn) return worker.terminate();
    const hear = message => { if (worker == this.#worker) this.#heard(message); };
    this.#worker = worker;
    if (inNode) worker.on("message", hear).on("error", e => hear({broken: String(e)}));
    else {
      worker.onmessage = e => hear(e.data);
      worker.onerror = e => { e.preventDefault(); hear({broken: e.message || "its worker cannot be started"}); };
    }
    try {
      return await this.#ask({call: "open", module, file});
    } catch (e) {
      if (worker == this.#worker) this.#end();
      throw e;
    }
  }

  /* call null: what the model is. A call that is stopped may never settle. */
  async run(call, args, step) {
    const turn = ++this.#turn;
    const info = this.#worker ? null : await this.#open(turn);
    if (!call) return info;
    return turn == this.#turn ? this.#ask({call, args}, step) : new Promise(() => {});
  }
  /* Ends the call at work, which fails with `why`. */
  stop(why) {
    const call = this.#call;
    this.#turn++;
    this.#call = null;
    this.#end();
    if (call) call.reject(why);
  }
}

/* ---- models ---- */

/** A model that is loaded. Made by loadModel. */
export class Model {
  #lanes;
  #asked = new Set(); /* calls that are not done */
  #queue = []; /* those of them that wait */
  #closed = null;

  /** What it is: task, arch, parameters, cells, rows, cols, alphabet and so on. */
  info;

  constructor(lanes, info) {
    this.#lanes = lanes;
    this.info = Object.freeze(info);
  }

  /* Gives calls that wait to lanes that are free. */
  #next() {
    for (const lane of this.#lanes) {
      if (!this.#queue.length) return;
      if (!lane.isBusy) this.#queue.shift()(lane);
    }
  }
  async #run(call, args, signal, step) {
    if (this.#closed) throw this.#closed;
    if (signal && signal.aborted) throw stopped(signal);
    let lane = null, own, abort;
    try {
      return await new Promise((resolve, reject) => {
        const begin = free => {
          lane = free;
          lane.isBusy = true;
          lane.run(call, args, step).then(resolve, reject);
        };
        begin.fail = why => {
          if (lane) lane.stop(why);
          reject(why);
        };
        abort = () => {
          const at = this.#queue.indexOf(begin);
          if (at >= 0) this.#queue.splice(at, 1);
          begin.fail(stopped(signal));
        };
        if (signal) signal.addEventListener("abort", abort);
        this.#asked.add(begin);
        this.#queue.push(begin);
        this.#next();
        own = begin;
      });
    } finally {
      if (signal) signal.removeEventListener("abort", abort);
      this.#asked.delete(own);
      if (lane) lane.isBusy = false;
      this.#next();
    }
  }

  /** Solves a puzzle (text: one line, rows, or a grid with borders). See hrm.d.ts for the options and
   * the answer. Rejects with HrmError, or with the signal's reason. */
  async solve(puzzle, options = {}) {
    const {signal, progress, probabilities = false, ...set} = options;
    for (const name in set) if (set[name] === undefined) delete set[name];
    if (set.segments && this.info.searches)
      throw new HrmError({code: "unsupported", message: "segments: this model searches in rounds, not segments; rounds bounds them"});
    if (progress) set.tell = true;
    return this.#run("solve", [String(puzzle), {set, probabilities}], signal, ({step, probabilities: p}) => {
      progress(p ? Object.assign(step, {probabilities: p}) : step);
    });
  }
  /** A puzzle in any common form as one line of cells, as `solve` reads it. */
  async read(text) { return this.#run("read", [String(text)]); }
  /** {verdict, why}: an answer judged by the rules of the task, without the model. */
  async check(puzzle, answer) { return this.#run("check", [String(puzzle), String(answer)]); }

  /** Ends its workers and frees its memory. What waits or is at work fails. */
  close() {
    this.#closed = new HrmError({code: "stopped", message: "the model is closed"});
    this.#queue = [];
    for (const call of this.#asked) call.fail(this.#closed);
    for (const lane of this.#lanes) lane.stop(this.#closed);
  }
}

/** Loads a model file (safetensors): a URL, a Blob, a Response, or bytes. options: workers, how many
 * puzzles are solved at once (1); wasm and worker, where hrm.wasm and worker.js are when they are
 * not beside this file. */
export async function loadModel(source, options = {}) {
  const {workers = 1, wasm, worker} = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > 64) throw new RangeError("workers: a whole number from 1 to 64");
  const [module, file] = await Promise.all([moduleOf(wasm), blobOf(source)]);
  const lanes = Array.from({length: workers}, () => new Lane({module, file, url: worker}));
  return new Model(lanes, await lanes[0].run());
}
