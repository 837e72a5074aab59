"""A look inside a model, cell by cell as in a notebook.

python3 notebook.py MODEL DATA.csv      (hrm.py beside it, installed, or on PYTHONPATH)
"""

# %% A model and its data
import sys

import hrm

model = hrm.load(sys.argv[1])
data = hrm.Dataset(sys.argv[2], model=model)
print(f"{model.info.arch} with {model.info.parameters:,} parameters for {model.info.task}; {len(data)} puzzles")

# %% How good is it?
report = model.evaluate(data, limit=100)
low, high = report.ci95
print(f"exact {report.exact:.1%} (95 % interval {low:.1%} to {high:.1%}) of {report.n}")

# %% One puzzle
answer = model.solve(data[0].question)
print(answer.drawing, answer.verdict, answer.why)

# %% How sure is it of every cell, step by step? The trace is an array: steps x cells x vocabulary
trace = model.trace(data[0].question)
for step in trace.steps[:12]:
    odds = step.probabilities
    sure = sum(max(odds[c, v] for v in range(odds.shape[1])) for c in range(odds.shape[0]))
    print(f"{step.step + 1:3}  {step.text}  {sure / odds.shape[0]:6.1%}  {step.end}")

# %% Many at once, as arrays of tokens
questions, labels = data.arrays()
if hrm.numpy is not None:
    solved = model.solve(questions[:50])
    print(f"cells right: {(solved == labels[:50]).mean():.1%}")
