#!/usr/bin/env python3
"""Turns src/store/schema/NNNN_NAME.sql and src/store/queries/*.sql into typed C functions.

A query file holds blocks like this one:

    -- name: entity_by_name :one
    -- Why it exists, in a sentence or two.
    SELECT id, path FROM entity WHERE account = :account AND name_key = :name_key;

Kinds:
    :one       one row into *ret; RC_NOENT when there is none
    :many      all rows as an array in the arena; must say LIMIT, or "-- unbounded: why it may"
    :exec      no rows
    :execrows  no rows; *ret_rows is the number of rows changed

Types come from the schema: a column of a table has the column's type, a parameter that of the column
with its name (first in the tables the statement names, then in all). Where that says nothing:

    -- param NAME int|text|blob        also "int null": const int64_t *, NULL binds NULL
    -- column NAME int|text|blob       also "int null": comes with bool NAME_null

TEXT and BLOB are str in C; absent stands for NULL in both directions. Every statement is prepared
against the schema here, so that a mistake is a build error with file and line.
"""
import argparse
import ctypes
import ctypes.util
import pathlib
import re
import sys

KINDS = ("one", "many", "exec", "execrows")
TYPES = {"INTEGER": "int", "INT": "int", "TEXT": "text", "BLOB": "blob"}
TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|:[a-z_][a-z0-9_]*|[A-Za-z_]\w*", re.S)
# What an expression with an alias gives when no column stands behind it.
COUNTING = r"\b(?:count|exists|length|total_changes|changes)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s+as\s+{}\b"


class Fault(Exception):
    def __init__(self, path, line, text):
        super().__init__(f"{path}:{line}: {text}")


class Sqlite:
    """The few calls Python's own module does not offer: a column's origin and type."""

    def __init__(self):
        lib = None
        for name in (ctypes.util.find_library("sqlite3"), "libsqlite3.so.0", "libsqlite3.dylib"):
            try:
                lib = ctypes.CDLL(name) if name else None
            except OSError:
                lib = None
            if lib:
                break
        if not lib:
            sys.exit("sqlgen: cannot load the SQLite library")
        for name in ("column_name", "column_decltype", "column_table_name", "column_origin_name", "errmsg",
                     "bind_parameter_name"):
            getattr(lib, "sqlite3_" + name).restype = ctypes.c_char_p
        self.lib = lib
        self.db = ctypes.c_void_p()
        if lib.sqlite3_open(b":memory:", ctypes.byref(self.db)):
            sys.exit("sqlgen: cannot open a database in memory")

    def error(self):
        return self.lib.sqlite3_errmsg(self.db).decode()

    def run(self, sql):
        return None if self.lib.sqlite3_exec(self.db, sql.encode(), None, None, None) == 0 else self.error()

    def prepare(self, sql):
        """(columns as (name, decltype, table, origin), parameter names, error, error offset)"""
        statement, tail, data = ctypes.c_void_p(), ctypes.c_char_p(), sql.encode()
        if self.lib.sqlite3_prepare_v2(self.db, data, -1, ctypes.byref(statement), ctypes.byref(tail)):
            return [], [], self.error(), max(self.lib.sqlite3_error_offset(self.db), 0)
        if not statement:
            return [], [], "empty statement", 0
        if (tail.value or b"").strip():
            return [], [], "more than one statement", len(data) - len(tail.value)
        text = lambda value: value.decode() if value is not None else None
        lib = self.lib
        columns = [tuple(text(call(statement, i)) for call in (
            lib.sqlite3_column_name, lib.sqlite3_column_decltype, lib.sqlite3_column_table_name,
            lib.sqlite3_column_origin_name)) for i in range(lib.sqlite3_column_count(statement))]
        names = [text(lib.sqlite3_bind_parameter_name(statement, i + 1))
                 for i in range(lib.sqlite3_bind_parameter_count(statement))]
        lib.sqlite3_finalize(statement)
        return columns, names, None, 0

    def rows(self, sql):
        """All rows of a small query, as lists of text."""
        statement, out = ctypes.c_void_p(), []
        self.lib.sqlite3_column_text.restype = ctypes.c_char_p
        if self.lib.sqlite3_prepare_v2(self.db, sql.encode(), -1, ctypes.byref(statement), None):
            sys.exit("sqlgen: " + self.error())
        while self.lib.sqlite3_step(statement) == 100:
            out.append([(self.lib.sqlite3_column_text(statement, i) or b"").decode()
                        for i in range(self.lib.sqlite3_column_count(statement))])
        self.lib.sqlite3_finalize(statement)
        return out


