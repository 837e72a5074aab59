/* hostile.mjs - files that are no models, or not what they say, in a page's memory: each is refused with a
 * sentence or works, none ends the module, and none keeps memory. A page loads what its visitor drops on it.
 *
 * usage: node hostile.mjs FOLDER     (files that tests/web/spoil.py made of good models) */
import {readdirSync, readFileSync} from "node:fs";
import {join} from "node:path";
import {NPM, file, finish, tell} from "./lib.mjs";

const module = new WebAssembly.Module(readFileSync(new URL("hrm.wasm", NPM)));
const listed = WebAssembly.Module.imports(module).map(i => `${i.module}.${i.name} ${i.kind}`).sort();
tell(listed.join() == "hrm.now function,hrm.step function", "the module asks for a clock and to be heard, no more", listed);
const names = WebAssembly.Module.exports(module).map(e => e.name).sort();
tell(names.join() == "_initialize,alloc,begin,check,describe,drop,error,free,load,memory,read,set,solve", "and offers what is documented", names);

let x, calls = 0;
function start() {
  x = new WebAssembly.Instance(module, {
    hrm: {step: () => ++calls < 200, now: () => performance.now()}
  }).exports;
  x._initialize();
}
function text(at) {
  if (!at) return null;
  const all = new Uint8Array(x.memory.buffer), s = new TextDecoder().decode(all.slice(at, all.indexOf(0, at)));
  x.free(at);
  return JSON.parse(s);
}
function put(bytes) {
  const at = x.alloc(bytes.length + 1);
  new Uint8Array(x.memory.buffer).set(bytes, at);
  new Uint8Array(x.memory.buffer)[at + bytes.length] = 0;
  return at;
}
/** What becomes of a file: its failure, or "". */
function take(bytes) {
  const at = put(bytes), model = x.load(at, bytes.length);
  x.free(at);
  if (!model) return text(x.error()).message;
  const info = text(x.describe(model)), puzzle = put(Buffer.from((info.alphabet[info.vocab - info.symbols - 1] || ".").repeat(info.cells)));
  x.begin(model);
  for (const [name, value] of info.searches ? [["rounds", 3], ["tell", 1]] : [["segments", 1], ["tell", 1]]) {
    const key = put(Buffer.from(name));
    x.set(model, key, value);
    x.free(key);
  }
  calls = 0;
  const answer = text(x.solve(model, puzzle)), said = answer ? "" : text(x.error()).message;
  x.free(puzzle);
  x.drop(model);
  return said;
}

const folder = process.argv[2], files = readdirSync(folder).sort(), wrong = [];
start();
let refused = 0, worked = 0;
for (const name of files) {
  const bytes = readFileSync(join(folder, name));
  try {
    const said = take(bytes);
    if (said) refused++;
    else worked++;
    if (said !== "" && (said.length < 10 || said.length > 1200)) wrong.push(`${name}: ${said}`);
  } catch (e) {
    wrong.push(`${name}: ${e}`);
    start();
  }
}
tell(files.length > 20 && !wrong.length, `${files.length} hostile files: ${refused} refused, ${worked} work`, wrong);

/* the same again and again: memory is that of the largest, not of all */
start();
const good = readFileSync(file("models/sudoku-fields.safetensors"));
const some = files.filter((_, i) => i % 3 == 0).map(name => readFileSync(join(folder, name)));
const all = () => { for (const bytes of some) take(bytes); return take(good); };
tell(all() === "", "a good model loads and solves among them");
const before = x.memory.buffer.byteLength;
for (let i = 0; i < 5; i++) all();
tell(x.memory.buffer.byteLength == before, "what they took is there again", [before, x.memory.buffer.byteLength]);
finish();
