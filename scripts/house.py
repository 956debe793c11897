#!/usr/bin/env python3
"""How orderly the Rust code is, as a table of a few figures per crate.

  scripts/house.py                 the table of this working tree
  scripts/house.py --before REV    before and after: REV (a git revision or a folder) and this working tree
  scripts/house.py --rings         every ring between files, with the names that close it
  scripts/house.py --check         fails if there is a ring that RINGS_ALLOWED does not name, or a file over 600 lines

What is counted, crate by crate; code under #[cfg(test)] counts only where that is said:

* ring: a group of files in `src` each of which uses, directly or by way of others, every other one. A file uses another
  if its code names an item that the other defines: in a `use`, in a path such as `super::name`, or through `*`. A name
  that is re-exported is followed to the file that defines it. A child module that uses an item of its parent's file
  closes a ring if the parent's own code uses the child. No use are: the declaration `mod child;`, a re-export whose name
  the file's own code does not mention, and what stands in `glib::wrapper!`, where the wrapper of a GObject class must
  name its implementation.
* split ring: the same with one more kind of use. Where `impl` blocks of one type stand in several files, a call
  `self.method()` in one uses the file that holds the method.
* file over 600 lines: every tracked Rust file, tests and benches too. Median and largest file: `src` only.
* function without a doc comment: public (`pub fn`, functions of a `pub trait`) and private (all others); implementations
  of a trait's functions have the trait's documentation and are left out. Item: public types, traits, constants.
* constant imported: a constant that is used in a file other than the one that defines it, counted once per user.
* code lines: lines in `src` that hold code, so no blank lines, comments or tests.
"""

import argparse
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

MOST_LINES = 600
# Rings that stay, as a set of files, with the reason.
RINGS_ALLOWED: dict[frozenset[str], str] = {}

IDENTIFIER = r"[A-Za-z_]\w*"
ITEM = re.compile(
    rf"(?P<public>\bpub(?P<limited>\([^)]*\))?\s+)?\b(?:(?:unsafe|async|default|extern(?:\s+\"[^\"]*\")?)\s+)*"
    rf"(?P<kind>(?:const\s+)?(?:unsafe\s+)?(?:extern\s*\"[^\"]*\"\s*)?fn|struct|enum|trait|type|const|static|union|macro_rules!)\s+(?:mut\s+)?(?P<name>{IDENTIFIER})"
)
MODULE = re.compile(rf"\bmod\s+({IDENTIFIER})\s*([;{{])")
USE = re.compile(r"(?P<public>\bpub(?:\([^)]*\))?\s+)?\buse\s+(?P<tree>[^;]+);")
PATH = re.compile(rf"(?<![\w:.$'])(?:{IDENTIFIER})(?:\s*::\s*{IDENTIFIER})+")
MACRO = re.compile(rf"(?<![\w:])((?:{IDENTIFIER}::)*{IDENTIFIER})!\s*\{{")
IMPLEMENTATION = re.compile(r"(?<![\w>])impl\b(?P<header>[^{;]*)\{")
TEST_ONLY = re.compile(r"#\[cfg\((?:all\()?test\b[^\]]*\]")
LITERAL = re.compile(
    r"""//[^\n]*|/\*|\b[bc]?r(#*)"|[bc]?"|b?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[0-9a-fA-F_]+\}|.)|[^\\'\n])'"""
)


def blank(text):
    """Blanks of the same length and lines."""
    return re.sub(r"[^\n]", " ", text)


def code_of(text):
    """The text with comments and the contents of literals blanked out; every position stays."""
    parts, at = [], 0
    while match := LITERAL.search(text, at):
        parts.append(text[at : match.start()])
        opening, end = match.group(), match.end()
        if opening.startswith("//"):
            pass
        elif opening == "/*":
            depth = 1
            while depth and (mark := re.compile(r"/\*|\*/").search(text, end)):
                depth += 1 if mark.group() == "/*" else -1
                end = mark.end()
        elif match.group(1) is not None:
            found = text.find('"' + match.group(1), end)
            end = len(text) if found < 0 else found + 1 + len(match.group(1))
        elif opening.endswith('"'):
            while end < len(text) and text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            end += 1
        literal = text[match.start() : end]
        is_text = literal.endswith('"') and not opening.startswith("//")
        parts.append('"' + blank(literal[1:-1]) + '"' if is_text else blank(literal))
        at = end
    return "".join(parts) + text[at:]


def closing(code, opening):
    """Position behind the brace that closes the one at `opening`."""
    depth = 0
    for at in range(opening, len(code)):
        depth += (code[at] == "{") - (code[at] == "}")
        if depth == 0:
            return at + 1
    return len(code)