class Schema:
    def __init__(self, paths):
        self.sqlite = Sqlite()
        self.files = []
        for expected, path in enumerate(sorted(paths, key=lambda p: p.name)):
            match = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", path.name)
            if not match or int(match[1]) != expected:
                raise Fault(path, 1, f"schema files are numbered without gaps; this should be {expected:04d}_NAME.sql")
            sql = path.read_text()
            self.check_strict(path, sql)
            error = self.sqlite.run(sql)
            if error:
                raise Fault(path, 1, error)
            self.files.append((match[2], sql))
        self.tables = {}  # table -> column -> (type, nullable)
        for (table,) in self.sqlite.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"):
            self.tables[table] = {
                row[1]: (TYPES[row[2].upper()], row[3] == "0" and row[5] == "0")
                for row in self.sqlite.rows(f'PRAGMA table_info("{table}")')}

    @staticmethod
    def check_strict(path, sql):
        for match in re.finditer(r"create\s+table\s+(?:if\s+not\s+exists\s+)?(\w+)[^;]*;", sql, re.I):
            if not re.search(r"\)\s*(without\s+rowid\s*,\s*)?strict\b", match[0], re.I):
                raise Fault(path, sql.count("\n", 0, match.start()) + 1, f"table {match[1]} is not STRICT")


class Query:
    def __init__(self, path, line, name, kind):
        self.path, self.line, self.name, self.kind = path, line, name, kind
        self.comment, self.sql, self.sql_line = [], "", line
        self.said_params, self.said_columns, self.unbounded = {}, {}, False
        self.params, self.columns = [], []  # (name, type, nullable)

    def fault(self, text, offset=None):
        line = self.sql_line if offset is None else self.sql_line + self.sql.encode()[:offset].count(b"\n")
        return Fault(self.path, line, f"{self.name}: {text}")

    def words(self):
        return [t for t in TOKEN.findall(self.sql) if t[0] not in "'\"-/:"]

    def tables(self, schema):
        return [t for t in dict.fromkeys(w.lower() for w in self.words()) if t in schema.tables]

    def resolve(self, schema):
        columns, names, error, offset = schema.sqlite.prepare(self.sql)
        if error:
            raise self.fault(error, offset)
        tables = self.tables(schema)
        for name in names:
            if name is None or not re.fullmatch(r":[a-z][a-z0-9_]*", name):
                raise self.fault(f"parameter {name} is not of the form :name")
            self.params.append((name[1:], *self.param_type(name[1:], schema, tables)))
        lowered = [w.lower() for w in self.words()]
        outer = {lowered[i + 2] for i in range(len(lowered) - 2) if lowered[i:i + 2] == ["left", "join"]}
        for name, decltype, table, origin in columns:
            self.columns.append((name, *self.column_type(name, decltype, table, origin, schema, outer)))
        for said, known in ((self.said_params, self.params), (self.said_columns, self.columns)):
            for name in said:
                if name not in [k[0] for k in known]:
                    raise self.fault(f"'{name}' is declared and not used")
        self.check_kind()

    def param_type(self, name, schema, tables):
        if name in self.said_params:
            return self.said_params[name]
        for group in (tables, schema.tables):
            found = {schema.tables[t][name][0] for t in group if name in schema.tables[t]}
            if len(found) == 1:
                return found.pop(), False
            if found:
                break
        raise self.fault(f"no column says the type of :{name}; write '-- param {name} int|text|blob'")

    def column_type(self, name, decltype, table, origin, schema, outer):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise self.fault(f"column '{name}' needs a name: AS lower_case")
        if name in self.said_columns:
            return self.said_columns[name]
        if table in schema.tables and origin in schema.tables[table]:
            kind, nullable = schema.tables[table][origin]
            return kind, nullable or table in outer
        if re.search(COUNTING.format(name), self.sql, re.I | re.S):
            return "int", False
        raise self.fault(f"nothing says the type of column {name}; write '-- column {name} int|text|blob'")

    def check_kind(self):
        names = [c[0] for c in self.columns]
        if len(names) != len(set(names)):
            raise self.fault("two columns have the same name")
        if self.kind in ("one", "many") and not names:
            raise self.fault(f":{self.kind} needs result columns")
        if self.kind in ("exec", "execrows") and names:
            raise self.fault(f":{self.kind} must not return rows")
        if self.kind == "many" and not self.unbounded and "limit" not in [w.lower() for w in self.words()]:
            raise self.fault(":many needs a LIMIT, or '-- unbounded: why it may be'")

    def positional(self):
        order = {p[0]: i + 1 for i, p in enumerate(self.params)}

        def swap(match):
            token = match[0]
            if token.startswith("--") or token.startswith("/*"):
                return ""
            return f"?{order[token[1:]]}" if token.startswith(":") else token
        return TOKEN.sub(swap, self.sql).rstrip().rstrip(";")


