"""What docs/libmantle.md promises a stranger: `make install-lib`, then a compiler with pkg-config. Builds
the library alone in a directory of its own, installs it under DESTDIR, compiles the examples against
what was installed, and runs them."""
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import signer

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures/captures"
KEY_ID, SECRET = "AKIAQQQQQQQQEXAMPLE0", "dummysecretdummysecretdummysecretdummy00"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


class Stranger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="mantle-stranger-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        made = run("make", "-C", str(ROOT), "install-lib", f"BUILD_LIB={cls.dir}/build",
                   f"DESTDIR={cls.dir}/root", "PREFIX=/usr")
        if made.returncode != 0:
            raise AssertionError("make install-lib: " + made.stdout[-4000:] + made.stderr[-4000:])
        cls.root = cls.dir / "root"
        cls.libdir = next(cls.root.rglob("mantle.pc")).parent.parent
        cls.env = {**os.environ, "PKG_CONFIG_PATH": str(cls.libdir / "pkgconfig"),
                   "PKG_CONFIG_SYSROOT_DIR": str(cls.root), "LD_LIBRARY_PATH": str(cls.libdir)}
        for name in "authorizer", "linter", "presigned":
            cls.compile(ROOT / f"examples/{name}.c", name)

    @classmethod
    def flags(cls, *options):
        return run("pkg-config", *options, "mantle", env=cls.env, check=True).stdout.split()

    @classmethod
    def compile(cls, source, name, compiler=("cc", "-D_GNU_SOURCE"), libs=None):
        made = run(*compiler, *STRICT, "-O1", "-o", str(cls.dir / name), str(source),
                   *cls.flags("--cflags"), *(libs or cls.flags("--libs")))
        if made.returncode != 0:
            raise AssertionError(f"{source}: {made.stderr}")

    def example(self, name, *arguments, **env):
        return run(str(self.dir / name), *map(str, arguments), env={**self.env, **env})

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    # ---- installed ----

    def test_what_is_installed(self):
        for name in "analysis", "base", "lint", "policy", "session", "sigv4":
            self.assertTrue((self.root / f"usr/include/mantle/{name}.h").is_file())
        for name in "libmantle.so", "libmantle.so.0", "libmantle.a":
            self.assertTrue((self.libdir / name).exists(), name)
        self.assertEqual(self.flags("--libs")[-1:], ["-lmantle"])

    def test_headers_stand_alone_in_strict_c99_and_in_cxx(self):
        for header in (self.root / "usr/include/mantle").glob("*.h"):
            source = f"#include <mantle/{header.name}>\nint main() {{ return 0; }}\n"
            c = self.write("alone.c", source.replace("main()", "main(void)"))
            self.compile(c, "alone", ("cc", "-std=c99"))
            if shutil.which("c++"):
                self.compile(self.write("alone.cc", source), "alone", ("c++", "-std=c++11"))

    def test_static_archive_links_beside_names_of_the_host(self):
        """Its insides are called heap, wipe, sha256...: a program may have those names, too."""
        source = self.write("clash.c", """#include <mantle/policy.h>
            #include <stdio.h>
            int heap = 1, wipe = 2, sha256 = 3, policy_decide = 4, arena_init = 5;
            int main(void) { puts(mantle_version()); return heap + wipe + sha256 + policy_decide +
                             arena_init - 15; }""")
        self.compile(source, "clash", libs=[str(self.libdir / "libmantle.a"), "-lcrypto"])
        done = self.example("clash")
        version = re.search(r"version: '(.*?)'", (ROOT / "meson.build").read_text()).group(1)
        self.assertEqual((done.returncode, done.stdout), (0, version + "\n"))

    def test_the_first_program_of_the_guide(self):
        """The block of docs/libmantle.md that a reader copies."""
        text = (ROOT / "docs/libmantle.md").read_text()
        source = self.write("first.c", re.search(r"```c\n(.*?)```", text, re.S).group(1))
        self.compile(source, "first", ("cc", "-std=c99"))
        expected = re.search(r"\$ \./first\n(.*?)```", text, re.S).group(1)
        done = self.example("first")
        self.assertEqual(done.stdout, expected)
        self.assertEqual(done.returncode, 0)

    # ---- the linter ----

    def test_linter(self):
        good = self.write("good.json", json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}))
        bad = self.write("bad.json", '{"Version": "2012-10-17",\n "Statement": {"Effect": "Allow",\n'
                                     '  "Action": "s3:GetObjekt", "Resource": "*"}}')
        done = self.example("linter", good)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        done = self.example("linter", good, bad)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"bad\.json:3:\d+: ERROR INVALID_ACTION: ")
        self.assertEqual(self.example("linter", self.dir / "none.json").returncode, 2)

    # ---- presigned URLs ----

    def test_presigned_urls(self):
        keys = self.write("keys", f"AKIAOTHER other\n{KEY_ID} {SECRET}\n")
        url = signer.presigned(KEY_ID, SECRET, "GET", "files.example.org", "/bucket/a%20b//c")

        def ask(url, method="GET", **env):
            return self.example("presigned", keys, "s3", method, url, **env)

        done = ask(url)
        self.assertRegex(done.stdout, rf"^valid until \S+Z, signed by {KEY_ID}\n$")
        self.assertEqual(done.returncode, 0)
        for changed in (url.replace("a%20b", "a%20c"), url.replace("example", "examp1e"),
                        url.replace("Expires=300", "Expires=301"), url + "&x=1"):
            self.assertIn("SignatureDoesNotMatch", ask(changed).stdout)
        self.assertEqual(ask(url, "PUT").returncode, 1)
        old = signer.presigned(KEY_ID, SECRET, "GET", "h", "/", expires=60, amz_date=signer.now(-61))
        self.assertIn("Signature expired", ask(old).stdout)
        unknown = signer.presigned("AKIANOBODY", SECRET, "GET", "h", "/")
        self.assertIn("SignatureDoesNotMatch", ask(unknown).stdout)
        self.assertIn("MissingAuthenticationToken", ask("http://h/").stdout)

    def test_presigned_url_of_boto3(self):
        keys = self.write("keys", f"{KEY_ID} {SECRET}\n")
        lines = (FIXTURES / "presigned.txt").read_text().splitlines()
        url = lines[lines.index("boto3-1.26-sts-get-caller-identity") + 1]
        done = self.example("presigned", keys, "sts", "POST", url, NOW="1795459640")
        self.assertIn("valid until 2026-11-23T18:48:15Z", done.stdout)

    # ---- the HTTP server ----

    def test_authorizer(self):
        self.write("policies/ann.json", json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "files:*", "Resource": "arn:aws:files:::${aws:username}/*"},
            {"Sid": "Keep", "Effect": "Deny", "Action": "files:Delete", "Resource": "*"}]}))
        keys = self.write("keys", f"{KEY_ID} {SECRET} ann\n")
        server = subprocess.Popen([self.dir / "authorizer", keys, self.dir / "policies", "0"],
                                  stdout=subprocess.PIPE, text=True, env=self.env)
        try:
            host = server.stdout.readline().split()[-1]

            def ask(method, path, secret=SECRET, body=b"", sent=None):
                headers = signer.header_signed(KEY_ID, secret, method, host, path, "files", body)
                connection = http.client.HTTPConnection(host, timeout=10)
                connection.request(method, path, sent or body, headers)
                answer = connection.getresponse()
                text = answer.read().decode().strip()
                connection.close()
                return answer.status, text

            self.assertEqual(ask("GET", "/ann/a"), (200, "ann may do that"))
            self.assertEqual(ask("PUT", "/ann/a%20b", body=b"x" * 5000)[0], 200)
            status, text = ask("GET", "/bob/a")
            self.assertEqual(status, 403)
            self.assertEqual(text, "User: arn:aws:iam::111122223333:user/ann is not authorized to "
                             "perform: files:Read on resource: arn:aws:files:::bob/a because no "
                             "identity-based policy allows the files:Read action")
            status, text = ask("DELETE", "/ann/a")
            self.assertEqual(status, 403)
            self.assertIn("with an explicit deny in an identity-based policy", text)
            self.assertEqual(ask("GET", "/public/a")[0], 200)  # the server's own resource policy
            self.assertEqual(ask("PUT", "/public/a")[0], 403)
            self.assertEqual(ask("DELETE", "/public/a")[0], 403)
            status, text = ask("GET", "/ann/a", secret="wrong")
            self.assertEqual((status, text[:21]), (403, "SignatureDoesNotMatch"))
            self.assertEqual(ask("PUT", "/ann/a", body=b"one", sent=b"two")[0], 403)
        finally:
            server.terminate()
            server.wait()
            server.stdout.close()


if __name__ == "__main__":
    unittest.main()
