"""Reads .api files.

A file is a list of declarations. A declaration starts in the first column; what belongs to it is
indented below. A line whose first sign is # is a comment. Words are separated by blanks.

  service iam                         one per file
    version    2010-05-08
    namespace  https://iam.amazonaws.com/doc/2010-05-08/
    signing    iam                    the service name of the credential scope
    events     iam.amazonaws.com      eventSource in the trail
    withhold   pattern enum length null
                                      refusals of these kinds do not repeat the value; length:
                                      and lengths are refused before patterns

  error EntityAlreadyExists 409       HTTP status; "receiver" behind it: not the sender's fault
  pattern name [\\w+=,.@-]+           to the end of the line, as refusals print it
  type roleName string 1..64 pattern name
                                      kinds: string blob int boolean time
                                      behind: RANGE, pattern NAME, sensitive, urlencoded;
                                      repeated: refusals of its length repeat the value all
                                      the same; at the end, refused SENTENCE: so is a broken
                                      pattern refused, if it is all that is wrong; {member}
                                      stands for the member's name
  refused name SENTENCE               the same for every type with that pattern
  enum status Active Inactive         more values may follow on indented lines
  map summaryMap summaryKey summaryValue
  struct Tag
    Key    tagKey    required         behind the type: required, sensitive, wire NAME
    Value  tagValue  required

  operation CreateRole write          read or write; behind: unsigned, unbuilt, prepared
    action iam:CreateRole on arn:{partition}:iam::{account}:role{Path}{RoleName}
    keys   aws:RequestTag=tags(Tags)  context keys of the action above
    also   iam:TagRole on arn:... when Tags
    in     RoleName roleName required behind the type: required, sensitive, default TEXT,
                                      late (AWS refuses it after the other members)
    out    Role Role                  "out empty": a result element without content
    error  EntityAlreadyExists

A "prepared" operation has a step before its handler, SERVICE_OPERATION_prepare, which runs on the
loop with a snapshot and may ask for blocking work (rq_block in service/request.h).

RANGE is LO..HI, LO.. or ..HI: characters, items or the number itself. A type is written as a name,
as Tag[..50] (a list of Tag; Tag[] without limits) or, for numbers, just as 3600..43200.

RESOURCE behind "on":
  *                                   no resource-level permission
  arn:{partition}:iam::{account}:role{Path}{RoleName}
                                      a template over the input
  role named RoleName                 an existing entity of this account
  user named UserName or caller       the same; without UserName, the calling user
  renamed user named UserName         its ARN as NewPath and NewUserName will make it
  policy at PolicyArn                 the entity whose ARN a member gives
  user owning AccessKeyId             the user an access key belongs to
  caller                              the calling user
"when A B" behind it: only if one of the members is sent.
"action none": needs no permission.

A context key takes its value from {Member}, tags(Member), tag_keys(Member), "literal", or
boundary (the permissions boundary the named entity has now).
"""
import re

from .model import (SCALARS, ApiFault, Authz, Error, Key, Member, Operation, Pattern, Service,
                    Type)

NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
RANGE = re.compile(r"(\d*)\.\.(\d*)\Z")
LIST = re.compile(r"([A-Za-z][A-Za-z0-9]*)\[(?:(\d*)\.\.(\d*))?\]\Z")
DECLARATIONS = "service, error, pattern, refused, type, enum, map, struct or operation"


def number(text):
    return int(text) if text else -1


