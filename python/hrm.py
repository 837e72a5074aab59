"""Hierarchical and tiny recursive reasoning models: train, evaluate, solve.

One file over ctypes; it needs libhrm and nothing else. NumPy is used where it is installed.

    import hrm
    model = hrm.load("sudoku.safetensors")
    print(model.solve("53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"))

Models may be shared between threads: each thread that solves gets memory of its own. Everything else
belongs to one thread at a time. Failures raise hrm.Error or one of its kinds, with the library's own
sentence. Ctrl-C stops solving after the batch at hand and training after the step at hand.
"""

from __future__ import annotations

import ctypes as C
import ctypes.util
import json
import os
import sys
import threading
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple, Union, overload

try:
    import numpy
except ImportError:  # arrays are then memoryviews of the same shape
    numpy = None  # type: ignore[assignment]

__all__ = [
    "load", "Model", "Solver", "Answer", "Step", "Trace", "Round", "Candidate", "Dataset", "Example",
    "Trainer", "Event", "Report", "Band", "ModelInfo", "RecipeKey", "convert", "describe", "generate_sudoku",
    "generate_mazes", "build_arc", "recipe_keys", "version", "Error", "ArgumentError", "OutOfMemoryError", "FileError", "FormatError",
    "VersionError", "TaskError", "NumericError", "Stopped", "UnsupportedError",
]  # fmt: skip

VERDICTS = ("solved", "incomplete", "wrong", "unknown")
ENDS = ("guessed", "conflict", "solved", "rejected")
EVENTS = ("step", "eval", "saved")

Array = Any  # numpy.ndarray, or a memoryview where there is no NumPy


# ---- failures ------------------------------------------------------------------------------------


class Error(Exception):
    """Something went wrong; str() says what, where and what to do."""

    status = 0


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
_STOPPED = -8


def _check(status: int) -> None:
    if status:
        error = _KINDS.get(status, Error)(_text(_lib.hrm_error()))
        error.status = status
        raise error


# ---- made by tools/api.py from include/hrm.h: make docs

ABI = 0


class _Run(C.Structure):
    _fields_ = [
        ("threads", C.c_int),
        ("isa", C.c_char_p),
    ]


class _Example(C.Structure):
    _fields_ = [
        ("question", C.c_char_p),
        ("answer", C.c_char_p),
        ("size", C.c_size_t),
        ("rating", C.c_int),
        ("puzzle", C.c_int),
    ]


class _SudokuOptions(C.Structure):
    _fields_ = [
        ("side", C.c_int),
        ("count", C.c_int),
        ("min_rating", C.c_int),
        ("givens", C.c_int),
        ("seed", C.c_uint64),
        ("avoid", C.c_char_p),
        ("run", _Run),
    ]


_Progress = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.c_size_t, C.c_size_t)

class _MazeOptions(C.Structure):
    _fields_ = [
        ("side", C.c_int),
        ("count", C.c_int),
        ("min_moves", C.c_int),
        ("density_low", C.c_double),
        ("density_high", C.c_double),
        ("seed", C.c_uint64),
        ("avoid", C.c_char_p),
        ("run", _Run),
    ]


class _ArcOptions(C.Structure):
    _fields_ = [
        ("train", C.POINTER(C.c_char_p)),
        ("trains", C.c_size_t),
        ("scored", C.POINTER(C.c_char_p)),
        ("scoreds", C.c_size_t),
        ("augment", C.c_int),
        ("side", C.c_int),
        ("seed", C.c_uint64),
        ("drop", C.c_bool),
        ("keep_colours", C.c_bool),
        ("run", _Run),
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
    ]


class _ConvertOptions(C.Structure):
    _fields_ = [
        ("config", C.c_char_p),
        ("base", C.c_char_p),
        ("part", C.c_char_p),
        ("data", C.c_char_p),
        ("puzzle_emb", C.c_char_p),
        ("recipe", C.c_char_p),
        ("compiled", C.c_bool),
        ("raw", C.c_bool),
    ]


class _Candidate(C.Structure):
    _fields_ = [
        ("cell", C.c_int),
        ("symbol", C.c_char),
        ("probability", C.c_double),
    ]


class _Search(C.Structure):
    _fields_ = [
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


_RoundCallback = C.CFUNCTYPE(None, C.c_void_p, C.POINTER(_Round))

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

class _SolveOptions(C.Structure):
    _fields_ = [
        ("segments", C.c_int),
        ("batch", C.c_int),
        ("progress", _Progress),
        ("user", C.c_void_p),
        ("check", C.c_bool),
        ("seed", C.c_uint64),
        ("explain", _RoundCallback),
        ("search", _Search),
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


_NextPuzzle = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.c_bool, C.POINTER(C.c_char_p))

_AnswerCallback = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.c_size_t, C.POINTER(_Answer))

