"""Writes seeds for `read_and_link`: `python3 seeds.py OUT [FOLDER...]`.

Code blocks of the rules' pages and cases, the examples, and source files of up to 12 kB of the folders named.
"""
import hashlib
import pathlib
import re
import sys

# As in fuzz_targets/read_and_link.rs: the first byte of a seed picks the ending.
ENDINGS = ["ts", "js", "tsx", "cjs", "mjs", "mts", "jsx", "vue", "svelte", "astro"]
LANGUAGES = {"typescript": "ts", "javascript": "js"}
PART = 4000
LARGEST = 12_000


def put(out, ending, text):
    ending = LANGUAGES.get(ending, ending)
    if ending not in ENDINGS:
        return
    for start in range(0, len(text), PART):
        seed = bytes([ENDINGS.index(ending)]) + text[start:start + PART]
        (out / hashlib.sha1(seed).hexdigest()[:16]).write_bytes(seed)


def files(folder):
    for path in sorted(folder.rglob("*")):
        if "node_modules" not in path.parts and path.is_file() and path.stat().st_size <= LARGEST:
            ending = path.suffix.removeprefix(".")
            if ending in ENDINGS:
                yield ending, path.read_bytes()


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    root = pathlib.Path(__file__).resolve().parent.parent
    for page in sorted((root / "crates").rglob("*.md")):
        for block in re.finditer(r"^```(\w+)[^\n]*\n(.*?)^```", page.read_text("utf-8"), re.S | re.M):
            put(out, block[1], block[2].encode())
    for folder in [root / "examples", *map(pathlib.Path, sys.argv[2:])]:
        for ending, text in files(folder):
            put(out, ending, text)
    print(len(list(out.iterdir())), "seeds")


main()
