"""Hierarchical and tiny recursive reasoning models: train, evaluate, solve.

One file over ctypes; it needs libhrm and nothing else. NumPy is used where it is installed.

    import hrm
    model = hrm.load("sudoku.safetensors")
    print(model.solve("53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"))

Models may be shared between threads: each thread that solves gets memory of its own. Everything else
belongs to one thread at a time. Failures raise hrm.Error or one of its kinds, with the library's own
sentence. Ctrl-C stops solving after the batch at hand and training after the step at hand. What is closed
while a call uses it is freed when that call ends.
"""

from __future__ import annotations

import contextlib
import csv
import ctypes as C
import ctypes.util
import json
import operator
import os
import re
import shutil
import signal
import struct
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import Any, Callable, ContextManager, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union, overload

try:
    import numpy
except ImportError:  # arrays are then memoryviews of the same shape
    numpy = None  # type: ignore[assignment]

__all__ = [
    "load", "Model", "Solver", "Answer", "Scored", "Step", "Trace", "States", "Round", "Candidate", "Dataset", "Example",
    "Trainer", "Event", "Report", "Band", "ModelInfo", "RecipeKey", "check_data", "convert", "describe", "families", "generate",
    "generate_sudoku", "generate_mazes", "build_arc", "recipe_keys", "report", "runs", "version", "Error", "ArgumentError", "OutOfMemoryError", "FileError", "FormatError",
    "VersionError", "TaskError", "NumericError", "Stopped", "UnsupportedError",
]  # fmt: skip

VERDICTS = ("solved", "incomplete", "wrong", "unknown", "unbroken")
ENDS = ("guessed", "conflict", "solved", "rejected", "segment")
EVENTS = ("step", "eval", "saved", "", "rejudged")

Array = Any  # numpy.ndarray, or a memoryview where there is no NumPy


# ---- failures ------------------------------------------------------------------------------------


class Error(Exception):
    """Something went wrong; str() says what, where and what to do.

    option: the argument or recipe key that is wrong, or would help; where it lies: file, line and column, puzzle (of
    those of a call) and cell, each from 1, offset in bytes. None: not known."""

    status = 0
    option: Optional[str] = None
    file: Optional[str] = None
    line: Optional[int] = None
    column: Optional[int] = None
    puzzle: Optional[int] = None
    cell: Optional[int] = None
    offset: Optional[int] = None


class ArgumentError(Error, ValueError):
    """An argument, option or recipe key is wrong."""


class OutOfMemoryError(Error, MemoryError):
    """Memory is short."""


class FileError(Error, OSError):
    """The operating system refused a read or a write."""


class FormatError(Error, ValueError):
    """A file's bytes are not what its format says."""


class VersionError(Error):
    """A file, or the library, is of another version."""


class TaskError(Error, ValueError):
    """A puzzle or data set does not fit the task or the model."""


class NumericError(Error, ArithmeticError):
    """A loss or weight is not finite."""


class Stopped(Error):
    """A callback returned False, or the solver was cancelled."""


class UnsupportedError(Error):
    """Known, but not available here or for this model."""


_KINDS = {
    -1: ArgumentError, -2: OutOfMemoryError, -3: FileError, -4: FormatError, -5: VersionError,
    -6: TaskError, -7: NumericError, -8: Stopped, -9: UnsupportedError,
}  # fmt: skip


def _check(status: int) -> None:
    if status:
        error, at = _KINDS.get(status, Error)(os.fsdecode(_lib.hrm_error() or b"")), _Failure()  # it may name files
        error.status = status
        _lib.hrm_last_failure(C.byref(at))
        for name in ("option", "file"):
            setattr(error, name, os.fsdecode(getattr(at, name)) if getattr(at, name) else None)
        for name in ("line", "column", "puzzle", "cell"):
            setattr(error, name, getattr(at, name) or None)
        error.offset = at.offset if at.offset >= 0 else None
        raise error


# ---- made by tools/api.py from include/*.h: make docs

ABI = 1


class _Failure(C.Structure):
    _fields_ = [
        ("status", C.c_int),
        ("text", C.c_char_p),
        ("option", C.c_char_p),
        ("file", C.c_char_p),
        ("line", C.c_long),
        ("column", C.c_long),
        ("puzzle", C.c_long),
        ("cell", C.c_long),
        ("offset", C.c_long),
    ]


class _Run(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("threads", C.c_int),
        ("isa", C.c_char_p),
        ("flops", C.c_double),
        ("shipped", C.c_char_p),
        ("no_verify", C.c_bool),
        ("ranks", C.c_void_p),
        ("borrow", C.c_bool),
    ]


class _ModelInfo(C.Structure):
    _fields_ = [
        ("arch", C.c_char_p),
        ("task", C.c_char_p),
        ("isa", C.c_char_p),
        ("alphabet", C.POINTER(C.c_ubyte)),
        ("parameters", C.c_size_t),
        ("cells", C.c_int),
        ("rows", C.c_int),
        ("cols", C.c_int),
        ("vocab", C.c_int),
        ("symbols", C.c_int),
        ("steps", C.c_int),
        ("blank", C.c_int),
        ("sure", C.c_double),
    ]


class _Search(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("rounds", C.c_int),
        ("chains", C.c_int),
        ("patience", C.c_int),
        ("agree", C.c_int),
        ("published", C.c_int),
        ("drop", C.c_double),
        ("conflict", C.c_double),
        ("temperature", C.c_double),
        ("seconds", C.c_double),
        ("total_seconds", C.c_double),
        ("views", C.c_int),
        ("sure", C.c_double),
    ]


class _Candidate(C.Structure):
    _fields_ = [
        ("cell", C.c_int),
        ("symbol", C.c_char),
        ("probability", C.c_double),
    ]


class _Round(C.Structure):
    _fields_ = [
        ("puzzle", C.c_size_t),
        ("chain", C.c_int),
        ("round", C.c_int),
        ("dropped", C.POINTER(_Candidate)),
        ("drops", C.c_size_t),
        ("end", C.c_int),
        ("guess", _Candidate),
        ("guesses", C.c_int),
        ("taken_back", C.c_int),
        ("conflict", C.c_double),
        ("rows", C.c_int),
        ("cols", C.c_int),
        ("text", C.c_char_p),
        ("drawing", C.c_char_p),
        ("drawing_colour", C.c_char_p),
        ("empty", C.c_int),
        ("made", C.POINTER(_Candidate)),
    ]


_RoundCallback = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.POINTER(_Round))

class _Step(C.Structure):
    _fields_ = [
        ("puzzle", C.c_size_t),
        ("chain", C.c_int),
        ("step", C.c_int),
        ("cells", C.c_int),
        ("vocab", C.c_int),
        ("tokens", C.POINTER(C.c_ubyte)),
        ("text", C.c_char_p),
        ("probabilities", C.POINTER(C.c_float)),
        ("confidence", C.c_double),
        ("end", C.c_int),
    ]


_StepCallback = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.POINTER(_Step))

_Progress = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.c_size_t, C.c_size_t)

class _SolveOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("segments", C.c_int),
        ("batch", C.c_int),
        ("progress", _Progress),
        ("user", C.c_void_p),
        ("check", C.c_bool),
        ("seed", C.c_uint64),
        ("explain", _RoundCallback),
        ("search", C.POINTER(_Search)),
        ("step", _StepCallback),
    ]


class _Answer(C.Structure):
    _fields_ = [
        ("text", C.c_char_p),
        ("drawing", C.c_char_p),
        ("drawing_colour", C.c_char_p),
        ("verdict", C.c_int),
        ("why", C.c_char * 96),
        ("segments", C.c_int),
        ("confidence", C.c_double),
        ("rounds", C.c_int),
        ("guesses", C.c_int),
        ("restarts", C.c_int),
        ("chains", C.c_int),
        ("chain", C.c_int),
        ("seconds", C.c_double),
        ("tokens", C.POINTER(C.c_ubyte)),
    ]


class _Scored(C.Structure):
    _fields_ = [
        ("index", C.c_size_t),
        ("question", C.c_char_p),
        ("answer", C.c_char_p),
        ("expected", C.c_char_p),
        ("verdict", C.c_int),
        ("why", C.c_char_p),
        ("known", C.c_bool),
        ("exact", C.c_bool),
        ("confidence", C.c_double),
        ("judged", C.POINTER(C.c_int)),
        ("unknown", C.c_char),
    ]


_ScoredCallback = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.POINTER(_Scored))

class _EvalOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("limit", C.c_size_t),
        ("segments", C.c_int),
        ("batch", C.c_int),
        ("progress", _Progress),
        ("user", C.c_void_p),
        ("check", C.c_bool),
        ("seed", C.c_uint64),
        ("search", C.POINTER(_Search)),
        ("latency", C.c_size_t),
        ("votes", C.c_int),
        ("contaminated", C.c_bool),
        ("submission", C.c_char_p),
        ("scores", C.c_char_p),
        ("right", C.c_double),
        ("scored", _ScoredCallback),
    ]


HRM_PASSES = 6

class _EvalBand(C.Structure):
    _fields_ = [
        ("low", C.c_int),
        ("high", C.c_int),
        ("n", C.c_size_t),
        ("exact", C.c_size_t),
        ("wrong", C.c_size_t),
        ("unsolved", C.c_size_t),
        ("mean_segments", C.c_double),
    ]


class _EvalReport(C.Structure):
    _fields_ = [
        ("n", C.c_size_t),
        ("unscored", C.c_size_t),
        ("exact", C.c_double),
        ("ci95_low", C.c_double),
        ("ci95_high", C.c_double),
        ("cells", C.c_double),
        ("mean_segments", C.c_double),
        ("halt_accuracy", C.c_double),
        ("halt_auc", C.c_double),
        ("seconds_per_puzzle", C.c_double),
        ("valid", C.c_double),
        ("valid95_low", C.c_double),
        ("valid95_high", C.c_double),
        ("wrong", C.c_size_t),
        ("unsolved", C.c_size_t),
        ("late", C.c_size_t),
        ("segments", C.c_int),
        ("views", C.c_int),
        ("band_by", C.c_char_p),
        ("bands", C.c_size_t),
        ("band", _EvalBand * 8),
        ("search", C.c_bool),
        ("check", C.c_bool),
        ("partial", C.c_bool),
        ("seen", C.c_bool),
        ("mean_rounds", C.c_double),
        ("mean_guesses", C.c_double),
        ("mean_chains", C.c_double),
        ("mean_restarts", C.c_double),
        ("latency_n", C.c_size_t),
        ("latency_median", C.c_double),
        ("latency_p95", C.c_double),
        ("tasks", C.c_size_t),
        ("pass", C.c_double * HRM_PASSES),
        ("trained_on", C.c_size_t),
        ("larger", C.c_size_t),
        ("all_tasks", C.c_size_t),
        ("all_pass", C.c_double * HRM_PASSES),
        ("broken", C.c_size_t),
        ("partly", C.c_size_t),
        ("given", C.c_size_t),
        ("copied", C.c_size_t),
        ("shared", C.c_int64),
        ("shared_why", C.c_char_p),
        ("unrated", C.c_char_p),
        ("sure", C.c_double),
        ("right", C.c_size_t),
        ("sure_n", C.c_size_t),
        ("sure_right", C.c_size_t),
    ]


class _Event(C.Structure):
    _fields_ = [
        ("kind", C.c_int),
        ("step", C.c_int64),
        ("steps", C.c_int64),
        ("seconds", C.c_double),
        ("loss", C.c_double),
        ("lm_loss", C.c_double),
        ("lr", C.c_double),
        ("grad_norm", C.c_double),
        ("finished", C.c_size_t),
        ("hinted", C.c_bool),
        ("finished_exact", C.c_double),
        ("finished_cells", C.c_double),
        ("finished_steps", C.c_double),
        ("steps_per_second", C.c_double),
        ("flops_per_second", C.c_double),
        ("eta_seconds", C.c_double),
        ("eval", _EvalReport),
        ("train", _EvalReport),
        ("best", C.c_bool),
        ("path", C.c_char_p),
    ]


_EventCallback = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.POINTER(_Event))

class _TrainOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("event", _EventCallback),
        ("user", C.c_void_p),
        ("tensorboard", C.c_bool),
    ]


class _Example(C.Structure):
    _fields_ = [
        ("question", C.c_char_p),
        ("answer", C.c_char_p),
        ("size", C.c_size_t),
        ("rating", C.c_int),
        ("puzzle", C.c_int),
    ]


class _DatasetInfo(C.Structure):
    _fields_ = [
        ("path", C.c_char_p),
        ("task", C.c_char_p),
        ("examples", C.c_size_t),
        ("puzzles", C.c_size_t),
        ("groups", C.c_size_t),
        ("identifiers", C.c_int),
        ("cells", C.c_int),
        ("rows", C.c_int),
        ("cols", C.c_int),
        ("vocab", C.c_int),
        ("unknown", C.c_int),
        ("rated", C.c_size_t),
        ("rating_mean", C.c_double),
        ("rating_median", C.c_int),
        ("rating_p90", C.c_int),
        ("rating_max", C.c_int),
        ("unrated", C.c_char_p),
        ("unread", C.c_char_p),
    ]


class _DataBad(C.Structure):
    _fields_ = [
        ("at", C.c_size_t),
        ("why", C.c_char_p),
    ]


class _DataDuplicate(C.Structure):
    _fields_ = [
        ("at", C.c_size_t),
        ("of", C.c_size_t),
        ("same_answer", C.c_bool),
    ]


class _DataSymbol(C.Structure):
    _fields_ = [
        ("symbol", C.c_ubyte),
        ("questions", C.c_size_t),
        ("answers", C.c_size_t),
    ]


class _DataNumbers(C.Structure):
    _fields_ = [
        ("low", C.c_double),
        ("high", C.c_double),
        ("mean", C.c_double),
        ("deviation", C.c_double),
    ]


class _DataReport(C.Structure):
    _fields_ = [
        ("path", C.c_char_p),
        ("task", C.c_char_p),
        ("rules", C.c_char_p),
        ("examples", C.c_size_t),
        ("rows", C.c_int),
        ("cols", C.c_int),
        ("places", C.c_char_p),
        ("bad", C.POINTER(_DataBad)),
        ("bad_count", C.c_size_t),
        ("duplicates", C.POINTER(_DataDuplicate)),
        ("duplicate_count", C.c_size_t),
        ("conflicting", C.c_size_t),
        ("against", C.c_char_p),
        ("overlap", C.POINTER(C.c_size_t)),
        ("overlap_count", C.c_size_t),
        ("unanswered", C.c_size_t),
        ("partly", C.c_size_t),
        ("given", C.c_size_t),
        ("symbols", C.POINTER(_DataSymbol)),
        ("symbol_count", C.c_size_t),
        ("copied", C.c_double),
        ("majority", C.c_double),
        ("baseline", C.c_double),
        ("majority_symbol", C.c_ubyte),
        ("symmetries", C.POINTER(C.c_char_p)),
        ("symmetry_count", C.c_size_t),
        ("symmetry_refused", C.c_bool),
        ("bad_more", C.c_size_t),
        ("unrated", C.c_char_p),
        ("numbers", C.POINTER(_DataNumbers)),
        ("number_count", C.c_size_t),
    ]


class _Family(C.Structure):
    _fields_ = [
        ("name", C.c_char_p),
        ("one", C.c_char_p),
        ("many", C.c_char_p),
        ("summary", C.c_char_p),
        ("detail", C.c_char_p),
        ("examples", C.c_char_p),
    ]


class _FamilyOption(C.Structure):
    _fields_ = [
        ("name", C.c_char_p),
        ("value", C.c_char_p),
        ("preset", C.c_char_p),
        ("help", C.c_char_p),
    ]


class _GenerateOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("count", C.c_size_t),
        ("seed", C.c_uint64),
        ("avoid", C.c_char_p),
        ("settings", C.POINTER(C.c_char_p)),
        ("settings_count", C.c_size_t),
        ("run", C.POINTER(_Run)),
        ("progress", _Progress),
        ("user", C.c_void_p),
    ]


