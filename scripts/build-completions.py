#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make bash completions from what the programs say of themselves.

    CONTIMG_BUILD=build/tools scripts/build-completions.py DIR

DIR gets a file for each tool, and each script that is installed: its options, its subcommands and theirs, values
where --help names them ("...: oldest or newest."), files and folders where it asks for one.
"""
import importlib.machinery
import importlib.util
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOADER = importlib.machinery.SourceFileLoader("manuals", str(ROOT / "scripts" / "check-manuals.py"))
manuals = importlib.util.module_from_spec(importlib.util.spec_from_loader("manuals", LOADER))
sys.dont_write_bytecode = True
LOADER.exec_module(manuals)

EVERY_SETTING = "Every setting is an option too"
CHOICE = re.compile(r"(?:: |^)((?:\w+, )*\w+,? or \w+)(?=[.,;:]|$)")
TEMPLATE = """\
# Completion of {name}, made from its --help by scripts/build-completions.py.
_contimg_{function}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} option=${{COMP_WORDS[COMP_CWORD - 1]}} subcommand='' i options
  # bash takes --option=value for three words.
  if [[ $option == = ]]; then option=${{COMP_WORDS[COMP_CWORD - 2]}}; elif [[ $word == = ]]; then word=''; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
      {subcommand_pattern}) subcommand=${{COMP_WORDS[i]}} && break ;;
    esac
  done
  COMPREPLY=()
  case $subcommand:$option in
{values}
  esac
  case $subcommand in
{options}
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
  elif [[ -z $subcommand && -n "{subcommands}" ]]; then
    mapfile -t COMPREPLY < <(compgen -W "{subcommands}" -- "$word")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}}
complete -F _contimg_{function} {name}
"""
FILES = "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -{kind} -- \"$word\"); return"


def programs(build):
    """{name: path} of every tool that is built and every script that is installed."""
    listed = re.findall(r"^contimg_tool\(([\w-]+)", (ROOT / "tools/CMakeLists.txt").read_text(), re.M)
    found = {name: build / name for name in listed if (build / name).exists()}
    if not found:
        sys.exit(f"{build}: no tools, expected them built; name their folder with CONTIMG_BUILD")
    block = "".join(re.findall(r"install\(PROGRAMS([^)]*)BINDIR", (ROOT / "cmake/install.cmake").read_text()))
    for path in re.findall(r"/((?:scripts|slurm)/[\w.-]+)", block):
        found[Path(path).name] = ROOT / path
    return found


def said(command):
    """The options of one --help, and its text: ({(names): (value's name, default, text)}, text)."""
    text = manuals.help_text([str(word) for word in command])
    options = {names: option for names, option in manuals.options_of(text).items() if names[0].startswith("-")}
    return options, text


def values_of(value, text, stages):
    """What completes the value of an option: a command of bash."""
    choice = CHOICE.search(text)
    if choice:
        words = re.split(r",? or |, ", choice.group(1))
        return f"mapfile -t COMPREPLY < <(compgen -W '{' '.join(words)}' -- \"$word\"); return"
    if value in ("STAGE", "LIST") and "tage" in text:
        return f"mapfile -t COMPREPLY < <(compgen -W '{stages}' -- \"$word\"); return"
    if value in ("DIR", "FOLDER"):
        return FILES.format(kind="d")
    if value in ("FILE", "PATH", "SET", "MS", "IMAGE"):
        return FILES.format(kind="f")
    return "return"


def completion(name, path, settings, stages):
    options, text = said([path])
    if EVERY_SETTING in text:
        known = {one for names in options for one in names}
        for names, option in settings.items():
            others = tuple(one for one in names if one not in known)
            if others:
                options[others] = option
    block = re.search(r"^Subcommands:\n((?:  .*\n?)*)", text, re.M)
    subcommands = re.findall(r"^  (\S+)", block.group(1), re.M) if block else []
    tables = {"": options, **{each: said([path, each])[0] for each in subcommands}}
    values, lists = [], []
    for subcommand, table in tables.items():
        for names, (value, _, said_text) in table.items():
            if value:
                pattern = " | ".join(f"{subcommand or '*'}:{one}" for one in names)
                row = f"    {pattern}) {values_of(value, said_text, stages)} ;;"
                # A subcommand's own options come before those of all.
                values.append((not subcommand, row))
        words = " ".join(sorted({one for names in table for one in names}))
        lists.append(f"    '{subcommand}') options='{words}' ;;")
    values = [row for _, row in sorted(values, key=lambda pair: pair[0])]
    return TEMPLATE.format(name=name, function=re.sub(r"\W", "_", name),
                           subcommand_pattern=" | ".join(subcommands) or "''",
                           subcommands=" ".join(subcommands), values="\n".join(values),
                           options="\n".join(lists))


def main():
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    build = Path(os.environ.get("CONTIMG_BUILD", ROOT / "build" / "tools"))
    found = programs(build)
    settings, _ = said([found["check-config"]])
    own = {("-h", "--help"), ("--version",), ("--json",), ("--shell",)}
    settings = {names: option for names, option in settings.items() if names not in own}
    stages = next(option[1] for names, option in settings.items() if "--stages" in names).replace(",", " ")
    for old in set(target.iterdir()) - {target / name for name in found}:
        old.unlink()
    for name, path in found.items():
        text = completion(name, path, settings, stages)
        place = target / name
        if not place.exists() or place.read_text() != text:
            place.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
