"""A guest that reads its own memory: boots it with a static pagewalk, and takes what it printed.

A guest of another architecture than the program's only tells what the program would begin with: see guest/headers."""

import base64, hashlib, io, os, re, shutil, struct, tarfile, tempfile
import device, initramfs, machine
from packages import Failure, run

HERE = os.path.dirname(os.path.abspath(__file__))
# ELF's numbers of machines.
MACHINES = {"amd64": 62, "i386": 3, "armhf": 40, "arm64": 183, "riscv64": 243}


def runs(guest, pagewalk):
    """Whether the program is of the guest's architecture."""
    with open(pagewalk, "rb") as f:
        head = f.read(20)
    return struct.unpack_from("<H", head, 18)[0] == MACHINES[guest.definition["architecture"]]



def prepare(guest, pagewalk, folder, say):
    """Leave vmlinuz and initrd.gz in a folder."""
    kernel_debs, busybox, _ = guest.fetch()
    architecture = guest.definition["architecture"]
    made = initramfs.make(architecture, kernel_debs, busybox, folder)
    # a second archive behind the first: its files replace those of the same name
    more = folder + "/more"
    os.makedirs(more + "/bin")
    own = runs(guest, pagewalk)
    shutil.copy(HERE + ("/guest/live" if own else "/guest/headers"), more + "/record")
    if own:
        shutil.copy(pagewalk, more + "/bin/pagewalk")
    for program in ("mover", "steps", "kcore"):
        run(
            initramfs.compiler(architecture),
            *"-O2 -Wall -Wextra -Werror -static".split(),
            *["-o", more + "/bin/" + program, "%s/guest/%s.c" % (HERE, program)],
        )
    try:
        if not own:
            raise Failure("it has no pagewalk to ask by it")
        run("strip", "--strip-debug", "-o", more + "/pagewalk.ko", device.module(guest, made["release"])[0])
    except Failure as e:
        if own:
            say("%-13s is asked without /dev/pagewalk: %s" % (guest.name, str(e)[-300:]))
    initramfs.pack(more, folder + "/more.gz")
    with open(folder + "/initrd.gz", "ab") as f:
        f.write(initramfs.read(folder + "/more.gz"))
    shutil.rmtree(more)


def current(guest, pagewalk):
    """What the answers of a guest were made from, as one number."""
    h = hashlib.sha256()
    own = runs(guest, pagewalk)
    names = ["live" if own else "headers", "mover.c", "steps.c", "kcore.c", "init", "probe.c"]
    for path in ([pagewalk] if own else []) + [HERE + "/guest/" + name for name in names]:
        with open(path, "rb") as f:
            h.update(hashlib.sha256(f.read()).digest())
    h.update(repr((guest.definition, guest.packages())).encode())
    return h.hexdigest()


def unpacked(text):
    """The files that a guest packed, by name."""
    _, found, packed = text.partition("@@LIVE\n")
    if not found:
        raise Failure("the guest packed no answers; its last words: " + text[-300:].strip())
    files = {}
    try:
        archive = tarfile.open(fileobj=io.BytesIO(base64.b64decode(packed.partition("@@READY")[0])), mode="r:gz")
        for member in archive:
            if member.isfile() and "/" not in member.name.removeprefix("./"):
                files[os.path.basename(member.name)] = archive.extractfile(member).read()
    except (ValueError, EOFError, OSError, tarfile.TarError) as e:
        raise Failure("the guest's answers came out damaged: %s" % e)
    return files


def outside(m, samples):
    """What QEMU has at the physical addresses of the guest's samples: a line each, address and bytes."""
    lines = []
    for address in dict.fromkeys(re.findall(r"physical=([0-9a-f]+)", samples)):
        text = m.qmp.monitor("xp /16bx 0x" + address)
        found = re.findall(r"\b0x([0-9a-f]{2})\b", re.sub(r"^[0-9a-f]+:", "", text, flags=re.M))
        lines.append("OUTSIDE physical=%s bytes=%s\n" % (address, "".join(found)))
    return "".join(lines)


def live(guest, pagewalk, limit, say):
    """Have a guest read itself; its answers are left in live/GUEST of the cache."""
    if not os.path.isfile(pagewalk):
        raise Failure("there is no file %s (scripts/link-static makes it)" % pagewalk)
    out = os.path.join(guest.cache, "live", guest.name)
    made_from = current(guest, pagewalk)
    try:
        with open(out + "/made-from") as f:
            if f.read() == made_from:
                return say("%-13s live answers are up to date" % guest.name)
    except FileNotFoundError:
        pass
    os.makedirs(os.path.dirname(out), exist_ok=True)
    # room for the program, which is in memory twice while the initramfs is unpacked
    definition = dict(guest.definition)
    if runs(guest, pagewalk):
        definition["memoryMiB"] = max(512, guest.definition["memoryMiB"])
        # what is read changes on another processor meanwhile
        definition["qemu"] = re.sub(r"-smp \d+", "-smp 2", definition["qemu"])
        # On a busy host x86's check of its timer fails, which is a panic.
        definition["append"] += " no_timer_check"
    with tempfile.TemporaryDirectory(prefix="live-", dir=guest.cache) as folder:
        guest.stage("initramfs", prepare, guest, os.path.abspath(pagewalk), folder, say)
        with machine.Machine(definition, folder, limit) as m:
            text = guest.stage("live", m.wait_ready)
            packed = unpacked(text)
            seen = outside(m, packed.get("samples", b"").decode())
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    packed["samples.outside"] = seen.encode()
    for name, content in packed.items():
        with open(os.path.join(out, name), "wb") as f:
            f.write(content)
    with open(out + "/made-from", "w") as f:
        f.write(made_from)
