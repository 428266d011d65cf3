"""tools/sqlgen.py: mistakes in schema and query files are build errors with file and line."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SQLGEN = pathlib.Path(__file__).resolve().parents[3] / "tools" / "sqlgen.py"
SCHEMA = """CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER, raw BLOB) STRICT;
CREATE TABLE b (a INTEGER NOT NULL REFERENCES a (id), name INTEGER NOT NULL, note TEXT) STRICT;
"""


def run(queries, schema=SCHEMA, name="0000_base.sql"):
    """(error text or None, header, source)"""
    with tempfile.TemporaryDirectory() as top:
        top = pathlib.Path(top)
        (top / "schema").mkdir()
        (top / "queries").mkdir()
        (top / "schema" / name).write_text(schema)
        (top / "queries" / "q.sql").write_text(queries)
        done = subprocess.run(
            [sys.executable, SQLGEN, "--header", top / "q.h", "--source", top / "q.c", top / "schema" / name,
             top / "queries" / "q.sql"], capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stderr.replace(str(top) + "/", ""), "", ""
        return None, (top / "q.h").read_text(), (top / "q.c").read_text()


class Refused(unittest.TestCase):
    def refused(self, place, words, queries, **more):
        error, _, _ = run(queries, **more)
        self.assertIsNotNone(error, "was accepted")
        self.assertTrue(error.startswith(place), error)
        self.assertIn(words, error)

    def test_a_missing_column(self):
        self.refused("queries/q.sql:4:", "no such column: nam",
                     "\n-- name: x :one\nSELECT id\n  , nam FROM a WHERE id = :id;\n")

    def test_a_parameter_without_type(self):
        self.refused("queries/q.sql:2:", "type of :who", "-- name: x :one\nSELECT id FROM a WHERE name = :who;\n")

    def test_a_parameter_of_two_types(self):
        self.refused("queries/q.sql:2:", "type of :name",
                     "-- name: x :one\nSELECT a.id FROM a JOIN b ON b.a = a.id WHERE a.name = :name;\n")

    def test_a_list_without_limit(self):
        self.refused("queries/q.sql:2:", "needs a LIMIT", "-- name: x :many\nSELECT id FROM a;\n")

    def test_an_expression_without_type(self):
        self.refused("queries/q.sql:2:", "type of column oldest", "-- name: x :one\nSELECT max(age) AS oldest FROM a;\n")

    def test_a_change_that_pretends_to_return(self):
        self.refused("queries/q.sql:2:", "needs result columns", "-- name: x :one\nDELETE FROM a;\n")

    def test_two_statements(self):
        self.refused("queries/q.sql:2:", "more than one statement", "-- name: x :exec\nDELETE FROM a; DELETE FROM b;\n")

    def test_an_unused_declaration(self):
        self.refused("queries/q.sql:3:", "'age' is declared",
                     "-- name: x :exec\n-- param age int\nDELETE FROM a WHERE id = :id;\n")

    def test_two_of_one_name(self):
        self.refused("queries/q.sql:4:", "there is one", "-- name: x :exec\nDELETE FROM a;\n-- name: x :exec\nDELETE FROM b;\n")

    def test_a_table_that_is_not_strict(self):
        self.refused("schema/0000_base.sql:2:", "not STRICT", "", schema="\nCREATE TABLE t (x INTEGER);\n")

    def test_a_gap_in_the_numbers(self):
        self.refused("schema/0002_base.sql:1:", "should be 0000", "", name="0002_base.sql")


class Made(unittest.TestCase):
    def made(self, queries):
        error, header, source = run(queries)
        self.assertIsNone(error)
        return header, source

    def test_types_come_from_the_schema(self):
        header, _ = self.made("-- name: x :one\nSELECT id, name AS label, age, raw FROM a WHERE id = :id;\n")
        for line in ("int64_t id;", "str label;", "int64_t age;", "bool age_null;", "str raw;",
                     "q_x(struct txn *txn, int64_t id, struct arena *arena, struct q_x_row *ret)"):
            self.assertIn(line, header)
        self.assertNotIn("id_null", header)

    def test_a_left_join_makes_numbers_nullable(self):
        header, _ = self.made("-- name: x :many\nSELECT a.id, b.name FROM a LEFT JOIN b ON b.a = a.id LIMIT 5;\n")
        self.assertIn("bool name_null;", header)
        self.assertNotIn("bool id_null;", header)

    def test_counting_needs_no_declaration(self):
        header, _ = self.made("-- name: x :one\nSELECT count(*) AS n, EXISTS (SELECT 1 FROM b WHERE a = (1)) AS any_b FROM a;\n")
        self.assertIn("int64_t n;", header)
        self.assertIn("int64_t any_b;", header)

    def test_parameters_get_numbers_and_literals_are_left_alone(self):
        _, source = self.made("-- name: x :exec\n-- param name int\nUPDATE b SET note = 'at :noon', name = :name -- :no\n WHERE a = :a OR name = :name;\n")
        self.assertIn("'at :noon', name = ?1", source)
        self.assertIn("WHERE a = ?2 OR name = ?1", source)
        self.assertNotIn(":no\\n", source)

    def test_a_nullable_number_is_a_pointer_when_declared(self):
        header, _ = self.made("-- name: x :exec\n-- param age int null\nUPDATE a SET age = :age WHERE id = :id;\n")
        self.assertIn("const int64_t *age, int64_t id)", header)

    def test_returning(self):
        header, _ = self.made("-- name: x :one\nINSERT INTO a (name) VALUES (:name) RETURNING id;\n")
        self.assertIn("int64_t id;", header)


if __name__ == "__main__":
    unittest.main()