def said_type(query, text):
    match = re.fullmatch(r"(\w+)\s+(int|text|blob)(\s+null)?", text)
    if not match:
        raise query.fault(f"cannot read '{text}': NAME int|text|blob [null]")
    return match[1], (match[2], bool(match[3]) or match[2] != "int")


def parse(path):
    queries, query = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        start = re.fullmatch(r"--\s*name:\s*(\S+)\s+:(\w+)\s*", line)
        if start:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", start[1]) or start[2] not in KINDS:
                raise Fault(path, number, f"write '-- name: lower_case :{'|:'.join(KINDS)}'")
            query = Query(path, number, start[1], start[2])
            queries.append(query)
        elif query is None:
            if line.strip() and not line.startswith("--"):
                raise Fault(path, number, "SQL before the first '-- name:'")
        elif line.startswith("--") and not query.sql.strip():
            text = line[2:].strip()
            if re.match(r"param\s+\w+\s+(int|text|blob)\b", text):
                name, kind = said_type(query, text[5:].strip())
                query.said_params[name] = kind
            elif re.match(r"column\s+\w+\s+(int|text|blob)\b", text):
                name, kind = said_type(query, text[6:].strip())
                query.said_columns[name] = kind
            elif text.startswith("unbounded:"):
                query.unbounded = True
                query.comment.append(text)
            else:
                query.comment.append(text)
        else:
            if not query.sql:
                query.sql_line = number
            query.sql += line + "\n"
    for query in queries:
        if not query.sql.rstrip().endswith(";"):
            raise query.fault("the statement must end with ';'")
    return queries


def c_text(sql):
    lines = sql.replace("\\", "\\\\").replace('"', '\\"').split("\n")
    return "\n        ".join(f'"{line}\\n"' for line in lines[:-1]) + f'\n        "{lines[-1]}"' if len(lines) > 1 \
        else f'"{lines[0]}"'


def c_row(query):
    out = [f"struct q_{query.name}_row {{"]
    for name, kind, nullable in query.columns:
        out.append(f"    {'int64_t ' if kind == 'int' else 'str '}{name};")
        if kind == "int" and nullable:
            out.append(f"    bool {name}_null;")
    return "\n".join(out + ["};"])


def c_signature(query):
    args = ["struct txn *txn"]
    for name, kind, nullable in query.params:
        args.append(f"const int64_t *{name}" if kind == "int" and nullable
                    else f"int64_t {name}" if kind == "int" else f"str {name}")
    if query.kind == "one":
        args += ["struct arena *arena", f"struct q_{query.name}_row *ret"]
    elif query.kind == "many":
        args += ["struct arena *arena", f"struct q_{query.name}_row **ret", "size_t *ret_count"]
    elif query.kind == "execrows":
        args.append("int64_t *ret_rows")
    return f"enum rc q_{query.name}({', '.join(args)})"


def c_read(query):
    out = [f"static enum rc read_{query.name}(struct statement *st, struct arena *arena, void *into)",
           "{", f"    struct q_{query.name}_row *row = into;", ""]
    for i, (name, kind, nullable) in enumerate(query.columns):
        if kind != "int":
            out.append(f"    TRY(statement_{kind}(st, {i}, arena, &row->{name}));")
        else:
            out.append(f"    row->{name} = statement_int(st, {i});")
            if nullable:
                out.append(f"    row->{name}_null = statement_null(st, {i});")
    return "\n".join(out + ["    return RC_OK;", "}"])


