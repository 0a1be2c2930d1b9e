#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold the queries of alert rules and of a dashboard to what is really emitted.

    promql_names.py RULES.yml DASHBOARD.json SAMPLES...

SAMPLES are files in Prometheus' text format. Each selector of each query has to match a sample: its name,
and those of its matchers that name a value that is not a variable of the dashboard. Exit 1 with each that
does not, and for a panel whose unit is not that of its metric.
"""
import json
import re
import sys

import yaml

WORDS = {"and", "or", "unless", "on", "ignoring", "by", "without", "group_left", "group_right", "bool",
         "offset", "inf", "nan"}
OURS = {"up", "ALERTS"}  # made by Prometheus itself
UNITS = [(r"_seconds$", "s"), (r"_gb$", "decgbytes"), (r"_share$|_ratio$", "percentunit"),
         (r"_bytes_per_second$", "Bps")]
SELECTOR = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{(?:[^}"]|"(?:[^"\\]|\\.)*")*\})?')
MATCHER = re.compile(r'([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')


def without_clauses(query):
    """Label lists of by, without, on and ignoring name no metrics, nor do windows and texts."""
    query = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", query)
    return re.sub(r"\[[^\]]*\]", " ", query)


def selectors(query):
    query = without_clauses(query)
    for match in SELECTOR.finditer(query):
        name, braces = match.group(1), match.group(2)
        if match.start() > 0 and re.match(r"[\w.]", query[match.start() - 1]):
            continue  # the exponent or unit of a number
        if name in WORDS or (not braces and query[match.end():].lstrip().startswith("(")):
            continue
        yield name, MATCHER.findall(braces or "")


def samples(paths):
    found = {}
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                match = SELECTOR.match(line)
                if match and not line.startswith("#"):
                    found.setdefault(match.group(1), []).append(
                        {name: value for name, _, value in MATCHER.findall(match.group(2) or "")})
    return found


def agrees(labels, matcher):
    name, operator, value = matcher
    if name in ("job", "instance") or "$" in value:
        return True
    held = labels.get(name, "")
    same = held == value if operator in ("=", "!=") else re.fullmatch(value, held) is not None
    return same == (operator in ("=", "=~"))


def faults_of(where, query, emitted):
    named = list(selectors(query))
    if not named:
        yield f"{where}: names no metric: {query}"
    for name, matchers in named:
        if name in OURS:
            continue
        if name not in emitted:
            yield f"{where}: {name} is not emitted"
            continue
        # A counter of errors that never came has no sample with that status: the name is what is held.
        if not any(all(agrees(labels, matcher) for matcher in matchers) for labels in emitted[name]):
            yield f"{where}: no sample of {name} has {matchers}"


def panels_of(dashboard):
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield panel


def unit_faults(panel):
    unit = panel["fieldConfig"]["defaults"]["unit"]
    for target in panel["targets"]:
        plain = re.fullmatch(r"(?:time\(\) - )?([a-z0-9_]+)\{[^}]*\}", target["expr"])
        if not plain:
            continue
        name = plain.group(1)
        expected = "s" if target["expr"].startswith("time()") else None
        for pattern, each in UNITS:
            if expected is None and re.search(pattern, name):
                expected = each
        if expected is not None and unit != expected:
            yield f"panel {panel['title']}: unit {unit}, expected {expected} for {name}"


def main(rules_path, dashboard_path, *sample_paths):
    emitted = samples(sample_paths)
    with open(rules_path, encoding="utf-8") as file:
        rules = [rule for group in yaml.safe_load(file)["groups"] for rule in group["rules"]]
    with open(dashboard_path, encoding="utf-8") as file:
        dashboard = json.load(file)
    faults = []
    for rule in rules:
        faults += faults_of(rule["alert"], rule["expr"], emitted)
    panels = list(panels_of(dashboard))
    if len({panel["id"] for panel in dashboard["panels"]}) != len(dashboard["panels"]):
        faults.append("two panels have one id")
    for panel in panels:
        if not panel["targets"]:
            faults.append(f"panel {panel['title']}: no query")
        for target in panel["targets"]:
            faults += faults_of(f"panel {panel['title']}", target["expr"], emitted)
        faults += unit_faults(panel)
    for fault in faults:
        print(fault)
    print(f"{len(rules)} rules, {len(panels)} panels, {len(emitted)} metrics", file=sys.stderr)
    return 1 if faults or not rules or not panels else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