def without_tests(code):
    """Blanks out what is compiled for tests only; also the modules of that kind that are files."""
    files, at = set(), 0
    while match := TEST_ONLY.search(code, at):
        end = re.compile(r"[;{]").search(code, match.end())
        stop = len(code) if end is None else end.end() if end.group() == ";" else closing(code, end.start())
        item = code[match.end() : stop]
        if module := re.search(rf"\bmod\s+({IDENTIFIER})\s*;", item):
            files.add(module.group(1))
        code = code[: match.start()] + blank(code[match.start() : stop]) + code[stop:]
        at = stop
    return code, files


def depths(code):
    """How many braces are open at each position."""
    depth, all_ = 0, []
    for sign in code:
        depth -= sign == "}"
        all_.append(depth)
        depth += sign == "{"
    return all_


def expand_use(tree, before=()):
    """Every path of a `use`, with the name that it gets."""
    tree = tree.strip()
    if match := re.match(rf"((?:::)?(?:\$?{IDENTIFIER}\s*::\s*)*)\{{(.*)\}}$", tree, re.S):
        before = (*before, *re.findall(IDENTIFIER, match.group(1)))
        part, depth = "", 0
        for sign in match.group(2) + ",":
            depth += (sign == "{") - (sign == "}")
            if sign == "," and depth == 0:
                if part.strip():
                    yield from expand_use(part, before)
                part = ""
            else:
                part += sign
        return
    path, _, alias = (text.strip() for text in re.sub(r"\s+as\s+", " @ ", tree).partition("@"))
    segments = (*before, *re.findall(rf"{IDENTIFIER}|\*", path))
    if segments[-1] == "self":
        segments = segments[:-1]
    yield segments, alias or segments[-1]


class Module:
    """A module: its file, the code of its own scope, what it defines and imports."""

    def __init__(self, crate, path, file, code):
        self.crate, self.path, self.file = crate, path, file
        self.items, self.imports, self.globs, self.children = {}, {}, [], {}
        self.code = code
        depth = depths(code)
        at_top = lambda position: depth[position] == 0
        for match in MODULE.finditer(code):
            if at_top(match.start()):
                self.children[match.group(1)] = None
                if match.group(2) == "{":
                    stop = closing(code, match.end() - 1)
                    inner = code[match.end() : stop - 1]
                    self.children[match.group(1)] = Module(crate, (*path, match.group(1)), file, inner)
                    self.code = self.code[: match.end()] + blank(inner) + self.code[stop - 1 :]
        self.wrappers = [
            (match.end(), closing(code, match.end() - 1))
            for match in MACRO.finditer(code)
            if match.group(1) in ("glib::wrapper", "wrapper") and at_top(match.start())
        ]
        inside_macros = [
            (match.end(), closing(code, match.end() - 1)) for match in MACRO.finditer(code) if at_top(match.start())
        ]
        for match in ITEM.finditer(self.code):
            position = match.start("kind")
            if at_top(position) or (
                depth[position] == 1 and any(start <= position < stop for start, stop in inside_macros)
            ):
                self.items[match.group("name")] = match.group("kind")
        self.uses = []
        for match in USE.finditer(self.code):
            for segments, alias in expand_use(match.group("tree")):
                if segments[-1] == "*":
                    self.globs.append(segments[:-1])
                else:
                    self.imports.setdefault(alias, segments)
                    self.uses.append((segments, alias, bool(match.group("public"))))
        body = USE.sub(lambda match: blank(match.group()), self.code)
        for start, stop in self.wrappers:
            body = body[:start] + blank(body[start:stop]) + body[stop:]
        self.body = body
        self.words = set(re.findall(IDENTIFIER, body))


