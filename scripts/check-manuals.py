#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold each tool's manual, docs/tools/<tool>.md, to what the tool says of itself.

    CONTIMG_BUILD=build/tools scripts/check-manuals.py          check all; exit 1 and say what is off
    CONTIMG_BUILD=build/tools scripts/check-manuals.py TOOL     print an OPTIONS section to start from

Every tool of tools/CMakeLists.txt that is built, and every script of scripts/ that
cmake/install.cmake puts among the executables, has a manual with the eight sections, and a bats
file. Every option and positional of --help is in OPTIONS and the other way round, and a default
that --help shows in brackets is repeated in the manual as "Default: <value>".
"""
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "FILES", "EXIT STATUS", "EXAMPLES",
            "SEE ALSO"]
OPTION_LINE = re.compile(
    r"^  (-{1,2}[\w-]+(?:, ?-{1,2}[\w-]+)*)"   # names
    r"(?: ([A-Z]\S*))?"                          # the value's name
    r"(?: \[([^\]]*)\])?"                        # the default
    r"(?: \(required\))?(?: +(.*))?$")
POSITIONAL_LINE = re.compile(r"^  ([A-Za-z][\w.-]*)(?: ([A-Z]\S*))?(?: \[([^\]]*)\])?(?:  +(.*))?$")


def help_text(command):
    return subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout


def help_options(build, tool):
    """The options of a tool and of its subcommands: {names: [value, default, text]}."""
    text = help_text([str(build / tool)])
    options = options_of(text)
    subcommands = re.search(r"^Subcommands:\n((?:  .*\n?)*)", text, re.M)
    for subcommand in re.findall(r"^  (\S+)", subcommands.group(1) if subcommands else "", re.M):
        for names, option in options_of(help_text([str(build / tool), subcommand])).items():
            if names[0].startswith("-"):
                options.setdefault(names, option)
    return options


def options_of(text):
    """The options and positionals in the text of --help; names as a tuple."""
    options, last, positionals = {}, None, False  # last: where wrapped text goes
    for line in text.splitlines():
        if re.match(r"^\w.*:$", line):
            positionals = line.startswith("Positionals")
            last = None
            continue
        match = OPTION_LINE.match(line)
        if not match and positionals:
            match = POSITIONAL_LINE.match(line)
        if match:
            last = tuple(name.rstrip(".") for name in re.split(r", ?", match.group(1)))
            options[last] = [match.group(2) or "", match.group(3) or "", match.group(4) or ""]
        elif last and line.startswith(" " * 20):
            options[last][2] = (options[last][2] + " " + line.strip()).strip()
        elif not line.strip():
            last = None
    return options


def plain(text):
    """Markdown without its marks and with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"[\\`*]", "", text)).strip()


def says_default(definition, value):
    """True for "Default: 600", "(default 600)", "Default 600 seconds", ..."""
    return re.search(r"[Dd]efaults?:?(?: to| is)? " + re.escape(value) + r"(?![\w/])",
                     definition) is not None


def manual_options(text):
    """The definition list of OPTIONS: {names: definition}."""
    match = re.search(r"^# OPTIONS\n(.*?)(?=^# )", text, re.S | re.M)
    options = {}
    if not match:
        return options
    for term, definition in re.findall(r"^(\S[^\n]*)\n+:((?:[^\n]*\n)(?:(?![^\s:])[^\n]*\n)*)",
                                       match.group(1), re.M):
        bold = re.findall(r"\*\*([^*]+)\*\*", term)
        names = tuple(name for part in bold for name in re.split(r", ?", part))
        if not names:
            names = tuple(re.findall(r"\*([^*]+)\*", term))[:1]
        options[names] = plain(definition)
    return options


def check_tool(build, tool):
    manual = ROOT / "docs" / "tools" / f"{tool}.md"
    if not manual.exists():
        return [f"{manual.relative_to(ROOT)}: missing, expected a manual"]
    faults, where, text = [], manual.relative_to(ROOT), manual.read_text()
    sections = re.findall(r"^# (.+)$", text, re.M)
    if sections != SECTIONS:
        faults.append(f"{where}: sections are {sections}, expected {SECTIONS}")
    if not re.search(rf"^# NAME\n+{tool} (-|--|\\-) \S", text, re.M):
        faults.append(f"{where}: NAME, expected '{tool} - <what it does>'")
    spoken, written = help_options(build, tool), manual_options(text)
    written_sets = {frozenset(names): definition for names, definition in written.items()}
    for names, (_, default, _) in spoken.items():
        definition = written_sets.pop(frozenset(names), None)
        if definition is None:
            faults.append(f"{where}: OPTIONS lacks {', '.join(names)}")
        elif default and not says_default(definition, plain(default)):
            faults.append(f"{where}: {', '.join(names)}: expected 'Default: {default}'")
    for names in written_sets:
        faults.append(f"{where}: {', '.join(sorted(names))} is not in {tool} --help")
    if not (ROOT / "tests" / "cli" / f"{tool}.bats").exists():
        faults.append(f"tests/cli/{tool}.bats: missing, expected tests of the tool")
    return faults


def print_options(build, tool):
    print("# OPTIONS\n")
    for names, (value, default, text) in help_options(build, tool).items():
        if names[0].startswith("-"):
            term = ", ".join(f"**{name}**" for name in names) + (f" *{value}*" if value else "")
        else:
            term = f"*{names[0]}*"
        escaped = default.replace("<", "\\<").replace(">", "\\>")
        print(f"{term}\n:   {text}{f' Default: {escaped}.' if default else ''}\n")


def main():
    build = Path(os.environ.get("CONTIMG_BUILD", ROOT / "build" / "tools"))
    if len(sys.argv) > 1:
        print_options(build, sys.argv[1])
        return 0
    listed = re.findall(r"^contimg_tool\(([\w-]+)", (ROOT / "tools" / "CMakeLists.txt").read_text(),
                        re.M)
    tools = [tool for tool in listed if (ROOT / "tools" / f"{tool.replace('-', '_')}.cc").exists()]
    faults = [] if tools else ["tools/CMakeLists.txt: no tools found"]
    for tool in tools:
        if (build / tool).exists():
            faults += check_tool(build, tool)
        else:
            faults.append(f"{tool}: not built in {build}")
    programs = re.search(r"install\(PROGRAMS([^)]*)", (ROOT / "cmake/install.cmake").read_text())
    scripts = re.findall(r"scripts/([\w.-]+)", programs.group(1) if programs else "")
    faults += [] if scripts else ["cmake/install.cmake: no scripts found"]
    for script in scripts:
        faults += check_tool(ROOT / "scripts", script)
    for manual in sorted((ROOT / "docs" / "tools").glob("*.md")):
        if manual.stem not in listed + scripts:
            faults.append(f"{manual.relative_to(ROOT)}: no such tool in tools/CMakeLists.txt, "
                          "nor script in cmake/install.cmake")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