class Reader:
    def __init__(self, path, text, common_errors=None):
        self.path = str(path)
        self.service = Service()
        self.common = common_errors or {}
        self.later = []  # member types resolve when all declarations are known
        self.sentences = {}  # pattern: how it is refused
        self.lines = []
        for count, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                raise ApiFault((self.path, count), "a tab; indent with blanks")
            if line.strip() and not line.lstrip().startswith("#"):
                self.lines.append(((self.path, count), line.rstrip()))

    # --- lines

    def read(self):
        at = 0
        while at < len(self.lines):
            where, line = self.lines[at]
            end = at + 1
            while end < len(self.lines) and self.lines[end][1].startswith(" "):
                end += 1
            if line.startswith(" "):
                raise ApiFault(where, f"indented, but belongs to nothing; expected {DECLARATIONS}")
            self.declaration(where, line, self.lines[at + 1:end])
            at = end
        for where, resolve in self.later:
            resolve()
        for made in self.service.types.values():
            made.sentence = made.sentence or self.sentences.get(made.pattern, "")
        self.check()
        return self.service

    def declaration(self, where, line, body):
        word = line.split()[0]
        handler = getattr(self, "read_" + word, None)
        if handler is None or word not in DECLARATIONS:
            raise ApiFault(where, f'unknown declaration "{word}"; expected {DECLARATIONS}')
        if body and word in ("error", "pattern", "refused", "type", "map"):
            raise ApiFault(body[0][0], f"{word} takes no indented lines")
        handler(where, line, body)

    def name(self, where, words, what):
        if not words:
            raise ApiFault(where, f"expected {what}")
        if not NAME.match(words[0]):
            raise ApiFault(where, f'"{words[0]}" is not {what}: letters and digits, a letter first')
        return words.pop(0)

    def once(self, where, table, name, what):
        if name in table:
            first = table[name].where
            raise ApiFault(where, f"{what} {name} is declared already, at {first[0]}:{first[1]}")

    # --- declarations

    def read_service(self, where, line, body):
        words = line.split()[1:]
        if self.service.name:
            raise ApiFault(where, "a second service; one file describes one service")
        self.service.name = self.name(where, words, "a service name")
        self.service.where = where
        for at, text in body:
            words = text.split()
            if words[0] not in ("version", "namespace", "signing", "events", "withhold"):
                raise ApiFault(at, f'unknown setting "{words[0]}"; expected version, namespace, '
                               "signing, events or withhold")
            if words[0] == "withhold":
                if not set(words[1:]) <= {"pattern", "enum", "length", "null"}:
                    raise ApiFault(at, "withhold takes pattern, enum, length and null")
                self.service.settings["withhold"] = words[1:]
            elif len(words) != 2:
                raise ApiFault(at, f"{words[0]} takes one word")
            else:
                self.service.settings[words[0]] = words[1]
        for setting in ("version", "namespace", "signing", "events"):
            if setting not in self.service.settings:
                raise ApiFault(where, f"service {self.service.name} has no {setting}")

    def read_error(self, where, line, body):
        words = line.split()[1:]
        code = self.name(where, words, "an error code")
        self.once(where, self.service.errors, code, "error")
        if not words or not re.fullmatch(r"[45]\d\d", words[0]):
            raise ApiFault(where, f"error {code}: expected an HTTP status, 400 to 599")
        status = int(words.pop(0))
        if words not in ([], ["receiver"]):
            raise ApiFault(where, f'error {code}: unexpected "{words[0]}"; '
                           'only "receiver" may follow the status')
        self.service.errors[code] = Error(code, status, not words, where)

    def read_pattern(self, where, line, body):
        words = line.split(None, 2)[1:]
        name = self.name(where, words, "a pattern name")
        self.once(where, self.service.patterns, name, "pattern")
        if not words:
            raise ApiFault(where, f"pattern {name}: expected the expression")
        self.service.patterns[name] = Pattern(name, words[0], where)

    def read_refused(self, where, line, body):
        words = line.split(None, 2)[1:]
        name = self.name(where, words, "a pattern name")
        if not words:
            raise ApiFault(where, f"refused {name}: expected the sentence")
        if name in self.sentences:
            raise ApiFault(where, f"refused {name} is declared already")
        self.sentences[name] = words[0]
        self.later.append((where, lambda: self.need_pattern(where, name)))

    def read_type(self, where, line, body):
        words = line.split()[1:]
        name = self.name(where, words, "a type name")
        self.once_type(where, name)
        if not words or words[0] not in SCALARS:
            got = f', not "{words[0]}"' if words else ""
            raise ApiFault(where, f"type {name}: expected {', '.join(SCALARS)}{got}")
        made = Type(name, words.pop(0), where)
        while words:
            word = words.pop(0)
            bounds = RANGE.match(word)
            if bounds:
                if made.kind not in ("string", "blob", "int"):
                    raise ApiFault(where, f"type {name}: a {made.kind} has no range")
                made.lo, made.hi = self.bounds(where, *bounds.groups())
            elif word == "pattern" and words and made.kind == "string":
                made.pattern = words.pop(0)
                self.later.append((where, lambda: self.need_pattern(where, made.pattern)))
            elif word == "sensitive":
                made.sensitive = True
            elif word == "repeated":
                made.repeated = True
            elif word == "urlencoded" and made.kind == "string":
                made.urlencoded = True
            elif word == "refused" and words and made.pattern:
                made.sentence = " ".join(words)
                words = []
            else:
                raise ApiFault(where, f'type {name}: unexpected "{word}"; expected a range, '
                               "pattern NAME, sensitive, repeated, urlencoded or, behind a "
                               "pattern, refused SENTENCE")
        self.service.types[name] = made

    def read_enum(self, where, line, body):
        words = line.split()[1:]
        name = self.name(where, words, "an enum name")
        self.once_type(where, name)
        for _, text in body:
            words += text.split()
        if not words:
            raise ApiFault(where, f"enum {name} has no values")
        twice = {word for word in words if words.count(word) > 1}
        if twice:
            raise ApiFault(where, f"enum {name} has {min(twice)} twice")
        self.service.types[name] = Type(name, "string", where, enums=words)

    def read_map(self, where, line, body):
        words = line.split()[1:]
        name = self.name(where, words, "a map name")
        self.once_type(where, name)
        if len(words) != 2:
            raise ApiFault(where, f"map {name}: expected the type of keys and the type of values")
        made = Type(name, "map", where)
        self.service.types[name] = made

        def resolve():
            made.key = self.type(where, words[0])
            made.item = self.type(where, words[1])
            if made.key.kind != "string" or made.item.kind not in ("string", "int"):
                raise ApiFault(where, f"map {name}: keys are strings, values strings or ints")
        self.later.append((where, resolve))

    def read_struct(self, where, line, body):
        words = line.split()[1:]
        name = self.name(where, words, "a struct name")
        self.once_type(where, name)
        if words:
            raise ApiFault(where, f'struct {name}: unexpected "{words[0]}"')
        if not body:
            raise ApiFault(where, f"struct {name} has no members")
        made = Type(name, "struct", where)
        self.service.types[name] = made
        for at, text in body:
            self.member(at, text.split(), made.members, ("required", "sensitive", "wire"))

    def read_operation(self, where, line, body):
        words = line.split()[1:]
        name = self.name(where, words, "an operation name")
        self.once(where, self.service.operations, name, "operation")
        if not words or words[0] not in ("read", "write"):
            raise ApiFault(where, f"operation {name}: expected read or write")
        made = Operation(name, words.pop(0) == "write", where)
        for word in words:
            if word not in ("unsigned", "unbuilt", "prepared"):
                raise ApiFault(where, f'operation {name}: unexpected "{word}"; '
                               "expected unsigned, unbuilt or prepared")
        made.unsigned = "unsigned" in words
        made.built = "unbuilt" not in words
        made.prepared = "prepared" in words
        self.service.operations[name] = made
        for at, text in body:
            self.operation_line(at, made, text)
        if made.needs_permission and not made.authz:
            raise ApiFault(where, f'operation {name} has no action; '
                           '"action none" says that it needs no permission')

    def operation_line(self, at, made, text):
        word, *words = text.split()
        if word == "in":
            self.member(at, words, made.inputs, ("required", "sensitive", "default", "late"))
        elif word == "out" and words == ["empty"]:
            made.empty_result = True
        elif word == "out":
            self.member(at, words, made.outputs, ("required", "sensitive"))
        elif word == "error":
            for code in words:
                if code not in self.service.errors and code not in self.common:
                    raise ApiFault(at, f"unknown error {code}; declare it with its status")
            made.errors += words
        elif word in ("action", "also"):
            self.authz_line(at, made, word, words)
        elif word == "keys":
            if not made.authz:
                raise ApiFault(at, "keys belong to the action above; there is none")
            made.authz[-1].keys += [self.key(at, made, each) for each in
                                    re.findall(r'(?:"[^"]*"|\S)+', text.strip()[4:])]
        else:
            raise ApiFault(at, f'unknown line "{word}"; expected action, also, keys, in, out or '
                           "error")

    # --- authorization

    def authz_line(self, at, made, word, words):
        if word == "action" and (made.authz or not made.needs_permission):
            raise ApiFault(at, f'operation {made.name} has its action; write "also" for more')
        if word == "also" and not made.authz:
            raise ApiFault(at, '"also" before the action')
        if words == ["none"] and word == "action":
            made.needs_permission = False
            return
        if len(words) < 3 or ":" not in words[0] or words[1] != "on":
            raise ApiFault(at, f"{word}: expected SERVICE:Action on RESOURCE")
        authz = Authz(words[0], "", at)
        rest = words[2:]
        if "when" in rest:
            cut = rest.index("when")
            authz.when = rest[cut + 1:]
            if not authz.when:
                raise ApiFault(at, "when: expected one member or more")
            rest = rest[:cut]
        self.resource(at, authz, rest)
        needs = authz.when + re.findall(r"{([A-Z]\w*)}", authz.source)
        if authz.resource in ("entity", "member", "renamed", "key_owner"):
            needs.append(authz.source)
        for name in needs:
            self.later.append((at, lambda name=name: self.need_input(at, made, name)))
        made.authz.append(authz)

    def resource(self, at, authz, rest):
        forms = {
            ("*",): "any", ("caller",): "caller",
        }
        if tuple(rest) in forms:
            authz.resource = forms[tuple(rest)]
        elif len(rest) == 1 and rest[0].startswith("arn:"):
            authz.resource, authz.source = "arn", rest[0]
        elif len(rest) == 3 and rest[1] == "at":
            authz.resource, authz.kind, authz.source = "member", rest[0], rest[2]
        elif len(rest) == 3 and rest[1] == "owning":
            authz.resource, authz.kind, authz.source = "key_owner", rest[0], rest[2]
        elif len(rest) == 4 and rest[0] == "renamed" and rest[2] == "named":
            authz.resource, authz.kind, authz.source = "renamed", rest[1], rest[3]
        elif len(rest) in (3, 5) and rest[1] == "named" and rest[3:] in ([], ["or", "caller"]):
            authz.resource, authz.kind, authz.source = "entity", rest[0], rest[2]
            authz.or_caller = len(rest) == 5
        else:
            raise ApiFault(at, f'"{" ".join(rest)}" is not a resource; expected *, caller, '
                           "arn:TEMPLATE, KIND named MEMBER [or caller], renamed KIND named "
                           "MEMBER, KIND at MEMBER or user owning MEMBER")

    def key(self, at, made, text):
        name, eq, source = text.partition("=")
        found = re.fullmatch(r'(?:{(\w+)}|(tags|tag_keys)\((\w+)\)|"([^"]*)"|(boundary))', source)
        if not eq or ":" not in name or not found:
            raise ApiFault(at, f'"{text}" is not a key; expected NAME={{Member}}, '
                           'NAME=tags(Member), NAME=tag_keys(Member), NAME="literal" or '
                           "NAME=boundary")
        member, form, tags, literal, boundary = found.groups()
        if member or tags:
            self.later.append((at, lambda: self.need_input(at, made, member or tags)))
        if member:
            return Key(name, "member", member)
        if form:
            return Key(name, form, tags)
        return Key(name, "boundary", "") if boundary else Key(name, "literal", literal)

    # --- members and types

    def member(self, at, words, members, allowed):
        name = self.name(at, words, "a member name")
        if any(member.name == name for member in members):
            raise ApiFault(at, f"member {name} is there already")
        if not words:
            raise ApiFault(at, f"member {name}: expected its type")
        made = Member(name, None, at, wire=name)
        spelled = words.pop(0)
        while words:
            word = words.pop(0)
            if word not in allowed:
                raise ApiFault(at, f'member {name}: unexpected "{word}"; '
                               f"expected {', '.join(allowed)}")
            if word in ("wire", "default"):
                if not words:
                    raise ApiFault(at, f"member {name}: {word} what?")
                setattr(made, word, words.pop(0).strip('"'))
            else:
                setattr(made, word, True)
        members.append(made)

        def resolve():
            made.type = self.type(at, spelled)
            if made.default is not None and made.type.kind not in ("string", "int"):
                raise ApiFault(at, f"member {name}: only strings and ints have defaults")
        self.later.append((at, resolve))

    def type(self, at, spelled):
        listed = LIST.match(spelled)
        bounds = RANGE.match(spelled)
        if listed:
            item = self.type(at, listed[1])
            if item.kind not in ("string", "struct"):
                raise ApiFault(at, f"a list of {item.kind}: only strings and structs are listed")
            lo, hi = self.bounds(at, listed[2], listed[3])
            name = f"{item.name}_list{'' if lo < 0 and hi < 0 else f'_{max(lo, 0)}_{max(hi, 0)}'}"
            return self.made(name, Type(name, "list", at, lo, hi, item=item))
        if bounds:
            lo, hi = self.bounds(at, *bounds.groups())
            name = f"int_{max(lo, 0)}_{max(hi, 0)}"
            return self.made(name, Type(name, "int", at, lo, hi))
        if spelled in SCALARS:
            return self.made(spelled, Type(spelled, spelled, at))
        if spelled not in self.service.types:
            raise ApiFault(at, f'unknown type "{spelled}"')
        return self.service.types[spelled]

    def made(self, name, candidate):
        return self.service.made.setdefault(name, candidate)

    def bounds(self, at, lo, hi):
        lo, hi = number(lo), number(hi)
        if hi >= 0 and lo > hi:
            raise ApiFault(at, f"empty range {lo}..{hi}")
        return lo, hi

    def once_type(self, where, name):
        if name in SCALARS:
            raise ApiFault(where, f"{name} is a built-in type")
        self.once(where, self.service.types, name, "type")

    def need_pattern(self, at, name):
        if name not in self.service.patterns:
            raise ApiFault(at, f"unknown pattern {name}")

    def need_input(self, at, made, name):
        if made.input(name) is None:
            raise ApiFault(at, f"operation {made.name} has no input {name}")

    def check(self):
        if not self.service.name and (self.service.types or self.service.operations):
            raise ApiFault((self.path, 1), "no service declared")
        for name, made in self.service.types.items():
            if made.kind == "struct" and recursive(made, made, set()):
                raise ApiFault(made.where, f"struct {name} contains itself")


def recursive(wanted, made, seen):
    for member in made.members:
        inner = member.type.item if member.type.kind == "list" else member.type
        if inner is wanted:
            return True
        if inner.kind == "struct" and inner.name not in seen:
            seen.add(inner.name)
            if recursive(wanted, inner, seen):
                return True
    return False


def read_file(path, common_errors=None):
    with open(path, encoding="utf-8") as file:
        return Reader(path, file.read(), common_errors).read()
