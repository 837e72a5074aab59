"""Good files made hostile by one who knows their formats: spoil(name, data, draw) returns bytes, and what was changed."""

import io
import json
import re
import struct
import zipfile

INTS = (-1, 0, 1, 2, 3, 7, 17, 255, 256, 1024, 65535, 65536, 1 << 20, (1 << 31) - 1, 1 << 31, -(1 << 31), (1 << 32) + 1,
        100000000, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)  # fmt: skip
WORDS = ("", "nan", "inf", "-inf", "1e999", "-0.0", "1e-320", "0x10", "~", "true", "x", "x" * 70000, "\u0001", "é" * 40, "%s%n",
         "../../x", "/dev/null", ".", "[1, 2", "{a: b}", "&a [*a]", "1GiB", "1e30GiB", '"')  # fmt: skip
FLOATS = (0.0, -1.0, 1e308, 1e-320, 64.5, 1e9, 3.0000001)
BITS = (0x7FC00000, 0x7F800000, 0xFF800000, 0x7F7FFFFF, 1, 0x80000000, 0x7FFFFFFF, 0xFFFFFFFF, 1000)
DTYPES = ("F32", "F64", "BF16", "F16", "I8", "U8", "I32", "I64", "BOOL", "F8_E4M3", "", 3)
DEPTHS = (30, 2047, 2049, 100000)


def flipped(data, draw, first=0, last=None):
    """Some bytes changed, taken out or doubled."""
    out = bytearray(data)
    for _ in range(draw.randrange(1, 5)):
        at, how = draw.randrange(first, max(first + 1, min(last or len(out), len(out) or 1))), draw.randrange(4)
        if how == 0:
            del out[at:at + draw.randrange(1, 9)]
        elif how == 1:
            out[at:at] = out[at:at + draw.randrange(1, 99)]
        else:
            out[at:at + 1] = bytes([draw.randrange(256)])
    return bytes(out)


def cut(data, draw):
    return data[:draw.randrange(len(data) + 1)] if draw.random() < 0.7 else data + data[:draw.randrange(99)]


def places(value, path=()):
    """Where in a JSON value something stands; texts that hold JSON themselves are looked into."""
    if path:
        yield path
    inner = value
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            inner = json.loads(value)
        except ValueError:
            return
    for key in inner if isinstance(inner, dict) else range(min(len(inner), 40)) if isinstance(inner, list) else ():
        yield from places(inner[key], path + (key,))


def other(value, draw):
    """What may stand in a value's place."""
    if isinstance(value, list) and draw.random() < 0.5:
        return draw.choice([value * 2, value[:-1], value[::-1], value * 3000 if len(value) < 99 else value, [value], [[[value]]]])
    if isinstance(value, dict) and draw.random() < 0.5:
        keys = list(value)
        draw.shuffle(keys)
        return {key: value[old] for key, old in zip(value, keys)}
    return draw.choice([draw.choice(INTS), draw.choice(INTS), draw.choice(FLOATS), draw.choice(WORDS), None, True, [], {},
                        [draw.choice(INTS)] * draw.choice((1, 9, 2000)), {"a": 1}])  # fmt: skip


def put(value, path, draw):
    """The value with what stands at the path changed, or taken out, or under another's name too."""
    inside = isinstance(value, str)
    box = json.loads(value) if inside else value
    if len(path) > 1:
        box[path[0]] = put(box[path[0]], path[1:], draw)
    elif draw.random() < 0.12:
        del box[path[0]]
    elif draw.random() < 0.1 and isinstance(box, dict):
        box[draw.choice(list(box))] = box[path[0]]
    else:
        box[path[0]] = other(box[path[0]], draw)
    return json.dumps(box) if inside else box


def spoil_value(value, draw):
    what = []
    for _ in range(draw.choice((1, 1, 2))):
        path = draw.choice(list(places(value)) or [()])
        if path:
            value = put(value, path, draw)
            what.append("/".join(map(str, path)))
    return value, ", ".join(what)


def deep(draw):
    left, right = draw.choice(("[]", ('{"a":', "}")))
    depth = draw.choice(DEPTHS)
    return left * depth + "1" + right * depth


def spoil_json(data, draw):
    how = draw.randrange(10)
    if how == 0:
        return flipped(data, draw), "bytes"
    if how == 1:
        return cut(data, draw), "cut"
    if how == 2:
        return deep(draw).encode(), "depth"
    value, what = spoil_value(json.loads(data), draw)
    return json.dumps(value).encode(), what


