"""A language model that hands its puzzles over: any OpenAI-compatible endpoint (llama-server, Ollama, vLLM, or a
company's), with hrm serve as a function that it may call. Python's standard library.

usage: ask.py LLM_URL HRM_URL QUESTION [MODEL]
   python3 examples/llm/ask.py http://127.0.0.1:8080 http://127.0.0.1:8091 "$(cat examples/llm/puzzle.txt)"

The key of the endpoint, where it wants one, is in LLM_API_KEY; that of the service in HRM_API_KEY."""

import json
import os
import sys
import urllib.error
import urllib.request

ROUNDS = 6  # answers and calls, at most
SYSTEM = ("You help with logic puzzles. You never solve a puzzle yourself: you write it as text and call a tool. "
          "When a tool says what is wrong, mend the text and call it again. Then tell the answer as a grid.")
# What the model may call, and where that goes. The parameters come from the service itself.
TOOLS = {
    "solve_puzzle": ("/v1/solve", "Solves a logic puzzle such as a Sudoku, exactly. puzzle: one character per cell, row by row, "
                                  "digits for givens and . for open cells; 81 of them for a Sudoku of 9 by 9."),
    "check_answer": ("/v1/check", "Judges an answer to a puzzle by the rules."),
}
USED = {"puzzle", "answer", "task"}  # of the parameters: fewer are easier to get right


def post(url, body, key):
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = "Bearer " + key
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=300) as r:
        return json.load(r)


def tools(hrm):
    """The functions as the endpoint wants them, out of the service's own description."""
    with urllib.request.urlopen(hrm + "/openapi.json", timeout=30) as r:
        paths = json.load(r)["paths"]
    out = []
    for name, (path, description) in TOOLS.items():
        schema = paths[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        properties = {k: {"type": "string", "description": v["description"]}
                      for k, v in schema["properties"].items() if k in USED}
        required = [k for k in ("puzzle", "answer") if k in properties]
        out.append({"type": "function", "function": {"name": name, "description": description, "parameters": {
            "type": "object", "properties": properties, "required": required, "additionalProperties": False}}})
    return out


def call(hrm, name, arguments):
    """What the tool says; what is wrong with a call is said to the model, which can mend it."""
    if name not in TOOLS:
        return {"error": "there is no function " + name}
    try:
        o = post(hrm + TOOLS[name][0], json.loads(arguments), os.environ.get("HRM_API_KEY"))
    except ValueError as e:
        return {"error": "the arguments are not JSON: %s" % e}
    except urllib.error.HTTPError as e:
        return json.load(e)
    return o["answers"][0] if "answers" in o else o


def ask(llm, hrm, question, model="default"):
    """The model's last words."""
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
    functions = tools(hrm)
    for _ in range(ROUNDS):
        body = {"model": model, "messages": messages, "tools": functions}
        message = post(llm + "/v1/chat/completions", body, os.environ.get("LLM_API_KEY"))["choices"][0]["message"]
        messages.append(message)
        if not message.get("tool_calls"):
            return message["content"]
        for c in message["tool_calls"]:
            result = call(hrm, c["function"]["name"], c["function"]["arguments"])
            messages.append({"role": "tool", "tool_call_id": c["id"], "content": json.dumps(result)})
    return "no answer after %d rounds" % ROUNDS


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    print(ask(sys.argv[1].rstrip("/"), sys.argv[2].rstrip("/"), *sys.argv[3:]))