class _ArcOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("train", C.POINTER(C.c_char_p)),
        ("trains", C.c_size_t),
        ("scored", C.POINTER(C.c_char_p)),
        ("scoreds", C.c_size_t),
        ("augment", C.c_int),
        ("side", C.c_int),
        ("seed", C.c_uint64),
        ("drop", C.c_bool),
        ("keep_colours", C.c_bool),
        ("run", C.POINTER(_Run)),
        ("boxed", C.c_bool),
        ("keep_output_colours", C.c_bool),
        ("share_vectors", C.c_bool),
    ]


class _ArcReport(C.Structure):
    _fields_ = [
        ("tasks", C.c_size_t),
        ("scored", C.c_size_t),
        ("dropped", C.c_size_t),
        ("train_examples", C.c_size_t),
        ("test_examples", C.c_size_t),
        ("identifiers", C.c_size_t),
        ("less_augmented", C.c_size_t),
        ("side", C.c_int),
        ("larger_trained", C.c_size_t),
        ("larger_scored", C.c_size_t),
        ("trained_on", C.POINTER(C.c_char_p)),
        ("trained_on_count", C.c_size_t),
        ("repeated", C.c_size_t),
    ]


class _ArcLikeOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("count", C.c_size_t),
        ("seed", C.c_uint64),
        ("side", C.c_int),
        ("families", C.POINTER(C.c_char_p)),
        ("families_count", C.c_size_t),
        ("progress", _Progress),
        ("user", C.c_void_p),
    ]


class _Build(C.Structure):
    _fields_ = [
        ("version", C.c_char_p),
        ("isa", C.c_char_p),
        ("isas", C.c_char_p * 16),
        ("isa_count", C.c_size_t),
        ("compiler", C.c_char_p),
        ("threads", C.c_int),
    ]


_LostCallback = C.CFUNCTYPE(None, C.c_void_p, C.c_char_p)

class _RanksOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("engine", C.c_char_p),
        ("patience", C.c_double),
        ("crowded", C.c_bool),
        ("mixed", C.c_bool),
        ("lost", _LostCallback),
        ("user", C.c_void_p),
    ]


class _TensorInfo(C.Structure):
    _fields_ = [
        ("name", C.c_char_p),
        ("dtype", C.c_char_p),
        ("status", C.c_char_p),
        ("source", C.c_char_p),
        ("dims", C.c_int),
        ("shape", C.c_int64 * 8),
    ]


class _Description(C.Structure):
    _fields_ = [
        ("kind", C.c_char_p),
        ("path", C.c_char_p),
        ("format", C.c_char_p),
        ("bytes", C.c_size_t),
        ("parameters", C.c_size_t),
        ("spec", C.c_char_p),
        ("task", C.c_char_p),
        ("training", C.c_char_p),
        ("progress", C.c_char_p),
        ("recipe", C.c_char_p),
        ("tensors", C.POINTER(_TensorInfo)),
        ("tensor_count", C.c_size_t),
        ("dataset", _DatasetInfo),
        ("denormals", C.c_size_t),
        ("dtype", C.c_char_p),
    ]


class _StreamPuzzle(C.Structure):
    _fields_ = [
        ("text", C.c_char_p),
        ("options", C.POINTER(_SolveOptions)),
        ("user", C.c_void_p),
    ]


_NextPuzzle = C.CFUNCTYPE(C.c_int, C.c_void_p, C.c_bool, C.POINTER(_StreamPuzzle))

class _StreamAnswer(C.Structure):
    _fields_ = [
        ("index", C.c_size_t),
        ("user", C.c_void_p),
        ("status", C.c_int),
        ("error", C.c_char_p),
        ("answer", C.POINTER(_Answer)),
    ]


_AnswerCallback = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.POINTER(_StreamAnswer))

class _StreamOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("next", _NextPuzzle),
        ("done", _AnswerCallback),
        ("progress", _Progress),
        ("user", C.c_void_p),
        ("total", C.c_size_t),
        ("unordered", C.c_bool),
        ("strict", C.c_bool),
        ("solve", C.POINTER(_SolveOptions)),
    ]


class _ConvertOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("config", C.c_char_p),
        ("base", C.c_char_p),
        ("part", C.c_char_p),
        ("data", C.c_char_p),
        ("puzzle_emb", C.c_char_p),
        ("recipe", C.c_char_p),
        ("compiled", C.c_bool),
        ("raw", C.c_bool),
        ("dtype", C.c_char_p),
        ("sure", C.c_double),
        ("task", C.c_char_p),
    ]


class _Conversion(C.Structure):
    _fields_ = [
        ("in", C.c_char_p),
        ("out", C.c_char_p),
        ("format", C.c_char_p),
        ("arch", C.c_char_p),
        ("note", C.c_char_p),
        ("spec", C.c_char_p),
        ("task", C.c_char_p),
        ("parameters", C.c_size_t),
        ("complete", C.c_bool),
        ("missing", C.c_size_t),
        ("left_over", C.c_size_t),
        ("tensors", C.POINTER(_TensorInfo)),
        ("tensor_count", C.c_size_t),
    ]


class _AdaptOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("augment", C.c_int),
        ("steps", C.c_int),
        ("batch", C.c_int),
        ("lr", C.c_double),
        ("train_network", C.c_bool),
        ("network_lr", C.c_double),
        ("segments", C.c_int),
        ("seed", C.c_uint64),
        ("out", C.c_char_p),
        ("submission", C.c_char_p),
        ("progress", _Progress),
        ("user", C.c_void_p),
        ("share_vectors", C.c_bool),
        ("picture", C.c_char_p),
    ]


class _ArcGuess(C.Structure):
    _fields_ = [
        ("votes", C.c_size_t),
        ("confidence", C.c_double),
        ("rows", C.c_int),
        ("cols", C.c_int),
        ("colours", C.POINTER(C.c_ubyte)),
        ("drawing", C.c_char_p),
        ("drawing_colour", C.c_char_p),
    ]


class _ArcResult(C.Structure):
    _fields_ = [
        ("task", C.c_char_p),
        ("pass_1", C.c_double),
        ("pass_2", C.c_double),
        ("tests", C.c_size_t),
        ("guesses", C.POINTER(_ArcGuess)),
    ]


class _Adapted(C.Structure):
    _fields_ = [
        ("steps", C.c_int),
        ("network", C.c_bool),
        ("copies", C.c_size_t),
        ("loss_first", C.c_double),
        ("loss_last", C.c_double),
        ("side", C.c_int),
        ("larger", C.POINTER(C.c_char_p)),
        ("larger_count", C.c_size_t),
        ("tasks", C.POINTER(_ArcResult)),
        ("task_count", C.c_size_t),
    ]


class _Plan(C.Structure):
    _fields_ = [
        ("arch", C.c_char_p),
        ("task", C.c_char_p),
        ("isa", C.c_char_p),
        ("dir", C.c_char_p),
        ("recipe", C.c_char_p),
        ("warnings", C.POINTER(C.c_char_p)),
        ("warning_count", C.c_size_t),
        ("parameters", C.c_size_t),
        ("examples", C.c_size_t),
        ("groups", C.c_size_t),
        ("tokens", C.c_int),
        ("batch", C.c_int),
        ("micro_batch", C.c_int),
        ("threads", C.c_int),
        ("step", C.c_int64),
        ("steps", C.c_int64),
        ("flops_per_step", C.c_double),
        ("program_bytes", C.c_size_t),
        ("model_bytes", C.c_size_t),
        ("optimiser_bytes", C.c_size_t),
        ("carry_bytes", C.c_size_t),
        ("activations_bytes", C.c_size_t),
        ("data_bytes", C.c_size_t),
        ("total_bytes", C.c_size_t),
        ("ranks", C.c_int),
        ("rank_rows", C.c_int),
        ("sent_bytes", C.c_size_t),
    ]


class _RecipeKey(C.Structure):
    _fields_ = [
        ("name", C.c_char_p),
        ("type", C.c_char_p),
        ("preset", C.c_char_p),
        ("choices", C.c_char_p),
        ("help", C.c_char_p),
    ]


class _BenchResult(C.Structure):
    _fields_ = [
        ("name", C.c_char_p),
        ("seconds", C.c_double),
        ("runs", C.c_int),
        ("tflops", C.c_double),
        ("peak_tflops", C.c_double),
        ("fraction_of_peak", C.c_double),
        ("gigabytes_per_second", C.c_double),
        ("puzzles_per_second", C.c_double),
        ("tokens_per_second", C.c_double),
        ("peak_rss_bytes", C.c_uint64),
    ]


_BenchCallback = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.POINTER(_BenchResult))

class _BenchOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("what", C.c_char_p),
        ("config", C.c_char_p),
        ("batch", C.c_int),
        ("seconds", C.c_double),
        ("run", C.POINTER(_Run)),
        ("callback", _BenchCallback),
        ("user", C.c_void_p),
    ]


class _ParityCase(C.Structure):
    _fields_ = [
        ("group", C.c_char_p),
        ("name", C.c_char_p),
        ("passed", C.c_bool),
        ("worst", C.c_double),
        ("tolerance", C.c_double),
        ("where", C.c_char_p),
    ]


_ParityCallback = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.POINTER(_ParityCase))

class _ParityOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("run", C.POINTER(_Run)),
        ("callback", _ParityCallback),
        ("user", C.c_void_p),
    ]


class _ParityReport(C.Structure):
    _fields_ = [
        ("passed", C.c_size_t),
        ("failed", C.c_size_t),
    ]


class _Interval(C.Structure):
    _fields_ = [
        ("value", C.c_double),
        ("low", C.c_double),
        ("high", C.c_double),
    ]


class _LookStep(C.Structure):
    _fields_ = [
        ("segment", C.c_int),
        ("call", C.c_int),
        ("state", C.c_int),
        ("residual", C.c_double),
        ("residual_l", C.c_double),
        ("right", C.c_double),
        ("exact", C.c_double),
        ("changed", C.c_double),
        ("gained", C.c_double),
        ("lost", C.c_double),
        ("returned", C.c_double),
        ("faults", C.c_double),
        ("mended", C.c_double),
        ("entropy", C.c_double),
        ("halt", C.c_double),
        ("go_on", C.c_double),
    ]


class _LookPuzzle(C.Structure):
    _fields_ = [
        ("index", C.c_size_t),
        ("known", C.c_bool),
        ("exact", C.c_bool),
        ("first_exact", C.c_int),
        ("kept", C.c_bool),
        ("settled", C.c_bool),
        ("drift", C.c_double),
        ("halt", C.c_double),
        ("both", C.c_double),
        ("faults", C.c_double),
        ("open", C.c_double),
        ("wrong", C.c_double),
        ("left", C.c_double),
    ]


class _LookPath(C.Structure):
    _fields_ = [
        ("index", C.c_size_t),
        ("explained", C.c_double * 3),
        ("point", C.POINTER(C.c_double)),
        ("question", C.c_char_p),
        ("expected", C.c_char_p),
        ("answer", C.c_char_p),
        ("unknown", C.c_char),
    ]


class _LookNear(C.Structure):
    _fields_ = [
        ("self", C.c_double),
        ("row", C.c_double),
        ("column", C.c_double),
        ("box", C.c_double),
        ("elsewhere", C.c_double),
    ]


class _LookBlock(C.Structure):
    _fields_ = [
        ("segment", C.c_int),
        ("module", C.c_int),
        ("layer", C.c_int),
        ("near", _LookNear),
        ("prefix", C.c_double),
        ("entropy", C.c_double),
    ]


class _LookDrops(C.Structure):
    _fields_ = [
        ("segment", C.c_int),
        ("dropped", C.c_double),
        ("wrong", C.c_double),
        ("by", C.c_double * 5),
        ("later", C.c_double * 5),
        ("unexplained", C.c_double),
        ("steps", C.c_double),
        ("could", C.c_double * 5),
        ("took", C.c_double * 5),
        ("open", C.c_double),
    ]


class _LookFilled(C.Structure):
    _fields_ = [
        ("open", C.c_int),
        ("puzzles", C.c_size_t),
        ("exact", C.c_double),
        ("ever", C.c_double),
    ]


class _LookStarts(C.Structure):
    _fields_ = [
        ("puzzles", C.c_size_t),
        ("own", C.c_double),
        ("right", C.c_double),
        ("any", C.c_double),
        ("all", C.c_double),
        ("answers", C.c_double),
        ("failed", C.c_size_t),
        ("answers_failed", C.c_double),
        ("rescued", C.c_double),
    ]


class _InspectOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("limit", C.c_size_t),
        ("segments", C.c_int),
        ("batch", C.c_int),
        ("untrained", C.c_size_t),
        ("seed", C.c_uint64),
        ("progress", _Progress),
        ("user", C.c_void_p),
        ("attention", C.c_size_t),
        ("patch", C.c_size_t),
        ("title", C.c_char_p),
        ("filled", C.c_size_t),
        ("starts", C.c_size_t),
    ]


class _Inspection(C.Structure):
    _fields_ = [
        ("puzzles", C.c_size_t),
        ("known", C.c_size_t),
        ("segments", C.c_int),
        ("calls", C.c_int),
        ("states", C.c_int),
        ("cells", C.c_int),
        ("hidden", C.c_int),
        ("rows", C.c_int),
        ("cols", C.c_int),
        ("candidates", C.c_bool),
        ("halts", C.c_bool),
        ("segment", C.POINTER(_LookStep)),
        ("call", C.POINTER(_LookStep)),
        ("puzzle", C.POINTER(_LookPuzzle)),
        ("path", C.POINTER(_LookPath)),
        ("paths", C.c_size_t),
        ("participation", _Interval * 2),
        ("untrained", _Interval * 2),
        ("untrained_puzzles", C.c_size_t),
        ("threshold", C.c_double),
        ("settled_right", C.c_size_t),
        ("settled_wrong", C.c_size_t),
        ("moving_right", C.c_size_t),
        ("moving_wrong", C.c_size_t),
        ("auc_drift", _Interval),
        ("auc_halt", _Interval),
        ("auc_both", _Interval),
        ("reached", C.c_size_t),
        ("kept", C.c_size_t),
        ("attended", C.c_size_t),
        ("patched", C.c_size_t),
        ("blocks", C.c_int),
        ("block", C.POINTER(_LookBlock)),
        ("map", C.POINTER(C.c_double)),
        ("moved", _LookNear),
        ("moves", C.POINTER(C.c_double)),
        ("drops", C.POINTER(_LookDrops)),
        ("groups_left_out", C.c_int),
        ("title", C.c_char_p),
        ("filled", C.POINTER(_LookFilled)),
        ("starts", _LookStarts),
        ("standing", C.c_size_t),
        ("standing_left", C.c_size_t),
    ]


class _States(C.Structure):
    _fields_ = [
        ("puzzles", C.c_size_t),
        ("segments", C.c_int),
        ("calls", C.c_int),
        ("tokens", C.c_int),
        ("prefix", C.c_int),
        ("channels", C.c_int),
        ("hidden", C.c_int),
        ("cells", C.c_int),
        ("outputs", C.c_int),
        ("state", C.POINTER(C.c_ubyte)),
        ("numbers", C.POINTER(C.c_float)),
        ("logits", C.POINTER(C.c_float)),
        ("q", C.POINTER(C.c_float)),
    ]


class _RunInfo(C.Structure):
    _fields_ = [
        ("dir", C.c_char_p),
        ("state", C.c_char_p),
        ("difference", C.c_char_p),
        ("problems", C.c_char_p),
        ("processor", C.c_char_p),
        ("isa", C.c_char_p),
        ("threads", C.c_int),
        ("parameters", C.c_size_t),
        ("step", C.c_int64),
        ("steps", C.c_int64),
        ("seconds", C.c_double),
        ("flops", C.c_double),
        ("loss", C.c_double),
        ("best_step", C.c_int64),
        ("exact", C.c_double),
        ("exact_low", C.c_double),
        ("exact_high", C.c_double),
        ("cells", C.c_double),
        ("evaluated", C.c_size_t),
        ("puzzles", C.c_char_p),
        ("puzzles_hash", C.c_char_p),
    ]


