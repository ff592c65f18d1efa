"""A guest that reads its own memory: boots it with a static pagewalk, and takes what it printed."""

import base64, hashlib, io, os, shutil, tarfile, tempfile
import device, initramfs, machine
from packages import Failure, run

HERE = os.path.dirname(os.path.abspath(__file__))


def prepare(guest, pagewalk, folder, say):
    """Leave vmlinuz and initrd.gz in a folder."""
    kernel_debs, busybox, _ = guest.fetch()
    architecture = guest.definition["architecture"]
    made = initramfs.make(architecture, kernel_debs, busybox, folder)
    # a second archive behind the first: its files replace those of the same name
    more = folder + "/more"
    os.makedirs(more + "/bin")
    shutil.copy(HERE + "/guest/live", more + "/record")
    shutil.copy(pagewalk, more + "/bin/pagewalk")
    run(
        initramfs.compiler(architecture),
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-static",
        "-o",
        more + "/bin/mover",
        HERE + "/guest/mover.c",
    )
    try:
        run("strip", "--strip-debug", "-o", more + "/pagewalk.ko", device.module(guest, made["release"])[0])
    except Failure as e:
        say("%-13s is asked without /dev/pagewalk: %s" % (guest.name, str(e)[-300:]))
    initramfs.pack(more, folder + "/more.gz")
    with open(folder + "/initrd.gz", "ab") as f:
        f.write(initramfs.read(folder + "/more.gz"))
    shutil.rmtree(more)


def current(guest, pagewalk):
    """What the answers of a guest were made from, as one number."""
    h = hashlib.sha256()
    for path in (pagewalk, HERE + "/guest/live", HERE + "/guest/mover.c", HERE + "/guest/init", HERE + "/guest/probe.c"):
        with open(path, "rb") as f:
            h.update(hashlib.sha256(f.read()).digest())
    h.update(repr((guest.definition, guest.packages())).encode())
    return h.hexdigest()


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
    definition = dict(guest.definition, memoryMiB=max(512, guest.definition["memoryMiB"]))
    with tempfile.TemporaryDirectory(prefix="live-", dir=guest.cache) as folder:
        guest.stage("initramfs", prepare, guest, os.path.abspath(pagewalk), folder, say)
        with machine.Machine(definition, folder, limit) as m:
            text = guest.stage("live", m.wait_ready)
    _, found, packed = text.partition("@@LIVE\n")
    if not found:
        raise Failure("the guest packed no answers; its last words: " + text[-300:].strip())
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    try:
        archive = tarfile.open(fileobj=io.BytesIO(base64.b64decode(packed.partition("@@READY")[0])), mode="r:gz")
        for member in archive:
            if member.isfile() and "/" not in member.name.removeprefix("./"):
                with open(os.path.join(out, os.path.basename(member.name)), "wb") as f:
                    f.write(archive.extractfile(member).read())
    except (ValueError, EOFError, OSError, tarfile.TarError) as e:
        raise Failure("the guest's answers came out damaged: %s" % e)
    with open(out + "/made-from", "w") as f:
        f.write(made_from)