class Crate:
    """The modules of a crate's `src`, and which file uses which."""

    def __init__(self, root, folder):
        self.root, self.name = root, str(folder.relative_to(root))
        self.modules, self.test_files = {}, set()
        self.texts = {}
        for main in ("src/lib.rs", "src/main.rs"):
            if (folder / main).exists():
                self.read(folder / main, (main,), folder / "src")
        self.uses = defaultdict(lambda: defaultdict(set))
        for module in list(self.modules.values()):
            self.find_uses(module)
        self.calls = defaultdict(lambda: defaultdict(set))
        self.find_calls()

    def read(self, path, name, folder):
        text = path.read_text()
        code, test_files = without_tests(code_of(text))
        file = str(path.relative_to(self.root))
        self.texts[file] = (text, code)
        self.add(Module(self, name, file, code), folder, test_files)

    def add(self, module, folder, test_files=()):
        self.modules[module.path] = module
        for child, inline in module.children.items():
            name = (*module.path, child)
            if inline is not None:
                self.add(inline, folder / child)
                continue
            for path in (folder / f"{child}.rs", folder / child / "mod.rs"):
                if path.exists():
                    self.read(path, name, folder / child)
        for name in test_files:
            self.test_files.update(
                str(path.relative_to(self.root))
                for path in (folder / f"{name}.rs", folder / name / "mod.rs", *(folder / name).rglob("*.rs"))
                if path.exists()
            )

    def resolve(self, module, segments, seen=()):
        """The file and name of the item that a path names from `module`; None for what is not of this crate."""
        if (module.path, segments) in seen or not segments:
            return None
        seen = (*seen, (module.path, segments))
        first, rest = segments[0], segments[1:]
        if first in ("crate", "self", "super"):
            path = module.path[:1] if first == "crate" else module.path if first == "self" else module.path[:-1]
            target = self.modules.get(path)
            return self.inside(target, rest, seen) if target else None
        if first in module.children or first in module.imports or (first in module.items and not rest):
            return self.inside(module, segments, seen)
        return None

    def inside(self, module, segments, seen):
        if not segments:
            return None
        first, rest = segments[0], segments[1:]
        if first == "super" or first == "self":
            return self.resolve(module, segments, seen)
        if first in module.items:
            return module.file, first, module.items[first]
        if first in module.children:
            child = self.modules.get((*module.path, first))
            return self.inside(child, rest, seen) if child else None
        if first in module.imports:
            return self.resolve(module, (*module.imports[first], *rest), seen)
        for glob in module.globs:
            target = self.module_of(module, glob)
            if target and (found := self.inside_glob(target, segments, seen)):
                return found
        # Made by a macro.
        return module.file, first, "const" if first.isupper() else "?"

    def inside_glob(self, module, segments, seen):
        first = segments[0]
        known = first in module.items or first in module.children or first in module.imports
        return self.inside(module, segments, seen) if known else None

    def module_of(self, module, segments):
        """The module that a path names, if it is one of this crate."""
        for index, segment in enumerate(segments):
            if segment in ("crate", "self", "super"):
                path = {"crate": module.path[:1], "self": module.path, "super": module.path[:-1]}[segment]
            elif segment in module.children:
                path = (*module.path, segment)
            elif segment in module.imports and index == 0:
                return self.module_of(module, (*module.imports[segment], *segments[1:]))
            else:
                return None
            module = self.modules.get(path)
            if module is None:
                return None
        return module

    def note(self, module, found):
        if found and found[0] != module.file:
            self.uses[module.file][found[0]].add((found[1], found[2]))

    def find_uses(self, module):
        for segments, alias, public in module.uses:
            if not public or alias in module.words:
                self.note(module, self.resolve(module, segments))
        for glob in module.globs:
            target = self.module_of(module, glob)
            names = target and (*target.items, *target.imports)
            for name in names or ():
                if name in module.words:
                    self.note(module, self.inside(target, (name,), ()))
        for match in PATH.finditer(module.body):
            segments = tuple(re.findall(IDENTIFIER, match.group()))
            if segments[0] not in module.items:
                self.note(module, self.resolve(module, segments))

    def find_calls(self):
        """Calls of methods whose type is the same and whose file is another one."""
        blocks, methods = [], defaultdict(dict)
        for module in self.modules.values():
            for match in IMPLEMENTATION.finditer(module.body):
                header = match.group("header")
                header = re.sub(r"^\s*<(?:[^<>]|<[^<>]*>)*>", "", header)
                of_trait, type_ = re.search(r"\bfor\b", header), re.split(r"\bfor\b", header)[-1]
                name = re.match(rf"\s*&?\s*({IDENTIFIER}(?:::{IDENTIFIER})*)", type_)
                if not name:
                    continue
                found = self.resolve(module, tuple(name.group(1).split("::")))
                if not found:
                    continue
                body = module.body[match.end() : closing(module.body, match.end() - 1)]
                blocks.append((module.file, found[:2], body))
                if not of_trait:
                    for method in re.findall(rf"\bfn\s+({IDENTIFIER})", body):
                        methods[found[:2]][method] = module.file
        for file, type_, body in blocks:
            for call in re.findall(rf"\b(?:self\s*\.|Self::)\s*({IDENTIFIER})\s*\(", body):
                other = methods[type_].get(call, file)
                if other != file:
                    self.calls[file][other].add((f"self.{call}()", "fn"))

    def rings(self, with_calls=False):
        edges = {file: set(others) for file, others in self.uses.items()}
        if with_calls:
            for file, others in self.calls.items():
                edges.setdefault(file, set()).update(others)
        return components(edges)

    def names(self, file, other, with_calls):
        """By what names `file` uses `other`."""
        names = {name for name, _ in self.uses.get(file, {}).get(other, ())}
        if with_calls:
            names |= {name for name, _ in self.calls.get(file, {}).get(other, ())}
        return sorted(names)

    def constants_imported(self):
        return sum(
            kind in ("const", "static")
            for others in self.uses.values()
            for names in others.values()
            for _, kind in names
        )