class _Runs(C.Structure):
    _fields_ = [
        ("run", C.POINTER(_RunInfo)),
        ("count", C.c_size_t),
        ("unlike", C.c_bool),
    ]


class _ReportOptions(C.Structure):
    _fields_ = [
        ("size", C.c_size_t),
        ("title", C.c_char_p),
        ("examples", C.c_size_t),
        ("run", C.POINTER(_Run)),
        ("progress", _Progress),
        ("user", C.c_void_p),
    ]


STRUCTURES = {
    "hrm_failure": _Failure,
    "hrm_run": _Run,
    "hrm_model_info": _ModelInfo,
    "hrm_search": _Search,
    "hrm_candidate": _Candidate,
    "hrm_round": _Round,
    "hrm_step": _Step,
    "hrm_solve_options": _SolveOptions,
    "hrm_answer": _Answer,
    "hrm_scored": _Scored,
    "hrm_eval_options": _EvalOptions,
    "hrm_eval_band": _EvalBand,
    "hrm_eval_report": _EvalReport,
    "hrm_event": _Event,
    "hrm_train_options": _TrainOptions,
    "hrm_example": _Example,
    "hrm_dataset_info": _DatasetInfo,
    "hrm_data_bad": _DataBad,
    "hrm_data_duplicate": _DataDuplicate,
    "hrm_data_symbol": _DataSymbol,
    "hrm_data_numbers": _DataNumbers,
    "hrm_data_report": _DataReport,
    "hrm_family": _Family,
    "hrm_family_option": _FamilyOption,
    "hrm_generate_options": _GenerateOptions,
    "hrm_arc_options": _ArcOptions,
    "hrm_arc_report": _ArcReport,
    "hrm_arc_like_options": _ArcLikeOptions,
    "hrm_build": _Build,
    "hrm_ranks_options": _RanksOptions,
    "hrm_tensor_info": _TensorInfo,
    "hrm_description": _Description,
    "hrm_stream_puzzle": _StreamPuzzle,
    "hrm_stream_answer": _StreamAnswer,
    "hrm_stream_options": _StreamOptions,
    "hrm_convert_options": _ConvertOptions,
    "hrm_conversion": _Conversion,
    "hrm_adapt_options": _AdaptOptions,
    "hrm_arc_guess": _ArcGuess,
    "hrm_arc_result": _ArcResult,
    "hrm_adapted": _Adapted,
    "hrm_plan": _Plan,
    "hrm_recipe_key": _RecipeKey,
    "hrm_bench_result": _BenchResult,
    "hrm_bench_options": _BenchOptions,
    "hrm_parity_case": _ParityCase,
    "hrm_parity_options": _ParityOptions,
    "hrm_parity_report": _ParityReport,
    "hrm_interval": _Interval,
    "hrm_look_step": _LookStep,
    "hrm_look_puzzle": _LookPuzzle,
    "hrm_look_path": _LookPath,
    "hrm_look_near": _LookNear,
    "hrm_look_block": _LookBlock,
    "hrm_look_drops": _LookDrops,
    "hrm_look_filled": _LookFilled,
    "hrm_look_starts": _LookStarts,
    "hrm_inspect_options": _InspectOptions,
    "hrm_inspection": _Inspection,
    "hrm_states": _States,
    "hrm_run_info": _RunInfo,
    "hrm_runs": _Runs,
    "hrm_report_options": _ReportOptions,
}
FUNCTIONS = {
    "hrm_error": (C.c_char_p, []),
    "hrm_last_failure": (None, [C.POINTER(_Failure)]),
    "hrm_free": (None, [C.c_void_p]),
    "hrm_run_init": (None, [C.POINTER(_Run), C.c_size_t]),
    "hrm_dataset_open": (C.c_int, [C.c_char_p, C.c_char_p, C.POINTER(C.c_void_p)]),
    "hrm_dataset_open_for": (C.c_int, [C.c_char_p, C.c_void_p, C.POINTER(C.c_void_p)]),
    "hrm_dataset_free": (None, [C.c_void_p]),
    "hrm_dataset_size": (C.c_size_t, [C.c_void_p]),
    "hrm_model_load": (C.c_int, [C.c_char_p, C.POINTER(_Run), C.POINTER(C.c_void_p)]),
    "hrm_model_load_memory": (C.c_int, [C.c_void_p, C.c_size_t, C.POINTER(_Run), C.POINTER(C.c_void_p)]),
    "hrm_model_free": (None, [C.c_void_p]),
    "hrm_model_inspect": (C.c_int, [C.c_void_p, C.POINTER(_ModelInfo)]),
    "hrm_search_init": (None, [C.POINTER(_Search), C.c_size_t]),
    "hrm_solve_options_init": (None, [C.POINTER(_SolveOptions), C.c_size_t]),
    "hrm_solve": (C.c_int, [C.c_void_p, C.POINTER(C.c_char_p), C.c_size_t, C.POINTER(_SolveOptions), C.POINTER(C.POINTER(_Answer))]),
    "hrm_answers_free": (None, [C.POINTER(_Answer), C.c_size_t]),
    "hrm_solver_new": (C.c_int, [C.c_void_p, C.c_int, C.POINTER(C.c_void_p)]),
    "hrm_solver_free": (None, [C.c_void_p]),
    "hrm_solver_solve": (C.c_int, [C.c_void_p, C.POINTER(C.c_char_p), C.c_size_t, C.POINTER(_SolveOptions), C.POINTER(C.POINTER(_Answer))]),
    "hrm_solver_cancel": (None, [C.c_void_p]),
    "hrm_eval_options_init": (None, [C.POINTER(_EvalOptions), C.c_size_t]),
    "hrm_evaluate": (C.c_int, [C.c_void_p, C.c_void_p, C.POINTER(_EvalOptions), C.POINTER(_EvalReport)]),
    "hrm_trainer_new": (C.c_int, [C.c_char_p, C.POINTER(C.c_char_p), C.c_size_t, C.c_char_p, C.POINTER(_Run), C.POINTER(C.c_void_p)]),
    "hrm_trainer_resume": (C.c_int, [C.c_char_p, C.POINTER(C.c_char_p), C.c_size_t, C.POINTER(_Run), C.POINTER(C.c_void_p)]),
    "hrm_train_options_init": (None, [C.POINTER(_TrainOptions), C.c_size_t]),
    "hrm_trainer_run": (C.c_int, [C.c_void_p, C.POINTER(_TrainOptions)]),
    "hrm_trainer_free": (None, [C.c_void_p]),
    "hrm_dataset_example": (C.c_int, [C.c_void_p, C.c_size_t, C.POINTER(_Example)]),
    "hrm_dataset_tokens": (C.c_int, [C.c_void_p, C.POINTER(C.POINTER(C.c_ubyte)), C.POINTER(C.POINTER(C.c_ubyte)), C.POINTER(C.c_size_t)]),
    "hrm_dataset_numbers": (C.c_int, [C.c_void_p, C.POINTER(C.POINTER(C.c_float)), C.POINTER(C.c_size_t)]),
    "hrm_model_numbers": (C.c_int, [C.c_void_p]),
    "hrm_dataset_inspect": (C.c_int, [C.c_void_p, C.POINTER(_DatasetInfo)]),
    "hrm_dataset_draw": (C.c_int, [C.c_void_p, C.c_size_t, C.c_bool, C.POINTER(C.c_void_p)]),
    "hrm_dataset_picture": (C.c_int, [C.c_void_p, C.c_size_t, C.c_char_p]),
    "hrm_dataset_export": (C.c_int, [C.c_void_p, C.c_char_p, C.c_int, C.c_uint64]),
    "hrm_data_report_free": (None, [C.POINTER(_DataReport)]),
    "hrm_dataset_check": (C.c_int, [C.c_char_p, C.c_char_p, C.c_char_p, C.c_char_p, C.POINTER(C.POINTER(_DataReport))]),
    "hrm_families": (C.POINTER(_Family), [C.c_size_t]),
    "hrm_family_options": (C.POINTER(_FamilyOption), [C.c_char_p, C.c_size_t]),
    "hrm_generate_options_init": (None, [C.POINTER(_GenerateOptions), C.c_size_t]),
    "hrm_generate": (C.c_int, [C.c_char_p, C.c_char_p, C.POINTER(_GenerateOptions)]),
    "hrm_arc_options_init": (None, [C.POINTER(_ArcOptions), C.c_size_t]),
    "hrm_arc_report_free": (None, [C.POINTER(_ArcReport)]),
    "hrm_arc_build": (C.c_int, [C.c_char_p, C.POINTER(_ArcOptions), C.POINTER(C.POINTER(_ArcReport))]),
    "hrm_arc_like_options_init": (None, [C.POINTER(_ArcLikeOptions), C.c_size_t]),
    "hrm_arc_generate": (C.c_int, [C.c_char_p, C.POINTER(_ArcLikeOptions)]),
    "hrm_version": (C.c_char_p, []),
    "hrm_abi_version": (C.c_int, []),
    "hrm_build_inspect": (C.c_int, [C.POINTER(_Build)]),
    "hrm_isas": (C.c_char_p, []),
    "hrm_status_name": (C.c_char_p, [C.c_int]),
    "hrm_nearest": (C.c_char_p, [C.c_char_p, C.POINTER(C.c_char_p), C.c_size_t]),
    "hrm_file_create": (C.c_int, [C.c_char_p, C.POINTER(C.c_void_p)]),
    "hrm_file_write": (C.c_int, [C.c_void_p, C.c_void_p, C.c_size_t]),
    "hrm_file_end": (C.c_int, [C.c_void_p, C.c_bool]),
    "hrm_ranks_options_init": (None, [C.POINTER(_RanksOptions), C.c_size_t]),
    "hrm_ranks_join": (C.c_int, [C.POINTER(_RanksOptions), C.POINTER(C.c_void_p)]),
    "hrm_rank": (C.c_int, [C.c_void_p]),
    "hrm_rank_count": (C.c_int, [C.c_void_p]),
    "hrm_ranks_share": (None, [C.c_void_p, C.c_void_p, C.c_size_t]),
    "hrm_ranks_leave": (None, [C.c_void_p, C.c_int]),
    "hrm_ranks_agreed": (C.c_bool, [C.c_void_p]),
    "hrm_description_free": (None, [C.POINTER(_Description)]),
    "hrm_describe": (C.c_int, [C.c_char_p, C.POINTER(C.POINTER(_Description))]),
    "hrm_model_letters": (C.c_int, [C.c_void_p, C.c_char_p]),
    "hrm_model_save": (C.c_int, [C.c_void_p, C.c_char_p]),
    "hrm_model_tokens": (C.c_int, [C.c_void_p, C.c_char_p, C.c_bool, C.c_void_p]),
    "hrm_model_text": (C.c_int, [C.c_void_p, C.c_void_p, C.c_void_p]),
    "hrm_model_question": (C.c_int, [C.c_void_p, C.c_void_p, C.c_void_p]),
    "hrm_check": (C.c_int, [C.c_void_p, C.c_char_p, C.c_char_p, C.POINTER(C.c_int), C.c_void_p, C.c_size_t]),
    "hrm_search_published": (None, [C.POINTER(_Search), C.c_size_t]),
    "hrm_text_load": (C.c_int, [C.c_char_p, C.POINTER(C.c_void_p), C.POINTER(C.c_size_t), C.POINTER(C.c_bool)]),
    "hrm_text_other": (C.c_char_p, [C.c_void_p, C.c_size_t]),
    "hrm_text_is_table": (C.c_bool, [C.c_char_p, C.c_size_t]),
    "hrm_questions_open": (C.c_int, [C.c_char_p, C.c_char_p, C.c_size_t, C.c_void_p, C.POINTER(C.c_void_p)]),
    "hrm_puzzle_rows": (C.c_int, [C.c_void_p, C.c_char_p]),
    "hrm_stream_options_init": (None, [C.POINTER(_StreamOptions), C.c_size_t]),
    "hrm_solver_reserve": (C.c_int, [C.c_void_p, C.c_size_t, C.c_int]),
    "hrm_solver_answer": (C.c_int, [C.c_void_p, C.c_char_p, C.POINTER(_SolveOptions), C.c_void_p, C.POINTER(C.c_int)]),
    "hrm_solver_memory": (C.c_size_t, [C.c_void_p, C.c_int]),
    "hrm_solver_stream": (C.c_int, [C.c_void_p, C.POINTER(_StreamOptions)]),
    "hrm_solver_trace": (C.c_int, [C.c_void_p, C.c_char_p, C.POINTER(_SolveOptions), C.POINTER(C.c_void_p)]),
    "hrm_trace_free": (None, [C.c_void_p]),
    "hrm_trace_steps": (C.c_size_t, [C.c_void_p]),
    "hrm_trace_step": (C.c_int, [C.c_void_p, C.c_size_t, C.POINTER(_Step)]),
    "hrm_trace_answer": (C.POINTER(_Answer), [C.c_void_p]),
    "hrm_trace_picture": (C.c_int, [C.c_void_p, C.c_void_p, C.c_char_p]),
    "hrm_trace_shown": (C.c_size_t, [C.c_void_p, C.c_void_p, C.c_char_p, C.POINTER(C.c_size_t)]),
    "hrm_convert_options_init": (None, [C.POINTER(_ConvertOptions), C.c_size_t]),
    "hrm_conversion_free": (None, [C.POINTER(_Conversion)]),
    "hrm_convert": (C.c_int, [C.c_char_p, C.c_char_p, C.POINTER(_ConvertOptions), C.POINTER(C.POINTER(_Conversion))]),
    "hrm_adapt_options_init": (None, [C.POINTER(_AdaptOptions), C.c_size_t]),
    "hrm_adapted_free": (None, [C.POINTER(_Adapted)]),
    "hrm_adapt": (C.c_int, [C.c_void_p, C.c_char_p, C.POINTER(_AdaptOptions), C.POINTER(C.POINTER(_Adapted))]),
    "hrm_trainer_plan": (C.c_int, [C.c_void_p, C.POINTER(C.POINTER(_Plan))]),
    "hrm_plan_free": (None, [C.POINTER(_Plan)]),
    "hrm_trainer_measure": (C.c_int, [C.c_void_p, C.POINTER(C.c_double)]),
    "hrm_trainer_cancel": (None, [C.c_void_p]),
    "hrm_trainer_step": (C.c_int, [C.c_void_p, C.POINTER(_Event)]),
    "hrm_trainer_evaluate": (C.c_int, [C.c_void_p, C.POINTER(_EvalReport)]),
    "hrm_trainer_save": (C.c_int, [C.c_void_p]),
    "hrm_trainer_model": (C.c_int, [C.c_void_p, C.POINTER(C.c_void_p)]),
    "hrm_recipe_keys": (C.POINTER(_RecipeKey), [C.c_size_t]),
    "hrm_bench_options_init": (None, [C.POINTER(_BenchOptions), C.c_size_t]),
    "hrm_bench": (C.c_int, [C.POINTER(_BenchOptions)]),
    "hrm_parity_options_init": (None, [C.POINTER(_ParityOptions), C.c_size_t]),
    "hrm_parity": (C.c_int, [C.c_char_p, C.POINTER(_ParityOptions), C.POINTER(_ParityReport)]),
    "hrm_technique_name": (C.c_char_p, [C.c_int]),
    "hrm_inspect_options_init": (None, [C.POINTER(_InspectOptions), C.c_size_t]),
    "hrm_inspect": (C.c_int, [C.c_void_p, C.c_void_p, C.POINTER(_InspectOptions), C.POINTER(C.POINTER(_Inspection))]),
    "hrm_inspection_free": (None, [C.POINTER(_Inspection)]),
    "hrm_inspection_json": (C.c_int, [C.POINTER(_Inspection), C.POINTER(C.c_void_p)]),
    "hrm_inspection_write": (C.c_int, [C.POINTER(_Inspection), C.c_char_p]),
    "hrm_states_of": (C.c_int, [C.c_void_p, C.POINTER(C.c_char_p), C.c_size_t, C.c_int, C.POINTER(C.POINTER(_States))]),
    "hrm_states_free": (None, [C.POINTER(_States)]),
    "hrm_mean": (C.c_int, [C.POINTER(C.c_double), C.c_size_t, C.POINTER(_Interval)]),
    "hrm_runs_open": (C.c_int, [C.c_char_p, C.POINTER(C.POINTER(_Runs))]),
    "hrm_runs_free": (None, [C.POINTER(_Runs)]),
    "hrm_report_options_init": (None, [C.POINTER(_ReportOptions), C.c_size_t]),
    "hrm_report": (C.c_int, [C.POINTER(C.c_char_p), C.c_size_t, C.c_char_p, C.POINTER(_ReportOptions), C.POINTER(C.POINTER(_Runs))]),
}

