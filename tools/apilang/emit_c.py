"""C from a service: structs, handler prototypes, tables."""
import functools
import unicodedata

BANNER = "/* Made by tools/apigen.py from {}; edit that. */\n"
KINDS = {"string": "API_STRING", "blob": "API_BLOB", "int": "API_INT", "boolean": "API_BOOL",
         "time": "API_TIME", "list": "API_LIST", "map": "API_MAP", "struct": "API_STRUCT"}
C_TYPES = {"string": "str", "blob": "str", "int": "struct opt_int", "boolean": "struct opt_bool",
           "time": "struct opt_int"}


def c_string(text):
    out = []
    for char in text.encode():
        if char in b'"\\':
            out.append("\\" + chr(char))
        elif 32 <= char < 127:
            out.append(chr(char))
        else:
            out.append(f"\\{char:03o}")
    return '"' + "".join(out).replace("??", '?""?') + '"'


def str_init(text):
    return f"STR_INIT({c_string(text)})" if text else "{ NULL, 0 }"


def boolean(value):
    return "true" if value else "false"


class ServiceC:
    def __init__(self, service, source):
        self.service = service
        self.source = source
        self.prefix = service.name

    # --- the header

    def c_type(self, made):
        if made.kind in C_TYPES:
            return C_TYPES[made.kind] + " "
        if made.kind == "struct":
            return f"struct {self.prefix}_{made.name} *"
        if made.kind == "map":
            return f"struct {self.prefix}_{made.name} "
        if made.item.kind == "string":
            return "struct api_str_list "
        return f"struct {self.prefix}_{made.item.name}_list "

    def header(self):
        guard = f"MANTLE_{self.prefix.upper()}_API_H"
        out = [BANNER.format(self.source), f"#ifndef {guard}\n#define {guard}\n",
               '#include "service/protocol/api.h"\n', "struct rq;"]
        structs = [t for t in self.service.types.values() if t.kind == "struct"]
        listed = []
        for made in self.service.made.values():
            if made.kind == "list" and made.item.kind == "struct" and made.item not in listed:
                listed.append(made.item)
        out += [f"struct {self.prefix}_{t.name};" for t in structs]
        out.append("")
        for made in listed:
            name = f"{self.prefix}_{made.name}"
            out.append(f"struct {name}_list {{\n    struct {name} *items;\n    size_t count;\n"
                       "    bool present;\n};")
        for made in self.service.types.values():
            if made.kind == "map":
                name = f"{self.prefix}_{made.name}"
                value = self.c_type(made.item)
                out.append(f"struct {name}_entry {{\n    str key;\n    {value}value;\n}};")
                out.append(f"struct {name} {{\n    struct {name}_entry *items;\n"
                           "    size_t count;\n    bool present;\n};")
        for made in structs:
            out.append(self.struct(f"{self.prefix}_{made.name}", made.members))
        for operation in self.service.operations.values():
            out.append(self.operation_header(operation))
        out.append(f"extern const struct api_service {self.prefix}_service;\n\n#endif")
        return "\n".join(out) + "\n"

    def struct(self, name, members):
        lines = [f"    {self.c_type(m.type)}{m.name};" for m in members]
        return f"struct {name} {{\n" + "\n".join(lines) + "\n};"

    def operation_header(self, operation):
        name = f"{self.prefix}_{operation.name}"
        out = [""]
        arguments = "struct rq *rq"
        if operation.inputs:
            out.append(self.struct(name + "_in", operation.inputs))
            arguments += f", const struct {name}_in *in"
        if operation.prepared:
            out.append(f"MUST_CHECK enum rc {name}_prepare({arguments});")
        if operation.outputs:
            out.append(self.struct(name + "_out", operation.outputs))
            arguments += f", struct {name}_out *out"
        out.append(f"MUST_CHECK enum rc {name}({arguments});")
        return "\n".join(out)

    # --- the tables

    def code(self):
        out = [BANNER.format(self.source),
               f'#include "service/{self.prefix}/{self.prefix}_api.h"\n',
               '#include "service/protocol/patterns.h"\n', "/* clang-format off */\n"]
        out += [self.pattern(pattern) for pattern in self.service.patterns.values()]
        used = list(self.service.types.values()) + list(self.service.made.values())
        out += [f"static const struct api_shape shape_{made.name};" for made in used]
        for made in used:
            out.append(self.shape(made))
        for operation in self.service.operations.values():
            out.append(self.operation_tables(operation))
        rows = [self.row(op) for op in sorted(self.service.operations.values(),
                                              key=lambda op: op.name)]
        out.append("static const struct api_operation operations[] = {\n" + "".join(rows) + "};\n")
        get = self.service.settings.get
        out.append(f"""const struct api_service {self.prefix}_service = {{
    .name = {str_init(self.prefix)},
    .version = {str_init(get("version"))},
    .xml_namespace = {str_init(get("namespace"))},
    .signing_name = {str_init(get("signing"))},
    .event_source = {str_init(get("events"))},
    .withhold_pattern = {boolean("pattern" in self.service.withholds)},
    .withhold_enum = {boolean("enum" in self.service.withholds)},
    .withhold_length = {boolean("length" in self.service.withholds)},
    .withhold_null = {boolean("null" in self.service.withholds)},
    .operations = operations,
    .operation_count = {len(rows)},
}};
""")
        return "\n".join(out)

    def pattern(self, pattern):
        found = char_class(pattern.text)
        head = (f"static const struct api_pattern pattern_{pattern.name} = {{ "
                f".text = {str_init(pattern.text)}, ")
        if found is None:
            return head + f".matches = pattern_{self.prefix}_{pattern.name} }};"
        ranges, lo, hi = found
        low = [0, 0]
        for first, last in ranges:
            for point in range(first, min(last, 127) + 1):
                low[point // 64] |= 1 << (point % 64)
        high = [(max(first, 128), last) for first, last in ranges if last >= 128]
        body = f".min = {lo}, .max = {hi}, .ascii = {{ {low[0]:#x}u, {low[1]:#x}u }}"
        table = ""
        if high:
            cells = ", ".join(f"{{ {a:#x}, {b:#x} }}" for a, b in high)
            table = f"static const struct api_range ranges_{pattern.name}[] = {{ {cells} }};\n"
            body += f", .ranges = ranges_{pattern.name}, .range_count = {len(high)}"
        return table + head + body + " };"

    def shape_ref(self, made):
        return f"&shape_{made.name}"

    def shape(self, made):
        parts = [f".name = {str_init(made.name)}", f".type = {KINDS[made.kind]}",
                 f".min = {made.lo}", f".max = {made.hi}"]
        before = ""
        if made.pattern:
            parts.append(f".pattern = &pattern_{made.pattern}")
        if made.enums:
            cells = ", ".join(str_init(value) for value in made.enums)
            before = f"static const str enums_{made.name}[] = {{ {cells} }};\n"
            parts.append(f".enums = enums_{made.name}, .enum_count = {len(made.enums)}")
        if made.kind == "struct":
            name = f"{self.prefix}_{made.name}"
            before = self.members(f"members_{made.name}", f"struct {name}", made.members)
            parts.append(f".members = members_{made.name}, .member_count = {len(made.members)}")
            parts.append(f".size = sizeof(struct {name})")
        if made.kind == "list":
            parts.append(f".item = {self.shape_ref(made.item)}")
            parts.append(".size = sizeof(str)" if made.item.kind == "string" else
                         f".size = sizeof(struct {self.prefix}_{made.item.name})")
        if made.kind == "map":
            parts.append(f".key = {self.shape_ref(made.key)}, .item = {self.shape_ref(made.item)}")
            parts.append(f".size = sizeof(struct {self.prefix}_{made.name}_entry)")
        if made.sentence:
            parts.append(f".sentence = {str_init(made.sentence)}")
        for flag in ("sensitive", "repeated", "urlencoded"):
            if getattr(made, flag):
                parts.append(f".{flag} = true")
        head = f"static const struct api_shape shape_{made.name} = {{ "
        return before + head + ", ".join(parts) + " };"

    def members(self, table, struct, members):
        rows = []
        for m in members:
            row = (f"    {{ .name = {str_init(m.name)}, .camel = {str_init(m.camel)}, "
                   f".wire = {str_init(m.wire)}, .shape = {self.shape_ref(m.type)}, "
                   f".offset = offsetof({struct}, {m.name})")
            if m.required:
                row += ", .required = true"
            if m.sensitive or m.type.sensitive:
                row += ", .sensitive = true"
            if m.late:
                row += ", .late = true"
            if m.default is not None:
                row += f", .fallback = {str_init(m.default)}"
            rows.append(row + " },\n")
        return f"static const struct api_member {table}[] = {{\n" + "".join(rows) + "};\n"

    def operation_tables(self, operation):
        name = f"{self.prefix}_{operation.name}"
        out = []
        for side, members in (("in", operation.inputs), ("out", operation.outputs)):
            if members:
                out.append(self.members(f"{side}_members_{operation.name}",
                                        f"struct {name}_{side}", members))
                out.append(f"static const struct api_shape {side}_{operation.name} = {{ "
                           f".name = {str_init(operation.name)}, .type = API_STRUCT, "
                           f".min = -1, .max = -1, "
                           f".members = {side}_members_{operation.name}, "
                           f".member_count = {len(members)}, "
                           f".size = sizeof(struct {name}_{side}) }};")
        if operation.authz:
            out += self.authz_tables(operation)
        if operation.errors:
            cells = ", ".join("ERR_" + code for code in operation.errors)
            out.append(f"static const enum api_error_id errors_{operation.name}[] = {{ {cells} }};")
        if operation.built:
            out.append(self.wrapper(operation, name))
        return "\n".join(out)

    def authz_tables(self, operation):
        out, rows = [], []
        for number, authz in enumerate(operation.authz):
            row = (f"    {{ .action = {str_init(authz.action)}, "
                   f".resource = RESOURCE_{authz.resource.upper()}")
            if authz.kind:
                row += f", .entity_kind = {str_init(authz.kind)}"
            if authz.source:
                row += f", .template_or_member = {str_init(authz.source)}"
            if authz.or_caller:
                row += ", .or_caller = true"
            if authz.keys:
                table = f"keys_{operation.name}_{number}"
                cells = "".join(f"    {{ .name = {str_init(k.name)}, "
                                f".kind = API_KEY_{k.kind.upper()}, "
                                f".source = {str_init(k.source)} }},\n" for k in authz.keys)
                out.append(f"static const struct api_key {table}[] = {{\n{cells}}};")
                row += f", .keys = {table}, .key_count = {len(authz.keys)}"
            if authz.when:
                table = f"when_{operation.name}_{number}"
                cells = ", ".join(str_init(member) for member in authz.when)
                out.append(f"static const str {table}[] = {{ {cells} }};")
                row += f", .when = {table}, .when_count = {len(authz.when)}"
            rows.append(row + " },\n")
        out.append(f"static const struct api_authz authz_{operation.name}[] = {{\n"
                   + "".join(rows) + "};")
        return out

    def wrapper(self, operation, name):
        """The dispatch table has one type; handlers have their own."""
        arguments = "rq"
        for side, members in (("in", operation.inputs), ("out", operation.outputs)):
            if members:
                arguments += f", {side}"
        call = (f"static enum rc call_{operation.name}(struct rq *rq, const void *in, void *out)\n"
                f"{{\n    return {name}({arguments});\n}}")
        if operation.prepared:
            arguments = "rq, in" if operation.inputs else "rq"
            call += (f"\nstatic enum rc prepare_{operation.name}(struct rq *rq, const void *in)\n"
                     f"{{\n    return {name}_prepare({arguments});\n}}")
        return call

    def row(self, operation):
        parts = [f".name = {str_init(operation.name)}", f".service = &{self.prefix}_service"]
        for flag, value in (("write", operation.write), ("unsigned_ok", operation.unsigned),
                            ("built", operation.built)):
            if value:
                parts.append(f".{flag} = true")
        for side, members in (("in", operation.inputs), ("out", operation.outputs)):
            if members:
                parts.append(f".{side} = &{side}_{operation.name}")
        if operation.outputs or operation.empty_result:
            parts.append(f".result_wrapper = {str_init(operation.name + 'Result')}")
        parts.append(f".response_wrapper = {str_init(operation.name + 'Response')}")
        if operation.authz:
            parts.append(f".authz = authz_{operation.name}, "
                         f".authz_count = {len(operation.authz)}")
        if operation.errors:
            parts.append(f".errors = errors_{operation.name}, "
                         f".error_count = {len(operation.errors)}")
        if operation.built:
            parts.append(f".handler = call_{operation.name}")
            if operation.prepared:
                parts.append(f".prepare = prepare_{operation.name}")
        return "    { " + ",\n      ".join(parts) + " },\n"


# --- patterns that are one character class, repeated

ESCAPES = {"w": [(48, 57), (65, 90), (95, 95), (97, 122)], "d": [(48, 57)]}


def char_class(text):
    """([(first, last)...], min, max) of "[...]+", "[...]*", "\\d{12}" and the like, else None.
    max -1: any. Anything more is matched by a function of protocol/patterns.c."""
    if text.startswith("^") and text.endswith("$"):
        text = text[1:-1]
    if text.startswith("\\d{") and text.endswith("}") and text[3:-1].isdigit():
        return ESCAPES["d"], int(text[3:-1]), int(text[3:-1])
    if len(text) < 4 or text[0] != "[" or text[-2] != "]" or text[-1] not in "+*":
        return None
    ranges = class_ranges(text[1:-2])
    return None if ranges is None else (merged(ranges), 1 if text[-1] == "+" else 0, -1)


def class_ranges(body):
    ranges, at = [], 0
    while at < len(body):
        taken = class_atom(body, at)
        if taken is None:
            return None
        first, at = taken
        if isinstance(first, list):
            ranges += first
        elif body[at:at + 1] == "-" and at + 1 < len(body):
            last, at = class_atom(body, at + 1)
            if isinstance(last, list):
                return None
            ranges.append((first, last))
        else:
            ranges.append((first, first))
    return ranges


def class_atom(body, at):
    """One character (its code point) or one class (ranges), and where it ends."""
    if body[at] in "[]":
        return None
    if body[at] != "\\":
        return ord(body[at]), at + 1
    kind = body[at + 1]
    if kind in ESCAPES:
        return list(ESCAPES[kind]), at + 2
    if kind == "u":
        # Four digits, always: the models mean the upper planes by \u10000-\u10FFFF, but AWS reads
        # that as \u1000, 0-\u10FF and FF, and refuses them.
        return int(body[at + 2:at + 6], 16), at + 6
    if kind == "p":
        return list(category(body[at + 3])), at + 5
    return (ord(kind), at + 2) if not kind.isalnum() else None


@functools.lru_cache
def category(major):
    """Code points of a Unicode category: \\p{L}."""
    ranges, first = [], None
    for point in range(0x110000):
        inside = unicodedata.category(chr(point))[0] == major
        if inside and first is None:
            first = point
        if not inside and first is not None:
            ranges.append((first, point - 1))
            first = None
    return ranges


def merged(ranges):
    out = []
    for first, last in sorted(ranges):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return out


# --- over all services

def errors_header(errors):
    lines = [BANNER.format("*.api"), "#ifndef MANTLE_SERVICE_PROTOCOL_ERRORS_H\n"
             "#define MANTLE_SERVICE_PROTOCOL_ERRORS_H\n", "#include \"base/str.h\"\n",
             "enum api_error_id {", "    ERR_NONE,"]
    lines += [f"    ERR_{code}, /* {errors[code].status} */" for code in sorted(errors)]
    lines += ["    API_ERROR_COUNT", "};\n",
              "struct api_error {\n    str code;    /* on the wire */\n"
              "    int status;  /* HTTP */\n    bool sender; /* else Type Receiver */\n};\n",
              "extern const struct api_error api_errors[API_ERROR_COUNT];\n", "#endif"]
    return "\n".join(lines) + "\n"


def errors_code(errors, services):
    out = [BANNER.format("*.api"), '#include "service/protocol/errors.h"\n',
           '#include "service/protocol/api.h"']
    out += [f'#include "service/{name}/{name}_api.h"' for name in services]
    out.append("\nconst struct api_error api_errors[API_ERROR_COUNT] = {\n"
               "    [ERR_NONE] = { STR_INIT(\"InternalFailure\"), 500, false },")
    for code in sorted(errors):
        error = errors[code]
        out.append(f"    [ERR_{code}] = {{ {str_init(code)}, {error.status}, "
                   f"{boolean(error.sender)} }},")
    out.append("};\n\nconst struct api_service *const api_services[] = {")
    out += [f"    &{name}_service," for name in services]
    out.append(f"}};\nconst size_t api_service_count = {len(services)};")
    return "\n".join(out) + "\n"
