"""Reads every #include under src/ and fails on a step up or sideways between folders."""
import pathlib
import re
import sys

FLOORS = [
    {"base"},
    {"codec"},
    {"policy", "sign"},
    {"catalogue", "token"},
    {"analysis", "lint", "trailmap"},
    {"system", "lib"},
    {"store", "net", "vault", "federation", "saml", "trailfile", "remote", "scan"},
    {"model"},
    {"access", "trail"},
    {"service", "gateway", "agent", "portal", "migrate"},
    {"cli"},
]
FLOOR_OF = {folder: floor for floor, folders in enumerate(FLOORS) for folder in folders}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def faults(root):
    for path in sorted(root.rglob("*.[ch]")):
        folder = path.relative_to(root).parts[0]
        if folder not in FLOOR_OF:
            yield f"{path}: folder {folder}/ stands on no floor; add it to {__file__}"
            continue
        for name in INCLUDE.findall(path.read_text()):
            target = name.split("/")[0]
            if "/" not in name or target not in FLOOR_OF:
                yield f'{path}: write "#include \\"folder/name.h\\"", not "{name}"'
            elif target != folder and FLOOR_OF[target] >= FLOOR_OF[folder]:
                way = "sideways" if FLOOR_OF[target] == FLOOR_OF[folder] else "up"
                yield f"{path}: includes {name}, a step {way} from {folder}/"


def main():
    root = pathlib.Path(__file__).resolve().parents[2] / "src"
    found = list(faults(root))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