# ---- end of what is made -------------------------------------------------------------------------

# ---- finding the library -------------------------------------------------------------------------


def _candidates() -> Iterator[str]:
    here = os.path.dirname(os.path.abspath(__file__))
    name = "libhrm.so.%d" % ABI
    if os.environ.get("HRM_LIBRARY"):
        yield os.environ["HRM_LIBRARY"]
        return
    yield os.path.join(here, name)  # installed with this file
    yield os.path.join(here, "..", "build", "release", name)  # in the source tree
    yield name  # wherever the system looks
    found = ctypes.util.find_library("hrm")
    if found:
        yield found


def _open() -> C.CDLL:
    tried = []
    for path in _candidates():
        try:
            return C.CDLL(path)
        except OSError as error:
            tried.append(str(error))
    raise ImportError(
        "libhrm is not found: build it with make, install it, or name it in HRM_LIBRARY (%s)"
        % "; ".join(tried)
    )


_lib = _open()
_lib.hrm_abi_version.restype = C.c_int
if _lib.hrm_abi_version() != ABI:
    raise ImportError("libhrm has ABI %d, hrm.py needs %d" % (_lib.hrm_abi_version(), ABI))
for _called, (_result, _arguments) in FUNCTIONS.items():
    _function = getattr(_lib, _called)
    _function.restype, _function.argtypes = _result, _arguments


# ---- between the two worlds ----------------------------------------------------------------------

PathLike = Union[str, "os.PathLike[str]"]


def _text(raw: Optional[bytes]) -> str:
    return (raw or b"").decode("latin-1")


def _path(path: PathLike, name: str = "path") -> bytes:
    try:
        raw = os.fsencode(path)
    except TypeError:
        raise TypeError("%s: a path or name is expected, a str or an os.PathLike, not %r" % (name, path)) from None
    if not raw:
        raise ArgumentError("a path or name is empty")
    if b"\0" in raw:  # C would take what stands before it
        raise ValueError("embedded null byte: %r" % (path,))
    return raw


def _name(text: Optional[PathLike], name: str = "name") -> Optional[bytes]:
    return None if text is None else _path(text, name)


def _several(values: Any, name: str) -> List[Any]:
    """A list of paths or names; one alone is one of them."""
    if _is_path(values):
        return [values]
    if not hasattr(values, "__iter__"):
        raise TypeError("%s: a list of paths or names is expected, not %r" % (name, values))
    return list(values)


def _callable(function: Any, name: str) -> Any:
    if not callable(function):
        raise TypeError("%s: a function is expected, not %r" % (name, function))
    return function


def _title(title: Optional[str]) -> Optional[bytes]:
    if title is not None and not isinstance(title, str):
        raise TypeError("title: a str is expected, not %r" % (title,))
    return None if title is None else title.encode()


def _keep_off(name: str, out: Optional[PathLike], *inputs: Any) -> None:
    """Refuses an output that is one of the inputs, or another output."""
    for path in inputs if out is not None else ():
        if not _is_path(path):
            continue
        same = _path(out, name) == os.fsencode(path)
        if same or os.path.isfile(out) and os.path.exists(path) and os.path.samefile(out, path):
            raise ArgumentError("%s: %s would be written over %s; name another file" % (name, os.fsdecode(out), os.fsdecode(path)))


def _keep_folder(folder: PathLike, replace: bool, *files: str) -> None:
    """Refuses a folder that holds data already."""
    for name in () if replace else files:
        if os.path.exists(os.path.join(os.fsdecode(_path(folder)), name)):
            raise ArgumentError("%s: holds %s already; name another folder, or say replace=True" % (os.fsdecode(folder), name))


def _whole(kind: Any, name: str, value: Any) -> int:
    """A number for a C integer: ctypes itself cuts off what is too much for it."""
    try:
        value = operator.index(None if isinstance(value, bool) else value)
    except TypeError:
        raise TypeError("%s: a whole number is expected, not %r" % (name, value)) from None
    if kind(value).value != value:
        small = "below 0" if kind(-1).value > 0 else "much too small"
        raise ArgumentError("%s: %d is %s" % (name, value, small if value < 0 else "much too large"))
    return value


_WHOLE = (C.c_int, C.c_int64, C.c_size_t, C.c_uint64)


def _field(kind: Any, name: str, value: Any) -> Any:
    """A value for a field of a structure; a wrong one is refused by name."""
    if kind in _WHOLE:
        return _whole(kind, name, value)
    if kind is C.c_bool and not (isinstance(value, (bool, int)) or type(value).__name__ in ("bool_", "bool")):
        raise TypeError("%s: True or False is expected, not %r" % (name, value))
    if kind is C.c_double:
        if isinstance(value, (bool, str, bytes)) or not hasattr(value, "__float__"):
            raise TypeError("%s: a number is expected, not %r" % (name, value))
        return float(value)
    return value


def _filled(kind: Any, **fields: Any) -> Any:
    """Options with these fields, whose whole numbers fit, and the defaults."""
    kinds, options = dict(kind._fields_), kind()
    _INITS[kind](C.byref(options), C.sizeof(options))
    for k, v in fields.items():
        setattr(options, k, _field(kinds[k], k, v))
    return options


_INITS = {STRUCTURES[name[: -len("_init")]]: getattr(_lib, name) for name in FUNCTIONS if name.endswith("_init")}


def _run(threads: int, isa: Optional[str]) -> _Run:
    return _filled(_Run, threads=threads, isa=_name(isa, "isa"))


def _puzzle(text: str) -> bytes:
    """One byte per cell: alphabets may use any of them."""
    if not isinstance(text, str):
        raise TypeError("a puzzle is a str of one character per cell, not %s" % type(text).__name__)
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        raise TaskError("a puzzle holds a character beyond one byte: %r" % text) from None
    if b"\0" in raw:
        raise TaskError("a puzzle holds a zero byte: %r" % text)
    return raw


def _whole_array(values: Any) -> None:
    """Refuses NumPy's masked arrays: their buffers hold something in masked places, too."""
    mask = getattr(values, "mask", False)
    if (mask.any() if hasattr(mask, "any") else mask) and hasattr(values, "filled"):
        raise ArgumentError("a masked array holds masked values: fill them (array.filled(0)), and where that stands in answers "
                            "for what is not known say Dataset(..., unknown=0)")  # fmt: skip


