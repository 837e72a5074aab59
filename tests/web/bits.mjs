/* bits.mjs - WebAssembly with and without vectors and the native portable kernels: every probability of
 * every step, and every answer, are the same bits. Were they not, a puzzle might be solved on one machine
 * and not on another, and nothing that is reported of the page could be looked into by the command.
 *
 * usage: node bits.mjs BITS [MODEL TABLE COUNT]...     (BITS: build/release/tests/web/bits) */
import {spawnSync} from "node:child_process";
import {createHash} from "node:crypto";
import {pathToFileURL} from "node:url";
import {NPM, finish, loadModel, questions, tell} from "./lib.mjs";

const [, , native, ...cases] = process.argv;
const hash = bytes => createHash("sha256").update(bytes).digest("hex");
const VERDICTS = ["solved", "incomplete", "wrong", "unknown", "unbroken"];

/** One hash for each puzzle. */
function nativeBits(model, puzzles) {
  const out = spawnSync(native, [model], {input: puzzles.join("\n") + "\n", maxBuffer: 1 << 30});
  if (out.status) throw Error(String(out.stderr));
  const hashes = [];
  for (let at = 0; at < out.stdout.length;) {
    const size = out.stdout.readUInt32LE(at);
    hashes.push(hash(out.stdout.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return hashes;
}
async function wasmBits(model, wasm, puzzles) {
  const solver = await loadModel(pathToFileURL(model), {wasm: new URL(wasm, NPM), workers: 2});
  const hashes = await Promise.all(puzzles.map(async puzzle => {
    const all = [];
    const answer = await solver.solve(puzzle, {probabilities: true, progress: step => {
      all.push(Buffer.from(step.probabilities.buffer));
    }});
    return hash(Buffer.concat([...all, Buffer.from(`${answer.solution} ${VERDICTS.indexOf(answer.verdict)}`)]));
  }));
  solver.close();
  return hashes;
}
for (let i = 0; i < cases.length; i += 3) {
  const [model, table, count] = cases.slice(i, i + 3), puzzles = questions(table, Number(count)), want = nativeBits(model, puzzles);
  for (const wasm of ["hrm.wasm", "hrm-scalar.wasm"]) {
    const got = await wasmBits(model, wasm, puzzles);
    const differ = puzzles.filter((_, k) => got[k] != want[k]);
    const good = puzzles.length == count && want.length == puzzles.length && !differ.length;
    tell(good, `${model.split("/").slice(-2).join("/")}, ${count} puzzles: ${wasm} has the native bits`, differ);
  }
}
finish();
