"""test_abi.py LIBMANTLE.so LIBMANTLE.a [--update]: what leaves the library is what the headers declare,
what libmantle.map lists and what abi.txt remembers, with the layout of its types; and nothing else
does. --update rewrites abi.txt and the map: for a change that is meant."""
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HEADERS = sorted((ROOT / "include/mantle").glob("*.h"))
MAP = ROOT / "src/lib/libmantle.map"
ABI = HERE / "abi.txt"
SHARED, ARCHIVE = sys.argv[1:3] if len(sys.argv) > 2 else (None, None)


def declarations():
    """The headers without comments, layout and preprocessor: one declaration a line."""
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", " ", header.read_text(), flags=re.S)
        text = re.sub(r"^#ifdef __cplusplus$.*?^#endif$", "", text, flags=re.M | re.S)
        text = re.sub(r"^#(ifndef MANTLE_\w+_H|endif|ifdef|if|else|include).*$", "", text, flags=re.M)
        for define in re.findall(r"^#define .*$", text, flags=re.M):
            if not re.search(r"_H$|MANTLE_API|MANTLE_MUST_CHECK", define):
                yield re.sub(r"\s+", " ", define)
        text = re.sub(r"^#define .*$", "", text, flags=re.M)
        text = re.sub(r"\s+", " ", text)
        depth, start = 0, 0
        for i, c in enumerate(text):
            depth += (c == "{") - (c == "}")
            at_end = c == ";" or (c == "}" and text[start:i].lstrip().startswith("static inline"))
            if depth == 0 and at_end:
                yield text[start:i + 1].strip()
                start = i + 1


def functions():
    return sorted(re.search(r"\b(mantle_\w+) ?\(", d).group(1)
                  for d in declarations() if d.startswith("MANTLE_API"))


def symbols(*options):
    out = subprocess.run(["nm", *options], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        fields = line.split()
        if len(fields) >= 3:
            yield fields[-2], fields[-1].split("@")[0]


def map_text():
    return "MANTLE_0 {\nglobal:\n" + "".join(f"    {f};\n" for f in functions()) + "local:\n    *;\n};\n"


def abi_text():
    return "\n".join(declarations()) + "\n"


class Abi(unittest.TestCase):
    maxDiff = None

    def test_nothing_changed_unnoticed(self):
        self.assertEqual(ABI.read_text(), abi_text(),
                         "the public headers changed: if that is meant, think of the soname, then "
                         "run tests/lib/test_abi.py --update")

    def test_the_map_lists_what_the_headers_declare(self):
        self.assertEqual(MAP.read_text(), map_text())

    def test_shared_library_exports_only_the_interface(self):
        found = sorted(name for kind, name in symbols("-D", "--defined-only", SHARED) if kind != "A")
        self.assertEqual(found, functions())

    def test_archive_has_no_other_names(self):
        found = sorted(name for _, name in symbols("-g", "--defined-only", ARCHIVE))
        self.assertEqual(found, functions())

    def test_needs_libc_and_libcrypto_only(self):
        out = subprocess.run(["readelf", "-d", SHARED], check=True, capture_output=True, text=True)
        needed = set(re.findall(r"\(NEEDED\).*\[(.*?)\]", out.stdout))
        self.assertLessEqual({n.split(".so")[0] for n in needed}, {"libc", "libcrypto"})
        self.assertIn("Library soname: [libmantle.so.0]", out.stdout)

    def test_keeps_no_state(self):
        """Writable data: the C runtime's own, and one byte of an empty buffer that is never written."""
        ours = [name for kind, name in symbols("--defined-only", SHARED) if kind in "bB"]
        self.assertLessEqual({re.sub(r"\.\d+$", "", n) for n in ours} - {"__bss_start", "_end", "_edata"},
                             {"completed", "nothing"})
        sections = subprocess.run(["readelf", "-SW", SHARED], check=True, capture_output=True,
                                  text=True).stdout
        data = re.search(r"\.data\s+PROGBITS\s+\S+\s+\S+\s+(\S+)", sections)
        self.assertLessEqual(int(data.group(1), 16), 16)

    def test_ends_no_process_and_reads_no_environment(self):
        """Nor does it do input or output, or look at the clock."""
        refused = {"abort", "exit", "_exit", "__assert_fail", "getenv", "secure_getenv", "open", "fopen",
                   "read", "write", "printf", "__printf_chk", "time", "clock_gettime", "malloc"}
        wanted = {line.split()[-1].split("@")[0] for line in subprocess.run(
            ["nm", "-D", "-u", SHARED], check=True, capture_output=True, text=True).stdout.splitlines()}
        self.assertEqual(wanted & refused, set())


if __name__ == "__main__":
    if sys.argv[-1] == "--update":
        ABI.write_text(abi_text())
        MAP.write_text(map_text())
        sys.exit(0)
    unittest.main(argv=sys.argv[:1])
