/* hostile.mjs - files that are no models, or not what they say, in a page's memory: each is refused with a
 * sentence or works, none ends the module, and none keeps memory. A page loads what its visitor drops on it.
 *
 * usage: node hostile.mjs FOLDER     (files that tests/web/spoil.py made of good models) */
import {readdirSync, readFileSync} from "node:fs";
import {join} from "node:path";
import {Module, file, finish, tell} from "./lib.mjs";

const listed = WebAssembly.Module.imports(Module.parts).map(i => `${i.module}.${i.name} ${i.kind}`).sort();
tell(listed.join() == "hrm.now function,hrm.step function", "the module asks for a clock and to be heard, no more", listed);
const names = WebAssembly.Module.exports(Module.parts).map(e => e.name).sort();
tell(names.join() == "_initialize,alloc,begin,check,describe,drop,error,free,load,memory,read,set,solve", "and offers what is documented", names);

let m, calls = 0;
const start = () => { m = new Module(() => ++calls < 200); };
/** What becomes of a file: its failure, or "". */
function take(bytes) {
  const at = m.put(bytes), model = m.exports.load(at, bytes.length);
  m.exports.free(at);
  if (!model) return m.take(m.exports.error()).message;
  calls = 0;
  const said = m.solve(model, {rounds: 3, tell: 1}) ? "" : m.take(m.exports.error()).message;
  m.exports.drop(model);
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
const before = m.memory;
for (let i = 0; i < 5; i++) all();
tell(m.memory == before, "what they took is there again", [before, m.memory]);
finish();