def spoil_lines(data, draw):
    """Lines of JSON: one is spoilt, doubled, moved or taken out."""
    lines, how = data.splitlines(True), draw.randrange(6)
    at = draw.randrange(len(lines))
    if how == 0:
        lines.insert(draw.randrange(len(lines)), lines.pop(at))
    elif how == 1:
        lines[at:at] = [draw.choice([b"\0" * 5000, b"x" * 300000, lines[at], b"[]\n", b"{}\n", b'{"step": 1e400}\n'])]
    else:
        lines[at] = spoil_json(lines[at], draw)[0] + b"\n"
    return b"".join(lines), f"line {at + 1}"


def spoil_yaml(data, draw):
    text, how = data.decode(), draw.randrange(12)
    lines = text.splitlines(True)
    at = draw.randrange(len(lines))
    if how == 0:
        return flipped(data, draw), "bytes"
    if how == 1:
        return cut(data, draw), "cut"
    if how == 2:
        bomb = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(f"b{i}: &b{i} [{','.join(['*b%d' % (i - 1) if i else '*a'] * 9)}]\n"
                                                 for i in range(12))  # fmt: skip
        ladder = "".join("  " * i + f"k{i}:\n" for i in range(2000))
        return (text + draw.choice([bomb, "x: " + deep(draw) + "\n", "- " * 50000, ladder,
                                    "? " * 50000, "".join(f"k{i}: 1\n" for i in range(50000)), "%YAML 1.1\n---\n" + text,
                                    "x: !!python/object y\n", "x: |\n  " + "y\n  " * 50000])).encode(), "depth or bomb"  # fmt: skip
    if how == 3:
        lines.insert(draw.randrange(len(lines)), lines[at])
    elif how == 4:
        del lines[at]
    elif how == 5:
        lines[at] = " " * draw.randrange(1, 9) + lines[at]
    else:
        value = draw.choice([*INTS, *FLOATS, *WORDS])
        lines[at] = re.sub(r"(:|-)( .*)?$", lambda found: f"{found[1]} {value}", lines[at].rstrip("\n"), count=1) + "\n"
    return "".join(lines).encode(), f"line {at + 1}"


def spoil_csv(data, draw):
    how, rows = draw.randrange(10), [line.split(",") for line in data.decode().splitlines()]
    at = draw.randrange(len(rows))
    cell = draw.randrange(len(rows[at]))
    if how == 0:
        return flipped(data, draw), "bytes"
    if how == 1:
        return cut(data, draw), "cut"
    if how == 2:
        rows = [row[::-1] if draw.random() < 0.5 else row for row in rows]
    elif how == 3:
        rows[at] = rows[at] * draw.choice((2, 300, 20000))
    elif how == 4:
        rows[at][cell] = '"' + rows[at][cell] + draw.choice(('"', "", '""', '"x', '"\n'))
    elif how == 5:
        rows[0] = draw.choice([rows[0][::-1], rows[0] + rows[0], [""], ["question"], ["answer"] * 2, ["rating"] * 3])
    elif how == 6:
        rows[at][cell] = rows[at][cell] * draw.choice((2, 100, 5000)) + draw.choice(("", "."))
    else:
        rows[at][cell] = str(draw.choice([*INTS, *FLOATS, *WORDS, "\0", "1" * 16]))
    return "\n".join(",".join(row) for row in rows).encode() + b"\n", f"line {at + 1}"


def spoil_tensors(data, draw):
    """A safetensors file, without the checksums, which would refuse all of it alike."""
    size = struct.unpack("<Q", data[:8])[0]
    header, body, how = json.loads(data[8:8 + size]), data[8 + size:], draw.randrange(18)
    names = [name for name in header if name != "__metadata__"]
    name, length = draw.choice(names), None
    entry = header[name]
    header["__metadata__"] = {key: value for key, value in header["__metadata__"].items() if "xxh64" not in key}
    what = name
    if how == 0:
        return flipped(data, draw, 0, 8 + size), "bytes"
    if how == 1:
        body, what = cut(body, draw), "cut"
    elif how == 2:
        length = draw.choice([*INTS, size - 1, size + 1])
    elif how in (3, 4):
        body, (first, last) = bytearray(body), entry["data_offsets"]
        for _ in range(draw.choice((1, 3, 999))):
            at = first + draw.randrange(max(1, last - first)) // 4 * 4
            body[at:at + 4] = struct.pack("<I", draw.choice(BITS))[:max(0, min(4, last - at))]
    elif how == 5:
        entry["dtype"] = draw.choice(DTYPES)
    elif how == 6:
        entry["shape"] = draw.choice([entry["shape"][::-1], entry["shape"] + [1], [], [0], [draw.choice(INTS)] * 2, [1] * 70])
    elif how == 7:
        entry["data_offsets"] = draw.choice([header[draw.choice(names)]["data_offsets"], entry["data_offsets"][::-1],
                                             [draw.choice(INTS), draw.choice(INTS)]])  # fmt: skip
    elif how == 8:
        header[draw.choice(("x", "", "a" * 99999, name + "x"))] = header.pop(name) if draw.random() < 0.5 else entry
    elif how == 9:
        return struct.pack("<Q", 1 << 20) + deep(draw).encode().ljust(1 << 20)[:1 << 20] + body, "depth"
    else:
        header["__metadata__"], what = spoil_value(header["__metadata__"], draw)
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    return struct.pack("<Q", (len(text) if length is None else length) % (1 << 64)) + text + bytes(body), what