def _integer(value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError("tokens are integers in bytes, a list or an array, not %r" % (value,)) from None


def _flat(values: Any, one: Callable[[Any], Any] = _integer) -> Tuple[List[Any], Tuple[int, ...]]:
    """The numbers of nested lists, and their shape. one: what makes each of them a number."""
    _whole_array(values)
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        return [one(values)], ()
    rows = [_flat(value, one) for value in values]
    shapes = {shape for _, shape in rows} or {()}
    if len(shapes) > 1:
        raise ArgumentError("rows of different lengths are no array")
    return [token for row, _ in rows for token in row], (len(rows),) + shapes.pop()


def _tokens(tokens: Any) -> Tuple[bytes, Tuple[int, ...]]:
    """Token values, one byte each, and their shape: of bytes, of an array of any integers, of a list."""
    _whole_array(tokens)
    try:
        view = memoryview(tokens)  # of NumPy's arrays too
    except (TypeError, ValueError):  # a list; or an array of what no memoryview is made of
        values, shape = _flat(tokens)
    else:
        if view.format.lstrip("@=<>!") not in tuple("bBhHiIlLqQ"):
            raise TypeError("tokens are whole numbers, not of format %r" % view.format)
        shape = tuple(view.shape or ())
        if view.format == "B":
            return view.tobytes(), shape
        order, kind = view.format[:-1], view.format[-1]
        values = list(struct.unpack("%s%d%s" % (order, view.nbytes // view.itemsize, kind), view.tobytes()))
    try:
        return bytes(values), shape
    except ValueError:
        raise ArgumentError("a token is beyond 0 to 255") from None


def _real(value: Any) -> float:
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        raise TypeError("numbers beside cells are numbers, not %s" % type(value).__name__)
    return float(value)


def _reals(values: Any) -> List[float]:
    """Numbers beside cells, in order: of an array, or of nested lists."""
    _whole_array(values)
    return _flat(values.tolist() if hasattr(values, "tolist") else values, _real)[0]


def _beside(numbers: Any, count: int) -> List[List[float]]:
    """The same for each of so many puzzles."""
    values = _reals(numbers)
    each = len(values) // count if count else 0
    if not each or len(values) != each * count:
        raise ArgumentError("%d numbers are not those of %d puzzles" % (len(values), count))
    return [values[i * each : (i + 1) * each] for i in range(count)]


def _row(numbers: Sequence[float]) -> str:
    return " ".join("%.9g" % value for value in numbers)


def _json(call: Callable[..., int], *arguments: Any) -> Dict[str, Any]:
    out = C.c_void_p()
    _check(_used(call, *arguments, C.byref(out)))
    try:
        return json.loads(C.string_at(out.value or 0).decode("utf-8", "replace"))
    finally:
        _lib.hrm_free(out)


def _result(kind: Any, call: Callable[..., int], *arguments: Any, calls: Any = None) -> Any:
    """A structure that the library made, within `with`, which frees it."""
    out = C.POINTER(kind)()
    try:
        if calls is None:
            _check(_used(call, *arguments, C.byref(out)))
        else:
            calls.call(call, *arguments, C.byref(out))
    except BaseException:  # Ctrl-C may come with the last step
        _FREES[type(out)](out)
        raise
    return _Result(out)


class _Result:
    def __init__(self, pointer: Any) -> None:
        self.pointer = pointer

    def __enter__(self) -> Any:
        return self.pointer.contents

    def __exit__(self, *_: Any) -> None:
        _FREES[type(self.pointer)](self.pointer)


_FREES = {C.POINTER(STRUCTURES[name[: -len("_free")]]): getattr(_lib, name) for name in FUNCTIONS
          if name.endswith("_free") and name[: -len("_free")] in STRUCTURES}  # fmt: skip


def _name_of(raw: Optional[bytes]) -> Optional[str]:
    """Texts that may hold names of files."""
    return None if raw is None else os.fsdecode(raw)


def _fields(struct: Any, *names: str) -> Dict[str, Any]:
    """These fields of a structure, texts as str."""
    values = ((name, getattr(struct, name)) for name in names)
    return {name: _name_of(value) if isinstance(value, bytes) else value for name, value in values}


def _list(pointer: Any, count: int) -> List[Any]:
    return [_name_of(x) if isinstance(x, bytes) else x for x in pointer[:count]] if count else []


def _parsed(raw: Optional[bytes]) -> Any:
    """JSON, or plain text, as files hold it."""
    try:
        return None if raw is None else json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace") if raw else ""


def _tensor(t: Any) -> Dict[str, Any]:
    found = _fields(t, "name", "status", "dtype", "source")
    return dict({k: v for k, v in found.items() if v is not None}, shape=list(t.shape[: t.dims]))


def _arc_guess(g: Any) -> Dict[str, Any]:
    grid = [list(g.colours[r * g.cols : (r + 1) * g.cols]) for r in range(g.rows)]
    return dict(_fields(g, "votes", "confidence", "drawing", "drawing_colour"), grid=grid)


def _arc_result(task: Any) -> Dict[str, Any]:
    guesses = task.guesses[: 2 * task.tests]
    known = task.pass_2 == task.pass_2
    return {
        "task": _name_of(task.task),
        "pass@1": task.pass_1 if known else None,
        "pass@2": task.pass_2 if known else None,
        "tests": [[_arc_guess(g) for g in guesses[i : i + 2] if g.votes] for i in range(0, len(guesses), 2)],
    }


def _dataset_info(info: Any) -> Dict[str, Any]:
    rating = {k: getattr(info, "rating_" + k) for k in ("mean", "median", "p90", "max")}
    out = _fields(info, "path", "task", "examples", "puzzles", "groups", "identifiers", "vocab", "rows", "cols")
    out["unknown"] = None if info.unknown < 0 else info.unknown
    if info.unrated:
        out["unrated"] = _text(info.unrated)
    return dict(out, kind="dataset", seq=info.cells, rating=dict(rating, rated=info.rated) if info.rated else None)


def _array(raw: bytes, kind: Any, shape: Sequence[int]) -> Array:
    """raw as an array of 'B' or 'f'."""
    if numpy is not None:
        return numpy.frombuffer(bytearray(raw), dtype=kind).reshape(shape)
    view = memoryview(bytearray(raw))
    return view.cast(kind, list(shape)) if len(raw) else view.cast(kind)


def _borrowed(owner: Any, at: Any, shape: Sequence[int]) -> Array:
    """Floats of the library as an array, which keeps their owner."""
    count = 1
    for size in shape:
        count *= size
    held = (C.c_float * count).from_address(C.addressof(at.contents))
    held.owner = owner  # type: ignore[attr-defined]
    if numpy is not None:
        return numpy.frombuffer(held, dtype="f").reshape(shape) if count else numpy.zeros(shape, "f")
    view = memoryview(held).cast("B")
    return view.cast("f", list(shape)) if count else view.cast("f")


def _texts(words: Sequence[bytes]) -> Any:
    return (C.c_char_p * max(1, len(words)))(*words)


def _stops(result: Any) -> bool:
    """Callbacks return None where they have nothing to say, or whatever append and the like return."""
    return result is False or numpy is not None and isinstance(result, numpy.bool_) and not result


class _Calls:
    """Callbacks that C calls: an exception in one stops the call and comes out of it.

    So does Ctrl-C. Python would raise it anywhere, also between C and the first line of a callback, where
    ctypes can only drop it: while C is at work a handler keeps it for the next callback instead.
    """

    def __init__(self) -> None:
        self.error: Optional[BaseException] = None
        self.stopped = False  # a callback returned False
        self.before: Any = None  # the handler that was there

    def guard(self, function: Callable[..., Any]) -> Callable[..., bool]:
        def call(user: Any, *arguments: Any) -> bool:
            if self.error is not None:
                return False
            try:
                self.stopped = self.stopped or _stops(function(*arguments))
                return not self.stopped and self.error is None
            except BaseException as error:
                self.error = self.error or error
                return False

        return call

    def interrupt(self, number: int, frame: Any) -> None:
        self.error = self.error or KeyboardInterrupt()
        if self.before is not signal.default_int_handler:  # the call in whose callback this one is
            self.before(number, frame)

    def __enter__(self) -> _Calls:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if before is _later:  # what it waits for comes to this call
                before = signal.default_int_handler
            outer = getattr(before, "__func__", None) is _Calls.interrupt
            if outer or before is signal.default_int_handler:
                self.before = before
                signal.signal(signal.SIGINT, self.interrupt)
        return self

    def __exit__(self, *_: Any) -> None:
        if self.before is not None and signal.getsignal(signal.SIGINT) == self.interrupt:
            signal.signal(signal.SIGINT, self.before)

    def call(self, function: Callable[..., int], *arguments: Any) -> None:
        """Calls C, and raises what came of it."""
        with self:
            status = _used(function, *arguments)
        if self.error is not None:
            raise self.error
        _check(status)


def _progress(calls: _Calls, progress: Optional[Callable[[int, int], Any]]) -> Any:
    return _Progress(calls.guard((lambda done, total: True) if progress is None else _callable(progress, "progress")))


class _Owner:
    """Owns memory of the library: with closes it, and there are no two of one."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise AttributeError("a %s has nothing to set: %s would do nothing; say it where the %s is made or called"
                                 % ((type(self).__name__, name) + (type(self).__name__,)))  # fmt: skip
        object.__setattr__(self, name, value)

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("a %s cannot be copied or pickled" % type(self).__name__)


class _Handle(_Owner):
    """Owns one object of the library, which stays until the last call that uses it ends."""

    _free: Callable[[Any], None]
    _threads = False  # it keeps threads, which a forked process lacks

    def __init__(self, handle: C.c_void_p) -> None:
        self._closed = False
        self._calls = 0  # in progress
        self._lock = threading.RLock()  # a signal's handler may close what its thread is at
        self._pid = os.getpid()
        self._handle: Optional[C.c_void_p] = handle

    def close(self) -> None:
        """Frees it, after the calls in progress; whatever is asked of it afterwards raises ValueError."""
        if getattr(self, "_handle", None) is not None:  # not when its making failed
            with self._lock:
                self._closed = True
                self._sweep()

    def _sweep(self) -> None:
        if self._closed and not self._calls and self._handle is not None:
            handle, self._handle = self._handle, None
            self._release(handle)

    def _release(self, handle: C.c_void_p) -> None:
        if not self._threads or self._pid == os.getpid():  # to free would wait for the threads
            type(self)._free(handle)

    def _enter(self) -> C.c_void_p:
        with self._lock:
            self._calls += 1  # before the look, after which nobody may free it
            if self._closed:
                self._leave()
                raise ValueError("this %s is closed" % type(self).__name__)
            return self._handle  # type: ignore[return-value]

    def _leave(self) -> None:
        with self._lock:
            self._calls -= 1
            self._sweep()

    @contextlib.contextmanager
    def _use(self) -> Iterator[C.c_void_p]:
        """The object, kept until the block ends."""
        handle = self._enter()
        try:
            yield handle
        finally:
            self._leave()

    def __del__(self) -> None:
        count = _late[0]
        plain = threading.current_thread() is threading.main_thread() and _is_plain()
        if plain:
            signal.signal(signal.SIGINT, _later)
        self.close()
        if plain and _late[0] == count:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_plain() -> bool:
    """Whether Ctrl-C raises KeyboardInterrupt wherever Python is."""
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


_late = [0]  # Ctrl-C that came while objects went


def _later(number: int, frame: Any) -> None:
    """Ctrl-C while an object goes with its last reference, which may have to wait for threads: Python drops what is
    raised there. So it comes again, until it comes elsewhere."""
    while frame is not None and frame.f_code is not _Handle.__del__.__code__:
        frame = frame.f_back
    if frame is None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.default_int_handler(number, frame)
    _late[0] += 1
    threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start()


class _Single(_Handle):
    """Serves one call at a time, from any thread."""

    _busy = False
    _instead = "wait until it ends"

    @contextlib.contextmanager
    def _use(self) -> Iterator[C.c_void_p]:
        with self._lock:
            busy, self._busy = self._busy, True
        if busy:
            raise ArgumentError("this %s is in a call already: %s" % (type(self).__name__, self._instead))
        try:
            with super()._use() as handle:
                yield handle
        finally:
            self._busy = False

    def _beside(self) -> ContextManager[C.c_void_p]:
        """For what may be called while another call is at work."""
        return super()._use()


def _used(function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls C with objects of ours among the arguments, kept until it returns."""
    with contextlib.ExitStack() as uses:
        return function(*[uses.enter_context(a._use()) if isinstance(a, _Handle) else a for a in arguments])


# ---- plain results -------------------------------------------------------------------------------


@dataclass(frozen=True)
class ModelInfo:
    """What a model is; see hrm_model_info."""

    arch: str
    task: str
    isa: str
    alphabet: str
    parameters: int
    cells: int
    rows: int
    cols: int
    vocab: int
    symbols: int
    steps: int
    blank: int
    sure: float  # answers of less confidence may be wrong; 0: the model has no bound of its own


@dataclass(frozen=True)
class Answer:
    """An answer; verdict is "solved", "incomplete", "wrong", "unknown" (no rules) or "unbroken" (none of those
    that are stated, which are not all)."""

    text: str
    drawing: str
    verdict: str
    why: str
    segments: int
    confidence: float
    tokens: bytes
    rounds: int  # of a model that searches, in all chains; as are guesses and restarts
    guesses: int
    restarts: int
    chains: int
    seconds: float

    @property
    def solved(self) -> bool:
        return self.verdict == "solved"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Step:
    """What the model thinks after one step: tokens (cells), probabilities (cells x vocab). end is of a
    model that searches: "guessed", "conflict", "solved" or "rejected"; of others "segment"."""

    puzzle: int
    chain: int
    step: int
    text: str
    tokens: Array
    probabilities: Array
    confidence: float
    end: str


@dataclass(frozen=True)
class Candidate:
    cell: int
    symbol: str
    probability: float


@dataclass(frozen=True)
class Round:
    """One round of a model that searches; end is "guessed", "conflict", "solved" or "rejected"."""

    puzzle: int
    chain: int
    round: int
    dropped: List[Candidate]
    end: str
    guess: Optional[Candidate]
    guesses: int
    made: List[Candidate]
    conflict: float
    text: str
    drawing: str


@dataclass(frozen=True)
class Scored:
    """What became of one puzzle of an evaluation: what `hrm eval --answers` writes. expected has `unknown` ("?", where
    the task is not written with it) in cells whose label is not known; it and exact are None where none is."""

    index: int
    question: str
    answer: str
    expected: Optional[str]
    verdict: str
    why: str
    exact: Optional[bool]
    confidence: float
    unknown: str


@dataclass(frozen=True)
class Trace:
    """Every step of one puzzle: tokens (steps x cells), probabilities (steps x cells x vocab)."""

    steps: List[Step]
    answer: Answer
    tokens: Array
    probabilities: Array

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True)
class States:
    """Every state of some puzzles, and what the heads read in it; nothing is copied."""

    numbers: Array  # (puzzles, segments, calls, tokens, hidden) floats: the state that each call made
    logits: Array  # (puzzles, segments, calls, cells, outputs)
    q: Array  # (puzzles, segments, calls, 2): halt, continue
    calls: Tuple[str, ...]  # "z_H" or "z_L", that each call made
    prefix: int  # tokens before the cells, of each channel
    channels: int


@dataclass(frozen=True)
class Example:
    question: str
    answer: str
    rating: Optional[int]
    puzzle: int


@dataclass(frozen=True)
class Band:
    low: int
    high: Optional[int]
    n: int
    exact: int


@dataclass(frozen=True)
class Report:
    """How good a model is; see hrm_eval_report."""

    n: int  # of known answers
    unscored: int  # puzzles whose answer is not known, or is the question already
    exact: float  # nan, as all shares, where none is known
    ci95: Tuple[float, float]
    cells: float
    mean_segments: float
    halt_accuracy: float
    halt_auc: float  # nan where all answers are right, or none
    seconds_per_puzzle: float
    wrong: int
    unsolved: int
    late: int  # puzzles that a bound of time cut short, or left untried
    segments: int
    band_by: str
    bands: List[Band]
    mean_rounds: float
    mean_guesses: float
    mean_chains: float
    mean_restarts: float
    valid: float  # nan where the task has no rules, or not all
    seen: bool  # the model was trained on these very puzzles
    partial: bool  # not all of them are stated: answers unlike their label are wrong
    valid_ci95: Tuple[float, float]
    tasks: int  # ARC: that were voted on
    passes: Dict[int, float]  # ARC: pass@k by k; nan where no solution is known
    trained_on: int
    larger: int  # ARC: scored tasks that the data leave out as too large
    all_tasks: int  # ARC: with those, and pass@k when they count as failed; nan where not all others were voted on
    all_passes: Dict[int, float]
    broken: int  # labels that break the rules, and count against the model all the same
    shared: Optional[int]  # puzzles that it was trained on too; None: not known
    shared_why: str  # why it is not, in words; "" where it is, and of a Trainer
    partly: int  # of n, labelled in part
    given: int  # of unscored, without an open cell
    copied: int  # of n, whose answer changes nothing, in a task whose questions mark no open cells
    unrated: str  # how many ratings of the data cannot be read, and why; "" of none
    sure: float  # the confidence that is enough; nan: none is; 0: of a search, or with check
    right: int  # of n, by label or rules
    sure_n: int  # as sure as that
    sure_right: int  # both


@dataclass(frozen=True)
class Event:
    """What a training run tells; see hrm_event. kind is "step", "eval", "saved" or, of the best model so far measured by other puzzles than before, "rejudged"."""

    kind: str
    step: int
    steps: int
    seconds: float
    loss: float
    lm_loss: float
    lr: float
    grad_norm: float
    finished: int
    hinted: bool  # they had hints: finished_exact is no accuracy
    finished_exact: float
    finished_cells: float
    finished_steps: float
    steps_per_second: float
    flops_per_second: float
    eta_seconds: float
    report: Optional[Report]
    train: Optional[Report]  # hinted: of some training puzzles, without hints
    best: bool
    path: Optional[str]


@dataclass(frozen=True)
class RecipeKey:
    name: str
    type: str
    preset: str
    choices: List[str]
    help: str


def _answer(a: _Answer, cells: int) -> Answer:
    return Answer(_text(a.text), _text(a.drawing), VERDICTS[a.verdict], _text(a.why), a.segments,
                  a.confidence, C.string_at(a.tokens, cells), a.rounds, a.guesses, a.restarts, a.chains,
                  a.seconds)  # fmt: skip


def _search(fields: Optional[Dict[str, float]]) -> _Search:
    if fields is not None and not isinstance(fields, dict):
        raise TypeError("search: a dict of options is expected, not %r" % (fields,))
    known = [field[0] for field in _Search._fields_ if field[0] != "size"]
    for name in fields or {}:
        if name not in known:
            raise ArgumentError("search: %r is none of %s" % (name, ", ".join(known)))
    search = _filled(_Search)
    if (fields or {}).get("published"):
        _lib.hrm_search_published(C.byref(search), C.sizeof(search))
    kinds = dict(_Search._fields_)
    for name, value in (fields or {}).items():
        if name == "published":  # yes or no, in a number
            value = int(_field(C.c_bool, "search: " + name, value))
        setattr(search, name, _field(kinds[name], "search: " + name, value))
    return search


def _step(s: _Step) -> Step:
    tokens = C.string_at(s.tokens, s.cells)
    odds = C.string_at(s.probabilities, s.cells * s.vocab * 4)
    return Step(s.puzzle, s.chain, s.step, _text(s.text), _array(tokens, "B", (s.cells,)),
                _array(odds, "f", (s.cells, s.vocab)), s.confidence, ENDS[s.end])  # fmt: skip


def _candidate(c: _Candidate) -> Candidate:
    return Candidate(c.cell, _text(c.symbol), c.probability)


def _round(r: _Round) -> Round:
    return Round(r.puzzle, r.chain, r.round, [_candidate(r.dropped[i]) for i in range(r.drops)],
                 ENDS[r.end], _candidate(r.guess) if r.guess.cell >= 0 else None, r.guesses,
                 [_candidate(r.made[i]) for i in range(r.guesses)], r.conflict, _text(r.text), _text(r.drawing))  # fmt: skip


PASSES = (1, 2, 5, 10, 100, 1000)


def _scored(x: _Scored) -> Scored:
    return Scored(x.index, _text(x.question), _text(x.answer), _text(x.expected) if x.known else None, VERDICTS[x.verdict],
                  _text(x.why), x.exact if x.known else None, x.confidence, _text(x.unknown))  # fmt: skip


def _report(r: _EvalReport) -> Report:
    bands = [Band(b.low, None if b.high < 0 else b.high, b.n, b.exact) for b in r.band[: r.bands]]
    return Report(r.n, r.unscored, r.exact, (r.ci95_low, r.ci95_high), r.cells, r.mean_segments, r.halt_accuracy, r.halt_auc,
                  r.seconds_per_puzzle, r.wrong, r.unsolved, r.late, r.segments, _text(r.band_by),
                  bands, r.mean_rounds, r.mean_guesses, r.mean_chains, r.mean_restarts,
                  r.valid, r.seen, r.partial, (r.valid95_low, r.valid95_high), r.tasks,
                  dict(zip(PASSES, getattr(r, "pass"))) if r.tasks else {}, r.trained_on, r.larger,
                  r.all_tasks, dict(zip(PASSES, r.all_pass)) if r.tasks else {},
                  r.broken, None if r.shared < 0 else r.shared, _text(r.shared_why), r.partly, r.given,
                  r.copied, _text(r.unrated), r.sure, r.right, r.sure_n, r.sure_right)  # fmt: skip


def _event(e: _Event) -> Event:
    return Event(EVENTS[e.kind], e.step, e.steps, e.seconds, e.loss, e.lm_loss, e.lr, e.grad_norm,
                 e.finished, e.hinted, e.finished_exact, e.finished_cells, e.finished_steps,
                 e.steps_per_second, e.flops_per_second, e.eta_seconds,
                 _report(e.eval) if e.kind in (1, 4) else None,
                 _report(e.train) if e.kind == 1 and e.hinted else None, e.best,
                 os.fsdecode(e.path) if e.path else None)  # fmt: skip


# ---- data ----------------------------------------------------------------------------------------


def _npy(path: str, kind: str, shape: Tuple[int, ...], raw: bytes) -> None:
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %r, }" % (kind, shape)
    head += " " * (-(len(head) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + raw)


def _is_text(part: Any) -> bool:
    return not isinstance(part, memoryview) and isinstance(part[0], str)


def _digits(problem: str, advice: str) -> str:
    return "; of digits, %s" % advice if "token 0 is padding" in problem else ""


class Arrays(Tuple[Array, Array]):
    """(questions, answers) as tokens. unknown: the token that stands in answers for what is not known; None: none does."""

    unknown: Optional[int] = None


class _Told(NamedTuple):
    """What came with arrays. unknown: -1: nothing was said."""

    symbols: Optional[str]
    vocab: int
    task: bool
    unknown: Optional[int]


def _keep(data: Any, told: _Told, place: str) -> str:
    """Writes (questions, answers) as a file: text to place.csv, tokens into the folder place; perhaps with numbers
    beside the questions' cells."""
    symbols = told.symbols
    if not _is_sized(data) or len(data) in (2, 3) and not all(map(_is_sized, data)):
        raise TypeError("data is a path, a Dataset, or a pair (questions, answers) of lists or arrays, not %r" % (data,))
    numbers: Optional[List[List[float]]] = None
    if isinstance(data, tuple) and len(data) == 3:
        numbers, data = _beside(data[2], len(data[0])), data[:2]
    if isinstance(data, list) and len(data) == 2 and all(isinstance(part, (list, tuple)) and len(part) == 2 for part in data):
        raise ArgumentError("a list of two pairs may be questions and answers, or two puzzles with theirs; a tuple of lists "
                            "says it: ([question, question], [answer, answer])")  # fmt: skip
    if len(data) != 2 or len(data[0]) != len(data[1]) or not len(data[0]):
        raise ArgumentError("data as arrays is (questions, answers), as many of the one as of the other, or a tuple of these and "
                            "numbers beside the questions' cells")  # fmt: skip
    if symbols is not None and _is_text(data[0]):
        raise ArgumentError("symbols are of values; what is written has its symbols already")
    if told.unknown != -1 and (symbols is not None or _is_text(data[0])):
        raise ArgumentError("unknown is of tokens; an answer that is written has . where it is not known")
    if _is_text(data[0]):
        texts = [[_puzzle(text).decode("latin-1") for text in part] for part in data]
    else:
        (questions, shape), (answers, other) = (_tokens(part) for part in data)
        cells = len(questions) // shape[0]
        if shape != other or len(shape) < 2:
            raise ArgumentError("arrays of shapes %s and %s are no questions and answers" % (shape, other))
        if symbols is None:
            side = max(answers)
            if not told.task and min(answers) == 1 and max(questions) <= side and cells == side * side:
                raise ArgumentError("values from 0 to %d look like what is written, not like tokens: say "
                                    "symbols=\".%s\"" % (side, "123456789abcdefghijklmnopqrstuvw"[:side]))  # fmt: skip
            unknown = getattr(data, "unknown", None) if told.unknown == -1 else told.unknown
            if told.unknown == -1 and not isinstance(data, Arrays) and 0 in answers:
                raise ArgumentError("answers hold 0: say Dataset(..., unknown=0) where it stands for what is not known, as "
                                    "in arrays(), unknown=None where it is a value")  # fmt: skip
            vocab = told.vocab or max(1, *questions, *answers) + 1
            return _keep_tokens(questions, answers, (shape[0], cells), vocab, unknown, numbers, place)
        if max(*questions, *answers) >= len(symbols):
            raise ArgumentError("a value is beyond the %d symbols" % len(symbols))
        written = ["".join(symbols[value] for value in raw) for raw in (questions, answers)]
        texts = [[text[i : i + cells] for i in range(0, len(text), cells)] for text in written]
    with open(place + ".csv", "w", encoding="latin-1", newline="") as file:
        rows: List[Tuple[str, ...]] = [("question", "answer")] + list(zip(*texts))
        if numbers is not None:
            rows = [row + (n,) for row, n in zip(rows, ["numbers"] + [_row(n) for n in numbers])]
        csv.writer(file, lineterminator="\n").writerows(rows)
    return place + ".csv"


def _keep_tokens(questions: bytes, answers: bytes, shape: Tuple[int, int], vocab: int, unknown: Optional[int],
                 beside: Optional[List[List[float]]], place: str) -> str:  # fmt: skip
    os.mkdir(place)
    count, numbers = shape[0], list(range(shape[0] + 1))
    each = 0
    if beside is not None:
        each = len(beside[0]) // shape[1]
        if not each or each * shape[1] != len(beside[0]):
            raise ArgumentError("%d numbers are not so many beside each of %d cells" % (len(beside[0]), shape[1]))
        values = [value for row in beside for value in row]
        _npy(os.path.join(place, "all__numbers.npy"), "<f4", shape + (each,), struct.pack("<%df" % len(values), *values))
    for name, raw in (("inputs", questions), ("labels", answers)):
        _npy(os.path.join(place, "all__%s.npy" % name), "|u1", shape, raw)
    for name, values in (("puzzle_identifiers", [0] * count), ("puzzle_indices", numbers), ("group_indices", numbers)):
        _npy(os.path.join(place, "all__%s.npy" % name), "<i4", (len(values),), struct.pack("<%di" % len(values), *values))
    with open(os.path.join(place, "dataset.json"), "w") as file:
        json.dump({"seq_len": shape[1], "vocab_size": vocab, "pad_id": 0, "ignore_label_id": unknown,
                   "blank_identifier_id": 0, "num_puzzle_identifiers": 1, "total_groups": count,
                   "mean_puzzle_examples": 1, "total_puzzles": count, "sets": ["all"],
                   **({"numbers": each} if each else {})}, file)  # fmt: skip
    return place


def _unknown(token: Any) -> Any:
    """What was said of the token that stands for what is not known, or a refusal."""
    if token is None or token == -1:
        return token
    if not 0 <= _whole(C.c_int, "unknown", token) <= 255:
        raise ArgumentError("unknown: %d is no token, from 0 to 255; None: none stands for what is not known" % token)
    return operator.index(token)


def _is_model(model: Any) -> None:
    if model is not None and not isinstance(model, Model):
        raise TypeError("model: a Model is expected, as hrm.load gives one, not %r" % (model,))


def _is_sized(data: Any) -> bool:
    return hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, dict)


def _is_path(data: Any) -> bool:
    return isinstance(data, (str, bytes, os.PathLike))


class Dataset(_Handle):
    """Puzzles from a CSV file, a published directory or arrays: len(), [i], iteration, arrays()."""

    _free = _lib.hrm_dataset_free

    def __init__(self, data: Any, task: Optional[str] = None, model: Optional[Model] = None,
                 symbols: Optional[str] = None, unknown: Optional[int] = -1) -> None:  # fmt: skip
        """data: a path, the bare name of a file that came with the library, or (questions, answers), a tuple: texts, or arrays or nested lists of tokens as arrays() gives them;
        a third member has the numbers beside the questions' cells, as numbers() gives them;
        with symbols, of values v that are written symbols[v] (".123456789"). task: "sudoku", "grid" or None to tell
        from the data; or a model whose task it must fit. unknown: the token that stands in answers for what is not known
        (None: none does; -1: nothing is said), which the pair that arrays() gives brings along and parts of its arrays do
        not."""
        if task is not None and model is not None:
            raise ArgumentError("task and model exclude each other: a model has its own task")
        _is_model(model)
        if _is_path(data) and (symbols is not None or _unknown(unknown) != -1):
            raise ArgumentError("%s: %s is of arrays; a file says that itself"
                                % (os.fsdecode(data), "unknown" if symbols is None else "symbols"))  # fmt: skip
        data = _shipped(data, "data", ".csv") if _is_path(data) else data
        told = _Told(symbols, model.info.vocab if model is not None else 0, bool(task or model), _unknown(unknown))
        self._source = (data, told._replace(task=task is not None))
        if _is_path(data):
            super().__init__(self._opened(data, task, model))
            return
        with tempfile.TemporaryDirectory() as folder:
            path = _keep(data, told, os.path.join(folder, "data"))
            try:
                super().__init__(self._opened(path, task, model))
            except Error as problem:  # of a file that nobody named
                text = str(problem).replace(path, "the arrays")
                problem.args = (text + _digits(text, 'say symbols=".123..."'),)
                raise

    def _opened(self, path: PathLike, task: Optional[str], model: Optional[Model]) -> C.c_void_p:
        handle = C.c_void_p()
        if model is not None:
            _check(_used(_lib.hrm_dataset_open_for, _path(path), model._held(), C.byref(handle)))
        else:
            _check(_lib.hrm_dataset_open(_path(path), _name(task, "task"), C.byref(handle)))
        return handle

    def __len__(self) -> int:
        return _used(_lib.hrm_dataset_size, self)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> List[Example]: ...
    def __getitem__(self, index: Any) -> Any:
        """An example, or a list of them: data[0], data[-1], data[:10]."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        try:
            index = operator.index(index)
        except TypeError:
            raise TypeError("an example is asked for by an integer, several by a slice, not %r" % (index,)) from None
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError("example %d of %d" % (index, len(self)))
        e = _Example()
        with self._lock, self._use() as handle:  # which has the texts, until it is asked for others
            _check(_lib.hrm_dataset_example(handle, index, C.byref(e)))
            rating = None if e.rating < 0 else e.rating
            return Example(_text(e.question), _text(e.answer), rating, e.puzzle)

    def __iter__(self) -> Iterator[Example]:
        return (self[i] for i in range(len(self)))

    def arrays(self) -> Arrays:
        """Questions and answers as tokens: two new (examples x cells) arrays of bytes, and which token of the answers
        stands for what is not known."""
        questions, answers, cells = C.POINTER(C.c_ubyte)(), C.POINTER(C.c_ubyte)(), C.c_size_t()
        with self._use() as handle:
            _check(_lib.hrm_dataset_tokens(handle, C.byref(questions), C.byref(answers), C.byref(cells)))
            shape = (_lib.hrm_dataset_size(handle), cells.value)
            size = shape[0] * shape[1]
            pair = Arrays((_array(C.string_at(questions, size), "B", shape),
                           _array(C.string_at(answers, size), "B", shape)))  # fmt: skip
        pair.unknown = self.describe()["unknown"]
        return pair

    def numbers(self) -> Optional[Array]:
        """The numbers beside the questions' cells, a new array (examples x cells x numbers of a cell) of floats; None: the
        task has none."""
        numbers, count, cells = C.POINTER(C.c_float)(), C.c_size_t(), C.c_size_t()
        with self._use() as handle:
            _check(_lib.hrm_dataset_numbers(handle, C.byref(numbers), C.byref(count)))
            _check(_lib.hrm_dataset_tokens(handle, None, None, C.byref(cells)))
            if not count.value:
                return None
            size = _lib.hrm_dataset_size(handle)
            raw = C.string_at(numbers, 4 * size * count.value)
            return _array(raw, "f", (size, cells.value, count.value // cells.value))

    def describe(self) -> Dict[str, Any]:
        info = _DatasetInfo()
        _check(_used(_lib.hrm_dataset_inspect, self, C.byref(info)))
        return _dataset_info(info)

    def picture(self, index: int, path: PathLike) -> None:
        """Draws an example, question beside answer, as path.png or path.svg."""
        index = _whole(C.c_size_t, "index", index)
        _check(_used(_lib.hrm_dataset_picture, self, index, _path(path)))

    def export(self, path: PathLike, augmentations: int = 0, seed: int = 0, *, replace: bool = False) -> None:
        """Writes CSV (a name that ends in .csv) or a directory in the published layout; one that holds data already only
        with replace=True."""
        _keep_off("path", path, self._source[0])
        if not _is_csv(path):
            _keep_folder(path, replace, "dataset.json", "all__inputs.npy")
        augmentations = _whole(C.c_int, "augmentations", augmentations)
        seed = _whole(C.c_uint64, "seed", seed)
        _check(_used(_lib.hrm_dataset_export, self, _path(path), augmentations, seed))


def _is_csv(path: PathLike) -> bool:
    return len(_path(path)) > 4 and _path(path).lower().endswith(b".csv")


def families() -> Dict[str, Dict[str, Any]]:
    """The puzzle families by name; settings: what generate takes for those that it makes, with their help."""
    found: Dict[str, Dict[str, Any]] = {}
    while True:
        family = _lib.hrm_families(len(found))
        if not family:
            return found
        f = family.contents
        settings: Dict[str, str] = {}
        while True:
            option = _lib.hrm_family_options(f.name, len(settings))
            if not option:
                break
            settings[_text(option.contents.name).replace("-", "_")] = _text(option.contents.help)
        found[_text(f.name)] = {"summary": _text(f.summary), "settings": settings}


def generate(
    family: str,
    path: PathLike,
    count: int,
    seed: int = 0,
    avoid: Optional[PathLike] = None,
    progress: Optional[Callable[[int, int], Any]] = None,
    **settings: Any,
) -> None:
    """Writes new puzzles of a family to a CSV file, whose name must end in .csv, and replaces one; see hrm_generate.
    Settings: min_rating=20 is min-rating=20. avoid: data, or the bare name of such that came with the library."""
    if not _is_csv(path):
        raise ArgumentError("%s: the file's name must end in .csv" % os.fsdecode(path))
    avoid = _shipped(avoid, "data", ".csv") if _is_path(avoid) else avoid
    _keep_off("path", path, avoid)
    calls = _Calls()
    words = _settings({name.replace("_", "-"): value for name, value in settings.items()})
    call = _progress(calls, progress)
    options = _filled(_GenerateOptions, count=count, seed=seed, avoid=_name(avoid, "avoid"),
                      settings=_texts(words), settings_count=len(words), progress=call)  # fmt: skip
    calls.call(_lib.hrm_generate, _path(family, "family"), _path(path), C.byref(options))


def generate_sudoku(
    path: PathLike,
    count: int,
    side: int = 9,
    seed: int = 0,
    min_rating: int = 0,
    givens: int = 0,
    avoid: Optional[PathLike] = None,
    progress: Optional[Callable[[int, int], Any]] = None,
) -> None:
    """Writes Sudoku with one solution each to a CSV file; zero settings stand for their defaults."""
    settings = {"side": side, "min_rating": min_rating, "givens": givens}
    generate("sudoku", path, count, seed, avoid, progress, **{k: v for k, v in settings.items() if v})


def generate_mazes(
    path: PathLike,
    count: int,
    side: int = 30,
    seed: int = 0,
    min_moves: int = 0,
    density: Tuple[float, float] = (0.2, 0.5),
    avoid: Optional[PathLike] = None,
    progress: Optional[Callable[[int, int], Any]] = None,
) -> None:
    """Writes mazes with a shortest way to a CSV file; zero settings stand for their defaults."""
    if not isinstance(density, (tuple, list)) or len(density) != 2:
        raise TypeError("density: a pair of shares is expected, as (0.2, 0.5), not %r" % (density,))
    settings = {"size": _whole(C.c_int, "side", side), "min_length": min_moves,
                "density": "%r:%r" % tuple(density) if any(density) else None}  # fmt: skip
    generate("maze", path, count, seed, avoid, progress, **{k: v for k, v in settings.items() if v})


def build_arc(
    folder: PathLike,
    train: Sequence[PathLike] = (),
    score: Sequence[PathLike] = (),
    augment: int = 0,
    seed: int = 0,
    drop: bool = False,
    side: int = 0,
    *,
    replace: bool = False,
) -> Dict[str, Any]:
    """Makes a data set of files of ARC tasks, in a folder that holds data already only with replace=True; see
    hrm_arc_build."""
    train, score = _several(train, "train"), _several(score, "score")
    sources = [(C.c_char_p * len(paths))(*[_path(p, name) for p in paths]) for paths, name in ((train, "train"), (score, "score"))]
    _keep_folder(folder, replace, "dataset.json", "train/dataset.json", "test/dataset.json", "identifiers.json",
                 "test_puzzles.json")  # fmt: skip
    options = _filled(_ArcOptions, augment=augment, side=side, seed=seed, drop=drop)
    options.train, options.trains = sources[0], len(train)
    options.scored, options.scoreds = sources[1], len(score)
    with _result(_ArcReport, _lib.hrm_arc_build, _path(folder), C.byref(options)) as r:
        out = _fields(r, "tasks", "scored", "dropped", "train_examples", "test_examples", "identifiers",
                      "less_augmented", "side")  # fmt: skip
        return dict(out, larger={"trained": r.larger_trained, "scored": r.larger_scored},
                    trained_on=_list(r.trained_on, r.trained_on_count))  # fmt: skip


def generate_arc(
    path: PathLike,
    count: int,
    side: int = 30,
    seed: int = 0,
    families: Sequence[str] = (),
    progress: Optional[Callable[[int, int], Any]] = None,
) -> None:
    """Writes new tasks in the manner of ARC, of all families or some, to a JSON file; see hrm_arc_generate."""
    families = _several(families, "families")
    calls = _Calls()
    call = _progress(calls, progress)
    options = _filled(_ArcLikeOptions, count=count, side=side, seed=seed, families=_texts([_path(f, "families") for f in families]),
                      families_count=len(families), progress=call)  # fmt: skip
    calls.call(_lib.hrm_arc_generate, _path(path), C.byref(options))


# ---- models and solving --------------------------------------------------------------------------


class Solver(_Single):
    """A model at work in one thread, with memory that is kept between calls; see Model.solver."""

    _free = _lib.hrm_solver_free
    _threads = True
    _instead = "take another"

    def __init__(self, model: Model, threads: int = 0) -> None:
        if model is None:
            raise TypeError("model: a Model is expected, as hrm.load gives one, not None")
        _is_model(model)
        handle, weights = C.c_void_p(), model._held()
        threads = _whole(C.c_int, "threads", threads)
        with weights._use() as raw:
            _check(_lib.hrm_solver_new(raw, threads, C.byref(handle)))
            weights._enter()  # they live until their last solver is gone
        self._weights = weights
        self._cells = model.info.cells
        super().__init__(handle)

    def _release(self, handle: C.c_void_p) -> None:
        super()._release(handle)
        self._weights._leave()

    def cancel(self) -> None:
        """From any thread: makes the call in progress, or else the next one, raise Stopped."""
        with self._beside() as handle:
            _lib.hrm_solver_cancel(handle)

    def _options(self, calls: _Calls, segments: int, batch: int, check: bool, seed: int, search: Any,
                 progress: Any, on_step: Any, on_round: Any) -> _SolveOptions:  # fmt: skip
        options = _filled(_SolveOptions, segments=segments, batch=batch, check=check, seed=seed)
        options.search = C.pointer(_search(search))
        options.progress = _progress(calls, progress)
        if on_step is not None:
            _callable(on_step, "on_step")
            options.step = _StepCallback(calls.guard(lambda s: on_step(_step(s.contents))))
        if on_round is not None:
            _callable(on_round, "on_round")
            told = calls.guard(lambda r: on_round(_round(r.contents)))
            options.explain = _RoundCallback(lambda user, r: told(user, r))
        return options

    def solve(self, puzzle: str, **options: Any) -> Answer:
        """Solves one puzzle; options as of solve_all."""
        return self.solve_all([puzzle], **options)[0]

    def solve_all(
        self,
        puzzles: Sequence[str],
        *,
        segments: int = 0,
        batch: int = 0,
        check: bool = False,
        seed: int = 0,
        search: Optional[Dict[str, float]] = None,
        progress: Optional[Callable[[int, int], Any]] = None,
        on_step: Optional[Callable[[Step], Any]] = None,
        on_round: Optional[Callable[[Round], Any]] = None,
    ) -> List[Answer]:
        """Solves puzzles. A callback that returns False makes the call raise Stopped."""
        calls = _Calls()
        options = self._options(calls, segments, batch, check, seed, search, progress, on_step, on_round)
        if isinstance(puzzles, str):
            raise TypeError("solve_all takes a list of puzzles; solve takes one")
        words = [_puzzle(p) for p in puzzles]
        out = C.POINTER(_Answer)()
        try:
            calls.call(
                _lib.hrm_solver_solve, self, _texts(words), len(words), C.byref(options), C.byref(out)
            )
            return [_answer(out[i], self._cells) for i in range(len(words))]
        finally:
            _lib.hrm_answers_free(out, len(words))

    def trace(self, puzzle: str, *, segments: int = 0, check: bool = False, seed: int = 0,
              search: Optional[Dict[str, float]] = None, picture: Optional[PathLike] = None) -> Trace:  # fmt: skip
        """Solves one puzzle and keeps every step. picture: draws them to this file: a page to step
        through (NAME.html), or a picture that moves (NAME.svg, NAME.gif)."""
        calls, out = _Calls(), C.c_void_p()
        options = self._options(calls, segments, 0, check, seed, search, None, None, None)
        _name(picture, "picture")  # before the work
        try:
            calls.call(_lib.hrm_solver_trace, self, _puzzle(puzzle), C.byref(options), C.byref(out))
            if picture is not None:
                _check(_used(_lib.hrm_trace_picture, out, self._weights, _path(picture, "picture")))
            steps, tokens, odds, s = [], bytearray(), bytearray(), _Step()
            for i in range(_lib.hrm_trace_steps(out)):
                _check(_lib.hrm_trace_step(out, i, C.byref(s)))
                steps.append(_step(s))
                tokens += C.string_at(s.tokens, s.cells)
                odds += C.string_at(s.probabilities, s.cells * s.vocab * 4)
            return Trace(steps, _answer(_lib.hrm_trace_answer(out).contents, self._cells),
                         _array(bytes(tokens), "B", (len(steps), s.cells)),
                         _array(bytes(odds), "f", (len(steps), s.cells, s.vocab)))  # fmt: skip
        finally:
            _lib.hrm_trace_free(out)


class _Weights(_Handle):
    _free = _lib.hrm_model_free


class _StatesOwner(_Handle):
    _free = _lib.hrm_states_free


class Model(_Owner):
    """A trained model, immutable: any number of threads may solve with it at once."""

    def __init__(self, handle: C.c_void_p) -> None:
        self._weights: Optional[_Weights] = _Weights(handle)
        self._solvers = threading.local()
        info = _ModelInfo()
        _check(_lib.hrm_model_inspect(handle, C.byref(info)))
        values = {field[0]: getattr(info, field[0]) for field in _ModelInfo._fields_}
        values.update({name: _text(values[name]) for name in ("arch", "task", "isa")})
        values["alphabet"] = C.string_at(info.alphabet, info.vocab).decode("latin-1")
        self._info = ModelInfo(**values)

    @property
    def info(self) -> ModelInfo:
        """What the model is."""
        return self._info

    def close(self) -> None:
        """Gives the memory back, once the last solver is gone."""
        self._weights = None
        self._solvers = threading.local()

    def _held(self) -> _Weights:
        weights = self._weights  # which another thread may take away
        if weights is None:
            raise ValueError("this Model is closed")
        return weights

    def solver(self, threads: int = 0) -> Solver:
        """A solver of one's own: to cancel it, or to choose its threads."""
        return Solver(self, threads)

    def _own(self) -> Solver:
        """This thread's solver; another for a callback of a call that the first is in."""
        self._held()
        solver = getattr(self._solvers, "solver", None)
        if solver is None or solver._closed or solver._pid != os.getpid():  # no thread survives a fork
            solver = self._solvers.solver = Solver(self)
        return Solver(self) if solver._busy else solver

    @overload
    def solve(self, puzzles: str, **options: Any) -> Answer: ...
    @overload
    def solve(self, puzzles: Sequence[str], **options: Any) -> List[Answer]: ...
    def solve(self, puzzles: Any, *, numbers: Any = None, **options: Any) -> Any:
        """Solves a puzzle (str: an Answer), several (a list of Answers), or an array of tokens, shape
        (cells), (puzzles x cells) or (puzzles x rows x cols): an array of the same shape; of nested lists, lists.

        numbers: those beside the cells, of every cell of every puzzle in order, an array or nested lists, where the task
        has some; a str may hold them itself, behind a colon.

        options: segments, batch, check, seed, progress(done, total), on_step(Step), on_round(Round);
        search: a dict of fields of hrm_search, such as {"chains": 8, "seconds": 1}.
        """
        if isinstance(puzzles, str):
            return self._own().solve(self._with([puzzles], numbers)[0], **options)
        if numpy is not None and isinstance(puzzles, numpy.ndarray) or isinstance(puzzles, memoryview):
            return self._solve_array(puzzles, numbers, options)
        if not hasattr(puzzles, "__iter__"):
            raise TypeError("a puzzle is a str, several are a list of them, not %s" % type(puzzles).__name__)
        puzzles = list(puzzles)
        if puzzles and not isinstance(puzzles[0], (str, bytes)):  # nested lists
            return self._solve_array(puzzles, numbers, options).tolist()
        return self._own().solve_all(self._with(puzzles, numbers), **options)

    def _with(self, texts: List[str], numbers: Any) -> List[str]:
        """Puzzles with their numbers behind them."""
        if numbers is None:
            return texts
        if not _used(_lib.hrm_model_numbers, self._held()):
            raise ArgumentError("numbers: the model's task has none beside its cells")
        return ["%s: %s" % (text, _row(row)) for text, row in zip(texts, _beside(numbers, len(texts)))]

    def _solve_array(self, puzzles: Array, numbers: Any, options: Dict[str, Any]) -> Array:
        (raw, shape), cells = _tokens(puzzles), self.info.cells
        if not shape or len(raw) % cells or shape[-1] not in (cells, self.info.cols):
            raise TaskError("an array of shape %s is not of puzzles of %d cells" % (shape, cells))
        texts = [self._question(raw[i : i + cells], i // cells + 1) for i in range(0, len(raw), cells)]
        answers = self._own().solve_all(self._with(texts, numbers), **options)
        return _array(b"".join(a.tokens for a in answers), "B", shape)

    def _question(self, raw: bytes, number: int) -> str:
        out = C.create_string_buffer(self.info.cells + 1)
        try:
            _check(_used(_lib.hrm_model_question, self._held(), raw, out))
        except TaskError as problem:
            raise TaskError("puzzle %d, %s%s" % (number, problem, _digits(str(problem), "give texts"))) from None
        return out.value.decode("latin-1")

    def trace(self, puzzle: str, **options: Any) -> Trace:
        """Solves one puzzle and keeps every step. options: segments, check, seed, search,
        picture."""
        return self._own().trace(puzzle, **options)

    def states(self, puzzles: Union[str, Sequence[str]], segments: int = 0) -> States:
        """All states of a few puzzles, in memory: segments of a model of candidates are rounds without a guess."""
        if not isinstance(puzzles, str) and not hasattr(puzzles, "__iter__"):
            raise TypeError("a puzzle is a str, several are a list of them, not %s" % type(puzzles).__name__)
        texts = [_puzzle(text) for text in ([puzzles] if isinstance(puzzles, str) else puzzles)]
        out = C.POINTER(_States)()
        _check(_used(_lib.hrm_states_of, self._held(), _texts(texts), len(texts),
                     _whole(C.c_int, "segments", segments), C.byref(out)))  # fmt: skip
        owner, s = _StatesOwner(out), out.contents
        shape = s.puzzles, s.segments, s.calls
        return States(_borrowed(owner, s.numbers, shape + (s.tokens, s.hidden)),
                      _borrowed(owner, s.logits, shape + (s.cells, s.outputs)), _borrowed(owner, s.q, shape + (2,)),
                      tuple("z_L" if s.state[i] else "z_H" for i in range(s.calls)), s.prefix, s.channels)  # fmt: skip

    def inspect(
        self,
        data: Any,
        *,
        limit: int = 0,
        segments: int = 0,
        batch: int = 0,
        untrained: int = 100,
        seed: int = 0,
        attention: int = 0,
        patch: int = 0,
        filled: int = 0,
        starts: int = 0,
        out: Optional[PathLike] = None,
        title: Optional[str] = None,
        progress: Optional[Callable[[int, int], Any]] = None,
    ) -> Dict[str, Any]:
        """Looks inside the model while it works on puzzles, data as evaluate takes them; out: a folder that gets JSON,
        tables and a page, which `title` heads. See hrm_inspect."""
        if not isinstance(data, Dataset):
            data = Dataset(data, model=self)
        _name(out, "out")  # before the work
        calls, made = _Calls(), C.POINTER(_Inspection)()
        options = _filled(_InspectOptions, limit=limit, segments=segments, batch=batch, untrained=untrained, seed=seed,
                          attention=attention, patch=patch, filled=filled, starts=starts,
                          title=_title(title))  # fmt: skip
        options.progress = _progress(calls, progress)
        try:
            calls.call(_lib.hrm_inspect, self._held(), data, C.byref(options), C.byref(made))
            if out is not None:
                _check(_lib.hrm_inspection_write(made, _path(out)))
            return _json(_lib.hrm_inspection_json, made)
        finally:
            _lib.hrm_inspection_free(made)

    @property
    def numbers(self) -> int:
        """How many real numbers a puzzle has beside each cell."""
        return _used(_lib.hrm_model_numbers, self._held())

    def tokens(self, text: str, answer: bool = False) -> bytes:
        """A puzzle's text as tokens, one byte per cell."""
        out = C.create_string_buffer(self.info.cells)
        _check(_used(_lib.hrm_model_tokens, self._held(), _puzzle(text), answer, out))
        return out.raw

    def text(self, tokens: Union[bytes, Sequence[int], Array]) -> str:
        """Tokens as text: bytes, a list or an array of integers."""
        raw = _tokens(tokens)[0]
        if len(raw) != self.info.cells:
            raise TaskError("%d tokens are not the model's %d" % (len(raw), self.info.cells))
        out = C.create_string_buffer(self.info.cells + 1)
        _check(_used(_lib.hrm_model_text, self._held(), raw, out))
        return out.value.decode("latin-1")

    def check(self, question: str, answer: str) -> Tuple[str, str]:
        """The verdict of the task's rules on an answer, and why: ("wrong", "row 3 holds 5 twice")."""
        verdict, why = C.c_int(), C.create_string_buffer(96)
        texts = _puzzle(question), _puzzle(answer)
        _check(_used(_lib.hrm_check, self._held(), *texts, C.byref(verdict), why, C.sizeof(why)))
        return VERDICTS[verdict.value], _text(why.value)

    def evaluate(
        self,
        data: Any,
        *,
        limit: int = 0,
        segments: int = 0,
        batch: int = 0,
        check: bool = False,
        seed: int = 0,
        search: Optional[Dict[str, float]] = None,
        votes: int = 0,
        contaminated: bool = False,
        submission: Optional[PathLike] = None,
        scores: Optional[PathLike] = None,
        right: float = 0,
        progress: Optional[Callable[[int, int], Any]] = None,
        answers: Optional[Callable[[Scored], Any]] = None,
    ) -> Report:
        """Measures the model on puzzles with known answers: a path, a Dataset or arrays as it takes them; votes to scores
        are of ARC data. right: the share of right answers that Report.sure is sought for. answers is called with every answer as it is scored; a list's append collects them."""
        if not isinstance(data, Dataset):
            data = Dataset(data, model=self)
        calls, out = _Calls(), _EvalReport()
        options = _filled(_EvalOptions, limit=limit, segments=segments, batch=batch, check=check, seed=seed,
                          votes=votes, contaminated=contaminated, right=right)  # fmt: skip
        options.search = C.pointer(_search(search))
        options.submission, options.scores = _name(submission, "submission"), _name(scores, "scores")
        _keep_off("submission", submission, data._source[0])
        _keep_off("scores", scores, data._source[0], submission)
        options.progress = _progress(calls, progress)
        if answers is not None:
            _callable(answers, "answers")
            options.scored = _ScoredCallback(calls.guard(lambda x: answers(_scored(x.contents))))
        calls.call(_lib.hrm_evaluate, self._held(), data, C.byref(options), C.byref(out))
        return _report(out)

    def adapt(
        self,
        tasks: PathLike,
        *,
        augment: int = 0,
        steps: int = 0,
        batch: int = 0,
        rate: float = 0,
        network: bool = False,
        network_rate: float = 0,
        segments: int = 0,
        seed: int = 0,
        out: Optional[PathLike] = None,
        submission: Optional[PathLike] = None,
        progress: Optional[Callable[[int, int], Any]] = None,
    ) -> Dict[str, Any]:
        """Solves ARC tasks that the model never saw; see hrm_adapt."""
        _path(tasks, "tasks")
        _keep_off("submission", submission, tasks, out)
        _keep_off("out", out, tasks)
        calls = _Calls()
        call = _progress(calls, progress)
        for name, share in (("rate", rate), ("network_rate", network_rate)):
            _field(C.c_double, name, share)
        said = dict(steps=steps, batch=batch, lr=rate, network_lr=network_rate)
        options = _filled(_AdaptOptions, augment=augment, train_network=network, segments=segments, seed=seed,
                          progress=call,
                          out=_name(out, "out"),
                          submission=_name(submission, "submission"),
                          **{name: value for name, value in said.items() if value})  # fmt: skip
        with _result(_Adapted, _lib.hrm_adapt, self._held(), _path(tasks), C.byref(options), calls=calls) as a:
            out_ = _fields(a, "steps", "network", "copies", "loss_first", "loss_last", "side")
            return dict(out_, larger=_list(a.larger, a.larger_count),
                        tasks=[_arc_result(task) for task in a.tasks[: a.task_count]])  # fmt: skip

    def save(self, path: PathLike) -> None:
        """Writes the model to a safetensors file, atomically."""
        _check(_used(_lib.hrm_model_save, self._held(), _path(path)))


def _roots() -> List[str]:
    """Where models, recipes and data that come with the library may be."""
    here = os.path.dirname(os.path.abspath(__file__))
    return [here, os.path.dirname(here)] + [os.path.join(p, "share", "hrm") for p in (sys.prefix, "/usr/local", "/usr")]


def _shipped(name: PathLike, folder: str = "models", suffix: str = ".safetensors") -> PathLike:
    """A bare name that is no file here may be of what came with the library: "sudoku", "sudoku.safetensors"."""
    if not _is_path(name):
        _path(name)  # which says what is expected
    if not os.fspath(name) or os.path.dirname(name) or os.path.exists(name):
        return name
    paths = [os.path.join(root, folder, os.fsdecode(name) + end) for root in _roots() for end in ("", suffix)]
    return next(filter(os.path.isfile, paths), name)


def load(path: PathLike, threads: int = 0, isa: Optional[str] = None, flops: float = 1e13, *,
         verify: bool = True) -> Model:  # fmt: skip
    """Loads a model: a file, or the bare name of one that came with the library.

    threads: 0 for one on each processor; isa: None for the fastest kernels; flops: of a segment for one puzzle, a model
    that takes more is refused; verify=False: whatever the checksums in the file say."""
    path = _shipped(path)
    handle, run = C.c_void_p(), _run(threads, isa)
    run.flops = _field(C.c_double, "flops", flops)
    run.no_verify = not verify
    _check(_lib.hrm_model_load(_path(path), C.byref(run), C.byref(handle)))
    return Model(handle)


# ---- training ------------------------------------------------------------------------------------


def _settings(settings: Dict[str, Any]) -> List[bytes]:
    return [_path("%s=%s" % (key, _value(key, v))) for key, v in settings.items()]


def _value(key: str, v: Any) -> str:
    """The text of a setting."""
    if isinstance(v, bool) or type(v).__name__ in ("bool_", "bool"):
        return str(v).lower()
    if isinstance(v, (str, bytes, os.PathLike)):
        return os.fsdecode(v)
    if key == "class_weights" and isinstance(v, dict):
        return ",".join("%s:%s" % pair for pair in v.items())
    if not hasattr(v, "__float__"):
        raise TypeError("%s: a text, a number, True or False is expected, not %r" % (key, v))
    return str(v)


def _recipe(recipe: Dict[str, Any], settings: Dict[str, Any]) -> str:
    """The YAML of a recipe that is a dict. What names files goes to the settings, as whose paths are from the working
    folder, unless they say otherwise."""
    lines = []
    for key, value in recipe.items():
        if not isinstance(key, str):
            raise TypeError("recipe: its keys are texts, not %r" % (key,))
        if value is not None and key in ("init", "data", "valid", "task"):
            settings.setdefault(key, value)
        elif value is not None:
            lines.append("%s: %s\n" % (json.dumps(key), json.dumps(_value(key, value), ensure_ascii=False)))
    return "".join(lines)


def _missing(folder: str) -> List[str]:
    """The folders that making this one would make, the innermost first."""
    missing = []
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        missing.append(folder)
        folder = os.path.dirname(folder)
    return missing


def _drop(kept: List[str], folders: List[str]) -> None:
    """Takes away what was written for a run that was refused, and the folders made for it."""
    for path in kept:
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)
    try:
        for path in filter(os.path.isdir, folders):
            os.rmdir(path)
    except OSError:  # somebody else's file is in it by now
        pass


class Trainer(_Single):
    """A training run in a folder.

    trainer = hrm.Trainer("recipes/trm-sudoku-small.yaml", "runs/first", steps=100)
    trainer.run(print)                      # to its end, an Event at a time; False stops
    for event in trainer: ...               # or stepped from outside
    """

    _free = _lib.hrm_trainer_free
    _threads = True

    def __init__(self, recipe: Union[PathLike, Dict[str, Any], None], out: PathLike, *, resume: bool = False,
                 threads: int = 0, isa: Optional[str] = None, verify: bool = True, **settings: Any) -> None:  # fmt: skip
        """recipe: a file, the bare name of one that came with the library, or a dict with the keys of such a file; settings
        are recipe keys, of which init, data and valid take such names too. data and
        valid may be Datasets or arrays as Dataset takes them, which are written into the folder. resume=True goes on with the run in `out`, with
        verify=False whatever the checksums in it say; recipe is then None."""
        handle, run = C.c_void_p(), _run(threads, isa)
        run.no_verify = not verify
        kept: List[str] = []
        folders = _missing(os.path.abspath(os.fsdecode(_path(out, "out"))))
        if resume and recipe is not None:
            raise ArgumentError("resume takes the run's own recipe; recipe is then None")
        if recipe is not None and not isinstance(recipe, dict) and not _is_path(recipe):
            raise TypeError("recipe: a path, a name or a dict of recipe keys is expected, not %r" % (recipe,))
        own = _recipe(recipe, settings) if isinstance(recipe, dict) else None
        try:
            if not resume:
                settings.update({key: self._kept(settings[key], settings, out, key, kept)
                                 for key in ("data", "valid") if key in settings})  # fmt: skip
            for key, folder, suffix in (("init", "models", ".safetensors"), ("data", "data", ".csv"), ("valid", "data", ".csv")):
                if _is_path(settings.get(key)):
                    settings[key] = _shipped(settings[key], folder, suffix)
            words = _settings(settings)
            if resume:
                _check(_lib.hrm_trainer_resume(_path(out), _texts(words), len(words), C.byref(run), C.byref(handle)))
            elif recipe is None:
                raise ArgumentError("a new run needs a recipe")
            else:
                run.shipped = next((os.fsencode(r) for r in _roots() if os.path.isdir(os.path.join(r, "models"))), None)
                self._begin(recipe, own, words, out, run, handle)
        except BaseException:
            _drop(kept, folders)
            raise
        super().__init__(handle)

    @staticmethod
    def _begin(recipe: Any, own: Optional[str], words: List[bytes], out: PathLike, run: _Run, handle: C.c_void_p) -> None:
        def begin(path: PathLike) -> None:
            _check(_lib.hrm_trainer_new(_path(path), _texts(words), len(words), _path(out), C.byref(run), C.byref(handle)))

        if own is None:
            return begin(_shipped(recipe, "recipes", ".yaml"))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "recipe.yaml")
            with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(own)
            try:
                begin(path)
            except Error as problem:  # of a file that nobody named
                problem.args = (re.sub(re.escape(path) + "(, line [0-9]+)?", "the recipe", str(problem)),)
                if problem.file == path:
                    problem.file = problem.line = problem.column = None
                raise

    @staticmethod
    def _kept(data: Any, settings: Dict[str, Any], out: PathLike, key: str, kept: List[str]) -> Any:
        """The path of data: arrays are written into the run's folder, where a resumed run finds them."""
        source = data._source if isinstance(data, Dataset) else (data, _Told(None, 0, "task" in settings, -1))
        if _is_path(source[0]):
            return source[0]
        place = os.path.join(os.fsdecode(out), key)
        os.makedirs(out, exist_ok=True)
        if os.path.lexists(place) or os.path.lexists(place + ".csv"):
            raise ArgumentError("%s: is there already; resume that run or choose another folder" % place)
        kept += [place, place + ".csv"]
        return _keep(*source, place)

    def plan(self) -> Dict[str, Any]:
        """Sizes, memory and steps, and every recipe key resolved."""
        parts = ("program", "model", "optimiser", "carry", "activations", "data", "total")
        with _result(_Plan, _lib.hrm_trainer_plan, self) as p:
            out = _fields(p, "arch", "dir", "parameters", "tokens", "batch", "micro_batch", "step", "steps",
                          "flops_per_step", "examples", "groups", "task", "isa", "threads")  # fmt: skip
            return dict(out, bytes={part: getattr(p, part + "_bytes") for part in parts}, recipe=_parsed(p.recipe),
                        warnings=_list(p.warnings, p.warning_count))  # fmt: skip

    def measure(self) -> float:
        """Seconds of an optimiser step, taken from some; such a trainer trains no more."""
        out = C.c_double()
        _check(_used(_lib.hrm_trainer_measure, self, C.byref(out)))
        return out.value

    def cancel(self) -> None:
        """From any thread: makes the call in progress, or else the next one, raise Stopped. A step is cut, and
        resume goes on from the last checkpoint."""
        with self._beside() as handle:
            _lib.hrm_trainer_cancel(handle)

    def run(self, callback: Optional[Callable[[Event], Any]] = None, tensorboard: bool = False) -> None:
        """Trains to the last step; a callback that returns False saves and raises Stopped. tensorboard: what metrics.jsonl
        gets goes into event files of the run folder, too."""
        calls = _Calls()
        told = (lambda event: True) if callback is None else _callable(callback, "callback")

        def tell(e: Any) -> Any:  # during an evaluation only for Ctrl-C, which arrives in Python
            return told(_event(e.contents)) if EVENTS[e.contents.kind] else True

        options = _filled(_TrainOptions, event=_EventCallback(calls.guard(tell)), tensorboard=tensorboard)
        calls.call(_lib.hrm_trainer_run, self, C.byref(options))

    def step(self) -> Event:
        """One optimiser step."""
        out = _Event()
        _check(_used(_lib.hrm_trainer_step, self, C.byref(out)))
        return _event(out)

    def __iter__(self) -> Iterator[Event]:
        """The steps that are left; evaluate() and save() are the caller's."""
        plan = self.plan()
        for _ in range(plan["step"], plan["steps"]):
            yield self.step()

    def evaluate(self) -> Report:
        """Evaluates on the recipe's `valid` data."""
        out = _EvalReport()
        _check(_used(_lib.hrm_trainer_evaluate, self, C.byref(out)))
        return _report(out)

    def save(self) -> None:
        """Writes a checkpoint into the run folder."""
        _check(_used(_lib.hrm_trainer_save, self))

    def model(self) -> Model:
        """The model as it is now, as a copy."""
        handle = C.c_void_p()
        _check(_used(_lib.hrm_trainer_model, self, C.byref(handle)))
        return Model(handle)


def recipe_keys() -> List[RecipeKey]:
    """Every recipe key with its type, default and meaning."""
    keys: List[RecipeKey] = []
    while True:
        key = _lib.hrm_recipe_keys(len(keys))
        if not key:
            return keys
        k = key.contents
        choices = _text(k.choices).split("|") if k.choices else []
        keys.append(RecipeKey(_text(k.name), _text(k.type), _text(k.preset), choices, _text(k.help)))


def check_data(path: PathLike, *, against: Optional[PathLike] = None, task: Optional[str] = None,
               clean: Optional[PathLike] = None) -> Dict[str, Any]:  # fmt: skip
    """Bad rows, duplicates, overlap, symbols and baseline of data; see hrm_dataset_check."""
    _keep_off("clean", clean, path, against)
    with _result(_DataReport, _lib.hrm_dataset_check, _path(path), _name(task, "task"), _name(against, "against"),
                 _name(clean, "clean")) as r:  # fmt: skip
        out = _fields(r, "path", "task", "rules", "examples", "rows", "cols", "places", "conflicting", "unanswered",
                      "partly", "given")
        out["bad"], out["bad_more"] = [_fields(x, "at", "why") for x in r.bad[: r.bad_count]], r.bad_more
        out["duplicates"] = [_fields(x, "at", "of", "same_answer") for x in r.duplicates[: r.duplicate_count]]
        if r.against is not None:
            out["overlap"] = {"path": _name_of(r.against), "at": _list(r.overlap, r.overlap_count)}
        out["symbols"] = {chr(x.symbol): _fields(x, "questions", "answers") for x in r.symbols[: r.symbol_count]}
        if r.unrated:
            out["unrated"] = _text(r.unrated)
        if r.number_count:
            out["numbers"] = [_fields(x, "low", "high", "mean", "deviation") for x in r.numbers[: r.number_count]]
        if r.baseline == r.baseline:
            out["baseline"] = {"copied": r.copied, "symbol": chr(r.majority_symbol), "cells": r.baseline,
                               "majority": r.majority if r.majority == r.majority else None}  # fmt: skip
        return dict(out, symmetries=_list(r.symmetries, r.symmetry_count), symmetry_refused=bool(r.symmetry_refused))


def _run_list(of: Any) -> List[Dict[str, Any]]:
    names = [name for name, _ in _RunInfo._fields_]
    return [_fields(run, *names) for run in of.run[: of.count]] if of.count else []


def runs(folder: PathLike) -> List[Dict[str, Any]]:
    """The training runs in a folder and those below it; see hrm_run_info. nan stands for what is not known."""
    with _result(_Runs, _lib.hrm_runs_open, _path(folder)) as of:
        return _run_list(of)


def report(folders: Union[PathLike, Sequence[PathLike]], path: PathLike, *, title: Optional[str] = None,
           examples: int = 32, threads: int = 0, isa: Optional[str] = None,
           progress: Optional[Callable[[int, int], Any]] = None) -> List[Dict[str, Any]]:  # fmt: skip
    """Writes a page about run folders to `path` (.html) and returns what `runs` would say of them; `problems` tells
    what is missing or damaged. examples: validation puzzles that the best of the models is given. See hrm_report."""
    words = [_path(f, "folders") for f in _several(folders, "folders")]
    calls, run = _Calls(), _run(threads, isa)
    options = _filled(_ReportOptions, examples=examples, title=_title(title),
                      run=C.pointer(run), progress=_progress(calls, progress))  # fmt: skip
    with _result(_Runs, _lib.hrm_report, _texts(words), len(words), _path(path), C.byref(options), calls=calls) as of:
        return _run_list(of)


def describe(path: PathLike) -> Dict[str, Any]:
    """What a model, trainer state, data set or run folder is."""
    with _result(_Description, _lib.hrm_describe, _path(path)) as d:
        kind = _text(d.kind)
        if kind == "dataset":
            return _dataset_info(d.dataset)
        out = _fields(d, "kind", "path", "bytes")
        if d.format is not None:
            out["format"] = _text(d.format)
        if d.format is not None or kind == "model":
            out["parameters"] = d.parameters
        if d.dtype is not None:
            out["dtype"] = _text(d.dtype)
        for name in ("spec", "task", "training", "progress", "recipe"):
            if getattr(d, name) is not None:
                out[name] = _parsed(getattr(d, name))
        return dict(out, tensors=[_tensor(t) for t in d.tensors[: d.tensor_count]]) if d.tensors else out


def convert(source: PathLike, out: Optional[PathLike] = None, *, config: Optional[PathLike] = None,
            base: Optional[PathLike] = None, part: Optional[str] = None, data: Optional[PathLike] = None,
            puzzle_emb: Optional[str] = None, recipe: Optional[PathLike] = None, compiled: bool = False,
            raw: bool = False, dtype: Optional[str] = None, sure: float = 0) -> Dict[str, Any]:  # fmt: skip
    """Converts weights of other programs, or to them, and says what became of every tensor; see
    hrm_convert. Without `out` it only says."""
    options = _filled(_ConvertOptions, config=_name(config, "config"), base=_name(base, "base"), part=_name(part, "part"),
                      data=_name(data, "data"), puzzle_emb=_name(puzzle_emb, "puzzle_emb"), recipe=_name(recipe, "recipe"),
                      compiled=compiled, raw=raw, dtype=_name(dtype, "dtype"), sure=sure)  # fmt: skip
    _keep_off("out", out, source, config, base, data)
    _keep_off("recipe", recipe, source, config, base, data, out)
    with _result(_Conversion, _lib.hrm_convert, _path(source, "source"), _name(out, "out"), C.byref(options)) as r:
        told = _fields(r, "in", "out", "format", "arch", "parameters", "complete", "missing", "left_over")
        return dict(told, note=_name_of(r.note) or "", spec=_parsed(r.spec), task=_parsed(r.task),
                    tensors=[_tensor(t) for t in r.tensors[: r.tensor_count]])  # fmt: skip


def version() -> Dict[str, Any]:
    """The library's version, kernels, compiler and threads."""
    b = _Build()
    _check(_lib.hrm_build_inspect(C.byref(b)))
    told = _fields(b, "version", "isa", "compiler", "threads")
    return dict(told, isas=[_text(name) for name in b.isas[: b.isa_count]])


__version__ = _text(_lib.hrm_version())


def _main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: python3 -m hrm MODEL PUZZLE")
    try:
        print(load(sys.argv[1]).solve(sys.argv[2]).drawing)
    except Error as problem:
        sys.exit("hrm: %s" % problem)


if __name__ == "__main__":
    _main()
