#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a file in Prometheus' text format 0.0.4 by the letter of its definition, and print its samples.

    exposition.py FILE          one line a sample: name{label="value",...} value

Exit 1, with the line, for anything that the format does not allow: a name or label that is none, a
sample without HELP and TYPE before it, a family in two pieces, a sample twice, a bad escape or number,
a counter below zero, a histogram that is not cumulative or without its +Inf, a last line without end.
"""
import re
import sys

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}


class Fault(Exception):
    pass


def unescaped(text, start, quoted):
    """The text from start up to a closing quote (or the end), and where it ends."""
    result, i = "", start
    while i < len(text):
        char = text[i]
        if quoted and char == '"':
            return result, i + 1
        if char == "\\":
            escapes = {"\\": "\\", "n": "\n", **({'"': '"'} if quoted else {})}
            if text[i + 1:i + 2] not in escapes:
                raise Fault("bad escape")
            result += escapes[text[i + 1]]
            i += 2
            continue
        result += char
        i += 1
    if quoted:
        raise Fault("a label's value does not end")
    return result, i


def labels_of(line, i):
    labels = {}
    while line[i:i + 1] != "}":
        match = LABEL.match(line, i)
        if not match or line[match.end():match.end() + 2] != '="':
            raise Fault("not a label")
        value, i = unescaped(line, match.end() + 2, True)
        if match.group() in labels:
            raise Fault("a label twice")
        labels[match.group()] = value
        if line[i:i + 1] == ",":
            i += 1
        elif line[i:i + 1] != "}":
            raise Fault("no comma between labels")
    return labels, i + 1


def sample_of(line):
    match = NAME.match(line)
    if not match:
        raise Fault("not a name")
    labels, i = {}, match.end()
    if line[i:i + 1] == "{":
        labels, i = labels_of(line, i + 1)
    value = re.fullmatch(r" +(\S+)(?: +-?\d+)?", line[i:])
    if not value:
        raise Fault("no value, or more than one")
    number = value.group(1)
    if not re.fullmatch(r"[+-]?Inf|NaN|[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", number):
        raise Fault("not a number")
    return match.group(), labels, float(number)


def family_of(name, types):
    if name in types:
        return name
    for ending in ("_bucket", "_sum", "_count"):
        if name.endswith(ending) and types.get(name[:-len(ending)]) in ("histogram", "summary"):
            return name[:-len(ending)]
    raise Fault("a sample without TYPE before it")


def check_histograms(samples, types):
    series = {}
    for name, labels, value in samples:
        base = name[:-7]
        if name.endswith("_bucket") and types.get(base) == "histogram":
            rest = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
            series.setdefault((base, rest), []).append((float(labels["le"]), value))
    counts = {(n[:-6], tuple(sorted(l.items()))): v for n, l, v in samples if n.endswith("_count")}
    sums = {(n[:-4], tuple(sorted(l.items()))) for n, l, v in samples if n.endswith("_sum")}
    for key, buckets in series.items():
        if buckets != sorted(buckets) or any(a[1] > b[1] for a, b in zip(buckets, buckets[1:])):
            raise Fault(f"{key}: buckets are not cumulative")
        if buckets[-1][0] != float("inf") or counts.get(key) != buckets[-1][1] or key not in sums:
            raise Fault(f"{key}: no +Inf, _count or _sum that fits")


def parse(text):
    if not text.endswith("\n"):
        raise Fault("the last line has no end")
    samples, types, helps, seen, closed, current = [], {}, {}, set(), set(), None
    for number, line in enumerate(text[:-1].split("\n"), 1):
        try:
            comment = re.fullmatch(r"# (HELP|TYPE) (\S+) (.*)", line)
            if comment:
                kind, name, rest = comment.groups()
                if not NAME.fullmatch(name) or name in (helps if kind == "HELP" else types):
                    raise Fault("not a name, or named twice")
                if kind == "HELP":
                    helps[name] = unescaped(rest, 0, False)[0]
                elif rest not in TYPES:
                    raise Fault("not a type")
                else:
                    types[name] = rest
                continue
            name, labels, value = sample_of(line)
            family = family_of(name, types)
            if family != current:
                if family in closed or not helps.get(family):
                    raise Fault("a family in two pieces, or without HELP")
                closed.add(current)
                current = family
            key = (name, tuple(sorted(labels.items())))
            if key in seen:
                raise Fault("a sample twice")
            seen.add(key)
            if types[family] in ("counter", "histogram") and not value >= 0:
                raise Fault("a count below zero")
            samples.append((name, labels, value))
        except Fault as fault:
            raise Fault(f"line {number}: {fault}: {line}") from None
    check_histograms(samples, types)
    return samples


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        try:
            samples = parse(file.read())
        except Fault as fault:
            sys.exit(f"{sys.argv[1]}: {fault}")
    for name, labels, value in samples:
        inside = ",".join(f'{k}="{v}"' for k, v in labels.items())
        print(f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:.15g}")


main()