def spoil_npy(data, draw):
    how, size = draw.randrange(8), struct.unpack("<H", data[8:10])[0]
    text, body = data[10:10 + size].decode(), data[10 + size:]
    if how == 0:
        return flipped(data, draw, 0, 10 + size), "bytes"
    if how == 1:
        return cut(data, draw), "cut"
    if how == 2:
        return flipped(data, draw, 10 + size), "data"
    if how == 3:
        kind = draw.choice(("<f4", ">i8", "|u1", "<i4", "|O", "<c16", "<U9", "|V3", ""))
        text = re.sub(r"'descr': '[^']*'", f"'descr': '{kind}'", text)
    elif how == 4:
        text = text.replace("False", draw.choice(("True", "None", "1", "")))
    elif how == 5:
        body = b"".join(body[i:i + 1] if draw.random() < 0.99 else b"\xff" for i in range(min(len(body), 20000))) + body[20000:]
    else:
        shape = draw.choice(["()", "(0,)", f"({draw.choice(INTS)},)", f"({draw.choice(INTS)}, {draw.choice(INTS)})", "(" * 5000,
                             "(1,) * 9", "(2, 2, 2, 2, 2, 2, 2, 2, 2, 2)", f"({len(body)},)"])  # fmt: skip
        text = re.sub(r"'shape': \([^)]*\)", f"'shape': {shape}", text)
    text = text.encode()
    length = draw.choice([len(text)] * 9 + [draw.choice(INTS)]) % 65536
    return data[:8] + struct.pack("<H", length) + text + body, "array"


def spoil_zip(data, draw):
    """A zip of arrays (.npz) or of PyTorch's parts (.pt): its directory, or one of its parts."""
    how = draw.randrange(9)
    if how == 0:
        return cut(data, draw), "cut"
    if how < 3:  # the directory's numbers: sizes, offsets, counts
        at = data.rfind(b"PK\5\6" if how == 1 else b"PK\1\2") + draw.randrange(4, 22 if how == 1 else 46) // 2 * 2
        width = draw.choice((2, 4))
        return data[:at] + struct.pack("<Q", draw.choice(INTS) % (1 << 64))[:width] + data[at + width:], "directory"
    out, what = io.BytesIO(), ""
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        some = draw.choice([name for name in names if how == 3 and name.endswith("data.pkl")] or names)
        for name in names:
            part, packed = old.read(name), zipfile.ZIP_STORED
            if name == some:
                what = name
                if how == 4:
                    continue
                if how == 5:
                    part, packed = bytes(50 << 20), zipfile.ZIP_DEFLATED
                elif how == 6:
                    name = draw.choice(("", "x", "/abs", "../" + name, name * 50, draw.choice(names)))
                elif part[:6] == b"\x93NUMPY":
                    part = spoil_npy(part, draw)[0]
                else:
                    part = flipped(part, draw) if how < 8 else cut(part, draw)
            elif draw.random() < 0.1:
                packed = zipfile.ZIP_DEFLATED
            new.writestr(zipfile.ZipInfo(name), part, packed)
    return out.getvalue(), what


SPOILERS = {"safetensors": spoil_tensors, "json": spoil_json, "jsonl": spoil_lines, "yaml": spoil_yaml, "csv": spoil_csv,
            "npy": spoil_npy, "pt": spoil_zip, "npz": spoil_zip}  # fmt: skip


def spoil(name, data, draw):
    return SPOILERS[name.rsplit(".", 1)[1]](data, draw)
