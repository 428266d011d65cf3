"""archive.py OUTPUT DIR FLAG API.a ENGINE.a -- CC...: one object of API.a and what it needs of
ENGINE.a, with hidden symbols made local, in an archive."""
import os
import subprocess
import sys


def main():
    split = sys.argv.index("--")
    output, directory, flag, api, engine = sys.argv[1:split]
    compiler = sys.argv[split + 1:]
    os.makedirs(directory, exist_ok=True)
    whole = os.path.join(directory, "mantle.o")
    subprocess.run([*compiler, "-r", "-nostdlib", flag, "-o", whole, "-Wl,--whole-archive", api,
                    "-Wl,--no-whole-archive", engine], check=True)
    subprocess.run(["objcopy", "--localize-hidden", whole], check=True)
    if os.path.exists(output):
        os.unlink(output)
    subprocess.run(["ar", "rcsD", output, whole], check=True)


if __name__ == "__main__":
    main()
