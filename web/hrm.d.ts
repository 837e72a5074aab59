/** What a model is. */
export interface ModelInfo {
  /** The family of its puzzles ("sudoku", "maze", ...), or "declared" for a task file's. */
  task: string;
  arch: "hrm" | "trm" | "loop";
  parameters: number;
  /** Cells of a puzzle, as rows * cols. */
  cells: number;
  rows: number;
  cols: number;
  /** How many tokens there are; alphabet[t] is how token t is written, "" for padding. */
  vocab: number;
  alphabet: string[];
  /** Real numbers beside each cell, where the task has some: behind a colon after the cells of a puzzle's text. */
  numbers?: number;
  /** Models that search: a cell holds one of the last so many tokens; 0 of others. */
  symbols: number;
  searches: boolean;
  /** Segments, or rounds, that are run when nothing else is asked for. */
  steps: number;
  /** The kernels that run: "portable". */
  isa: string;
}

export interface Place {
  /** Row by row, from 0. */
  cell: number;
  symbol: string;
}
export interface Candidate extends Place {
  probability: number;
}

/** A round of one chain, of a model that searches. */
export interface Round {
  chain: number;
  round: number;
  /** Candidates that fell. */
  dropped: Candidate[];
  end: "guess" | "complete" | "conflict" | "solved" | "rejected";
  guess?: Candidate;
  /** Guesses of the chain until now. */
  guesses: number;
  /** The guesses that a contradiction takes back. */
  taken_back?: Place[];
  /** A cell that has no candidate left. */
  empty?: number;
  /** What the model believes of a contradiction. */
  conflict: number;
  /** The cells that are settled. */
  cells: string;
  confidence: number;
  probabilities?: Float32Array;
}
/** A segment, of a model that does not search. */
export interface Segment {
  segment: number;
  cells: string;
  confidence: number;
  probabilities?: Float32Array;
}
export type Step = Round | Segment;

export interface SolveOptions {
  /** Stops it: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Gets every step, as it is done. What it throws stops the puzzle, and rejects the promise. */
  progress?: (step: Step) => void;
  /** Steps have the probabilities of each cell's tokens (cells * vocab). */
  probabilities?: boolean;
  /** Most time; what it has come to by then is the answer. */
  seconds?: number;
  /** Of a model that does not search. */
  segments?: number;
  /** Of a model that searches: bounds, and what decides between its answers. */
  rounds?: number;
  chains?: number;
  patience?: number;
  agree?: number;
  /** The rules of the task may reject a complete answer, which is then sought again. */
  check?: boolean;
  /** Of its guesses; the same seed gives the same answer. */
  seed?: number;
}

/** "unknown": the task has no rules; "unbroken": those that it states are not all. */
export type Verdict = "solved" | "incomplete" | "wrong" | "unknown" | "unbroken";

export interface Answer {
  /** One character a cell. */
  solution: string;
  /** By the rules of the task, which the model does not see. */
  verdict: Verdict;
  why: string;
  confidence: number;
  /** Rounds, or segments. */
  rounds: number;
  seconds: number;
  guesses?: number;
  contradictions?: number;
  chains?: number;
  /** The chain that came to it. */
  chain?: number | null;
}

export class HrmError extends Error {
  code: "argument" | "format" | "task" | "memory" | "unsupported" | "version" | "numeric" | "io" | "stopped" | "broken";
  option?: string;
}

export class Model {
  private constructor();
  readonly info: Readonly<ModelInfo>;
  solve(puzzle: string, options?: SolveOptions): Promise<Answer>;
  read(text: string): Promise<string>;
  check(puzzle: string, answer: string): Promise<{ verdict: Verdict; why: string }>;
  close(): void;
}

export interface LoadOptions {
  /** Puzzles that are solved at once, each in a worker (1). */
  workers?: number;
  /** hrm.wasm, where it is not beside hrm.js. */
  wasm?: WebAssembly.Module | ModelSource;
  /** worker.js, where it is not beside hrm.js. */
  worker?: string | URL;
}
export type ModelSource = string | URL | Blob | Response | ArrayBuffer | ArrayBufferView | Promise<Response>;

export function loadModel(source: ModelSource, options?: LoadOptions): Promise<Model>;
export function hasSimd(): boolean;