class _EvalOptions(C.Structure):
    _fields_ = [
        ("limit", C.c_size_t),
        ("segments", C.c_int),
        ("batch", C.c_int),
        ("progress", _Progress),
        ("user", C.c_void_p),
        ("check", C.c_bool),
        ("seed", C.c_uint64),
        ("search", _Search),
        ("latency", C.c_size_t),
        ("votes", C.c_int),
        ("contaminated", C.c_bool),
        ("submission", C.c_char_p),
        ("scores", C.c_char_p),
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
        ("exact", C.c_double),
        ("ci95_low", C.c_double),
        ("ci95_high", C.c_double),
        ("cells", C.c_double),
        ("mean_segments", C.c_double),
        ("halt_accuracy", C.c_double),
        ("seconds_per_puzzle", C.c_double),
        ("valid", C.c_double),
        ("valid95_low", C.c_double),
        ("valid95_high", C.c_double),
        ("wrong", C.c_size_t),
        ("unsolved", C.c_size_t),
        ("segments", C.c_int),
        ("band_by", C.c_char_p),
        ("bands", C.c_size_t),
        ("band", _EvalBand * 8),
        ("search", C.c_bool),
        ("check", C.c_bool),
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
    ]


class _AdaptOptions(C.Structure):
    _fields_ = [
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
        ("finished_exact", C.c_double),
        ("finished_cells", C.c_double),
        ("finished_steps", C.c_double),
        ("steps_per_second", C.c_double),
        ("flops_per_second", C.c_double),
        ("eta_seconds", C.c_double),
        ("eval", _EvalReport),
        ("best", C.c_bool),
        ("path", C.c_char_p),
    ]


_EventCallback = C.CFUNCTYPE(C.c_bool, C.c_void_p, C.POINTER(_Event))

class _RecipeKey(C.Structure):
    _fields_ = [
        ("name", C.c_char_p),
        ("type", C.c_char_p),
        ("preset", C.c_char_p),
        ("choices", C.c_char_p),
        ("help", C.c_char_p),
    ]


