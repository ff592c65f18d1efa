"""Programs of memory operations, done by a guest's kernel: boots it with the recorder, and takes its log."""

import base64, gzip, hashlib, json, os, shutil, tempfile
import initramfs, machine
from packages import Failure, locked, run

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, "..", "..", "Sources", "CKernelAgent")


OWN = ["guest/observe", "guest/recorder.c", "observe.py", "initramfs.py", "machine.py"]


def recorder(architecture, path):
    """Compile the recorder, with the agents in it, as one static program."""
    sources = [os.path.join(SOURCES, f) for f in sorted(os.listdir(SOURCES)) if f.endswith(".c")]
    run(
        initramfs.compiler(architecture),
        *(["-marm"] if architecture == "armhf" else []),
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-static",
        "-I",
        os.path.join(SOURCES, "include"),
        "-o",
        path,
        os.path.join(HERE, "guest", "recorder.c"),
        *sources,
    )


def prepare(guest, programs, folder):
    """Leave vmlinuz and initrd.gz in a folder."""
    kernel_debs, busybox, _ = guest.fetch()
    architecture = guest.definition["architecture"]
    tree, roots = folder + "/initrd", []
    for i, deb in enumerate(kernel_debs + [busybox]):
        roots.append("%s/unpacked/%d" % (folder, i))
        os.makedirs(roots[-1])
        run("dpkg-deb", "-x", deb, roots[-1])
    initramfs.kernel(roots[:-1], architecture, folder)
    for d in ("bin", "dev"):
        os.makedirs(os.path.join(tree, d))
    for _, d, f in initramfs.walk(roots[-1:]):
        if f == "busybox" and d.endswith("/bin"):
            shutil.copy(os.path.join(d, f), tree + "/bin/busybox")
    recorder(architecture, tree + "/bin/recorder")
    shutil.copy(HERE + "/guest/observe", tree + "/init")
    shutil.copy(programs, tree + "/programs")
    with open(tree + "/name", "w") as f:
        f.write(guest.name)
    initramfs.pack(tree, folder + "/initrd.gz")


def made_from(guest, programs):
    """What a log is made from, as one number: our sources, the programs, the guest's definition and packages."""
    h = hashlib.sha256()
    agent = [os.path.join(d, f) for d, _, files in sorted(os.walk(SOURCES)) for f in sorted(files)]
    for path in [os.path.join(HERE, f) for f in OWN] + agent + [programs]:
        with open(path, "rb") as f:
            h.update(hashlib.sha256(f.read()).digest())
    h.update(json.dumps([guest.definition, guest.packages()], sort_keys=True).encode())
    return h.hexdigest()


def keep(guest, programs, limit):
    """Leave the log of a file of programs in the folder of a built guest, unless it is there; whether it was."""
    log, note = (os.path.join(guest.folder, f) for f in ("observed.log", "observed.json"))
    with locked(os.path.join(guest.cache, "locks", guest.name)):
        key = made_from(guest, programs)
        try:
            with open(note) as f:
                if json.load(f)["hash"] == key and os.path.exists(log):
                    return True
        except (FileNotFoundError, ValueError, KeyError):
            pass
        text = observe(guest, programs, limit)
        for path in (note, log):  # in this order: what is there is never another's
            if os.path.exists(path):
                os.unlink(path)
        with open(log + ".new", "wb") as f:
            f.write(text)
        os.rename(log + ".new", log)
        with open(note, "w") as f:
            json.dump({"hash": key}, f)
    return False


def observe(guest, programs, limit):
    """The log of a file of programs."""
    if not os.path.isfile(programs):
        raise Failure("there is no file %s" % programs)
    os.makedirs(guest.cache, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="observe-", dir=guest.cache) as folder:
        prepare(guest, programs, folder)
        with machine.Machine(guest.definition, folder, limit) as m:
            text = m.wait_ready()
    _, found, packed = text.partition("@@LOG\n")
    if not found:
        raise Failure("the guest printed no log")
    try:
        return gzip.decompress(base64.b64decode(packed.partition("@@READY")[0]))
    except (ValueError, EOFError, OSError) as e:
        raise Failure("the guest's log came out damaged: %s" % e)
