"""What an .api file says, as objects. The language itself is described in apilang/read.py."""
from dataclasses import dataclass, field

SCALARS = ("string", "blob", "int", "boolean", "time")


class ApiFault(Exception):
    """A fault in an .api file; str() is "file:line: what is expected"."""

    def __init__(self, where, text):
        super().__init__(f"{where[0]}:{where[1]}: {text}")


@dataclass
class Error:
    code: str
    status: int
    sender: bool
    where: tuple


@dataclass
class Pattern:
    name: str
    text: str
    where: tuple


@dataclass
class Type:
    name: str  # "roleName"; anonymous ones are named after their making: "Tag_list_0_50"
    kind: str  # string blob int boolean time list map struct
    where: tuple
    lo: int = -1
    hi: int = -1
    pattern: str = ""
    enums: list = field(default_factory=list)
    item: "Type" = None
    key: "Type" = None
    members: list = field(default_factory=list)
    sensitive: bool = False
    repeated: bool = False  # refusals of its length or range show the value all the same
    urlencoded: bool = False
    sentence: str = ""  # how a broken pattern is refused, alone and after everything else


@dataclass
class Member:
    name: str
    type: Type
    where: tuple
    wire: str = ""
    required: bool = False
    sensitive: bool = False
    late: bool = False  # refused after the other members
    default: str = None

    @property
    def camel(self):
        """As refusals and the trail write it: RoleName is roleName, SAMLAssertion sAMLAssertion."""
        return self.name[0].lower() + self.name[1:]


@dataclass
class Key:
    name: str
    kind: str  # member tags tag_keys literal boundary
    source: str


@dataclass
class Authz:
    action: str
    resource: str  # any arn entity renamed member key_owner caller
    where: tuple
    kind: str = ""
    source: str = ""  # template or member
    or_caller: bool = False
    when: list = field(default_factory=list)
    keys: list = field(default_factory=list)


@dataclass
class Operation:
    name: str
    write: bool
    where: tuple
    unsigned: bool = False
    built: bool = True
    prepared: bool = False  # has a step before its handler that may block
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    empty_result: bool = False
    authz: list = field(default_factory=list)  # the operation's own first, then "also"
    needs_permission: bool = True
    errors: list = field(default_factory=list)

    def input(self, name):
        return next((m for m in self.inputs if m.name == name), None)


@dataclass
class Service:
    name: str = ""
    where: tuple = ("", 0)
    settings: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)
    patterns: dict = field(default_factory=dict)
    types: dict = field(default_factory=dict)  # named ones, in the order declared
    made: dict = field(default_factory=dict)  # anonymous ones
    operations: dict = field(default_factory=dict)

    @property
    def withholds(self):
        return self.settings.get("withhold", [])
