"""Reference pages from a service."""
RESOURCES = {"any": "`*`", "caller": "the calling user"}


def limits(made):
    """The type as a reader needs it: "1 to 64 characters `[\\w+=,.@-]+`"."""
    if made.kind == "list":
        return f"list of {limits(made.item)}{span(made, 'items')}"
    if made.kind == "struct":
        return f"[{made.name}](#{made.name.lower()})"
    if made.kind == "map":
        return f"map of {limits(made.key)} to {limits(made.item)}"
    if made.enums:
        return " \\| ".join(f"`{value}`" for value in made.enums)
    text = {"int": "number", "time": "time", "blob": "bytes", "boolean": "true or false",
            "string": "text"}[made.kind]
    text += span(made, "" if made.kind == "int" else "characters")
    if made.sensitive:
        text += ", secret"
    return text


def span(made, unit):
    if made.lo < 0 and made.hi < 0:
        return ""
    low = "" if made.lo < 0 else str(made.lo)
    if made.hi < 0:
        text = f"at least {low}"
    elif not low:
        text = f"at most {made.hi}"
    else:
        text = low if made.lo == made.hi else f"{low} to {made.hi}"
    return f", {text} {unit}".rstrip()


def resource(authz):
    if authz.resource in RESOURCES:
        return RESOURCES[authz.resource]
    if authz.resource == "arn":
        return f"`{authz.source}`"
    if authz.resource == "entity":
        tail = " (the caller, if absent)" if authz.or_caller else ""
        return f"the {authz.kind} named `{authz.source}`{tail}"
    if authz.resource == "renamed":
        return f"the {authz.kind} under its new path and name"
    if authz.resource == "key_owner":
        return f"the user `{authz.source}` belongs to"
    return f"the {authz.kind} whose ARN is `{authz.source}`"


def key_source(key):
    if key.kind == "boundary":
        return "the boundary it has"
    return f'"{key.source}"' if key.kind == "literal" else f"`{key.source}`"


class Page:
    def __init__(self, service, statuses):
        self.service = service
        self.statuses = statuses

    def text(self):
        service = self.service
        built = sum(op.built for op in service.operations.values())
        out = [f"# {service.name.upper()} {service.settings['version']}", "",
               f"{len(service.operations)} operations, {built} built; the others are decoded, "
               "validated and authorized, and answer 501 `NotImplemented`.", ""]
        for operation in service.operations.values():
            out += self.operation(operation)
        out += ["# Types", ""]
        for made in service.types.values():
            if made.kind == "struct":
                out += [f"## {made.name}", ""] + self.members(made.members) + [""]
        return "\n".join(out)

    def operation(self, operation):
        out = [f"## {operation.name}", ""]
        words = ["changes" if operation.write else "reads"]
        if not operation.built:
            words.append("not built yet")
        if operation.unsigned:
            words.append("unsigned")
        out += [", ".join(words).capitalize() + ".", ""]
        if not operation.needs_permission:
            out += ["Needs no permission.", ""]
        for authz in operation.authz:
            line = f"- needs `{authz.action}` on {resource(authz)}"
            if authz.when:
                line += ", if " + " or ".join(f"`{m}`" for m in authz.when) + " is sent"
            out.append(line)
            out += [f"  - `{key.name}`: {key_source(key)}" for key in authz.keys]
        out += [""] if operation.authz else []
        if operation.inputs:
            out += ["In:", ""] + self.members(operation.inputs) + [""]
        if operation.outputs:
            out += ["Out:", ""] + self.members(operation.outputs) + [""]
        if operation.errors:
            out += ["Errors: " + ", ".join(f"`{code}` {self.statuses[code]}"
                                           for code in operation.errors), ""]
        return out

    def members(self, members):
        out = ["| member | what | pattern |", "| --- | --- | --- |"]
        for member in members:
            what = limits(member.type)
            if member.required:
                what += "; required"
            if member.default is not None:
                what += f"; default {member.default}"
            if member.sensitive:
                what += "; secret"
            inner = member.type.item if member.type.kind == "list" else member.type
            pattern = self.service.patterns.get(inner.pattern)
            shown = "`" + pattern.text.replace("|", "\\|") + "`" if pattern else ""
            out.append(f"| {member.name} | {what} | {shown} |")
        return out
