#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold every command line of the documents to what the programs take.

    CONTIMG_BUILD=build/tools scripts/check-commands.py

Read are blocks that begin with ```sh, whether a test runs them or not, and those lines of indented blocks that begin
with one of our programs. Of our programs each option and subcommand has to be in --help; scripts that take every setting
as an option are held to check-config's. Other programs have to be installed, or be among ELSEWHERE.
"""
import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = [Path(os.environ.get("CONTIMG_BUILD", ROOT / "build/tools")), ROOT / "scripts", ROOT / "slurm",
           Path(__file__).resolve().parent]
# Programs of machines that documents speak of; a shell's own words; words before a command.
ELSEWHERE = set("sudo systemctl journalctl crontab docker-compose podman-compose docker promtool apt-get git make dmesg "
                "rsync editor page-operator sbatch squeue scancel scontrol sinfo sacct sacctmgr logrotate adduser mount "
                "fuser curl setfacl srun sshfs mail ssh openssl".split())
SHELL = set("export cd eval set echo printf test true false [ [[ ]] read trap source . : unset exit mapfile wait kill "
            "type ulimit umask local return".split())
BEFORE = set("time exec nice env if then else elif while until do ! sudo".split())
ENDS = {"|", "||", "&&", ";", "&", "(", ")", "{", "}", "|&", ";;"}


def program(name):
    """The path of one of our programs, or None."""
    name = name[2:] if name.startswith("./") else name
    name = re.sub(r"^(scripts|slurm|build/tools)/", "", name)
    if "/" not in name:
        for folder in FOLDERS:
            path = folder / name
            if path.is_file() and os.access(path, os.X_OK):
                return path
    return None


@functools.lru_cache(None)
def help_of(path, *words):
    done = subprocess.run([str(path), *words, "--help"], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    return done.stdout if done.returncode == 0 else ""


def options_of(text):
    """{name: whether a value follows}."""
    found = {}
    for line in text.splitlines():
        match = re.match(r"^ {2,}(-[\w-]+(?:, ?-[\w-]+)*)( [A-Z][\w:=.-]*| TEXT)?", line)
        if match:
            for name in re.split(r", ?", match.group(1)):
                found[name] = bool(match.group(2))
    return found


def faults_of_call(name, path, words):
    text = help_of(path)
    if not text:
        return
    options = options_of(text)
    if "Every setting is an option too" in text:
        options = {**options_of(help_of(program("check-config"))), **options}
    listed = re.search(r"^Subcommands:\n((?:  .*\n?)*)", text, re.M)
    subcommands = re.findall(r"^  (\S+)", listed.group(1), re.M) if listed else []
    chosen, skip = None, False
    for word in words:
        if skip:
            skip = False
        elif word == "--":
            return
        elif re.match(r"--?[a-zA-Z]", word):
            option = word.split("=")[0]
            if chosen:
                options.update(options_of(help_of(path, chosen)))
            if option in options:
                skip = options[option] and "=" not in word
            elif option not in text.replace(",", " ").split():
                yield f"{name}: no such option: {option}"
        elif subcommands and chosen is None:
            chosen = word
            if re.fullmatch(r"[a-z][a-z-]*", word) and word not in subcommands:
                yield f"{name}: no such subcommand: {word}"


def calls(line):
    """The commands of a line of shell, each as words; those within $(...) first."""
    inner = re.compile(r"\$\(([^()]*)\)")
    while inner.search(line):
        found = inner.search(line)
        yield from calls(found.group(1))
        line = line[:found.start()] + "X" + line[found.end():]
    try:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.commenters, lexer.whitespace_split = "#", True
        words = list(lexer)
    except ValueError:  # a here-document, or a string over several lines
        return
    call = []
    for word in [*words, ";"]:
        if word in ENDS:
            yield from command_in(call)
            call = []
        else:
            call.append(word)


def command_in(words):
    """What is called by xargs, sudo and their like, without redirections and assignments."""
    words = list(words)
    for index, word in enumerate(words):
        if re.fullmatch(r"[<>&]+[0-9]?|[<>]+.*", word):
            words = words[:index]
            break
    while words:
        if re.match(r"\w+=", words[0]) or words[0] in BEFORE:
            if words[0] == "sudo" and len(words) > 2 and words[1] == "-u":
                words = words[2:]
            words = words[1:]
        elif words[0] == "for" or words[0] in ("done", "fi", "in", "case", "esac"):
            return
        elif words[0] == "xargs":
            words = words[1:]
            while words and words[0].startswith("-"):
                words = words[2:] if re.fullmatch(r"-[nPIL]", words[0]) else words[1:]
        else:
            yield words
            return


def lines_of(document):
    """The lines of shell: (number, line, whether any program must exist)."""
    fence, here, joined, start, blank = None, None, "", 0, True
    for number, line in enumerate(document.read_text().splitlines(), 1):
        mark = re.match(r"^ *```(\w*)", line)
        if mark:
            fence = None if fence is not None else mark.group(1)
            continue
        if here:
            here = None if line.strip() == here else here
            continue
        strict = fence in ("sh", "bash")
        loose = fence is None and line.startswith("    ")
        if not strict and not loose:
            continue
        begin = re.search(r"<<-?'?(\w+)'?", line)
        if strict and begin:
            here, line = begin.group(1), line[:begin.start()]
        start = start if joined else number
        joined += line.strip() if strict else line[4:].strip()
        if joined.endswith("\\"):
            joined = joined[:-1] + " "
            continue
        if strict and joined.endswith("|"):
            joined += " "
            continue
        yield start, joined, strict
        joined = ""


def faults(root):
    for document in sorted(root.glob("*.md")) + sorted(root.glob("docs/**/*.md")):
        where = document.relative_to(root)
        for number, line, strict in lines_of(document):
            if not strict and not program(line.split(" ")[0] if line else ""):
                continue
            for words in calls(line):
                name = words[0]
                path = program(name)
                if path:
                    for fault in faults_of_call(path.name, path, words[1:]):
                        yield f"{where}:{number}: {fault}"
                elif strict and re.fullmatch(r"[\w./-]+", name) and not (
                        name in SHELL or name in ELSEWHERE or name.startswith("build/") or shutil.which(name) or (root / name).exists()):
                    yield f"{where}:{number}: no such program: {name}"


def main():
    found = list(faults(ROOT))
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