class _BenchOptions(C.Structure):
    _fields_ = [
        ("what", C.c_char_p),
        ("config", C.c_char_p),
        ("batch", C.c_int),
        ("seconds", C.c_double),
        ("run", _Run),
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


_BenchCallback = C.CFUNCTYPE(None, C.c_void_p, C.POINTER(_BenchResult))

class _ParityCase(C.Structure):
    _fields_ = [
        ("group", C.c_char_p),
        ("name", C.c_char_p),
        ("passed", C.c_bool),
        ("worst", C.c_double),
        ("tolerance", C.c_double),
        ("where", C.c_char_p),
    ]


_ParityCallback = C.CFUNCTYPE(None, C.c_void_p, C.POINTER(_ParityCase))

STRUCTURES = {
    "hrm_run": _Run,
    "hrm_example": _Example,
    "hrm_sudoku_options": _SudokuOptions,
    "hrm_maze_options": _MazeOptions,
    "hrm_arc_options": _ArcOptions,
    "hrm_model_info": _ModelInfo,
    "hrm_convert_options": _ConvertOptions,
    "hrm_candidate": _Candidate,
    "hrm_search": _Search,
    "hrm_round": _Round,
    "hrm_step": _Step,
    "hrm_solve_options": _SolveOptions,
    "hrm_answer": _Answer,
    "hrm_eval_options": _EvalOptions,
    "hrm_eval_band": _EvalBand,
    "hrm_eval_report": _EvalReport,
    "hrm_adapt_options": _AdaptOptions,
    "hrm_event": _Event,
    "hrm_recipe_key": _RecipeKey,
    "hrm_bench_options": _BenchOptions,
    "hrm_bench_result": _BenchResult,
    "hrm_parity_case": _ParityCase,
}
FUNCTIONS = {
    "hrm_error": (C.c_char_p, []),
    "hrm_free": (None, [C.c_void_p]),
    "hrm_version": (C.c_char_p, []),
    "hrm_abi_version": (C.c_int, []),
    "hrm_status_name": (C.c_char_p, [C.c_int]),
    "hrm_version_json": (C.c_void_p, []),
    "hrm_nearest": (C.c_char_p, [C.c_char_p, C.POINTER(C.c_char_p), C.c_size_t]),
    "hrm_dataset_open": (C.c_int, [C.c_char_p, C.c_char_p, C.POINTER(C.c_void_p)]),
    "hrm_dataset_open_for": (C.c_int, [C.c_char_p, C.c_void_p, C.POINTER(C.c_void_p)]),
    "hrm_dataset_free": (None, [C.c_void_p]),
    "hrm_dataset_size": (C.c_size_t, [C.c_void_p]),
    "hrm_dataset_describe": (C.c_int, [C.c_void_p, C.POINTER(C.c_void_p)]),
    "hrm_dataset_tokens": (C.c_int, [C.c_void_p, C.POINTER(C.POINTER(C.c_ubyte)), C.POINTER(C.POINTER(C.c_ubyte)), C.POINTER(C.c_size_t)]),
    "hrm_dataset_example": (C.c_int, [C.c_void_p, C.c_size_t, C.POINTER(_Example)]),
    "hrm_dataset_draw": (C.c_int, [C.c_void_p, C.c_size_t, C.c_bool, C.POINTER(C.c_void_p)]),
    "hrm_dataset_picture": (C.c_int, [C.c_void_p, C.c_size_t, C.c_char_p]),
    "hrm_dataset_export": (C.c_int, [C.c_void_p, C.c_char_p, C.c_int, C.c_uint64]),
    "hrm_sudoku_generate": (C.c_int, [C.c_char_p, C.POINTER(_SudokuOptions), _Progress, C.c_void_p]),
    "hrm_maze_generate": (C.c_int, [C.c_char_p, C.POINTER(_MazeOptions), _Progress, C.c_void_p]),
    "hrm_arc_build": (C.c_int, [C.c_char_p, C.POINTER(_ArcOptions), C.POINTER(C.c_void_p)]),
    "hrm_model_load": (C.c_int, [C.c_char_p, C.POINTER(_Run), C.POINTER(C.c_void_p)]),
    "hrm_model_free": (None, [C.c_void_p]),
    "hrm_describe": (C.c_int, [C.c_char_p, C.POINTER(C.c_void_p)]),
    "hrm_model_inspect": (C.c_int, [C.c_void_p, C.POINTER(_ModelInfo)]),
    "hrm_model_save": (C.c_int, [C.c_void_p, C.c_char_p]),
    "hrm_model_tokens": (C.c_int, [C.c_void_p, C.c_char_p, C.c_bool, C.c_void_p]),
    "hrm_model_text": (C.c_int, [C.c_void_p, C.c_void_p, C.c_void_p]),
    "hrm_convert": (C.c_int, [C.c_char_p, C.c_char_p, C.POINTER(_ConvertOptions), C.POINTER(C.c_void_p)]),
    "hrm_solve": (C.c_int, [C.c_void_p, C.POINTER(C.c_char_p), C.c_size_t, C.POINTER(_SolveOptions), C.POINTER(C.POINTER(_Answer))]),
    "hrm_answers_free": (None, [C.POINTER(_Answer), C.c_size_t]),
    "hrm_check": (C.c_int, [C.c_void_p, C.c_char_p, C.c_char_p, C.POINTER(C.c_int), C.c_void_p, C.c_size_t]),
    "hrm_solver_new": (C.c_int, [C.c_void_p, C.c_int, C.POINTER(C.c_void_p)]),
    "hrm_solver_free": (None, [C.c_void_p]),
    "hrm_solver_solve": (C.c_int, [C.c_void_p, C.POINTER(C.c_char_p), C.c_size_t, C.POINTER(_SolveOptions), C.POINTER(C.POINTER(_Answer))]),
    "hrm_solver_cancel": (None, [C.c_void_p]),
    "hrm_solver_trace": (C.c_int, [C.c_void_p, C.c_char_p, C.POINTER(_SolveOptions), C.POINTER(C.c_void_p)]),
    "hrm_trace_free": (None, [C.c_void_p]),
    "hrm_trace_steps": (C.c_size_t, [C.c_void_p]),
    "hrm_trace_step": (C.c_int, [C.c_void_p, C.c_size_t, C.POINTER(_Step)]),
    "hrm_trace_answer": (C.POINTER(_Answer), [C.c_void_p]),
    "hrm_solve_stream": (C.c_int, [C.c_void_p, _NextPuzzle, _AnswerCallback, C.c_size_t, C.POINTER(_SolveOptions)]),
    "hrm_evaluate": (C.c_int, [C.c_void_p, C.c_void_p, C.POINTER(_EvalOptions), C.POINTER(_EvalReport)]),
    "hrm_adapt": (C.c_int, [C.c_void_p, C.c_char_p, C.POINTER(_AdaptOptions), C.POINTER(C.c_void_p)]),
    "hrm_trainer_new": (C.c_int, [C.c_char_p, C.POINTER(C.c_char_p), C.c_size_t, C.c_char_p, C.POINTER(_Run), C.POINTER(C.c_void_p)]),
    "hrm_trainer_resume": (C.c_int, [C.c_char_p, C.POINTER(C.c_char_p), C.c_size_t, C.POINTER(_Run), C.POINTER(C.c_void_p)]),
    "hrm_trainer_plan": (C.c_int, [C.c_void_p, C.POINTER(C.c_void_p)]),
    "hrm_trainer_run": (C.c_int, [C.c_void_p, _EventCallback, C.c_void_p]),
    "hrm_trainer_free": (None, [C.c_void_p]),
    "hrm_trainer_step": (C.c_int, [C.c_void_p, C.POINTER(_Event)]),
    "hrm_trainer_evaluate": (C.c_int, [C.c_void_p, C.POINTER(_EvalReport)]),
    "hrm_trainer_save": (C.c_int, [C.c_void_p]),
    "hrm_trainer_model": (C.c_int, [C.c_void_p, C.POINTER(C.c_void_p)]),
    "hrm_recipe_keys": (C.POINTER(_RecipeKey), [C.c_size_t]),
    "hrm_bench": (C.c_int, [C.POINTER(_BenchOptions), _BenchCallback, C.c_void_p]),
    "hrm_parity": (C.c_int, [C.c_char_p, C.POINTER(_Run), _ParityCallback, C.c_void_p, C.POINTER(C.c_size_t), C.POINTER(C.c_size_t)]),
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


def _path(path: PathLike) -> bytes:
    return os.fsencode(path)


def _name(text: Optional[str]) -> Optional[bytes]:
    return None if text is None else text.encode()


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


def _json(call: Callable[..., int], *arguments: Any) -> Dict[str, Any]:
    out = C.c_void_p()
    _check(call(*arguments, C.byref(out)))
    return _taken(out)


def _taken(out: C.c_void_p) -> Dict[str, Any]:
    try:
        return json.loads(C.string_at(out.value or 0).decode("utf-8", "replace"))
    finally:
        _lib.hrm_free(out)


def _array(raw: bytes, kind: Any, shape: Sequence[int]) -> Array:
    """raw as an array of 'B' or 'f'."""
    if numpy is not None:
        return numpy.frombuffer(bytearray(raw), dtype=kind).reshape(shape)
    view = memoryview(bytearray(raw))
    return view.cast(kind, list(shape)) if len(raw) else view.cast(kind)


def _texts(words: Sequence[bytes]) -> Any:
    return (C.c_char_p * max(1, len(words)))(*words)


class _Calls:
    """Callbacks that C calls: an exception in one stops the call and comes out of it."""

    def __init__(self) -> None:
        self.error: Optional[BaseException] = None
        self.asked = False  # a callback returned False

    def guard(self, function: Callable[..., Any]) -> Callable[..., bool]:
        def call(user: Any, *arguments: Any) -> bool:
            if self.error is not None:
                return False
            try:
                self.asked |= function(*arguments) is False
                return not self.asked
            except BaseException as error:  # Ctrl-C too
                self.error = error
                return False

        return call

    def check(self, status: int, cancelled: bool = False) -> None:
        if self.error is not None:
            raise self.error
        if status == _STOPPED and not self.asked and not cancelled:
            raise KeyboardInterrupt  # Ctrl-C came between C and the first line of a callback
        _check(status)


class _Handle:
    """Owns one object of the library."""

    _free: Callable[[Any], None]

    def __init__(self, handle: C.c_void_p) -> None:
        self._handle: Optional[C.c_void_p] = handle

    def close(self) -> None:
        """Frees it; whatever is asked of it afterwards raises ValueError."""
        handle, self._handle = getattr(self, "_handle", None), None
        if handle:
            type(self)._free(handle)

    def _get(self) -> C.c_void_p:
        if self._handle is None:
            raise ValueError("this %s is closed" % type(self).__name__)
        return self._handle

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


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


@dataclass(frozen=True)
class Answer:
    """An answer; verdict is "solved", "incomplete", "wrong" or "unknown", by the task's rules."""

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
    model that searches: "guessed", "conflict", "solved" or "rejected"."""

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
class Trace:
    """Every step of one puzzle: tokens (steps x cells), probabilities (steps x cells x vocab)."""

    steps: List[Step]
    answer: Answer
    tokens: Array
    probabilities: Array

    def __len__(self) -> int:
        return len(self.steps)


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

    n: int
    exact: float
    ci95: Tuple[float, float]
    cells: float
    mean_segments: float
    halt_accuracy: float
    seconds_per_puzzle: float
    wrong: int
    unsolved: int
    segments: int
    band_by: str
    bands: List[Band]
    mean_rounds: float
    mean_guesses: float
    mean_chains: float
    mean_restarts: float
    valid: float  # nan where the task has no rules
    valid_ci95: Tuple[float, float]
    tasks: int  # ARC: that were voted on
    passes: Dict[int, float]  # ARC: pass@k by k; nan where no solution is known
    trained_on: int
    larger: int  # ARC: scored tasks that the data leave out as too large
    all_tasks: int  # ARC: with those, and pass@k when they count as failed; nan where not all others were voted on
    all_passes: Dict[int, float]


@dataclass(frozen=True)
class Event:
    """What a training run tells; see hrm_event. kind is "step", "eval" or "saved"."""

    kind: str
    step: int
    steps: int
    seconds: float
    loss: float
    lm_loss: float
    lr: float
    grad_norm: float
    finished: int
    finished_exact: float
    finished_cells: float
    finished_steps: float
    steps_per_second: float
    flops_per_second: float
    eta_seconds: float
    report: Optional[Report]
    best: bool
    path: Optional[str]


@dataclass(frozen=True)
class RecipeKey:
    name: str
    type: str
    preset: str
    choices: List[str]
    help: str


def _answer(a: _Answer) -> Answer:
    text = _text(a.text)
    return Answer(text, _text(a.drawing), VERDICTS[a.verdict], _text(a.why), a.segments, a.confidence,
                  C.string_at(a.tokens, len(text)), a.rounds, a.guesses, a.restarts, a.chains,
                  a.seconds)  # fmt: skip


def _search(fields: Optional[Dict[str, float]]) -> _Search:
    known = [field[0] for field in _Search._fields_]
    for name in fields or {}:
        if name not in known:
            raise ArgumentError("search: %r is none of %s" % (name, ", ".join(known)))
    return _Search(**(fields or {}))


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


def _report(r: _EvalReport) -> Report:
    bands = [Band(b.low, None if b.high < 0 else b.high, b.n, b.exact) for b in r.band[: r.bands]]
    return Report(r.n, r.exact, (r.ci95_low, r.ci95_high), r.cells, r.mean_segments, r.halt_accuracy,
                  r.seconds_per_puzzle, r.wrong, r.unsolved, r.segments, _text(r.band_by),
                  bands, r.mean_rounds, r.mean_guesses, r.mean_chains, r.mean_restarts,
                  r.valid, (r.valid95_low, r.valid95_high), r.tasks,
                  dict(zip(PASSES, getattr(r, "pass"))) if r.tasks else {}, r.trained_on, r.larger,
                  r.all_tasks, dict(zip(PASSES, r.all_pass)) if r.tasks else {})  # fmt: skip


def _event(e: _Event) -> Event:
    return Event(EVENTS[e.kind], e.step, e.steps, e.seconds, e.loss, e.lm_loss, e.lr, e.grad_norm,
                 e.finished, e.finished_exact, e.finished_cells, e.finished_steps,
                 e.steps_per_second, e.flops_per_second, e.eta_seconds,
                 _report(e.eval) if e.kind == 1 else None, e.best,
                 os.fsdecode(e.path) if e.path else None)  # fmt: skip


# ---- data ----------------------------------------------------------------------------------------


class Dataset(_Handle):
    """Puzzles from a CSV file or a published directory: len(), [i], iteration, arrays()."""

    _free = _lib.hrm_dataset_free

    def __init__(self, path: PathLike, task: Optional[str] = None, model: Optional[Model] = None) -> None:
        """task: "sudoku", "grid" or None to tell from the data; or a model whose task it must fit."""
        handle = C.c_void_p()
        if model is not None:
            _check(_lib.hrm_dataset_open_for(_path(path), model._get(), C.byref(handle)))
        else:
            _check(_lib.hrm_dataset_open(_path(path), _name(task), C.byref(handle)))
        super().__init__(handle)

    def __len__(self) -> int:
        return _lib.hrm_dataset_size(self._get())

    def __getitem__(self, index: int) -> Example:
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError("example %d of %d" % (index, len(self)))
        e = _Example()
        _check(_lib.hrm_dataset_example(self._get(), index, C.byref(e)))
        rating = None if e.rating < 0 else e.rating
        return Example(_text(e.question), _text(e.answer), rating, e.puzzle)

    def __iter__(self) -> Iterator[Example]:
        return (self[i] for i in range(len(self)))

    def arrays(self) -> Tuple[Array, Array]:
        """Questions and answers as tokens: two new (examples x cells) arrays of bytes."""
        questions, answers, cells = C.POINTER(C.c_ubyte)(), C.POINTER(C.c_ubyte)(), C.c_size_t()
        _check(_lib.hrm_dataset_tokens(self._get(), C.byref(questions), C.byref(answers), C.byref(cells)))
        shape = (len(self), cells.value)
        size = shape[0] * shape[1]
        return (_array(C.string_at(questions, size), "B", shape),
                _array(C.string_at(answers, size), "B", shape))  # fmt: skip

    def describe(self) -> Dict[str, Any]:
        return _json(_lib.hrm_dataset_describe, self._get())

    def picture(self, index: int, path: PathLike) -> None:
        """Draws an example, question beside answer, as path.png or path.svg."""
        _check(_lib.hrm_dataset_picture(self._get(), index, _path(path)))

    def export(self, path: PathLike, augmentations: int = 0, seed: int = 0) -> None:
        """Writes CSV (a name that ends in .csv) or a directory in the published layout."""
        _check(_lib.hrm_dataset_export(self._get(), _path(path), augmentations, seed))


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
    """Writes Sudoku with one solution each to a CSV file; see hrm_sudoku_generate."""
    calls = _Calls()
    options = _SudokuOptions(side, count, min_rating, givens, seed, _path(avoid) if avoid else None)
    call = _Progress(calls.guard(progress or (lambda done, total: True)))
    calls.check(_lib.hrm_sudoku_generate(_path(path), C.byref(options), call, None))


def generate_mazes(
    path: PathLike,
    count: int,
    side: int = 0,
    seed: int = 0,
    min_moves: int = 0,
    density: Tuple[float, float] = (0, 0),
    avoid: Optional[PathLike] = None,
    progress: Optional[Callable[[int, int], Any]] = None,
) -> None:
    """Writes mazes with a shortest way to a CSV file; see hrm_maze_generate."""
    calls = _Calls()
    options = _MazeOptions(side, count, min_moves, *density, seed, _path(avoid) if avoid else None)
    call = _Progress(calls.guard(progress or (lambda done, total: True)))
    calls.check(_lib.hrm_maze_generate(_path(path), C.byref(options), call, None))


def build_arc(
    folder: PathLike,
    train: Sequence[PathLike] = (),
    score: Sequence[PathLike] = (),
    augment: int = 0,
    seed: int = 0,
    drop: bool = False,
    side: int = 0,
) -> Dict[str, Any]:
    """Makes a data set of files of ARC tasks; see hrm_arc_build."""
    sources = [(C.c_char_p * len(paths))(*map(_path, paths)) for paths in (train, score)]
    options = _ArcOptions(sources[0], len(train), sources[1], len(score), augment, side, seed, drop)
    return _json(_lib.hrm_arc_build, _path(folder), C.byref(options))


# ---- models and solving --------------------------------------------------------------------------


class Solver(_Handle):
    """A model at work in one thread, with memory that is kept between calls; see Model.solver."""

    _free = _lib.hrm_solver_free

    def __init__(self, model: Model, threads: int = 0) -> None:
        handle = C.c_void_p()
        _check(_lib.hrm_solver_new(model._get(), threads, C.byref(handle)))
        self._cancelled = False
        self._weights = model._weights  # lives until its last solver is gone
        super().__init__(handle)

    def cancel(self) -> None:
        """From any thread: makes the call in progress, or else the next one, raise Stopped."""
        self._cancelled = True
        _lib.hrm_solver_cancel(self._get())

    def _check(self, calls: _Calls, status: int) -> None:
        cancelled = self._cancelled
        self._cancelled = cancelled and status != _STOPPED
        calls.check(status, cancelled)

    def _options(self, calls: _Calls, segments: int, batch: int, check: bool, seed: int, search: Any,
                 progress: Any, on_step: Any, on_round: Any) -> _SolveOptions:  # fmt: skip
        options = _SolveOptions(segments=segments, batch=batch, check=check, seed=seed)
        options.search = _search(search)
        options.progress = _Progress(calls.guard(progress or (lambda done, total: True)))
        if on_step:
            options.step = _StepCallback(calls.guard(lambda s: on_step(_step(s.contents))))
        if on_round:
            told = calls.guard(lambda r: on_round(_round(r.contents)))
            options.explain = _RoundCallback(lambda user, r: (told(user, r), None)[1])
        return options

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
        words = [_puzzle(p) for p in puzzles]
        out = C.POINTER(_Answer)()
        self._check(
            calls,
            _lib.hrm_solver_solve(self._get(), _texts(words), len(words), C.byref(options), C.byref(out)),
        )
        try:
            return [_answer(out[i]) for i in range(len(words))]
        finally:
            _lib.hrm_answers_free(out, len(words))

    def trace(self, puzzle: str, *, segments: int = 0, check: bool = False, seed: int = 0,
              search: Optional[Dict[str, float]] = None) -> Trace:  # fmt: skip
        """Solves one puzzle and keeps every step."""
        calls, out = _Calls(), C.c_void_p()
        options = self._options(calls, segments, 0, check, seed, search, None, None, None)
        status = _lib.hrm_solver_trace(self._get(), _puzzle(puzzle), C.byref(options), C.byref(out))
        self._check(calls, status)
        try:
            steps, tokens, odds, s = [], bytearray(), bytearray(), _Step()
            for i in range(_lib.hrm_trace_steps(out)):
                _check(_lib.hrm_trace_step(out, i, C.byref(s)))
                steps.append(_step(s))
                tokens += C.string_at(s.tokens, s.cells)
                odds += C.string_at(s.probabilities, s.cells * s.vocab * 4)
            return Trace(steps, _answer(_lib.hrm_trace_answer(out).contents),
                         _array(bytes(tokens), "B", (len(steps), s.cells)),
                         _array(bytes(odds), "f", (len(steps), s.cells, s.vocab)))  # fmt: skip
        finally:
            _lib.hrm_trace_free(out)


class _Weights(_Handle):
    _free = _lib.hrm_model_free


class Model:
    """A trained model, immutable: any number of threads may solve with it at once."""

    def __init__(self, handle: C.c_void_p) -> None:
        self._weights: Optional[_Weights] = _Weights(handle)
        self._solvers = threading.local()
        info = _ModelInfo()
        _check(_lib.hrm_model_inspect(handle, C.byref(info)))
        values = {field[0]: getattr(info, field[0]) for field in _ModelInfo._fields_}
        values.update({name: _text(values[name]) for name in ("arch", "task", "isa")})
        values["alphabet"] = C.string_at(info.alphabet, info.vocab).decode("latin-1")
        self.info = ModelInfo(**values)

    def close(self) -> None:
        """Gives the memory back, once the last solver is gone."""
        self._weights = None
        self._solvers = threading.local()

    def _get(self) -> C.c_void_p:
        if self._weights is None:
            raise ValueError("this Model is closed")
        return self._weights._get()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def solver(self, threads: int = 0) -> Solver:
        """A solver of one's own: to cancel it, or to choose its threads."""
        return Solver(self, threads)

    def _own(self) -> Solver:
        self._get()
        solver = getattr(self._solvers, "solver", None)
        if solver is None or solver._handle is None:
            solver = self._solvers.solver = Solver(self)
        return solver

    @overload
    def solve(self, puzzles: str, **options: Any) -> Answer: ...
    @overload
    def solve(self, puzzles: Sequence[str], **options: Any) -> List[Answer]: ...
    def solve(self, puzzles: Any, **options: Any) -> Any:
        """Solves a puzzle (str: an Answer), several (a list of Answers), or an array of tokens, shape
        (cells), (puzzles x cells) or (puzzles x rows x cols): an array of the same shape.

        options: segments, batch, check, seed, progress(done, total), on_step(Step), on_round(Round);
        search: a dict of fields of hrm_search, such as {"chains": 8, "seconds": 1}.
        """
        if isinstance(puzzles, str):
            return self._own().solve_all([puzzles], **options)[0]
        if numpy is not None and isinstance(puzzles, numpy.ndarray) or isinstance(puzzles, memoryview):
            return self._solve_array(puzzles, options)
        return self._own().solve_all(list(puzzles), **options)

    def _solve_array(self, puzzles: Array, options: Dict[str, Any]) -> Array:
        shape, cells = tuple(puzzles.shape), self.info.cells
        if numpy is not None:
            wide = numpy.asarray(puzzles)
            if wide.size and (wide.min() < 0 or wide.max() >= self.info.vocab):
                raise TaskError("tokens must be from 0 to %d" % (self.info.vocab - 1))
            raw = wide.astype("B").tobytes()
        else:
            raw = puzzles.tobytes()
        if not shape or len(raw) % cells or shape[-1] not in (cells, self.info.cols):
            raise TaskError("an array of shape %s is not of puzzles of %d cells" % (shape, cells))
        texts = [self.text(raw[i : i + cells]) for i in range(0, len(raw), cells)]
        answers = self._own().solve_all(texts, **options)
        return _array(b"".join(a.tokens for a in answers), "B", shape)

    def trace(self, puzzle: str, **options: Any) -> Trace:
        """Solves one puzzle and keeps every step. options: segments, check, seed, search."""
        return self._own().trace(puzzle, **options)

    def tokens(self, text: str, answer: bool = False) -> bytes:
        """A puzzle's text as tokens, one byte per cell."""
        out = C.create_string_buffer(self.info.cells)
        _check(_lib.hrm_model_tokens(self._get(), _puzzle(text), answer, out))
        return out.raw

    def text(self, tokens: bytes) -> str:
        """Tokens as text."""
        if len(tokens) != self.info.cells:
            raise TaskError("%d tokens are not the model's %d" % (len(tokens), self.info.cells))
        out = C.create_string_buffer(self.info.cells + 1)
        _check(_lib.hrm_model_text(self._get(), bytes(tokens), out))
        return out.value.decode("latin-1")

    def check(self, question: str, answer: str) -> Tuple[str, str]:
        """The verdict of the task's rules on an answer, and why: ("wrong", "row 3 holds 5 twice")."""
        verdict, why = C.c_int(), C.create_string_buffer(96)
        _check(_lib.hrm_check(self._get(), _puzzle(question), _puzzle(answer), C.byref(verdict), why, 96))
        return VERDICTS[verdict.value], _text(why.value)

    def evaluate(
        self,
        data: Union[Dataset, PathLike],
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
        progress: Optional[Callable[[int, int], Any]] = None,
    ) -> Report:
        """Measures the model on puzzles with known answers; votes and what follows are of ARC data."""
        if not isinstance(data, Dataset):
            data = Dataset(data, model=self)
        calls, out = _Calls(), _EvalReport()
        options = _EvalOptions(limit=limit, segments=segments, batch=batch, check=check, seed=seed)
        options.search = _search(search)
        options.votes, options.contaminated = votes, contaminated
        options.submission = _path(submission) if submission else None
        options.scores = _path(scores) if scores else None
        options.progress = _Progress(calls.guard(progress or (lambda done, total: True)))
        calls.check(_lib.hrm_evaluate(self._get(), data._get(), C.byref(options), C.byref(out)))
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
        calls, text = _Calls(), C.c_void_p()
        call = _Progress(calls.guard(progress or (lambda done, total: True)))
        options = _AdaptOptions(augment, steps, batch, rate, network, network_rate, segments, seed,
                                _path(out) if out else None,
                                _path(submission) if submission else None, call)  # fmt: skip
        calls.check(_lib.hrm_adapt(self._get(), _path(tasks), C.byref(options), C.byref(text)))
        return _taken(text)

    def save(self, path: PathLike) -> None:
        """Writes the model to a safetensors file, atomically."""
        _check(_lib.hrm_model_save(self._get(), _path(path)))


def _shipped(name: PathLike) -> PathLike:
    """A bare name that is no file here may be a model that came with the library."""
    if os.path.dirname(name) or os.path.exists(name):
        return name
    here = os.path.dirname(os.path.abspath(__file__))
    folders = [os.path.join(here, "models"), os.path.join(here, "..", "models")]
    folders += [os.path.join(prefix, "share", "hrm", "models") for prefix in (sys.prefix, "/usr/local", "/usr")]
    paths = [os.path.join(folder, name) for folder in folders]
    return next(filter(os.path.exists, paths), name)


def load(path: PathLike, threads: int = 0, isa: Optional[str] = None) -> Model:
    """Loads a model: a file, or the bare name of one that came with the library.

    threads: 0 for all cores; isa: None for the fastest kernels."""
    path = _shipped(path)
    handle, run = C.c_void_p(), _Run(threads, _name(isa))
    _check(_lib.hrm_model_load(_path(path), C.byref(run), C.byref(handle)))
    return Model(handle)


# ---- training ------------------------------------------------------------------------------------


def _settings(settings: Dict[str, Any]) -> List[bytes]:
    def value(v: Any) -> str:
        return str(v).lower() if isinstance(v, bool) else os.fspath(v) if hasattr(v, "__fspath__") else str(v)

    return [("%s=%s" % (key, value(v))).encode() for key, v in settings.items()]


class Trainer(_Handle):
    """A training run in a folder.

    trainer = hrm.Trainer("recipes/trm-sudoku-small.yaml", "runs/first", steps=100)
    trainer.run(print)                      # to its end, an Event at a time; False stops
    for event in trainer: ...               # or stepped from outside
    """

    _free = _lib.hrm_trainer_free

    def __init__(self, recipe: Optional[PathLike], out: PathLike, *, resume: bool = False,
                 threads: int = 0, isa: Optional[str] = None, **settings: Any) -> None:  # fmt: skip
        """settings are recipe keys. resume=True goes on with the run in `out`; recipe is then None."""
        handle, run, words = C.c_void_p(), _Run(threads, _name(isa)), _settings(settings)
        if resume:
            _check(_lib.hrm_trainer_resume(_path(out), _texts(words), len(words), C.byref(run), C.byref(handle)))
        else:
            if recipe is None:
                raise ArgumentError("a new run needs a recipe")
            _check(_lib.hrm_trainer_new(_path(recipe), _texts(words), len(words), _path(out), C.byref(run),
                                        C.byref(handle)))  # fmt: skip
        super().__init__(handle)

    def plan(self) -> Dict[str, Any]:
        """Sizes, memory and steps, and every recipe key resolved."""
        return _json(_lib.hrm_trainer_plan, self._get())

    def run(self, callback: Optional[Callable[[Event], Any]] = None) -> None:
        """Trains to the last step; a callback that returns False saves and raises Stopped."""
        calls = _Calls()
        told = callback or (lambda event: True)
        call = _EventCallback(calls.guard(lambda e: told(_event(e.contents))))
        calls.check(_lib.hrm_trainer_run(self._get(), call, None))

    def step(self) -> Event:
        """One optimiser step."""
        out = _Event()
        _check(_lib.hrm_trainer_step(self._get(), C.byref(out)))
        return _event(out)

    def __iter__(self) -> Iterator[Event]:
        """The steps that are left; evaluate() and save() are the caller's."""
        plan = self.plan()
        for _ in range(plan["step"], plan["steps"]):
            yield self.step()

    def evaluate(self) -> Report:
        """Evaluates on the recipe's `valid` data."""
        out = _EvalReport()
        _check(_lib.hrm_trainer_evaluate(self._get(), C.byref(out)))
        return _report(out)

    def save(self) -> None:
        """Writes a checkpoint into the run folder."""
        _check(_lib.hrm_trainer_save(self._get()))

    def model(self) -> Model:
        """The model as it is now, as a copy."""
        handle = C.c_void_p()
        _check(_lib.hrm_trainer_model(self._get(), C.byref(handle)))
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


def describe(path: PathLike) -> Dict[str, Any]:
    """What a model, trainer state, data set or run folder is."""
    return _json(_lib.hrm_describe, _path(path))


def convert(source: PathLike, out: Optional[PathLike] = None, *, config: Optional[PathLike] = None,
            base: Optional[PathLike] = None, part: Optional[str] = None, data: Optional[PathLike] = None,
            puzzle_emb: Optional[str] = None, recipe: Optional[PathLike] = None, compiled: bool = False,
            raw: bool = False) -> Dict[str, Any]:  # fmt: skip
    """Converts weights of other programs, or to them, and says what became of every tensor; see
    hrm_convert. Without `out` it only says."""

    def path(name: Optional[PathLike]) -> Optional[bytes]:
        return None if name is None else _path(name)

    options = _ConvertOptions(path(config), path(base), _name(part), path(data), _name(puzzle_emb),
                              path(recipe), compiled, raw)  # fmt: skip
    return _json(_lib.hrm_convert, _path(source), path(out), C.byref(options))


def version() -> Dict[str, Any]:
    """The library's version, kernels, compiler and threads."""
    raw = _lib.hrm_version_json()
    if not raw:
        raise OutOfMemoryError("out of memory for the version")
    try:
        return json.loads(C.string_at(raw))
    finally:
        _lib.hrm_free(raw)


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