def c_function(query):
    out = [c_signature(query), "{"]
    if query.kind == "one":
        out.append(f"    struct q_{query.name}_row row = {{ 0 }};")
    elif query.kind == "many":
        out.append("    void *rows = NULL;")
    out += ["    struct statement st;", "    enum rc rc;", "",
            f"    statement_begin(&st, txn, QUERY_{query.name.upper()});"]
    for i, (name, kind, nullable) in enumerate(query.params, 1):
        call = "int_opt" if kind == "int" and nullable else kind
        out.append(f"    statement_bind_{call}(&st, {i}, {name});")
    if query.kind == "one":
        out += [f"    rc = statement_one(&st, arena, read_{query.name}, &row);",
                "    if (rc == RC_OK) {", "        *ret = row;", "    }", "    return rc;"]
    elif query.kind == "many":
        out += [f"    rc = statement_many(&st, arena, read_{query.name}, sizeof(**ret), &rows, ret_count);",
                "    if (rc == RC_OK) {", "        *ret = rows;", "    }", "    return rc;"]
    elif query.kind == "exec":
        out += ["    rc = statement_run(&st, NULL);", "    return rc;"]
    else:
        out += ["    rc = statement_run(&st, ret_rows);", "    return rc;"]
    return "\n".join(out + ["}"])


def header(queries):
    out = ["/* Made by tools/sqlgen.py from store/queries/: the only way to reach the tables. Rows and",
           " * arrays live in the arena given; *ret is written on RC_OK only. Errors of all of them:",
           " * RC_EXISTS (unique), RC_CONFLICT (foreign key), RC_FULL, RC_IO, RC_CORRUPT, RC_NOMEM. */",
           "#ifndef MANTLE_STORE_QUERIES_H", "#define MANTLE_STORE_QUERIES_H", "",
           "#include <stdbool.h>", "#include <stddef.h>", "#include <stdint.h>", "",
           '#include "base/arena.h"', '#include "base/macros.h"', '#include "base/rc.h"', '#include "base/str.h"',
           "", "struct txn;", ""]
    for query in queries:
        if query.comment:
            out.append("/* " + "\n * ".join(query.comment).replace("*/", "* /") + " */")
        if query.columns:
            out.append(c_row(query))
        out += ["MUST_CHECK " + c_signature(query) + ";", ""]
    return "\n".join(out + ["#endif", ""])


def source(schema, queries):
    out = ["/* Made by tools/sqlgen.py from store/schema/ and store/queries/. */",
           '#include "store/queries.h"', "", '#include "store/statement.h"', "",
           "const struct schema_step schema_steps[] = {"]
    for name, sql in schema.files:
        out.append(f'    {{ "{name}",\n        {c_text(sql.rstrip())} }},')
    out += ["};", "const unsigned schema_step_count = sizeof(schema_steps) / sizeof(schema_steps[0]);", "", "enum query {"]
    out += [f"    QUERY_{q.name.upper()}," for q in queries]
    out += ["};", "", "const char *const query_texts[] = {"]
    out += [f"    [QUERY_{q.name.upper()}] =\n        {c_text(q.positional())}," for q in queries]
    out += ["};", "const unsigned query_count = sizeof(query_texts) / sizeof(query_texts[0]);", ""]
    for query in queries:
        if query.columns:
            out += [c_read(query), ""]
        out += [c_function(query), ""]
    return "\n".join(out)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--header", required=True)
    args.add_argument("--source", required=True)
    args.add_argument("files", nargs="+", type=pathlib.Path, help="schema/*.sql and queries/*.sql")
    args = args.parse_args()
    try:
        schema = Schema([p for p in args.files if p.parent.name == "schema"])
        queries, seen = [], {}
        for path in sorted(p for p in args.files if p.parent.name == "queries"):
            for query in parse(path):
                if query.name in seen:
                    raise query.fault(f"there is one of this name in {seen[query.name]}")
                seen[query.name] = path
                query.resolve(schema)
                queries.append(query)
    except Fault as fault:
        sys.exit(str(fault))
    pathlib.Path(args.header).write_text(header(queries))
    pathlib.Path(args.source).write_text(source(schema, queries))


if __name__ == "__main__":
    main()
