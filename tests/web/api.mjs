/* api.mjs - the package as a web developer has it: what loads, solves, is told, is stopped and refused.
 *
 * usage: node api.mjs MODEL     (MODEL: of ARC tasks) */
import {readFile} from "node:fs/promises";
import {EASY, HARD, HrmError, NEVER, NPM, SOLUTION, failure, file, finish, hasSimd, loadModel, tell} from "./lib.mjs";

const sudoku = file("models/sudoku.safetensors");
const is = (e, code, words) => e instanceof HrmError && e.code == code && words.test(e.message);

tell(!/(import|require)\("node:/.test(await readFile(new URL("hrm.js", NPM), "utf8")), "bundlers for pages find no module of Node.js to look for");

/* solving and its steps */
tell(hasSimd(), "vectors are found here");
const model = await loadModel(sudoku);
const {info} = model;
tell(info.task == "sudoku" && info.cells == 81 && info.rows == 9 && info.symbols == 9 && info.alphabet.length == info.vocab &&
  info.searches && info.isa == "portable" && info.parameters > 1e5, "a model says what it is", info);
let answer = await model.solve(EASY);
tell(answer.solution == SOLUTION && answer.verdict == "solved" && answer.why == "" && answer.confidence > .9 && answer.rounds > 0 &&
  answer.seconds > 0 && answer.chain == 1, "a puzzle is solved", answer);
const steps = [];
answer = await model.solve(HARD, {progress: step => steps.push(step), probabilities: true});
tell(steps.length == answer.rounds && answer.verdict == "solved", "every round is told", [steps.length, answer]);
tell(steps.every(s => s.cells.length == 81 && s.chain >= 1 && s.probabilities.length == 81 * info.vocab &&
  s.probabilities.every(p => p >= 0 && p <= 1) && s.conflict >= 0 && Array.isArray(s.dropped)), "with all that it holds", steps[0]);
tell(steps.filter(s => s.guess).length == answer.guesses && steps.filter(s => s.end == "conflict").length == answer.contradictions &&
  steps.filter(s => s.taken_back && s.taken_back.length).every(s => s.taken_back.every(t => t.cell >= 0 && /^[1-9]$/.test(t.symbol))),
  "guesses and contradictions are those of the answer", answer);
const silent = await model.solve(HARD);
tell(silent.solution == answer.solution && silent.rounds == answer.rounds, "and the same without being told", silent);
const other = await model.solve(HARD, {seed: 7});
tell(other.solution == answer.solution && other.rounds != answer.rounds, "another seed guesses otherwise", other);

/* forms of text */
const rows = EASY.match(/.{9}/g).join("\n"), border = EASY.match(/.{9}/g).map(r => r.match(/.{3}/g).join(" | ")).join("\n");
for (const [name, text] of [["rows", rows], ["a grid with borders", border], ["zeros", EASY.replaceAll(".", "0")],
  ["blanks", EASY.match(/.{9}/g).map(r => r.replaceAll(".", " ").trimEnd()).join("\n")]])
  tell(await model.read(text) == EASY, "read: " + name, await failure(model.read(text)));
let e = await failure(model.read("5\n".repeat(5000)));
tell(is(e, "task", /row 1 has 1 cell; this task has 9/), "many short rows are no puzzle, and no harm", e && e.message);
e = await failure(model.solve("53..x"));
tell(is(e, "task", /5 characters; this task has 81/), "a wrong puzzle is refused with a sentence", e && e.message);
tell((await model.check(EASY, SOLUTION)).verdict == "solved", "an answer is checked");
const wrong = await model.check(EASY, SOLUTION.replace("534", "435"));
tell(wrong.verdict == "wrong" && wrong.why.length > 5, "a wrong one with the reason", wrong);

/* options */
e = await failure(model.solve(EASY, {rounds: 1.5}));
tell(is(e, "argument", /^rounds: 1\.5 is no whole number/), "a wrong option is named", e && e.message);
e = await failure(model.solve(EASY, {colour: 1}));
tell(is(e, "argument", /colour: there is no such option/), "and one that is none", e && e.message);
e = await failure(model.solve(EASY, {chains: 1000}));
tell(is(e, "argument", /chains: 1000 is not between 1 and 256/), "and one out of range", e && e.message);
e = await failure(model.solve(EASY, {segments: 3}));
tell(is(e, "unsupported", /^segments: /), "and one of models that do not search", e && e.message);
answer = await model.solve(NEVER, {rounds: 20});
tell(answer.verdict == "incomplete" && answer.rounds <= 20 && answer.chain === null, "rounds bound a search", answer);
answer = await model.solve(NEVER, {seconds: .2});
tell(answer.verdict == "incomplete" && answer.why.length > 0, "and so do seconds", answer);

/* stopping */
const control = new AbortController();
let told = 0;
e = await failure(model.solve(NEVER, {signal: control.signal, progress: () => { if (++told == 3) control.abort(); }}));
tell(e && e.name == "AbortError" && told == 3, "a signal stops it, and nothing is told after that", [e && e.name, told]);
tell((await model.solve(EASY)).solution == SOLUTION, "the model goes on after that");
const mine = new Error("mine");
e = await failure(model.solve(NEVER, {progress: () => { throw mine; }}));
tell(e === mine, "what progress throws stops it too", String(e));
tell(await failure(model.solve(EASY, {signal: AbortSignal.abort(mine)})) === mine, "a signal that was given before");
const waits = new AbortController(), first = model.solve(HARD), second = failure(model.solve(NEVER, {signal: waits.signal}));
waits.abort(mine);
tell(await second === mine && (await first).verdict == "solved", "one that waits is stopped without the one at work");

/* several */
const begun = [], ended = [];
const two = await loadModel(await readFile(sudoku), {workers: 2});
await Promise.all([NEVER, HARD, EASY].map(async (puzzle, i) => {
  const a = await two.solve(puzzle, {rounds: 300, progress: () => { if (!begun.includes(i)) begun.push(i); }});
  ended.push(i);
  return a;
}));
tell(begun.length == 3 && ended.indexOf(0) > 0, "two workers solve at once, and a third puzzle waits for one of them", [begun, ended]);
const copies = await Promise.all([two.solve(HARD), two.solve(HARD), model.solve(HARD)]);
tell(copies.every(a => a.solution == copies[0].solution && a.rounds == copies[0].rounds), "all of them answer alike");
const left = failure(two.solve(NEVER)), queued = failure(two.solve(EASY)), third = failure(two.solve(EASY));
two.close();
tell(is(await left, "stopped", /closed/) && is(await queued, "stopped", /closed/) && is(await third, "stopped", /closed/) &&
  is(await failure(two.solve(EASY)), "stopped", /closed/), "a model that is closed stops all, and takes nothing more");

/* other models and sources */
const maze = await loadModel(new Blob([await readFile(file("models/maze.safetensors"))]));
tell(maze.info.task == "maze" && !maze.info.searches, "a model that does not search", maze.info);
e = await failure(maze.solve(" ".repeat(maze.info.cells), {chains: 3}));
tell(e instanceof HrmError, "options of a search are not for it", e && e.message);
e = await failure(maze.solve(" ".repeat(maze.info.cells), {seed: 3}));
tell(is(e, "unsupported", /^seed: /), "nor is a seed", e && e.message);
answer = await maze.solve(`S${" ".repeat(maze.info.cells - 2)}G`, {segments: 1});
tell(answer.seconds > 0 && answer.solution.length == maze.info.cells && !("chains" in answer), "and what it answers", answer);
maze.close();
const scalar = await loadModel(sudoku, {wasm: new URL("hrm-scalar.wasm", NPM)});
tell((await scalar.solve(EASY)).solution == SOLUTION, "without vectors");
scalar.close();
const bytes = new Uint8Array(await readFile(sudoku));
for (const [name, data, code, words] of [
  ["no bytes", new Uint8Array(0), "format", /only 0 bytes/],
  ["a text", new TextEncoder().encode("hello, I am no model"), "format", /begins with the text/],
  ["half a model", bytes.slice(0, bytes.length / 2), "format", /./],
  ["of ARC tasks", await readFile(process.argv[2]), "unsupported", /takes the command: hrm solve MODEL task\.json/],
  ["a flipped bit", Object.assign(bytes.slice(), {[bytes.length - 999]: 77}), "format", /is not as it was written/]]) {
  e = await failure(loadModel(data));
  tell(is(e, code, words), "no model: " + name, e && e.message);
}
e = await failure(loadModel(file("models/none.safetensors")));
tell(e && e.code == "ENOENT", "a file that is not there", String(e));
e = await failure(loadModel(42));
tell(e instanceof TypeError, "what is no source", String(e));
e = await failure(loadModel(sudoku, {workers: 0}));
tell(e instanceof RangeError, "no workers", String(e));
e = await failure(loadModel(sudoku, {worker: new URL("data:text/javascript,0x")}));
tell(e instanceof HrmError && e.code == "broken", "a worker that is none", String(e));
model.close();
finish();
