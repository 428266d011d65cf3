#!/usr/bin/env python3
"""From .api files to C, reference pages and boundary tests. The language is described in
apilang/read.py; what an operation becomes, in ARCHITECTURE.md, section 3.

  apigen.py code     COMMON.api SERVICE.api OUT.h OUT.c      structs, prototypes, tables
  apigen.py errors   OUT.h OUT.c COMMON.api SERVICE.api...   all errors, the list of services
  apigen.py docs     OUT.md COMMON.api SERVICE.api           the reference page of one service
  apigen.py boundary OUT.json COMMON.api SERVICE.api...      a case for every declared limit
  apigen.py check    COMMON.api SERVICE.api...               only reads
"""
import json
import pathlib
import sys

from apilang import emit_c, emit_docs
from apilang.boundary import Cases
from apilang.model import ApiFault
from apilang.read import read_file


def all_errors(services):
    """One code means one thing in every service."""
    found = {}
    for service in services:
        for code, error in service.errors.items():
            first = found.setdefault(code, error)
            if (first.status, first.sender) != (error.status, error.sender):
                raise ApiFault(error.where, f"error {code} is {error.status} here and "
                               f"{first.status} at {first.where[0]}:{first.where[1]}")
    return found


def code(common, source, header, out):
    service = read_file(source, read_file(common).errors)
    made = emit_c.ServiceC(service, pathlib.Path(source).name)
    pathlib.Path(header).write_text(made.header())
    pathlib.Path(out).write_text(made.code())


def read_all(common, sources):
    shared = read_file(common)
    services = [read_file(source, shared.errors) for source in sources]
    return services, all_errors([shared] + services)


def errors(header, out, common, *sources):
    services, found = read_all(common, sources)
    pathlib.Path(header).write_text(emit_c.errors_header(found))
    pathlib.Path(out).write_text(emit_c.errors_code(found, [s.name for s in services]))


def docs(out, common, source):
    (service,), found = read_all(common, [source])
    statuses = {code: error.status for code, error in found.items()}
    pathlib.Path(out).write_text(emit_docs.Page(service, statuses).text())


def boundary(out, common, *sources):
    services, _ = read_all(common, sources)
    with open(out, "w", encoding="utf-8") as file:
        makers = [Cases(service) for service in services]
        cases = [case for maker in makers for case in maker.all()]
        left_out = sum(maker.left_out for maker in makers)
        file.write('{"left_out_too_large": %d, "cases": [\n' % left_out)
        file.write(",\n".join(json.dumps(case) for case in cases))
        file.write("\n]}\n")


def check(common, *sources):
    read_all(common, sources)


VERBS = {"code": (code, 4, 4), "errors": (errors, 4, 99), "docs": (docs, 3, 3),
         "boundary": (boundary, 3, 99), "check": (check, 1, 99)}


def main(argv):
    verb, least, most = VERBS.get(argv[1] if len(argv) > 1 else "", (None, 0, 0))
    if verb is None or not least <= len(argv) - 2 <= most:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        verb(*argv[2:])
    except (ApiFault, OSError) as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
