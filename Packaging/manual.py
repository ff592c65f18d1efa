"""Manual pages out of a command's own help.

    PROGRAM --experimental-dump-help | python3 manual.py FOLDER VERSION SECONDS [PAGE]

Writes PROGRAM.1 and, for each subcommand, PROGRAM-SUBCOMMAND.1 into the folder; PAGE is the first page's name where it
is not the command's. SECONDS since 1970 are the date that the pages bear, VERSION the version."""

import json, os, re, sys, time


def escaped(text):
    """A line of the input as troff prints it: hyphens that can be copied, no requests, no escapes."""
    text = text.replace("\\", "\\e")
    for character, name in (("-", "\\-"), ("'", "\\(aq"), ("^", "\\(ha"), ("~", "\\(ti"), ("`", "\\(ga")):
        text = text.replace(character, name)
    return "\\&" + text if text.startswith(".") else text


def prose(text):
    """The same, with what stands between backquotes in bold."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    return "".join("\\fB%s\\fR" % escaped(p) if i % 2 else escaped(p) for i, p in enumerate(parts))


def paragraphs(text):
    """A discussion as blocks: a sentence or more, or lines that stay as they are."""
    blocks = []
    for line in text.split("\n"):
        indented = line.startswith("  ")
        if not line.strip():
            blocks.append((None, []))
        elif blocks and blocks[-1][0] == indented:
            blocks[-1][1].append(line)
        else:
            blocks.append((indented, [line]))
    return [b for b in blocks if b[1]]


def discussion(text):
    """(the lines of the description, of the examples, of the exit status)"""
    sections = {"DESCRIPTION": [], "EXAMPLES": [], "EXIT STATUS": []}
    section = "DESCRIPTION"
    for indented, lines in paragraphs(text):
        out = sections[section]
        if indented:
            out += [".PP", ".EX"] + [escaped(re.sub("^  ", "", l)) for l in lines] + [".EE"]
            section = "DESCRIPTION"
        elif lines == ["Examples:"]:
            section = "EXAMPLES"
        else:
            said, status, rest = " ".join(lines).partition("Exit status:")
            if said.strip():
                sections["DESCRIPTION"] += [".PP", prose(said.strip())]
            if status:
                meanings = re.split(r"; (?=\d)", rest.strip().rstrip("."))
                for number, _, meaning in (m.partition(" ") for m in meanings):
                    sections["EXIT STATUS"] += [".TP", ".B " + escaped(number), prose(meaning) + "."]
    return sections


def term(argument):
    value = "\\fI%s\\fR" % escaped(argument["valueName"])
    if argument["kind"] == "positional":
        return value
    names = sorted(argument["names"], key=lambda n: n["kind"] != "short")
    names = ", ".join(
        "\\fB%s\\fR" % escaped(("-" if n["kind"] == "short" else "--") + n["name"]) for n in names
    )
    return names if argument["kind"] == "flag" else names + " " + value


def options(arguments):
    for a in arguments:
        yield from (".TP", term(a))
        notes = []
        if a.get("allValues"):
            notes.append("one of " + ", ".join(a["allValues"]))
        if a.get("defaultValue") not in (None, ""):
            notes.append("default: " + a["defaultValue"])
        text = a.get("abstract", "")
        yield prose(text + (" (%s)" % "; ".join(notes) if notes else ""))
        if a.get("discussion"):
            yield prose(" ".join(a["discussion"].split()))


def page(command, name, path, parent, root, version, date):
    arguments = [a for a in command.get("arguments", []) if a["shouldDisplay"]]
    positional = [a for a in arguments if a["kind"] == "positional"]
    rest = [a for a in arguments if a["kind"] != "positional"]
    children = subcommands(command)
    told = discussion(command.get("discussion", ""))
    if not told["EXIT STATUS"]:
        told["EXIT STATUS"] = discussion(root.get("discussion", ""))["EXIT STATUS"]

    lines = ['.TH %s 1 "%s" "pagewalk %s" "pagewalk"' % (escaped(name.upper()), date, version)]
    lines += [".nh", ".ad l"]
    lines += [".SH NAME", "%s \\- %s" % (escaped(name), prose(command["abstract"].rstrip(".")))]
    synopsis = ["\\fB%s\\fR" % escaped(path)]
    if children:
        synopsis.append("\\fIsubcommand\\fR ...")
    elif rest:
        synopsis.append("[\\fIoptions\\fR]")
    for a in positional:
        word = "\\fI%s\\fR" % escaped(a["valueName"]) + (" ..." if a["isRepeating"] else "")
        synopsis.append("[%s]" % word if a["isOptional"] else word)
    lines += [".SH SYNOPSIS", " ".join(synopsis)]
    lines += [".SH DESCRIPTION"] + (told["DESCRIPTION"][1:] or [prose(command["abstract"])])
    if children:
        lines.append(".SH COMMANDS")
        for c in children:
            lines += [".TP", "\\fB%s\\-%s\\fR(1)" % (escaped(name), escaped(c["commandName"])), prose(c["abstract"])]
    if positional:
        lines += [".SH ARGUMENTS", *options(positional)]
    if rest:
        lines += [".SH OPTIONS", *options(rest)]
    for section in ("EXIT STATUS", "EXAMPLES"):
        if told[section]:
            lines += [".SH " + section, *(told[section] if section == "EXIT STATUS" else told[section][1:])]
    lines += [".SH SEE ALSO"]
    if parent:
        lines.append("\\fB%s\\fR(1)," % escaped(parent))
    lines.append("\\fI/usr/share/doc/pagewalk\\fR")
    return "\n".join(lines) + "\n"


def subcommands(command):
    return [c for c in command.get("subcommands", []) if c["shouldDisplay"] and c["commandName"] != "help"]


def write(folder, command, name, path, parent, root, version, date):
    with open(os.path.join(folder, name + ".1"), "w") as f:
        f.write(page(command, name, path, parent, root, version, date))
    for c in subcommands(command):
        child = c["commandName"]
        write(folder, c, name + "-" + child, path + " " + child, name, root, version, date)


folder, version, seconds = sys.argv[1:4]
root = json.load(sys.stdin)["command"]
first = sys.argv[4] if len(sys.argv) > 4 else root["commandName"]
parent = first.rpartition("-")[0] or None
day = time.strftime("%Y-%m-%d", time.gmtime(int(seconds)))
write(folder, root, first, root["commandName"], parent, root, version, day)
