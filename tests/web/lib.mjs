/* lib.mjs - for the tests beside it: TAP, and the package as make wasm has built it. */
import {readFileSync} from "node:fs";

export const NPM = new URL("../../build/wasm/npm/", import.meta.url);
export const {loadModel, HrmError, hasSimd} = await import(new URL("hrm.js", NPM));
export const file = name => new URL("../../" + name, import.meta.url);
export const EASY = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";
export const HARD = "31.5...9.6..9...8.2.........2...3.........54.....68...7...8..62.4......3.......5.";
export const NEVER = "8..........36......7..9.2...5...7.......457....71...3...1....68..85...1.29....4.."; // no solution, and no rule is broken yet
export const SOLUTION = "534678912672195348198342567859761423426853791713924856961537284287419635345286179";

let count = 0, bad = 0;
export function tell(good, name, seen = "") {
  console.log(`${good ? "ok" : "not ok"} ${++count} - ${name}`);
  if (!good) bad++, console.log("# saw: " + JSON.stringify(seen)?.slice(0, 400));
}
export function finish() {
  console.log(`1..${count}`);
  process.exitCode = bad ? 1 : 0;
}
/** The module by itself, as worker.js has it. */
const compiled = new WebAssembly.Module(readFileSync(new URL("hrm.wasm", NPM)));
export class Module {
  static parts = compiled;
  constructor(step = () => 1) {
    this.exports = new WebAssembly.Instance(compiled, {hrm: {step, now: () => performance.now()}}).exports;
    this.exports._initialize();
  }
  /** Bytes of its memory, so far. */
  get memory() { return this.exports.memory.buffer.byteLength; }
  put(bytes) {
    const at = this.exports.alloc(bytes.length + 1);
    new Uint8Array(this.exports.memory.buffer).set(bytes, at);
    new Uint8Array(this.exports.memory.buffer)[at + bytes.length] = 0;
    return at;
  }
  /** The JSON that a pointer leads to; null for none. */
  take(at) {
    if (!at) return null;
    const all = new Uint8Array(this.exports.memory.buffer), text = new TextDecoder().decode(all.slice(at, all.indexOf(0, at)));
    this.exports.free(at);
    return JSON.parse(text);
  }
  /** The answer to an empty grid; null where it failed. */
  solve(model, options) {
    const info = this.take(this.exports.describe(model)), open = info.alphabet[info.vocab - info.symbols - 1] || ".";
    const puzzle = this.put(Buffer.from((info.searches ? open : info.alphabet[1]).repeat(info.cells)));
    this.exports.begin(model);
    for (const [name, value] of Object.entries(options)) {
      if ((name == "rounds") != info.searches && name != "tell") continue;
      const key = this.put(Buffer.from(name));
      this.exports.set(model, key, value);
      this.exports.free(key);
    }
    const answer = this.take(this.exports.solve(model, puzzle));
    this.exports.free(puzzle);
    return answer;
  }
}
/** What a promise fails with; null where it does not. */
export const failure = promise => promise.then(() => null, e => e);
/** So many questions of a table, from the first on. */
export function questions(name, many) {
  const [head, ...lines] = readFileSync(name, "utf8").split("\n").filter(line => line);
  const column = head.split(",").indexOf("question");
  return lines.slice(0, many).map(line => line.split(",")[column]);
}
