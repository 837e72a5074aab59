/* memory.mjs - what a model takes of the module's memory, which a worker never gives back: at most so many times the
 * bytes of its file, and 4 MB.
 *
 * usage: node memory.mjs [MODEL TIMES]... */
import {readFileSync} from "node:fs";
import {Module, finish, tell} from "./lib.mjs";

const MB = bytes => (bytes / 1e6).toFixed(1) + " MB";
for (let i = 2; i < process.argv.length; i += 2) {
  const [path, times] = process.argv.slice(i, i + 2), bytes = readFileSync(path), m = new Module();
  const at = m.put(bytes), model = m.exports.load(at, bytes.length);
  m.exports.free(at);
  const loaded = m.memory, solved = model && m.solve(model, {rounds: 2});
  tell(solved && m.memory <= times * bytes.length + 4e6,
    `${path.split("/").slice(-2).join("/")} of ${MB(bytes.length)}: ${MB(loaded)} loaded, ${MB(m.memory)} when it has solved`, solved);
}
finish();