def components(edges):
    """The strongly connected components with more than one member (Tarjan 1972)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(edges.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            members = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(members) > 1:
                found.append(sorted(members))

    sys.setrecursionlimit(10_000)
    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


def has_doc(text, code, position):
    """Whether a doc comment stands above the item at `position`, other comments and attributes aside."""
    while True:
        position = len(text[:position].rstrip())
        line = text.rfind("\n", 0, position) + 1
        if text[line:position].lstrip().startswith(("///", "//!", "#[doc")):
            return True
        if text[line:position].lstrip().startswith("//"):
            position = line
        elif text[:position].endswith("]"):
            depth = 0
            for at in range(position - 1, -1, -1):
                depth += (code[at] == "]") - (code[at] == "[")
                if depth == 0:
                    break
            if not text[:at].endswith("#"):
                return False
            position = at - 1
        else:
            return False


def undocumented(text, code):
    """Functions and items without a doc comment: (public, private, items), each with how many there are."""
    depth = depths(code)
    blocks = [
        (match.end(), closing(code, match.end() - 1), bool(re.search(r"\bfor\b(?!\s*<)", match.group("header"))))
        for match in IMPLEMENTATION.finditer(code)
        if depth[match.start()] == 0 or code[: match.start()].rstrip().endswith(("}", "]", ";"))
    ]
    traits = [
        (match.end(), closing(code, match.end() - 1))
        for match in re.finditer(r"\bpub\s+trait\b[^{;]*\{", code)
    ]
    macros = [(m.start(), closing(code, m.end() - 1)) for m in re.finditer(r"macro_rules!\s*\w+\s*\{", code)]
    figures = {"public": [0, 0], "private": [0, 0], "item": [0, 0]}
    missing = []
    for match in ITEM.finditer(code):
        position = match.start("kind")
        if any(start <= position < stop for start, stop in macros):
            continue
        public = bool(match.group("public")) and not match.group("limited")
        if match.group("kind").endswith("fn"):
            block = max((block for block in blocks if block[0] <= position < block[1]), default=None)
            if block and block[2] and depth[position] == depth[block[0]]:
                continue
            in_trait = any(start <= position < stop for start, stop in traits)
            kind = "public" if public or in_trait else "private"
        elif public and match.group("kind") != "macro_rules!":
            kind = "item"
        else:
            continue
        figures[kind][1] += 1
        if not has_doc(text, code, match.start()):
            figures[kind][0] += 1
            missing.append((code.count("\n", 0, position) + 1, kind, match.group("name")))
    return figures, missing


def crates(root):
    """The folders of the crates of a workspace, that of the end-to-end tests aside."""
    manifests = sorted(root.glob("*/*/Cargo.toml"))
    return [path.parent for path in manifests if (path.parent / "src").is_dir()]


def survey(root):
    """All figures of the tree at `root`: per crate, and what is wrong."""
    rows, rings, missing, long_ = {}, [], [], []
    for path in sorted(root.rglob("*.rs")):
        parts = path.relative_to(root).parts
        if parts[0] not in ("target", ".git", ".install", "shared") and "target" not in parts:
            count = len(path.read_text().splitlines())
            if count > MOST_LINES:
                long_.append((str(path.relative_to(root)), count))
    for folder in crates(root):
        crate = Crate(root, folder)
        row = {"rings": crate.rings(), "split": crate.rings(True), "constants": crate.constants_imported(), "crate": crate}
        row["lengths"], row["code"] = [], 0
        row["public"], row["private"], row["item"] = [0, 0], [0, 0], [0, 0]
        for path in sorted((folder / "src").rglob("*.rs")):
            file = str(path.relative_to(root))
            row["lengths"].append((len(path.read_text().splitlines()), file))
            if file in crate.test_files or file not in crate.texts:
                continue
            text, code = crate.texts[file]
            row["code"] += sum(bool(line.strip()) for line in code.split("\n"))
            figures, absent = undocumented(text, code)
            for kind, (without, all_) in figures.items():
                row[kind][0] += without
                row[kind][1] += all_
            missing += [(file, *where) for where in absent]
        row["long"] = sum(file.startswith(f"{crate.name}/") for file, _ in long_)
        rows[crate.name] = row
        rings += row["rings"]
    return {"rows": rows, "rings": rings, "missing": missing, "long": long_}


def size(rings):
    """Rings as their number and how many files each holds."""
    return f"{len(rings)} ({'+'.join(str(len(ring)) for ring in rings)})" if rings else "0"


def of(pair):
    return f"{pair[0]}/{pair[1]}"


COLUMNS = (
    ("rings", lambda row: size(row["rings"])),
    ("split rings", lambda row: size(row["split"])),
    (">600", lambda row: str(row["long"])),
    ("median", lambda row: f"{median(length for length, _ in row['lengths']):.0f}"),
    ("largest", lambda row: str(max(row["lengths"])[0])),
    ("pub fn no doc", lambda row: of(row["public"])),
    ("private fn no doc", lambda row: of(row["private"])),
    ("pub item no doc", lambda row: of(row["item"])),
    ("constants imported", lambda row: str(row["constants"])),
    ("code lines", lambda row: str(row["code"])),
)


def total(rows):
    """All crates as one."""
    all_ = {key: sum((row[key] for row in rows), []) for key in ("rings", "split", "lengths")}
    for key in ("long", "constants", "code"):
        all_[key] = sum(row[key] for row in rows)
    for key in ("public", "private", "item"):
        all_[key] = [sum(row[key][index] for row in rows) for index in (0, 1)]
    return all_


def table(after, before=None):
    """The figures as a table in Markdown; two lines a crate if there is a before."""
    names = list(dict.fromkeys([*(before or after)["rows"], *after["rows"]]))
    lines = [["crate", *(name for name, _ in COLUMNS)]]
    for name in [*names, "all"]:
        for mark, found in (("before", before), ("after", after)):
            if found is None:
                continue
            row = total(found["rows"].values()) if name == "all" else found["rows"].get(name)
            label = f"{name} {mark}" if before else name
            lines.append([label, *(cell(row) if row else "-" for _, cell in COLUMNS)])
    widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]))]
    written = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines]
    written.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(written)


def show_rings(found, kind):
    """Every ring with the names by which its files use each other."""
    for name, row in found["rows"].items():
        for ring in row[kind]:
            print(f"\n{name}: a ring of {len(ring)}")
            for file in ring:
                for other in ring:
                    if names := row["crate"].names(file, other, kind == "split"):
                        print(f"  {short(file, name)} -> {short(other, name)}: {', '.join(names)}")


def short(file, crate):
    return file.removeprefix(f"{crate}/src/")


def tree_of(place):
    """A folder, or a git revision as a folder."""
    if Path(place).is_dir():
        return Path(place)
    archive = subprocess.run(["git", "archive", place], check=True, capture_output=True).stdout
    folder = tempfile.mkdtemp(prefix="house-")
    tarfile.open(fileobj=io.BytesIO(archive)).extractall(folder)
    return Path(folder)


def check(found):
    """Says what is wrong; whether anything is."""
    wrong = [f"{file}: {count} lines, at most {MOST_LINES}: divide it by what it is about" for file, count in found["long"]]
    for ring in found["rings"]:
        if frozenset(ring) not in RINGS_ALLOWED:
            wrong.append(f"{', '.join(ring)}: these files use each other in a ring; scripts/house.py --rings names by what")
    for line in wrong:
        print(line, file=sys.stderr)
    return bool(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", metavar="REV", help="a git revision or a folder to compare with")
    parser.add_argument("--rings", action="store_true", help="name each ring and what closes it")
    parser.add_argument("--missing", metavar="FOLDER", help="list what has no doc comment below this folder")
    parser.add_argument("--check", action="store_true", help="fail on a ring or a file over 600 lines")
    parser.add_argument("root", nargs="?", default=Path(__file__).parent.parent, type=Path)
    arguments = parser.parse_args()
    found = survey(arguments.root.resolve())
    if arguments.check:
        return check(found)
    if arguments.missing:
        for file, line, kind, name in found["missing"]:
            if file.startswith(arguments.missing):
                print(f"{file}:{line}: {kind} {name}")
        return 0
    print(table(found, survey(tree_of(arguments.before).resolve()) if arguments.before else None))
    if arguments.rings:
        show_rings(found, "rings")
        print("\nwith methods of types whose impl blocks are in several files:")
        show_rings(found, "split")
    return 0


if __name__ == "__main__":
    sys.exit(main())
